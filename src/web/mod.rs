//! The web front: pages and actions for moviegoers and staff.

pub mod admin;
pub mod app;
pub mod assets;
pub mod bookings;
pub mod error;
pub mod extractors;
pub mod page;
pub mod routes;
pub mod security;
pub mod session;
pub mod shows;
pub mod webhooks;

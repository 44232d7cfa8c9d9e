//! The web front: pages and actions for moviegoers and staff.

pub mod admin;
pub mod app;
pub mod assets;
pub mod bookings;
pub mod cinemas;
pub mod cities;
pub mod error;
pub mod extractors;
pub mod home;
pub mod movies;
pub mod page;
pub mod posters;
pub mod routes;
pub mod security;
pub mod session;
pub mod shows;
pub mod showtimes;
pub mod timeline;
pub mod webhooks;

//! The demo: real movies in invented cinemas, so that a fresh installation has something to sell.

pub mod data;
pub mod programme;

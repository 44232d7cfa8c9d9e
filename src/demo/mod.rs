//! The demo: real movies in invented cinemas, so that a fresh installation has something to sell.

mod catalogue;
mod crowd;
pub mod data;
pub mod fill;
pub mod programme;
pub mod seed;
mod turn;

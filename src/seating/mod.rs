//! Inventory truth: the seats of a show.

pub mod availability;
pub mod hall;
mod life;
pub mod seat_map;
pub mod show_seat;

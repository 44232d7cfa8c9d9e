//! Inventory truth: the seats of a show.

pub mod availability;
pub mod hall;
pub mod seat_map;
pub mod show_seat;

//! Inventory truth: the seats of a show.

pub mod seat_map;
pub mod show_seat;

//! The right to enter, once.

pub mod ticket;

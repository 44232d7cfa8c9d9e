//! The editorial and physical world: what is shown, and where.

pub mod plan;
pub mod poster;

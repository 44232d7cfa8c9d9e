//! The programme: what the house plays, and which seats it keeps for itself.
//!
//! [`publish_layout`] gives a screen a new version of its seating, [`schedule`] puts a show on it, [`cancel_show`] takes the
//! show back with everything that hangs on it, and [`block_seats`] keeps seats from being sold. They follow the locking
//! policy of [`crate::sale`], with screens before everything else. [`restore`] puts a whole show back, as a file tells it,
//! where nothing else is.

pub mod block_seats;
pub mod cancel_show;
pub mod publish_layout;
pub mod restore;
pub mod schedule;

pub use crate::accounts::staff_log::Staff;

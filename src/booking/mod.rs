//! The customer's intent: what was wanted, at which price, until when, and how it ended.

#[allow(clippy::module_inception)] // the row of the table that the room is named for
pub mod booking;
pub mod booking_seat;
pub mod deadline;
pub mod life;
pub mod quote;
pub mod reference;
pub mod refund_policy;

pub use booking::{Booking, BookingStatus};
pub use booking_seat::{BookingSeat, PriceType};

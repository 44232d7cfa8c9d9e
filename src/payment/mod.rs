//! Money and the gateway's state.

pub mod books;
pub mod case;
pub mod event;
pub mod gateway;
pub mod inbox;
pub mod life;
#[allow(clippy::module_inception)] // the row of the table that the room is named for
pub mod payment;
pub mod refund;

pub use payment::{Outcome, Payment, PaymentMethod, PaymentStatus};
pub use refund::{Refund, RefundCause, RefundStatus};

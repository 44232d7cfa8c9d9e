//! The sale: the verbs that move seats, bookings and money together.
//!
//! # The sale in ten lines
//!
//! [`hold`] takes all chosen seats or none, in seat order, and promises a price. [`checkout`] notes contact and price
//! types. [`start_payment`] writes a payment row and freezes the sum, then the caller asks the gateway for a session;
//! the deadline moves once. [`settle`] turns the gateway's word into a decision ([`late_money`]): `locked → booked` for
//! every seat or none, tickets and ledger, in one transaction. [`sell_at_counter`] does all of that at once for the person
//! in front. [`cancel`] gives unpaid seats back, [`cancel_paid`] paid ones for what their policy promises. Money that buys
//! nothing goes back by [`refund`], and what needs a person is a case that [`cases`] closes. Every verb is safe to repeat, and every refusal is typed.
//!
//! # The locking policy
//!
//! - One transaction per verb, by `db::transact`, READ COMMITTED. Nothing but SQL and pure code inside.
//! - One order: gateway event → show → booking (by id) → show seats (by seat id) → payment → refund → ticket → ledger.
//! - Show seats `FOR UPDATE`; bookings, payments and refunds `FOR NO KEY UPDATE`, because foreign keys name them.
//! - Who moves a seat twice keeps its show first (`show::keep`): its foreign key is checked again.
//! - Locking queries name rows by key only. What is judged is read afterwards, with the clock, in one statement.
//! - A row count that differs from what was judged is a bug and rolls back.
//! - Seats change hands only in [`taking`].

pub mod cancel;
pub mod cancel_paid;
pub mod cases;
pub mod checkout;
mod confirm;
pub mod hold;
pub mod late_money;
pub mod reconcile;
pub mod refund;
pub mod sell_at_counter;
pub mod settle;
pub mod start_payment;
pub mod taking;

use crate::booking::deadline::DeadlinePolicy;
use crate::booking::quote::FeePolicy;
use crate::booking::refund_policy::RefundPolicy;
use crate::catalogue::plan::MAX_SEATS;

/// What the house has decided about sales.
#[derive(Clone, Copy, Debug)]
pub struct SalePolicy {
    pub deadlines: DeadlinePolicy,
    pub fee: FeePolicy,
    /// What a customer who cancels gets back.
    pub refunds: RefundPolicy,
    /// Seats in one booking, at most.
    pub max_seats: usize,
}

impl SalePolicy {
    /// The counter sells to whole parties and charges no convenience fee. Nothing waits there, so the deadlines are of no
    /// consequence. The limit only bounds the locking query: no hall has more seats.
    pub fn at_counter() -> Self {
        Self { fee: FeePolicy { per_ticket: 0 }, max_seats: MAX_SEATS, ..Self::default() }
    }
}

impl Default for SalePolicy {
    fn default() -> Self {
        Self {
            deadlines: DeadlinePolicy::default(),
            fee: FeePolicy { per_ticket: 30_00 },
            refunds: RefundPolicy::default(),
            max_seats: 10,
        }
    }
}

//! The checks: each invariant as statements that look for rows that break it.
//!
//! Numbers are those of docs/architecture.md, "Invariants". What no table can show (that a commit survives a crash, that a
//! page never shows half of a hold) is not here, nor what has no table yet.

mod history;
mod money;
mod ownership;
mod programme;
mod settlement;

/// One claim and the statement that looks for what breaks it.
#[derive(Debug)]
pub struct Check {
    pub invariant: u8,
    pub name: &'static str,
    pub claim: &'static str,
    /// Rests on a unique index that could be corrupt, so it is read again without indexes.
    pub ownership: bool,
    /// Returns `show_id, seat_id, booking_id, payment_id, what`, one row for each row that breaks the claim. `given.now`
    /// is the instant to judge at; no check calls a clock.
    pub sql: &'static str,
}

/// Every check, in order of its invariant.
pub fn all() -> impl Iterator<Item = &'static Check> {
    [ownership::CHECKS, programme::CHECKS, money::CHECKS, settlement::CHECKS, history::CHECKS].into_iter().flatten()
}

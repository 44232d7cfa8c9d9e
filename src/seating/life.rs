//! The life of a show seat: what may follow what. The statement that moves seats refuses by it and replay folds with it;
//! `show_seats_legal_transition` and `show_seats_state` are its backstop in the schema.

use super::show_seat::{SeatStatus, ShowSeat, Target};
use crate::clock::Instant;
use crate::ids::{SeatId, ShowId};
use crate::ledger::{Illegal, Recorded};
use chrono::Duration;

/// No lock is longer, whatever the settings say.
const LONGEST_LOCK: Duration = Duration::hours(1);

impl ShowSeat {
    /// A seat of a new show: available, at version 0. The show's first ledger row stands for it.
    pub fn new(show: ShowId, seat: SeatId) -> Self {
        Self {
            show_id: show,
            seat_id: seat,
            status: SeatStatus::Available,
            booking_id: None,
            locked_at: None,
            lock_expires_at: None,
            block_reason: None,
            version: 0,
        }
    }

    /// The seat as it is after it becomes `target` at an instant.
    ///
    /// # Errors
    /// Refuses what may not follow: a seat changes owners only when its lock has lapsed or through available.
    pub fn after(&self, target: Target<'_>, at: Instant) -> Result<Self, Illegal> {
        let legal = match target {
            Target::Available => self.status != SeatStatus::Available,
            Target::Blocked { reason } => self.status == SeatStatus::Available && !reason.is_empty(),
            Target::Locked { booking, locked_at, expires_at } => {
                // A lock begins now, or is the booking's own with another end.
                let starts = self.is_free(at) && locked_at == at;
                let goes_on = self.is_locked_for(booking, at) && self.locked_at == Some(locked_at);
                (starts || goes_on) && expires_at > locked_at && expires_at <= locked_at + LONGEST_LOCK
            }
            Target::Booked { booking, locked_at } => {
                self.is_locked_for(booking, at) && self.locked_at == Some(locked_at)
            }
        };
        if !legal {
            return Err(Illegal(format!("{} may not become {} then", self.words(), target.words())));
        }
        Ok(Self {
            status: target.status(),
            booking_id: target.booking(),
            locked_at: target.locked_at(),
            lock_expires_at: target.expires_at(),
            block_reason: target.reason().map(str::to_owned),
            version: self.version + 1,
            ..*self
        })
    }

    fn words(&self) -> String {
        words(self.status, self.booking_id)
    }
}

fn words(status: SeatStatus, owner: Option<impl std::fmt::Display>) -> String {
    owner.map_or(status.to_string(), |owner| format!("{status} for booking {owner}"))
}

impl<'a> Target<'a> {
    /// What a ledger row says that the seat became. When a lock began is not told: with the row, unless it is the same
    /// owner's lock that goes on.
    ///
    /// # Errors
    /// When the row is not one that [`super::show_seat::move_to`] writes.
    pub fn recorded(row: &'a Recorded, before: &ShowSeat) -> Result<Self, Illegal> {
        let missing = || Illegal("its owner or its end is missing".to_owned());
        let owner = row.to_owner.ok_or_else(missing);
        match SeatStatus::parse(&row.to_status) {
            Some(SeatStatus::Available) => Ok(Self::Available),
            Some(SeatStatus::Blocked) => {
                let reason = row.detail["reason"].as_str().ok_or(Illegal("its reason is missing".to_owned()))?;
                Ok(Self::Blocked { reason })
            }
            Some(SeatStatus::Locked) => {
                let (booking, expires_at) = (owner?, row.to_end.ok_or_else(missing)?);
                let began = before.locked_at.filter(|_| before.is_locked_for(booking, row.at));
                Ok(Self::Locked { booking, locked_at: began.unwrap_or(row.at), expires_at })
            }
            Some(SeatStatus::Booked) => {
                Ok(Self::Booked { booking: owner?, locked_at: before.locked_at.unwrap_or(row.at) })
            }
            None => Err(Illegal(format!("no seat is ever {}", row.to_status))),
        }
    }

    fn words(&self) -> String {
        words(self.status(), self.booking())
    }
}

#[cfg(test)]
#[path = "life_tests.rs"]
mod tests;

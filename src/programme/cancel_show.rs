//! Cancel a show: its sale ends at once, unpaid bookings end with it, and paid ones are owed their money.

use super::Staff;
use crate::booking::BookingStatus;
use crate::booking::{booking, booking_seat};
use crate::catalogue::show::{self, ShowStatus};
use crate::clock;
use crate::db::{Stop, transact};
use crate::ids::{BookingId, ShowId};
use crate::payment::case;
use crate::sale::cancel::release;
use crate::seating::show_seat::{self, ShowSeat};
use diesel::prelude::*;
use serde_json::json;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelShowRefusal {
    UnknownShow,
    EmptyReason,
}

/// What the cancellation came to. All zero when the show had been cancelled before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShowCancelled {
    /// Unpaid bookings, cancelled.
    pub unpaid: usize,
    /// Paid bookings, each with an open case.
    pub paid: usize,
}

/// Cancels a show; cancelling it again changes nothing.
///
/// The show's row is locked first and `FOR UPDATE`: holds that have inserted their booking are waited for and cancelled
/// here, and every later one finds the show cancelled. Paid bookings keep their seats until their money is decided on.
pub fn cancel_show(
    conn: &mut PgConnection,
    id: ShowId,
    reason: &str,
    staff: &Staff,
) -> Result<ShowCancelled, Stop<CancelShowRefusal>> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Stop::Refused(CancelShowRefusal::EmptyReason));
    }
    transact(conn, |conn| {
        let show = show::lock(conn, id)?.ok_or(Stop::Refused(CancelShowRefusal::UnknownShow))?;
        if show.status == ShowStatus::Cancelled {
            return Ok(ShowCancelled::default());
        }
        let bookings = booking::lock_live_of_show(conn, id)?;
        let (unpaid, paid): (Vec<_>, Vec<_>) =
            bookings.into_iter().partition(|booking| booking.status == BookingStatus::Created);
        let unpaid_ids: Vec<BookingId> = unpaid.iter().map(|booking| booking.id).collect();
        let claimed = booking_seat::live_of(conn, &unpaid_ids)?;
        let seats = show_seat::lock(conn, id, &claimed)?;

        let stamp = staff.author().stamp(clock::now(conn)?, "show_cancelled");
        show::cancel(conn, &show, reason, &stamp)?;
        for booking in &unpaid {
            let own: Vec<ShowSeat> =
                seats.iter().filter(|seat| seat.booking_id == Some(booking.id)).cloned().collect();
            release(conn, booking.id, own, &stamp)?;
            booking::cancel(conn, booking, &stamp)?;
        }
        for booking in &paid {
            // The schema sees to it that a confirmed booking names its payment.
            let payment = booking.paid_by.ok_or(diesel::result::Error::RollbackTransaction)?;
            let detail = json!({ "amount": booking.amount, "currency": booking.currency, "reason": reason });
            case::open(conn, case::Kind::ShowCancelled, booking.id, payment, detail, stamp.at)?;
        }
        let done = ShowCancelled { unpaid: unpaid.len(), paid: paid.len() };
        let detail = json!({ "unpaid": done.unpaid, "paid": done.paid });
        staff.log(conn, "cancel_show", id, reason, detail, stamp.at)?;
        Ok(done)
    })
}

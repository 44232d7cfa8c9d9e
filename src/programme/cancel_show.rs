//! Cancel a show: its sale ends at once, its bookings end with it, and paid ones get their money back.

use super::Staff;
use crate::booking::{Booking, BookingStatus, booking, booking_seat};
use crate::catalogue::show::{self, ShowStatus};
use crate::clock;
use crate::db::{Stop, transact};
use crate::ids::{BookingId, PaymentId, ShowId};
use crate::payment::{RefundCause, payment};
use crate::sale::cancel::release;
use crate::sale::cancel_paid::give_back;
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
    /// Paid bookings, cancelled too: each is owed all that was paid.
    pub paid: usize,
}

/// Cancels a show; cancelling it again changes nothing.
///
/// The show's row is locked first and `FOR UPDATE`: holds that have inserted their booking are waited for and cancelled
/// here, and every later one finds the show cancelled.
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
        let ids: Vec<BookingId> = unpaid.iter().chain(&paid).map(|booking| booking.id).collect();
        let claimed = booking_seat::live_of(conn, &ids)?;
        let seats = show_seat::lock(conn, id, &claimed)?;
        let paid_by: Vec<PaymentId> = paid.iter().filter_map(|booking| booking.paid_by).collect();
        let payments = payment::lock_all(conn, &paid_by)?;

        let stamp = staff.author().stamp(clock::now(conn)?, "show_cancelled");
        show::cancel(conn, &show, reason, &stamp)?;
        let own = |booking: &Booking| -> Vec<ShowSeat> {
            seats.iter().filter(|seat| seat.booking_id == Some(booking.id)).cloned().collect()
        };
        for booking in &unpaid {
            release(conn, booking.id, own(booking), &stamp)?;
            booking::cancel(conn, booking, &stamp)?;
        }
        for booking in &paid {
            // The schema sees to it that a confirmed booking names its payment, and the payment its money.
            let payment = payments.iter().find(|payment| booking.paid_by == Some(payment.id));
            let (payment, money) = payment
                .and_then(|payment| Some((payment, payment.captured()?)))
                .ok_or(diesel::result::Error::RollbackTransaction)?;
            give_back(conn, booking, own(booking), payment, RefundCause::ShowCancelled, &money, &stamp)?;
        }
        let done = ShowCancelled { unpaid: unpaid.len(), paid: paid.len() };
        let detail = json!({ "unpaid": done.unpaid, "paid": done.paid });
        staff.log(conn, "cancel_show", Some(id), reason, detail, stamp.at)?;
        Ok(done)
    })
}

//! Bookings that are given back, and their money on its way.

use super::{NOTHING, Run, answer, done};
use crate::program::{Word as Says, from_latest};
use crate::support::fixture::author;
use crate::support::money::refund_event;
use diesel::prelude::*;
use marquee::booking::booking_seat;
use marquee::db::Stop;
use marquee::payment::refund::{Attempt, Refund, Word};
use marquee::sale::cancel_paid::{CancelPaidRefusal, cancel_paid};
use marquee::sale::refund::{Decision, decide, lease, note};
use marquee::sale::settle;
use marquee::schema::refunds;

impl Run<'_> {
    pub(super) fn give_back(&mut self, nth: usize, percent: i64) -> String {
        let Some(booking) = self.booking(nth) else { return NOTHING.to_owned() };
        let promised = booking_seat::of_booking(self.conn, booking).unwrap();
        let agreed = promised.iter().map(|seat| seat.price).sum::<i64>() * percent / 100;
        match cancel_paid(self.conn, booking, agreed, &author()) {
            Err(Stop::Refused(CancelPaidRefusal::QuoteChanged(quote))) => format!("QuoteChanged {}", quote.amount),
            ended => answer(ended, |quote| format!("back {}", quote.amount)),
        }
    }

    /// By payment and cause.
    fn refunds(&mut self) -> Vec<Refund> {
        let of_show = refunds::table.filter(refunds::payment_id.eq_any(&self.payments));
        let mut refunds: Vec<Refund> = of_show.select(Refund::as_select()).load(self.conn).unwrap();
        let payments = self.payments.clone();
        refunds.sort_by_key(|refund| {
            let payment = payments.iter().position(|payment| *payment == refund.life.payment_id);
            (payment, refund.life.cause.as_str())
        });
        refunds
    }

    fn the_refund(&mut self, nth: usize) -> Option<Refund> {
        let mut refunds = self.refunds();
        from_latest(refunds.len(), nth).map(|at| refunds.swap_remove(at))
    }

    /// Those of other programs are leased too, and not told.
    pub fn lease(&mut self) -> String {
        let ours = self.refunds();
        answer(lease(self.conn, 10_000), |jobs| {
            let is_leased = |refund: &&Refund| jobs.iter().any(|job| job.attempt.refund == refund.id);
            let leased = ours.iter().filter(is_leased).map(|refund| {
                let payment = self.payments.iter().position(|payment| *payment == refund.life.payment_id);
                format!("{} {} {}", payment.unwrap_or_default(), refund.life.cause, refund.life.attempt)
            });
            format!("leased {:?}", leased.collect::<Vec<_>>())
        })
    }

    pub(super) fn hear(&mut self, nth: usize, says: Says, former: bool, event: bool) -> String {
        let Some(refund) = self.the_refund(nth) else { return NOTHING.to_owned() };
        let attempt = Attempt { refund: refund.id, number: refund.life.attempt - i32::from(former) };
        let gateway_id = match says {
            Says::OtherSucceeded => format!("re_other_{attempt}"),
            _ => format!("re_{attempt}"),
        };
        let word = match says {
            Says::Pending => Word::Pending { gateway_id },
            Says::Succeeded | Says::OtherSucceeded => Word::Succeeded { gateway_id },
            Says::Failed => Word::Failed { gateway_id: Some(gateway_id), reason: "lost_or_stolen_card".to_owned() },
            Says::Refused => Word::Failed { gateway_id: None, reason: "disputed".to_owned() },
        };
        let status = match &word {
            Word::Pending { .. } => "pending",
            Word::Succeeded { .. } => "succeeded",
            Word::Failed { .. } => "failed",
        };
        // What does not begin has no event.
        let Some(gateway_id) = word.gateway_id().filter(|_| event) else {
            return answer(note(self.conn, attempt, &word, &author()), |effect| {
                effect.map_or_else(|| "none".to_owned(), |effect| effect.to_string())
            });
        };
        self.words += 1;
        let id = format!("evt_{}_refund_{}", self.show, self.words);
        let body = refund_event(&id, "refund.updated", attempt, gateway_id, status);
        let stored = done(settle::receive(self.conn, &id, "refund.updated", &body));
        assert_eq!(stored, "done");
        answer(settle::process(self.conn, &id, &author()), |effect| effect.to_string())
    }

    pub(super) fn decide(&mut self, nth: usize, retry: bool) -> String {
        let Some(refund) = self.the_refund(nth) else { return NOTHING.to_owned() };
        let decision = if retry { Decision::Retry } else { Decision::Settled };
        done(decide(self.conn, refund.id, decision, "As we see fit", &self.staff))
    }
}

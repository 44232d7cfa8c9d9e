//! The gateway's side of a program: sessions, and the events that it sends, again and again.

use super::{NOTHING, Run, answer, done};
use crate::model::captured;
use crate::program::{Says, from_latest};
use crate::support::fixture::author;
use crate::support::money::{session, session_event};
use marquee::ids::PaymentId;
use marquee::money::Money;
use marquee::payment::gateway::SessionState;
use marquee::sale::settle;
use marquee::sale::start_payment::note_session;
use serde_json::json;
use uuid::Uuid;

/// As the gateway sends it, again and again.
pub struct Event {
    pub id: String,
    kind: &'static str,
    body: String,
}

impl Run<'_> {
    pub(super) fn open_session(&mut self, nth: usize) -> String {
        let Some((payment, _)) = self.at_gateway(nth) else { return NOTHING.to_owned() };
        done(note_session(self.conn, payment, &session(payment, SessionState::Open), &author()))
    }

    pub(super) fn at_gateway(&self, nth: usize) -> Option<(PaymentId, i64)> {
        from_latest(self.gateway.len(), nth).map(|index| self.gateway[index])
    }

    /// The payment that the gateway means and what it was asked for; else one that is not ours.
    fn meant(&self, nth: usize) -> (PaymentId, i64) {
        self.at_gateway(nth).unwrap_or_else(|| (PaymentId(Uuid::now_v7()), 100_00))
    }

    pub(super) fn event(&mut self, nth: usize, says: Says, waits: bool) -> String {
        let (payment, asked) = self.meant(nth);
        let id = format!("evt_{}_{}", self.show, self.events.len());
        let (sum, currency) = captured(asked, says);
        let money = json!({ "amount_total": sum, "currency": currency.to_lowercase() });
        let (kind, more) = match says {
            Says::Paid | Says::WrongSum | Says::WrongCurrency => ("checkout.session.completed", money),
            Says::Unpaid => ("checkout.session.completed", json!({ "payment_status": "unpaid" })),
            Says::Expired => ("checkout.session.expired", json!({})),
            Says::Failed => ("checkout.session.async_payment_failed", json!({})),
            Says::Declined => {
                let error = json!({ "decline_code": "insufficient_funds" });
                ("payment_intent.payment_failed", json!({ "last_payment_error": error }))
            }
        };
        let body = session_event(&id, kind, payment, more);
        self.events.push(Event { id, kind, body });
        self.deliver(self.events.len() - 1, !waits)
    }

    pub(super) fn deliver(&mut self, event: usize, process: bool) -> String {
        let Event { id, kind, body } = &self.events[event];
        let stored = answer(settle::receive(self.conn, id, kind, body), |()| "stored".to_owned());
        if stored != "stored" || !process {
            return stored;
        }
        answer(settle::process(self.conn, id, &author()), |effect| effect.to_string())
    }

    pub(super) fn ask(&mut self, nth: usize, says: Says) -> String {
        let (payment, asked) = self.meant(nth);
        let (sum, currency) = captured(asked, says);
        let state = match says {
            Says::Paid | Says::WrongSum | Says::WrongCurrency => {
                SessionState::Paid { captured: Money::new(sum, currency), intent: Some(format!("pi_{payment}")) }
            }
            Says::Unpaid => SessionState::Processing,
            Says::Expired => SessionState::Expired,
            Says::Failed | Says::Declined => SessionState::Open,
        };
        answer(settle::settle_session(self.conn, &session(payment, state), &author()), |effect| {
            effect.map_or_else(|| "none".to_owned(), |effect| effect.to_string())
        })
    }
}

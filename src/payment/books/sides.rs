//! The two books: what was read of the gateway's, and what was read of ours.

use crate::clock::Instant;
use crate::ids::{BookingId, PaymentId};
use crate::money::Money;
use crate::payment::PaymentStatus;
use crate::payment::case::Subject;
use crate::payment::gateway::Session;
use crate::payment::refund::{Attempt, Refund, Word};

/// A refund in the gateway's books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TheirRefund {
    pub id: String,
    /// The attempt of ours that it names.
    pub attempt: Option<Attempt>,
    pub intent: Option<String>,
    pub money: Money,
    pub word: Word,
    pub asked_at: Instant,
}

impl TheirRefund {
    /// Whether money has gone back by it, or is about to.
    pub(super) fn gives_back(&self) -> bool {
        !matches!(self.word, Word::Failed { .. })
    }
}

/// What was read of the gateway's books.
#[derive(Clone, Debug, Default)]
pub struct Theirs {
    pub sessions: Vec<Session>,
    pub refunds: Vec<TheirRefund>,
}

/// A payment by the gateway in our books.
#[derive(Clone, Debug)]
pub struct OurPayment {
    pub id: PaymentId,
    pub booking: BookingId,
    pub reference: String,
    pub status: PaymentStatus,
    pub captured: Option<Money>,
    pub session: Option<String>,
    pub intent: Option<String>,
    /// When it succeeded, else when it started.
    pub at: Instant,
}

impl OurPayment {
    pub fn subject(&self) -> Subject {
        Subject::payment(self.booking, self.id)
    }

    /// Whether this session is the one that our money came by. With neither name noted, any that names the payment is.
    pub(super) fn came_by(&self, session: &Session, intent: Option<&str>) -> bool {
        match (&self.session, &self.intent) {
            (None, None) => true,
            (ours, charge) => {
                ours.as_deref() == Some(session.id.as_str()) || charge.is_some() && charge.as_deref() == intent
            }
        }
    }
}

/// A refund in our books.
#[derive(Clone, Debug)]
pub struct OurRefund {
    pub refund: Refund,
    pub reference: String,
    /// When its latest attempt was asked for.
    pub asked_at: Instant,
}

/// A booking whose money and tickets do not fit each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseated {
    pub booking: BookingId,
    pub reference: String,
    pub payment: Option<PaymentId>,
    pub status: String,
    pub seats: i64,
    pub tickets: i64,
    pub at: Instant,
}

/// What was read of our books, at one instant.
#[derive(Clone, Debug)]
pub struct Ours {
    pub at: Instant,
    pub payments: Vec<OurPayment>,
    pub refunds: Vec<OurRefund>,
    pub unseated: Vec<Unseated>,
}

impl Theirs {
    /// What went back of a charge without our asking, in minor units: of stray money, somebody has settled so much.
    pub(super) fn given_back_unasked(&self, intent: &str) -> i64 {
        let unasked = self.refunds.iter().filter(|refund| refund.attempt.is_none() && refund.gives_back());
        unasked.filter(|refund| refund.intent.as_deref() == Some(intent)).map(|refund| refund.money.minor).sum()
    }

    /// Whether a refund gives back what no payment of ours took.
    pub(super) fn pays_back_stray_money(&self, ours: &Ours, refund: &TheirRefund) -> bool {
        let Some(intent) = &refund.intent else { return false };
        let ours_too = ours.payments.iter().any(|payment| payment.intent.as_ref() == Some(intent));
        let stray = self.sessions.iter().any(|session| {
            let known = ours.payments.iter().find(|payment| Some(payment.id) == session.payment);
            session.paid().is_some_and(|(_, by)| {
                by == Some(intent) && !known.is_some_and(|payment| payment.came_by(session, by))
            })
        });
        refund.attempt.is_none() && stray && !ours_too
    }
}

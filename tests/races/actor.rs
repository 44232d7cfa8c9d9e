//! Those who may meet over the same seats: what each does, and what each is told.
//!
//! A new actor is a new variant here and in [`EVERYBODY`]; its pairs with all others follow.

use crate::scene::Scene;
use crate::support::fixture::author;
use crate::support::money::try_start;
use marquee::db::{Database, Stop};
use marquee::payment::payment::Payment;
use marquee::programme::block_seats::block_seats;
use marquee::programme::cancel_show::cancel_show;
use marquee::sale::SalePolicy;
use marquee::sale::cancel::cancel;
use marquee::sale::cancel_paid::cancel_paid;
use marquee::sale::hold::hold;
use marquee::sale::settle;
use std::fmt::Debug;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A stranger, who wants the seats of the old booking.
    Holds,
    /// The gateway, with money for the old booking's open payment.
    Settles,
    /// The old booking's owner, who gives it up.
    Cancels,
    /// The gateway, with money for a payment of the old booking that it had called closed.
    SettlesLate,
    /// The old booking's owner, at the Pay button.
    StartsPaying,
    /// Staff, who keep the seats for the house.
    Blocks,
    /// The old booking's owner, who gives it back, paid for, for three quarters of the price of its seats.
    GivesBack,
    /// Staff, who cancel the show.
    CancelsShow,
    /// The gateway, with another event of this type about the open payment.
    Tells(&'static str),
}

pub const EVERYBODY: [Actor; 7] = {
    use Actor::*;
    [Holds, Settles, Cancels, SettlesLate, StartsPaying, Blocks, CancelsShow]
};

/// Those who may meet once the old booking is paid for, and who all want its seats' locks.
pub const AFTER_THE_SALE: [Actor; 6] = {
    use Actor::*;
    [Holds, SettlesLate, StartsPaying, Blocks, GivesBack, CancelsShow]
};

impl Actor {
    /// Acts once, as the application would, in the scene's role number `place`; what came of it, in words that do not
    /// depend on ids.
    pub fn act(self, pool: &Database, scene: &Scene, place: usize) -> String {
        let payment = |payment: Payment| scene.payment_role(payment.id);
        match self {
            Self::Holds => {
                let (form, policy) = (&scene.forms[place], SalePolicy::default());
                let held = pool.run_here(|conn| hold(conn, form, &policy, &author()));
                told(scene, held, |held| format!("held, repeated: {}", held.repeated))
            }
            Self::Settles | Self::SettlesLate | Self::Tells(_) => {
                let event = scene.event(place);
                let applied = pool.run_here(|conn| settle::process(conn, &event, &author()));
                told(scene, applied, |effect| effect.as_str().to_owned())
            }
            Self::Cancels => {
                let cancelled = pool.run_here(|conn| cancel(conn, scene.booking, &author()));
                told(scene, cancelled, |open| format!("cancelled, to be ended: {:?}", open.map(payment)))
            }
            Self::StartsPaying => told(scene, pool.run_here(|conn| try_start(conn, scene.booking)), |started| {
                format!("pays by the {} payment", payment(started))
            }),
            Self::Blocks => {
                let (seats, reason) = (&scene.seats, reason(place));
                let blocked = pool.run_here(|conn| block_seats(conn, scene.show, seats, reason, &scene.staff));
                told(scene, blocked, |()| "blocked".to_owned())
            }
            Self::GivesBack => {
                let given = pool.run_here(|conn| cancel_paid(conn, scene.booking, scene.quoted, &author()));
                told(scene, given, |quote| format!("given back for {} %", quote.percent))
            }
            Self::CancelsShow => {
                let ended = pool.run_here(|conn| cancel_show(conn, scene.show, reason(place), &scene.staff));
                told(scene, ended, |ended| format!("cancelled: {} unpaid, {} paid", ended.unpaid, ended.paid))
            }
        }
    }
}

/// Two members of staff who do the same have a reason each.
pub fn reason(place: usize) -> &'static str {
    ["a broken seat", "the director's family", "a camera"][place]
}

fn told<T, R: Debug>(scene: &Scene, ended: Result<T, Stop<R>>, outcome: impl FnOnce(T) -> String) -> String {
    match ended {
        Ok(done) => outcome(done),
        Err(Stop::Refused(why)) => scene.without_ids(&format!("refused: {why:?}")),
        Err(Stop::Failed(failure)) => format!("failed: {failure}"),
    }
}

//! Who buys: holds, checks out, pays on the gateway's page, and waits for the tickets. Each buyer is a new visitor and
//! makes one purchase.

use crate::contender::HOT_SHOWS;
use crate::journal::{Ask, Said, Seat, State};
use crate::pages;
use crate::support::shows::OnSale;
use crate::visitor::{Visitor, Wish};
use rand::RngExt;
use std::time::{Duration, Instant};

/// Names of the tallies.
pub const BUYERS: &str = "buyers";
pub const PAID: &str = "purchases paid for";
pub const TICKETS: &str = "tickets acknowledged";

/// Tries for free seats before a buyer goes home.
const TRIES: usize = 8;
/// Whoever has paid waits so long for tickets, and looks again when all is quiet.
const WAITS: Duration = Duration::from_secs(4);
/// Buyers meet each other in so many shows at a time.
const OPEN: u64 = 4;
/// Buyers for each show, before the next ones are filled.
pub const BUYERS_OF_A_SHOW: u64 = 20;

/// The `number`th purchase of the wave: the reference of what was paid for.
pub async fn buy(visitor: &mut Visitor<'_>, number: u64) -> Option<String> {
    visitor.world.watch.met.add(BUYERS);
    let Some(reference) = find_seats(visitor, number).await else {
        visitor.world.watch.met.add("found no seats");
        return None;
    };
    let chance = visitor.dice.random_range(0..100);
    if chance < 5 {
        visitor.world.watch.met.add("left before paying");
        return None;
    }
    let Some(session) = start_payment(visitor, &reference).await else {
        visitor.world.watch.met.add("could not pay");
        return None;
    };
    let paid = match chance {
        5..10 => {
            visitor.world.watch.met.add("left the gateway's page");
            return None;
        }
        10..20 => {
            submit(visitor, &reference, &session, "visa_declined").await;
            submit(visitor, &reference, &session, "visa").await
        }
        20..28 => {
            let other = start_payment(visitor, &reference).await; // in another tab
            let paid = submit(visitor, &reference, &session, "visa").await;
            submit(visitor, &reference, &other.unwrap_or(session), "visa").await;
            paid
        }
        _ => submit(visitor, &reference, &session, "visa").await,
    };
    if !paid {
        visitor.world.watch.met.add("was too late to pay");
        return None;
    }
    visitor.world.watch.met.add(PAID);
    if await_tickets(visitor, &reference).await && chance >= 90 {
        give_back(visitor, &reference).await;
    }
    Some(reference)
}

/// The shows are filled one after the other, by many at a time.
async fn find_seats(visitor: &mut Visitor<'_>, number: u64) -> Option<String> {
    let shows: &[OnSale] = &visitor.world.shows[HOT_SHOWS..];
    for _ in 0..TRIES {
        let ahead = visitor.dice.random_range(0..OPEN);
        // Whoever comes when all are full looks for what others have given back.
        let show = &shows[(number / BUYERS_OF_A_SHOW + ahead) as usize % shows.len()];
        let free = visitor.come(show.id.0).await.available;
        if free.is_empty() {
            continue;
        }
        let first = visitor.dice.random_range(0..free.len());
        let party = visitor.dice.random_range(1..=2);
        let seats: Vec<Seat> = free.into_iter().skip(first).take(party).collect();
        if let Wish::Held(reference) = visitor.hold(show.id.0, &seats).await {
            return Some(reference);
        }
    }
    None
}

/// The gateway's page for a booking.
async fn start_payment(visitor: &mut Visitor<'_>, reference: &str) -> Option<String> {
    let path = format!("/bookings/{reference}/payments");
    let token = visitor.token().to_owned();
    let fields = [("token", token), ("name", "Asha Rao".to_owned()), ("email", "asha@example.com".to_owned())];
    loop {
        let ask = Ask::Pay { reference: reference.to_owned() };
        let reply = visitor.told(
            ask,
            |visitor| visitor.post(&path, &fields),
            |reply| match reply.status {
                303 => Some(Said::Done),
                // The clock has jumped.
                409 | 503 => Some(Said::Refused),
                _ => None,
            },
        );
        match reply.await? {
            reply if reply.status == 503 => visitor.come_later().await,
            reply => return reply.location.filter(|to| to.starts_with("http")),
        }
    }
}

/// Whether the gateway took it.
async fn submit(visitor: &mut Visitor<'_>, reference: &str, session: &str, card: &str) -> bool {
    let fields = [("method", "card".to_owned()), ("card", card.to_owned())];
    let ask = Ask::Pay { reference: reference.to_owned() };
    let reply = visitor.told(
        ask,
        |visitor| visitor.post(session, &fields),
        |reply| Some(if reply.status == 303 { Said::Done } else { Said::Refused }),
    );
    reply.await.is_some_and(|reply| reply.status == 303)
}

async fn await_tickets(visitor: &mut Visitor<'_>, reference: &str) -> bool {
    let began = Instant::now();
    while began.elapsed() < WAITS {
        match visitor.look_at_booking(reference).await {
            Some(State::Confirmed) => {
                visitor.world.watch.met.add(TICKETS);
                return true;
            }
            Some(State::Held { .. } | State::Expired) => visitor.pause().await,
            _ => break,
        }
    }
    visitor.world.watch.met.add("paid and have not seen tickets yet");
    false
}

/// Gives the tickets back for what is quoted.
async fn give_back(visitor: &mut Visitor<'_>, reference: &str) {
    let path = format!("/bookings/{reference}/cancellation");
    loop {
        let quote = visitor.fetch(&path).await;
        let Some(agreed) = pages::field(&quote, "agreed") else { return };
        let fields = vec![("token", visitor.token().to_owned()), ("agreed", agreed)];
        match visitor.cancel(reference, fields).await {
            Some(reply) if reply.status == 303 => return visitor.world.watch.met.add("gave back"),
            Some(_) => visitor.pause().await,
            None => return,
        }
    }
}

//! Who wants the same few seats as everybody else, again and again.

use crate::journal::Seat;
use crate::visitor::{Visitor, Wish};
use rand::RngExt;
use rand::seq::SliceRandom;

/// Shows that everybody wants seats of: the first ones.
pub const HOT_SHOWS: usize = 3;

pub async fn contend(mut visitor: Visitor<'_>) {
    let shows = &visitor.world.shows[..HOT_SHOWS];
    visitor.come(shows[0].id.0).await;
    while !visitor.world.watch.is_over() {
        let show = &shows[visitor.dice.random_range(0..HOT_SHOWS)];
        let seats = some_of(&mut visitor, &show.seats.iter().map(|seat| seat.0).collect::<Vec<_>>());
        match visitor.hold(show.id.0, &seats).await {
            Wish::Held(reference) => decide(&mut visitor, &reference).await,
            Wish::Lost if visitor.dice.random_bool(0.1) => visitor.look_at_map(show.id.0).await,
            Wish::Lost | Wish::GivenUp => {}
        }
    }
    visitor.leave();
}

/// Neighbours, in any order: what one asks for overlaps with what others ask for.
fn some_of(visitor: &mut Visitor, seats: &[Seat]) -> Vec<Seat> {
    let party = visitor.dice.random_range(1..=4);
    let first = visitor.dice.random_range(0..=seats.len() - party);
    let mut some = seats[first..first + party].to_vec();
    some.shuffle(&mut visitor.dice);
    some
}

/// Most give the seats back, at once or after a look; some are never seen again, and their seats lapse.
async fn decide(visitor: &mut Visitor<'_>, reference: &str) {
    let chance = visitor.dice.random_range(0..100);
    if chance < 3 {
        return visitor.world.watch.met.add("held, and never seen again");
    }
    if chance < 20 {
        visitor.look_at_booking(reference).await;
    }
    visitor.give_up(reference).await;
}

//! Shows enough for everybody, and few enough that people meet.

use crate::support::fixture::{House, author, house, seats_of};
use chrono::Duration;
use diesel::PgConnection;
use marquee::ids::{SeatId, ShowId};
use marquee::programme::schedule::schedule;

/// A show and its seats.
pub struct OnSale {
    pub id: ShowId,
    pub seats: Vec<SeatId>,
}

/// Two seats for each purchase, or a few more: the later half of the customers finds most seats taken.
const SEATS_EACH: u64 = 2;

pub fn on_sale(conn: &mut PgConnection, purchases: u64) -> Vec<OnSale> {
    let house: House = house(conn);
    let wanted = (purchases * SEATS_EACH).div_ceil(house.seats.len() as u64).max(2);
    // One a day on the one screen; far enough ahead that no jump of the clock ends a sale.
    let later = (1..wanted as i64).map(|day| house.starts_at + Duration::days(day));
    let more: Vec<ShowId> = later.map(|at| schedule(conn, &house.request(at), &author()).unwrap()).collect();
    let ids = std::iter::once(house.show).chain(more);
    ids.map(|id| OnSale { id, seats: seats_of(conn, id) }).collect()
}

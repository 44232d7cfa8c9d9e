//! Many shows on sale, for crowds.

use super::fixture::{House, author, house, seats_of};
use chrono::Duration;
use diesel::PgConnection;
use marquee::ids::{SeatId, ShowId};
use marquee::programme::schedule::schedule;

/// A show and its seats.
pub struct OnSale {
    pub id: ShowId,
    pub seats: Vec<SeatId>,
}

/// So many shows of one house, two at least.
pub fn on_sale(conn: &mut PgConnection, wanted: u64) -> Vec<OnSale> {
    let house: House = house(conn);
    // One a day on the one screen; far enough ahead that no jump of the clock ends a sale.
    let later = (1..wanted.max(2) as i64).map(|day| house.starts_at + Duration::days(day));
    let more: Vec<ShowId> = later.map(|at| schedule(conn, &house.request(at), &author()).unwrap()).collect();
    let ids = std::iter::once(house.show).chain(more);
    ids.map(|id| OnSale { id, seats: seats_of(conn, id) }).collect()
}

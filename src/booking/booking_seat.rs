//! The seats a booking wants and the price promised for each. Written only under the locks of the show's seats.

use super::booking::Booking;
use crate::clock::Instant;
use crate::db::expect_rows;
use crate::ids::{BookingId, SeatId, ShowId};
use crate::schema::booking_seats;
use diesel::prelude::*;

text_enum! {
    pub enum PriceType { Adult = "adult", Child = "child", Senior = "senior" }
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = booking_seats, check_for_backend(diesel::pg::Pg))]
pub struct BookingSeat {
    pub seat_id: SeatId,
    pub price_type: PriceType,
    pub adult_price: i64,
    pub child_price: Option<i64>,
    pub senior_price: Option<i64>,
    /// The promise: the price of the chosen type. Minor units of the booking's currency.
    pub price: i64,
    pub released_at: Option<Instant>,
}

impl BookingSeat {
    /// The promised price for a type; none when that type is not sold.
    pub fn price_for(&self, price_type: PriceType) -> Option<i64> {
        match price_type {
            PriceType::Adult => Some(self.adult_price),
            PriceType::Child => self.child_price,
            PriceType::Senior => self.senior_price,
        }
    }
}

/// Every seat the booking ever wanted, in seat order.
pub fn of_booking(conn: &mut PgConnection, booking: BookingId) -> QueryResult<Vec<BookingSeat>> {
    booking_seats::table
        .filter(booking_seats::booking_id.eq(booking))
        .order(booking_seats::seat_id)
        .select(BookingSeat::as_select())
        .load(conn)
}

/// The claims of several bookings of one show that are still live, as seat ids in seat order.
pub fn live_of(conn: &mut PgConnection, bookings: &[BookingId]) -> QueryResult<Vec<SeatId>> {
    booking_seats::table
        .filter(booking_seats::booking_id.eq_any(bookings))
        .filter(booking_seats::released_at.is_null())
        .order(booking_seats::seat_id)
        .select(booking_seats::seat_id)
        .load(conn)
}

/// Ends the claims that others still have on seats whose locks have lapsed, before the seats get a new owner. Without
/// it a seat is free to look at and refused by the backstop index.
pub fn release_lapsed(conn: &mut PgConnection, show: ShowId, seats: &[SeatId], now: Instant) -> QueryResult<()> {
    let rows = diesel::update(booking_seats::table)
        .filter(booking_seats::show_id.eq(show))
        .filter(booking_seats::seat_id.eq_any(seats))
        .filter(booking_seats::released_at.is_null())
        .set(booking_seats::released_at.eq(now))
        .execute(conn)?;
    expect_rows("lapsed claims released", rows, seats.len())
}

/// Revives this booking's own claims on seats that it takes again. Not by INSERT: the row of the first time is there.
pub fn claim_again(conn: &mut PgConnection, booking: BookingId, seats: &[SeatId]) -> QueryResult<()> {
    let rows = diesel::update(booking_seats::table)
        .filter(booking_seats::booking_id.eq(booking))
        .filter(booking_seats::seat_id.eq_any(seats))
        .filter(booking_seats::released_at.is_not_null())
        .set(booking_seats::released_at.eq(None::<Instant>))
        .execute(conn)?;
    expect_rows("claims revived", rows, seats.len())
}

/// Ends this booking's own claims: one for each of the `owned` seats that it still has.
pub fn release(conn: &mut PgConnection, booking: BookingId, owned: usize, now: Instant) -> QueryResult<()> {
    let rows = diesel::update(booking_seats::table)
        .filter(booking_seats::booking_id.eq(booking))
        .filter(booking_seats::released_at.is_null())
        .set(booking_seats::released_at.eq(now))
        .execute(conn)?;
    expect_rows("claims released", rows, owned)
}

/// Chooses the price type of each seat of a locked booking whose sum is not frozen.
pub fn choose_types(conn: &mut PgConnection, booking: &Booking, types: &[(SeatId, PriceType)]) -> QueryResult<()> {
    for price_type in PriceType::ALL {
        let seats: Vec<SeatId> =
            types.iter().filter(|(_, chosen)| chosen == price_type).map(|(seat, _)| *seat).collect();
        let rows = diesel::update(booking_seats::table)
            .filter(booking_seats::booking_id.eq(booking.id))
            .filter(booking_seats::seat_id.eq_any(&seats))
            .set(booking_seats::price_type.eq(price_type))
            .execute(conn)?;
        expect_rows("price types chosen", rows, seats.len())?;
    }
    Ok(())
}

//! The seat map: every seat of a show, judged at one instant for one viewer.

use super::show_seat::{SeatStatus, ShowSeat};
use crate::clock::Instant;
use crate::ids::{BookingId, SeatId, ShowId};
use crate::schema::{seats, show_seats, zones};
use diesel::prelude::*;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Where a seat is and what it is: from the layout, the same for ever.
#[derive(Clone, Debug, Queryable)]
pub struct Place {
    pub row_label: String,
    pub number: i32,
    pub zone: String,
    pub zone_name: String,
    pub kind: String,
    pub grid_row: i32,
    pub grid_column: i32,
    pub width: i32,
}

impl Place {
    /// `G12`
    pub fn label(&self) -> String {
        format!("{}{}", self.row_label, self.number)
    }
}

/// What a viewer sees of a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    Available,
    /// Locked for the viewer's own booking.
    Yours,
    /// Locked for somebody else; may come free.
    Locked,
    Booked,
    Blocked,
}

#[derive(Clone, Debug)]
pub struct MapSeat {
    pub id: SeatId,
    pub place: Place,
    pub view: View,
    /// Why staff blocked it; for staff only.
    pub block_reason: Option<String>,
}

#[derive(Clone, Debug)]
pub struct SeatMap {
    /// In canonical order: front row first, left to right.
    pub seats: Vec<MapSeat>,
    /// Equal tags, equal maps: made of judged state, since a lapse changes the map without a write.
    pub tag: String,
}

/// Reads the map in one statement and judges it at `now`. `own` are the viewer's bookings of this show.
pub fn read(conn: &mut PgConnection, show: ShowId, own: &[BookingId], now: Instant) -> QueryResult<SeatMap> {
    type Row = (ShowSeat, Option<String>, Place);
    let rows: Vec<Row> = show_seats::table
        .inner_join(seats::table.on(seats::id.eq(show_seats::seat_id)))
        .inner_join(zones::table.on(zones::layout_id.eq(seats::layout_id).and(zones::code.eq(seats::zone))))
        .filter(show_seats::show_id.eq(show))
        .order((seats::grid_row, seats::grid_column))
        .select((
            ShowSeat::as_select(),
            show_seats::block_reason,
            (
                seats::row_label,
                seats::number,
                seats::zone,
                zones::name,
                seats::kind,
                seats::grid_row,
                seats::grid_column,
                seats::width,
            ),
        ))
        .load(conn)?;
    let tag = tag(rows.iter().map(|row| &row.0), own, now);
    let seats = rows
        .into_iter()
        .map(|(seat, block_reason, place)| MapSeat {
            id: seat.seat_id,
            view: view(&seat, own, now),
            place,
            block_reason,
        })
        .collect();
    Ok(SeatMap { seats, tag })
}

/// Where these seats are, in canonical order.
pub fn places(conn: &mut PgConnection, ids: &[SeatId]) -> QueryResult<Vec<(SeatId, Place)>> {
    seats::table
        .inner_join(zones::table.on(zones::layout_id.eq(seats::layout_id).and(zones::code.eq(seats::zone))))
        .filter(seats::id.eq_any(ids))
        .order(seats::id)
        .select((
            seats::id,
            (
                seats::row_label,
                seats::number,
                seats::zone,
                zones::name,
                seats::kind,
                seats::grid_row,
                seats::grid_column,
                seats::width,
            ),
        ))
        .load(conn)
}

/// The tag alone, for a refresh that will mostly find nothing new.
pub fn read_tag(conn: &mut PgConnection, show: ShowId, own: &[BookingId], now: Instant) -> QueryResult<String> {
    let rows: Vec<ShowSeat> =
        show_seats::table.filter(show_seats::show_id.eq(show)).select(ShowSeat::as_select()).load(conn)?;
    Ok(tag(rows.iter(), own, now))
}

fn view(seat: &ShowSeat, own: &[BookingId], now: Instant) -> View {
    match seat.status {
        _ if seat.is_free(now) => View::Available,
        SeatStatus::Available => View::Available,
        SeatStatus::Blocked => View::Blocked,
        SeatStatus::Booked => View::Booked,
        SeatStatus::Locked if seat.booking_id.is_some_and(|owner| own.contains(&owner)) => View::Yours,
        SeatStatus::Locked => View::Locked,
    }
}

fn tag<'a>(seats: impl Iterator<Item = &'a ShowSeat>, own: &[BookingId], now: Instant) -> String {
    let (mut versions, mut lapsed) = (0_i64, 0_u32);
    for seat in seats {
        versions += i64::from(seat.version);
        lapsed += u32::from(seat.has_lapsed(now));
    }
    let mut hasher = DefaultHasher::new();
    (versions, lapsed, own, env!("CARGO_PKG_VERSION")).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

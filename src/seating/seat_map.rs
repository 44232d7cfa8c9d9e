//! The seat map: every seat of a show, judged at one instant for one viewer.

use super::hall::{Hall, Place};
use super::show_seat::{SeatStatus, ShowSeat};
use crate::clock::Instant;
use crate::ids::{BookingId, SeatId, ShowId};
use crate::schema::show_seats;
use diesel::prelude::*;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

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

/// A seat of the map.
#[derive(Clone, Copy, Debug)]
pub struct MapSeat<'a> {
    pub place: &'a Place,
    /// `G12`
    pub label: &'a str,
    pub view: View,
    /// Why staff blocked it; for staff only.
    pub block_reason: Option<&'a str>,
}

impl MapSeat<'_> {
    pub fn id(&self) -> SeatId {
        self.place.seat_id
    }
}

#[derive(Clone, Debug)]
pub struct SeatMap {
    hall: Arc<Hall>,
    /// In the hall's order.
    states: Vec<(View, Option<String>)>,
    /// Equal tags, equal maps: made of judged state, since a lapse changes the map without a write.
    pub tag: String,
}

impl SeatMap {
    /// Front row first, from left to right.
    pub fn seats(&self) -> impl Iterator<Item = MapSeat<'_>> {
        self.hall.places.iter().zip(&self.hall.labels).zip(&self.states).map(|((place, label), (view, reason))| {
            MapSeat { place, label, view: *view, block_reason: reason.as_deref() }
        })
    }
}

/// Reads the show's seats in one statement and judges them at `now`. `hall` is that of the show's layout, `own` are the
/// viewer's bookings of this show.
pub fn read(
    conn: &mut PgConnection,
    show: ShowId,
    hall: Arc<Hall>,
    own: &[BookingId],
    now: Instant,
) -> QueryResult<SeatMap> {
    let rows: Vec<(ShowSeat, Option<String>)> = show_seats::table
        .filter(show_seats::show_id.eq(show))
        .order(show_seats::seat_id)
        .select((ShowSeat::as_select(), show_seats::block_reason))
        .load(conn)?;
    let tag = tag(&rows, own, now);
    let states = hall
        .places
        .iter()
        .map(|place| match rows.binary_search_by_key(&place.seat_id, |(seat, _)| seat.seat_id) {
            Ok(found) => (view(&rows[found].0, own, now), rows[found].1.clone()),
            // The schema creates a row for each seat with the show; without one the seat cannot be sold.
            Err(_) => (View::Blocked, None),
        })
        .collect();
    Ok(SeatMap { hall, states, tag })
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

fn tag(seats: &[(ShowSeat, Option<String>)], own: &[BookingId], now: Instant) -> String {
    let versions: i64 = seats.iter().map(|(seat, _)| i64::from(seat.version)).sum();
    let lapsed = seats.iter().filter(|(seat, _)| seat.has_lapsed(now)).count();
    let mut hasher = DefaultHasher::new();
    (versions, lapsed, own, env!("CARGO_PKG_VERSION")).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

//! Reads what a story is made of.
//!
//! These are many statements. Whoever calls them opens one `db::snapshot` around them and around whatever else the page
//! shows, so that facts, names and story are of one instant.

use super::band::{Stretch, stretches};
use super::happening::{Happening, What, tell};
use super::{BookingName, EventName, Names, Subject};
use crate::booking::Booking;
use crate::clock::Instant;
use crate::history::rows;
use crate::ids::{BookingId, PaymentId, PersonId, SeatId, ShowId};
use crate::ledger::{Actor, Recorded};
use crate::payment::case::Kind;
use crate::schema::{booking_seats, bookings, cases, gateway_events, payments, people};
use crate::seating::hall::Hall;
use diesel::prelude::*;
use std::collections::{HashMap, HashSet};

/// Changes of one seat that are told, at most: the latest.
pub const MOST_CHANGES: i64 = 200;

/// What happened, and the names for it.
#[derive(Clone, Debug, Default)]
pub struct Story {
    pub happenings: Vec<Happening>,
    pub names: Names,
}

impl Story {
    /// What of a booking's story is about one payment: what happened to it, and how the booking went on since it began.
    pub fn of_payment(mut self, payment: PaymentId) -> Self {
        let mut begun = false;
        self.happenings.retain(|happening| {
            begun = begun || happening.payment == Some(payment);
            happening.payment == Some(payment) || begun && happening.payment.is_none()
        });
        self
    }
}

/// A seat's story.
#[derive(Clone, Debug)]
pub struct SeatStory {
    pub story: Story,
    pub band: Vec<Stretch>,
    /// There is more before; the band then begins with the first change told.
    pub shortened: bool,
}

/// The story of a booking, for staff.
pub fn of_booking(conn: &mut PgConnection, booking: &Booking, hall: &Hall, now: Instant) -> QueryResult<Story> {
    let rows = rows_of_booking(conn, booking)?;
    let mut happenings = tell(&rows, Subject::Booking(booking.id), now);
    let mut names = names(conn, &rows, hall)?;
    add_events(conn, booking.id, &mut happenings, &mut names)?;
    add_cases(conn, &[booking.id], &mut happenings, &mut names)?;
    happenings.sort_by_key(|happening| happening.at);
    Ok(Story { happenings, names })
}

/// The part of a booking's story that its customer is told: nothing of the gateway's events or of cases is read.
pub fn for_customer(conn: &mut PgConnection, booking: &Booking, hall: &Hall, now: Instant) -> QueryResult<Story> {
    let rows = rows_of_booking(conn, booking)?;
    let happenings = tell(&rows, Subject::Booking(booking.id), now);
    // Only the customer's own seats have names here; nobody's else are even read.
    let names = Names { seats: seat_names(hall), bookings: booking_names(conn, &[booking.id])?, ..Names::default() };
    Ok(Story { happenings, names })
}

/// The booking's own rows, those of its payments, tickets and seats, and the cancellation of its show.
fn rows_of_booking(conn: &mut PgConnection, booking: &Booking) -> QueryResult<Vec<Recorded>> {
    let wanted = booking_seats::table.filter(booking_seats::booking_id.eq(booking.id));
    let wanted: Vec<SeatId> = wanted.select(booking_seats::seat_id).load(conn)?;
    let mut rows = rows::of_bookings(conn, &[booking.id])?;
    rows.extend(rows::of_seats_owned(conn, booking.show_id, &wanted, booking.id)?);
    rows.extend(rows::of_show(conn, booking.show_id)?.into_iter().filter(|row| row.to_status == "cancelled"));
    Ok(rows)
}

/// The story of one seat of a show, with what the bookings did that had it.
pub fn of_seat(
    conn: &mut PgConnection,
    show: ShowId,
    seat: SeatId,
    hall: &Hall,
    now: Instant,
) -> QueryResult<SeatStory> {
    let mut rows = rows::of_seat(conn, show, seat, MOST_CHANGES + 1)?;
    let shortened = rows.len() > MOST_CHANGES as usize;
    rows.truncate(MOST_CHANGES as usize);
    let owners: HashSet<BookingId> = rows.iter().flat_map(|row| [row.from_owner, row.to_owner]).flatten().collect();
    let owners: Vec<BookingId> = owners.into_iter().collect();
    if !shortened {
        rows.extend(rows::of_show(conn, show)?);
    }
    let band = stretches(&rows, now);
    let of_owners = rows::of_bookings(conn, &owners)?;
    rows.extend(of_owners.into_iter().filter(|row| row.entity != "ticket" || row.seat_id == Some(seat)));
    let mut happenings = tell(&rows, Subject::Seat(seat), now);
    let mut names = names(conn, &rows, hall)?;
    add_cases(conn, &owners, &mut happenings, &mut names)?;
    happenings.sort_by_key(|happening| happening.at);
    Ok(SeatStory { story: Story { happenings, names }, band, shortened })
}

fn names(conn: &mut PgConnection, rows: &[Recorded], hall: &Hall) -> QueryResult<Names> {
    let named = rows.iter().flat_map(|row| [row.booking_id, row.from_owner, row.to_owner]).flatten();
    let ids: Vec<BookingId> = named.collect::<HashSet<_>>().into_iter().collect();
    Ok(Names {
        seats: seat_names(hall),
        bookings: booking_names(conn, &ids)?,
        people: people(conn, rows.iter().filter_map(|row| Actor::parse(&row.actor)))?,
        ..Names::default()
    })
}

/// The names of those who are staff.
fn people(conn: &mut PgConnection, actors: impl Iterator<Item = Actor>) -> QueryResult<HashMap<PersonId, String>> {
    let staff: HashSet<PersonId> = actors
        .filter_map(|actor| match actor {
            Actor::Staff(id) => Some(id),
            _ => None,
        })
        .collect();
    let named: Vec<(PersonId, String)> =
        people::table.filter(people::id.eq_any(staff)).select((people::id, people::name)).load(conn)?;
    Ok(named.into_iter().collect())
}

fn seat_names(hall: &Hall) -> HashMap<SeatId, String> {
    hall.places.iter().zip(&hall.labels).map(|(place, label)| (place.seat_id, label.clone())).collect()
}

fn booking_names(conn: &mut PgConnection, ids: &[BookingId]) -> QueryResult<HashMap<BookingId, BookingName>> {
    let seats: Vec<(BookingId, SeatId)> = booking_seats::table
        .filter(booking_seats::booking_id.eq_any(ids))
        .order((booking_seats::booking_id, booking_seats::seat_id))
        .select((booking_seats::booking_id, booking_seats::seat_id))
        .load(conn)?;
    let rows = bookings::table.filter(bookings::id.eq_any(ids));
    let rows: Vec<(BookingId, String)> = rows.select((bookings::id, bookings::reference)).load(conn)?;
    let wanted = |id: BookingId| seats.iter().filter(|row| row.0 == id).map(|row| row.1).collect();
    Ok(rows.into_iter().map(|(id, reference)| (id, BookingName { reference, seats: wanted(id) })).collect())
}

/// Names the gateway's events, and tells those that changed nothing.
fn add_events(
    conn: &mut PgConnection,
    of: BookingId,
    happenings: &mut Vec<Happening>,
    names: &mut Names,
) -> QueryResult<()> {
    type Row = (String, String, Instant, Option<String>, PaymentId);
    let rows: Vec<Row> = gateway_events::table
        .inner_join(payments::table)
        .filter(payments::booking_id.eq(of))
        .select((
            gateway_events::id,
            gateway_events::kind,
            gateway_events::received_at,
            gateway_events::effect,
            payments::id,
        ))
        .load(conn)?;
    for (id, kind, received_at, effect, payment) in rows {
        if effect.as_deref() == Some("repeated") {
            happenings.push(Happening {
                actor: Some(Actor::Gateway(id.clone())),
                booking: Some(of),
                payment: Some(payment),
                ..Happening::new(received_at, What::Repeated)
            });
        }
        names.events.insert(id, EventName { kind, received_at });
    }
    Ok(())
}

/// A case of a booking's payment, as its row tells it.
#[derive(Queryable)]
struct CaseRow {
    kind: Kind,
    booking: BookingId,
    payment: PaymentId,
    opened_at: Instant,
    closed_at: Option<Instant>,
    closed_by: Option<String>,
    resolution: Option<String>,
}

/// Marks what opened and closed a case, and tells what nothing else tells of.
fn add_cases(
    conn: &mut PgConnection,
    of: &[BookingId],
    happenings: &mut Vec<Happening>,
    names: &mut Names,
) -> QueryResult<()> {
    let rows: Vec<CaseRow> = cases::table
        .inner_join(payments::table.on(payments::id.nullable().eq(cases::payment_id)))
        .filter(payments::booking_id.eq_any(of))
        .order(cases::id)
        .select((
            cases::kind,
            payments::booking_id,
            payments::id,
            cases::opened_at,
            cases::closed_at,
            cases::closed_by,
            cases::resolution,
        ))
        .load(conn)?;
    let closers = rows.iter().filter_map(|case| Actor::parse(case.closed_by.as_deref()?));
    names.people.extend(people(conn, closers)?);
    for case in rows {
        opened(&case, happenings);
        closed(&case, happenings);
    }
    Ok(())
}

/// What happened to a case's booking at that instant, by somebody.
fn of_case<'a>(happenings: &'a mut [Happening], case: &CaseRow, at: Instant) -> Option<&'a mut Happening> {
    happenings.iter_mut().find(|happening| {
        happening.at == at && happening.actor.is_some() && happening.booking.is_none_or(|of| of == case.booking)
    })
}

fn opened(case: &CaseRow, happenings: &mut Vec<Happening>) {
    match of_case(happenings, case, case.opened_at) {
        Some(opener) => opener.case_opened = true,
        None => happenings.push(of_its_own(case, case.opened_at, What::CaseOpened { kind: case.kind })),
    }
}

fn closed(case: &CaseRow, happenings: &mut Vec<Happening>) {
    let Some(at) = case.closed_at else { return };
    let resolution = case.resolution.clone().unwrap_or_default();
    let by = case.closed_by.as_deref().and_then(Actor::parse);
    match of_case(happenings, case, at).filter(|closer| closer.actor == by) {
        Some(closer) => closer.case_closed = Some(resolution),
        None => {
            let told = of_its_own(case, at, What::CaseClosed { kind: case.kind, resolution });
            happenings.push(Happening { actor: by, ..told });
        }
    }
}

fn of_its_own(case: &CaseRow, at: Instant, what: What) -> Happening {
    Happening { booking: Some(case.booking), payment: Some(case.payment), ..Happening::new(at, what) }
}

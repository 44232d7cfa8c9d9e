//! Reads what a story is made of. Every look at the ledger goes by the index of one entity's versions.
//!
//! These are many statements. Whoever calls them opens one `db::snapshot` around them and around whatever else the page
//! shows, so that facts, names and story are of one instant.

use super::band::{Stretch, stretches};
use super::happening::{Happening, What, tell};
use super::{BookingName, EventName, Names, Subject};
use crate::booking::Booking;
use crate::clock::Instant;
use crate::ids::{BookingId, PaymentId, PersonId, SeatId, ShowId, TicketId};
use crate::ledger::{Actor, Recorded};
use crate::schema::{booking_seats, bookings, cases, gateway_events, ledger, payments, people, tickets};
use crate::seating::hall::Hall;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use std::collections::HashSet;

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
    let mut rows = for_everybody(conn, booking)?;
    rows.extend(ticket_rows(conn, &[booking.id], None)?);
    let payments = payments_of(conn, &[booking.id])?;
    let mut happenings = tell(&rows, Subject::Booking(booking.id), now);
    let mut names = names(conn, &rows, hall)?;
    add_events(conn, &payments, &mut happenings, &mut names)?;
    add_cases(conn, &[booking.id], &mut happenings)?;
    happenings.sort_by_key(|happening| happening.at);
    Ok(Story { happenings, names })
}

/// The part of a booking's story that its customer is told: nothing of the gateway's events or of cases is read.
pub fn for_customer(conn: &mut PgConnection, booking: &Booking, hall: &Hall, now: Instant) -> QueryResult<Story> {
    let mut rows = for_everybody(conn, booking)?;
    rows.extend(ticket_rows(conn, &[booking.id], None)?);
    let happenings = tell(&rows, Subject::Booking(booking.id), now);
    // Only the customer's own seats have names here; nobody's else are even read.
    let names = Names { seats: seat_names(hall), bookings: booking_names(conn, &[booking.id])?, ..Names::default() };
    Ok(Story { happenings, names })
}

/// The booking's own rows, those of its payments and seats, and the cancellation of its show.
fn for_everybody(conn: &mut PgConnection, booking: &Booking) -> QueryResult<Vec<Recorded>> {
    let payments = payments_of(conn, &[booking.id])?;
    let mut rows = booking_rows(conn, &[booking.id])?;
    rows.extend(payment_rows(conn, &payments)?);
    rows.extend(seat_rows_of_booking(conn, booking)?);
    rows.extend(show_rows(conn, booking.show_id)?.into_iter().filter(|row| row.to_status == "cancelled"));
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
    let mut rows = rows_of_seat(conn, show, seat)?;
    let shortened = rows.len() > MOST_CHANGES as usize;
    rows.truncate(MOST_CHANGES as usize);
    let owners: HashSet<BookingId> = rows.iter().flat_map(|row| [row.from_owner, row.to_owner]).flatten().collect();
    let owners: Vec<BookingId> = owners.into_iter().collect();
    if !shortened {
        rows.extend(show_rows(conn, show)?);
    }
    let band = stretches(&rows, now);
    let payments = payments_of(conn, &owners)?;
    rows.extend(booking_rows(conn, &owners)?);
    rows.extend(payment_rows(conn, &payments)?);
    rows.extend(ticket_rows(conn, &owners, Some(seat))?);
    let mut happenings = tell(&rows, Subject::Seat(seat), now);
    add_cases(conn, &owners, &mut happenings)?;
    happenings.sort_by_key(|happening| happening.at);
    let names = names(conn, &rows, hall)?;
    Ok(SeatStory { story: Story { happenings, names }, band, shortened })
}

fn booking_rows(conn: &mut PgConnection, ids: &[BookingId]) -> QueryResult<Vec<Recorded>> {
    // Written out, not bound: only then does the planner know that the partial index has the rows.
    ledger::table
        .filter(sql::<Bool>("entity = 'booking'"))
        .filter(ledger::booking_id.assume_not_null().eq_any(ids))
        .select(Recorded::as_select())
        .load(conn)
}

fn payment_rows(conn: &mut PgConnection, ids: &[PaymentId]) -> QueryResult<Vec<Recorded>> {
    ledger::table
        .filter(sql::<Bool>("entity = 'payment'"))
        .filter(ledger::payment_id.assume_not_null().eq_any(ids))
        .select(Recorded::as_select())
        .load(conn)
}

fn ticket_rows(conn: &mut PgConnection, of: &[BookingId], seat: Option<SeatId>) -> QueryResult<Vec<Recorded>> {
    let mut issued = tickets::table.filter(tickets::booking_id.eq_any(of)).select(tickets::id).into_boxed();
    if let Some(seat) = seat {
        issued = issued.filter(tickets::seat_id.eq(seat));
    }
    let ids: Vec<TicketId> = issued.load(conn)?;
    ledger::table
        .filter(sql::<Bool>("entity = 'ticket'"))
        .filter(ledger::ticket_id.assume_not_null().eq_any(ids))
        .select(Recorded::as_select())
        .load(conn)
}

fn show_rows(conn: &mut PgConnection, show: ShowId) -> QueryResult<Vec<Recorded>> {
    ledger::table
        .filter(sql::<Bool>("entity = 'show'"))
        .filter(ledger::show_id.eq(show))
        .select(Recorded::as_select())
        .load(conn)
}

/// What happened to the booking's seats while they were its own, and when they were taken over.
fn seat_rows_of_booking(conn: &mut PgConnection, booking: &Booking) -> QueryResult<Vec<Recorded>> {
    let wanted: Vec<SeatId> = booking_seats::table
        .filter(booking_seats::booking_id.eq(booking.id))
        .select(booking_seats::seat_id)
        .load(conn)?;
    ledger::table
        .filter(sql::<Bool>("entity = 'show_seat'"))
        .filter(ledger::show_id.eq(booking.show_id))
        .filter(ledger::seat_id.assume_not_null().eq_any(wanted))
        .filter(ledger::from_owner.eq(booking.id).or(ledger::to_owner.eq(booking.id)).assume_not_null())
        .select(Recorded::as_select())
        .load(conn)
}

/// The latest rows of a seat, newest first; one more than are told.
fn rows_of_seat(conn: &mut PgConnection, show: ShowId, seat: SeatId) -> QueryResult<Vec<Recorded>> {
    ledger::table
        .filter(sql::<Bool>("entity = 'show_seat'"))
        .filter(ledger::show_id.eq(show))
        .filter(ledger::seat_id.eq(seat))
        .order(ledger::version.desc())
        .limit(MOST_CHANGES + 1)
        .select(Recorded::as_select())
        .load(conn)
}

fn payments_of(conn: &mut PgConnection, bookings: &[BookingId]) -> QueryResult<Vec<PaymentId>> {
    payments::table.filter(payments::booking_id.eq_any(bookings)).select(payments::id).load(conn)
}

fn names(conn: &mut PgConnection, rows: &[Recorded], hall: &Hall) -> QueryResult<Names> {
    let named = rows.iter().flat_map(|row| [row.booking_id, row.from_owner, row.to_owner]).flatten();
    let ids: Vec<BookingId> = named.collect::<HashSet<_>>().into_iter().collect();
    let staff = rows.iter().filter_map(|row| match Actor::parse(&row.actor) {
        Some(Actor::Staff(id)) => Some(id),
        _ => None,
    });
    let staff: Vec<PersonId> = staff.collect::<HashSet<_>>().into_iter().collect();
    let staff: Vec<(PersonId, String)> =
        people::table.filter(people::id.eq_any(staff)).select((people::id, people::name)).load(conn)?;
    Ok(Names {
        seats: seat_names(hall),
        bookings: booking_names(conn, &ids)?,
        people: staff.into_iter().collect(),
        ..Names::default()
    })
}

fn seat_names(hall: &Hall) -> std::collections::HashMap<SeatId, String> {
    hall.places.iter().zip(&hall.labels).map(|(place, label)| (place.seat_id, label.clone())).collect()
}

fn booking_names(
    conn: &mut PgConnection,
    ids: &[BookingId],
) -> QueryResult<std::collections::HashMap<BookingId, BookingName>> {
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
    of: &[PaymentId],
    happenings: &mut Vec<Happening>,
    names: &mut Names,
) -> QueryResult<()> {
    type Row = (String, String, Instant, Option<String>, Option<PaymentId>, Option<BookingId>);
    let rows: Vec<Row> = gateway_events::table
        .left_join(payments::table)
        .filter(gateway_events::payment_id.assume_not_null().eq_any(of))
        .select((
            gateway_events::id,
            gateway_events::kind,
            gateway_events::received_at,
            gateway_events::effect,
            gateway_events::payment_id,
            payments::booking_id.nullable(),
        ))
        .load(conn)?;
    for (id, kind, received_at, effect, payment, booking) in rows {
        if effect.as_deref() == Some("repeated") {
            happenings.push(Happening {
                at: received_at,
                actor: Some(Actor::Gateway(id.clone())),
                booking,
                payment,
                what: What::Repeated,
                case_opened: false,
            });
        }
        names.events.insert(id, EventName { kind, received_at });
    }
    Ok(())
}

/// Marks what opened a case, and tells the cases that nothing else tells of.
fn add_cases(conn: &mut PgConnection, of: &[BookingId], happenings: &mut Vec<Happening>) -> QueryResult<()> {
    type Row = (String, BookingId, PaymentId, Instant, Option<Instant>);
    let rows: Vec<Row> = cases::table
        .inner_join(payments::table.on(payments::id.eq(cases::payment_id)))
        .filter(payments::booking_id.eq_any(of))
        .select((cases::kind, cases::booking_id, cases::payment_id, cases::opened_at, cases::closed_at))
        .load(conn)?;
    for (kind, booking, payment, opened_at, closed_at) in rows {
        let told = |at, what| Happening {
            at,
            actor: None,
            booking: Some(booking),
            payment: Some(payment),
            what,
            case_opened: false,
        };
        let opener = |happening: &&mut Happening| {
            happening.at == opened_at && happening.actor.is_some() && happening.booking.is_none_or(|of| of == booking)
        };
        match happenings.iter_mut().find(opener) {
            Some(opener) => opener.case_opened = true,
            None => happenings.push(told(opened_at, What::CaseOpened { kind: kind.clone() })),
        }
        happenings.extend(closed_at.map(|at| told(at, What::CaseClosed { kind })));
    }
    Ok(())
}

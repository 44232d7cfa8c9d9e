//! A booking's row and its transitions. Each writes its ledger row beside it; the first is written with the
//! hold (`sale::taking`).

use super::deadline::Deadline;
use super::life::{Life, Step};
use super::refund_policy::RefundPolicy;
use crate::clock::Instant;
use crate::db::expect_rows;
use crate::ids::{BookingId, FormKey, PaymentId, SeatId, ShowId, VisitorId};
use crate::ledger::{self, Entry, Stamp};
use crate::schema::bookings;
use crate::statement;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Uuid};

text_enum! {
    /// What the row says. One that is created and past its locks has expired in truth: ask [`Booking::state`].
    pub enum BookingStatus { Created = "created", Confirmed = "confirmed", Expired = "expired", Cancelled = "cancelled" }
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = bookings, check_for_backend(diesel::pg::Pg))]
pub struct Booking {
    pub id: BookingId,
    pub reference: String,
    pub show_id: ShowId,
    pub visitor_id: VisitorId,
    pub status: BookingStatus,
    pub created_at: Instant,
    pub pay_by: Instant,
    pub lock_expires_at: Instant,
    pub currency: String,
    pub fee_per_ticket: i64,
    pub fee_tax_per_ticket: i64,
    /// Minor units; frozen by the first payment start.
    pub amount: Option<i64>,
    pub contact_name: Option<String>,
    pub contact_email: Option<String>,
    pub contact_phone: Option<String>,
    pub confirmed_at: Option<Instant>,
    pub cancelled_at: Option<Instant>,
    pub paid_by: Option<PaymentId>,
    /// What a cancellation gives back; frozen with the sum.
    pub refund_policy: Option<RefundPolicy>,
    pub version: i32,
}

/// Whether a booking may still be paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payable {
    Yes,
    /// Past the deadline shown; money on its way still counts until the locks end.
    TooLate,
    /// Confirmed, cancelled or expired.
    Closed(BookingStatus),
}

impl Booking {
    /// The status in truth: a created booking whose locks have ended has expired, though no job has said so.
    pub fn state(&self, now: Instant) -> BookingStatus {
        match self.status {
            BookingStatus::Created if now >= self.lock_expires_at => BookingStatus::Expired,
            status => status,
        }
    }

    /// Whether it may still be filled in and paid for. A payment starts through every instant up to the deadline shown.
    pub fn payable(&self, now: Instant) -> Payable {
        match self.state(now) {
            BookingStatus::Created if now > self.pay_by => Payable::TooLate,
            BookingStatus::Created => Payable::Yes,
            closed => Payable::Closed(closed),
        }
    }

    /// What of the row the ledger tells.
    pub fn life(&self) -> Life {
        Life {
            show_id: self.show_id,
            status: self.status,
            created_at: self.created_at,
            pay_by: self.pay_by,
            lock_expires_at: self.lock_expires_at,
            currency: self.currency.clone(),
            amount: self.amount,
            confirmed_at: self.confirmed_at,
            cancelled_at: self.cancelled_at,
            paid_by: self.paid_by,
            refund_policy: self.refund_policy,
            version: self.version,
        }
    }
}

/// Finds by reference, without a lock: for pages.
pub fn find(conn: &mut PgConnection, reference: &str) -> QueryResult<Option<Booking>> {
    bookings::table.filter(bookings::reference.eq(reference)).select(Booking::as_select()).first(conn).optional()
}

/// Finds the booking that a form made, if it made one.
pub fn find_by_form(conn: &mut PgConnection, visitor: VisitorId, form: FormKey) -> QueryResult<Option<Booking>> {
    bookings::table
        .filter(bookings::visitor_id.eq(visitor))
        .filter(bookings::form_key.eq(form))
        .select(Booking::as_select())
        .first(conn)
        .optional()
}

/// Locks one booking. `FOR NO KEY UPDATE`: a foreign key that names a booking takes KEY SHARE on it, and `FOR UPDATE`
/// deadlocks with takeovers.
pub fn lock(conn: &mut PgConnection, id: BookingId) -> QueryResult<Booking> {
    bookings::table.find(id).for_no_key_update().select(Booking::as_select()).first(conn)
}

/// Locks the bookings of a show that are still created or confirmed, by id.
pub fn lock_live_of_show(conn: &mut PgConnection, show: ShowId) -> QueryResult<Vec<Booking>> {
    let mut locked: Vec<Booking> = bookings::table
        .filter(bookings::show_id.eq(show))
        .order(bookings::id)
        .for_no_key_update()
        .select(Booking::as_select())
        .load(conn)?;
    locked.retain(|booking| matches!(booking.status, BookingStatus::Created | BookingStatus::Confirmed));
    Ok(locked)
}

statement! {
    struct InsertBooking<'a> {
        reference: &'a str => Text,
        show_id: ShowId => BigInt,
        visitor_id: VisitorId => Uuid,
        form_key: FormKey => Uuid,
    } -> (BigInt,):
    "INSERT INTO bookings (reference, show_id, visitor_id, form_key, status, created_at, pay_by, lock_expires_at,
                           currency, fee_per_ticket, fee_tax_per_ticket, version)
    SELECT reference, show_id, visitor_id, form_key, 'created', t.now, t.now + interval '1 minute',
           t.now + interval '1 minute', '', 0, 0, 1
    FROM given, (SELECT marquee_now() AS now) AS t
    ON CONFLICT ON CONSTRAINT bookings_form_key DO NOTHING
    RETURNING id"
}

/// Puts the form's claim down before any seat is locked; what is promised follows with the seats (`sale::taking`). None: the form
/// has made a booking already, which this statement cannot see; read it in a new one.
///
/// The foreign key takes KEY SHARE on the show, so a cancellation of the show that commits later sees this booking.
pub fn insert(
    conn: &mut PgConnection,
    reference: &str,
    show: ShowId,
    visitor: VisitorId,
    form: FormKey,
) -> QueryResult<Option<BookingId>> {
    InsertBooking { reference, show_id: show, visitor_id: visitor, form_key: form }
        .get_result::<(BookingId,)>(conn)
        .optional()
        .map(|row| row.map(|(id,)| id))
}

/// What a hold promises.
#[derive(Debug)]
pub struct Promise<'a> {
    pub deadline: Deadline,
    pub currency: &'a str,
    pub fee_per_ticket: i64,
    pub fee_tax_per_ticket: i64,
    pub seats: &'a [SeatPromise],
}

/// One seat's prices by type, in minor units.
#[derive(Clone, Copy, Debug)]
pub struct SeatPromise {
    pub seat_id: SeatId,
    pub adult: i64,
    pub child: Option<i64>,
    pub senior: Option<i64>,
}

/// How a customer is reached, as far as they have said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
}

/// Stores the contact of a locked booking; what a draft leaves out stays as it was. No transition: the ledger stays silent.
pub fn set_contact(conn: &mut PgConnection, booking: &Booking, contact: &Contact) -> QueryResult<()> {
    diesel::update(bookings::table.find(booking.id))
        .set((
            bookings::contact_name.eq(contact.name.as_ref().or(booking.contact_name.as_ref())),
            bookings::contact_email.eq(contact.email.as_ref().or(booking.contact_email.as_ref())),
            bookings::contact_phone.eq(&contact.phone),
        ))
        .execute(conn)?;
    Ok(())
}

/// Freezes the sum of a locked booking, with what of it comes back, and moves its deadline: the first payment start.
pub fn freeze(
    conn: &mut PgConnection,
    booking: &Booking,
    amount: i64,
    refund_policy: RefundPolicy,
    deadline: Deadline,
    stamp: &Stamp,
) -> QueryResult<()> {
    take_step(conn, booking, &Step::Freeze { amount, refund_policy, deadline }, stamp)
}

/// Confirms a locked booking, paid by `payment`.
pub fn confirm(conn: &mut PgConnection, booking: &Booking, payment: PaymentId, stamp: &Stamp) -> QueryResult<()> {
    take_step(conn, booking, &Step::Confirm { paid_by: payment }, stamp)
}

/// Cancels a locked booking.
pub fn cancel(conn: &mut PgConnection, booking: &Booking, stamp: &Stamp) -> QueryResult<()> {
    take_step(conn, booking, &Step::Cancel, stamp)
}

/// Takes a step that [`Life::after`] allows: the row and its ledger row, from one transition.
fn take_step(conn: &mut PgConnection, booking: &Booking, step: &Step, stamp: &Stamp) -> QueryResult<()> {
    let life = booking.life();
    let next = life.after(step, stamp.at)?;
    let as_judged = bookings::table.find(booking.id).filter(bookings::version.eq(life.version));
    let rows = diesel::update(as_judged).set(&next).execute(conn)?;
    expect_rows("bookings moved", rows, 1)?;
    let entry = Entry {
        show_id: Some(booking.show_id),
        booking_id: Some(booking.id),
        from_end: life.lock_end(),
        to_end: next.lock_end(),
        detail: step.detail(&next),
        ..Entry::new("booking", next.version, Some(life.status.as_str()), next.status.as_str(), stamp)
    };
    ledger::write(conn, &[entry])
}

/// A visitor's bookings of a show that are still to be paid, without a lock: for pages.
pub fn open_of_visitor(
    conn: &mut PgConnection,
    visitor: VisitorId,
    show: ShowId,
    now: Instant,
) -> QueryResult<Vec<Booking>> {
    bookings::table
        .filter(bookings::visitor_id.eq(visitor))
        .filter(bookings::show_id.eq(show))
        .filter(bookings::status.eq(BookingStatus::Created))
        .filter(bookings::lock_expires_at.gt(now))
        .order(bookings::id)
        .select(Booking::as_select())
        .load(conn)
}

/// The visitor's latest bookings, newest first, without a lock: for pages.
pub fn latest_of_visitor(conn: &mut PgConnection, visitor: VisitorId, most: i64) -> QueryResult<Vec<Booking>> {
    bookings::table
        .filter(bookings::visitor_id.eq(visitor))
        .order(bookings::id.desc())
        .limit(most)
        .select(Booking::as_select())
        .load(conn)
}

/// How many bookings a visitor ever made, by show; a seller's session is a visitor too.
pub fn count_of_visitor(conn: &mut PgConnection, visitor: VisitorId) -> QueryResult<Vec<(ShowId, i64)>> {
    bookings::table
        .filter(bookings::visitor_id.eq(visitor))
        .group_by(bookings::show_id)
        .select((bookings::show_id, diesel::dsl::count_star()))
        .load(conn)
}

//! A replay as text, for people: the hall as it was, then every booking, payment and refund, then what is wrong.

use crate::booking::BookingStatus;
use crate::booking::life::Life as Booking;
use crate::catalogue::show::ShowStatus;
use crate::clock::Instant;
use crate::history::replay::Replay;
use crate::history::replay::diff::Difference;
use crate::history::replay::state::Subject;
use crate::ids::{BookingId, SeatId};
use crate::money::Money;
use crate::payment::life::Life as Payment;
use crate::payment::refund::life::Life as Refund;
use crate::payment::{PaymentStatus, RefundStatus};
use crate::seating::show_seat::{SeatStatus, ShowSeat};
use crate::ticketing::ticket::TicketStatus;
use chrono::{DateTime, SecondsFormat};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Write};

pub fn write(out: &mut impl Write, replay: &Replay) -> io::Result<()> {
    let as_of = time(replay, replay.as_of);
    writeln!(out, "Show {}: {}", replay.facts.show, replay.facts.name)?;
    match &replay.state.show {
        Some(show) => {
            let status = if show.status == ShowStatus::Cancelled { ", cancelled" } else { "" };
            writeln!(out, "Begins {}{status}", time(replay, show.starts_at))?;
            writeln!(out, "As of  {as_of}, from {}", counted(replay.rows, "ledger row"))?;
            seats(out, replay)?;
            bookings(out, replay)?;
            payments(out, replay)?;
            refunds(out, replay)?;
            tickets(out, replay)?;
        }
        None => writeln!(out, "As of  {as_of}: not published yet")?,
    }
    verdict(out, replay)
}

fn seats(out: &mut impl Write, replay: &Replay) -> io::Result<()> {
    let mut counts: BTreeMap<char, usize> = BTreeMap::new();
    for seat in replay.state.seats.values() {
        *counts.entry(mark(seat, replay.as_of)).or_default() += 1;
    }
    let count = |mark| counts.get(&mark).copied().unwrap_or(0);
    let lapsed = replay.state.seats.values().filter(|seat| seat.has_lapsed(replay.as_of)).count();
    writeln!(
        out,
        "\nSeats: {} free ({lapsed} after a lapsed lock), {} locked, {} booked, {} blocked\n",
        count('.'),
        count('L'),
        count('B'),
        count('X')
    )?;
    for line in plan(replay) {
        writeln!(out, "  {line}")?;
    }
    writeln!(out, "\n  . free   L locked   B booked   X blocked")
}

/// The hall as it is drawn, front row first: one mark for each seat, gaps where there are none.
fn plan(replay: &Replay) -> Vec<String> {
    let mut rows: BTreeMap<i32, (&str, String)> = BTreeMap::new();
    let places = &replay.facts.hall.places;
    let widest = places.iter().map(|place| place.row_label.chars().count()).max().unwrap_or(0);
    let leftmost = places.iter().map(|place| place.grid_column).min().unwrap_or(0);
    for place in places {
        let (_, marks) = rows.entry(place.grid_row).or_insert_with(|| (&place.row_label, String::new()));
        let column = usize::try_from(place.grid_column - leftmost).unwrap_or(0);
        let gap = column.saturating_sub(marks.chars().count());
        marks.extend(std::iter::repeat_n(' ', gap));
        marks.push(replay.state.seats.get(&place.seat_id).map_or('?', |seat| mark(seat, replay.as_of)));
    }
    rows.into_values().map(|(label, marks)| format!("{label:widest$} {marks}")).collect()
}

fn mark(seat: &ShowSeat, now: Instant) -> char {
    match seat.status {
        _ if seat.is_free(now) => '.',
        SeatStatus::Available => '.',
        SeatStatus::Locked => 'L',
        SeatStatus::Booked => 'B',
        SeatStatus::Blocked => 'X',
    }
}

fn bookings(out: &mut impl Write, replay: &Replay) -> io::Result<()> {
    writeln!(out, "\n{}", counted(replay.state.bookings.len(), "booking"))?;
    for (id, booking) in &replay.state.bookings {
        let seats: Vec<String> = replay.state.seats_of(*id).map(|seat| label(replay, seat)).collect();
        writeln!(out, "  {}  {}  {}", reference(replay, *id), booking_words(replay, booking), seats.join(" "))?;
    }
    Ok(())
}

fn booking_words(replay: &Replay, booking: &Booking) -> String {
    let moment = |at: Option<Instant>| at.map_or_else(|| "?".to_owned(), |at| time(replay, at));
    match booking.status {
        BookingStatus::Created if booking.lock_end().is_some_and(|end| end <= replay.as_of) => {
            format!("expired {}", time(replay, booking.lock_expires_at))
        }
        BookingStatus::Created => format!(
            "held {}, pay by {}, locks end {}",
            time(replay, booking.created_at),
            time(replay, booking.pay_by),
            time(replay, booking.lock_expires_at)
        ),
        BookingStatus::Confirmed => {
            let amount = Money::new(booking.amount.unwrap_or(0), booking.currency.as_str());
            format!("confirmed {} for {amount}", moment(booking.confirmed_at))
        }
        BookingStatus::Cancelled => format!("cancelled {}", moment(booking.cancelled_at)),
        BookingStatus::Expired => "expired".to_owned(),
    }
}

fn payments(out: &mut impl Write, replay: &Replay) -> io::Result<()> {
    writeln!(out, "\n{}", counted(replay.state.payments.len(), "payment"))?;
    for (id, payment) in &replay.state.payments {
        let booking = reference(replay, payment.booking_id);
        writeln!(out, "  {id}  for {booking}  {}", payment_words(replay, payment))?;
    }
    Ok(())
}

fn payment_words(replay: &Replay, payment: &Payment) -> String {
    let asked = Money::new(payment.amount, payment.currency.as_str());
    let started = time(replay, payment.started_at);
    match (payment.status, payment.succeeded_at, payment.captured_amount, payment.outcome) {
        (PaymentStatus::Succeeded, Some(at), Some(captured), Some(outcome)) => {
            let captured = Money::new(captured, payment.captured_currency.as_deref().unwrap_or(&payment.currency));
            format!("{captured} arrived {} ({}), outcome {outcome}", time(replay, at), payment.method)
        }
        (status, ..) => format!("{asked} asked for {started}, {status}"),
    }
}

fn refunds(out: &mut impl Write, replay: &Replay) -> io::Result<()> {
    writeln!(out, "\n{}", counted(replay.state.refunds.len(), "refund"))?;
    for (id, refund) in &replay.state.refunds {
        let booking = reference(replay, refund.booking_id);
        writeln!(out, "  {id}  for {booking}  {}", refund_words(replay, refund))?;
    }
    Ok(())
}

fn refund_words(replay: &Replay, refund: &Refund) -> String {
    let sum = Money::new(refund.amount, refund.currency.as_str());
    let requested = time(replay, refund.requested_at);
    let why = refund.failure.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let stands = match (refund.status, refund.ended_at) {
        (RefundStatus::Succeeded, Some(at)) => format!("given back {}", time(replay, at)),
        (RefundStatus::SettledByStaff, Some(at)) => format!("settled by staff {}", time(replay, at)),
        (RefundStatus::Requested, _) if refund.gateway_id.is_some() => "underway at the gateway".to_owned(),
        (status, _) => format!("{status}{why}"),
    };
    format!("{sum} owed {requested} ({}), attempt {}, {stands}", refund.cause, refund.attempt)
}

fn tickets(out: &mut impl Write, replay: &Replay) -> io::Result<()> {
    let void = replay.state.tickets.values().filter(|ticket| ticket.status == TicketStatus::Void).count();
    let void = if void == 0 { String::new() } else { format!(", {void} of them void") };
    writeln!(out, "\n{}{void}", counted(replay.state.tickets.len(), "ticket"))
}

/// What does not follow, and where the tables say something else.
pub fn verdict(out: &mut impl Write, replay: &Replay) -> io::Result<()> {
    writeln!(out)?;
    for fault in &replay.faults {
        let at = time(replay, fault.at);
        writeln!(out, "FAULT  {} version {} of {at}: {}", subject(replay, fault.subject), fault.version, fault.why)?;
    }
    for difference in replay.differences.iter().flatten() {
        writeln!(out, "DIFFERS  {}", difference_words(replay, difference))?;
    }
    if replay.faults.is_empty() {
        writeln!(out, "Every ledger row follows from the one before it.")?;
    }
    match &replay.differences {
        Some(differences) if differences.is_empty() => writeln!(out, "The tables say the same, in every column."),
        Some(differences) => writeln!(out, "{} from the tables.", counted(differences.len(), "difference")),
        None => writeln!(out, "The tables know only of now: nothing to compare."),
    }
}

fn difference_words(replay: &Replay, difference: &Difference) -> String {
    match difference {
        Difference::NotInTable(row) => format!("{}: in the ledger, not in the table", subject(replay, *row)),
        Difference::NotInLedger(row) => format!("{}: in the table, not in the ledger", subject(replay, *row)),
        Difference::Column { subject: row, column, ledger, table } => {
            let (row, ledger, table) = (subject(replay, *row), value(replay, ledger), value(replay, table));
            format!("{row}, {column}: the ledger says {ledger}, the table {table}")
        }
    }
}

fn subject(replay: &Replay, subject: Subject) -> String {
    match subject {
        Subject::Show => "the show".to_owned(),
        Subject::Seat(seat) => format!("seat {}", label(replay, seat)),
        Subject::Claim(booking, seat) => {
            format!("claim of booking {} on seat {}", reference(replay, booking), label(replay, seat))
        }
        Subject::Booking(id) => format!("booking {}", reference(replay, id)),
        Subject::Payment(id) => format!("payment {id}"),
        Subject::Refund(id) => format!("refund {id}"),
        Subject::Ticket(id) => format!("ticket {id}"),
    }
}

fn label(replay: &Replay, seat: SeatId) -> String {
    replay.facts.hall.place(seat).map_or_else(|| format!("number {seat}"), |place| place.label())
}

fn reference(replay: &Replay, booking: BookingId) -> String {
    replay.facts.references.get(&booking).cloned().unwrap_or_else(|| format!("number {booking}"))
}

/// A column's value; times by the cinema's clock.
fn value(replay: &Replay, value: &Value) -> String {
    let instant = value.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    match (instant, value) {
        (Some(instant), _) => time(replay, instant.to_utc()),
        (None, Value::Null) => "nothing".to_owned(),
        (None, Value::String(text)) => text.clone(),
        (None, other) => other.to_string(),
    }
}

/// By the cinema's clock, with its offset, exact enough to be given back as `--at`.
fn time(replay: &Replay, instant: Instant) -> String {
    instant.with_timezone(&replay.facts.zone).to_rfc3339_opts(SecondsFormat::Micros, false)
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

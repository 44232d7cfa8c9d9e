//! Search for staff: bookings by what a person has in hand, and a seat of a show by its name.

use crate::booking::{Booking, booking, reference};
use crate::ids::{PaymentId, ShowId};
use crate::schema::{bookings, payments};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use uuid::Uuid;

/// Characters of a question, at most: as many as a mail address has.
pub const LONGEST: usize = 254;

/// Bookings that answer to the text, newest first: by reference, mail address, id of a payment or of a session at the
/// gateway, or the beginning of the customer's name. Text that cannot be any of these finds nothing.
pub fn bookings(conn: &mut PgConnection, text: &str, most: i64) -> QueryResult<Vec<Booking>> {
    let text = text.trim();
    // PostgreSQL cannot store a NUL, nor be asked for one.
    if text.is_empty() || text.chars().count() > LONGEST || text.chars().any(char::is_control) {
        return Ok(Vec::new());
    }
    if let Ok(id) = Uuid::parse_str(text) {
        return Ok(by_payment(conn, PaymentId(id))?.into_iter().collect());
    }
    if text.starts_with("cs_") {
        let paid = payments::table.inner_join(bookings::table.on(bookings::id.eq(payments::booking_id)));
        return paid.filter(payments::session_id.eq(text)).select(Booking::as_select()).load(conn);
    }
    if text.contains('@') {
        return by_mail(conn, text, most);
    }
    let named = reference::parse(text).map(|parsed| booking::find(conn, &parsed)).transpose()?.flatten();
    // A name of eight letters may look like a reference.
    named.map_or_else(|| by_name(conn, text, most), |booking| Ok(vec![booking]))
}

/// The booking of a payment, if there is such a payment.
pub fn by_payment(conn: &mut PgConnection, id: PaymentId) -> QueryResult<Option<Booking>> {
    let paid = payments::table.inner_join(bookings::table.on(bookings::id.eq(payments::booking_id)));
    paid.filter(payments::id.eq(id)).select(Booking::as_select()).first(conn).optional()
}

/// Newest first, as an expression: by the key itself the planner, which cannot know how rare a text is, walks back
/// through all bookings until it has seen enough.
fn newest() -> diesel::dsl::Desc<SqlLiteral<BigInt>> {
    sql::<BigInt>("bookings.id + 0").desc()
}

fn by_mail(conn: &mut PgConnection, mail: &str, most: i64) -> QueryResult<Vec<Booking>> {
    bookings::table
        .filter(sql::<Bool>("lower(contact_email) = lower(").bind::<Text, _>(mail).sql(")"))
        .order(newest())
        .limit(most)
        .select(Booking::as_select())
        .load(conn)
}

/// By comparing bytes and not by LIKE, for which a plan that is kept for every name could not use the index.
fn by_name(conn: &mut PgConnection, name: &str, most: i64) -> QueryResult<Vec<Booking>> {
    let last = format!("{name}{}", char::MAX);
    bookings::table
        .filter(sql::<Bool>("lower(contact_name) ~>=~ lower(").bind::<Text, _>(name).sql(")"))
        .filter(sql::<Bool>("lower(contact_name) ~<=~ lower(").bind::<Text, _>(last).sql(")"))
        .order(newest())
        .limit(most)
        .select(Booking::as_select())
        .load(conn)
}

/// A seat of a show as staff type it: `12 G12`, `show 12, seat G12`.
pub fn seat(text: &str) -> Option<(ShowId, String)> {
    let parts: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '/' | '#'))
        .filter(|part| !part.is_empty() && !["show", "seat"].contains(&part.to_lowercase().as_str()))
        .collect();
    let [show, label] = parts[..] else { return None };
    let show = show.parse().ok().filter(|show| *show > 0)?;
    is_label(label).then(|| (ShowId(show), label.to_uppercase()))
}

/// Whether the text may name a seat: a row, which begins with a letter, and a number.
pub fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    (2..=7).contains(&bytes.len())
        && bytes.iter().all(u8::is_ascii_alphanumeric)
        && bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.last().is_some_and(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_understood_as_staff_would_type_it() {
        for text in ["12 G12", "show 12 seat g12", "12/G12", " #12, G12 ", "Show 12, Seat G12"] {
            assert_eq!(seat(text), Some((ShowId(12), "G12".to_owned())), "{text}");
        }
    }

    #[test]
    fn what_names_no_seat_is_none() {
        for text in [
            "",
            "G12",
            "12",
            "G12 12",
            "0 G12",
            "-1 G12",
            "12 G12 H1",
            "12 G",
            "12 12",
            "99999999999999999999 A1",
            "12 É1",
            "\0 A1",
        ] {
            assert_eq!(seat(text), None, "{text:?}");
        }
    }
}

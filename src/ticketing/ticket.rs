//! A ticket for one seat, and the code on it that cannot be forged.

use crate::clock::Instant;
use crate::db::expect_rows;
use crate::ids::{BookingId, SeatId, ShowId, TicketId};
use crate::ledger::{self, Entry, Illegal, Recorded, Stamp};
use crate::schema::tickets;
use diesel::prelude::*;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;
use uuid::Uuid;

text_enum! {
    pub enum TicketStatus { Valid = "valid", Void = "void" }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = tickets, check_for_backend(diesel::pg::Pg))]
pub struct Ticket {
    pub id: TicketId,
    pub booking_id: BookingId,
    pub show_id: ShowId,
    pub seat_id: SeatId,
    pub status: TicketStatus,
    pub issued_at: Instant,
    pub voided_at: Option<Instant>,
    pub version: i32,
}

impl Ticket {
    fn issued(id: TicketId, booking_id: BookingId, show_id: ShowId, seat_id: SeatId, at: Instant) -> Self {
        Self {
            id,
            booking_id,
            show_id,
            seat_id,
            status: TicketStatus::Valid,
            issued_at: at,
            voided_at: None,
            version: 1,
        }
    }

    /// A ticket as its first ledger row tells it.
    ///
    /// # Errors
    /// When the row is not one that a ticket begins with.
    pub fn recorded(row: &Recorded) -> Result<Self, Illegal> {
        match (row.ticket_id, row.booking_id, row.show_id, row.seat_id, TicketStatus::parse(&row.to_status)) {
            (Some(id), Some(booking), Some(show), Some(seat), Some(TicketStatus::Valid)) => {
                Ok(Self::issued(id, booking, show, seat, row.at))
            }
            _ => Err(Illegal(format!("no ticket begins {}", row.to_status))),
        }
    }

    /// The ticket once it admits nobody any more.
    ///
    /// # Errors
    /// When it is void already.
    pub fn voided(&self, at: Instant) -> Result<Self, Illegal> {
        match self.status {
            TicketStatus::Valid => Ok(Self {
                status: TicketStatus::Void,
                voided_at: Some(at),
                version: self.version + 1,
                ..self.clone()
            }),
            TicketStatus::Void => Err(Illegal("a void ticket stays void".to_owned())),
        }
    }

    fn entry<'a>(&self, from: Option<TicketStatus>, stamp: &'a Stamp) -> Entry<'a> {
        Entry {
            show_id: Some(self.show_id),
            seat_id: Some(self.seat_id),
            booking_id: Some(self.booking_id),
            ticket_id: Some(self.id),
            ..Entry::new("ticket", self.version, from.map(TicketStatus::as_str), self.status.as_str(), stamp)
        }
    }
}

/// Issues one valid ticket for each seat of a booking that is being confirmed.
pub fn issue(
    conn: &mut PgConnection,
    booking: BookingId,
    show: ShowId,
    seats: &[SeatId],
    stamp: &Stamp,
) -> QueryResult<()> {
    let rows: Vec<Ticket> =
        seats.iter().map(|seat| Ticket::issued(TicketId(Uuid::now_v7()), booking, show, *seat, stamp.at)).collect();
    let issued = diesel::insert_into(tickets::table).values(&rows).execute(conn)?;
    expect_rows("tickets issued", issued, seats.len())?;
    let entries: Vec<Entry<'_>> = rows.iter().map(|ticket| ticket.entry(None, stamp)).collect();
    ledger::write(conn, &entries)
}

/// Voids the valid tickets of a booking that is given back, and returns how many there were. Locked by id: admission
/// locks a ticket alone.
pub fn void(conn: &mut PgConnection, booking: BookingId, stamp: &Stamp) -> QueryResult<usize> {
    let mut valid: Vec<Ticket> = tickets::table
        .filter(tickets::booking_id.eq(booking))
        .order(tickets::id)
        .for_no_key_update()
        .select(Ticket::as_select())
        .load(conn)?;
    valid.retain(|ticket| ticket.status == TicketStatus::Valid);
    let void = valid.iter().map(|ticket| ticket.voided(stamp.at)).collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<TicketId> = void.iter().map(|ticket| ticket.id).collect();
    let rows = diesel::update(tickets::table.filter(tickets::id.eq_any(ids)))
        .set((
            tickets::status.eq(TicketStatus::Void),
            tickets::voided_at.eq(stamp.at),
            tickets::version.eq(tickets::version + 1),
        ))
        .execute(conn)?;
    expect_rows("tickets voided", rows, void.len())?;
    let entries: Vec<Entry<'_>> = void.iter().map(|ticket| ticket.entry(Some(TicketStatus::Valid), stamp)).collect();
    ledger::write(conn, &entries)?;
    Ok(void.len())
}

/// A booking's tickets, in seat order.
pub fn of_booking(conn: &mut PgConnection, booking: BookingId) -> QueryResult<Vec<Ticket>> {
    tickets::table
        .filter(tickets::booking_id.eq(booking))
        .order(tickets::seat_id)
        .select(Ticket::as_select())
        .load(conn)
}

/// Makes and checks ticket codes: the ticket's id and a signature over it, in the characters that a QR code packs
/// densest.
#[derive(Clone)]
pub struct TicketSigner {
    key: Vec<u8>,
}

impl TicketSigner {
    /// `secret` must be secret and stay the same for as long as tickets are out.
    pub fn new(secret: &[u8]) -> Self {
        Self { key: secret.to_vec() }
    }

    /// `MQ1:<id>:<signature>`, upper case.
    pub fn code(&self, ticket: TicketId) -> String {
        let id = ticket.0.simple().to_string();
        let signature = hex::encode(&self.mac(&id).finalize().into_bytes()[..16]);
        format!("MQ1:{id}:{signature}").to_uppercase()
    }

    /// The ticket that a code names, if the code is one of ours.
    pub fn read(&self, code: &str) -> Option<TicketId> {
        let lower = code.trim().to_lowercase();
        let (id, signature) = lower.strip_prefix("mq1:")?.split_once(':')?;
        let signature = hex::decode(signature).ok().filter(|bytes| bytes.len() == 16)?;
        self.mac(id).verify_truncated_left(&signature).ok()?;
        Uuid::try_parse(id).ok().map(TicketId)
    }

    fn mac(&self, id: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        mac.update(b"ticket:");
        mac.update(id.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_names_its_ticket_and_a_changed_one_names_none() {
        let signer = TicketSigner::new(b"secret");
        let id = TicketId(Uuid::now_v7());
        let code = signer.code(id);
        assert_eq!(signer.read(&code), Some(id));
        assert_eq!(signer.read(&code.to_lowercase()), Some(id));
        for position in 4..code.len() {
            let mut forged = code.clone().into_bytes();
            forged[position] = if forged[position] == b'0' { b'1' } else { b'0' };
            assert_eq!(signer.read(&String::from_utf8(forged).unwrap()), None, "{position}");
        }
        assert_eq!(TicketSigner::new(b"other").read(&code), None);
        for text in ["", "MQ1", "MQ1:", "MQ1::", "MQ1:xx:yy", "é"] {
            assert_eq!(signer.read(text), None);
        }
    }
}

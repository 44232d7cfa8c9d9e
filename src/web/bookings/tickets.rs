//! The tickets of a booking, as they are shown and printed.

use super::bill::type_name;
use super::rows::Rows;
use crate::ticketing::ticket::{TicketSigner, TicketStatus};
use qrcode::{EcLevel, QrCode, render::svg};

pub struct TicketView {
    pub label: String,
    pub zone: String,
    pub price_type: &'static str,
    pub code: String,
    /// Inline SVG, drawn here, so that no other party ever sees a ticket.
    pub qr: String,
}

/// The valid ones; of a cancelled booking there are none.
pub fn tickets(rows: &Rows, signer: &TicketSigner) -> Vec<TicketView> {
    rows.tickets
        .iter()
        .filter(|ticket| ticket.status == TicketStatus::Valid)
        .map(|ticket| {
            let (label, zone) = rows.place_of(ticket.seat_id);
            let chosen = rows.seats.iter().find(|seat| seat.seat_id == ticket.seat_id).map(|seat| seat.price_type);
            let code = signer.code(ticket.id);
            let price_type = chosen.map(type_name).unwrap_or_default();
            TicketView { label, zone, price_type, qr: qr(&code), code }
        })
        .collect()
}

/// A QR code as inline SVG; black on white in every theme, because scanners want it so.
fn qr(code: &str) -> String {
    let Ok(drawn) = QrCode::with_error_correction_level(code, EcLevel::M) else { return String::new() };
    let svg = drawn.render::<svg::Color<'_>>().min_dimensions(200, 200).quiet_zone(true).build();
    svg.split_once("?>").map_or(svg.clone(), |(_, drawing)| drawing.to_owned())
}

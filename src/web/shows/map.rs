//! The seat map as the template draws it: rows of cells, so that no seat needs a style of its own.

use super::Snapshot;
use crate::catalogue::price_list::ZonePrice;
use crate::ids::SeatId;
use crate::money::Money;
use crate::seating::seat_map::{MapSeat, View};
use std::borrow::Cow;

/// Whose map it is: who may choose what, and what is read out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Customer { open: bool },
    Staff,
}

impl Audience {
    fn may_choose(self, view: View) -> bool {
        match self {
            Self::Customer { open } => open && view == View::Available,
            Self::Staff => matches!(view, View::Available | View::Blocked),
        }
    }
}

/// One row of the grid, from the screen backwards.
pub struct MapRow<'a> {
    /// Set on the first row of a zone.
    pub heading: Option<&'a ZoneWords>,
    /// Empty for a walkway.
    pub label: &'a str,
    pub cells: Vec<SeatCell<'a>>,
}

/// What is said of a zone, put into words once for all its seats.
pub struct ZoneWords {
    pub code: String,
    pub name: String,
    pub price: String,
    pub position: i32,
    /// `Gold, ₹250.00`
    pub spoken: String,
}

impl ZoneWords {
    pub fn new(price: &ZonePrice, currency: &str) -> Self {
        let adult = Money::new(price.adult, currency).to_string();
        Self {
            code: price.code.clone(),
            name: price.name.clone(),
            spoken: format!("{}, {adult}", price.name),
            price: adult,
            position: price.position,
        }
    }
}

/// A seat, with the bare floor before it.
pub struct SeatCell<'a> {
    /// Grid columns without a seat before this one.
    pub gap: i32,
    pub id: SeatId,
    pub number: i32,
    /// `G12`
    pub label: &'a str,
    /// Read out after the label: `Gold, ₹250.00`.
    pub spoken: Cow<'a, str>,
    /// What the look depends on, with zone and width.
    pub state: &'static str,
    pub zone: i32,
    /// `standard`, `sofa`, `wheelchair` or `companion`.
    pub kind: &'a str,
    pub width: i32,
    /// Drawn as a box to tick; what cannot be chosen is another element, never a disabled box.
    pub choosable: bool,
    /// For staff, where a seat that cannot be chosen leads: to its timeline.
    pub link: Option<String>,
    pub chosen: bool,
}

/// Arranges the map; `chosen` are marked.
pub fn rows<'a>(snapshot: &'a Snapshot, chosen: &[SeatId], audience: Audience) -> Vec<MapRow<'a>> {
    let mut rows: Vec<MapRow<'a>> = Vec::new();
    let (mut grid_row, mut column, mut zone) = (0, 1, "");
    for seat in snapshot.map.seats() {
        let place = seat.place;
        while grid_row < place.grid_row {
            grid_row += 1;
            column = 1;
            let is_walkway = grid_row < place.grid_row;
            // A walkway before the first row is no row of the hall.
            if is_walkway && rows.is_empty() {
                continue;
            }
            let begins_zone = !is_walkway && zone != place.zone;
            let heading = if begins_zone { snapshot.zone(&place.zone) } else { None };
            if begins_zone {
                zone = &place.zone;
            }
            let label = if is_walkway { "" } else { place.row_label.as_str() };
            rows.push(MapRow { heading, label, cells: Vec::new() });
        }
        let gap = place.grid_column - column;
        column = place.grid_column + place.width;
        if let Some(row) = rows.last_mut() {
            row.cells.push(cell(snapshot, seat, gap, chosen.contains(&seat.id()), audience));
        }
    }
    rows
}

fn cell<'a>(snapshot: &'a Snapshot, seat: MapSeat<'a>, gap: i32, chosen: bool, audience: Audience) -> SeatCell<'a> {
    let zone = snapshot.zone(&seat.place.zone);
    let (state, spoken) = match seat.view {
        View::Available => ("available", Cow::Borrowed(zone.map_or("", |zone| zone.spoken.as_str()))),
        View::Yours => ("yours", Cow::Borrowed("held for you")),
        View::Locked => ("locked", Cow::Borrowed("held by somebody else")),
        View::Booked => ("booked", Cow::Borrowed("sold")),
        View::Blocked => ("blocked", why_blocked(seat, audience)),
    };
    let choosable = audience.may_choose(seat.view);
    SeatCell {
        gap,
        id: seat.id(),
        number: seat.place.number,
        label: seat.label,
        spoken,
        state,
        zone: zone.map_or(1, |zone| zone.position),
        kind: &seat.place.kind,
        width: seat.place.width,
        choosable,
        link: (audience == Audience::Staff && !choosable)
            .then(|| format!("/admin/shows/{}/seats/{}", snapshot.details.show.id, seat.label)),
        chosen,
    }
}

fn why_blocked(seat: MapSeat<'_>, audience: Audience) -> Cow<'_, str> {
    match (audience, seat.block_reason) {
        (Audience::Staff, Some(reason)) => Cow::Owned(format!("kept back: {reason}")),
        _ => Cow::Borrowed("not on sale"),
    }
}

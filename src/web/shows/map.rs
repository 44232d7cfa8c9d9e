//! The seat map as the template draws it: rows of cells, so that no seat needs a style of its own.

use super::Snapshot;
use crate::ids::SeatId;
use crate::money::Money;
use crate::seating::seat_map::{MapSeat, View};

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
pub struct MapRow {
    /// Set on the first row of a zone.
    pub heading: Option<ZoneHeading>,
    /// Empty for a walkway.
    pub label: String,
    pub cells: Vec<SeatCell>,
}

pub struct ZoneHeading {
    pub name: String,
    pub price: String,
    pub position: i32,
}

/// A seat, with the bare floor before it.
pub struct SeatCell {
    /// Grid columns without a seat before this one.
    pub gap: i32,
    pub id: SeatId,
    pub number: i32,
    /// `G12`
    pub label: String,
    /// Read out for the seat: `G12, Gold, ₹250.00`.
    pub title: String,
    /// Everything that the look depends on.
    pub classes: String,
    /// Drawn as a box to tick; what cannot be chosen is another element, never a disabled box.
    pub choosable: bool,
    pub chosen: bool,
}

/// Arranges the map; `chosen` are marked.
pub fn rows(snapshot: &Snapshot, chosen: &[SeatId], audience: Audience) -> Vec<MapRow> {
    let mut rows: Vec<MapRow> = Vec::new();
    let (mut grid_row, mut column, mut zone) = (0, 1, String::new());
    for seat in &snapshot.map.seats {
        while grid_row < seat.place.grid_row {
            grid_row += 1;
            column = 1;
            let is_walkway = grid_row < seat.place.grid_row;
            let heading = (!is_walkway && zone != seat.place.zone).then(|| heading(snapshot, seat));
            if heading.is_some() {
                zone.clone_from(&seat.place.zone);
            }
            let label = if is_walkway { String::new() } else { seat.place.row_label.clone() };
            // A walkway before the first row is no row of the hall.
            if !(is_walkway && rows.is_empty()) {
                rows.push(MapRow { heading: heading.flatten(), label, cells: Vec::new() });
            }
        }
        let gap = seat.place.grid_column - column;
        column = seat.place.grid_column + seat.place.width;
        if let Some(row) = rows.last_mut() {
            row.cells.push(cell(snapshot, seat, gap, chosen.contains(&seat.id), audience));
        }
    }
    rows
}

fn heading(snapshot: &Snapshot, seat: &MapSeat) -> Option<ZoneHeading> {
    let price = snapshot.prices.iter().find(|price| price.code == seat.place.zone)?;
    Some(ZoneHeading {
        name: price.name.clone(),
        price: Money::new(price.adult, &snapshot.details.show.currency).to_string(),
        position: price.position,
    })
}

fn cell(snapshot: &Snapshot, seat: &MapSeat, gap: i32, chosen: bool, audience: Audience) -> SeatCell {
    let place = &seat.place;
    let label = place.label();
    let price = snapshot.prices.iter().find(|price| price.code == place.zone);
    let kind = if place.kind == "standard" { "" } else { place.kind.as_str() };
    let state = match seat.view {
        View::Available => "available",
        View::Yours => "yours",
        View::Locked => "locked",
        View::Booked => "booked",
        View::Blocked => "blocked",
    };
    let zone = price.map_or(1, |price| price.position);
    let title = match (seat.view, price) {
        (View::Available, Some(price)) => {
            let spoken = if kind.is_empty() { String::new() } else { format!(", {kind}") };
            format!("{label}, {}{spoken}, {}", price.name, Money::new(price.adult, &snapshot.details.show.currency))
        }
        (View::Yours, _) => format!("{label}, held for you"),
        (View::Locked, _) => format!("{label}, held by somebody else"),
        (View::Blocked, _) if audience == Audience::Staff => {
            format!("{label}, kept back: {}", seat.block_reason.as_deref().unwrap_or_default())
        }
        (View::Booked, _) if audience == Audience::Staff => format!("{label}, sold"),
        _ => format!("{label}, taken"),
    };
    SeatCell {
        gap,
        id: seat.id,
        number: place.number,
        label,
        title,
        classes: format!("seat {state} zone-{zone} {kind} wide-{}", place.width),
        choosable: audience.may_choose(seat.view),
        chosen,
    }
}

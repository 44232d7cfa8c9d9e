//! The hall: where the seats of a layout are. A layout that a show uses never changes (`seats_fixed_once_used`,
//! `zones_fixed_once_used`), so each is read once and kept.

use crate::ids::{LayoutId, SeatId};
use crate::schema::{seats, zones};
use diesel::prelude::*;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Where a seat is and what it is.
#[derive(Clone, Debug, Queryable)]
pub struct Place {
    pub seat_id: SeatId,
    pub row_label: String,
    pub number: i32,
    pub zone: String,
    pub zone_name: String,
    pub kind: String,
    pub grid_row: i32,
    pub grid_column: i32,
    pub width: i32,
}

impl Place {
    /// `G12`
    pub fn label(&self) -> String {
        format!("{}{}", self.row_label, self.number)
    }
}

/// The places of one layout, front row first, from left to right.
#[derive(Debug)]
pub struct Hall {
    pub places: Vec<Place>,
    /// As people say them, in the same order: `G12`.
    pub labels: Vec<String>,
}

impl Hall {
    fn read(conn: &mut PgConnection, layout: LayoutId) -> QueryResult<Self> {
        let places: Vec<Place> = seats::table
            .inner_join(zones::table.on(zones::layout_id.eq(seats::layout_id).and(zones::code.eq(seats::zone))))
            .filter(seats::layout_id.eq(layout))
            .order((seats::grid_row, seats::grid_column))
            .select((
                seats::id,
                seats::row_label,
                seats::number,
                seats::zone,
                zones::name,
                seats::kind,
                seats::grid_row,
                seats::grid_column,
                seats::width,
            ))
            .load(conn)?;
        let labels = places.iter().map(Place::label).collect();
        Ok(Self { places, labels })
    }

    /// Where a seat is, if it is in this hall.
    pub fn place(&self, seat: SeatId) -> Option<&Place> {
        self.places.iter().find(|place| place.seat_id == seat)
    }
}

/// The halls read so far. As many as there are layouts in use, so none is ever dropped.
#[derive(Debug, Default)]
pub struct Halls(RwLock<HashMap<LayoutId, Arc<Hall>>>);

impl Halls {
    /// The hall of a layout that a show uses.
    pub fn get(&self, conn: &mut PgConnection, layout: LayoutId) -> QueryResult<Arc<Hall>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&layout).cloned();
        if let Some(hall) = known {
            return Ok(hall);
        }
        let hall = Arc::new(Hall::read(conn, layout)?);
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(layout, hall.clone());
        Ok(hall)
    }
}

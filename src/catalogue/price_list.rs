//! What a show's seats cost, and until when they are sold: everything that is judged when seats are held.

use crate::catalogue::show::{Sale, ShowStatus, sale};
use crate::clock::{Instant, marquee_now};
use crate::ids::{LayoutId, SeatId, ShowId};
use crate::schema::{seats, show_prices, shows, zones};
use diesel::prelude::*;
use std::collections::BTreeMap;

/// A seat of a show with its prices, in minor units of the show's currency. A price type without a price is not sold.
#[derive(Clone, Debug, Queryable)]
pub struct PricedSeat {
    pub seat_id: SeatId,
    pub adult: i64,
    pub child: Option<i64>,
    pub senior: Option<i64>,
}

/// A show's terms at one instant, read in one statement so that nothing judged is older than the clock.
#[derive(Clone, Debug)]
pub struct Terms {
    pub now: Instant,
    pub sale: Sale,
    pub currency: String,
    pub seats: Vec<PricedSeat>,
}

/// Reads the clock, the show and the prices of `wanted` in one statement. None when the show has none of the seats.
pub fn terms(conn: &mut PgConnection, show: ShowId, wanted: &[SeatId]) -> QueryResult<Option<Terms>> {
    type Row = (Instant, ShowStatus, Instant, String, PricedSeat);
    let rows: Vec<Row> = shows::table
        .inner_join(show_prices::table.on(show_prices::show_id.eq(shows::id)))
        .inner_join(
            seats::table.on(seats::layout_id.eq(show_prices::layout_id).and(seats::zone.eq(show_prices::zone))),
        )
        .filter(shows::id.eq(show))
        .filter(seats::id.eq_any(wanted))
        .order(seats::id)
        .select((
            // A scalar subquery is evaluated once; the bare function would give each row its own time.
            diesel::select(marquee_now()).single_value().assume_not_null(),
            shows::status,
            shows::sale_ends_at,
            shows::currency,
            (seats::id, show_prices::adult_price, show_prices::child_price, show_prices::senior_price),
        ))
        .load(conn)?;
    let Some((now, status, sale_ends_at, currency, _)) = rows.first().cloned() else { return Ok(None) };
    let seats = rows.into_iter().map(|row| row.4).collect();
    Ok(Some(Terms { now, sale: sale(status, sale_ends_at, now), currency, seats }))
}

/// A zone of a show's layout with its prices, in minor units of the show's currency.
#[derive(Clone, Debug, Queryable)]
pub struct ZonePrice {
    pub code: String,
    pub name: String,
    pub position: i32,
    pub adult: i64,
    pub child: Option<i64>,
    pub senior: Option<i64>,
}

/// A show's price list, cheapest zone first.
pub fn of_show(conn: &mut PgConnection, show: ShowId) -> QueryResult<Vec<ZonePrice>> {
    show_prices::table
        .inner_join(
            zones::table.on(zones::layout_id.eq(show_prices::layout_id).and(zones::code.eq(show_prices::zone))),
        )
        .filter(show_prices::show_id.eq(show))
        .order(zones::position)
        .select((
            zones::code,
            zones::name,
            zones::position,
            show_prices::adult_price,
            show_prices::child_price,
            show_prices::senior_price,
        ))
        .load(conn)
}

/// What a ticket costs by price type, tax included, in minor units. A type without a price is not sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prices {
    pub adult: i64,
    pub child: Option<i64>,
    pub senior: Option<i64>,
}

impl Prices {
    /// Whether each price that there is could be asked of somebody.
    pub fn are_positive(&self) -> bool {
        self.adult > 0 && self.child.is_none_or(|price| price > 0) && self.senior.is_none_or(|price| price > 0)
    }
}

/// Writes the price list of a new show, by zone code.
pub fn insert(
    conn: &mut PgConnection,
    show: ShowId,
    layout: LayoutId,
    prices: &BTreeMap<String, Prices>,
) -> QueryResult<()> {
    let rows: Vec<_> = prices
        .iter()
        .map(|(zone, prices)| {
            (
                show_prices::show_id.eq(show),
                show_prices::layout_id.eq(layout),
                show_prices::zone.eq(zone),
                show_prices::adult_price.eq(prices.adult),
                show_prices::child_price.eq(prices.child),
                show_prices::senior_price.eq(prices.senior),
            )
        })
        .collect();
    diesel::insert_into(show_prices::table).values(rows).execute(conn)?;
    Ok(())
}

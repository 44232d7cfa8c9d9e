//! A layout: one published version of a screen's seating. Shows name it, so it never changes once one does.

use super::plan::{Plan, PlannedSeat, SeatKind};
use crate::ids::{LayoutId, ScreenId, SeatId};
use crate::schema::{layouts, seats, zones};
use crate::statement;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Text};

statement! {
    /// The whole layout in one statement, however many seats. Seats are numbered front row first and from left to
    /// right, so that the canonical lock order is the order in which people read a hall.
    struct InsertLayout<'a> {
        screen_id: ScreenId => BigInt,
        version: i32 => Integer,
        plan: &'a str => Text,
        grid_rows: i32 => Integer,
        grid_columns: i32 => Integer,
        zone_codes: &'a [&'a str] => Array<Text>,
        zone_names: &'a [&'a str] => Array<Text>,
        zone_positions: &'a [i32] => Array<Integer>,
        zones_of_seats: &'a [&'a str] => Array<Text>,
        row_labels: &'a [&'a str] => Array<Text>,
        numbers: &'a [i32] => Array<Integer>,
        kinds: &'a [SeatKind] => Array<Text>,
        rows: &'a [i32] => Array<Integer>,
        columns: &'a [i32] => Array<Integer>,
        widths: &'a [i32] => Array<Integer>,
        segments: &'a [i32] => Array<Integer>,
    } -> (BigInt,):
    ", layout AS (
        INSERT INTO layouts (screen_id, version, plan, grid_rows, grid_columns)
        SELECT screen_id, version, plan, grid_rows, grid_columns FROM given
        RETURNING id
    ), zoned AS (
        INSERT INTO zones (layout_id, code, name, position)
        SELECT layout.id, z.code, z.name, z.position
        FROM layout, given, unnest(given.zone_codes, given.zone_names, given.zone_positions) AS z (code, name, position)
    ), seated AS (
        INSERT INTO seats (layout_id, zone, row_label, number, kind, grid_row, grid_column, width, segment)
        SELECT layout.id, s.zone, s.row_label, s.number, s.kind, s.grid_row, s.grid_column, s.width, s.segment
        FROM layout, given,
            unnest(given.zones_of_seats, given.row_labels, given.numbers, given.kinds, given.rows, given.columns,
                   given.widths, given.segments) WITH ORDINALITY
                AS s (zone, row_label, number, kind, grid_row, grid_column, width, segment, place)
        ORDER BY s.place
    )
    SELECT id FROM layout"
}

/// Writes a plan as the next version of a screen's layout. The caller has locked the screen, so that versions count up.
pub fn insert(conn: &mut PgConnection, screen: ScreenId, version: i32, plan: &Plan) -> QueryResult<LayoutId> {
    let (zones, seats) = (&plan.zones, &plan.seats);
    let (id,): (i64,) = InsertLayout {
        screen_id: screen,
        version,
        plan: &plan.to_string(),
        grid_rows: plan.rows,
        grid_columns: plan.columns,
        zone_codes: &zones.iter().map(|zone| zone.code.as_str()).collect::<Vec<_>>(),
        zone_names: &zones.iter().map(|zone| zone.name.as_str()).collect::<Vec<_>>(),
        zone_positions: &zones.iter().map(|zone| zone.position).collect::<Vec<_>>(),
        zones_of_seats: &column(seats, |seat| seat.zone.as_str()),
        row_labels: &column(seats, |seat| seat.row_label.as_str()),
        numbers: &column(seats, |seat| seat.number),
        kinds: &column(seats, |seat| seat.kind),
        rows: &column(seats, |seat| seat.grid_row),
        columns: &column(seats, |seat| seat.grid_column),
        widths: &column(seats, |seat| seat.width),
        segments: &column(seats, |seat| seat.segment),
    }
    .get_result(conn)?;
    Ok(LayoutId(id))
}

fn column<'a, T>(seats: &'a [PlannedSeat], field: impl Fn(&'a PlannedSeat) -> T) -> Vec<T> {
    seats.iter().map(field).collect()
}

/// The newest layout of a screen with its version, if it has any.
pub fn newest(conn: &mut PgConnection, screen: ScreenId) -> QueryResult<Option<(LayoutId, i32)>> {
    layouts::table
        .filter(layouts::screen_id.eq(screen))
        .order(layouts::version.desc())
        .select((layouts::id, layouts::version))
        .first(conn)
        .optional()
}

/// The text of a layout's plan.
pub fn plan_text(conn: &mut PgConnection, layout: LayoutId) -> QueryResult<String> {
    layouts::table.find(layout).select(layouts::plan).first(conn)
}

/// The codes of a layout's zones, the cheapest first.
pub fn zone_codes(conn: &mut PgConnection, layout: LayoutId) -> QueryResult<Vec<String>> {
    zones::table.filter(zones::layout_id.eq(layout)).order(zones::position).select(zones::code).load(conn)
}

/// Where a seat of a layout is; see [`PlannedSeat`].
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = seats, check_for_backend(diesel::pg::Pg))]
pub struct LaidSeat {
    pub id: SeatId,
    pub kind: SeatKind,
    pub grid_row: i32,
    pub grid_column: i32,
    pub width: i32,
    pub segment: i32,
}

/// The seats of a layout: front row first, each row from left to right.
pub fn seats(conn: &mut PgConnection, layout: LayoutId) -> QueryResult<Vec<LaidSeat>> {
    seats::table.filter(seats::layout_id.eq(layout)).order(seats::id).select(LaidSeat::as_select()).load(conn)
}

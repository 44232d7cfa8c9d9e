//! A show: one movie on one screen with one layout at one time.

use crate::clock::Instant;
use crate::ids::{LayoutId, MovieId, ScreenId, ShowId};
use crate::schema::shows;
use diesel::prelude::*;

text_enum! {
    pub enum ShowStatus { Published = "published", Cancelled = "cancelled" }
}

text_enum! {
    /// A projection format.
    pub enum Format { TwoD = "2D", ThreeD = "3D", Imax = "IMAX", FourDx = "4DX" }
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = shows, check_for_backend(diesel::pg::Pg))]
pub struct Show {
    pub id: ShowId,
    pub movie_id: MovieId,
    pub screen_id: ScreenId,
    pub layout_id: LayoutId,
    pub language: String,
    pub subtitles: Option<String>,
    pub format: Format,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub sale_ends_at: Instant,
    pub currency: String,
    pub status: ShowStatus,
    pub version: i32,
}

/// Whether seats of a show may be sold to customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sale {
    Open,
    /// Past its sale end.
    Ended,
    Cancelled,
}

/// The rule for selling: a published show, until its sale end.
pub fn sale(status: ShowStatus, sale_ends_at: Instant, now: Instant) -> Sale {
    match status {
        ShowStatus::Cancelled => Sale::Cancelled,
        ShowStatus::Published if now >= sale_ends_at => Sale::Ended,
        ShowStatus::Published => Sale::Open,
    }
}

/// The show, or none.
pub fn find(conn: &mut PgConnection, id: ShowId) -> QueryResult<Option<Show>> {
    shows::table.find(id).select(Show::as_select()).first(conn).optional()
}

/// Locks a show's row against every hold that has not inserted its booking yet, for a change of status or time.
///
/// `FOR UPDATE`, since a hold's foreign key takes KEY SHARE on the row: a plain UPDATE would let holds slip past.
pub fn lock(conn: &mut PgConnection, id: ShowId) -> QueryResult<Option<Show>> {
    shows::table.find(id).for_update().select(Show::as_select()).first(conn).optional()
}

//! Lists: newest first, a limit, and a cursor that is the id of an object (`starting_after`, `ending_before`).

use super::Answer;
use super::error::ApiError;
use super::params::Params;
use crate::mock_gateway::{Gateway, database, wire};
use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;

const DEFAULT_LIMIT: i64 = 10;
const LARGEST_LIMIT: i64 = 100;

/// Which part of a list a client wants.
#[derive(Debug)]
pub struct Page {
    limit: i64,
    starting_after: Option<String>,
    ending_before: Option<String>,
}

/// The rows that a cursor leaves, by their sequence, and from which end they are read.
#[derive(Debug)]
pub struct Range {
    pub above: i64,
    pub below: i64,
    pub oldest_first: bool,
}

impl Page {
    pub fn read(params: &mut Params) -> Result<Self, ApiError> {
        let limit = params.integer("limit")?.unwrap_or(DEFAULT_LIMIT);
        if !(1..=LARGEST_LIMIT).contains(&limit) {
            let message = format!("This value must be between 1 and {LARGEST_LIMIT} (it currently is '{limit}').");
            return Err(ApiError::invalid("limit", message).code("parameter_invalid_integer"));
        }
        let page = Self {
            limit,
            starting_after: params.text("starting_after")?,
            ending_before: params.text("ending_before")?,
        };
        if page.starting_after.is_some() && page.ending_before.is_some() {
            let message = "You may only specify one of these parameters: starting_after, ending_before.";
            return Err(ApiError::bad_request(message).code("parameters_exclusive"));
        }
        Ok(page)
    }

    /// Finds the cursor's row. `kind` is Stripe's word for the listed object; `sequence` reads an object's place by its id.
    pub fn range(
        &self,
        conn: &mut PgConnection,
        kind: &str,
        sequence: impl FnOnce(&mut PgConnection, &str) -> QueryResult<Option<i64>>,
    ) -> Result<Range, ApiError> {
        let (id, param) = match (&self.starting_after, &self.ending_before) {
            (Some(id), _) => (id, "starting_after"),
            (None, Some(id)) => (id, "ending_before"),
            (None, None) => return Ok(Range { above: 0, below: i64::MAX, oldest_first: false }),
        };
        let place = sequence(conn, id)?.ok_or_else(|| ApiError::no_such(kind, id, param))?;
        Ok(match self.starting_after {
            Some(_) => Range { above: 0, below: place, oldest_first: false },
            None => Range { above: place, below: i64::MAX, oldest_first: true },
        })
    }

    /// One row more than is shown tells whether there are more.
    pub fn rows_to_read(&self) -> i64 {
        self.limit + 1
    }

    /// Rows before a cursor are read oldest first; this cuts the extra row and puts the newest first again.
    pub fn cut<T>(&self, mut rows: Vec<T>) -> (Vec<T>, bool) {
        let shown = usize::try_from(self.limit).unwrap_or_default();
        let has_more = rows.len() > shown;
        rows.truncate(shown);
        if self.ending_before.is_some() {
            rows.reverse();
        }
        (rows, has_more)
    }
}

/// Reads the rows of a page, with the extra one: of a boxed query, by its table's `sequence`. `$find` reads an object by its
/// id, and `$kind` is Stripe's word for it. A macro, because the types of Diesel's queries are not to be written down.
macro_rules! read_rows {
    ($conn:ident, $page:ident, $query:ident, $sequence:path, $kind:literal, $find:path) => {{
        let range = $page.range($conn, $kind, |conn, id| Ok($find(conn, id)?.map(|it| it.sequence)))?;
        let query =
            $query.filter($sequence.gt(range.above).and($sequence.lt(range.below))).limit($page.rows_to_read());
        let query = if range.oldest_first { query.order($sequence.asc()) } else { query.order($sequence.desc()) };
        Ok(query.load($conn)?)
    }};
}
pub(super) use read_rows;

/// The answer to a list request: `read` gives the rows of the page, with the extra one, and `show` makes each an object.
pub async fn answer<T: Send + 'static>(
    gateway: &Gateway,
    url: &str,
    page: Page,
    read: impl FnOnce(&mut PgConnection, &Page) -> Result<Vec<T>, ApiError> + Send + 'static,
    show: impl Fn(&mut PgConnection, T) -> QueryResult<Value> + Send + 'static,
) -> Answer {
    let read = database::run(&gateway.pool, move |conn| {
        let (rows, has_more) = page.cut(read(conn, &page)?);
        let data = rows.into_iter().map(|row| show(conn, row)).collect::<QueryResult<Vec<_>>>()?;
        Ok::<_, ApiError>((data, has_more))
    });
    let (data, has_more) = read.await?;
    Ok(HttpResponse::Ok().json(wire::list(url, data, has_more)))
}

/// Bounds on `created`, from `created=..` or `created[gte|gt|lte|lt]=..` in unix seconds: from inclusive, to exclusive.
#[derive(Debug)]
pub struct Created {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// The year 10000: PostgreSQL can hold it, and chrono can print it.
const END_OF_TIME: i64 = 253_402_300_800;

impl Created {
    pub fn read(params: &mut Params) -> Result<Self, ApiError> {
        let (mut from, mut to) = (0, END_OF_TIME);
        // Objects show whole seconds, so "after second 5" starts with second 6.
        if params.is_text("created") {
            from = read_second(params, "created")?.unwrap_or(from);
            to = from + 1;
        } else if let Some(mut group) = params.group("created")? {
            from = from.max(read_second(&mut group, "gte")?.unwrap_or(from));
            from = from.max(read_second(&mut group, "gt")?.map_or(from, |second| second + 1));
            to = to.min(read_second(&mut group, "lt")?.unwrap_or(to));
            to = to.min(read_second(&mut group, "lte")?.map_or(to, |second| second + 1));
            group.finish()?;
        }
        let time = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        Ok(Self { from: time(from), to: time(to) })
    }
}

fn read_second(params: &mut Params, name: &str) -> Result<Option<i64>, ApiError> {
    let called = params.called(name);
    match params.integer(name)? {
        Some(seconds) if !(0..END_OF_TIME).contains(&seconds) => {
            Err(ApiError::invalid(&called, format!("Invalid timestamp: {seconds}")))
        }
        seconds => Ok(seconds),
    }
}

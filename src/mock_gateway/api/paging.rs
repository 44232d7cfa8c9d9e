//! Lists: newest first, a limit, and a cursor that is the id of an object (`starting_after`, `ending_before`).

use super::error::ApiError;
use super::params::Params;
use crate::mock_gateway::wire;
use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use serde_json::Value;

const DEFAULT_LIMIT: i64 = 10;
const LARGEST_LIMIT: i64 = 100;

/// Which part of a list a client wants.
#[derive(Debug)]
pub struct Page {
    limit: i64,
    pub starting_after: Option<String>,
    pub ending_before: Option<String>,
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

/// The answer to a list request.
pub fn answer(url: &str, data: Vec<Value>, has_more: bool) -> HttpResponse {
    HttpResponse::Ok().json(wire::list(url, data, has_more))
}

/// Bounds on `created`, from `created=..` or `created[gte|gt|lte|lt]=..` in unix seconds: from inclusive, to exclusive.
#[derive(Debug, Default)]
pub struct Created {
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
}

impl Created {
    pub fn read(params: &mut Params) -> Result<Self, ApiError> {
        let mut created = Self::default();
        let Some(mut group) = params.group("created")? else { return Ok(created) };
        // Objects show whole seconds, so "after second 5" starts with second 6.
        for (name, offset) in [("gte", 0), ("gt", 1)] {
            created.from = created.from.max(read_second(&mut group, name, offset)?);
        }
        for (name, offset) in [("lte", 1), ("lt", 0)] {
            let bound = read_second(&mut group, name, offset)?;
            created.to = [created.to, bound].into_iter().flatten().min();
        }
        group.finish()?;
        Ok(created)
    }
}

fn read_second(group: &mut Params, name: &str, offset: i64) -> Result<Option<DateTime<Utc>>, ApiError> {
    let called = group.called(name);
    let Some(seconds) = group.integer(name)? else { return Ok(None) };
    let time = seconds.checked_add(offset).and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    // Years that PostgreSQL cannot hold are refused here, not by an error of its own.
    match time.filter(|time| (0..=253_402_300_800).contains(&time.timestamp())) {
        Some(time) => Ok(Some(time)),
        None => Err(ApiError::invalid(&called, format!("Invalid timestamp: {seconds}"))),
    }
}

//! Publish a layout: a screen gets a new version of its seating; shows that have the old one keep it.

use crate::catalogue::plan::Plan;
use crate::catalogue::{cinema, layout};
use crate::db::{Stop, transact};
use crate::ids::{LayoutId, ScreenId};
use diesel::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublishRefusal {
    UnknownScreen,
}

/// Publishes a plan as the screen's newest layout. The plan that is the newest already stays it, so that a form sent
/// twice publishes once.
pub fn publish_layout(
    conn: &mut PgConnection,
    screen: ScreenId,
    plan: &Plan,
) -> Result<LayoutId, Stop<PublishRefusal>> {
    transact(conn, |conn| {
        if !cinema::lock_screen(conn, screen)? {
            return Err(Stop::Refused(PublishRefusal::UnknownScreen));
        }
        let version = match layout::newest(conn, screen)? {
            Some((newest, _)) if layout::plan_text(conn, newest)? == plan.to_string() => return Ok(newest),
            Some((_, version)) => version + 1,
            None => 1,
        };
        Ok(layout::insert(conn, screen, version, plan)?)
    })
}

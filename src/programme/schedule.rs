//! Schedule: a movie gets a screen and a time, its seats a price, and is on sale.

use crate::catalogue::cinema::{self, House};
use crate::catalogue::layout;
use crate::catalogue::movie::{self, Feature};
use crate::catalogue::price_list::{self, Prices};
use crate::catalogue::show::{self, Format, NewShow};
use crate::clock::{self, Instant};
use crate::db::{Stop, transact, violates};
use crate::ids::{LayoutId, MovieId, ScreenId, ShowId};
use crate::ledger::Author;
use crate::seating::show_seat;
use chrono::Duration;
use diesel::prelude::*;
use std::collections::BTreeMap;

/// Online sale goes on this long after the start: people come late.
const SALE_AFTER_START: Duration = Duration::minutes(15);

/// What the programmer wants.
#[derive(Clone, Debug)]
pub struct ShowRequest {
    pub screen: ScreenId,
    pub movie: MovieId,
    pub starts_at: Instant,
    /// Spoken; one of the movie's versions.
    pub language: String,
    pub subtitles: Option<String>,
    pub format: Format,
    /// By zone code: every zone of the screen's newest layout, and no other. A child's price is dropped where no child
    /// is admitted.
    pub prices: BTreeMap<String, Prices>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduleRefusal {
    UnknownScreen,
    UnknownMovie,
    /// The screen has no layout yet: publish one first.
    NoLayout,
    InPast,
    /// The movie has no version in this language.
    NotSpoken,
    /// These zones have no price.
    ZonesWithoutPrice(Vec<String>),
    /// These are no zones of the layout.
    UnknownZones(Vec<String>),
    /// Prices of these zones are zero or less.
    NotPositive(Vec<String>),
    /// Another show is on this screen between these times, cleaning included.
    Overlap {
        starts_at: Instant,
        free_at: Instant,
    },
}

/// Publishes a show with its prices and one available seat for each seat of the screen's newest layout.
///
/// The screen's lock serves one programmer after the other, so that of two shows that overlap the second is refused.
pub fn schedule(
    conn: &mut PgConnection,
    request: &ShowRequest,
    author: &Author,
) -> Result<ShowId, Stop<ScheduleRefusal>> {
    transact(conn, |conn| {
        if !cinema::lock_screen(conn, request.screen)? {
            return Err(Stop::Refused(ScheduleRefusal::UnknownScreen));
        }
        let (layout, _) = layout::newest(conn, request.screen)?.ok_or(Stop::Refused(ScheduleRefusal::NoLayout))?;
        let zones = layout::zone_codes(conn, layout)?;
        let feature = movie::feature(conn, request.movie)?.ok_or(Stop::Refused(ScheduleRefusal::UnknownMovie))?;
        let house = cinema::house_of(conn, request.screen)?;
        let now = clock::now(conn)?;
        judge(request, &feature, &zones, now).map_err(Stop::Refused)?;

        let show = timetable(request, layout, &feature, &house);
        let id = match show::publish(conn, &show, &author.stamp(now, "schedule")) {
            Err(error) if violates(&error, "shows_do_not_overlap") => {
                let (starts_at, free_at) = (show.starts_at, show.free_at);
                return Err(Stop::Refused(ScheduleRefusal::Overlap { starts_at, free_at }));
            }
            published => published?,
        };
        price_list::insert(conn, id, layout, &sold_prices(request, &feature))?;
        show_seat::create_for_show(conn, id)?;
        Ok(id)
    })
}

fn judge(request: &ShowRequest, feature: &Feature, zones: &[String], now: Instant) -> Result<(), ScheduleRefusal> {
    if request.starts_at <= now {
        return Err(ScheduleRefusal::InPast);
    }
    if !feature.languages.iter().flatten().any(|version| *version == request.language) {
        return Err(ScheduleRefusal::NotSpoken);
    }
    let without: Vec<String> = zones.iter().filter(|zone| !request.prices.contains_key(*zone)).cloned().collect();
    if !without.is_empty() {
        return Err(ScheduleRefusal::ZonesWithoutPrice(without));
    }
    let unknown: Vec<String> = request.prices.keys().filter(|zone| !zones.contains(zone)).cloned().collect();
    if !unknown.is_empty() {
        return Err(ScheduleRefusal::UnknownZones(unknown));
    }
    let wrong = request.prices.iter().filter(|(_, prices)| !prices.are_positive());
    let wrong: Vec<String> = wrong.map(|(zone, _)| zone.clone()).collect();
    if wrong.is_empty() { Ok(()) } else { Err(ScheduleRefusal::NotPositive(wrong)) }
}

/// When the feature is over and when the screen is free again.
fn timetable<'a>(request: &'a ShowRequest, layout: LayoutId, feature: &Feature, house: &'a House) -> NewShow<'a> {
    let minutes = |count: i32| Duration::minutes(i64::from(count));
    let starts_at = request.starts_at;
    let ends_at = starts_at + minutes(house.trailer_minutes + feature.running_minutes + house.interval_minutes);
    NewShow {
        movie_id: request.movie,
        screen_id: request.screen,
        layout_id: layout,
        language: &request.language,
        subtitles: request.subtitles.as_deref(),
        format: request.format,
        starts_at,
        ends_at,
        free_at: ends_at + minutes(house.cleaning_minutes),
        sale_ends_at: ends_at.min(starts_at + SALE_AFTER_START),
        currency: &house.currency,
    }
}

fn sold_prices(request: &ShowRequest, feature: &Feature) -> BTreeMap<String, Prices> {
    let mut prices = request.prices.clone();
    if !feature.certificate.admits_children() {
        prices.values_mut().for_each(|prices| prices.child = None);
    }
    prices
}

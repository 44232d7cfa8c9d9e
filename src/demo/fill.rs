//! Fill: the audiences that have bought already when the demo begins, sold to at the counter like any others.

use super::catalogue::Catalogue;
use super::crowd;
use super::data;
use super::programme;
use super::seed::{SeedError, author, dates, place};
use super::turn::{Turn, in_turn};
use crate::booking::{PriceType, booking};
use crate::catalogue::layout::{self, LaidSeat};
use crate::catalogue::show::{self, Show, ShowStatus};
use crate::clock::{self, Instant};
use crate::db::{Database, Failure, Stop};
use crate::ids::{FormKey, LayoutId, ScreenId, SeatId, ShowId, VisitorId};
use crate::sale::SalePolicy;
use crate::sale::hold::HoldRefusal;
use crate::sale::sell_at_counter::{CounterRefusal, CounterSale, sell_at_counter};
use diesel::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use uuid::Uuid;

/// The session that sells all of it.
const BOX_OFFICE: VisitorId = VisitorId(Uuid::from_bytes(*b"marquee demo box"));
/// Groups are sold to together until this many seats are in one booking: block bookings fill a house fast.
const BLOCK: usize = 28;

/// What a run of [`fill`] sold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FillSummary {
    pub shows: usize,
    pub bookings: usize,
    pub seats: usize,
}

/// Sells what the programme says is sold, to shows that have not begun, in order of time. Small transactions, each safe to
/// repeat: run it again after any accident, and beside customers, whose seats it leaves to them. It looks at
/// `keep_going` before each sale.
///
/// # Errors
/// When the database fails; what was sold until then stays.
pub fn fill(db: &Database, keep_going: impl Fn() -> bool) -> Result<FillSummary, SeedError> {
    db.run_here(|conn| in_turn(conn, Turn::Fill, |conn| fill_all(conn, &keep_going)))
}

fn fill_all(conn: &mut PgConnection, keep_going: &impl Fn() -> bool) -> Result<FillSummary, SeedError> {
    let data = data::load()?;
    let catalogue = Catalogue::ensure(conn, &data)?;
    let now = clock::now(conn)?;
    let shows: HashMap<(ScreenId, Instant), Show> =
        show::beginning_after(conn, now)?.into_iter().map(|show| ((show.screen_id, show.starts_at), show)).collect();
    let mut box_office = BoxOffice {
        sold: booking::count_of_visitor(conn, BOX_OFFICE)?.into_iter().collect(),
        halls: HashMap::new(),
        policy: SalePolicy::at_counter(),
        summary: FillSummary::default(),
    };
    for date in dates(&data, now)? {
        let mut day = programme::day(&data, date);
        day.sort_by_key(|planned| planned.starts_at);
        for planned in day {
            let (screen, starts_at) = place(&catalogue, &planned)?;
            let Some(show) = shows.get(&(screen, starts_at)) else { continue };
            let seed = format!("{} {} {starts_at}", planned.cinema.slug, planned.screen.name);
            box_office.fill(conn, show, planned.occupancy_percent, &seed, keep_going)?;
        }
    }
    Ok(box_office.summary)
}

struct BoxOffice {
    /// Bookings made by earlier runs.
    sold: HashMap<ShowId, i64>,
    halls: HashMap<LayoutId, Vec<LaidSeat>>,
    policy: SalePolicy,
    summary: FillSummary,
}

impl BoxOffice {
    fn fill(
        &mut self,
        conn: &mut PgConnection,
        show: &Show,
        percent: u8,
        seed: &str,
        keep_going: &impl Fn() -> bool,
    ) -> Result<(), SeedError> {
        if show.status == ShowStatus::Cancelled {
            return Ok(());
        }
        let hall = match self.halls.get(&show.layout_id) {
            Some(hall) => hall,
            None => self.halls.entry(show.layout_id).or_insert(layout::seats(conn, show.layout_id)?),
        };
        let blocks = blocks(crowd::groups(hall, percent, Sha256::digest(seed).into()));
        if blocks.len() as i64 == self.sold.get(&show.id).copied().unwrap_or(0) {
            return Ok(());
        }
        self.summary.shows += 1;
        for (number, seats) in blocks.into_iter().enumerate() {
            if !keep_going() || clock::now(conn)? >= show.starts_at {
                return Ok(());
            }
            self.sell(conn, show.id, seats, form(seed, number))?;
        }
        Ok(())
    }

    /// Sells a block, or what customers have left of it.
    fn sell(
        &mut self,
        conn: &mut PgConnection,
        show: ShowId,
        mut seats: Vec<SeatId>,
        form: FormKey,
    ) -> Result<(), SeedError> {
        loop {
            let wanted = seats.iter().map(|seat| (*seat, PriceType::Adult)).collect();
            let sale = CounterSale { show, seats: wanted, seller: BOX_OFFICE, form };
            match sell_at_counter(conn, &sale, &self.policy, &author()) {
                Ok(sold) => {
                    self.summary.bookings += usize::from(!sold.repeated);
                    self.summary.seats += if sold.repeated { 0 } else { seats.len() };
                    return Ok(());
                }
                Err(Stop::Refused(CounterRefusal::Hold(HoldRefusal::Lost(lost)))) => {
                    seats.retain(|seat| !lost.contains(seat));
                }
                // Customers have all of it; an earlier run sold what they had left; staff have cancelled the show; or
                // customers hold its seats just now, and a run that comes later may find them.
                Err(Stop::Refused(CounterRefusal::Hold(
                    HoldRefusal::NoSeats
                    | HoldRefusal::FormUsed { .. }
                    | HoldRefusal::ShowCancelled
                    | HoldRefusal::SaleEnded,
                )))
                | Err(Stop::Failed(Failure::Busy(_))) => return Ok(()),
                Err(stop) => return Err(stop.into()),
            }
        }
    }
}

fn blocks(groups: Vec<Vec<SeatId>>) -> Vec<Vec<SeatId>> {
    let mut blocks: Vec<Vec<SeatId>> = Vec::new();
    for group in groups {
        match blocks.last_mut() {
            Some(block) if block.len() < BLOCK => block.extend(group),
            _ => blocks.push(group),
        }
    }
    blocks
}

/// The same form for the same block in every run, so that no run sells it twice.
fn form(seed: &str, number: usize) -> FormKey {
    let digest: [u8; 32] = Sha256::digest(format!("{seed} {number}")).into();
    let (bytes, _) = digest.split_first_chunk::<16>().expect("32 bytes begin with 16");
    FormKey(uuid::Builder::from_random_bytes(*bytes).into_uuid())
}

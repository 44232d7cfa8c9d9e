//! A wave: a site of its own, a crowd, and everything done to it; then quiet, and everything compared.

use crate::buyer::buy;
use crate::contender::{HOT_SHOWS, contend};
use crate::history::{self, Terms};
use crate::journal::{self, Clock, Entry};
use crate::site::Site;
use crate::support::gateway_api::GatewayApi;
use crate::support::site::Postgres;
use crate::support::{books, found_within, gateway_faults, quiet};
use crate::torment::{ClockSetter, Torment};
use crate::verdict;
use crate::visitor::{Visitor, World};
use crate::watch::Watch;
use diesel::{Connection, PgConnection};
use futures_util::future::{join_all, join3};
use futures_util::{StreamExt, stream};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Clients that want the same few seats.
const CONTENDERS: usize = 110;
/// What no webhook brought is here after a worker's next look.
const HEALS_WITHIN: Duration = Duration::from_secs(60);
const QUIET_WITHIN: Duration = Duration::from_secs(120);
/// Ten looks are a second.
const LOOKS_PER_JUMP: u32 = 30;
/// The clock's own client number, above every visitor's.
const CLOCK: u32 = u32::MAX;

/// What a wave is to be.
pub struct Orders {
    pub seed: u64,
    /// How long the crowd comes.
    pub load: Duration,
    /// For the buyers.
    pub shows: u64,
    /// Buyers under way at a time.
    pub buyers: usize,
    /// How many times as long as usual each tormentor rests between two strikes.
    pub peace: u32,
}

/// How a wave went.
pub struct Wave {
    pub watch: Arc<Watch>,
    pub violations: Vec<String>,
    /// Where everything is left when there are violations.
    pub left: Option<PathBuf>,
    /// From the first client to the last, then to the quiet, and then to the verdict.
    pub took: [Duration; 3],
}

impl Wave {
    /// The violations, a line for each; one that is there many times is one line.
    pub fn in_words(&self) -> String {
        let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
        self.violations.iter().for_each(|violation| *counted.entry(violation).or_default() += 1);
        let lines: Vec<String> = counted.iter().map(|(violation, times)| format!("{times} x {violation}")).collect();
        lines.join("\n")
    }
}

pub async fn run(orders: &Orders) -> Wave {
    let Site { app, gateway, gateway_database, postgres, proxy, shows } =
        Site::start(HOT_SHOWS as u64 + orders.shows);
    gateway_faults::switch_on(&gateway.api, orders.seed).await;
    let (watch, clock, began) = (Arc::new(Watch::default()), Clock::start(), Instant::now());
    let world = World::new(app.url(), clock, &watch, &shows, orders.seed);
    let clock_setter = ClockSetter::new(postgres.url(), CLOCK, clock);
    let torment = Torment::start(app, postgres, proxy, clock_setter, watch.clone(), orders);
    let buyers = crowd(&world, orders).await;
    let (mut app, mut postgres, mut clock_setter) = torment.end();
    let crowded = began.elapsed();

    // Everybody is past every deadline; then the gateway behaves, and all heals by itself.
    clock_setter.jump(30);
    gateway_faults::switch_off(&gateway.api).await;
    let ours = &mut PgConnection::establish(postgres.url()).unwrap();
    let theirs = &mut gateway_database.connect();
    let mut violations = quieten(ours, theirs, &mut clock_setter).await;
    // Killed once more: it compares the books when it starts, and is told what no webhook brought.
    app.kill();
    app.start_again();
    violations.extend(tie(&gateway.api, ours).await);
    last_look(buyers, orders.buyers).await;
    let quiet = began.elapsed() - crowded;

    let mut entries: Vec<Entry> = world.into_entries();
    entries.extend(clock_setter.into_entries());
    violations.extend(watch.surprises());
    violations.extend(quiet::violations(ours, &shows));
    violations.extend(verdict::violations(ours, theirs, &entries));
    violations.extend(history::check(&entries, &terms()).iter().map(ToString::to_string));
    let left = (!violations.is_empty()).then(|| leave(&mut postgres, &entries));
    let took = [crowded, quiet, began.elapsed() - quiet - crowded];
    Wave { watch, violations, left, took }
}

/// The deadlines of `marquee serve` that nobody has set otherwise. What is stopped or silenced goes on within three
/// seconds, and the application answers or gives up within two: a request that waited for both, many times over, is done
/// or gone long before the limit here.
fn terms() -> Terms {
    let seconds = |seconds: u64| seconds * 1_000_000_000;
    Terms {
        choose: seconds(8 * 60),
        grace: seconds(2 * 60),
        ceiling: seconds(15 * 60),
        skew: seconds(1),
        unknown_for: seconds(45),
    }
}

/// Those who paid, and what they hope to have.
type Buyers<'a> = Vec<(Visitor<'a>, String)>;

/// Contenders and buyers, for so long; whoever is under way then ends what they began.
async fn crowd<'a>(world: &'a World<'a>, orders: &Orders) -> Buyers<'a> {
    let contending = join_all((0..CONTENDERS).map(|_| contend(world.visitor())));
    let paid = RefCell::new(Vec::new());
    let numbers = stream::iter(0..).take_while(|_| std::future::ready(!world.watch.is_over()));
    let buying = numbers.for_each_concurrent(orders.buyers, async |number| {
        let mut visitor = world.visitor();
        match buy(&mut visitor, number).await {
            Some(reference) => paid.borrow_mut().push((visitor, reference)),
            None => visitor.leave(),
        }
    });
    let ending = async {
        actix_web::rt::time::sleep(orders.load).await;
        world.watch.end();
    };
    join3(contending, buying, ending).await;
    paid.into_inner()
}

/// Nobody helps the workers; only the clock goes faster, since what failed is tried again after minutes. What is wrong.
async fn quieten(ours: &mut PgConnection, theirs: &mut PgConnection, clock: &mut ClockSetter) -> Vec<String> {
    let mut looks = 0;
    let is_quiet = async || {
        looks += 1;
        if looks % LOOKS_PER_JUMP == 0 {
            clock.jump(11);
        }
        (quiet::left(ours, theirs) == 0).then_some(())
    };
    let quiet = found_within(QUIET_WITHIN, is_quiet).await;
    quiet.is_none().then(|| "it has not become quiet".to_owned()).into_iter().collect()
}

/// Waits until both books are the same: what is wrong if they never are.
async fn tie(gateway: &GatewayApi, ours: &mut PgConnection) -> Option<String> {
    let is_tied = async || books::tied(gateway, ours).await.ok();
    match found_within(HEALS_WITHIN, is_tied).await {
        Some(_) => None,
        None => books::tied(gateway, ours).await.err(),
    }
}

/// What was acknowledged is looked at once more.
async fn last_look(buyers: Buyers<'_>, at_a_time: usize) {
    let looking = stream::iter(buyers).for_each_concurrent(at_a_time, async |(mut visitor, reference)| {
        visitor.look_at_booking(&reference).await;
        visitor.leave();
    });
    looking.await;
}

/// Journals, logs and data of a wave, for somebody to look at.
fn leave(postgres: &mut Postgres, entries: &[Entry]) -> PathBuf {
    let folder = postgres.keep_folder();
    let file = File::create(folder.join("journals.jsonl")).unwrap();
    journal::write(entries, BufWriter::new(file)).unwrap();
    folder
}

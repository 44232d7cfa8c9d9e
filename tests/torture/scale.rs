//! How much torture.

use crate::buyer::BUYERS_OF_A_SHOW;
use crate::summary::Summary;
use crate::wave::Orders;
use std::env;
use std::time::Duration;

/// The crowds come for so long where nothing else is wanted, and in one wave at most: times of peace make both longer.
const MINUTE: Duration = Duration::from_secs(60);
/// Shows for the buyers of a first minute.
const SHOWS: u64 = 80;
/// Buyers under way at a time.
const BUYERS: usize = 90;

pub struct Scale {
    pub seed: u64,
    seconds: Option<u64>,
    holds: u64,
    purchases: u64,
    postgres_kills: u64,
    peace: u32,
    buyers: usize,
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a number, not {text}")))
}

impl Scale {
    pub fn from_environment() -> Self {
        let wanted = |what: &str| number(&format!("MARQUEE_TORTURE_{what}"));
        let [holds, purchases, postgres_kills] = ["HOLDS", "PURCHASES", "POSTGRES_KILLS"].map(wanted);
        let counted = holds.or(purchases).or(postgres_kills).is_some();
        Self {
            seed: wanted("SEED").unwrap_or_else(|| rand::random_range(1..1_000_000)),
            seconds: wanted("SECONDS").or((!counted).then_some(MINUTE.as_secs())),
            holds: holds.unwrap_or_default(),
            purchases: purchases.unwrap_or_default(),
            postgres_kills: postgres_kills.unwrap_or_default(),
            peace: wanted("PEACE").map_or(1, |times| times.clamp(1, 100) as u32),
            buyers: wanted("BUYERS").map_or(BUYERS, |buyers| buyers.clamp(1, 1_000) as usize),
        }
    }

    /// What the next wave is to be; none when there was enough.
    pub fn next_wave(&self, so_far: &Summary) -> Option<Orders> {
        let longest = MINUTE * self.peace;
        let left =
            self.seconds.map_or(longest, |seconds| Duration::from_secs(seconds).saturating_sub(so_far.loaded()));
        let is_enough = left.is_zero() || self.counts() && self.is_reached(so_far);
        // Enough that the buyers do not run out of shows.
        let first = SHOWS * u64::from(self.peace) * self.buyers.div_ceil(BUYERS) as u64;
        let shows = first.max(so_far.most_buyers() * 3 / 2 / BUYERS_OF_A_SHOW);
        let seed = self.seed + so_far.waves();
        (!is_enough).then(|| Orders { seed, load: left.min(longest), shows, buyers: self.buyers, peace: self.peace })
    }

    /// Whether it was long enough for everything to happen once.
    pub fn has_some_of_all(&self, so_far: &Summary) -> bool {
        so_far.loaded() >= MINUTE * self.peace
    }

    fn counts(&self) -> bool {
        self.holds + self.purchases + self.postgres_kills > 0
    }

    fn is_reached(&self, so_far: &Summary) -> bool {
        so_far.holds() >= self.holds
            && so_far.purchases() >= self.purchases
            && so_far.postgres_kills() >= self.postgres_kills
    }
}

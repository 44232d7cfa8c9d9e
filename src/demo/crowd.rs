//! Where people sit: the seats that a believable audience has chosen, in the order in which it bought them.
//!
//! People come in small groups, mostly pairs. Each group has a favourite place, most often near the sweet spot, centre and
//! two thirds back, and takes the free run of seats nearest to it: a little apart from strangers while there is room, and
//! without leaving a lone seat where it can be helped.

use crate::catalogue::layout::LaidSeat;
use crate::catalogue::plan::SeatKind;
use crate::ids::SeatId;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// How much a group minds a stranger beside it, in columns of distance from its favourite place.
const STRANGER: f32 = 2.0;
/// How much a lone seat left beside the group counts against a place.
const LONE_SEAT: f32 = 5.0;
/// A row counts for as much as this many columns.
const ROW: f32 = 1.8;

/// The groups that fill `percent` of a hall, in order of purchase; the same for the same seed. A house that is not sold
/// out keeps its wheelchair bays and companion seats free.
pub fn groups(seats: &[LaidSeat], percent: u8, seed: [u8; 32]) -> Vec<Vec<SeatId>> {
    let mut rng = StdRng::from_seed(seed);
    let wanted = seats.len() * usize::from(percent.min(100)) / 100;
    let mut hall = Hall::new(seats);
    let (mut groups, mut seated) = (Vec::new(), 0);
    while seated < wanted {
        let size = group_size(&mut rng).min(wanted - seated);
        let favourite = hall.favourite(&mut rng);
        let Some(group) = hall.seat(size, favourite) else { break };
        seated += group.len();
        groups.push(group);
    }
    if percent >= 100 {
        groups.extend(hall.rest().map(|seat| vec![seat]));
    }
    groups
}

fn group_size(rng: &mut StdRng) -> usize {
    match rng.random_range(0..100) {
        0..12 => 1,
        12..58 => 2,
        58..74 => 3,
        74..92 => 4,
        92..97 => 5,
        _ => 6,
    }
}

/// A hall that fills up.
struct Hall {
    /// Seats that touch each other, from left to right.
    runs: Vec<Vec<Chair>>,
    set_aside: Vec<SeatId>,
    sweet_spot: Place,
    /// From the sweet spot to the sides and to the front.
    reach: Place,
}

struct Chair {
    id: SeatId,
    place: Place,
    taken: bool,
}

/// In grid columns and rows; a sofa is where its middle is.
#[derive(Clone, Copy)]
struct Place {
    column: f32,
    row: f32,
}

impl Place {
    fn of(seat: &LaidSeat) -> Self {
        Self { column: seat.grid_column as f32 + (seat.width - 1) as f32 / 2.0, row: seat.grid_row as f32 }
    }

    fn distance(self, other: Self) -> f32 {
        (self.column - other.column).abs() + (self.row - other.row).abs() * ROW
    }
}

impl Hall {
    fn new(seats: &[LaidSeat]) -> Self {
        let span = |value: fn(Place) -> f32| {
            let values = seats.iter().map(|seat| value(Place::of(seat)));
            values.fold((f32::MAX, f32::MIN), |(low, high), value| (low.min(value), high.max(value)))
        };
        let ((left, right), (front, back)) = (span(|place| place.column), span(|place| place.row));
        let sweet_spot = Place { column: (left + right) / 2.0, row: front + (back - front) * 2.0 / 3.0 };
        let reach = Place { column: (right - left) / 2.0, row: (back - front) * 2.0 / 3.0 };
        let mut hall = Self { runs: Vec::new(), set_aside: Vec::new(), sweet_spot, reach };
        let mut segment = None;
        for seat in seats {
            if matches!(seat.kind, SeatKind::Wheelchair | SeatKind::Companion) {
                hall.set_aside.push(seat.id);
                segment = None;
                continue;
            }
            if segment.replace(seat.segment) != Some(seat.segment) {
                hall.runs.push(Vec::new());
            }
            if let Some(run) = hall.runs.last_mut() {
                run.push(Chair { id: seat.id, place: Place::of(seat), taken: false });
            }
        }
        hall
    }

    /// Where a group would like to sit: anywhere, but the nearer to the sweet spot the likelier.
    fn favourite(&self, rng: &mut StdRng) -> Place {
        // The sum of evenly spread numbers is spread like a bell.
        let mut around = |middle: f32, reach: f32| {
            let bell: f32 = (0..3).map(|_| rng.random_range(-1.0_f32..1.0)).sum();
            middle + bell / 3.0 * reach
        };
        let column = around(self.sweet_spot.column, self.reach.column * 1.4);
        Place { column, row: around(self.sweet_spot.row, self.reach.row) }
    }

    /// Seats a group together as near to its favourite place as it likes, or as much of it as any run still holds.
    fn seat(&mut self, size: usize, favourite: Place) -> Option<Vec<SeatId>> {
        let (run, first, size) = (1..=size).rev().find_map(|size| {
            let (run, first) = self.best(size, favourite)?;
            Some((run, first, size))
        })?;
        let chairs = &mut self.runs[run][first..first + size];
        chairs.iter_mut().for_each(|chair| chair.taken = true);
        Some(chairs.iter().map(|chair| chair.id).collect())
    }

    /// The run and the first chair of the best place for so many.
    fn best(&self, size: usize, favourite: Place) -> Option<(usize, usize)> {
        let places = self.runs.iter().enumerate().flat_map(|(index, run)| {
            let firsts = 0..(run.len() + 1).saturating_sub(size);
            firsts.filter_map(move |first| Some(((index, first), cost(run, first, size, favourite)?)))
        });
        places.min_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(place, _)| place)
    }

    fn rest(self) -> impl Iterator<Item = SeatId> {
        let chairs = self.runs.into_iter().flatten().filter(|chair| !chair.taken).map(|chair| chair.id);
        chairs.chain(self.set_aside)
    }
}

/// How little a group likes so many chairs from this one on; none when one of them is taken.
fn cost(run: &[Chair], first: usize, size: usize, favourite: Place) -> Option<f32> {
    let chairs = &run[first..first + size];
    if chairs.iter().any(|chair| chair.taken) {
        return None;
    }
    let distance = chairs.iter().map(|chair| chair.place.distance(favourite)).sum::<f32>() / size as f32;
    // Seats counted outwards from the group: is there one, and is it taken?
    let to_left = |steps: usize| first.checked_sub(steps).map(|at| run[at].taken);
    let to_right = |steps: usize| run.get(first + size - 1 + steps).map(|chair| chair.taken);
    let beside = |one: Option<bool>, two: Option<bool>| match (one, two) {
        (Some(true), _) => STRANGER,
        (Some(false), None | Some(true)) => LONE_SEAT,
        _ => 0.0,
    };
    Some(distance + beside(to_left(1), to_left(2)) + beside(to_right(1), to_right(2)))
}

#[cfg(test)]
#[path = "crowd_tests.rs"]
mod tests;

//! How actors meet, and what they may come to: what they would have come to one after another.

use crate::actor::Actor;
use crate::contention::{Blocker, until_waiting};
use crate::ended::Ended;
use crate::scene::{Moment, Scene, Stage, travel};
use crate::support::consistency::assert_consistent;
use marquee::db::Database;
use std::sync::Barrier;
use std::thread;

/// What an order of places comes to when nobody meets anybody.
pub struct Serial {
    pub order: Vec<usize>,
    pub ended: Ended,
}

/// Actors who come at a moment; place by place.
#[derive(Clone, Copy, Debug)]
pub struct Meeting<'a> {
    pub actors: &'a [Actor],
    pub moment: Moment,
}

impl Meeting<'_> {
    /// Lets them act one after another, in every order, each order in a scene of its own.
    pub fn serial(&self, stage: &mut Stage, pool: &Database) -> Vec<Serial> {
        // Who waits past the end judges after it.
        let moment = if self.moment == Moment::LapsesMeanwhile { Moment::Lapsed } else { self.moment };
        let orders = orders(self.actors.len());
        let act = |order: Vec<usize>| {
            let scene = stage.scene(self.actors, moment);
            let mut said = vec![String::new(); order.len()];
            for place in &order {
                said[*place] = self.actors[*place].act(pool, &scene, *place);
            }
            Serial { order, ended: Ended::read(&mut stage.conn, &scene, said) }
        };
        orders.into_iter().map(act).collect()
    }

    /// Starts them in an order, each when the server says that all before it wait: for the obstacle, or for one another.
    /// Then gives the way free.
    pub fn in_line(&self, stage: &mut Stage, pool: &Database, order: &[usize]) -> Ended {
        let scene = &stage.scene(self.actors, self.moment);
        let (database, conn) = (&stage.database, &mut stage.conn);
        let blocker = Blocker::lock(database, &self.obstacle(scene));
        let said = thread::scope(|scope| {
            let mut acting: Vec<(usize, _)> = Vec::new();
            for place in order.iter().copied() {
                acting.push((place, scope.spawn(move || self.actors[place].act(pool, scene, place))));
                until_waiting(conn, acting.len() as i64);
            }
            if self.moment == Moment::LapsesMeanwhile {
                travel(conn, "11 minutes");
            }
            drop(blocker);
            acting.sort_by_key(|(place, _)| *place);
            acting.into_iter().map(|(_, actor)| actor.join().unwrap()).collect()
        });
        Ended::read(conn, scene, said)
    }

    /// Releases them all at once.
    pub fn at_once(&self, stage: &mut Stage, pool: &Database) -> Ended {
        let scene = &stage.scene(self.actors, self.moment);
        let start = &Barrier::new(self.actors.len());
        let said = thread::scope(|scope| {
            let act = |(place, actor): (usize, &Actor)| {
                let actor = *actor;
                scope.spawn(move || {
                    start.wait();
                    actor.act(pool, scene, place)
                })
            };
            let acting: Vec<_> = self.actors.iter().enumerate().map(act).collect();
            acting.into_iter().map(|actor| actor.join().unwrap()).collect()
        });
        Ended::read(&mut stage.conn, scene, said)
    }

    /// What all of them must pass. An event that closes a session touches no seat, nor does who gives back what is not
    /// paid for.
    fn obstacle(&self, scene: &Scene) -> String {
        let only_booking = |actor: &Actor| match actor {
            Actor::Tells(_) => true,
            Actor::GivesBack => self.moment != Moment::Paid,
            _ => false,
        };
        if self.actors.iter().any(only_booking) { scene.booking_row() } else { scene.first_seat() }
    }

    /// Everything above: in line in every order, and `rounds` times all at once with each pool. Each must end as some
    /// order does; two who stand in line, as their order does. (Of three, who waits for a seat may overtake who still
    /// waits for the booking.)
    pub fn judge(&self, stage: &mut Stage, pools: &[Database; 2], rounds: usize) {
        let serial = self.serial(stage, &pools[0]);
        for Serial { order, ended } in &serial {
            let met = self.in_line(stage, &pools[0], order);
            assert!(is_legal(&met, &serial), "{self:?} in line {order:?}: {met:#?}");
            assert!(order.len() > 2 || met == *ended, "{self:?} in line {order:?}: {met:#?}, not {ended:#?}");
        }
        // Nobody who rushes can be kept waiting past the end.
        let rounds = if self.moment == Moment::LapsesMeanwhile { 0 } else { rounds };
        for pool in pools.iter().cycle().take(2 * rounds) {
            let met = self.at_once(stage, pool);
            assert!(is_legal(&met, &serial), "{self:?} at once: {met:#?}");
        }
        assert_consistent(&mut stage.conn);
    }
}

fn is_legal(met: &Ended, serial: &[Serial]) -> bool {
    serial.iter().any(|serial| serial.ended == *met)
}

/// Every order of `n` places.
fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let with_last = |order: Vec<usize>| {
        (0..n).map(move |at| {
            let mut order = order.clone();
            order.insert(at, n - 1);
            order
        })
    };
    orders(n - 1).into_iter().flat_map(with_last).collect()
}

/// Every pair of these actors, and each with itself.
pub fn pairs(actors: &[Actor]) -> Vec<[Actor; 2]> {
    let with_later = |(n, first): (usize, &Actor)| {
        let first = *first;
        actors[n..].iter().map(move |second| [first, *second]).collect::<Vec<_>>()
    };
    actors.iter().enumerate().flat_map(with_later).collect()
}

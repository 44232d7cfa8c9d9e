//! Staff block a seat whose lock has lapsed, and give it back to the sale.

use crate::actor::Actor::*;
use crate::contention::{all_at_once, turn};
use crate::naive;
use crate::scene::{Moment, Scene, Stage};
use crate::support::consistency::assert_consistent;
use crate::support::count;
use crate::support::fixture::{author, form, refused, try_sell};
use diesel::PgConnection;
use marquee::booking::PriceType;
use marquee::db::{Failure, Stop, violates};
use marquee::programme::block_seats::unblock_seats;
use marquee::sale::SalePolicy;
use marquee::sale::hold::HoldRefusal;
use marquee::sale::sell_at_counter::{CounterRefusal, CounterSale, sell_at_counter};

fn give_back(conn: &mut PgConnection, scene: &Scene) {
    refused(unblock_seats(conn, scene.show, &scene.seats, "repaired", &scene.staff)).unwrap();
}

/// Tickets for the scene's seats.
fn tickets(stage: &mut Stage, scene: &Scene) -> i64 {
    let [first, second] = scene.seats;
    let sold =
        format!("SELECT count(*) FROM tickets WHERE show_id = {} AND seat_id IN ({first}, {second})", scene.show);
    count(&mut stage.conn, &sold)
}

#[test]
fn a_lapsed_seat_that_was_blocked_is_sold_once_it_is_given_back() {
    let _turn = turn();
    let mut stage = Stage::new();
    let pool = stage.pool(1);
    for round in 0..8 {
        let scene = stage.scene(&[Blocks], Moment::Lapsed);
        assert_eq!(Blocks.act(&pool, &scene, 0), "blocked");
        // Buyers come while it is given back, and one after that.
        let buyers = [true, true, false, true];
        let sold = all_at_once(&stage.database, &buyers, |conn, buys| match buys {
            true => Some(try_sell(conn, scene.show, &scene.seats)),
            false => {
                give_back(conn, &scene);
                None
            }
        });
        let early = sold.into_iter().flatten().filter(|sold| match sold {
            Ok(_) => true,
            Err(CounterRefusal::Hold(HoldRefusal::Lost(_))) => false,
            other => panic!("{other:?}"),
        });
        let early = early.count();
        let late = try_sell(&mut stage.conn, scene.show, &scene.seats).is_ok();
        assert_eq!(early + usize::from(late), 1, "round {round}");
        assert_eq!(tickets(&mut stage, &scene), 2, "round {round}");
        assert_consistent(&mut stage.conn);
    }
    drop(pool);
    stage.close();
}

#[test]
fn control_blocking_over_a_lapsed_claim_leaves_a_seat_that_nobody_can_sell() {
    let _turn = turn();
    let mut stage = Stage::new();
    let scene = stage.scene(&[Blocks], Moment::Lapsed);
    naive::over_seats::block_over_claims(&mut stage.conn, &scene, "a broken seat").unwrap();
    let [first, second] = scene.seats;
    // Its own ledger rows are the naive one's to write; giving back counts on from there.
    give_back(&mut stage.conn, &scene);
    let free = format!(
        "SELECT count(*) FROM show_seats
         WHERE show_id = {} AND seat_id IN ({first}, {second}) AND status = 'available'",
        scene.show
    );
    assert_eq!(count(&mut stage.conn, &free), 2);
    let seats = scene.seats.map(|seat| (seat, PriceType::Adult)).to_vec();
    let form = form(scene.show, &scene.seats);
    let sale = CounterSale { show: scene.show, seats, seller: form.visitor, form: form.form };
    let sold = sell_at_counter(&mut stage.conn, &sale, &SalePolicy::at_counter(), &author());
    match sold {
        Err(Stop::Failed(Failure::Broken(error))) if violates(&error, "booking_seats_one_live_claim") => {}
        other => panic!("{other:?}"),
    }
}

//! Events that no webhook brought, read from the gateway's list.

use super::{Stage, stage, there};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{house, refused};
use crate::support::{TestApp, count, database, eventually_within};
use marquee::errands::events::{Met, catch_up};
use marquee::sale::settle::receive;
use marquee::workers::Worker;
use std::time::Duration;

#[actix_web::test]
async fn a_working_application_heals_a_lost_webhook_by_itself() {
    let app = TestApp::start_working(database(), &[]);
    there(&app, "UPDATE webhook_endpoints SET status = 'disabled'");
    let conn = &mut app.database.connect();
    let stage = Stage { house: house(conn), browser: app.browser(), app };
    stage.pays("A1").await;
    let confirmed = "SELECT count(*) FROM bookings WHERE status = 'confirmed'";
    let limit = Duration::from_secs(60);
    eventually_within(limit, "confirmed", async || (count(conn, confirmed) == 1).then_some(())).await;
}

#[actix_web::test]
async fn two_who_catch_up_at_once_take_in_each_event_once() {
    let stage = stage();
    for seat in ["A1", "A2", "A3"] {
        stage.pays(seat).await;
    }
    futures_util::join!(stage.app.turn(Worker::Events), stage.app.turn(Worker::Events));
    assert_eq!(stage.count("bookings WHERE status = 'confirmed'"), 3);
    assert_consistent(&mut stage.app.database.connect());
}

#[actix_web::test]
async fn events_are_read_down_to_the_last_pass_whatever_webhooks_brought_meanwhile() {
    let stage = stage();
    let (db, gateway) = (&stage.app.state.db, &stage.app.state.gateway);
    let happen = |from: i64, to: i64| {
        let sql = "INSERT INTO events (id, kind, api_version, object, created_at)
                   SELECT 'evt_' || i, 'checkout.session.expired', 'any', '{}', now() FROM generate_series";
        there(&stage.app, &format!("{sql}({from}, {to}) AS i ORDER BY i"));
    };
    let mut met = Met::default();
    happen(1, 130);
    assert_eq!(catch_up(db, gateway, &mut met).await.unwrap(), 130);
    // The webhooks are back for the latest hundred; the 150 before those were lost.
    happen(131, 380);
    for event in 281..=380 {
        let conn = &mut stage.app.database.connect();
        refused(receive(conn, &format!("evt_{event}"), "checkout.session.expired", "{}")).unwrap();
    }
    assert_eq!(catch_up(db, gateway, &mut Met::default()).await.unwrap(), 0, "nothing new in sight");
    assert_eq!(catch_up(db, gateway, &mut met).await.unwrap(), 150);
    assert_eq!(stage.count("gateway_events"), 380);
    assert_eq!(catch_up(db, gateway, &mut met).await.unwrap(), 0);
}

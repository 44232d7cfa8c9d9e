//! When nothing is under way any more, and what must hold then.

use crate::shows::OnSale;
use crate::support::consistency::assert_consistent;
use crate::support::{TestApp, count, eventually_within};
use diesel::PgConnection;
use marquee::history::replay::replay;
use std::time::Duration;

/// Everything that waits for somebody other than a person.
const UNDER_WAY: &str = "SELECT (SELECT count(*) FROM payments WHERE status = 'started')
                       + (SELECT count(*) FROM refunds WHERE status = 'requested')
                       + (SELECT count(*) FROM gateway_events WHERE processed_at IS NULL) AS count";

/// What the gateway has still to tell, or to do.
const AT_THE_GATEWAY: &str = "SELECT (SELECT count(*) FROM checkout_sessions WHERE status = 'open')
                            + (SELECT count(*) FROM refunds WHERE status = 'pending') AS count";

/// Waits for the workers. Nobody helps them.
pub async fn wait_until(app: &TestApp) {
    let (ours, theirs) = (&mut app.database.connect(), &mut app.gateway_database.connect());
    eventually_within(Duration::from_secs(240), "everything has ended", async || {
        let left = count(ours, UNDER_WAY) + count(theirs, AT_THE_GATEWAY);
        (left == 0).then_some(())
    })
    .await;
}

/// Every payment has ended in tickets, a refund, or an open case; nothing happened twice; the ledger tells it all.
pub fn assert_settled(conn: &mut PgConnection, shows: &[OnSale]) {
    assert_consistent(conn);
    let unsettled = "SELECT count(*) FROM payments AS p JOIN bookings AS b ON b.id = p.booking_id
                     WHERE p.status = 'succeeded'
                       AND NOT (b.paid_by = p.id AND b.status = 'confirmed')
                       AND NOT EXISTS (SELECT FROM refunds AS r WHERE r.payment_id = p.id
                                       AND r.status IN ('succeeded', 'settled_by_staff'))
                       AND NOT EXISTS (SELECT FROM cases AS c WHERE c.payment_id = p.id AND c.closed_at IS NULL)";
    assert_eq!(count(conn, unsettled), 0, "payments without an end");
    let twice = "SELECT count(*) FROM (SELECT payment_id FROM gateway_events
                   WHERE effect = 'applied' AND kind IN ('checkout.session.completed', 'checkout.session.async_payment_succeeded')
                   GROUP BY payment_id HAVING count(*) > 1) AS twice";
    assert_eq!(count(conn, twice), 0, "payments that two events brought money to");
    for show in shows {
        let replay = replay(conn, show.id, None).unwrap().unwrap();
        assert!(replay.agrees(), "show {}: {:?} {:?}", show.id, replay.faults, replay.differences);
    }
}

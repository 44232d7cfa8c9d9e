//! When nothing is under way any more, and what must hold then.

use super::shows::OnSale;
use super::{count, eventually_within};
use diesel::PgConnection;
use marquee::history::audit::audit;
use marquee::history::replay::replay;
use std::time::Duration;

/// Everything that waits for somebody other than a person.
const UNDER_WAY: &str = "SELECT (SELECT count(*) FROM payments WHERE status = 'started')
                       + (SELECT count(*) FROM refunds WHERE status = 'requested')
                       + (SELECT count(*) FROM gateway_events WHERE processed_at IS NULL) AS count";

/// What the gateway has still to tell, or to do.
const AT_THE_GATEWAY: &str = "SELECT (SELECT count(*) FROM checkout_sessions WHERE status = 'open')
                            + (SELECT count(*) FROM late_captures)
                            + (SELECT count(*) FROM refunds WHERE next_status_at IS NOT NULL) AS count";

/// No audit of a test takes longer.
const AUDIT_WITHIN: Duration = Duration::from_secs(300);

/// How much waits, by a connection to the application's database and one to the gateway's.
pub fn left(ours: &mut PgConnection, theirs: &mut PgConnection) -> i64 {
    count(ours, UNDER_WAY) + count(theirs, AT_THE_GATEWAY)
}

/// Waits for the workers. Nobody helps them.
pub async fn wait_until(ours: &mut PgConnection, theirs: &mut PgConnection) {
    let is_quiet = async || (left(ours, theirs) == 0).then_some(());
    eventually_within(Duration::from_secs(240), "everything has ended", is_quiet).await;
}

/// What is wrong, in words: every payment must have ended in tickets, a refund, or an open case; nothing has happened
/// twice; the ledger tells it all.
pub fn violations(conn: &mut PgConnection, shows: &[OnSale]) -> Vec<String> {
    let mut violations = Vec::new();
    let report = audit(conn, AUDIT_WITHIN).unwrap_or_else(|failure| panic!("no audit: {failure}"));
    if report.broken() > 0 {
        violations.push(format!("the audit says:\n{report}"));
    }
    let unsettled = "SELECT count(*) FROM payments AS p JOIN bookings AS b ON b.id = p.booking_id
                     WHERE p.status = 'succeeded'
                       AND NOT (b.paid_by = p.id AND b.status = 'confirmed')
                       AND NOT EXISTS (SELECT FROM refunds AS r WHERE r.payment_id = p.id
                                       AND r.status IN ('succeeded', 'settled_by_staff'))
                       AND NOT EXISTS (SELECT FROM cases AS c WHERE c.payment_id = p.id AND c.closed_at IS NULL)";
    let twice = "SELECT count(*) FROM (SELECT payment_id FROM gateway_events
                   WHERE effect = 'applied' AND kind IN ('checkout.session.completed', 'checkout.session.async_payment_succeeded')
                   GROUP BY payment_id HAVING count(*) > 1) AS twice";
    for (what, query) in
        [("payments without an end", unsettled), ("payments that two events brought money to", twice)]
    {
        match count(conn, query) {
            0 => {}
            number => violations.push(format!("{number} {what}")),
        }
    }
    for show in shows {
        let replay = replay(conn, show.id, None).unwrap().unwrap();
        if !replay.agrees() {
            violations.push(format!("replay of show {}: {:?} {:?}", show.id, replay.faults, replay.differences));
        }
    }
    violations
}

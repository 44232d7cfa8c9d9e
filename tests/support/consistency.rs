//! Whether the tables agree with each other and with the ledger: what must hold after every verb.

use diesel::PgConnection;
use marquee::history::audit::audit;
use std::time::Duration;

/// Fails with whatever the audit finds.
pub fn assert_consistent(conn: &mut PgConnection) {
    let report = audit(conn, Duration::from_secs(60)).unwrap_or_else(|failure| panic!("no audit: {failure}"));
    assert!(report.broken() == 0, "\n{report}\n");
}

//! The audit's page for staff: the same counts, and never more than one audit at a time.

use crate::audit::{AT_THE_GATE, CLOCK_WITH_A_GATE, LIE, LONG};
use crate::posting::assert_answer;
use crate::staff_desk::{hire, signed_in};
use crate::support::busy::{Busy, busy};
use crate::support::fixture::house;
use crate::support::{TestApp, count, eventually};
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use marquee::history::audit::audit;

#[actix_web::test]
async fn staff_see_the_same_counts_quietly_at_zero_and_loudly_with_the_rows() {
    let app = TestApp::start();
    hire(&app);
    let Busy { paid, house, .. } = busy(&app.database);
    assert_answer(&app.browser().get("/admin/audit").await, 401, "Please sign in", "a customer");
    let browser = signed_in(&app).await;
    let page = browser.get("/admin/audit").await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(page.texts(".notice"), ["Every count is zero, as it must be."]);
    let report = audit(&mut app.database.connect(), LONG).unwrap();
    assert_eq!(page.texts("tbody td.number"), vec!["0"; report.findings.len()]);
    assert_eq!(page.texts("caption"), ["Must be zero"]);
    assert_eq!(page.headers["cache-control"], "no-store");

    app.database.connect().batch_execute(&format!("{LIE} WHERE booking_id = {}", paid.booking)).unwrap();
    let page = browser.get("/admin/audit").await;
    assert!(page.texts(".notice.bad")[0].starts_with("1 row breaks what must hold"), "{}", page.body);
    assert_eq!(page.texts("tr.broken .badge"), ["1"]);
    let named = format!("show {}, booking {}: promised ", house.show, paid.reference);
    assert!(page.texts("tr.broken li")[0].starts_with(&named), "{}", page.body);
}

#[actix_web::test]
async fn an_audit_that_is_not_finished_says_so_and_nothing_about_the_counts() {
    let app = TestApp::start();
    hire(&app);
    let browser = signed_in(&app).await;
    let mut other = app.database.connect();
    AnsiTransactionManager::begin_transaction(&mut other).unwrap();
    other.batch_execute("LOCK TABLE staff_log").unwrap();
    let page = browser.get("/admin/audit").await;
    assert_eq!((page.status.as_u16(), page.texts("table").len()), (503, 0), "{}", page.body);
    assert!(page.texts(".notice.warn")[0].starts_with("The audit was not finished"), "{}", page.body);
    AnsiTransactionManager::rollback_transaction(&mut other).unwrap();
    assert_eq!(browser.get("/admin/audit").await.status, 200);
}

#[actix_web::test]
async fn the_page_runs_one_audit_at_a_time_and_the_sale_goes_on() {
    let app = TestApp::start();
    hire(&app);
    let mut conn = app.database.connect();
    let house = house(&mut conn);
    let browser = signed_in(&app).await;
    conn.batch_execute(&format!("{CLOCK_WITH_A_GATE}; SELECT pg_advisory_lock(7)")).unwrap();

    let asked = actix_web::rt::spawn({
        let browser = browser.clone();
        async move { browser.get("/admin/audit").await.status }
    });
    eventually("the first audit runs", async || (count(&mut conn, AT_THE_GATE) == 1).then_some(())).await;
    let page = browser.get("/admin/audit").await;
    assert_eq!(page.status, 503);
    assert!(page.texts(".notice")[0].starts_with("An audit is running already"), "{}", page.body);
    app.browser().hold(house.show.0, &[house.seats[0].0]).await.leads_to();

    conn.batch_execute("SELECT pg_advisory_unlock(7)").unwrap();
    assert_eq!(asked.await.unwrap(), 200);
    assert_eq!(browser.get("/admin/audit").await.status, 200);
}

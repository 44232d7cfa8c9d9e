//! Nothing runs in the background here, as in every test: locks lapse, the map is true and late money is settled without.

use crate::posting::{assert_answer, held};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::house;
use crate::support::{TestApp, contents, count, eventually, travel};

#[actix_web::test]
async fn with_nothing_in_the_background_locks_lapse_the_map_is_true_and_late_money_is_settled() {
    let app = TestApp::start();
    let conn = &mut app.database.connect();
    let house = house(conn);
    let (holder, payer, looker) = (app.browser(), app.browser(), app.browser());
    let left = held(&holder, house.show.0, &[house.seats[0].0]).await;
    let paying = held(&payer, house.show.0, &[house.seats[1].0]).await;
    let session = payer.start_payment(&paying).await.leads_to().to_owned();
    let map = format!("/shows/{}/seats", house.show);
    let free =
        format!("input[name='seat'][value='{}'], input[name='seat'][value='{}']", house.seats[0], house.seats[1]);
    assert_eq!(looker.get(&map).await.attributes(&free, "value").len(), 0);

    // Past every deadline. Looking writes nothing, and what is seen is true without anything having been written.
    travel(&app.database, "16 minutes");
    let before = contents(&app.database);
    assert_eq!(looker.get(&map).await.attributes(&free, "value").len(), 2);
    assert_answer(&holder.get(&left).await, 200, "This booking has expired", "left alone");
    assert_eq!(contents(&app.database), before);

    payer.post(&session, &[("card", "visa")]).await.leads_to();
    let settled = "SELECT count(*) FROM payments JOIN bookings ON paid_by = payments.id WHERE outcome = 'take_again'";
    eventually("the late money has its seats", async || (count(conn, settled) == 1).then_some(())).await;
    held(&looker, house.show.0, &[house.seats[0].0]).await;
    assert_consistent(conn);
}

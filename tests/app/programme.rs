//! The programming verbs and the counter.

use crate::support;
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{house, try_hold, try_sell};

#[test]
fn a_counter_sale_of_25_seats_leaves_everything_consistent() {
    let database = support::database();
    let conn = &mut database.connect();
    let house = house(conn);
    try_sell(conn, house.show, &house.seats[..25]).unwrap();
    assert_consistent(conn);
    try_hold(conn, house.show, &house.seats[25..30]).unwrap();
    assert_consistent(conn);
}

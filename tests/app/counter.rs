//! The counter: sold, paid and confirmed at once.

use crate::support::consistency::assert_consistent;
use crate::support::fixture::{GOLD, SILVER, author, house, movie, refused, seats_of, try_hold, try_sell};
use crate::support::{self, travel};
use marquee::booking::{BookingStatus, PriceType, booking};
use marquee::catalogue::movie::{self as movies, Certificate};
use marquee::ids::{FormKey, SeatId, VisitorId};
use marquee::payment::{Outcome, PaymentMethod, PaymentStatus, payment};
use marquee::programme::schedule::schedule;
use marquee::sale::SalePolicy;
use marquee::sale::hold::HoldRefusal;
use marquee::sale::sell_at_counter::{CounterRefusal, CounterSale, sell_at_counter};
use marquee::ticketing::ticket;
use std::sync::Barrier;
use uuid::Uuid;

fn sale(show: marquee::ids::ShowId, seats: &[(SeatId, PriceType)]) -> CounterSale {
    CounterSale { show, seats: seats.to_vec(), seller: VisitorId(Uuid::now_v7()), form: FormKey(Uuid::now_v7()) }
}

#[test]
fn a_counter_sale_of_25_seats_leaves_everything_consistent() {
    let database = support::database();
    let conn = &mut database.connect();
    let house = house(conn);
    let sold = try_sell(conn, house.show, &house.seats[5..30]).unwrap();
    let booking = booking::find(conn, &sold.reference).unwrap().unwrap();
    assert_eq!(booking.status, BookingStatus::Confirmed);
    assert_eq!(booking.contact_email, None);
    assert_eq!(booking.fee_per_ticket, 0);
    // Fifteen silver seats and ten gold ones, without a fee.
    assert_eq!(booking.amount, Some(15 * SILVER.adult + 10 * GOLD.adult));
    let payments = payment::of_booking(conn, booking.id).unwrap();
    let [paid] = payments.as_slice() else { panic!("{payments:?}") };
    assert_eq!((paid.method, paid.status), (PaymentMethod::Counter, PaymentStatus::Succeeded));
    assert_eq!((paid.outcome, paid.session_id.as_deref()), (Some(Outcome::Confirm), None));
    assert_eq!(ticket::of_booking(conn, booking.id).unwrap().len(), 25);
    assert_consistent(conn);
}

#[test]
fn a_sale_sent_twice_sells_once() {
    let database = support::database();
    let conn = &mut database.connect();
    let house = house(conn);
    let seats: Vec<_> = house.seats("A1 A2").into_iter().map(|seat| (seat, PriceType::Adult)).collect();
    let sale = sale(house.show, &seats);
    let policy = SalePolicy::at_counter();
    let first = sell_at_counter(conn, &sale, &policy, &author()).unwrap();
    let second = sell_at_counter(conn, &sale, &policy, &author()).unwrap();
    assert_eq!((&second.reference, first.repeated, second.repeated), (&first.reference, false, true));
    assert_consistent(conn);
}

#[test]
fn children_and_seniors_pay_what_their_list_says() {
    let database = support::database();
    let conn = &mut database.connect();
    let house = house(conn);
    let types = [("A1", PriceType::Adult), ("A2", PriceType::Child), ("C1", PriceType::Senior)];
    let seats: Vec<_> = types.into_iter().map(|(label, price_type)| (house.seat(label), price_type)).collect();
    let sold = sell_at_counter(conn, &sale(house.show, &seats), &SalePolicy::at_counter(), &author()).unwrap();
    let booking = booking::find(conn, &sold.reference).unwrap().unwrap();
    assert_eq!(booking.amount, Some(200_00 + 120_00 + 250_00));
    assert_consistent(conn);
}

#[test]
fn no_child_is_sold_a_ticket_for_adults_and_nothing_is_written() {
    let database = support::database();
    let conn = &mut database.connect();
    let house = house(conn);
    let mut request = house.request(house.starts_at + chrono::Duration::days(1));
    request.movie = movies::ensure(conn, &movie("for-adults", Certificate::A)).unwrap();
    let show = schedule(conn, &request, &author()).unwrap();
    let seats = seats_of(conn, show);
    let family = sale(show, &[(seats[0], PriceType::Adult), (seats[1], PriceType::Child)]);
    assert_eq!(
        refused(sell_at_counter(conn, &family, &SalePolicy::at_counter(), &author())),
        Err(CounterRefusal::NotForSale(vec![seats[1]]))
    );
    try_hold(conn, show, &seats[..2]).unwrap();
    assert_consistent(conn);
}

#[test]
fn the_counter_waits_for_no_customer_and_takes_no_seat_from_one() {
    let database = support::database();
    let conn = &mut database.connect();
    let house = house(conn);
    try_hold(conn, house.show, &house.seats("A1 A2")).unwrap();
    let lost = CounterRefusal::Hold(HoldRefusal::Lost(house.seats("A2")));
    assert_eq!(try_sell(conn, house.show, &house.seats("A2 A3")), Err(lost));
    travel(&database, "11 minutes");
    try_sell(conn, house.show, &house.seats("A2 A3")).unwrap();
    assert_consistent(conn);
}

#[test]
fn sellers_who_race_for_overlapping_seats_never_sell_one_twice() {
    const SELLERS: usize = 6;
    let database = support::database();
    let house = house(&mut database.connect());
    let barrier = Barrier::new(SELLERS);
    let won = std::thread::scope(|scope| {
        let sellers: Vec<_> = (0..SELLERS)
            .map(|seller| {
                let (database, barrier, house) = (&database, &barrier, &house);
                scope.spawn(move || {
                    let conn = &mut database.connect();
                    // Windows of twelve seats that begin five apart, named from either end.
                    let mut seats = house.seats[seller * 5..seller * 5 + 12].to_vec();
                    if seller % 2 == 1 {
                        seats.reverse();
                    }
                    barrier.wait();
                    match try_sell(conn, house.show, &seats) {
                        Ok(_) => 1,
                        Err(CounterRefusal::Hold(HoldRefusal::Lost(_))) => 0,
                        Err(other) => panic!("{other:?}"),
                    }
                })
            })
            .collect();
        sellers.into_iter().map(|seller| seller.join().unwrap()).sum::<i32>()
    });
    assert!((1..=2).contains(&won), "{won} of {SELLERS}");
    assert_consistent(&mut database.connect());
}

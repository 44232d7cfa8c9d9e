//! A small cinema with one show on sale, made through the same verbs that staff use.

use chrono::Duration;
use diesel::PgConnection;
use marquee::accounts::person::{self, NewPerson, Role};
use marquee::booking::PriceType;
use marquee::catalogue::cinema::{self, NewCinema};
use marquee::catalogue::movie::{self, Certificate, NewMovie};
use marquee::catalogue::plan::Plan;
use marquee::catalogue::price_list::Prices;
use marquee::catalogue::show::Format;
use marquee::clock::{self, Instant};
use marquee::ids::{FormKey, MovieId, RequestId, ScreenId, SeatId, ShowId, VisitorId};
use marquee::ledger::{Actor, Author};
use marquee::programme::schedule::{ShowRequest, schedule};
use marquee::programme::{Staff, publish_layout::publish_layout};
use marquee::sale::SalePolicy;
use marquee::sale::hold::{Held, HoldRefusal, HoldRequest, hold};
use marquee::sale::sell_at_counter::{CounterRefusal, CounterSale, sell_at_counter};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Forty seats: rows A to D, two zones, an aisle between the fifth and the sixth seat; a bay with its companion at each
/// end of row D.
pub const PLAN: &str = "
zone s silver Silver
zone g gold Gold
number from left

A s ooooo..ooooo
B s ooooo..ooooo
C g ooooo..ooooo
D g wcooo..ooocw
";

pub const SILVER: Prices = Prices { adult: 200_00, child: Some(120_00), senior: Some(150_00) };
pub const GOLD: Prices = Prices { adult: 300_00, child: Some(200_00), senior: Some(250_00) };

/// The Regal in Pune: one screen, one movie of two hours, one show that starts in a day.
#[derive(Clone, Debug)]
pub struct House {
    pub screen: ScreenId,
    pub movie: MovieId,
    pub show: ShowId,
    pub starts_at: Instant,
    /// In the canonical lock order: `A1` to `A10`, then row B, and so on.
    pub seats: Vec<SeatId>,
}

impl House {
    /// The seat that guests call `B7`.
    pub fn seat(&self, label: &str) -> SeatId {
        let (row, number) = label.split_at(1);
        let row = "ABCD".find(row).expect("a row from A to D");
        self.seats[row * 10 + number.parse::<usize>().expect("a number") - 1]
    }

    /// Several seats: `A1 A2 B7`.
    pub fn seats(&self, labels: &str) -> Vec<SeatId> {
        labels.split_whitespace().map(|label| self.seat(label)).collect()
    }

    /// A show of the same movie on the same screen with the same prices at another time.
    pub fn request(&self, starts_at: Instant) -> ShowRequest {
        ShowRequest {
            screen: self.screen,
            movie: self.movie,
            starts_at,
            language: "Marathi".to_owned(),
            subtitles: Some("English".to_owned()),
            format: Format::TwoD,
            prices: BTreeMap::from([("silver".to_owned(), SILVER), ("gold".to_owned(), GOLD)]),
        }
    }
}

/// Makes the cinema and publishes its show.
pub fn house(conn: &mut PgConnection) -> House {
    let movie = movie::ensure(conn, &movie("sairat", Certificate::Ua13)).unwrap();
    let screen = screen(conn, "Screen 1");
    let starts_at = clock::now(conn).unwrap() + Duration::days(1);
    let unborn = House { screen, movie, show: ShowId(0), starts_at, seats: Vec::new() };
    let show = schedule(conn, &unborn.request(starts_at), &author()).unwrap();
    House { show, seats: seats_of(conn, show), ..unborn }
}

/// A movie of two hours.
pub fn movie(slug: &str, certificate: Certificate) -> NewMovie<'_> {
    NewMovie {
        slug,
        title: "Sairat",
        year: 2016,
        director: "Nagraj Manjule",
        running_minutes: 120,
        certificate,
        languages: vec!["Marathi"],
        genres: vec!["Romance", "Drama"],
        synopsis: "Two students from unequal families run away together.",
    }
}

/// A screen of the Regal with [`PLAN`]'s seating. Trailers 10 minutes, interval 15, cleaning 15.
pub fn screen(conn: &mut PgConnection, name: &str) -> ScreenId {
    let city_id = cinema::ensure_city(conn, "pune", "Pune").unwrap();
    let regal = NewCinema {
        slug: "regal",
        name: "Regal",
        city_id,
        address: "1 Laxmi Road, Pune",
        time_zone: "Asia/Kolkata",
        currency: "INR",
        trailer_minutes: 10,
        interval_minutes: 15,
        cleaning_minutes: 15,
    };
    let regal = cinema::ensure(conn, &regal).unwrap();
    let screen = cinema::ensure_screen(conn, regal, name).unwrap();
    publish_layout(conn, screen, &Plan::parse(PLAN).unwrap()).unwrap();
    screen
}

/// The seats of a show, in lock order.
pub fn seats_of(conn: &mut PgConnection, show: ShowId) -> Vec<SeatId> {
    use diesel::prelude::*;
    use marquee::schema::show_seats;
    let seats = show_seats::table.filter(show_seats::show_id.eq(show)).order(show_seats::seat_id);
    seats.select(show_seats::seat_id).load(conn).unwrap()
}

/// A test as the author of what it does.
pub fn author() -> Author {
    Author { actor: Actor::System("test".into()), request: RequestId(Uuid::now_v7()) }
}

/// A manager in a request of their own.
pub fn staff(conn: &mut PgConnection) -> Staff {
    let email = "manager@regal.example";
    let now = clock::now(conn).unwrap();
    let new = NewPerson { email, name: "Meera", role: Role::Manager, password_hash: "none" };
    person::add(conn, &new, now).unwrap();
    let person = person::find_by_email(conn, email).unwrap().unwrap().id;
    Staff { person, request: RequestId(Uuid::now_v7()) }
}

/// A new visitor's form for these seats.
pub fn form(show: ShowId, seats: &[SeatId]) -> HoldRequest {
    HoldRequest { show, seats: seats.to_vec(), visitor: VisitorId(Uuid::now_v7()), form: FormKey(Uuid::now_v7()) }
}

/// Holds seats for a new visitor under the default policy; its refusal, if refused.
pub fn try_hold(conn: &mut PgConnection, show: ShowId, seats: &[SeatId]) -> Result<Held, HoldRefusal> {
    refused(hold(conn, &form(show, seats), &SalePolicy::default(), &author()))
}

/// Sells seats at the counter, all to adults; its refusal, if refused.
pub fn try_sell(conn: &mut PgConnection, show: ShowId, seats: &[SeatId]) -> Result<Held, CounterRefusal> {
    let seats = seats.iter().map(|seat| (*seat, PriceType::Adult)).collect();
    let sale = CounterSale { show, seats, seller: VisitorId(Uuid::now_v7()), form: FormKey(Uuid::now_v7()) };
    refused(sell_at_counter(conn, &sale, &SalePolicy::at_counter(), &author()))
}

/// A verb's outcome or refusal; a failure of the database fails the test.
pub fn refused<T, R>(ended: Result<T, marquee::db::Stop<R>>) -> Result<T, R> {
    match ended {
        Ok(outcome) => Ok(outcome),
        Err(marquee::db::Stop::Refused(why)) => Err(why),
        Err(marquee::db::Stop::Failed(failure)) => panic!("{failure}"),
    }
}

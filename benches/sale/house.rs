//! Shows of 320 seats to sell, made through the application's own verbs.

use crate::server::Server;
use chrono::Duration;
use diesel::prelude::*;
use marquee::catalogue::cinema::{self, NewCinema};
use marquee::catalogue::movie::{self, Certificate, NewMovie};
use marquee::catalogue::plan::Plan;
use marquee::catalogue::price_list::Prices;
use marquee::catalogue::show::Format;
use marquee::clock;
use marquee::ids::{RequestId, ShowId};
use marquee::ledger::{Actor, Author};
use marquee::programme::publish_layout::publish_layout;
use marquee::programme::schedule::{ShowRequest, schedule};
use marquee::schema::show_seats;
use std::collections::BTreeMap;

const PLAN: &str = include_str!("../../src/demo/plans/gulmohar-1.txt");
/// More than a round can sell.
const SHOWS: i32 = 240;

pub struct House {
    pub shows: Vec<ShowId>,
    /// Seat ids of the layout, the same for every show.
    pub seats: Vec<i64>,
}

/// A new screen with shows of its own for each round, so that every round sells empty houses.
pub fn build(server: &Server, round: usize) -> House {
    let conn = &mut server.connect();
    let city_id = cinema::ensure_city(conn, "bench", "Bench").unwrap();
    let cinema = cinema::ensure(
        conn,
        &NewCinema {
            slug: "bench",
            name: "Bench",
            city_id,
            address: "Nowhere",
            time_zone: "Asia/Kolkata",
            currency: "INR",
            trailer_minutes: 10,
            interval_minutes: 15,
            cleaning_minutes: 15,
        },
    )
    .unwrap();
    let screen = cinema::ensure_screen(conn, cinema, &format!("Screen {round}")).unwrap();
    publish_layout(conn, screen, &Plan::parse(PLAN).unwrap()).unwrap();
    let movie = movie::ensure(
        conn,
        &NewMovie {
            slug: "bench",
            title: "Bench",
            year: 2026,
            director: "Nobody",
            running_minutes: 120,
            certificate: Certificate::U,
            languages: vec!["Hindi"],
            genres: vec!["Drama"],
            synopsis: "A house is sold.",
        },
    )
    .unwrap();
    let prices = Prices { adult: 250_00, child: Some(150_00), senior: Some(200_00) };
    let prices: BTreeMap<_, _> = ["silver", "gold", "platinum"].map(|zone| (zone.to_owned(), prices)).into();
    let author = Author { actor: Actor::System("bench".into()), request: RequestId(uuid::Uuid::now_v7()) };
    let first = clock::now(conn).unwrap() + Duration::hours(1);
    let shows: Vec<ShowId> = (0..SHOWS)
        .map(|number| {
            let request = ShowRequest {
                screen,
                movie,
                starts_at: first + Duration::hours(4) * number,
                language: "Hindi".to_owned(),
                subtitles: None,
                format: Format::TwoD,
                prices: prices.clone(),
            };
            schedule(conn, &request, &author).unwrap()
        })
        .collect();
    let seats = show_seats::table.filter(show_seats::show_id.eq(shows[0])).order(show_seats::seat_id);
    let seats: Vec<i64> = seats.select(show_seats::seat_id).load(conn).unwrap();
    assert_eq!(seats.len(), 320);
    server.settle();
    House { shows, seats }
}

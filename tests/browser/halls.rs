//! A hall that is wider than a phone, busy as on a Friday night.

use crate::support::fixture;
use chrono::Duration;
use diesel::PgConnection;
use diesel::prelude::*;
use marquee::catalogue::movie::{self, Certificate};
use marquee::catalogue::plan::Plan;
use marquee::catalogue::price_list::Prices;
use marquee::catalogue::show::Format;
use marquee::clock;
use marquee::ids::{SeatId, ShowId};
use marquee::programme::block_seats::block_seats;
use marquee::programme::publish_layout::publish_layout;
use marquee::programme::schedule::{ShowRequest, schedule};
use marquee::schema::{seats, show_seats};
use std::collections::BTreeMap;

/// 450 seats in three zones; two aisles, wheelchair bays, recliners.
const PLAN: &str = include_str!("../../src/demo/plans/prism-imax.txt");

pub struct Hall {
    pub show: ShowId,
    by_label: BTreeMap<String, SeatId>,
}

impl Hall {
    /// The seat that guests call `B7`.
    pub fn seat(&self, label: &str) -> SeatId {
        self.by_label[label]
    }

    pub fn seats(&self, labels: &str) -> Vec<SeatId> {
        labels.split_whitespace().map(|label| self.seat(label)).collect()
    }
}

/// An evening in the big hall, with nobody there yet.
pub fn imax(conn: &mut PgConnection) -> Hall {
    let screen = fixture::screen(conn, "Screen 1 IMAX");
    publish_layout(conn, screen, &Plan::parse(PLAN).unwrap()).unwrap();
    let movie = movie::ensure(conn, &fixture::movie("sairat", Certificate::Ua13)).unwrap();
    let starts_at = clock::now(conn).unwrap() + Duration::days(1);
    let price = |adult| Prices { adult, child: Some(adult - 80_00), senior: Some(adult - 50_00) };
    let prices = [("classic", 280_00), ("prime", 380_00), ("royal", 650_00)];
    let request = ShowRequest {
        screen,
        movie,
        starts_at,
        language: "Marathi".to_owned(),
        subtitles: Some("English".to_owned()),
        format: Format::Imax,
        prices: prices.into_iter().map(|(zone, adult)| (zone.to_owned(), price(adult))).collect(),
    };
    let show = schedule(conn, &request, &fixture::author()).unwrap();
    let labels: Vec<(String, i32, SeatId)> = show_seats::table
        .inner_join(seats::table.on(seats::id.eq(show_seats::seat_id)))
        .filter(show_seats::show_id.eq(show))
        .select((seats::row_label, seats::number, seats::id))
        .load(conn)
        .unwrap();
    Hall { show, by_label: labels.into_iter().map(|(row, number, id)| (format!("{row}{number}"), id)).collect() }
}

/// The same with seats sold, held and kept back.
pub fn busy_imax(conn: &mut PgConnection) -> Hall {
    let hall = imax(conn);
    for labels in ["J10 J11 J12 J13", "K14 K15", "L9 L10 L11 L12 L13 L14", "Q4 Q5", "H3 H4 H5", "A1 A2"] {
        fixture::try_sell(conn, hall.show, &hall.seats(labels)).unwrap();
    }
    for labels in ["M12 M13 M14", "N20 N21", "R7 R8", "C12"] {
        fixture::try_hold(conn, hall.show, &hall.seats(labels)).unwrap();
    }
    let staff = fixture::staff(conn);
    block_seats(conn, hall.show, &hall.seats("P1 P2 G1"), "A sprung seat", &staff).unwrap();
    hall
}

//! The reference: pgbench doing the same work with the fewest words, on the same server in the same run.

use crate::house::House;
use crate::server::Server;
use crate::{CLIENTS, ROUND};
use diesel::connection::SimpleConnection;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Seats of the reference's own table: 300 houses of 320 seats, nothing but the columns that the work needs.
const REFERENCE_SCHEMA: &str = "
DROP TABLE IF EXISTS ref_booking_seats, ref_seats, ref_bookings;
CREATE TABLE ref_bookings (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, show_id bigint NOT NULL,
    reference text NOT NULL UNIQUE, status text NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE ref_seats (show_id bigint, seat_id bigint, status text NOT NULL, booking_id bigint,
    locked_at timestamptz, lock_expires_at timestamptz, version integer NOT NULL DEFAULT 0,
    PRIMARY KEY (show_id, seat_id)) WITH (fillfactor = 70);
CREATE TABLE ref_booking_seats (booking_id bigint REFERENCES ref_bookings, show_id bigint, seat_id bigint,
    price bigint NOT NULL, PRIMARY KEY (booking_id, seat_id));
INSERT INTO ref_seats (show_id, seat_id, status)
    SELECT show_id, seat_id, 'available' FROM generate_series(1, 300) show_id, generate_series(1, 320) seat_id;
ANALYZE ref_seats;
";

/// A booking of three seats in six round trips: BEGIN, lock, booking, seats, booking seats, COMMIT.
const SIX_TRIP_BOOKING: &str = "
\\set show random(1, 300)
\\set a random(1, 318)
\\set b :a + 1
\\set c :a + 2
BEGIN;
SELECT seat_id, status, lock_expires_at FROM ref_seats
    WHERE show_id = :show AND seat_id IN (:a, :b, :c) ORDER BY seat_id FOR UPDATE;
INSERT INTO ref_bookings (show_id, reference, status, created_at)
    VALUES (:show, gen_random_uuid()::text, 'created', clock_timestamp()) RETURNING id AS booking \\gset
UPDATE ref_seats SET status = 'locked', booking_id = :booking, locked_at = now(),
    lock_expires_at = now() + interval '10 minutes', version = version + 1
    WHERE show_id = :show AND seat_id IN (:a, :b, :c);
INSERT INTO ref_booking_seats (booking_id, show_id, seat_id, price)
    VALUES (:booking, :show, :a, 25000), (:booking, :show, :b, 25000), (:booking, :show, :c, 25000);
COMMIT;
";

/// Bookings per second.
pub fn six_trip_booking(server: &Server) -> f64 {
    server.connect().batch_execute(REFERENCE_SCHEMA).unwrap();
    pgbench(server, "booking", SIX_TRIP_BOOKING)
}

/// Reads per second of what a seat map needs of 320 seats.
pub fn map_rows(server: &Server, house: &House) -> f64 {
    let (first, last) = (house.shows[0].0, house.shows[house.shows.len() - 1].0);
    let script = format!(
        "\\set show random({first}, {last})
        SELECT ss.seat_id, ss.status, ss.booking_id, ss.locked_at, ss.lock_expires_at, ss.version, ss.block_reason,
               s.row_label, s.number, s.zone, z.name, s.kind, s.grid_row, s.grid_column, s.width
        FROM show_seats ss JOIN seats s ON s.id = ss.seat_id
        JOIN zones z ON z.layout_id = s.layout_id AND z.code = s.zone
        WHERE ss.show_id = :show ORDER BY s.grid_row, s.grid_column;"
    );
    pgbench(server, "map", &script)
}

fn pgbench(server: &Server, name: &str, script: &str) -> f64 {
    let file = std::env::temp_dir().join(format!("marquee-{name}-{}.sql", std::process::id()));
    fs::write(&file, script).unwrap();
    let seconds = ROUND.as_secs().to_string();
    let clients = CLIENTS.to_string();
    let output = Command::new(program())
        .args(["-M", "prepared", "-n", "-c", &clients, "-j", "2", "-T", &seconds, "-f"])
        .arg(&file)
        .arg(server.url())
        .output()
        .expect("pgbench runs");
    let _ = fs::remove_file(&file);
    let told = String::from_utf8_lossy(&output.stdout);
    let rate = told.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.unwrap_or_else(|| panic!("pgbench told no rate: {told}{}", String::from_utf8_lossy(&output.stderr)))
}

/// The newest pgbench where Debian puts it, else the one of the PATH.
fn program() -> PathBuf {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin/pgbench")))
        .filter(|path| path.exists())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| PathBuf::from("pgbench"))
}

use super::*;
use crate::ids::SeatId;

fn seat(id: i64, price_type: PriceType, price: i64) -> BookingSeat {
    BookingSeat {
        seat_id: SeatId(id),
        price_type,
        adult_price: price,
        child_price: Some(price),
        senior_price: Some(price),
        price,
        released_at: None,
    }
}

fn day(year: i32, month: u32, day: u32) -> Instant {
    Utc.with_ymd_and_hms(year, month, day, 12, 0, 0).unwrap()
}

#[test]
fn a_total_is_seats_and_fee_and_the_fees_tax() {
    let seats =
        [seat(1, PriceType::Adult, 250_00), seat(2, PriceType::Adult, 250_00), seat(3, PriceType::Child, 150_00)];
    let quote = quote(&seats, 30_00, 5_40, day(2026, 1, 1));
    assert_eq!(
        quote.lines.iter().map(|line| (line.count, line.sum())).collect::<Vec<_>>(),
        [(2, 500_00), (1, 150_00)]
    );
    assert_eq!((quote.seats, quote.fee, quote.fee_tax, quote.total), (650_00, 90_00, 16_20, 756_20));
}

#[test]
fn tax_inside_a_ticket_goes_by_its_own_price_and_the_day() {
    assert_eq!(ticket_tax(100_00, day(2026, 1, 1)), 4_76);
    assert_eq!(ticket_tax(100_01, day(2026, 1, 1)), 15_26);
    assert_eq!(ticket_tax(100_00, day(2025, 9, 21)), 10_71);
    assert_eq!(fee_tax(30_00, day(2026, 1, 1)), 5_40);
}

#[test]
fn the_new_rates_begin_at_midnight_in_india() {
    let midnight = Utc.with_ymd_and_hms(2025, 9, 21, 18, 30, 0).unwrap();
    assert_eq!(ticket_tax(100_00, midnight), 4_76);
    assert_eq!(ticket_tax(100_00, midnight - chrono::Duration::seconds(1)), 10_71);
}

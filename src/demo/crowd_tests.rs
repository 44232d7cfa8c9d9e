use super::*;
use std::collections::BTreeSet;

/// Ten rows of two blocks of eight with an aisle between; a bay at the left of row 4, in a segment of its own.
fn seats() -> Vec<LaidSeat> {
    let places = (1..=10).flat_map(|row| (1..=17).filter(|column| *column != 9).map(move |column| (row, column)));
    let seat = |(index, (row, column)): (usize, (i32, i32))| {
        let bay = row == 4 && column == 1;
        LaidSeat {
            id: SeatId(index as i64),
            kind: if bay { SeatKind::Wheelchair } else { SeatKind::Standard },
            grid_row: row,
            grid_column: column,
            width: 1,
            segment: row * 10 + i32::from(column > 9) + 2 * i32::from(bay),
        }
    };
    places.enumerate().map(seat).collect()
}

fn seated(groups: &[Vec<SeatId>]) -> BTreeSet<SeatId> {
    groups.iter().flatten().copied().collect()
}

#[test]
fn the_same_seed_seats_the_same_people_and_another_one_others() {
    let seats = seats();
    assert_eq!(groups(&seats, 40, [1; 32]), groups(&seats, 40, [1; 32]));
    assert_ne!(groups(&seats, 40, [1; 32]), groups(&seats, 40, [2; 32]));
}

#[test]
fn nobody_sits_on_anybody_and_the_house_is_as_full_as_it_should_be() {
    let seats = seats();
    for percent in [0, 1, 10, 50, 85, 99, 100] {
        let groups = groups(&seats, percent, [7; 32]);
        let count: usize = groups.iter().map(Vec::len).sum();
        assert_eq!(seated(&groups).len(), count);
        assert_eq!(count, seats.len() * usize::from(percent) / 100, "{percent} %");
    }
}

#[test]
fn groups_sit_together() {
    for group in groups(&seats(), 60, [3; 32]) {
        assert!(group.windows(2).all(|pair| pair[1].0 == pair[0].0 + 1), "{group:?}");
    }
}

#[test]
fn the_back_fills_before_the_front_and_bays_last() {
    let seats = seats();
    let taken = seated(&groups(&seats, 30, [5; 32]));
    let in_rows = |rows: std::ops::RangeInclusive<i32>| {
        seats.iter().filter(|seat| rows.contains(&seat.grid_row) && taken.contains(&seat.id)).count()
    };
    assert!(in_rows(6..=9) > 3 * in_rows(1..=3), "{} and {}", in_rows(6..=9), in_rows(1..=3));
    let bay = seats.iter().find(|seat| seat.kind == SeatKind::Wheelchair).map(|seat| seat.id).unwrap();
    assert!(!seated(&groups(&seats, 99, [5; 32])).contains(&bay));
    assert!(seated(&groups(&seats, 100, [5; 32])).contains(&bay));
}

#[test]
fn a_half_full_house_has_few_lone_seats() {
    let seats = seats();
    let taken = seated(&groups(&seats, 50, [9; 32]));
    let free = |seat: Option<&LaidSeat>, like: &LaidSeat| {
        seat.is_some_and(|seat| seat.segment == like.segment && !taken.contains(&seat.id))
    };
    let lone = |index: usize| {
        let seat = &seats[index];
        let left = index.checked_sub(1).and_then(|left| seats.get(left));
        !taken.contains(&seat.id) && !free(left, seat) && !free(seats.get(index + 1), seat)
    };
    let count = (0..seats.len()).filter(|index| lone(*index)).count();
    assert!(count <= 5, "{count} lone seats");
}

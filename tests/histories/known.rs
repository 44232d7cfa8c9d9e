//! Programs that once went wrong, at their shortest.

use crate::model::Mistakes;
use crate::program::{Edge, Op};
use crate::stage::Stage;

fn agrees(program: &[Op]) {
    let played = Stage::new(None).play(program, Mistakes::default());
    played.unwrap_or_else(|divergence| panic!("{program:?}\n  {}", divergence.what));
}

fn held(seats: &[usize]) -> Op {
    Op::Hold { form: 0, seats: seats.to_vec() }
}

/// It was told that its seats were lost, since it claims none any more.
#[test]
fn paying_for_a_booking_that_was_given_up_is_told_that_it_is_cancelled() {
    agrees(&[held(&[0]), Op::Cancel { booking: 0 }, Op::Pay { booking: 0 }]);
}

/// A lapsed lock was no free seat there.
#[test]
fn unblocking_a_seat_under_a_lapsed_lock_finds_it_free() {
    let lapsed = Op::WaitFor { edge: Edge::LockEnd { booking: 0 }, offset: 0 };
    agrees(&[held(&[0]), lapsed, Op::Unblock { seats: vec![0] }]);
}

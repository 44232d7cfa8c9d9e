//! Which columns a row may fill in: every combination is tried, so that a rule in few words is known to say all of it.

use super::Walls;

/// A column and the value that fills it in.
type Column = (&'static str, &'static str);
/// A status, and the sets of columns that it may fill in, each set in the order of the columns.
type Shapes = [(&'static str, &'static [&'static str])];

/// A kind that no table has: refused in every shape.
const UNKNOWN: (&str, &[&str]) = ("unheard_of", &[]);

/// Tries every kind with every subset of the columns, the others null: what `allowed` lists gets through, and the wall
/// refuses all else.
fn try_every_shape<const N: usize>(
    walls: &mut Walls,
    wall: &str,
    columns: [Column; N],
    allowed: &Shapes,
    statement: impl Fn(&str, [&str; N]) -> String,
) {
    for (kind, shapes) in allowed.iter().chain([&UNKNOWN]) {
        for subset in 0..1 << N {
            let filled = |at: usize| subset & (1 << at) != 0;
            let names: Vec<&str> = (0..N).filter(|at| filled(*at)).map(|at| columns[at].0).collect();
            let values = std::array::from_fn(|at| if filled(at) { columns[at].1 } else { "NULL" });
            let expected = (!shapes.contains(&names.join(" ").as_str())).then(|| wall.to_owned());
            assert_eq!(walls.try_out(&statement(kind, values)), expected, "{kind} with {names:?}");
        }
    }
}

#[test]
fn a_ledger_row_names_exactly_the_ids_of_its_entity() {
    let id = "gen_random_uuid()";
    let columns =
        [("show", "$show"), ("seat", "$A3"), ("booking", "$held"), ("payment", id), ("refund", id), ("ticket", id)];
    let allowed: &Shapes = &[
        ("show", &["show"]),
        ("show_seat", &["show seat"]),
        ("booking", &["show booking"]),
        ("payment", &["booking payment", "show booking payment"]),
        ("refund", &["booking payment refund", "show booking payment refund"]),
        ("ticket", &["show seat booking ticket"]),
    ];
    try_every_shape(&mut Walls::new(), "ledger_names_its_entity", columns, allowed, |entity, ids| {
        format!(
            "INSERT INTO ledger (at, entity, show_id, seat_id, booking_id, payment_id, refund_id, ticket_id,
                                 version, to_status, actor, request_id, cause)
             VALUES (now(), '{entity}', {}, 1000, 'x', 'test', gen_random_uuid(), 'test')",
            ids.join(", ")
        )
    });
}

#[test]
fn a_booking_is_in_one_whole_state() {
    let columns = [
        ("confirmed", "now()"),
        ("cancelled", "now()"),
        ("paid", "(SELECT id FROM payments WHERE booking_id = $sold)"),
        ("amount", "100"),
    ];
    let unpaid = &["", "amount"];
    let allowed: &Shapes = &[
        ("created", unpaid),
        ("expired", unpaid),
        ("confirmed", &["confirmed paid amount"]),
        (
            "cancelled",
            &["cancelled", "cancelled amount", "confirmed cancelled paid", "confirmed cancelled paid amount"],
        ),
    ];
    try_every_shape(&mut Walls::new(), "bookings_state", columns, allowed, |status, values| {
        let [confirmed, cancelled, paid, amount] = values;
        format!(
            "UPDATE bookings SET status = '{status}', confirmed_at = {confirmed}, cancelled_at = {cancelled},
                                 paid_by = {paid}, amount = {amount},
                                 refund_policy = CASE WHEN {amount} IS NOT NULL THEN '[]'::jsonb END
             WHERE id = $sold"
        )
    });
}

#[test]
fn a_seat_of_a_show_fills_in_what_its_status_says() {
    let columns =
        [("owner", "$held"), ("start", "now()"), ("end", "now() + interval '1 hour'"), ("reason", "'broken'")];
    let allowed: &Shapes = &[
        ("available", &[""]),
        ("blocked", &["reason"]),
        ("locked", &["owner start end"]),
        ("booked", &["owner start"]),
    ];
    // Inserted, since the trigger would refuse many of the updates first.
    try_every_shape(&mut Walls::new(), "show_seats_state", columns, allowed, |status, values| {
        format!(
            "DELETE FROM show_seats WHERE show_id = $show AND seat_id = $A3;
             INSERT INTO show_seats (show_id, seat_id, layout_id, version, status, booking_id, locked_at,
                                     lock_expires_at, block_reason)
             SELECT id, $A3, layout_id, 1, '{status}', {} FROM shows WHERE id = $show",
            values.join(", ")
        )
    });
}

#[test]
fn a_bookings_money_is_not_negative() {
    let mut walls = Walls::new();
    let set = |values: &str| format!("UPDATE bookings SET {values} WHERE id = $held");
    for nothing in
        ["fee_per_ticket = 0", "fee_tax_per_ticket = 0", "amount = NULL", "amount = 1, refund_policy = '[]'"]
    {
        walls.accepts(&set(nothing));
    }
    for less in ["fee_per_ticket = -1", "fee_tax_per_ticket = -1", "amount = 0", "amount = -1"] {
        walls.refuses("bookings_state", &set(less));
    }
    // A sum that is not yet frozen excuses no fee.
    walls.refuses("bookings_state", &set("amount = NULL, fee_per_ticket = -1"));
}

#[test]
fn a_seat_goes_only_from_certain_states_to_certain_others() {
    let mut walls = Walls::new();
    let block = "UPDATE show_seats SET status = 'blocked', block_reason = 'x', version = version + 1
                 WHERE show_id = $show AND seat_id = $A4";
    let from = [("available", "$A3"), ("blocked", "$A4"), ("locked", "$B1"), ("booked", "$A1")];
    let kept =
        "booking_id = coalesce(booking_id, $held), locked_at = coalesce(locked_at, now()), block_reason = NULL";
    let none = "booking_id = NULL, locked_at = NULL, lock_expires_at = NULL";
    let to = [
        ("available", format!("{none}, block_reason = NULL")),
        ("blocked", format!("{none}, block_reason = 'x'")),
        ("locked", format!("{kept}, lock_expires_at = coalesce(locked_at, now()) + interval '8 minutes'")),
        ("booked", format!("{kept}, lock_expires_at = NULL")),
    ];
    let steps = [
        ("available", "locked"),
        ("available", "blocked"),
        ("blocked", "available"),
        ("locked", "locked"),
        ("locked", "booked"),
        ("locked", "available"),
        ("booked", "available"),
    ];
    for (old, seat) in from {
        for (new, values) in &to {
            let step = format!(
                "{block}; UPDATE show_seats SET status = '{new}', {values}, version = version + 1
                 WHERE show_id = $show AND seat_id = {seat}"
            );
            let expected = (!steps.contains(&(old, *new))).then(|| "show_seats_legal_transition".to_owned());
            assert_eq!(walls.try_out(&step), expected, "{old} to {new}");
        }
    }
    // A null is no permission: it would be a legal step but for that.
    let legal = "show_seats_legal_transition";
    let blocked = "status = 'blocked', block_reason = 'x'";
    for null in ["version = NULL", "version = version + 1, seat_id = NULL", "version = version + 1, show_id = NULL"] {
        let step = format!("UPDATE show_seats SET {blocked}, {null} WHERE show_id = $show AND seat_id = $A3");
        walls.refuses(legal, &step);
    }
    for null in ["booking_id", "locked_at"] {
        let step = format!(
            "UPDATE show_seats SET status = 'booked', lock_expires_at = NULL, version = version + 1, {null} = NULL
             WHERE show_id = $show AND seat_id = $B1"
        );
        walls.refuses(legal, &step);
    }
}

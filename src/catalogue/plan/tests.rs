use super::*;
use proptest::prelude::*;

const HEAD: &str = "zone s silver Silver\nzone g gold Gold Class\nnumber from left\n";

fn parse(rows: &str) -> Plan {
    Plan::parse(&format!("{HEAD}{rows}")).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn refusals(text: &str) -> Vec<String> {
    Plan::parse(text).expect_err("the plan should be refused").iter().map(ToString::to_string).collect()
}

/// Row label and number, kind, zone, column, width and segment of each seat, in short.
fn seats(plan: &Plan) -> Vec<String> {
    let short = |seat: &PlannedSeat| {
        let PlannedSeat { row_label, number, zone, kind, grid_row, grid_column, width, segment } = seat;
        format!("{row_label}{number} {kind} {zone} {grid_row}/{grid_column}+{width} segment {segment}")
    };
    plan.seats.iter().map(short).collect()
}

#[test]
fn a_plan_reads_like_the_hall() {
    let plan = parse("# the front\nA s .oo.gG=\n-\nB g wco.G=o\n");
    assert_eq!((plan.columns, plan.rows), (7, 3));
    assert_eq!(plan.zones[1], Zone { code: "gold".into(), name: "Gold Class".into(), position: 2 });
    assert_eq!(
        seats(&plan),
        [
            "A1 standard silver 1/2+1 segment 1",
            "A2 standard silver 1/3+1 segment 1",
            "A3 standard gold 1/5+1 segment 2",
            "A4 sofa gold 1/6+2 segment 2",
            "B1 wheelchair gold 3/1+1 segment 3",
            "B2 companion gold 3/2+1 segment 4",
            "B3 standard gold 3/3+1 segment 4",
            "B4 sofa gold 3/5+2 segment 5",
            "B5 standard gold 3/7+1 segment 5",
        ]
    );
}

#[test]
fn numbers_can_run_from_the_right() {
    let plan = Plan::parse("zone s silver Silver\nnumber from right\nA s oo.o\nB s .oo.\n").unwrap();
    let numbers: Vec<_> = plan.seats.iter().map(|seat| seat.number).collect();
    assert_eq!(numbers, [3, 2, 1, 2, 1]);
}

#[test]
fn bays_split_a_row_even_side_by_side() {
    let plan = parse("A s oowwoo\nB g oooooo\n");
    let segments: Vec<_> = plan.seats.iter().map(|seat| seat.segment).collect();
    assert_eq!(segments, [1, 1, 2, 3, 4, 4, 5, 5, 5, 5, 5, 5]);
}

#[test]
fn line_endings_and_indents_do_not_matter() {
    let unix = parse("A s oo\nB g oo\n");
    let text = format!("{HEAD}  A\ts   oo\nB g oo").replace('\n', "\r\n");
    assert_eq!(Plan::parse(&text).unwrap(), unix);
}

#[test]
fn refusals_name_the_line_and_the_remedy() {
    let cases = [
        ("A s oo\nA g oo\n", "line 5: line 4 is row A already: each row has a label of its own"),
        ("a s oo\nB g oo\n", "line 4: \"a\" is no row label: use a capital, and at most two more capitals or digits"),
        ("A p oo\nB g oo\n", "line 4: no zone has the letter \"p\": add `zone p ...` above, or use another"),
        ("A s ooo\nB g oo\n", "line 5: the row is 2 columns wide and the first one 3: fill it up with `.`"),
        (
            "A s ox\nB g oo\n",
            "line 4: column 2: 'x' is neither a zone's letter nor one of `o`, `O`, `=`, `w`, `c` and `.`",
        ),
        ("A s o_\nB g oo\n", "line 4: '_' is not a seat: use `o`, `O`, `=`, `w`, `c`, a zone's letter or `.`"),
        ("A s oé\nB g oo\n", "line 4: 'é' is not a seat: use `o`, `O`, `=`, `w`, `c`, a zone's letter or `.`"),
        ("A s ...\nB g ooo\n", "line 4: row A has no seats: write `-` for a walkway"),
        ("A s o=o\nB g ooo\n", "line 4: column 2: `=` widens a sofa, so a capital must stand before it"),
        ("A s =o\nB g oo\n", "line 4: column 1: `=` widens a sofa, so a capital must stand before it"),
        ("A s O===\nB g oooo\n", "line 4: column 4: a sofa covers at most 3 columns"),
        ("A s w.co\nB g oooo\n", "line 4: column 3: the companion seat `c` must stand beside a bay `w`"),
        ("A s oo\nB s oo\n", "line 2: no seat is in zone gold: remove the line or use its letter"),
        ("A s oo\nnumber from left\nB g oo\n", "line 5: say where seat 1 is before the first row"),
        (
            "number from left\nA s oo\nB g oo\n",
            "line 4: where seat 1 is has been said before: keep one of the two lines",
        ),
        ("zone s stalls Stalls\nA s oo\nB g oo\n", "line 4: line 1 has this letter or code already: choose another"),
        (
            "zone o other Other\nA s oo\nB g oo\n",
            "line 4: a zone's letter is a small letter other than o, w and c, not 'o'",
        ),
        (
            "zone pp plush Plush\nA s oo\nB g oo\n",
            "line 4: \"pp\" must be one letter, which will draw the zone's seats",
        ),
        ("zone p Plush Plush\n", "line 4: \"Plush\" is no zone code: use up to 20 small letters, digits and hyphens"),
        ("zone p plush\nA s oo\n", "line 4: a zone needs a letter, a code and a name, as in `zone g gold Gold`"),
        ("", "line 3: the plan has no row of seats: add one, as in `A g ..oooo..`"),
    ];
    for (rows, expected) in cases {
        let refusals = refusals(&format!("{HEAD}{rows}"));
        assert!(refusals.iter().any(|refusal| refusal == expected), "{rows:?} gave {refusals:#?}, not {expected}");
    }
}

#[test]
fn every_mistake_is_told_at_once_in_order_of_line() {
    let refusals = refusals("zone s silver Silver\nA s oo oo\nB x oo\nC s o?\n");
    let starts: Vec<_> = refusals.iter().map(|refusal| &refusal[..7]).collect();
    assert_eq!(starts, ["line 2:", "line 3:", "line 4:", "line 4:"], "{refusals:#?}");
    assert!(refusals.iter().any(|refusal| refusal.contains("where is seat 1?")), "{refusals:#?}");
}

#[test]
fn an_empty_text_is_refused() {
    assert_eq!(refusals("").len(), 2);
    assert_eq!(refusals("# nothing but a remark\n").len(), 2);
}

#[test]
fn halls_have_limits() {
    let row = |index: usize, width: usize| format!("R{index} s {}\n", "o".repeat(width));
    let hall = |rows: usize, width: usize| {
        let rows: String = (1..=rows).map(|index| row(index, width)).collect();
        Plan::parse(&format!("zone s silver Silver\nnumber from left\n{rows}"))
    };
    assert_eq!(hall(20, 50).unwrap().seats.len(), MAX_SEATS);
    assert_eq!(hall(40, 25).unwrap().seats.len(), MAX_SEATS);
    let message = |result: Result<Plan, Vec<PlanError>>| result.unwrap_err()[0].message.clone();
    assert_eq!(message(hall(21, 50)), "the plan has 1050 seats: at most 1000 are possible");
    assert_eq!(message(hall(41, 2)), "the hall is 41 rows deep: at most 40 are possible");
    assert_eq!(message(hall(2, 61)), "the row is 61 columns wide: at most 60 are possible");
    assert!(message(Plan::parse(&"# long\n".repeat(5_000))).contains("longer than"));
}

#[test]
fn kinds_are_stored_as_words() {
    for kind in [SeatKind::Standard, SeatKind::Sofa, SeatKind::Wheelchair, SeatKind::Companion] {
        assert_eq!(SeatKind::parse(kind.as_str()), Some(kind));
    }
    assert_eq!(SeatKind::parse("throne"), None);
}

#[test]
fn the_canonical_text_is_worth_reading() {
    let text = "zone s silver Silver\nzone g gold Gold Class\nnumber from left\n\nA s .oo.gG=\n-\nB g wco.O=o\n";
    assert_eq!(Plan::parse(text).unwrap().to_string(), text);
}

/// A row of random furniture, exactly `width` columns wide, that keeps the rules of sofas and companions.
fn map(width: usize) -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![".", "o", "oo", "O", "O=", "G==", "w", "wc", "cw", "cwc", "s", "g", "S="]);
    prop::collection::vec(piece, 1..30).prop_map(move |pieces| {
        let mut map = String::new();
        for piece in pieces {
            if map.len() + piece.len() <= width {
                map.push_str(piece);
            }
        }
        format!("{map:.<width$}")
    })
}

proptest! {
    #[test]
    fn a_written_plan_reads_back_the_same(
        maps in (3usize..=MAX_COLUMNS as usize).prop_flat_map(|width| prop::collection::vec(map(width), 1..12)),
        zones in prop::collection::vec("[sg]", 12),
        side in "left|right",
        walkway in 0usize..12,
    ) {
        let mut text = format!("zone s silver Silver\nzone g gold Gold\nnumber from {side}\n");
        for (index, (map, zone)) in maps.iter().zip(&zones).enumerate() {
            if index == walkway {
                text.push_str("-\n");
            }
            text.push_str(&format!("R{index} {zone} {map}\n"));
        }
        if let Ok(plan) = Plan::parse(&text) {
            prop_assert_eq!(Plan::parse(&plan.to_string()), Ok(plan.clone()), "{}", plan);
        } else {
            // Only a zone without seats or a row of bare floor can be wrong with these.
            let errors = Plan::parse(&text).unwrap_err();
            let expected = |e: &PlanError| e.message.contains("no seat is in zone") || e.message.contains("has no seats");
            prop_assert!(errors.iter().all(expected), "{:?}", errors);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(zone [a-z] [a-z]{1,3} X\n|number from left\n|-\n|[A-C] [a-z] [oOwc=.sgG]{1,9}\n|.{0,9}\n){0,12}") {
        if let Ok(plan) = Plan::parse(&text) {
            prop_assert_eq!(Plan::parse(&plan.to_string()), Ok(plan));
        }
    }
}

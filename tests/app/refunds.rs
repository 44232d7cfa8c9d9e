//! Money on its way back: what the gateway says of it, in whatever order and however often, and what staff decide.

use crate::support::fixture::{author, house, refused, staff, try_sell};
use crate::support::money::{self, Started, attempt, paid_booking, paid_event, start_paying, the_refund};
use crate::support::refunds::told;
use crate::support::{TestDatabase, contents, count, database, travel};
use diesel::prelude::*;
use marquee::db::Stop;
use marquee::ids::RefundId;
use marquee::payment::inbox::Effect;
use marquee::payment::refund::{Attempt, Refund, Word};
use marquee::payment::{RefundCause, RefundStatus, payment};
use marquee::programme::Staff;
use marquee::programme::cancel_show::cancel_show;
use marquee::sale::refund::{Decision, StaffRefusal, decide, lease, note, owe};
use marquee::sale::settle;
use uuid::Uuid;

/// A show that was cancelled, the money of one booking owed since.
struct Owed {
    database: TestDatabase,
    conn: PgConnection,
    staff: Staff,
    booking: Started,
}

impl Owed {
    fn new() -> Self {
        let database = database();
        let mut conn = database.connect();
        let house = house(&mut conn);
        let staff = staff(&mut conn);
        let booking = paid_booking(&mut conn, house.show, &house.seats("A1 A2"));
        refused(cancel_show(&mut conn, house.show, "Flooded", &staff)).unwrap();
        Self { database, conn, staff, booking }
    }

    fn refund(&mut self) -> Refund {
        the_refund(&mut self.conn, self.booking.booking)
    }

    fn attempt(&mut self) -> Attempt {
        attempt(&self.refund())
    }

    fn note(&mut self, attempt: Attempt, word: &Word) -> Option<Effect> {
        refused(note(&mut self.conn, attempt, word, &author())).unwrap()
    }

    /// Of the attempt that it is at.
    fn hear(&mut self, word: &Word) -> RefundStatus {
        let id = self.refund().id;
        assert_eq!(told(&mut self.conn, id, |_| word.clone()), Effect::Applied, "{word:?}");
        self.refund().life.status
    }

    fn decide(&mut self, decision: Decision, reason: &str) -> Result<(), StaffRefusal> {
        let id = self.refund().id;
        refused(decide(&mut self.conn, id, decision, reason, &self.staff))
    }

    fn open_cases(&mut self) -> i64 {
        count(&mut self.conn, "SELECT count(*) FROM cases WHERE kind = 'refund_failed' AND closed_at IS NULL")
    }

    /// The statuses that the ledger tells of, in order.
    fn story(&mut self) -> Vec<String> {
        use marquee::schema::ledger;
        let told = ledger::table.filter(ledger::entity.eq("refund")).order(ledger::version);
        let told: Vec<(i32, String)> =
            told.select((ledger::version, ledger::to_status)).load(&mut self.conn).unwrap();
        let versions: Vec<i32> = told.iter().map(|(version, _)| *version).collect();
        assert_eq!(versions, (1..=told.len() as i32).collect::<Vec<_>>());
        assert_eq!(self.refund().life.version, told.len() as i32);
        told.into_iter().map(|(_, status)| status).collect()
    }

    fn unchanged_by(&mut self, act: impl FnOnce(&mut Self)) {
        let before = contents(&self.database);
        act(self);
        assert_eq!(contents(&self.database), before);
    }
}

fn pending(id: &str) -> Word {
    Word::Pending { gateway_id: id.to_owned() }
}

fn succeeded(id: &str) -> Word {
    Word::Succeeded { gateway_id: id.to_owned() }
}

fn failed(id: &str) -> Word {
    Word::Failed { gateway_id: Some(id.to_owned()), reason: "expired_or_canceled_card".to_owned() }
}

fn refusal() -> Word {
    Word::Failed { gateway_id: None, reason: "the charge is disputed".to_owned() }
}

#[test]
fn it_is_requested_then_pending_then_succeeds_and_each_word_counts_once_however_often_it_is_said() {
    let mut owed = Owed::new();
    let (attempt, amount) = (owed.attempt(), owed.booking.amount);
    let refund = owed.refund();
    assert_eq!((refund.life.cause, refund.life.amount), (RefundCause::ShowCancelled, amount));
    for word in [pending("re_1"), succeeded("re_1")] {
        assert_eq!(owed.note(attempt, &word), Some(Effect::Applied));
        owed.unchanged_by(|owed| {
            (0..10).for_each(|_| assert_eq!(owed.note(attempt, &word), Some(Effect::Repeated), "{word:?}"));
        });
    }
    // What was known before it succeeded comes late.
    owed.unchanged_by(|owed| assert_eq!(owed.note(attempt, &pending("re_1")), Some(Effect::Repeated)));
    let done = owed.refund().life;
    assert_eq!((done.status, done.gateway_id.as_deref()), (RefundStatus::Succeeded, Some("re_1")));
    assert_eq!(owed.story(), ["requested", "requested", "succeeded"]);
}

#[test]
fn one_that_is_refused_is_asked_for_under_another_key_three_times_and_then_a_person_is() {
    let mut owed = Owed::new();
    let first = owed.attempt();
    assert_eq!(owed.hear(&refusal()), RefundStatus::Requested);
    let second = owed.attempt();
    assert_ne!(first.to_string(), second.to_string(), "the gateway would repeat its refusal");
    // The first key's word comes once more.
    owed.unchanged_by(|owed| {
        for word in [refusal(), pending("re_1"), succeeded("re_1"), failed("re_1")] {
            assert_eq!(owed.note(first, &word), Some(Effect::Repeated), "{word:?}");
        }
    });
    assert_eq!(owed.hear(&failed("re_2")), RefundStatus::Requested);
    assert_eq!(owed.open_cases(), 0);
    assert_eq!(owed.hear(&refusal()), RefundStatus::NeedsAttention);
    assert_eq!(owed.open_cases(), 1);
    let third = owed.attempt();
    owed.unchanged_by(|owed| assert_eq!(owed.note(third, &refusal()), Some(Effect::Repeated)));
    let failing = ["failed", "requested"];
    let story = [&["requested"][..], &failing, &failing, &["failed", "needs_attention"]].concat();
    assert_eq!(owed.story(), story);
    assert_eq!(refused(lease(&mut owed.conn, 20)).unwrap().len(), 0, "nobody asks the gateway again");
}

#[test]
fn money_that_comes_back_after_it_had_gone_needs_a_person_at_once() {
    let mut owed = Owed::new();
    assert_eq!(owed.hear(&succeeded("re_1")), RefundStatus::Succeeded);
    assert_eq!(owed.hear(&failed("re_1")), RefundStatus::NeedsAttention);
    let back = owed.refund().life;
    assert_eq!((back.attempt, back.ended_at), (1, None));
    assert_eq!(back.failure.as_deref(), Some("expired_or_canceled_card"));
    assert_eq!(owed.open_cases(), 1);
    let attempt = owed.attempt();
    owed.unchanged_by(|owed| {
        for word in [failed("re_1"), succeeded("re_1")] {
            assert_eq!(owed.note(attempt, &word), Some(Effect::Repeated), "{word:?}");
        }
    });
}

/// A gateway forgets a key after a day, and then has two refunds for one attempt.
#[test]
fn the_word_of_another_refund_at_the_gateway_than_the_one_that_is_known_changes_nothing() {
    let mut owed = Owed::new();
    let attempt = owed.attempt();
    owed.hear(&pending("re_1"));
    owed.unchanged_by(|owed| {
        for word in [pending("re_2"), succeeded("re_2"), failed("re_2")] {
            assert_eq!(owed.note(attempt, &word), Some(Effect::Repeated), "{word:?}");
        }
    });
    owed.hear(&succeeded("re_1"));
    owed.unchanged_by(|owed| assert_eq!(owed.note(attempt, &failed("re_2")), Some(Effect::Repeated)));
}

#[test]
fn a_refund_that_is_not_ours_is_nobodys() {
    let mut owed = Owed::new();
    let stranger = Attempt { refund: RefundId(Uuid::now_v7()), number: 1 };
    owed.unchanged_by(|owed| assert_eq!(owed.note(stranger, &succeeded("re_1")), None));
}

#[test]
fn staff_have_it_asked_for_again_or_say_that_it_was_given_back_and_decide_once() {
    let mut owed = Owed::new();
    assert_eq!(owed.decide(Decision::Settled, "Paid by cheque"), Err(StaffRefusal::Underway));
    owed.hear(&succeeded("re_1"));
    assert_eq!(owed.decide(Decision::Retry, "Once more"), Err(StaffRefusal::Underway), "money goes back once");
    owed.hear(&failed("re_1"));
    owed.unchanged_by(|owed| assert_eq!(owed.decide(Decision::Retry, "  "), Err(StaffRefusal::EmptyReason)));

    owed.decide(Decision::Retry, "New card").unwrap();
    let again = owed.refund().life;
    assert_eq!((again.status, again.attempt, again.gateway_id), (RefundStatus::Requested, 2, None));
    assert_eq!(owed.open_cases(), 0);
    assert_eq!(owed.decide(Decision::Retry, "New card"), Err(StaffRefusal::Underway));
    let jobs = refused(lease(&mut owed.conn, 20)).unwrap();
    assert_eq!(jobs.iter().map(|job| job.attempt.number).collect::<Vec<_>>(), [2], "a worker asks at once");

    // The attempt that staff asked for is one of the three.
    for (word, status) in [(refusal(), RefundStatus::Requested), (refusal(), RefundStatus::NeedsAttention)] {
        assert_eq!(owed.hear(&word), status);
    }
    assert_eq!(owed.open_cases(), 1, "another case than the one that was closed");
    owed.decide(Decision::Settled, "Paid by cheque").unwrap();
    assert_eq!(owed.refund().life.status, RefundStatus::SettledByStaff);
    assert_eq!(owed.decide(Decision::Retry, "Once more"), Err(StaffRefusal::Underway));
    let attempt = owed.attempt();
    owed.unchanged_by(|owed| assert_eq!(owed.note(attempt, &succeeded("re_9")), Some(Effect::Repeated)));

    let who = owed.staff.author().actor.to_string();
    let closed = format!(
        "SELECT count(*) FROM cases WHERE closed_by = '{who}' AND resolution IN ('New card', 'Paid by cheque')"
    );
    assert_eq!(count(&mut owed.conn, &closed), 2);
    let unknown = decide(&mut owed.conn, RefundId(Uuid::now_v7()), Decision::Settled, "x", &owed.staff);
    assert_eq!(refused(unknown), Err(StaffRefusal::Unknown));
}

#[test]
fn what_was_taken_at_the_counter_is_given_back_there_by_a_person() {
    let database = database();
    let conn = &mut database.connect();
    let (house, staff) = (house(conn), staff(conn));
    let sold = try_sell(conn, house.show, &house.seats("C1 C2")).unwrap();
    refused(cancel_show(conn, house.show, "Flooded", &staff)).unwrap();
    let booking = marquee::booking::booking::find(conn, &sold.reference).unwrap().unwrap();
    let refund = the_refund(conn, booking.id);
    assert_eq!((refund.life.status, Some(refund.life.amount)), (RefundStatus::NeedsAttention, booking.amount));
    let open = "SELECT count(*) FROM cases WHERE kind = 'owed_at_counter' AND closed_at IS NULL";
    assert_eq!(count(conn, open), 1);
    assert_eq!(refused(lease(conn, 20)).unwrap().len(), 0, "the gateway never saw this money");

    let retry = decide(conn, refund.id, Decision::Retry, "Try", &staff);
    assert_eq!(refused(retry), Err(StaffRefusal::OwedAtCounter));
    refused(decide(conn, refund.id, Decision::Settled, "Cash, signed for", &staff)).unwrap();
    assert_eq!(count(conn, open), 0);
    assert_eq!(the_refund(conn, booking.id).life.status, RefundStatus::SettledByStaff);
}

#[test]
fn one_cause_gives_one_payments_money_back_once() {
    let mut owed = Owed::new();
    let payment = owed.booking.payment;
    owed.unchanged_by(|owed| {
        let again: Result<(), Stop<()>> = marquee::db::transact(&mut owed.conn, |conn| {
            let payment = payment::lock(conn, payment)?;
            let (now, all) = (marquee::clock::now(conn)?, payment.captured().unwrap());
            owe(conn, &payment, RefundCause::ShowCancelled, &all, &author().stamp(now, "test"))?;
            Ok(())
        });
        refused(again).unwrap();
    });
}

#[test]
fn a_lease_ends_by_itself_and_the_question_is_asked_again_less_and_less_often() {
    let mut owed = Owed::new();
    let attempt = owed.attempt();
    let lease = |owed: &mut Owed, by: &str| {
        travel(&owed.database, by);
        let jobs = refused(lease(&mut owed.conn, 20)).unwrap();
        assert!(jobs.iter().all(|job| job.attempt == attempt), "the same key");
        jobs.len()
    };
    // At first after 15 seconds, then after as long as it has waited already, and after 10 minutes at most.
    let asked = [("0", 1), ("10 seconds", 0), ("20 seconds", 1), ("30 seconds", 0), ("1 hour", 1)];
    let later = [("1 hour 9 minutes", 0), ("1 hour 11 minutes", 1)];
    for (by, leased) in asked.into_iter().chain(later) {
        assert_eq!(lease(&mut owed, by), leased, "after {by}");
    }
    owed.hear(&succeeded("re_1"));
    assert_eq!(lease(&mut owed, "10 hours"), 0);
}

#[test]
fn a_wrong_sum_goes_back_as_it_came_and_somebody_is_to_know_why() {
    let database = database();
    let conn = &mut database.connect();
    let house = house(conn);
    for (seats, sum, currency) in [("A1", 1, "inr"), ("A2", 10_000_00, "inr"), ("A3", 235_40, "usd")] {
        let started = start_paying(conn, house.show, &house.seats(seats));
        let event = format!("evt_{seats}");
        let body = paid_event(&event, started.payment, sum, currency);
        refused(settle::receive(conn, &event, "checkout.session.completed", &body)).unwrap();
        assert_eq!(refused(settle::process(conn, &event, &author())).unwrap(), Effect::Applied);
        let refund = the_refund(conn, started.booking).life;
        assert_eq!((refund.cause, refund.amount), (RefundCause::WrongAmount, sum));
        assert_eq!(refund.currency, currency.to_uppercase());
        // The right sum, told of the same payment later, is no other money.
        money::settle(conn, &started);
        assert_eq!(the_refund(conn, started.booking).life.version, 1);
    }
    assert_eq!(count(conn, "SELECT count(*) FROM cases WHERE kind = 'wrong_amount' AND closed_at IS NULL"), 3);
    assert_eq!(count(conn, "SELECT count(*) FROM tickets"), 0);
}

//! Refunds in both books.

use super::{Stage, give_back, stage};
use crate::support::consistency::assert_consistent;
use crate::support::fixture::{author, refused, staff};
use crate::support::travel;
use diesel::prelude::*;
use marquee::errands::reconcile::Fate;
use marquee::ids::RefundId;
use marquee::payment::refund::{Attempt, Word};
use marquee::programme::cancel_show::cancel_show;
use marquee::sale::refund;
use marquee::schema::{payments, refunds};
use marquee::workers::Worker;

#[actix_web::test]
async fn given_back_there_and_not_asked_for_here_is_a_case() {
    let stage = stage();
    stage.pays("A1").await;
    stage.app.turn(Worker::Events).await;
    let intent: Option<String> =
        payments::table.select(payments::payment_intent_id).first(&mut stage.app.database.connect()).unwrap();
    give_back(&stage.app, &[("payment_intent", &intent.unwrap()), ("amount", "100")]).await;
    stage.becomes_one_case("stray_refund").await;
    assert_eq!(stage.count("cases JOIN payments ON payments.id = payment_id"), 1, "it names the payment");
}

impl Stage {
    /// A paid booking of a cancelled show, whose refund nobody has asked for yet.
    async fn owes(&self) -> RefundId {
        self.pays("A1").await;
        self.app.turn(Worker::Events).await;
        let conn = &mut self.app.database.connect();
        let manager = staff(conn);
        refused(cancel_show(conn, self.house.show, "Flooded", &manager)).unwrap();
        refunds::table.select(refunds::id).first(conn).unwrap()
    }
}

#[actix_web::test]
async fn the_gateways_word_about_a_refund_that_was_lost_is_noted() {
    let stage = stage();
    let refund = stage.owes().await;
    // Asked for, and neither its answer nor its event has come.
    let intent: Option<String> =
        payments::table.select(payments::payment_intent_id).first(&mut stage.app.database.connect()).unwrap();
    let attempt = Attempt { refund, number: 1 }.to_string();
    give_back(&stage.app, &[("payment_intent", &intent.unwrap()), ("metadata[refund]", &attempt)]).await;
    let (one, other) = futures_util::join!(stage.finds(), stage.finds());
    assert!(one.iter().chain(&other).all(|found| *found == ("refund_unheard", Fate::Repaired)), "{one:?} {other:?}");
    assert_eq!(stage.count("refunds WHERE status = 'succeeded'"), 1);
    assert_eq!(stage.finds().await, []);
    assert_consistent(&mut stage.app.database.connect());
}

#[actix_web::test]
async fn a_refund_that_is_stuck_is_a_case_until_it_ends() {
    let stage = stage();
    stage.owes().await;
    assert_eq!(stage.finds().await, []);
    travel(&stage.app.database, "2 hours");
    assert_eq!(stage.finds().await, [("refund_stuck", Fate::Case { new: true })]);
    assert_eq!(stage.finds().await, [("refund_stuck", Fate::Case { new: false })]);
    stage.app.turn(Worker::Refunds).await;
    assert_eq!(stage.count("cases WHERE closed_at IS NULL"), 0);
    assert_eq!(stage.finds().await, []);
    assert_consistent(&mut stage.app.database.connect());
}

#[actix_web::test]
async fn a_refund_that_the_gateway_does_not_know_is_a_case() {
    let stage = stage();
    let refund = stage.owes().await;
    let word = Word::Succeeded { gateway_id: "re_nowhere".into() };
    refused(refund::note(&mut stage.app.database.connect(), Attempt { refund, number: 1 }, &word, &author()))
        .unwrap();
    stage.becomes_one_case("missing_at_gateway").await;
}

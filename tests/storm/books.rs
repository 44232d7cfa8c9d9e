//! The gateway's own books beside ours, asked over its API.

use crate::support::{TestApp, count};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// Minor units by the payment's id.
type Sums = BTreeMap<String, i64>;

pub struct Summary {
    captured: i64,
    refunded: i64,
    kept: i64,
    waiting: i64,
    confirmed: i64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rupees = |minor: i64| format!("{}.{:02}", minor / 100, minor % 100);
        write!(
            f,
            "at the gateway: captured {}, refunded {}\nhere: confirmed {}, kept by policy {}, waiting for a person {}",
            rupees(self.captured),
            rupees(self.refunded),
            rupees(self.confirmed),
            rupees(self.kept),
            rupees(self.waiting)
        )
    }
}

/// Every payment's capture and refunds are the same in both books, and the sums come out even.
pub async fn assert_tied(app: &TestApp, conn: &mut PgConnection) -> Summary {
    let captured = captured_there(app).await;
    assert_eq!(
        captured,
        ours(
            conn,
            "SELECT id::text AS payment, captured_amount AS minor FROM payments
                                     WHERE status = 'succeeded' AND captured_amount > 0"
        ),
        "captured"
    );
    let refunded = refunded_there(app, conn).await;
    assert_eq!(
        refunded,
        ours(
            conn,
            "SELECT payment_id::text AS payment, sum(amount)::bigint AS minor FROM refunds
                                     WHERE status = 'succeeded' GROUP BY payment_id"
        ),
        "refunded"
    );
    let summary = Summary {
        captured: captured.values().sum(),
        refunded: refunded.values().sum(),
        confirmed: count(
            conn,
            "SELECT coalesce(sum(amount), 0)::bigint AS count FROM bookings WHERE status = 'confirmed'",
        ),
        kept: count(
            conn,
            "SELECT coalesce(sum(p.captured_amount - r.amount), 0)::bigint AS count FROM refunds AS r
                           JOIN payments AS p ON p.id = r.payment_id WHERE r.cause = 'customer_cancelled'",
        ),
        waiting: count(
            conn,
            "SELECT coalesce(sum(amount), 0)::bigint AS count FROM refunds WHERE status = 'needs_attention'",
        ),
    };
    let accounted = summary.refunded + summary.confirmed + summary.kept + summary.waiting;
    assert_eq!(summary.captured, accounted, "to the paisa: {summary}");
    summary
}

#[derive(QueryableByName)]
struct Sum {
    #[diesel(sql_type = Text)]
    payment: String,
    #[diesel(sql_type = BigInt)]
    minor: i64,
}

fn ours(conn: &mut PgConnection, query: &str) -> Sums {
    let sums: Vec<Sum> = diesel::sql_query(query).load(conn).unwrap();
    sums.into_iter().map(|sum| (sum.payment, sum.minor)).collect()
}

async fn captured_there(app: &TestApp) -> Sums {
    let paid = |session: &&Value| session["payment_status"] == "paid";
    let sessions = list(app, "/v1/checkout/sessions").await;
    sessions
        .iter()
        .filter(paid)
        .map(|session| {
            (session["client_reference_id"].as_str().unwrap().to_owned(), session["amount_total"].as_i64().unwrap())
        })
        .collect()
}

/// A refund names the charge; ours is found by it.
async fn refunded_there(app: &TestApp, conn: &mut PgConnection) -> Sums {
    let intents: BTreeMap<String, String> = {
        use marquee::schema::payments;
        let rows: Vec<(Option<String>, marquee::ids::PaymentId)> =
            payments::table.select((payments::payment_intent_id, payments::id)).load(conn).unwrap();
        rows.into_iter().filter_map(|(intent, id)| Some((intent?, id.to_string()))).collect()
    };
    let mut sums = Sums::new();
    for refund in list(app, "/v1/refunds").await.iter().filter(|refund| refund["status"] == "succeeded") {
        let payment = &intents[refund["payment_intent"].as_str().unwrap()];
        *sums.entry(payment.clone()).or_default() += refund["amount"].as_i64().unwrap();
    }
    sums
}

async fn list(app: &TestApp, path: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let after = all.last().map(|last| format!("&starting_after={}", last["id"].as_str().unwrap()));
        let path = format!("{path}?limit=100{}", after.unwrap_or_default());
        let page: Value = app.ask_gateway(Method::GET, &path).send().await.unwrap().json().await.unwrap();
        all.extend(page["data"].as_array().unwrap_or_else(|| panic!("{page}")).iter().cloned());
        if page["has_more"] == false {
            return all;
        }
    }
}

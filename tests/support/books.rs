//! The gateway's own books beside ours, asked over its API.

use crate::support::count;
use crate::support::gateway_api::GatewayApi;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
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
///
/// # Errors
/// Says what differs.
pub async fn tied(gateway: &GatewayApi, conn: &mut PgConnection) -> Result<Summary, String> {
    let captured = same(
        "captured",
        captured_there(gateway).await,
        ours(
            conn,
            "SELECT id::text AS payment, captured_amount AS minor FROM payments
             WHERE status = 'succeeded' AND captured_amount > 0",
        ),
    )?;
    let refunded = same(
        "refunded",
        refunded_there(gateway, conn).await,
        ours(
            conn,
            "SELECT payment_id::text AS payment, sum(amount)::bigint AS minor FROM refunds
             WHERE status = 'succeeded' GROUP BY payment_id",
        ),
    )?;
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
    if summary.captured == accounted { Ok(summary) } else { Err(format!("not even to the paisa: {summary}")) }
}

fn same(what: &str, there: Sums, here: Sums) -> Result<Sums, String> {
    if there == here {
        return Ok(there);
    }
    let differs = |(payment, minor): &(&String, &i64), other: &Sums| other.get(*payment) != Some(*minor);
    let there_only: Vec<_> = there.iter().filter(|sum| differs(sum, &here)).collect();
    let here_only: Vec<_> = here.iter().filter(|sum| differs(sum, &there)).collect();
    Err(format!("{what}: at the gateway {there_only:?}, here {here_only:?}"))
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

async fn captured_there(gateway: &GatewayApi) -> Sums {
    let paid = |session: &&Value| session["payment_status"] == "paid";
    let sessions = gateway.list("/v1/checkout/sessions").await;
    sessions
        .iter()
        .filter(paid)
        .map(|session| {
            (session["client_reference_id"].as_str().unwrap().to_owned(), session["amount_total"].as_i64().unwrap())
        })
        .collect()
}

/// A refund names the charge; ours is found by it.
async fn refunded_there(gateway: &GatewayApi, conn: &mut PgConnection) -> Sums {
    let intents: BTreeMap<String, String> = {
        use marquee::schema::payments;
        let rows: Vec<(Option<String>, marquee::ids::PaymentId)> =
            payments::table.select((payments::payment_intent_id, payments::id)).load(conn).unwrap();
        rows.into_iter().filter_map(|(intent, id)| Some((intent?, id.to_string()))).collect()
    };
    let mut sums = Sums::new();
    for refund in gateway.list("/v1/refunds").await.iter().filter(|refund| refund["status"] == "succeeded") {
        let payment = &intents[refund["payment_intent"].as_str().unwrap()];
        *sums.entry(payment.clone()).or_default() += refund["amount"].as_i64().unwrap();
    }
    sums
}

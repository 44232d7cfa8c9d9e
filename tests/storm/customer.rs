//! One customer: chooses seats, pays or does not, and does what customers do.

use crate::support::shows::OnSale;
use crate::support::tally::Tally;
use crate::support::{Browser, Page, TestApp};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use std::time::Duration;

/// Tries before a customer goes home: for free seats, and for a gateway that answers.
const TRIES: usize = 8;
const CARD: (&str, &str) = ("card", "visa");

pub struct Customer<'a> {
    browser: Browser,
    shows: &'a [OnSale],
    tally: &'a Tally,
    dice: StdRng,
}

impl<'a> Customer<'a> {
    /// Chooses as every customer of this seed and number does.
    pub fn new(app: &TestApp, shows: &'a [OnSale], tally: &'a Tally, seed: u64, number: u64) -> Self {
        let dice = StdRng::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(number));
        Self { browser: app.browser(), shows, tally, dice }
    }

    pub async fn buys(mut self) {
        let Some(booking) = self.hold().await else { return self.tally.add("found no seats") };
        let Some(session) = self.start_payment(&booking).await else { return self.tally.add("could not pay") };
        match self.dice.random_range(0..100) {
            0..60 => self.pay(&session).await,
            60..70 => {
                self.submit(&session, &[("card", "visa_declined")]).await;
                self.pay(&session).await;
                self.tally.add("declined, then paid");
            }
            70..78 => self.tally.add("left"),
            78..84 => self.pay_in_two_tabs(&booking, &session).await,
            84..90 => {
                self.give_up(&booking).await;
                self.pay(&session).await;
                self.tally.add("gave up and paid");
            }
            _ => {
                self.pay(&session).await;
                self.give_back(&booking).await;
            }
        }
        // Wherever it stands, the page says so.
        let page = self.browser.get(&booking).await;
        assert_eq!(page.status, 200, "{}", page.body);
    }

    /// The path of a booking of one to four seats.
    async fn hold(&mut self) -> Option<String> {
        for _ in 0..TRIES {
            let show = self.shows.choose(&mut self.dice)?;
            let first = self.dice.random_range(0..show.seats.len());
            let party = self.dice.random_range(1..=4);
            let seats: Vec<i64> = show.seats.iter().skip(first).take(party).map(|seat| seat.0).collect();
            let answer = self.browser.hold(show.id.0, &seats).await;
            match answer.status.as_u16() {
                303 => {
                    self.tally.add("held");
                    return Some(answer.leads_to().to_owned());
                }
                409 => self.tally.add("seats were gone"),
                503 => self.tally.add("database was busy"),
                other => panic!("a hold was answered {other}: {}", answer.body),
            }
        }
        None
    }

    /// The gateway's page for a booking.
    async fn start_payment(&mut self, booking: &str) -> Option<String> {
        for _ in 0..TRIES {
            let checkout = self.browser.get(booking).await;
            let Some(token) = token(&checkout) else { break };
            let form = [("token", token.as_str()), ("name", "Asha Rao"), ("email", "asha@example.com")];
            let answer = self.browser.post(&format!("{booking}/payments"), &form).await;
            match answer.status.as_u16() {
                303 => {
                    self.tally.add("sent to pay");
                    return Some(answer.leads_to().to_owned());
                }
                503 => self.tally.add("gateway did not answer"),
                // The clock has jumped.
                409 => break,
                other => panic!("a payment was answered {other}: {}", answer.body),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        None
    }

    async fn submit(&self, session: &str, form: &[(&str, &str)]) -> Page {
        let form: Vec<_> = [("method", "card")].into_iter().chain(form.iter().copied()).collect();
        self.browser.post(session, &form).await
    }

    async fn pay(&self, session: &str) {
        let page = self.submit(session, &[CARD]).await;
        self.tally.add(if page.status == 303 { "paid" } else { "was too late to pay" });
    }

    /// The same page twice, and both are sent.
    async fn pay_in_two_tabs(&mut self, booking: &str, session: &str) {
        let other = self.start_payment(booking).await;
        let (one, two) = (self.pay(session), async {
            if let Some(other) = &other {
                self.pay(other).await;
            }
        });
        futures_util::join!(one, two);
        self.tally.add("paid in two tabs");
    }

    async fn give_up(&self, booking: &str) {
        let checkout = self.browser.get(booking).await;
        if let Some(token) = token(&checkout) {
            self.browser.post(&format!("{booking}/cancellation"), &[("token", &token)]).await;
        }
    }

    /// Waits for the tickets and gives them back for what is quoted.
    async fn give_back(&self, booking: &str) {
        for _ in 0..40 {
            let quote = self.browser.get(&format!("{booking}/cancellation")).await;
            let (token, refund) = (token(&quote), field(&quote, "agreed"));
            if let (200, Some(token), Some(refund)) = (quote.status.as_u16(), token, refund) {
                let form = [("token", token.as_str()), ("agreed", refund.as_str())];
                let answer = self.browser.post(&format!("{booking}/cancellation"), &form).await;
                assert_eq!(answer.status, 303, "{}", answer.body);
                return self.tally.add("gave back");
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        self.tally.add("never got tickets to give back");
    }
}

fn field(page: &Page, name: &str) -> Option<String> {
    page.attributes(&format!("[name='{name}']"), "value").into_iter().next()
}

/// None where the page has no form.
fn token(page: &Page) -> Option<String> {
    field(page, "token")
}

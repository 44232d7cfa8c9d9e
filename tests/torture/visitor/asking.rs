//! What visitors ask for: pages, seats, and an end.

use super::{HELD, HOLDS, Reply, TOLD_WITHIN, Visitor};
use crate::journal::{Ask, Map, Said, Seat, Show, State};
use crate::pages::{self, Labels};
use rand::RngExt;
use std::time::Instant;
use uuid::Uuid;

/// What became of a wish for seats.
pub enum Wish {
    Held(String),
    Lost,
    /// Told that nothing was changed, and gone.
    GivenUp,
}

impl Visitor<'_> {
    /// Opens a show's page: becomes known, with the token that is on all forms of the visitor. The map that is on it.
    pub async fn come(&mut self, show: Show) -> Map {
        let path = format!("/shows/{show}");
        let body = self.look(Ask::Map { show }, &path, |_, body| Some(Said::Map(pages::map(body)))).await;
        self.token = pages::field(&body, "token").unwrap_or_default();
        pages::map(&body)
    }

    /// How the booking's page says that it stands.
    pub async fn look_at_booking(&mut self, reference: &str) -> Option<State> {
        let path = format!("/bookings/{reference}");
        let labels = self.world.labels();
        let read = |labels: &Labels, body: &str| {
            let (seats, state) = pages::booking(body, labels)?;
            Some(Said::Booking { seats, state })
        };
        let body = self.look(Ask::Page { reference: reference.to_owned() }, &path, read).await;
        pages::booking(&body, &Labels(&labels)).map(|(_, state)| state)
    }

    /// A page that no promise is about, which the journal does not tell of; empty where there is none.
    pub async fn fetch(&mut self, path: &str) -> String {
        let began = Instant::now();
        while began.elapsed() < TOLD_WITHIN {
            match self.send(self.get(path)).await {
                Some(reply) if reply.status == 200 => return reply.body,
                Some(reply) if reply.status < 500 => break,
                _ => self.pause().await,
            }
        }
        String::new()
    }

    /// Looks until there is a page: its body.
    pub async fn look(&mut self, ask: Ask, path: &str, read: impl Fn(&Labels, &str) -> Option<Said>) -> String {
        let labels = self.world.labels();
        loop {
            let reply = self.told(
                ask.clone(),
                |visitor| visitor.get(path),
                |reply| match reply.status {
                    200 => read(&Labels(&labels), &reply.body),
                    503 => Some(Said::Refused),
                    _ => None,
                },
            );
            match reply.await {
                Some(reply) if reply.status == 503 => self.come_later().await,
                Some(reply) => return reply.body,
                None => return String::new(),
            }
        }
    }

    pub async fn look_at_map(&mut self, show: Show) {
        let path = format!("/shows/{show}/seats");
        self.look(Ask::Map { show }, &path, |_, body| Some(Said::Map(pages::map(body)))).await;
    }

    /// One form for these seats, sent until it is known what became of it.
    pub async fn hold(&mut self, show: Show, seats: &[Seat]) -> Wish {
        let form = Uuid::from_u128(self.dice.random()).to_string();
        let path = format!("/shows/{show}/bookings");
        let fields: Vec<(&str, String)> = [("token", self.token.clone()), ("form_key", form.clone())]
            .into_iter()
            .chain(seats.iter().map(|seat| ("seat", seat.to_string())))
            .collect();
        let labels = self.world.labels();
        self.world.watch.met.add(HOLDS);
        let mut sendings = 0;
        loop {
            let ask = Ask::Hold { show, seats: seats.to_vec(), form: form.clone() };
            let reply = self.told(
                ask,
                |visitor| visitor.post(&path, &fields),
                |reply| match reply.status {
                    303 => Some(Said::Held { reference: reference(reply.location.as_deref()?)? }),
                    409 if reply.body.contains("just went</h2>") => {
                        Some(Said::Lost { seats: pages::lost(&reply.body, &Labels(&labels)) })
                    }
                    503 => Some(Said::Refused),
                    _ => None,
                },
            );
            let Some(reply) = reply.await else { return Wish::GivenUp };
            sendings += reply.sendings;
            match reply.status {
                303 => {
                    self.world.watch.met.add(HELD);
                    return Wish::Held(reference(reply.location.as_deref().unwrap_or_default()).unwrap_or_default());
                }
                409 => return Wish::Lost,
                // Some take the page's word that nothing was changed. One of the earlier sendings may have been done, so
                // only who sent the form once may believe it.
                _ if sendings == 1 && self.dice.random_bool(0.3) => return Wish::GivenUp,
                _ => self.come_later().await,
            }
        }
    }

    /// Gives seats back that were not paid for.
    pub async fn give_up(&mut self, reference: &str) {
        let token = self.token.clone();
        self.cancel(reference, vec![("token", token)]).await;
    }

    pub async fn cancel(&mut self, reference: &str, fields: Vec<(&'static str, String)>) -> Option<Reply> {
        let path = format!("/bookings/{reference}/cancellation");
        loop {
            let ask = Ask::Cancel { reference: reference.to_owned() };
            let reply = self.told(
                ask,
                |visitor| visitor.post(&path, &fields),
                |reply| match reply.status {
                    303 => Some(Said::Done),
                    409 | 503 => Some(Said::Refused),
                    _ => None,
                },
            );
            match reply.await {
                Some(reply) if reply.status == 503 => self.come_later().await,
                told => return told,
            }
        }
    }
}

/// `/bookings/K7QM2XPD` names one.
fn reference(path: &str) -> Option<String> {
    let named = path.split_once("/bookings/")?.1;
    named.split(['/', '?']).next().map(str::to_owned)
}

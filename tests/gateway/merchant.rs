//! A merchant's server that takes webhooks.

use crate::test_gateway::WEBHOOK_SECRET;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use std::sync::Mutex;
use std::time::Duration;
use stripe_webhook::{Event, Webhook, WebhookError};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A webhook as it came in.
#[derive(Debug)]
pub struct Received {
    pub signature: String,
    pub body: String,
}

impl Received {
    /// Verified and parsed by the official library.
    pub fn event(&self) -> Event {
        self.verify().unwrap()
    }

    pub fn verify(&self) -> Result<Event, WebhookError> {
        Webhook::construct_event(&self.body, &self.signature, WEBHOOK_SECRET)
    }
}

/// In place of an answer: the merchant takes the webhook and then says nothing.
pub const NEVER: u16 = 0;

struct Inbox {
    sender: UnboundedSender<Received>,
    /// Whether what does not verify is refused.
    careful: bool,
    /// Answers to give first; 200 when they are used up.
    answers: Mutex<Vec<u16>>,
}

async fn receive(inbox: web::Data<Inbox>, request: HttpRequest, body: String) -> HttpResponse {
    let signature = request.headers().get("Stripe-Signature").unwrap().to_str().unwrap().to_owned();
    let received = Received { signature, body };
    let refused = inbox.careful && received.verify().is_err();
    let status = if refused { 400 } else { inbox.answers.lock().unwrap().pop().unwrap_or(200) };
    inbox.sender.send(received).unwrap();
    if status == NEVER {
        std::future::pending::<()>().await;
    }
    HttpResponse::build(status.try_into().unwrap()).finish()
}

/// A merchant's server that gives these answers, the last of them first.
pub fn merchant(answers: &[u16]) -> (String, UnboundedReceiver<Received>) {
    serve(false, answers)
}

/// A merchant's server that takes what the gateway's settings have signed just now, and refuses all else.
pub fn careful_merchant() -> (String, UnboundedReceiver<Received>) {
    serve(true, &[])
}

fn serve(careful: bool, answers: &[u16]) -> (String, UnboundedReceiver<Received>) {
    let (sender, received) = unbounded_channel();
    let inbox = web::Data::new(Inbox { sender, careful, answers: Mutex::new(answers.to_vec()) });
    let app = move || App::new().app_data(inbox.clone()).route("/hook", web::post().to(receive));
    let server = HttpServer::new(app).workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/hook", server.addrs()[0]);
    actix_web::rt::spawn(server.run());
    (url, received)
}

pub async fn next(received: &mut UnboundedReceiver<Received>) -> Received {
    tokio::time::timeout(Duration::from_secs(15), received.recv()).await.expect("no webhook came").unwrap()
}

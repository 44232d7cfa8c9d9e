//! `marquee mock-gateway`: runs the mock payment gateway until SIGINT or SIGTERM.

use crate::mock_gateway::{MockGateway, Options, is_event_kind};
use chrono::TimeDelta;
use clap::{Args, value_parser};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// How long requests and webhooks may take to finish once the parent is gone.
const LAST_REQUESTS: Duration = Duration::from_secs(3);

/// Banks may take days to answer, in seconds.
const LONGEST_SETTLEMENT: i64 = 14 * 24 * 3600;

/// Run the mock payment gateway: Stripe's wire format, hosted payment pages, signed webhooks; no real money or cards
#[derive(Debug, Args)]
pub struct MockGatewayArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, env = "MARQUEE_GATEWAY_LISTEN", default_value = "127.0.0.1:8090", value_name = "ADDRESS")]
    listen: SocketAddr,

    /// PostgreSQL URL of the gateway's own database; it is created if it is missing
    #[arg(long, env = "MARQUEE_GATEWAY_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: String,

    /// How customers' browsers reach the gateway [default: http:// and the address it listens on]
    #[arg(long, env = "MARQUEE_GATEWAY_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,

    /// API key that merchants must send
    #[arg(long, env = "MARQUEE_GATEWAY_SECRET_KEY", value_name = "KEY", hide_env_values = true)]
    secret_key: String,

    /// Where events are sent; without it they are kept but not sent
    #[arg(long, env = "MARQUEE_GATEWAY_WEBHOOK_URL", value_name = "URL")]
    webhook_url: Option<String>,

    /// Kinds of events that are sent, with commas between; `*` is all of them
    #[arg(long, env = "MARQUEE_GATEWAY_WEBHOOK_EVENTS", default_value = "*", value_delimiter = ',', value_name = "KIND", value_parser = kind)]
    webhook_events: Vec<String>,

    /// Secret that signs the webhooks, shared with their receiver
    #[arg(long, env = "MARQUEE_GATEWAY_WEBHOOK_SECRET", value_name = "SECRET", hide_env_values = true)]
    webhook_secret: String,

    /// Who the payment page says is being paid
    #[arg(long, env = "MARQUEE_GATEWAY_MERCHANT_NAME", default_value = "Marquee Cinemas", value_name = "NAME")]
    merchant_name: String,

    /// How long payments take whose bank answers later
    #[arg(long, env = "MARQUEE_GATEWAY_SETTLES_AFTER", default_value_t = 8, value_name = "SECONDS", value_parser = value_parser!(i64).range(0..=LONGEST_SETTLEMENT))]
    settles_after: i64,

    /// Stop when standard input ends: a parent process that holds the other end takes the gateway with it
    #[arg(long)]
    stop_when_stdin_closes: bool,
}

fn kind(text: &str) -> Result<String, &'static str> {
    is_event_kind(text).then(|| text.to_owned()).ok_or("a kind is `*`, or words with dots between them")
}

/// Serves until a signal asks it to stop; requests and webhooks under way are finished first.
pub async fn run(args: MockGatewayArgs) -> Result<(), Box<dyn std::error::Error>> {
    let options = Options {
        listen: args.listen,
        database_url: args.database_url,
        public_url: args.public_url,
        secret_key: args.secret_key,
        webhook_url: args.webhook_url,
        webhook_events: args.webhook_events,
        webhook_secret: args.webhook_secret,
        merchant_name: args.merchant_name,
        settles_after: TimeDelta::seconds(args.settles_after),
    };
    let parent_gone = args.stop_when_stdin_closes.then(stdin_closed);
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let gateway = MockGateway::build(options).await?;
    println!("Mock payment gateway (test mode, no real money) at {}", gateway.url());
    let handle = gateway.handle();
    actix_web::rt::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = async { match parent_gone { Some(gone) => gone.await, None => std::future::pending().await } } => {}
        }
        handle.stop().await;
    });
    gateway.run().await?;
    Ok(())
}

/// Resolves when standard input has ended, read on a thread of its own so that nothing waits for it at exit.
fn stdin_closed() -> oneshot::Receiver<()> {
    let (closed, gone) = oneshot::channel();
    std::thread::spawn(move || {
        // An error says the same as the end: nobody is there any more.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = closed.send(());
        // Nobody is left to insist, so what is under way gets this long and no longer.
        std::thread::sleep(LAST_REQUESTS);
        std::process::exit(0);
    });
    gone
}

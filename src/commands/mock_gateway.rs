//! `marquee mock-gateway`: the payment gateway as a process of its own.

use actix_web::{App, HttpServer, web};
use std::error::Error;
use std::io::Read;
use std::net::SocketAddr;

/// Run the mock payment gateway.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Where to listen
    #[arg(long, env = "MARQUEE_GATEWAY_LISTEN", default_value = "127.0.0.1:8081")]
    listen: SocketAddr,

    /// Stop when standard input closes, as it does when the process that holds its other end is gone
    #[arg(long)]
    stop_when_stdin_closes: bool,
}

pub async fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let server = HttpServer::new(|| App::new().route("/", web::get().to(async || "The gateway"))).workers(1);
    let server = server.bind(options.listen)?.run();
    if options.stop_when_stdin_closes {
        let handle = server.handle();
        std::thread::spawn(move || {
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            drop(handle.stop(false));
        });
    }
    Ok(server.await?)
}

//! Where the demo listens.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
/// How many ports after the default one are tried.
const TRIES: u16 = 100;

#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    #[error("{0} is in use by another program. Choose another address with --listen or MARQUEE_LISTEN.")]
    Taken(SocketAddr),
    #[error("cannot listen on {0}: {1}")]
    Refused(SocketAddr, io::Error),
    #[error("no port is free from {0} to {1}. Choose one with --listen or MARQUEE_LISTEN.")]
    NoneFree(u16, u16),
}

/// A chosen address is kept to; the default one gives way to the next free port, and says so.
///
/// The listener is returned open, so that nobody takes the port before the application serves on it.
pub fn listen(chosen: Option<SocketAddr>) -> Result<TcpListener, AddressError> {
    if let Some(address) = chosen {
        return bind(address);
    }
    let listener = next_free(DEFAULT)?;
    if let Ok(address) = listener.local_addr()
        && address != DEFAULT
    {
        println!("Port {} is taken, so this is on port {}.", DEFAULT.port(), address.port());
    }
    Ok(listener)
}

/// Listens on the first free port from this one on.
pub fn next_free(from: SocketAddr) -> Result<TcpListener, AddressError> {
    let last = from.port().saturating_add(TRIES);
    for port in from.port()..=last {
        match bind(SocketAddr::new(from.ip(), port)) {
            Err(AddressError::Taken(_)) => {}
            bound_or_refused => return bound_or_refused,
        }
    }
    Err(AddressError::NoneFree(from.port(), last))
}

/// Where a program on this machine reaches a listener: one that listens on every address is reached by loopback.
pub fn reachable(listening: SocketAddr) -> SocketAddr {
    match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), listening.port()),
        IpAddr::V6(ip) if ip.is_unspecified() => SocketAddr::new(Ipv6Addr::LOCALHOST.into(), listening.port()),
        _ => listening,
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, AddressError> {
    TcpListener::bind(address).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => AddressError::Taken(address),
        _ => AddressError::Refused(address, error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_port_that_is_taken_is_named_and_a_default_one_gives_way() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let refusal = listen(Some(address)).unwrap_err().to_string();
        assert!(refusal.contains(&address.to_string()), "{refusal}");
        assert_ne!(next_free(address).unwrap().local_addr().unwrap(), address);
    }
}

//! Where the servers of a file listen: no two at one place.

use std::net::{IpAddr, SocketAddr};

/// An address that a line of the file asks for. Each is listened on by TCP; `listen` by UDP too.
pub(super) struct Place {
    /// The server.
    pub name: String,
    /// The word of the file.
    pub word: &'static str,
    pub local: SocketAddr,
    /// From 1.
    pub line: usize,
}

/// Refuses a second server, or a second door of one, at an address and port that another has.
pub(super) fn refuse_twice(places: &[Place]) -> Result<(), String> {
    for (at, place) in places.iter().enumerate() {
        let other = places[..at]
            .iter()
            .find(|other| meet(other.local, place.local));
        let Some(other) = other else {
            continue;
        };
        let through = match other.local == place.local {
            true => String::new(),
            false => format!(" through {}", other.local),
        };
        return Err(format!(
            "line {}, {}: `{}` of {} in line {} has {} already{through}; give one of them another address or port",
            place.line, place.name, other.word, other.name, other.line, place.local
        ));
    }
    Ok(())
}

/// Whether two sockets would want the same datagrams or connections. Port 0 is any that is free.
fn meet(one: SocketAddr, other: SocketAddr) -> bool {
    if one.port() != other.port() || one.port() == 0 {
        return false;
    }
    let (one, other) = (one.ip(), other.ip());
    one.to_canonical() == other.to_canonical() || takes_in(one, other) || takes_in(other, one)
}

/// Whether `wide` is all addresses and `one` is among them; `::` takes IPv4 too.
fn takes_in(wide: IpAddr, one: IpAddr) -> bool {
    wide.is_unspecified() && (wide.is_ipv6() || one.to_canonical().is_ipv4())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_meet_where_the_system_would_refuse_the_second() {
        let cases = [
            ("127.0.0.1:53", "127.0.0.1:53", true),
            ("127.0.0.1:53", "127.0.0.1:54", false),
            ("127.0.0.1:53", "127.0.0.2:53", false),
            ("127.0.0.1:0", "127.0.0.1:0", false),
            ("0.0.0.0:53", "127.0.0.1:53", true),
            ("127.0.0.1:53", "[::]:53", true),
            ("[::1]:53", "0.0.0.0:53", false),
            ("[::]:53", "[::1]:53", true),
            ("[::ffff:127.0.0.1]:53", "127.0.0.1:53", true),
        ];
        for (one, other, wanted) in cases {
            let (one, other) = (one.parse().unwrap(), other.parse().unwrap());
            assert_eq!(meet(one, other), wanted, "{one} {other}");
            assert_eq!(meet(other, one), wanted, "{other} {one}");
        }
    }
}

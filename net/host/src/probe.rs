//! One probe with a small hop limit: a TCP connection attempt whose error the kernel explains.

use crate::{
    error_queue::{self, QueuedError},
    host_port::Near,
};
use socket2::{Domain, Protocol, Socket, Type};
use std::{io, net::SocketAddr, os::fd::AsRawFd, time::Duration};
use thru_events::{Cause, Provenance, ip::IpEvent};
use thru_port::ProbeAnswer;
use tokio::net::TcpStream;

/// Sends the probe and waits at most `limit`.
pub(crate) async fn probe(
    near: Near,
    remote: SocketAddr,
    ttl: u8,
    limit: Duration,
    cause: Cause,
) -> ProbeAnswer {
    let began = near.now();
    let (answer, said) = match attempt(remote, ttl, limit).await {
        Ok(answer) => answer,
        Err(error) => return ProbeAnswer::Impossible(error.to_string()),
    };
    let tap = near.tap.known_as(Provenance::Reported);
    let rtt_us = near.now().since(began).as_micros() as u64;
    let said = || said.into();
    match answer {
        ProbeAnswer::Hop(hop) | ProbeAnswer::Unreachable(hop) => {
            tap.emit(cause, || IpEvent::HopAnswered {
                remote,
                ttl,
                hop,
                said: said(),
                rtt_us,
            })
        }
        ProbeAnswer::Destination(_) => tap.emit(cause, || IpEvent::DestinationAnswered {
            remote,
            ttl,
            said: said(),
            rtt_us,
        }),
        ProbeAnswer::Silence => tap.emit(cause, || IpEvent::HopSilent { remote, ttl }),
        // The kernel's own refusal says nothing of the way.
        ProbeAnswer::Impossible(_) => None,
    };
    answer
}

/// An answer and what was said, in a word or two.
type Said = (ProbeAnswer, &'static str);

async fn attempt(remote: SocketAddr, ttl: u8, limit: Duration) -> io::Result<Said> {
    let socket = Socket::new(
        Domain::for_address(remote),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_nonblocking(true)?;
    match remote {
        SocketAddr::V4(_) => socket.set_ttl_v4(u32::from(ttl))?,
        SocketAddr::V6(_) => socket.set_unicast_hops_v6(u32::from(ttl))?,
    }
    error_queue::ask_for_errors(socket.as_raw_fd(), remote.is_ipv6())?;
    match socket.connect(&remote.into()) {
        Ok(()) => return Ok((ProbeAnswer::Destination(remote.ip()), "SYN ACK")),
        Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => {}
        Err(error) => {
            return Ok(explain(
                error,
                error_queue::take(socket.as_raw_fd()),
                remote,
            ));
        }
    }
    let waiting = TcpStream::from_std(socket.into())?;
    let done = tokio::time::timeout(limit, waiting.writable()).await;
    if done.is_err() {
        return Ok((ProbeAnswer::Silence, ""));
    }
    match waiting.take_error()? {
        None => Ok((ProbeAnswer::Destination(remote.ip()), "SYN ACK")),
        Some(error) => {
            let queued = error_queue::take(waiting.as_raw_fd());
            Ok(explain(error, queued, remote))
        }
    }
}

/// What an error and the queue's line say about the way.
fn explain(error: io::Error, queued: Option<QueuedError>, remote: SocketAddr) -> Said {
    if error.raw_os_error() == Some(libc::ECONNREFUSED) {
        return (ProbeAnswer::Destination(remote.ip()), "RST");
    }
    // RFC 792: type 11 is time exceeded; RFC 4443: type 3.
    let exceeded = if remote.is_ipv4() { 11 } else { 3 };
    match queued.map(|queued| (queued.offender, queued.icmp)) {
        Some((Some(hop), Some((kind, _)))) if kind == exceeded => {
            (ProbeAnswer::Hop(hop), "time exceeded")
        }
        Some((Some(said), Some(_))) => (ProbeAnswer::Unreachable(said), "unreachable"),
        _ if error.raw_os_error() == Some(libc::ETIMEDOUT) => (ProbeAnswer::Silence, ""),
        _ => (ProbeAnswer::Impossible(error.to_string()), ""),
    }
}

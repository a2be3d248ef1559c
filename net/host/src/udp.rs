//! UDP sockets of the kernel, with what ICMP says about what they sent.

use crate::{errno, error_queue, host_port::Near};
use std::{cell::Cell, io, net::SocketAddr, os::fd::AsRawFd, rc::Rc};
use thru_events::{Cause, Provenance, ip::IpEvent, tcp::TcpEvent};
use thru_port::{Datagrams, LocalFuture, PortFailure, PortFailureKind, Received};
use tokio::net::UdpSocket;

/// Largest datagram that UDP can carry (RFC 768).
const LARGEST_DATAGRAM: usize = 65_535;

/// A UDP socket.
pub(crate) struct HostDatagrams {
    near: Near,
    socket: Rc<UdpSocket>,
    local: SocketAddr,
    last_sent: Rc<Cell<Cause>>,
}

/// Opens a socket at `local`.
pub(crate) fn open(near: Near, local: SocketAddr) -> Result<HostDatagrams, PortFailure> {
    let failed =
        |error: io::Error| errno::failure(&error, "open UDP at", Some(local), near.now(), None);
    let made = std::net::UdpSocket::bind(local).map_err(failed)?;
    made.set_nonblocking(true).map_err(failed)?;
    error_queue::ask_for_errors(made.as_raw_fd(), local.is_ipv6()).map_err(failed)?;
    let socket = UdpSocket::from_std(made).map_err(failed)?;
    let local = socket.local_addr().map_err(failed)?;
    Ok(HostDatagrams {
        near,
        socket: Rc::new(socket),
        local,
        last_sent: Rc::default(),
    })
}

impl Datagrams for HostDatagrams {
    fn send(
        &self,
        octets: &[u8],
        to: SocketAddr,
        cause: Cause,
    ) -> LocalFuture<Result<(), PortFailure>> {
        let (near, socket, local) = (self.near.clone(), self.socket.clone(), self.local);
        let (octets, last_sent) = (octets.to_vec(), self.last_sent.clone());
        Box::pin(async move {
            let mut sent = socket.send_to(&octets, to).await;
            if sent.is_err() && error_queue::take(socket.as_raw_fd()).is_some() {
                // The error was about an earlier datagram, not about this one.
                sent = socket.send_to(&octets, to).await;
            }
            sent.map_err(|error| errno::failure(&error, "send to", Some(to), near.now(), cause))?;
            let span = near.tap.keep(&octets);
            let stated = near
                .tap
                .emit_with_span(cause, span, || TcpEvent::DatagramSent {
                    local,
                    remote: to,
                    length: octets.len() as u32,
                });
            last_sent.set(stated.or(cause));
            Ok(())
        })
    }

    fn receive(&self) -> LocalFuture<Result<Received, PortFailure>> {
        let (near, socket, local) = (self.near.clone(), self.socket.clone(), self.local);
        let because = self.last_sent.clone();
        Box::pin(async move {
            let mut buffer = vec![0; LARGEST_DATAGRAM];
            let because = || because.get().or(near.root.get());
            let (length, from) = match socket.recv_from(&mut buffer).await {
                Ok(received) => received,
                Err(error) => return Err(said_by_icmp(&near, &socket, because(), &error)),
            };
            buffer.truncate(length);
            let span = near.tap.keep(&buffer);
            let cause = near
                .tap
                .emit_with_span(because(), span, || TcpEvent::DatagramReceived {
                    local,
                    remote: from,
                    length: length as u32,
                });
            Ok(Received {
                octets: buffer,
                from,
                cause,
            })
        })
    }

    fn local(&self) -> SocketAddr {
        self.local
    }
}

/// The failure that ICMP reported, with the destination it is about.
fn said_by_icmp(near: &Near, socket: &UdpSocket, cause: Cause, error: &io::Error) -> PortFailure {
    let queued = error_queue::take(socket.as_raw_fd());
    let about = queued.and_then(|queued| queued.destination);
    let mut evidence = cause;
    if let Some((said, (kind, code))) = queued.and_then(|q| Some((q.offender?, q.icmp?))) {
        let tap = near.tap.known_as(Provenance::Reported);
        evidence = tap.emit(cause, || IpEvent::IcmpReceived {
            from: said,
            kind,
            code,
            meaning: error.to_string().into(),
            about: about.map(|to| format!("udp to {to}")),
        });
    }
    let mut failure = errno::failure(error, "reach", about, near.now(), evidence);
    if failure.kind == PortFailureKind::Refused {
        failure.words = "port unreachable: nobody listens there".to_owned();
    }
    failure
}

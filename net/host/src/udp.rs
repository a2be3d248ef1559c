//! UDP sockets of the kernel, with what ICMP says about what they sent.

use crate::{errno, error_queue, host_port::Near, udp_batch};
use socket2::{Domain, Socket, Type};
use std::{cell::Cell, io, net::SocketAddr, os::fd::AsRawFd, rc::Rc};
use thru_events::{Cause, Provenance, ip::IpEvent, tcp::TcpEvent};
use thru_port::{Batch, Datagrams, LocalFuture, PortFailure, PortFailureKind, Received};
use tokio::{io::Interest, net::UdpSocket};

/// Largest datagram that UDP can carry (RFC 768).
const LARGEST_DATAGRAM: usize = 65_535;

/// Room for datagrams that wait at a server's socket, octets.
const SERVER_ROOM: usize = 1024 * 1024;

/// A UDP socket.
pub(crate) struct HostDatagrams {
    near: Near,
    socket: Rc<UdpSocket>,
    local: SocketAddr,
    last_sent: Rc<Cell<Cause>>,
}

/// Opens a socket at `local`.
pub(crate) fn open(near: Near, local: SocketAddr) -> Result<HostDatagrams, PortFailure> {
    opened(near, local, std::net::UdpSocket::bind)
}

/// Opens a socket at `local` that other sockets of this user may share (SO_REUSEPORT), with room
/// for many datagrams.
pub(crate) fn open_shared(near: Near, local: SocketAddr) -> Result<HostDatagrams, PortFailure> {
    opened(near, local, |local| {
        let made = Socket::new(Domain::for_address(local), Type::DGRAM, None)?;
        made.set_reuse_port(true)?;
        // The kernel gives as much of it as it allows.
        let _ = made.set_recv_buffer_size(SERVER_ROOM);
        let _ = made.set_send_buffer_size(SERVER_ROOM);
        made.bind(&local.into())?;
        Ok(made.into())
    })
}

fn opened(
    near: Near,
    local: SocketAddr,
    bind: impl FnOnce(SocketAddr) -> io::Result<std::net::UdpSocket>,
) -> Result<HostDatagrams, PortFailure> {
    let failed =
        |error: io::Error| errno::failure(&error, "open UDP at", Some(local), near.now(), None);
    let made = bind(local).map_err(failed)?;
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
            near.frames.expect(to.ip(), cause);
            let asked = near.now();
            let mut sent = socket.send_to(&octets, to).await;
            if sent.is_err() && error_queue::take(socket.as_raw_fd()).is_some() {
                // The error was about an earlier datagram, not about this one.
                sent = socket.send_to(&octets, to).await;
            }
            sent.map_err(|error| errno::failure(&error, "send to", Some(to), near.now(), cause))?;
            near.frames
                .datagram((local, to), Some(asked), &octets, cause);
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
            near.frames.datagram((local, from), None, &buffer, cause);
            Ok(Received {
                octets: buffer,
                from,
                cause,
            })
        })
    }

    fn receive_many(&self, mut batch: Batch) -> LocalFuture<Result<Batch, PortFailure>> {
        let (near, socket, local) = (self.near.clone(), self.socket.clone(), self.local);
        let because = self.last_sent.clone();
        Box::pin(async move {
            let fd = socket.as_raw_fd();
            let because = because.get().or(near.root.get());
            loop {
                let ready = socket.readable().await;
                let came = ready.and_then(|()| {
                    socket.try_io(Interest::READABLE, || udp_batch::receive(fd, &mut batch))
                });
                match came {
                    Ok(_) => break,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                    Err(error) => return Err(said_by_icmp(&near, &socket, because, &error)),
                }
            }
            if near.tap.is_on() {
                state_received(&near, local, because, &mut batch);
            }
            Ok(batch)
        })
    }

    fn send_many(&self, batch: Batch) -> LocalFuture<Batch> {
        let (near, socket, local) = (self.near.clone(), self.socket.clone(), self.local);
        let last_sent = self.last_sent.clone();
        Box::pin(async move {
            send_all(&socket, &batch).await;
            for letter in batch.letters().iter().filter(|_| near.tap.is_on()) {
                let span = near.tap.keep(&letter.answer);
                let stated =
                    near.tap
                        .emit_with_span(letter.because, span, || TcpEvent::DatagramSent {
                            local,
                            remote: letter.from,
                            length: letter.answer.len() as u32,
                        });
                last_sent.set(stated.or(letter.because));
            }
            batch
        })
    }

    fn local(&self) -> SocketAddr {
        self.local
    }
}

fn state_received(near: &Near, local: SocketAddr, because: Cause, batch: &mut Batch) {
    for letter in batch.letters_mut() {
        let span = near.tap.keep(letter.octets());
        let (remote, length) = (letter.from, letter.octets().len() as u32);
        letter.cause = near
            .tap
            .emit_with_span(because, span, || TcpEvent::DatagramReceived {
                local,
                remote,
                length,
            });
        letter.because = letter.cause;
    }
}

/// Sends what can be sent. An answer that the kernel does not take is dropped, as datagrams are.
async fn send_all(socket: &UdpSocket, batch: &Batch) {
    let (fd, mut done) = (socket.as_raw_fd(), 0);
    while done < batch.letters().len() {
        match socket.try_io(Interest::WRITABLE, || udp_batch::send(fd, batch, done)) {
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if socket.writable().await.is_err() {
                    return;
                }
            }
            // An error about an earlier datagram, or about the first of these: the others go on.
            Err(_) if error_queue::take(fd).is_some() => {}
            Err(_) => done += first_answer(batch, done),
        }
    }
}

/// Letters up to the first that has an answer, with it.
fn first_answer(batch: &Batch, from: usize) -> usize {
    let mut waiting = batch.letters()[from..].iter();
    let first = waiting.position(|letter| !letter.answer.is_empty());
    first.map_or(batch.letters().len() - from, |at| at + 1)
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

//! UDP sockets of the kernel, with what ICMP says about what they sent.

use crate::{errno, error_queue, host_port::Near, udp_batch};
use socket2::{Domain, SockRef, Socket, Type};
use std::{
    cell::{Cell, OnceCell, RefCell},
    io,
    mem::MaybeUninit,
    net::SocketAddr,
    os::fd::AsRawFd,
    rc::Rc,
};
use thru_events::{Cause, Provenance, ip::IpEvent, tcp::TcpEvent};
use thru_port::{Batch, Datagrams, LocalFuture, PortFailure, PortFailureKind, Received};
use tokio::{io::Interest, net::UdpSocket};

/// Largest datagram that UDP can carry (RFC 768).
const LARGEST_DATAGRAM: usize = 65_535;

/// Room for datagrams that wait at a server's socket, octets.
const SERVER_ROOM: usize = 1024 * 1024;

thread_local! {
    /// Where a datagram is written before it is known how long it is.
    static ROOM: RefCell<Box<[u8]>> = RefCell::new(vec![0; LARGEST_DATAGRAM].into());
}

/// A UDP socket.
pub(crate) struct HostDatagrams {
    near: Near,
    own: Rc<Own>,
}

/// What the futures of one socket share.
struct Own {
    socket: UdpSocket,
    /// What it was opened at, and its address once somebody wants to know which port it was given.
    wanted: SocketAddr,
    local: OnceCell<SocketAddr>,
    last_sent: Cell<Cause>,
}

impl Own {
    fn local(&self) -> SocketAddr {
        let known = || match self.wanted.port() {
            0 => self.socket.local_addr().unwrap_or(self.wanted),
            _ => self.wanted,
        };
        *self.local.get_or_init(known)
    }

    /// Sends at once, if the kernel has room; else when it has.
    async fn send(&self, octets: &[u8], to: SocketAddr) -> io::Result<usize> {
        match SockRef::from(&self.socket).send_to(octets, &to.into()) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.socket.send_to(octets, to).await
            }
            done => done,
        }
    }

    /// The next datagram, in as much memory as it needs, or what ICMP said.
    async fn receive(&self) -> io::Result<(Vec<u8>, SocketAddr)> {
        let interest = Interest::READABLE | Interest::ERROR;
        let take = || {
            ROOM.with_borrow_mut(|room| {
                // SAFETY: octets that were written are octets that may be written; socket2 writes
                // into them and nothing else.
                let free = unsafe { &mut *(&raw mut **room as *mut [MaybeUninit<u8>]) };
                let (length, from) = SockRef::from(&self.socket).recv_from(free)?;
                let from = from.as_socket().ok_or(io::ErrorKind::InvalidData)?;
                Ok((room[..length].to_vec(), from))
            })
        };
        self.socket.async_io(interest, take).await
    }
}

/// Opens a socket at `local`.
pub(crate) fn open(near: Near, local: SocketAddr) -> Result<HostDatagrams, PortFailure> {
    opened(near, local, |_| Ok(()))
}

/// Opens a socket at `local` that other sockets of this user may share (SO_REUSEPORT), with room
/// for many datagrams.
pub(crate) fn open_shared(near: Near, local: SocketAddr) -> Result<HostDatagrams, PortFailure> {
    opened(near, local, |made| {
        made.set_reuse_port(true)?;
        // The kernel gives as much of it as it allows.
        let _ = made.set_recv_buffer_size(SERVER_ROOM);
        let _ = made.set_send_buffer_size(SERVER_ROOM);
        Ok(())
    })
}

fn opened(
    near: Near,
    local: SocketAddr,
    prepare: impl FnOnce(&Socket) -> io::Result<()>,
) -> Result<HostDatagrams, PortFailure> {
    let make = || {
        let kind = Type::DGRAM.nonblocking();
        let made = Socket::new(Domain::for_address(local), kind, None)?;
        prepare(&made)?;
        made.bind(&local.into())?;
        error_queue::ask_for_errors(made.as_raw_fd(), local.is_ipv6())?;
        UdpSocket::from_std(made.into())
    };
    let failed =
        |error: io::Error| errno::failure(&error, "open UDP at", Some(local), near.now(), None);
    let own = Own {
        socket: make().map_err(failed)?,
        wanted: local,
        local: OnceCell::new(),
        last_sent: Cell::default(),
    };
    Ok(HostDatagrams {
        near,
        own: Rc::new(own),
    })
}

impl Datagrams for HostDatagrams {
    fn send(
        &self,
        octets: &[u8],
        to: SocketAddr,
        cause: Cause,
    ) -> LocalFuture<Result<(), PortFailure>> {
        let (near, own, octets) = (self.near.clone(), self.own.clone(), octets.to_vec());
        Box::pin(async move {
            near.frames.expect(to.ip(), cause);
            let asked = near.now();
            let mut sent = own.send(&octets, to).await;
            if sent.is_err() && error_queue::take(own.socket.as_raw_fd()).is_some() {
                // The error was about an earlier datagram, not about this one.
                sent = own.send(&octets, to).await;
            }
            sent.map_err(|error| errno::failure(&error, "send to", Some(to), near.now(), cause))?;
            if !near.is_recorded() {
                return Ok(());
            }
            let local = own.local();
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
            own.last_sent.set(stated.or(cause));
            Ok(())
        })
    }

    fn receive(&self) -> LocalFuture<Result<Received, PortFailure>> {
        let (near, own) = (self.near.clone(), self.own.clone());
        Box::pin(async move {
            let because = || own.last_sent.get().or(near.root.get());
            let (octets, from) = match own.receive().await {
                Ok(received) => received,
                Err(error) => return Err(said_by_icmp(&near, &own.socket, because(), &error)),
            };
            let mut cause = because();
            if near.is_recorded() {
                let (local, span) = (own.local(), near.tap.keep(&octets));
                cause = near
                    .tap
                    .emit_with_span(cause, span, || TcpEvent::DatagramReceived {
                        local,
                        remote: from,
                        length: octets.len() as u32,
                    });
                near.frames.datagram((local, from), None, &octets, cause);
            }
            Ok(Received {
                octets,
                from,
                cause,
            })
        })
    }

    fn receive_many(&self, mut batch: Batch) -> LocalFuture<Result<Batch, PortFailure>> {
        let (near, own) = (self.near.clone(), self.own.clone());
        Box::pin(async move {
            let socket = &own.socket;
            let fd = socket.as_raw_fd();
            let because = own.last_sent.get().or(near.root.get());
            loop {
                let ready = socket.readable().await;
                let came = ready.and_then(|()| {
                    socket.try_io(Interest::READABLE, || udp_batch::receive(fd, &mut batch))
                });
                match came {
                    Ok(_) => break,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                    Err(error) => return Err(said_by_icmp(&near, socket, because, &error)),
                }
            }
            if near.tap.is_on() {
                state_received(&near, own.local(), because, &mut batch);
            }
            Ok(batch)
        })
    }

    fn send_many(&self, batch: Batch) -> LocalFuture<Batch> {
        let (near, own) = (self.near.clone(), self.own.clone());
        Box::pin(async move {
            send_all(&own.socket, &batch).await;
            for letter in batch.letters().iter().filter(|_| near.tap.is_on()) {
                let span = near.tap.keep(&letter.answer);
                let stated =
                    near.tap
                        .emit_with_span(letter.because, span, || TcpEvent::DatagramSent {
                            local: own.local(),
                            remote: letter.from,
                            length: letter.answer.len() as u32,
                        });
                own.last_sent.set(stated.or(letter.because));
            }
            batch
        })
    }

    fn local(&self) -> SocketAddr {
        self.own.local()
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

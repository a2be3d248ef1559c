use crate::{
    Datagrams, LocalFuture, Port, PortFailure, PortFailureKind, framed, read, take_framed,
    write_all,
};
use std::{
    future::poll_fn,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    rc::Rc,
    task::Poll,
};
use thru_events::Cause;

/// A message that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The message, without length prefix.
    pub octets: Vec<u8>,
    /// Who sent it.
    pub from: SocketAddr,
    /// The event that delivered it.
    pub cause: Cause,
}

type Landing = (Result<Carried, PortFailure>, Option<Rc<dyn Datagrams>>);

struct Flight {
    token: u64,
    future: LocalFuture<Landing>,
}

/// Messages to servers and their answers, several at a time: each by a UDP socket of its own with
/// a random port, or by a TCP connection with two octets of length before each message, as DNS
/// has it. Asked in the order of their start, so that the outcome is the same every time.
pub struct Flights {
    port: Rc<dyn Port>,
    flights: Vec<Flight>,
}

impl Flights {
    /// None yet.
    pub fn new(port: Rc<dyn Port>) -> Flights {
        Flights {
            port,
            flights: Vec::new(),
        }
    }

    /// Sends `octets` to `server` by UDP.
    pub fn send_datagram(&mut self, token: u64, server: SocketAddr, octets: Vec<u8>, cause: Cause) {
        let future = Box::pin(by_datagram(self.port.clone(), server, octets, cause));
        self.flights.push(Flight { token, future });
    }

    /// Sends `octets` to `server` by TCP.
    pub fn send_by_connection(
        &mut self,
        token: u64,
        server: SocketAddr,
        octets: Vec<u8>,
        cause: Cause,
    ) {
        let port = self.port.clone();
        let future =
            Box::pin(async move { (by_connection(port, server, octets, cause).await, None) });
        self.flights.push(Flight { token, future });
    }

    /// Goes a way that is none of these two.
    pub fn go(&mut self, token: u64, carrying: LocalFuture<Result<Carried, PortFailure>>) {
        let future = Box::pin(async move { (carrying.await, None) });
        self.flights.push(Flight { token, future });
    }

    /// Gives up those that nobody waits for.
    pub fn retain(&mut self, waits_for: impl Fn(u64) -> bool) {
        self.flights.retain(|flight| waits_for(flight.token));
    }

    /// What lands next. A datagram's flight goes on listening until it is given up. Waits for
    /// ever if there is none.
    pub async fn next(&mut self) -> (u64, Result<Carried, PortFailure>) {
        poll_fn(|context| {
            for index in 0..self.flights.len() {
                let flight = &mut self.flights[index];
                let Poll::Ready((carried, socket)) = flight.future.as_mut().poll(context) else {
                    continue;
                };
                let token = flight.token;
                match socket {
                    Some(socket) if carried.is_ok() => flight.future = Box::pin(receive(socket)),
                    _ => drop(self.flights.remove(index)),
                }
                return Poll::Ready((token, carried));
            }
            Poll::Pending
        })
        .await
    }
}

async fn by_datagram(
    port: Rc<dyn Port>,
    server: SocketAddr,
    octets: Vec<u8>,
    cause: Cause,
) -> Landing {
    let any = match server.ip() {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let socket: Rc<dyn Datagrams> = match port.datagrams(SocketAddr::new(any, 0)) {
        Ok(socket) => Rc::from(socket),
        Err(failure) => return (Err(failure), None),
    };
    if let Err(failure) = socket.send(&octets, server, cause).await {
        return (Err(failure), None);
    }
    receive(socket).await
}

async fn receive(socket: Rc<dyn Datagrams>) -> Landing {
    match socket.receive().await {
        Ok(received) => {
            let carried = Carried {
                octets: received.octets,
                from: received.from,
                cause: received.cause,
            };
            (Ok(carried), Some(socket))
        }
        Err(failure) => (Err(failure), None),
    }
}

async fn by_connection(
    port: Rc<dyn Port>,
    server: SocketAddr,
    octets: Vec<u8>,
    cause: Cause,
) -> Result<Carried, PortFailure> {
    let mut connected = port.connect(server, cause).await?;
    let stream = connected.stream.as_mut();
    stream.write_because(connected.opened.or(cause));
    write_all(stream, &framed(&octets)).await?;
    let mut held = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        // A message of nought octets is none.
        if let Some(octets) = take_framed(&mut held).filter(|octets| !octets.is_empty()) {
            return Ok(Carried {
                octets,
                from: server,
                cause: stream.read_cause(),
            });
        }
        let count = read(stream, &mut buffer).await?;
        if count == 0 {
            return Err(PortFailure {
                kind: PortFailureKind::Closed,
                operation: "read",
                address: Some(server),
                words: "the connection ended before the whole message was there".into(),
                at: port.now(),
                evidence: stream.read_cause(),
            });
        }
        held.extend_from_slice(&buffer[..count]);
    }
}

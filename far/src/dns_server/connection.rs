//! Questions over connections: by TCP (RFC 7766), and the same inside TLS (RFC 7858). Several at a
//! time on one connection; each answer leaves as soon as it is there, in whatever order.

use super::{Door, Server};
use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::{cell::RefCell, collections::HashMap, net::IpAddr, pin::pin, rc::Rc, time::Duration};
use thru_events::{Cause, Stage, trip::TripEvent};
use thru_port::{
    Listener, LocalFuture, Port, PortFailure, PortFailureKind, Stream, framed, read, shutdown,
    take_framed, with_limit, write_all,
};
use thru_tls::ServerTls;

/// Most connections at once; a further one is ended.
const CONNECTION_LIMIT: u32 = 128;
/// Most of them with one client.
const CLIENT_LIMIT: u32 = 32;
/// Most questions of one connection that are worked on; the next is read when one is answered.
const PIPELINE_LIMIT: usize = 32;
/// How long a client may be silent while nothing is worked on for it, and how long it may take to
/// take in an answer or a handshake.
pub(super) const IDLE_LIMIT: Duration = Duration::from_secs(10);
/// Pause after a failed accept, so that a lasting failure does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Who is connected.
#[derive(Default)]
struct Guests {
    all: u32,
    of: HashMap<IpAddr, u32>,
}

impl Guests {
    /// Lets one in, or names the limit that is reached.
    fn enter(&mut self, client: IpAddr) -> Result<(), (&'static str, u32)> {
        let own = self.of.get(&client).copied().unwrap_or(0);
        if self.all >= CONNECTION_LIMIT {
            return Err(("connections of a name server", CONNECTION_LIMIT));
        }
        if own >= CLIENT_LIMIT {
            return Err(("connections of a name server with one client", CLIENT_LIMIT));
        }
        self.all += 1;
        self.of.insert(client, own + 1);
        Ok(())
    }

    fn leave(&mut self, client: IpAddr) {
        self.all -= 1;
        let own = self.of.get(&client).copied().unwrap_or(1);
        match own {
            1 => drop(self.of.remove(&client)),
            _ => drop(self.of.insert(client, own - 1)),
        }
    }
}

/// Takes in connections until the listener is gone.
pub(super) async fn serve_connections(
    server: Rc<Server>,
    listener: Box<dyn Listener>,
    tls: Option<ServerTls>,
) {
    let guests = Rc::new(RefCell::new(Guests::default()));
    loop {
        let mut stream = match listener.accept().await {
            Ok(stream) => stream,
            Err(failure) if failure.kind == PortFailureKind::Closed => return,
            Err(_) => {
                server.port.sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let client = stream.info().remote.ip();
        let entered = guests.borrow_mut().enter(client);
        if let Err((limit, value)) = entered {
            let tap = server.port.tap();
            tap.emit(stream.read_cause(), || TripEvent::LimitReached {
                stage: Stage::Dns,
                limit: limit.into(),
                value: value.into(),
            });
            stream.abort();
            continue;
        }
        let (server, guests, tls) = (server.clone(), guests.clone(), tls.clone());
        let port = server.port.clone();
        let task = async move {
            // A broken connection is the client's end of it; the stream's own events say so.
            let _ = converse(&server, stream, tls.as_ref()).await;
            guests.borrow_mut().leave(client);
        };
        port.spawn("dns connection", Box::pin(task));
    }
}

async fn converse(
    server: &Rc<Server>,
    mut stream: Box<dyn Stream>,
    tls: Option<&ServerTls>,
) -> Result<(), PortFailure> {
    let Some(tls) = tls else {
        return serve_connection(server, stream.as_mut(), Door::Tcp).await;
    };
    let cause = stream.read_cause();
    let secured = thru_tls::accept(&server.port, stream, tls, IDLE_LIMIT, cause).await;
    // A failed handshake is stated by 06; there is no one left to answer.
    let Ok(mut secured) = secured else {
        return Ok(());
    };
    serve_connection(server, &mut secured.stream, Door::Tls).await
}

type Answering = FuturesUnordered<LocalFuture<Option<(Vec<u8>, Cause)>>>;

async fn serve_connection(
    server: &Rc<Server>,
    stream: &mut dyn Stream,
    door: Door,
) -> Result<(), PortFailure> {
    let port: &dyn Port = server.port.as_ref();
    let client = stream.info().remote;
    let mut held = Vec::new();
    let mut answering: Answering = FuturesUnordered::new();
    let mut listening = true;
    while listening || !answering.is_empty() {
        let full = answering.len() >= PIPELINE_LIMIT;
        if !listening || full {
            let answer = answering.next().await.flatten();
            send(port, stream, answer).await?;
            continue;
        }
        let waits = answering.is_empty();
        let heard = {
            let message = pin!(next_message(stream, &mut held));
            let quiet = pin!(async {
                match waits {
                    true => port.sleep(IDLE_LIMIT).await,
                    false => std::future::pending().await,
                }
            });
            let answered = pin!(async {
                match waits {
                    true => std::future::pending().await,
                    false => answering.next().await.flatten(),
                }
            });
            match select(message, select(answered, quiet)).await {
                Either::Left((message, _)) => Heard::Message(message?),
                Either::Right((Either::Left((answer, _)), _)) => Heard::Answer(answer),
                Either::Right((Either::Right(_), _)) => Heard::Nothing,
            }
        };
        match heard {
            Heard::Message(Some(question)) => {
                if let Some(octets) = server.answer_as_sent(&question, client, door) {
                    send(port, stream, Some((octets, None))).await?;
                    continue;
                }
                let (server, cause) = (server.clone(), stream.read_cause());
                answering.push(Box::pin(async move {
                    let began = server.work.borrow().clone();
                    let answered = server.answer(&question, client, door, cause).await.ok()?;
                    // With padding it is one client's own, and is not kept.
                    server.keep_as_sent(&began, &question, &answered);
                    Some((answered.octets, answered.sent))
                }));
            }
            Heard::Answer(answer) => send(port, stream, answer).await?,
            Heard::Message(None) | Heard::Nothing => listening = false,
        }
    }
    shutdown(stream).await
}

/// What happens next on a connection.
enum Heard {
    /// A whole message; `None` at the client's orderly end.
    Message(Option<Vec<u8>>),
    /// An answer is ready; `None` if none is due.
    Answer(Option<(Vec<u8>, Cause)>),
    /// The client has been silent for too long.
    Nothing,
}

/// Sends one answer with its length before it, in one piece (RFC 7766, section 8).
async fn send(
    port: &dyn Port,
    stream: &mut dyn Stream,
    answer: Option<(Vec<u8>, Cause)>,
) -> Result<(), PortFailure> {
    let Some((octets, sent)) = answer else {
        return Ok(());
    };
    stream.write_because(sent);
    match with_limit(port, IDLE_LIMIT, write_all(stream, &framed(&octets))).await {
        Ok(written) => written,
        Err(_) => {
            stream.abort();
            Ok(())
        }
    }
}

/// The next whole message; `None` at the client's orderly end. Given up in the middle, what came
/// stays in `held`.
async fn next_message(
    stream: &mut dyn Stream,
    held: &mut Vec<u8>,
) -> Result<Option<Vec<u8>>, PortFailure> {
    let mut buffer = [0; 4096];
    loop {
        if let Some(message) = take_framed(held) {
            return Ok(Some(message));
        }
        let count = read(stream, &mut buffer).await?;
        if count == 0 {
            return Ok(None);
        }
        held.extend_from_slice(&buffer[..count]);
    }
}

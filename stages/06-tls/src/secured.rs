//! The handshake, driven to its end, for both ends.

use crate::{TlsStream, failure::Failure, failure::TlsFailure, names, session::Session};
use rustls::{Error, HandshakeKind, ProtocolVersion};
use std::{future::poll_fn, time::Duration};
use thru_events::{Cause, Text, tls::TlsEvent};
use thru_port::{Port, with_limit};

/// The versions that are spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// RFC 5246
    Tls12,
    /// RFC 8446
    Tls13,
}

/// A stream whose handshake is complete.
pub struct Secured {
    /// The secured stream.
    pub stream: TlsStream,
    /// Protocol chosen by ALPN.
    pub alpn: Option<String>,
    /// Version agreed.
    pub version: TlsVersion,
    /// On the server's end: the name that the client asked for.
    pub server_name: Option<String>,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
    /// What is wrong with the server's certificate, if it was let pass all the same (`-k`).
    pub let_pass: Option<TlsFailure>,
    /// `HandshakeDone`, when recording.
    pub done: Cause,
}

/// Runs the handshake of `session` for at most `limit`.
pub(crate) async fn secure(
    port: &dyn Port,
    mut session: Session,
    host: String,
    limit: Duration,
) -> Result<Secured, TlsFailure> {
    let result = match with_limit(port, limit, handshake(&mut session)).await {
        Ok(result) => result,
        Err(_) => Err(Failure::TimedOut {
            after: limit,
            waiting_for: waiting_for(&session),
        }),
    };
    match result {
        Ok(()) => Ok(done(session, host)),
        Err(why) => Err(failed(session, host, why)),
    }
}

async fn handshake(session: &mut Session) -> Result<(), Failure> {
    session.drain_records(session.because, None);
    loop {
        let flushed = poll_fn(|context| session.poll_flush(context)).await;
        flushed.map_err(Failure::Connection)?;
        if !session.tls.is_handshaking() {
            return Ok(());
        }
        if let Err(broken) = poll_fn(|context| session.poll_record(context)).await {
            // The alert that tells the peer why, and the end of the stream.
            let _ = poll_fn(|context| session.poll_flush(context)).await;
            let _ = poll_fn(|context| session.stream.poll_shutdown(context)).await;
            return Err(Failure::from_broken(broken, session.fault.take()));
        }
    }
}

fn waiting_for(session: &Session) -> Text {
    Text::Borrowed(match (&session.tls, session.has_read()) {
        (rustls::Connection::Client(_), false) => "ServerHello",
        (rustls::Connection::Server(_), false) => "ClientHello",
        (_, true) => "the rest of its handshake",
    })
}

fn done(mut session: Session, host: String) -> Secured {
    let info = session.stream.info();
    let connection = info.connection;
    let fault = session.fault.take();
    let tls = &session.tls;
    let alpn = tls
        .alpn_protocol()
        .map(|name| String::from_utf8_lossy(name).into_owned());
    let resumed = tls.handshake_kind() == Some(HandshakeKind::Resumed);
    let version = match tls.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => TlsVersion::Tls13,
        _ => TlsVersion::Tls12,
    };
    let server_name = match tls {
        rustls::Connection::Server(server) => server.server_name().map(str::to_owned),
        rustls::Connection::Client(_) => None,
    };
    let done = session
        .tap
        .emit(session.last_record, || TlsEvent::HandshakeDone {
            connection,
            version: version_text(version),
            cipher: tls
                .negotiated_cipher_suite()
                .map_or_else(String::new, |suite| names::suite(u16::from(suite.suite()))),
            group: tls
                .negotiated_key_exchange_group()
                .map_or_else(String::new, |group| names::group(u16::from(group.name()))),
            alpn: alpn.clone(),
            resumed,
        });
    let let_pass = fault.map(|fault| TlsFailure {
        why: Box::new(Failure::Certificate(fault)),
        host,
        address: info.remote,
        evidence: done,
    });
    Secured {
        let_pass,
        stream: TlsStream::new(session, done),
        alpn,
        version,
        server_name,
        resumed,
        done,
    }
}

fn version_text(version: TlsVersion) -> Text {
    Text::Borrowed(match version {
        TlsVersion::Tls12 => "TLS 1.2",
        TlsVersion::Tls13 => "TLS 1.3",
    })
}

fn failed(session: Session, host: String, why: Failure) -> TlsFailure {
    let info = session.stream.info();
    let mut failure = TlsFailure {
        why: Box::new(why),
        host,
        address: info.remote,
        evidence: None,
    };
    let cause = match &*failure.why {
        Failure::Connection(below) => below.evidence.or(session.last_record),
        Failure::Closed => session.stream.read_cause(),
        _ => session.last_record,
    };
    failure.evidence = session.tap.emit(cause, || TlsEvent::HandshakeFailed {
        connection: info.connection,
        why: failure.to_string(),
    });
    failure
}

/// A failure before anything was sent.
pub(crate) fn impossible(
    port: &dyn Port,
    info: thru_port::StreamInfo,
    host: String,
    error: &Error,
    cause: Cause,
) -> TlsFailure {
    let mut failure = TlsFailure {
        why: Box::new(Failure::Unsupported {
            what: error.to_string(),
        }),
        host,
        address: info.remote,
        evidence: None,
    };
    failure.evidence = port.tap().emit(cause, || TlsEvent::HandshakeFailed {
        connection: info.connection,
        why: failure.to_string(),
    });
    failure
}

//! One TLS session over one stream: records in and out of rustls, each with its cause.

use crate::{
    calendar::Calendar,
    certificate,
    chain::{CertificateFault, ChainVerifier, Verdict},
    key_log::KeyLines,
    record::{APPLICATION_DATA, HEADER_LENGTH, RecordTap, Way},
};
use rustls::{AlertDescription, Connection, Error};
use std::{
    collections::VecDeque,
    io::{Read, Write},
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, ready},
};
use thru_events::{Cause, Tap, Time, tls::TlsEvent};
use thru_port::{Port, PortFailure, PortFailureKind, Stream};

/// Octets asked of the stream at once.
const READ_SIZE: usize = 16 * 1024;
/// Sealed octets that wait for the stream before plaintext is taken no more.
const MAX_WAITING: usize = 64 * 1024;
/// Plaintext octets taken at once.
const MAX_TAKEN: usize = 16 * 1024;
/// Octets of a foreign protocol that are waited for, to show them.
const MAX_FOREIGN: usize = 128;

/// Why a session cannot go on.
#[derive(Debug)]
pub(crate) enum Broken {
    Port(PortFailure),
    /// End of stream without close_notify.
    Ended,
    NotTls(Vec<u8>),
    Tls(Error),
}

/// What a client watches beside the records.
pub(crate) struct Watch {
    pub(crate) verifier: Arc<ChainVerifier>,
    pub(crate) keys: Arc<KeyLines>,
}

/// Octets with what made them move.
struct Chunk {
    octets: Vec<u8>,
    at: usize,
    cause: Cause,
}

pub(crate) struct Session {
    port: Rc<dyn Port>,
    pub(crate) stream: Box<dyn Stream>,
    pub(crate) tls: Connection,
    pub(crate) tap: Tap,
    records: RecordTap,
    watch: Option<Watch>,
    calendar: Arc<Calendar>,
    incoming: Vec<u8>,
    scratch: Box<[u8]>,
    plaintext: VecDeque<Chunk>,
    outgoing: VecDeque<Chunk>,
    waiting: usize,
    read_any: bool,
    close_seen: bool,
    close_sent: bool,
    /// `RecordSeen` of the record read last.
    pub(crate) last_record: Cause,
    /// Why the following octets are written.
    pub(crate) because: Cause,
    /// What is wrong with the chain, if anything.
    pub(crate) fault: Option<CertificateFault>,
}

impl Session {
    pub(crate) fn new(
        port: Rc<dyn Port>,
        stream: Box<dyn Stream>,
        tls: Connection,
        watch: Option<Watch>,
        calendar: Arc<Calendar>,
        cause: Cause,
    ) -> Session {
        let tap = port.tap();
        Session {
            records: RecordTap::new(tap.clone(), stream.info().connection),
            port,
            stream,
            tls,
            tap,
            watch,
            calendar,
            incoming: Vec::new(),
            scratch: vec![0; READ_SIZE].into_boxed_slice(),
            plaintext: VecDeque::new(),
            outgoing: VecDeque::new(),
            waiting: 0,
            read_any: false,
            close_seen: false,
            close_sent: false,
            last_record: cause,
            because: cause,
            fault: None,
        }
    }

    /// The trip's clock.
    pub(crate) fn now(&self) -> Time {
        self.port.now()
    }

    /// Whether a record has arrived.
    pub(crate) fn has_read(&self) -> bool {
        self.read_any
    }

    /// Whether the peer said close_notify.
    pub(crate) fn is_closed_by_peer(&self) -> bool {
        self.close_seen
    }

    /// Takes plaintext that has arrived, and says which record brought it.
    pub(crate) fn take_plaintext(&mut self, buffer: &mut [u8]) -> Option<(usize, Cause)> {
        let chunk = self.plaintext.front_mut()?;
        let left = &chunk.octets[chunk.at..];
        let length = left.len().min(buffer.len());
        buffer[..length].copy_from_slice(&left[..length]);
        chunk.at += length;
        let cause = chunk.cause;
        if chunk.at == chunk.octets.len() {
            self.plaintext.pop_front();
        }
        Some((length, cause))
    }

    /// Waits for one whole record and lets rustls work on it.
    pub(crate) fn poll_record(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        loop {
            if let Some(length) = self.record_length()? {
                let cause = self.stream.read_cause();
                let record: Vec<u8> = self.incoming.drain(..length).collect();
                return Poll::Ready(self.process(&record, cause));
            }
            let read = self.stream.poll_read(context, &mut self.scratch);
            let length = ready!(read).map_err(Broken::Port)?;
            if length == 0 {
                return Poll::Ready(Err(self.ended()));
            }
            self.incoming.extend_from_slice(&self.scratch[..length]);
        }
    }

    fn ended(&mut self) -> Broken {
        match self.looks_foreign() {
            true => Broken::NotTls(std::mem::take(&mut self.incoming)),
            false => Broken::Ended,
        }
    }

    /// Before the first record: whether what came is none (RFC 8446, section 5.1).
    fn looks_foreign(&self) -> bool {
        let kind_is_wrong = |kind: &u8| !(20..=24).contains(kind);
        let major_is_wrong = |major: &u8| *major != 3;
        !self.read_any
            && (self.incoming.first().is_some_and(kind_is_wrong)
                || self.incoming.get(1).is_some_and(major_is_wrong))
    }

    fn record_length(&mut self) -> Result<Option<usize>, Broken> {
        if self.looks_foreign() {
            let line_ended = self.incoming.contains(&b'\n');
            if line_ended || self.incoming.len() >= HEADER_LENGTH {
                self.incoming.truncate(MAX_FOREIGN);
                return Err(Broken::NotTls(std::mem::take(&mut self.incoming)));
            }
            return Ok(None);
        }
        let Some([_, _, _, high, low]) = self.incoming.first_chunk::<HEADER_LENGTH>() else {
            return Ok(None);
        };
        // A length that is too large is rustls's to refuse, after that many octets at most.
        let length = HEADER_LENGTH + usize::from(u16::from_be_bytes([*high, *low]));
        Ok((self.incoming.len() >= length).then_some(length))
    }

    fn process(&mut self, record: &[u8], cause: Cause) -> Result<(), Broken> {
        self.read_any = true;
        let seen = self.records.record(Way::Received, record, cause);
        self.last_record = seen;
        self.calendar.set_from(&*self.port);
        let mut rest = record;
        let mut processed = Ok(());
        while !rest.is_empty() && processed.is_ok() {
            if let Err(error) = self.tls.read_tls(&mut rest) {
                processed = Err(Error::General(error.to_string()));
                break;
            }
            processed = self.tls.process_new_packets().map(|_| ());
            self.drain_plaintext(seen);
        }
        self.state_watched(seen);
        self.state_close_notify(seen);
        self.drain_records(seen, processed.as_ref().err());
        processed.map_err(Broken::Tls)
    }

    fn drain_plaintext(&mut self, cause: Cause) {
        let mut octets = Vec::new();
        // WouldBlock is how rustls says that there is no more for now.
        let _ = self.tls.reader().read_to_end(&mut octets);
        if !octets.is_empty() {
            self.plaintext.push_back(Chunk {
                octets,
                at: 0,
                cause,
            });
        }
    }

    fn state_watched(&mut self, cause: Cause) {
        let Some(watch) = &self.watch else {
            return;
        };
        let connection = self.stream.info().connection;
        for (label, line) in watch.keys.take() {
            self.tap.emit(cause, || TlsEvent::KeyLogged {
                connection,
                label,
                line: thru_events::Secret::new(line),
            });
        }
        if let Some(verdict) = watch.verifier.take() {
            self.state_verdict(verdict, cause);
        }
    }

    fn state_verdict(&mut self, verdict: Verdict, cause: Cause) {
        let connection = self.stream.info().connection;
        let received = self.tap.emit(cause, || TlsEvent::CertificatesReceived {
            connection,
            chain: verdict
                .chain
                .iter()
                .map(|der| certificate::facts(der))
                .collect(),
        });
        self.fault = verdict.found.as_ref().err().cloned();
        self.tap.emit(received, || TlsEvent::ChainVerified {
            connection,
            trusted: verdict.found.is_ok(),
            why: match verdict.found {
                Ok(root) => format!("it leads to \"{root}\", which is trusted here"),
                Err(fault) => format!("it {}", fault.words()),
            },
        });
    }

    fn state_close_notify(&mut self, cause: Cause) {
        if self.close_seen || !self.peer_closed() {
            return;
        }
        self.close_seen = true;
        let close_notify = u8::from(AlertDescription::CloseNotify);
        self.records.alert(Way::Received, close_notify, cause);
    }

    fn peer_closed(&mut self) -> bool {
        self.tls
            .process_new_packets()
            .is_ok_and(|state| state.peer_has_closed())
    }

    /// Takes what rustls wants written, record by record.
    pub(crate) fn drain_records(&mut self, cause: Cause, error: Option<&Error>) {
        let mut octets = Vec::new();
        while self.tls.wants_write() && self.tls.write_tls(&mut octets).is_ok() {}
        let mut rest = octets.as_slice();
        while let Some([kind, _, _, high, low]) = rest.first_chunk::<HEADER_LENGTH>() {
            let length = HEADER_LENGTH + usize::from(u16::from_be_bytes([*high, *low]));
            let (record, after) = rest.split_at(length.min(rest.len()));
            let seen = self.records.record(Way::Sent, record, cause);
            // A sealed alert cannot be decoded; what it says follows from the error.
            if let (APPLICATION_DATA, Some(Error::InvalidCertificate(why))) = (*kind, error) {
                let alert = AlertDescription::from(why.clone());
                self.records.alert(Way::Sent, u8::from(alert), seen);
            }
            self.queue(record.to_vec(), seen);
            rest = after;
        }
    }

    fn queue(&mut self, octets: Vec<u8>, cause: Cause) {
        self.waiting += octets.len();
        self.outgoing.push_back(Chunk {
            octets,
            at: 0,
            cause,
        });
    }

    /// Seals plaintext; waits while too much is waiting for the stream.
    pub(crate) fn poll_seal(
        &mut self,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<Result<usize, PortFailure>> {
        if self.close_sent {
            return Poll::Ready(Err(self.cannot_seal()));
        }
        if self.waiting >= MAX_WAITING {
            ready!(self.poll_send(context))?;
        }
        let taken = &octets[..octets.len().min(MAX_TAKEN)];
        let written = match self.tls.writer().write(taken) {
            Ok(written) if written > 0 || taken.is_empty() => written,
            _ => return Poll::Ready(Err(self.cannot_seal())),
        };
        self.drain_records(self.because, None);
        // Sending may have to wait; the octets are taken all the same.
        let _ = self.poll_send(context)?;
        Poll::Ready(Ok(written))
    }

    fn cannot_seal(&self) -> PortFailure {
        PortFailure {
            kind: PortFailureKind::Closed,
            operation: "seal a TLS record",
            address: Some(self.stream.info().remote),
            words: "this end has said close_notify".to_owned(),
            at: self.port.now(),
            evidence: self.last_record,
        }
    }

    /// Gives sealed records to the stream until none waits.
    pub(crate) fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<Result<(), PortFailure>> {
        while let Some(chunk) = self.outgoing.front_mut() {
            self.stream.write_because(chunk.cause);
            let sent = ready!(self.stream.poll_write(context, &chunk.octets[chunk.at..]))?;
            chunk.at += sent;
            self.waiting = self.waiting.saturating_sub(sent);
            if chunk.at >= chunk.octets.len() {
                self.outgoing.pop_front();
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Sends everything and flushes.
    pub(crate) fn poll_flush(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), PortFailure>> {
        ready!(self.poll_send(context))?;
        self.stream.poll_flush(context)
    }

    /// Says close_notify, once.
    pub(crate) fn say_close_notify(&mut self) {
        if self.close_sent {
            return;
        }
        self.close_sent = true;
        self.tls.send_close_notify();
        let before = self.outgoing.len();
        self.drain_records(self.because, None);
        if let Some(last) = self
            .outgoing
            .back()
            .filter(|_| self.outgoing.len() > before)
        {
            let close_notify = u8::from(AlertDescription::CloseNotify);
            self.records.alert(Way::Sent, close_notify, last.cause);
        }
    }
}

//! What of a trip was done only to learn an address: connections to name servers, and the requests
//! over them; and what became of attempts that no connection came of.

use crate::NearSide;
use std::collections::BTreeSet;
use thru_events::{
    ConnectionId, Entry, Event, RequestId, Stage, Vantage, close::CloseEvent, dns::DnsEvent,
    http::HttpEvent, tcp::TcpEvent, tls::TlsEvent,
};

/// The near side's connections to name servers. A connection is one if a question made it happen.
#[derive(Clone, Debug, Default)]
pub struct OfNames {
    connections: BTreeSet<ConnectionId>,
    /// Stages at which the page itself did something.
    own: BTreeSet<Stage>,
    /// Connections that were begun and never open: their end is none of a connection.
    unopened: BTreeSet<ConnectionId>,
}

impl OfNames {
    /// Looks through a trip.
    pub fn of(near: NearSide<'_>) -> OfNames {
        let mut found = OfNames::default();
        let mut questions = BTreeSet::new();
        for entry in near.entries() {
            match &entry.event {
                Event::Dns(DnsEvent::QuerySent { .. }) => {
                    questions.insert(entry.id);
                }
                Event::Tcp(TcpEvent::ConnectStarted { connection, .. })
                    if entry.cause.is_some_and(|cause| questions.contains(&cause)) =>
                {
                    found.connections.insert(*connection);
                    found.unopened.insert(*connection);
                }
                Event::Tcp(TcpEvent::ConnectStarted { connection, .. }) => {
                    found.unopened.insert(*connection);
                }
                Event::Tcp(TcpEvent::Opened { connection, .. }) => {
                    found.unopened.remove(connection);
                }
                _ => {}
            }
            if is_of_page(&entry.event) && !found.belongs(&entry.event) {
                found.own.insert(entry.event.stage());
            }
        }
        found
    }

    /// Whether the event is about a connection to a name server or a request over one.
    pub fn belongs(&self, event: &Event) -> bool {
        let connection = connection_of(event);
        connection.is_some_and(|connection| self.connections.contains(&connection))
            || request_of(event).is_some_and(RequestId::is_of_names)
    }

    /// Whether a view of the page leaves the entry out: it belongs to a name, and the page has events
    /// of its own at that stage, or it is about the end of what was never open.
    pub fn hides(&self, entry: &Entry) -> bool {
        let near = entry.vantage == Vantage::Near;
        let of_names = self.own.contains(&entry.event.stage()) && self.belongs(&entry.event);
        near && (of_names || self.unopened_end(&entry.event).is_some())
    }

    /// The connection of an event that is about the end of what was never open.
    pub fn unopened_end(&self, event: &Event) -> Option<ConnectionId> {
        let connection = connection_of(event).filter(|_| event.stage() == Stage::Close)?;
        self.unopened.contains(&connection).then_some(connection)
    }
}

/// Whether a stage has a row of its own work in it: of http, that something was asked for is not.
fn is_of_page(event: &Event) -> bool {
    connection_of(event).is_some() || request_of(event).is_some()
}

fn connection_of(event: &Event) -> Option<ConnectionId> {
    match event {
        Event::Tcp(
            TcpEvent::ConnectStarted { connection, .. }
            | TcpEvent::StateChanged { connection, .. }
            | TcpEvent::SegmentSent { connection, .. }
            | TcpEvent::SegmentReceived { connection, .. }
            | TcpEvent::SegmentRetransmitted { connection, .. }
            | TcpEvent::Opened { connection, .. }
            | TcpEvent::DataArrived { connection, .. }
            | TcpEvent::RoundTripMeasured { connection, .. }
            | TcpEvent::KernelFigures { connection, .. }
            | TcpEvent::Failed { connection, .. },
        )
        | Event::Tls(
            TlsEvent::HandshakeStarted { connection, .. }
            | TlsEvent::RecordSeen { connection, .. }
            | TlsEvent::MessageSeen { connection, .. }
            | TlsEvent::CertificatesReceived { connection, .. }
            | TlsEvent::ChainVerified { connection, .. }
            | TlsEvent::KeyLogged { connection, .. }
            | TlsEvent::HandshakeDone { connection, .. }
            | TlsEvent::AlertSeen { connection, .. }
            | TlsEvent::HandshakeFailed { connection, .. },
        )
        | Event::Http(HttpEvent::FrameSeen { connection, .. })
        | Event::Close(
            CloseEvent::Started { connection, .. }
            | CloseEvent::FinAcknowledged { connection }
            | CloseEvent::PeerFinished { connection }
            | CloseEvent::TimeWaitEntered { connection, .. }
            | CloseEvent::Closed { connection, .. },
        ) => Some(*connection),
        _ => None,
    }
}

fn request_of(event: &Event) -> Option<RequestId> {
    match event {
        Event::Http(
            HttpEvent::RequestSent { request, .. }
            | HttpEvent::ResponseStarted { request, .. }
            | HttpEvent::ResponseFinished { request, .. }
            | HttpEvent::RequestFailed { request, .. },
        ) => Some(*request),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Journal;
    use thru_events::{EventId, Provenance, Time};

    fn journal(events: Vec<(Option<usize>, Event)>) -> Journal {
        let entries = events
            .into_iter()
            .enumerate()
            .map(|(at, (cause, event))| Entry {
                id: EventId::from_index(at).unwrap(),
                at: Time(at as u64),
                cause: cause.and_then(EventId::from_index),
                provenance: Provenance::Observed,
                vantage: Vantage::Near,
                span: None,
                event,
            });
        Journal {
            entries: entries.collect(),
            ..Journal::default()
        }
    }

    fn asked() -> Event {
        DnsEvent::QuerySent {
            id: 1,
            name: "a.test".into(),
            record_type: "A".into(),
            server: "192.0.2.53:853".parse().unwrap(),
            transport: "tls".into(),
            attempt: 1,
        }
        .into()
    }

    fn connects(number: u32) -> Event {
        TcpEvent::ConnectStarted {
            connection: ConnectionId(number),
            remote: "192.0.2.53:853".parse().unwrap(),
        }
        .into()
    }

    #[test]
    fn a_connection_that_a_question_opened_is_hidden_beside_the_page_s_own() {
        let journal = journal(vec![
            (None, asked()),
            (Some(0), connects(1)),
            (Some(1), connects(2)),
        ]);
        let names = OfNames::of(journal.near_side());
        let hidden: Vec<bool> = journal
            .entries
            .iter()
            .map(|entry| names.hides(entry))
            .collect();
        assert_eq!(hidden, [false, true, false]);
    }

    #[test]
    fn the_end_of_an_attempt_is_none_of_a_connection() {
        let closed = |number| -> Event {
            CloseEvent::Closed {
                connection: ConnectionId(number),
                how: "given up".into(),
            }
            .into()
        };
        let opened = TcpEvent::Opened {
            connection: ConnectionId(2),
            local: "192.0.2.1:5000".parse().unwrap(),
            remote: "192.0.2.53:853".parse().unwrap(),
            rtt_us: 1,
        };
        let journal = journal(vec![
            (None, connects(1)),
            (None, connects(2)),
            (Some(1), opened.into()),
            (Some(2), closed(1)),
            (Some(2), closed(2)),
        ]);
        let names = OfNames::of(journal.near_side());
        assert!(names.hides(&journal.entries[3]));
        assert!(!names.hides(&journal.entries[4]));
    }

    #[test]
    fn where_the_page_came_not_so_far_it_is_shown() {
        let journal = journal(vec![(None, asked()), (Some(0), connects(1))]);
        let names = OfNames::of(journal.near_side());
        assert!(names.belongs(&journal.entries[1].event));
        assert!(!journal.entries.iter().any(|entry| names.hides(entry)));
    }

    #[test]
    fn a_request_for_a_name_is_known_by_its_number() {
        let failed = |number| -> Event {
            let request = RequestId(number);
            let why = String::new();
            HttpEvent::RequestFailed { request, why }.into()
        };
        let names = OfNames::default();
        assert!(names.belongs(&failed(RequestId::FIRST_OF_NAMES.0)));
        assert!(!names.belongs(&failed(1)));
    }
}

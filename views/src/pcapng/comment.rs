//! The words beside a packet: the step that it belongs to, what it says, and why it was sent.

use crate::sentence::sentence;
use std::collections::BTreeMap;
use thru_events::{Entry, Event, EventId, ip::IpEvent, link::LinkEvent, tcp::TcpEvent};
use thru_journal::Journal;

/// Layers that one frame can have.
const LAYERS: usize = 6;

/// Finds the words for frames of one journal.
pub(super) struct Comments<'a> {
    journal: &'a Journal,
    /// What came of an event at the same place, first of all.
    first_effect: BTreeMap<EventId, &'a Entry>,
}

impl<'a> Comments<'a> {
    pub(super) fn of(journal: &'a Journal) -> Comments<'a> {
        let mut first_effect = BTreeMap::new();
        for entry in &journal.entries {
            let cause = entry.cause.and_then(|cause| journal.entry(cause));
            if let Some(cause) = cause.filter(|cause| cause.vantage == entry.vantage) {
                first_effect.entry(cause.id).or_insert(entry);
            }
        }
        Comments {
            journal,
            first_effect,
        }
    }

    /// `#12 tcp: 1: sent SYN seq 7 ..., because: ...`
    pub(super) fn words(&self, frame: &'a Entry) -> String {
        let sent = matches!(
            frame.event,
            Event::Link(
                LinkEvent::FrameSent { .. } | LinkEvent::FramePassed { outgoing: true, .. }
            )
        );
        let (top, why) = match sent {
            true => self.made_of(frame),
            false => (self.carries(frame), None),
        };
        let stage = top.event.stage().id();
        let mut words = format!("{} {stage}: {}", frame.id, sentence(&top.event));
        if let Some(why) = why {
            words += &format!("; because: {}", sentence(&why.event));
        }
        words
    }

    /// The uppermost layer of a frame that was sent, and what wanted it.
    fn made_of(&self, frame: &'a Entry) -> (&'a Entry, Option<&'a Entry>) {
        let mut top = frame;
        for _ in 0..LAYERS {
            let cause = top.cause.and_then(|cause| self.journal.entry(cause));
            match cause {
                Some(cause) if is_layer(&cause.event) && cause.vantage == frame.vantage => {
                    top = cause;
                }
                other => return (top, other),
            }
        }
        (top, None)
    }

    /// The uppermost layer that a received frame was read up to.
    fn carries(&self, frame: &'a Entry) -> &'a Entry {
        let mut top = frame;
        for _ in 0..LAYERS {
            match self.first_effect.get(&top.id) {
                Some(effect) if is_layer(&effect.event) => top = effect,
                _ => break,
            }
        }
        top
    }
}

/// Whether an event is about the same octets as the frame, a layer above.
fn is_layer(event: &Event) -> bool {
    matches!(
        event,
        Event::Link(LinkEvent::ArpAsked { .. } | LinkEvent::ArpAnswered { .. })
            | Event::Ip(
                IpEvent::PacketSent { .. }
                    | IpEvent::PacketReceived { .. }
                    | IpEvent::PacketForwarded { .. }
                    | IpEvent::Fragmented { .. }
                    | IpEvent::Reassembled { .. }
                    | IpEvent::NatTranslated { .. }
                    | IpEvent::IcmpSent { .. }
                    | IpEvent::IcmpReceived { .. }
            )
            | Event::Tcp(
                TcpEvent::SegmentSent { .. }
                    | TcpEvent::SegmentReceived { .. }
                    | TcpEvent::SegmentRetransmitted { .. }
                    | TcpEvent::DatagramSent { .. }
                    | TcpEvent::DatagramReceived { .. }
            )
    )
}

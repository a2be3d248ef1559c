//! What one connection lost, seen from this end.

use std::{collections::BTreeMap, time::Duration};
use thru_events::{ConnectionId, EventId, Time, tcp::TcpEvent};

/// Why a segment goes again though none was lost, in the words of 05-transport.
const NOT_LOST: [&str; 3] = [
    "window probe",
    "the path takes smaller packets only",
    "the peer opened at the same time",
];

/// What one connection lost, seen from this end.
#[derive(Default)]
pub(super) struct Lossy {
    /// The other end, once the connection is open.
    pub(super) remote: Option<std::net::SocketAddr>,
    /// Segments sent, those that went again too.
    pub(super) sent: u32,
    /// Segments that the kernel sent again and nobody got twice.
    pub(super) kernel_lost: u32,
    /// What had not come when something behind it came.
    pub(super) gaps: Vec<Gap>,
    resent: Vec<Resent>,
    /// The round trip when it opened.
    round_trip: Duration,
    /// The shortest one measured.
    least_round_trip: Option<Duration>,
    next: Option<u32>,
    first_sent: BTreeMap<u32, Time>,
    kernel_said: Option<EventId>,
}

/// Octets that had not come when later ones came.
pub(super) struct Gap {
    from: u32,
    seen: Time,
    shown_by: EventId,
}

/// A segment that went again.
struct Resent {
    seq: u32,
    after: u32,
    before: Option<Time>,
    at: Time,
    shown_by: EventId,
    /// When it was acknowledged.
    back: Option<Time>,
    /// The other end said that it got it twice (RFC 2883).
    came_twice: bool,
}

/// Takes in one event.
pub(super) fn note(
    connections: &mut BTreeMap<ConnectionId, Lossy>,
    event: &TcpEvent,
    at: Time,
    id: EventId,
) {
    let Some(connection) = of(event) else {
        return;
    };
    let one = connections.entry(connection).or_default();
    match event {
        TcpEvent::Opened { remote, rtt_us, .. } => {
            one.remote = Some(*remote);
            one.round_trip = Duration::from_micros(*rtt_us);
        }
        TcpEvent::SegmentSent { seq, .. } => {
            one.sent += 1;
            one.first_sent.insert(*seq, at);
        }
        TcpEvent::SegmentRetransmitted { seq, length, .. } => {
            one.sent += 1;
            one.resent.push(Resent {
                seq: *seq,
                after: seq.wrapping_add((*length).max(1)),
                before: one.first_sent.insert(*seq, at),
                at,
                shown_by: id,
                back: None,
                came_twice: false,
            });
        }
        TcpEvent::DuplicateReported { seq, length, .. } => one.came_twice(*seq, *length),
        TcpEvent::RoundTripMeasured { rtt_us, .. } => {
            let measured = Duration::from_micros(*rtt_us);
            let least = one
                .least_round_trip
                .map_or(measured, |so_far| so_far.min(measured));
            one.least_round_trip = Some(least);
        }
        TcpEvent::SegmentReceived {
            seq,
            ack,
            length,
            flags,
            ..
        } => {
            one.acknowledged(*ack, at);
            one.came(*seq, *length, flags, (at, id));
        }
        TcpEvent::KernelFigures {
            retransmits,
            came_twice,
            ..
        } => {
            one.kernel_lost = retransmits.saturating_sub(*came_twice);
            one.kernel_said = (one.kernel_lost > 0).then_some(id);
        }
        _ => {}
    }
}

/// The connection of an event that tells something of loss.
fn of(event: &TcpEvent) -> Option<ConnectionId> {
    match event {
        TcpEvent::SegmentRetransmitted { why, .. } if NOT_LOST.contains(&&**why) => None,
        TcpEvent::Opened { connection, .. }
        | TcpEvent::SegmentSent { connection, .. }
        | TcpEvent::SegmentRetransmitted { connection, .. }
        | TcpEvent::DuplicateReported { connection, .. }
        | TcpEvent::RoundTripMeasured { connection, .. }
        | TcpEvent::SegmentReceived { connection, .. }
        | TcpEvent::KernelFigures { connection, .. } => Some(*connection),
        _ => None,
    }
}

impl Lossy {
    /// Sequence numbers go round (RFC 9293, section 3.4): ahead is less than half the circle.
    fn came(&mut self, seq: u32, length: u32, flags: &str, (at, id): (Time, EventId)) {
        let takes = length + u32::from(flags.contains("SYN")) + u32::from(flags.contains("FIN"));
        let after = seq.wrapping_add(takes);
        let Some(next) = self.next else {
            self.next = Some(after);
            return;
        };
        let ahead = seq.wrapping_sub(next) as i32;
        if ahead > 0 && takes > 0 {
            self.gaps.push(Gap {
                from: next,
                seen: at,
                shown_by: id,
            });
        }
        if ahead < 0 {
            self.fill(seq, after, at);
        }
        if after.wrapping_sub(next) as i32 > 0 {
            self.next = Some(after);
        }
    }

    /// What comes within a round trip after the gap was seen was not sent again: it was overtaken
    /// (RFC 8985, section 3.3 allows for as much).
    fn fill(&mut self, seq: u32, after: u32, at: Time) {
        let round_trip = self.round_trip;
        self.gaps.retain(|gap| {
            let fills =
                gap.from.wrapping_sub(seq) as i32 >= 0 && (after.wrapping_sub(gap.from) as i32) > 0;
            !fills || at.since(gap.seen) >= round_trip
        });
    }

    fn acknowledged(&mut self, ack: u32, at: Time) {
        for one in self.resent.iter_mut().rev() {
            if one.back.is_some() {
                break;
            }
            if ack.wrapping_sub(one.after) as i32 >= 0 {
                one.back = Some(at);
            }
        }
    }

    fn came_twice(&mut self, seq: u32, length: u32) {
        let inside = |one: &Resent| {
            one.seq.wrapping_sub(seq) as i32 >= 0 && one.seq.wrapping_sub(seq) < length
        };
        let told = self
            .resent
            .iter_mut()
            .rev()
            .find(|one| !one.came_twice && inside(one));
        if let Some(one) = told {
            one.came_twice = true;
        }
    }

    /// Segments that went again because they were lost, as far as this end can tell: not those
    /// that came twice, nor those that were acknowledged sooner than anything goes there and back.
    fn lost_ones(&self) -> impl Iterator<Item = &Resent> {
        self.resent.iter().filter(|one| {
            let too_soon = |back: Time| {
                self.least_round_trip
                    .is_some_and(|least| back.since(one.at) < least)
            };
            !one.came_twice && !one.back.is_some_and(too_soon)
        })
    }

    /// How many segments went again because they were lost.
    pub(super) fn lost(&self) -> usize {
        self.lost_ones().count()
    }

    /// From when to when what was lost was waited for.
    pub(super) fn waits(&self) -> impl Iterator<Item = (Time, Time)> {
        self.lost_ones()
            .filter_map(|one| Some((one.before?, one.at)))
    }

    /// The events that show that something was lost; none if nothing was.
    pub(super) fn shown_by(&self) -> Vec<EventId> {
        let lost = self.lost_ones().map(|one| one.shown_by);
        let gaps = self.gaps.iter().map(|gap| gap.shown_by);
        lost.chain(self.kernel_said).chain(gaps).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(round_trip_ms: u64) -> Lossy {
        let mut one = Lossy {
            round_trip: Duration::from_millis(round_trip_ms),
            ..Lossy::default()
        };
        one.came(u32::MAX - 10, 0, "SYN ACK", at(0));
        one
    }

    fn at(ms: u64) -> (Time, EventId) {
        let time = Time::ZERO.after(Duration::from_millis(ms));
        (time, EventId(std::num::NonZeroU32::MIN))
    }

    #[test]
    fn a_gap_is_what_comes_ahead_also_where_numbers_go_round() {
        let mut one = connection(20);
        one.came(u32::MAX - 9, 5, "ACK", at(1));
        one.came(6, 10, "ACK", at(2));
        one.came(u32::MAX - 4, 11, "ACK", at(30));
        one.came(16, 1, "ACK", at(31));
        assert_eq!(one.gaps.len(), 1);
    }

    #[test]
    fn what_was_overtaken_was_not_lost() {
        let mut one = connection(20);
        one.came(u32::MAX - 9, 5, "ACK", at(1));
        one.came(6, 10, "ACK", at(2));
        one.came(u32::MAX - 4, 11, "ACK", at(3));
        assert!(one.gaps.is_empty());
    }

    /// A segment of 10 octets from 100 that went at 0 and again at `again`, acknowledged at `back`.
    fn sent_twice(round_trip_ms: u64, again: u64, back: u64) -> Lossy {
        let connection = ConnectionId(1);
        let mut all = BTreeMap::new();
        let mut take = |event: TcpEvent, (at, id): (Time, EventId)| note(&mut all, &event, at, id);
        let flags = || "ACK".into();
        let (seq, ack, window, length) = (100, 1, 1000, 10);
        let sent = TcpEvent::SegmentSent {
            connection,
            flags: flags(),
            seq,
            ack,
            window,
            length,
        };
        take(sent, at(0));
        let why = "the retransmission timer ran out".into();
        let resent = TcpEvent::SegmentRetransmitted {
            connection,
            seq,
            length,
            why,
            attempt: 2,
        };
        take(resent, at(again));
        let rtt_us = round_trip_ms * 1000;
        let measured = TcpEvent::RoundTripMeasured {
            connection,
            rtt_us,
            srtt_us: 0,
            rto_us: 0,
        };
        take(measured, at(back));
        let (seq, ack, length) = (1, 110, 0);
        let came = TcpEvent::SegmentReceived {
            connection,
            flags: flags(),
            seq,
            ack,
            window,
            length,
        };
        take(came, at(back));
        all.remove(&connection).unwrap()
    }

    #[test]
    fn what_is_acknowledged_a_round_trip_later_was_lost() {
        assert_eq!(sent_twice(20, 200, 220).lost(), 1);
    }

    #[test]
    fn what_is_acknowledged_sooner_was_only_late() {
        assert_eq!(sent_twice(220, 200, 220).lost(), 0);
    }

    #[test]
    fn what_came_twice_was_not_lost() {
        let mut one = sent_twice(20, 200, 240);
        one.came_twice(90, 10);
        assert_eq!(one.lost(), 1);
        one.came_twice(100, 10);
        assert_eq!(one.lost(), 0);
    }
}

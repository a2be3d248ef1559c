//! A switching hub: learns who is behind which port and forwards frames accordingly.
//!
//! Stage: the lab world; IEEE 802.1D, section 7.
//! In: a frame at a port. Out: the ports it leaves by.
//! Emits: `Link.PortLearned`, `Link.FrameForwarded`, `Link.FrameFlooded`, `Link.FrameIgnored`,
//! `Trip.LimitReached`.
//! How it works: the source address is learned for the port; a known destination gets the frame
//! alone, an unknown one and a group floods to all others. Lines age out.
//! Not here: spanning tree, VLANs (GAP: neither is built; a topology with a loop is refused).

use std::{collections::BTreeMap, time::Duration};
use thru_events::{Cause, MacAddress, Stage, Tap, Time, link::LinkEvent, trip::TripEvent};

/// How long a learned line lives (IEEE 802.1D, table 7-5).
pub(crate) const AGEING_TIME: Duration = Duration::from_secs(300);

/// Lines that the table holds at most; the oldest gives way.
pub(crate) const TABLE_LIMIT: usize = 4096;

struct Line {
    port: u8,
    seen: Time,
}

/// A copy of the frame leaves by `port`, because of `cause`.
#[derive(Debug, PartialEq)]
pub(crate) struct Leaving {
    pub(crate) port: u8,
    pub(crate) cause: Cause,
}

pub(crate) struct Switch {
    ports: u8,
    table: BTreeMap<MacAddress, Line>,
    tap: Tap,
}

impl Switch {
    pub(crate) fn new(ports: u8, tap: Tap) -> Switch {
        Switch {
            ports,
            table: BTreeMap::new(),
            tap,
        }
    }

    pub(crate) fn tap(&self) -> &Tap {
        &self.tap
    }

    /// Decides where a frame that came in by `port` leaves.
    pub(crate) fn handle(
        &mut self,
        now: Time,
        port: u8,
        frame: &[u8],
        cause: Cause,
    ) -> Vec<Leaving> {
        let Some((destination, source)) = addresses(frame) else {
            return Vec::new();
        };
        let cause = self.learn(now, source, port, cause).or(cause);
        if destination.is_group() {
            let why = if destination == MacAddress::BROADCAST {
                "broadcast"
            } else {
                "multicast"
            };
            return self.flood(port, why, cause);
        }
        match self.find(now, destination) {
            None => self.flood(port, "nobody knows where the receiver is", cause),
            Some(to_port) if to_port == port => {
                self.tap.emit(cause, || LinkEvent::FrameIgnored {
                    interface: port,
                    destination,
                    why: "the receiver is behind the same port".into(),
                });
                Vec::new()
            }
            Some(to_port) => {
                let cause = self.tap.emit(cause, || LinkEvent::FrameForwarded {
                    from_port: port,
                    to_port,
                });
                vec![Leaving {
                    port: to_port,
                    cause,
                }]
            }
        }
    }

    fn learn(&mut self, now: Time, mac: MacAddress, port: u8, cause: Cause) -> Cause {
        if mac.is_group() {
            return None;
        }
        if let Some(line) = self.table.get_mut(&mac).filter(|line| line.port == port) {
            line.seen = now;
            return None;
        }
        let mut cause = cause;
        if self.table.len() >= TABLE_LIMIT {
            cause = self.tap.emit(cause, || TripEvent::LimitReached {
                stage: Stage::Link,
                limit: "lines of a switch's table".into(),
                value: TABLE_LIMIT as u64,
            });
            let oldest = self.table.iter().min_by_key(|(_, line)| line.seen);
            let oldest = oldest.map(|(mac, _)| *mac);
            oldest.and_then(|mac| self.table.remove(&mac));
        }
        self.table.insert(mac, Line { port, seen: now });
        self.tap
            .emit(cause, || LinkEvent::PortLearned { mac, port })
    }

    fn find(&mut self, now: Time, mac: MacAddress) -> Option<u8> {
        let line = self.table.get(&mac)?;
        if now.since(line.seen) > AGEING_TIME {
            self.table.remove(&mac);
            return None;
        }
        Some(line.port)
    }

    fn flood(&mut self, port: u8, why: &'static str, cause: Cause) -> Vec<Leaving> {
        let cause = self.tap.emit(cause, || LinkEvent::FrameFlooded {
            from_port: port,
            copies: self.ports - 1,
            why: why.into(),
        });
        let others = (0..self.ports).filter(|other| *other != port);
        others.map(|port| Leaving { port, cause }).collect()
    }
}

/// Destination and source of a frame; `None` if it is too short to have them.
fn addresses(frame: &[u8]) -> Option<(MacAddress, MacAddress)> {
    let destination = frame.get(0..6)?.try_into().ok()?;
    let source = frame.get(6..12)?.try_into().ok()?;
    Some((MacAddress(destination), MacAddress(source)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: [u8; 6] = [2, 0, 0, 0, 0, 1];
    const B: [u8; 6] = [2, 0, 0, 0, 0, 2];

    fn frame(to: [u8; 6], from: [u8; 6]) -> Vec<u8> {
        [&to[..], &from[..], &[8, 0]].concat()
    }

    fn ports(leaving: Vec<Leaving>) -> Vec<u8> {
        leaving.into_iter().map(|copy| copy.port).collect()
    }

    #[test]
    fn learns_from_the_source_and_then_forwards_to_one_port() {
        let mut switch = Switch::new(3, Tap::off());
        assert_eq!(
            ports(switch.handle(Time(0), 0, &frame([0xff; 6], A), None)),
            [1, 2]
        );
        assert_eq!(ports(switch.handle(Time(1), 2, &frame(A, B), None)), [0]);
        assert_eq!(ports(switch.handle(Time(2), 0, &frame(B, A), None)), [2]);
    }

    #[test]
    fn forgets_who_was_silent_for_five_minutes() {
        let mut switch = Switch::new(3, Tap::off());
        switch.handle(Time(0), 0, &frame(B, A), None);
        let later = Time::ZERO.after(AGEING_TIME + Duration::from_secs(1));
        assert_eq!(ports(switch.handle(later, 1, &frame(A, B), None)), [0, 2]);
    }

    #[test]
    fn keeps_a_frame_for_its_own_port_at_home() {
        let mut switch = Switch::new(2, Tap::off());
        switch.handle(Time(0), 1, &frame(B, A), None);
        assert_eq!(
            ports(switch.handle(Time(1), 1, &frame(A, B), None)),
            [0u8; 0]
        );
    }
}

//! A switching hub: learns who is behind which port and forwards frames accordingly.
//!
//! Stage: the lab world; IEEE 802.1D, section 7.
//! In: a frame at a port. Out: the ports it leaves by.
//! Emits: `Link.PortLearned`, `Link.PortForgotten`, `Link.FrameForwarded`, `Link.FrameFlooded`,
//! `Link.FrameIgnored`, `Link.StormBegan`, `Link.StormEnded`, `Trip.LimitReached`.
//! How it works: the source address is learned for the port ([`Table`]); a known destination gets
//! the frame alone, an unknown one and a group floods to all others. Lines age out. A port that
//! floods too much is shut for a while ([`Storm`]), which is what cuts a loop.
//! Not here: spanning tree, VLANs (GAP: neither is built).

mod storm;
mod table;

use storm::{HOLD, Shut, Storm};
use table::Table;
use thru_events::{Cause, MacAddress, Stage, Tap, Time, link::LinkEvent, trip::TripEvent};

pub(crate) use storm::STORM_LIMIT;
pub(crate) use table::{AGEING_TIME, TABLE_LIMIT};

/// What can be chosen of a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SwitchSettings {
    pub(crate) ports: u8,
    /// Lines of the table; the one heard longest ago gives way.
    pub(crate) table_limit: usize,
    /// How long a line lives.
    pub(crate) ageing: std::time::Duration,
    /// Frames a second that one port may have flooded.
    pub(crate) storm_limit: u32,
}

impl SwitchSettings {
    /// A usual switch with so many ports.
    pub(crate) fn with_ports(ports: u8) -> SwitchSettings {
        SwitchSettings {
            ports,
            table_limit: TABLE_LIMIT,
            ageing: AGEING_TIME,
            storm_limit: STORM_LIMIT,
        }
    }
}

/// A copy of the frame leaves by `port`, because of `cause`.
#[derive(Debug, PartialEq)]
pub(crate) struct Leaving {
    pub(crate) port: u8,
    pub(crate) cause: Cause,
}

pub(crate) struct Switch {
    settings: SwitchSettings,
    table: Table,
    storms: Vec<Storm>,
    shut: Vec<Shut>,
    tap: Tap,
}

impl Switch {
    pub(crate) fn new(settings: SwitchSettings, tap: Tap) -> Switch {
        Switch {
            table: Table::new(settings.table_limit, settings.ageing),
            storms: vec![Storm::default(); settings.ports.into()],
            shut: Vec::new(),
            settings,
            tap,
        }
    }

    pub(crate) fn tap(&self) -> &Tap {
        &self.tap
    }

    /// A frame has been through more switches than there can be on a way: it goes round.
    pub(crate) fn give_up(&self, port: u8, frame: &[u8], cause: Cause) {
        let why = "it went through so many switches that it must go round";
        if let Some((destination, _)) = addresses(frame) {
            self.ignore(port, destination, why, cause);
        }
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
        self.open_again(now);
        if let Some(shut) = self.shut.iter_mut().find(|shut| shut.port == port) {
            // Told with the end: a storm must not fill the record.
            shut.dropped += 1;
            return Vec::new();
        }
        self.forget_the_old(now);
        let cause = self.learn(now, source, port, cause).or(cause);
        if destination.is_group() {
            let why = if destination == MacAddress::BROADCAST {
                "broadcast"
            } else {
                "multicast"
            };
            return self.flood(now, port, destination, why, cause);
        }
        match self.table.find(destination) {
            None => {
                let why = "nobody knows where the receiver is";
                self.flood(now, port, destination, why, cause)
            }
            Some(to_port) if to_port == port => {
                let why = "the receiver is behind the same port";
                self.ignore(port, destination, why, cause);
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

    fn ignore(&self, interface: u8, destination: MacAddress, why: &'static str, cause: Cause) {
        self.tap.emit(cause, || LinkEvent::FrameIgnored {
            interface,
            destination,
            why: why.into(),
        });
    }

    fn forget_the_old(&mut self, now: Time) {
        while let Some(line) = self.table.take_old(now) {
            let (mac, port) = (line.mac, line.port);
            self.tap.emit(line.learned, || LinkEvent::PortForgotten {
                mac,
                port,
                why: "it was not heard for too long".into(),
            });
        }
    }

    fn learn(&mut self, now: Time, mac: MacAddress, port: u8, cause: Cause) -> Cause {
        if mac.is_group() || self.table.hear(now, mac, port) {
            return None;
        }
        let mut cause = cause;
        if let Some(line) = self.table.make_room(mac) {
            let value = self.settings.table_limit as u64;
            cause = self.tap.emit(cause, || TripEvent::LimitReached {
                stage: Stage::Link,
                limit: "lines of a switch's table".into(),
                value,
            });
            cause = self.tap.emit(cause, || LinkEvent::PortForgotten {
                mac: line.mac,
                port: line.port,
                why: "the table is full, and it was not heard for longest".into(),
            });
        }
        let learned = self
            .tap
            .emit(cause, || LinkEvent::PortLearned { mac, port });
        self.table.insert(now, mac, port, learned);
        learned
    }

    fn flood(
        &mut self,
        now: Time,
        port: u8,
        destination: MacAddress,
        why: &'static str,
        cause: Cause,
    ) -> Vec<Leaving> {
        let limit = self.settings.storm_limit;
        let storm = self.storms.get_mut(usize::from(port));
        if !storm.is_some_and(|storm| storm.take(now, limit)) {
            self.shut(now, port, destination, cause);
            return Vec::new();
        }
        let is_shut = |port| self.shut.iter().any(|shut| shut.port == port);
        let others = 0..self.settings.ports;
        let others = others.filter(|other| *other != port && !is_shut(*other));
        let others: Vec<u8> = others.collect();
        let cause = self.tap.emit(cause, || LinkEvent::FrameFlooded {
            from_port: port,
            copies: others.len() as u8,
            why: why.into(),
        });
        let leaving = |port| Leaving { port, cause };
        others.into_iter().map(leaving).collect()
    }

    /// The port had too much flooded: nothing goes in or out there for a while, and who was behind
    /// it is looked for anew.
    fn shut(&mut self, now: Time, port: u8, destination: MacAddress, cause: Cause) {
        let limit = self.settings.storm_limit;
        let began = self
            .tap
            .emit(cause, || LinkEvent::StormBegan { port, limit });
        self.ignore(port, destination, "its port is shut", began);
        for line in self.table.take_port(port) {
            let mac = line.mac;
            self.tap.emit(began, || LinkEvent::PortForgotten {
                mac,
                port,
                why: "the port is shut".into(),
            });
        }
        // What went round goes round no more: the others are counted anew, or all of a loop's
        // ports would be shut at once.
        self.storms.fill(Storm::default());
        self.shut.push(Shut {
            port,
            until: now.after(HOLD),
            dropped: 1,
            began,
        });
    }

    fn open_again(&mut self, now: Time) {
        while let Some(at) = self.shut.iter().position(|shut| shut.until <= now) {
            let Shut {
                port,
                dropped,
                began,
                ..
            } = self.shut.remove(at);
            self.tap
                .emit(began, || LinkEvent::StormEnded { port, dropped });
        }
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
    use std::time::Duration;

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
        let mut switch = Switch::new(SwitchSettings::with_ports(3), Tap::off());
        assert_eq!(
            ports(switch.handle(Time(0), 0, &frame([0xff; 6], A), None)),
            [1, 2]
        );
        assert_eq!(ports(switch.handle(Time(1), 2, &frame(A, B), None)), [0]);
        assert_eq!(ports(switch.handle(Time(2), 0, &frame(B, A), None)), [2]);
    }

    #[test]
    fn forgets_who_was_silent_for_five_minutes() {
        let mut switch = Switch::new(SwitchSettings::with_ports(3), Tap::off());
        switch.handle(Time(0), 0, &frame(B, A), None);
        let later = Time::ZERO.after(AGEING_TIME + Duration::from_secs(1));
        assert_eq!(ports(switch.handle(later, 1, &frame(A, B), None)), [0, 2]);
    }

    #[test]
    fn keeps_a_frame_for_its_own_port_at_home() {
        let mut switch = Switch::new(SwitchSettings::with_ports(2), Tap::off());
        switch.handle(Time(0), 1, &frame(B, A), None);
        assert_eq!(
            ports(switch.handle(Time(1), 1, &frame(A, B), None)),
            [0u8; 0]
        );
    }

    #[test]
    fn a_flood_of_senders_takes_the_place_of_those_heard_longest_ago() {
        let mut settings = SwitchSettings::with_ports(3);
        settings.table_limit = 2;
        let mut switch = Switch::new(settings, Tap::off());
        let sender = |last| [2, 0, 0, 0, 1, last];
        for last in 0..200u8 {
            switch.handle(Time(last.into()), 1, &frame(A, sender(last)), None);
        }
        assert_eq!(switch.table.len(), 2);
        // The last two are known, the others are asked for at every port.
        let at = Time(1000);
        assert_eq!(
            ports(switch.handle(at, 0, &frame(sender(199), A), None)),
            [1]
        );
        assert_eq!(
            ports(switch.handle(at, 0, &frame(sender(5), A), None)),
            [1, 2]
        );
    }

    #[test]
    fn a_port_with_a_storm_is_shut_for_a_while() {
        let mut settings = SwitchSettings::with_ports(3);
        settings.storm_limit = 10;
        let mut switch = Switch::new(settings, Tap::off());
        switch.handle(Time(0), 1, &frame(A, B), None);
        let mut flooded = 0;
        for number in 0..1000 {
            let leaving = switch.handle(Time(number), 0, &frame([0xff; 6], A), None);
            flooded += usize::from(!leaving.is_empty());
        }
        assert_eq!(flooded, 10);
        // Nothing goes in or out by that port; the others are as they were.
        assert_eq!(
            ports(switch.handle(Time(2000), 0, &frame(B, A), None)),
            [0u8; 0]
        );
        assert_eq!(
            ports(switch.handle(Time(2000), 2, &frame([0xff; 6], B), None)),
            [1]
        );
        let later = Time::ZERO.after(storm::HOLD + Duration::from_secs(1));
        assert_eq!(
            ports(switch.handle(later, 0, &frame([0xff; 6], A), None)),
            [1, 2]
        );
    }
}

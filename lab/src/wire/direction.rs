use super::{
    line_time::LineTime,
    mishaps::{Mishaps, Travel},
    queue::{Discipline, Managed, QueueLimits, TailDrop},
};
use crate::chance::Chance;
use std::time::Duration;
use thru_events::{Cause, Tap, Time, link::LinkEvent};
use thru_octets::Span;

/// What one direction of a wire is like.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Properties {
    /// Bits per second.
    pub(crate) rate: u64,
    /// Time that a bit takes from end to end.
    pub(crate) latency: Duration,
    /// How much may wait for the line.
    pub(crate) limits: QueueLimits,
    /// Who waits, who goes first, who is dropped.
    pub(crate) discipline: Discipline,
    /// What can go wrong.
    pub(crate) mishaps: Mishaps,
}

/// A frame with its check sequence, on its way.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    pub(crate) frame: Vec<u8>,
    /// Where its octets are kept, as long as they are those of its sender.
    pub(crate) span: Option<Span>,
    pub(crate) cause: Cause,
    /// Switches that it has been through.
    pub(crate) switches: u8,
}

impl Carried {
    pub(crate) fn new(frame: Vec<u8>, span: Option<Span>, cause: Cause) -> Carried {
        Carried {
            frame,
            span,
            cause,
            switches: 0,
        }
    }

    /// The octets are no longer those that the sender kept.
    pub(super) fn changed(&mut self) {
        self.span = None;
    }

    /// States what the wire did to it.
    pub(super) fn disturb(&mut self, tap: &Tap, how: impl FnOnce() -> String) {
        let stated = tap.emit(self.cause, || LinkEvent::FrameDisturbed {
            how: how().into(),
        });
        self.cause = stated.or(self.cause);
    }
}

/// The frame will be at the other end then.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) at: Time,
    pub(crate) carried: Carried,
}

/// What is to come of a frame that was handed over.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    pub(crate) arrivals: Vec<Arrival>,
    /// The frame's last octet is on the line then: [`Direction::leave`] says what becomes of it.
    pub(crate) leaves: Option<Arrival>,
}

/// One direction of a wire.
pub(crate) struct Direction {
    line: LineTime,
    queue: Queue,
    travel: Travel,
}

enum Queue {
    /// When a frame's turn comes is known when it is handed over.
    TailDrop(TailDrop),
    /// Who goes next is decided when the line is free.
    Managed(Box<Managed>),
}

impl Direction {
    pub(crate) fn new(properties: Properties, mut chance: Chance) -> Direction {
        let queue = match properties.discipline {
            Discipline::TailDrop => Queue::TailDrop(TailDrop::new(properties.limits)),
            discipline => {
                let salt = chance.u64();
                Queue::Managed(Box::new(Managed::new(discipline, properties.limits, salt)))
            }
        };
        Direction {
            line: LineTime::new(properties.rate),
            queue,
            travel: Travel::new(properties.latency, properties.mishaps, chance),
        }
    }

    /// Frames are counted from here on.
    pub(crate) fn count_anew(&mut self) {
        self.travel.count_anew();
    }

    /// Takes a frame.
    pub(crate) fn hand(&mut self, now: Time, carried: Carried, tap: &Tap, ahead: &mut Ahead) {
        match &mut self.queue {
            Queue::TailDrop(queue) => {
                let octets = carried.frame.len();
                let starts = self.line.free_at().max(now);
                if !queue.take(now, starts, octets) {
                    let why = "the queue before the wire is full".into();
                    tap.emit(carried.cause, || LinkEvent::FrameLost { why });
                    return;
                }
                let left = self.line.put(now, octets);
                self.travel.depart(now, left, carried, tap, ahead);
            }
            Queue::Managed(queue) => {
                queue.put(now, carried, tap);
                self.poll(now, tap, ahead);
            }
        }
    }

    /// Puts the next frame that waits on the line, if it is free.
    pub(crate) fn poll(&mut self, now: Time, tap: &Tap, ahead: &mut Ahead) {
        let Queue::Managed(queue) = &mut self.queue else {
            return;
        };
        while self.line.free_at() <= now {
            let Some(carried) = queue.next(now, tap) else {
                return;
            };
            let left = self.line.put(now, carried.frame.len());
            // The line takes one at a time: nothing else is due before this one left.
            self.travel.depart(now, left, carried, tap, ahead);
        }
    }

    /// The frame's last octet has left now.
    pub(crate) fn leave(&mut self, now: Time, carried: Carried, tap: &Tap, ahead: &mut Ahead) {
        self.travel.go(now, carried, tap, &mut ahead.arrivals);
    }

    /// When [`Direction::poll`] has something to do.
    pub(crate) fn wake_at(&self) -> Option<Time> {
        match &self.queue {
            Queue::Managed(queue) if !queue.is_empty() => Some(self.line.free_at()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(rate: u64, limits: QueueLimits, mishaps: Mishaps) -> Direction {
        let properties = Properties {
            rate,
            latency: Duration::from_millis(1),
            limits,
            discipline: Discipline::TailDrop,
            mishaps,
        };
        Direction::new(properties, Chance::new(1, "a line"))
    }

    fn frames(limit: usize) -> QueueLimits {
        QueueLimits {
            frames: limit,
            octets: usize::MAX,
        }
    }

    fn hand(line: &mut Direction, now: u64, octets: usize) -> Option<Time> {
        let mut ahead = Ahead::default();
        let carried = Carried::new(vec![0; octets], None, None);
        line.hand(Time(now), carried, &Tap::off(), &mut ahead);
        if let Some(Arrival { at, carried }) = ahead.leaves.take() {
            line.leave(at, carried, &Tap::off(), &mut ahead);
        }
        ahead.arrivals.first().map(|arrival| arrival.at)
    }

    #[test]
    fn a_frame_takes_its_octets_time_and_then_the_way() {
        let mut line = line(8_000_000, frames(10), Mishaps::default());
        // 80 octets and 20 of overhead at one octet a microsecond.
        assert_eq!(hand(&mut line, 0, 80), Some(Time(1_100_000)));
        assert_eq!(hand(&mut line, 0, 80), Some(Time(1_200_000)));
    }

    #[test]
    fn a_full_queue_drops_the_newest() {
        let mut line = line(8_000_000, frames(2), Mishaps::default());
        let handed: Vec<_> = (0..4).map(|_| hand(&mut line, 0, 80)).collect();
        assert_eq!(handed[2], Some(Time(1_300_000)));
        assert_eq!(handed[3], None);
    }

    #[test]
    fn a_queue_may_be_limited_in_octets() {
        let limits = QueueLimits {
            frames: usize::MAX,
            octets: 200,
        };
        let mut line = line(8_000_000, limits, Mishaps::default());
        let handed: Vec<_> = (0..4).map(|_| hand(&mut line, 0, 80).is_some()).collect();
        // One is on the line, two wait.
        assert_eq!(handed, [true, true, true, false]);
        // Its turn has come: 80 octets wait no more.
        assert!(hand(&mut line, 100_000, 80).is_some());
    }

    #[test]
    fn loss_comes_out_as_chosen() {
        let mishaps = Mishaps {
            loss: 0.25,
            ..Mishaps::default()
        };
        let mut line = line(1_000_000_000_000, frames(usize::MAX), mishaps);
        let lost = (0..10_000u64)
            .filter(|n| hand(&mut line, n * 1000, 64).is_none())
            .count();
        // Three standard deviations of 2500 out of 10000 are 130.
        assert!((2370..=2630).contains(&lost), "{lost}");
    }
}

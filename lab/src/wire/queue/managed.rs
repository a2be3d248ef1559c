use super::{
    Discipline, QueueLimits,
    codel::{Advice, TARGET},
    fair::{FlowQueue, Flows, Waiting},
    mark,
};
use crate::wire::Carried;
use thru_events::{Tap, Time, link::LinkEvent};

/// A full frame with its check sequence: a queue with no more than one is left alone.
const LARGEST: usize = 1518;

/// A queue that looks at how long frames wait.
pub(in crate::wire) struct Managed {
    queues: Queues,
    limits: QueueLimits,
    frames: usize,
    octets: usize,
}

enum Queues {
    One(Box<FlowQueue>),
    Many(Flows),
}

impl Managed {
    pub(in crate::wire) fn new(discipline: Discipline, limits: QueueLimits, salt: u64) -> Managed {
        Managed {
            queues: match discipline {
                Discipline::FairCoDel => Queues::Many(Flows::new(salt)),
                Discipline::TailDrop | Discipline::CoDel => Queues::One(Box::default()),
            },
            limits,
            frames: 0,
            octets: 0,
        }
    }

    pub(in crate::wire) fn is_empty(&self) -> bool {
        self.frames == 0
    }

    /// Takes a frame in. Where there is no room, one queue drops the newest; of many the fattest
    /// drops its oldest (RFC 8290, section 4.1.2).
    pub(in crate::wire) fn put(&mut self, now: Time, carried: Carried, tap: &Tap) {
        let octets = carried.frame.len();
        let full = self.frames >= self.limits.frames
            || self.octets.saturating_add(octets) > self.limits.octets;
        let waiting = Waiting {
            carried,
            since: now,
        };
        match &mut self.queues {
            Queues::One(_) if full => {
                let why = "the queue before the wire is full";
                return lose(&waiting.carried, tap, why);
            }
            Queues::One(queue) => queue.push(waiting),
            Queues::Many(flows) => flows.push(waiting),
        }
        self.frames += 1;
        self.octets += octets;
        while self.frames > self.limits.frames || self.octets > self.limits.octets {
            let Queues::Many(flows) = &mut self.queues else {
                return;
            };
            let Some(oldest) = flows.fattest().and_then(FlowQueue::pop) else {
                return;
            };
            let why = "the queues before the wire are full, and this flow has the most in them";
            lose(&oldest.carried, tap, why);
            self.left(&oldest.carried);
        }
    }

    fn left(&mut self, carried: &Carried) {
        self.frames -= 1;
        self.octets -= carried.frame.len();
    }

    /// The next frame for the line.
    pub(in crate::wire) fn next(&mut self, now: Time, tap: &Tap) -> Option<Carried> {
        loop {
            let queue = match &mut self.queues {
                Queues::One(queue) => &mut **queue,
                Queues::Many(flows) => flows.turn()?,
            };
            let Some(mut waiting) = queue.pop() else {
                queue.codel.emptied();
                return None;
            };
            let octets = waiting.carried.frame.len();
            let backlog = queue.octets;
            let advice = queue.codel.judge(now, waiting.since, backlog, LARGEST);
            let waited_ms = now.since(waiting.since).as_secs_f64() * 1000.0;
            let marked = advice == Advice::DropOrMark && mark::mark(&mut waiting.carried.frame);
            let sent = advice == Advice::Send || marked;
            if sent {
                queue.charge(octets);
            }
            self.left(&waiting.carried);
            if marked {
                waiting.carried.changed();
                waiting.carried.disturb(tap, || {
                    format!("marked “congestion experienced”: it waited {waited_ms:.1} ms")
                });
            }
            if sent {
                return Some(waiting.carried);
            }
            let target = TARGET.as_millis();
            let why = format!(
                "it waited {waited_ms:.1} ms, and the queue stays above {target} ms (CoDel)"
            );
            tap.emit(waiting.carried.cause, || LinkEvent::FrameLost {
                why: why.into(),
            });
        }
    }
}

fn lose(carried: &Carried, tap: &Tap, why: &'static str) {
    tap.emit(carried.cause, || LinkEvent::FrameLost { why: why.into() });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Flow, UDP, tests::packet};
    use std::time::Duration;

    fn frame(port: u16, octets: usize) -> Carried {
        let flow = Flow {
            protocol: UDP,
            source: format!("10.0.0.1:{port}").parse().unwrap(),
            destination: "10.0.0.2:9".parse().unwrap(),
        };
        let packet = packet(flow, 0, &vec![0; octets - 42 - 4]);
        let frame = [&[2; 12][..], &[8, 0], &packet, &[0; 4]].concat();
        Carried::new(frame, None, None)
    }

    fn port(carried: &Carried) -> u16 {
        u16::from_be_bytes([carried.frame[34], carried.frame[35]])
    }

    fn managed(discipline: Discipline, frames: usize) -> Managed {
        let octets = usize::MAX;
        Managed::new(discipline, QueueLimits { frames, octets }, 7)
    }

    #[test]
    fn a_thin_flow_does_not_wait_behind_a_fat_one() {
        let mut queue = managed(Discipline::FairCoDel, 1000);
        for _ in 0..50 {
            queue.put(Time(0), frame(1, 1000), &Tap::off());
        }
        queue.put(Time(0), frame(2, 100), &Tap::off());
        let order: Vec<u16> = (0..5)
            .filter_map(|_| queue.next(Time(1), &Tap::off()))
            .map(|carried| port(&carried))
            .collect();
        // The fat one has a quantum of 1514 octets first.
        assert_eq!(order, [1, 1, 2, 1, 1]);
    }

    #[test]
    fn two_fat_flows_share_by_octets_not_by_frames() {
        let mut queue = managed(Discipline::FairCoDel, 10_000);
        for _ in 0..1000 {
            queue.put(Time(0), frame(1, 1500), &Tap::off());
            queue.put(Time(0), frame(2, 500), &Tap::off());
            queue.put(Time(0), frame(2, 500), &Tap::off());
            queue.put(Time(0), frame(2, 500), &Tap::off());
        }
        let mut octets = [0usize; 2];
        for _ in 0..1000 {
            let carried = queue.next(Time(1), &Tap::off()).unwrap();
            octets[usize::from(port(&carried)) - 1] += carried.frame.len();
        }
        let share = octets[0] as f64 / (octets[0] + octets[1]) as f64;
        assert!((0.49..0.51).contains(&share), "{octets:?}");
    }

    #[test]
    fn full_queues_take_from_the_fattest() {
        let mut queue = managed(Discipline::FairCoDel, 10);
        for _ in 0..10 {
            queue.put(Time(0), frame(1, 1000), &Tap::off());
        }
        queue.put(Time(0), frame(2, 100), &Tap::off());
        let ports: Vec<u16> = std::iter::from_fn(|| queue.next(Time(1), &Tap::off()))
            .map(|carried| port(&carried))
            .collect();
        assert_eq!(ports.iter().filter(|port| **port == 1).count(), 9);
        assert!(ports.contains(&2));
        assert!(queue.is_empty());
    }

    #[test]
    fn a_standing_queue_is_thinned_out() {
        let mut queue = managed(Discipline::CoDel, 1000);
        let mut sent = 0;
        for ms in 0..2000u64 {
            let now = Time::ZERO.after(Duration::from_millis(ms));
            // Two come where one goes: the queue stands.
            queue.put(now, frame(1, 1500), &Tap::off());
            if ms % 2 == 0 {
                sent += usize::from(queue.next(now, &Tap::off()).is_some());
            }
        }
        let lost = 2000 - sent - queue.frames;
        assert!((30..300).contains(&lost), "{lost}");
    }
}

use super::frame_check;
use crate::chance::Chance;
use std::{collections::VecDeque, time::Duration};
use thru_events::Time;

/// Preamble, start delimiter and the gap between frames (IEEE 802.3): octets that take time on
/// the line and are seen by nobody.
const LINE_OVERHEAD: u64 = 20;

/// The shortest frame with its check sequence.
/// DEVIATION: the time of a short frame is that of 64 octets, but no padding is put into it, so
/// that a capture shows what was meant.
const SHORTEST_FRAME: u64 = 64;

/// What one direction of a wire is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Properties {
    /// Bits per second.
    pub(crate) rate: u64,
    /// Time that a bit takes from end to end.
    pub(crate) latency: Duration,
    /// Frames that may wait for the line.
    pub(crate) queue_limit: usize,
    /// Probability that a frame is lost, 0 to 1.
    pub(crate) loss: f64,
    /// Probability that one bit of a frame flips, 0 to 1.
    pub(crate) bit_error: f64,
}

/// One direction of a wire.
pub(crate) struct Direction {
    properties: Properties,
    chance: Chance,
    free_at: Time,
    waiting: VecDeque<Time>,
}

/// What became of a frame that was handed to the wire.
#[derive(Debug, PartialEq)]
pub(crate) enum Handed {
    /// It will arrive then.
    Arrives(Time),
    /// It will not, and why.
    Lost(&'static str),
}

impl Direction {
    pub(crate) fn new(properties: Properties, chance: Chance) -> Direction {
        Direction {
            properties,
            chance,
            free_at: Time::ZERO,
            waiting: VecDeque::new(),
        }
    }

    /// Takes a frame with its check sequence; may damage it.
    pub(crate) fn hand(&mut self, now: Time, frame: &mut [u8]) -> Handed {
        while self.waiting.front().is_some_and(|starts| *starts <= now) {
            self.waiting.pop_front();
        }
        if self.waiting.len() >= self.properties.queue_limit {
            return Handed::Lost("the queue before the wire is full");
        }
        let starts = self.free_at.max(now);
        if starts > now {
            self.waiting.push_back(starts);
        }
        self.free_at = starts.after(self.time_on_line(frame.len()));
        if self.chance.happens(self.properties.loss) {
            return Handed::Lost("lost on the wire");
        }
        if self.chance.happens(self.properties.bit_error) {
            let bit = self.chance.below(frame.len() as u64 * 8) as usize;
            flip(frame, bit);
        }
        Handed::Arrives(self.free_at.after(self.properties.latency))
    }

    fn time_on_line(&self, octets: usize) -> Duration {
        let octets = (octets as u64).max(SHORTEST_FRAME) + LINE_OVERHEAD;
        let nanos =
            u128::from(octets) * 8 * 1_000_000_000 / u128::from(self.properties.rate.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// Turns one bit round; `bit` counts from the first octet's least significant bit and wraps.
pub(crate) fn flip(frame: &mut [u8], bit: usize) {
    let octets = frame.len().max(frame_check::LENGTH);
    if let Some(octet) = frame.get_mut(bit / 8 % octets) {
        *octet ^= 1 << (bit % 8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(rate: u64, queue_limit: usize, loss: f64) -> Direction {
        let properties = Properties {
            rate,
            latency: Duration::from_millis(1),
            queue_limit,
            loss,
            bit_error: 0.0,
        };
        Direction::new(properties, Chance::new(1, "a line"))
    }

    #[test]
    fn a_frame_takes_its_octets_time_and_then_the_way() {
        let mut line = line(8_000_000, 10, 0.0);
        // 80 octets and 20 of overhead at one octet a microsecond.
        assert_eq!(
            line.hand(Time(0), &mut [0; 80]),
            Handed::Arrives(Time(1_100_000))
        );
        assert_eq!(
            line.hand(Time(0), &mut [0; 80]),
            Handed::Arrives(Time(1_200_000))
        );
    }

    #[test]
    fn a_full_queue_drops_the_newest() {
        let mut line = line(8_000_000, 2, 0.0);
        let handed: Vec<_> = (0..4).map(|_| line.hand(Time(0), &mut [0; 80])).collect();
        assert_eq!(handed[2], Handed::Arrives(Time(1_300_000)));
        assert_eq!(handed[3], Handed::Lost("the queue before the wire is full"));
    }

    #[test]
    fn loss_comes_out_as_chosen() {
        let mut line = line(1_000_000_000_000, usize::MAX, 0.25);
        let lost = (0..10_000u64)
            .filter(|n| matches!(line.hand(Time(n * 1000), &mut [0; 64]), Handed::Lost(_)))
            .count();
        // Three standard deviations of 2500 out of 10000 are 130.
        assert!((2370..=2630).contains(&lost), "{lost}");
    }
}

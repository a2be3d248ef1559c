use std::time::Duration;
use thru_events::Time;

/// Preamble, start delimiter and the gap between frames (IEEE 802.3): octets that take time on
/// the line and are seen by nobody.
const LINE_OVERHEAD: u64 = 20;

/// The shortest frame with its check sequence.
/// DEVIATION: the time of a short frame is that of 64 octets, but no padding is put into it, so
/// that a capture shows what was meant.
const SHORTEST_FRAME: u64 = 64;

const NANOS: u128 = 1_000_000_000;

/// When the line is free again. What a frame's time has beyond whole nanoseconds is carried over
/// to the next one that follows without a gap, so that the rate is right however high it is.
#[derive(Debug)]
pub(crate) struct LineTime {
    /// Bits per second.
    rate: u64,
    free_at: Time,
    /// Beyond `free_at`, in nanoseconds / `rate`.
    beyond: u128,
}

impl LineTime {
    pub(crate) fn new(rate: u64) -> LineTime {
        LineTime {
            rate: rate.max(1),
            free_at: Time::ZERO,
            beyond: 0,
        }
    }

    pub(crate) fn free_at(&self) -> Time {
        self.free_at
    }

    /// Puts a frame of so many octets on the line as soon as it is free; when its last octet has
    /// left.
    pub(crate) fn put(&mut self, now: Time, octets: usize) -> Time {
        if self.free_at < now {
            (self.free_at, self.beyond) = (now, 0);
        }
        let bits = u128::from((octets as u64).max(SHORTEST_FRAME) + LINE_OVERHEAD) * 8;
        let (rate, needed) = (u128::from(self.rate), bits * NANOS + self.beyond);
        self.beyond = needed % rate;
        let nanos = u64::try_from(needed / rate).unwrap_or(u64::MAX);
        self.free_at = self.free_at.after(Duration::from_nanos(nanos));
        self.free_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_takes_its_octets_time() {
        let mut line = LineTime::new(8_000_000);
        // 80 octets and 20 of overhead at one octet a microsecond.
        assert_eq!(line.put(Time(0), 80), Time(100_000));
        assert_eq!(line.put(Time(50_000), 80), Time(200_000));
        assert_eq!(line.put(Time(500_000), 80), Time(600_000));
    }

    #[test]
    fn parts_of_nanoseconds_add_up() {
        // 84 octets at 100 Gbit/s: 6.72 ns each.
        let mut line = LineTime::new(100_000_000_000);
        let last = (0..10_000).map(|_| line.put(Time(0), 64)).last();
        assert_eq!(last, Some(Time(67_200)));
    }
}

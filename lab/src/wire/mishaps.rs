//! What can go wrong with a frame that is on the line.

use super::{Ahead, Arrival, Carried, frame_check};
use crate::chance::Chance;
use std::time::Duration;
use thru_events::{Tap, Time, link::LinkEvent};

/// What can go wrong, and how often. Shares are probabilities from 0 to 1, drawn for each frame
/// anew.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Mishaps {
    /// The frame is lost.
    pub(crate) loss: f64,
    /// Frames of these numbers are lost, counted from 1 at the key press; in order.
    pub(crate) lose: Vec<u64>,
    /// Every so-many-th frame is lost; 0 is none.
    pub(crate) lose_every: u64,
    /// One bit flips on the line: the frame check sequence tells.
    pub(crate) bit_error: f64,
    /// One bit flips before the check sequence is made: it fits.
    pub(crate) corrupt: f64,
    /// The frame arrives twice.
    pub(crate) duplicate: f64,
    /// The frame is held back, and those behind it overtake it.
    pub(crate) reorder: f64,
    /// For how long.
    pub(crate) reorder_by: Duration,
    /// Up to so much is added to a frame's way; the order stays.
    pub(crate) jitter: Duration,
}

/// Frames that travel, and what happens to them.
pub(crate) struct Travel {
    latency: Duration,
    mishaps: Mishaps,
    chance: Chance,
    /// Frames since they are counted.
    count: u64,
    /// Nothing that keeps its order arrives before this.
    not_before: Time,
}

impl Mishaps {
    /// Whether a frame may be lost or disturbed, which is told when it happens.
    pub(crate) fn may_happen(&self) -> bool {
        let shares = [self.loss, self.corrupt, self.duplicate, self.reorder];
        shares.iter().any(|share| *share > 0.0) || !self.lose.is_empty() || self.lose_every > 0
    }
}

impl Travel {
    /// What happens to a frame on the line happens, and is told, when it has left; on a line where
    /// nothing can happen, where it arrives is known at once.
    pub(crate) fn depart(
        &mut self,
        now: Time,
        left: Time,
        carried: Carried,
        tap: &Tap,
        ahead: &mut Ahead,
    ) {
        if self.mishaps.may_happen() && left > now {
            ahead.leaves = Some(Arrival { at: left, carried });
            return;
        }
        self.go(left, carried, tap, &mut ahead.arrivals);
    }

    pub(crate) fn new(latency: Duration, mishaps: Mishaps, chance: Chance) -> Travel {
        Travel {
            latency,
            mishaps,
            chance,
            count: 0,
            not_before: Time::ZERO,
        }
    }

    pub(crate) fn count_anew(&mut self) {
        self.count = 0;
    }

    /// The frame's last octet has left at `left`. What arrives goes into `arrivals`.
    pub(crate) fn go(
        &mut self,
        left: Time,
        mut carried: Carried,
        tap: &Tap,
        arrivals: &mut Vec<Arrival>,
    ) {
        self.count += 1;
        if let Some(why) = self.lost() {
            tap.emit(carried.cause, || LinkEvent::FrameLost { why: why.into() });
            return;
        }
        if self.chance.happens(self.mishaps.bit_error) {
            let bit = self.chance.below(carried.frame.len() as u64 * 8) as usize;
            flip(&mut carried.frame, bit);
        }
        if self.chance.happens(self.mishaps.corrupt) {
            self.corrupt(&mut carried, tap);
        }
        let at = self.arrives_at(left, &mut carried, tap);
        if self.chance.happens(self.mishaps.duplicate) {
            carried.disturb(tap, || "it arrives twice".to_owned());
            arrivals.push(Arrival {
                at,
                carried: carried.clone(),
            });
        }
        arrivals.push(Arrival { at, carried });
    }

    fn lost(&mut self) -> Option<&'static str> {
        let by_number = self.mishaps.lose.binary_search(&self.count).is_ok();
        let every = self.mishaps.lose_every;
        if by_number || (every > 0 && self.count.is_multiple_of(every)) {
            return Some("lost by its number");
        }
        let by_chance = self.chance.happens(self.mishaps.loss);
        by_chance.then_some("lost on the wire")
    }

    fn corrupt(&mut self, carried: &mut Carried, tap: &Tap) {
        // The sequence is the frame's own: it fits.
        let _ = frame_check::check(&mut carried.frame);
        let bits = carried.frame.len() as u64 * 8;
        let bit = self.chance.below(bits) as usize;
        if let Some(octet) = carried.frame.get_mut(bit / 8) {
            *octet ^= 1 << (bit % 8);
        }
        frame_check::append(&mut carried.frame);
        carried.changed();
        let octet = bit / 8;
        carried.disturb(tap, || {
            format!("a bit of octet {octet} flipped where the frame check does not see it")
        });
    }

    fn arrives_at(&mut self, left: Time, carried: &mut Carried, tap: &Tap) -> Time {
        let mut at = left.after(self.latency);
        let jitter = u64::try_from(self.mishaps.jitter.as_nanos()).unwrap_or(u64::MAX - 1);
        if jitter > 0 {
            at = at.after(Duration::from_nanos(self.chance.below(jitter + 1)));
        }
        if self.chance.happens(self.mishaps.reorder) {
            let by = self.mishaps.reorder_by;
            carried.disturb(tap, || {
                format!("held back for {by:?}: later frames may overtake it")
            });
            return at.after(by);
        }
        self.not_before = self.not_before.max(at);
        self.not_before
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

    /// How the frames of a line fared: by the first two octets, which number them, and when.
    fn fates(mishaps: Mishaps, frames: u16) -> Vec<(u16, Time)> {
        let chance = Chance::new(1, "a line");
        let mut travel = Travel::new(Duration::from_millis(1), mishaps, chance);
        let mut arrivals = Vec::new();
        for number in 1..=frames {
            let mut frame = number.to_be_bytes().to_vec();
            frame.resize(60, 0);
            frame_check::append(&mut frame);
            let carried = Carried::new(frame, None, None);
            let left = Time(u64::from(number) * 10_000);
            travel.go(left, carried, &Tap::off(), &mut arrivals);
        }
        let number = |arrival: &Arrival| {
            let frame = &arrival.carried.frame;
            u16::from_be_bytes([frame[0], frame[1]])
        };
        arrivals
            .iter()
            .map(|arrival| (number(arrival), arrival.at))
            .collect()
    }

    fn numbers(fates: &[(u16, Time)]) -> Vec<u16> {
        fates.iter().map(|(number, _)| *number).collect()
    }

    #[test]
    fn frames_are_lost_by_their_numbers() {
        let mishaps = Mishaps {
            lose: vec![2, 3],
            lose_every: 5,
            ..Mishaps::default()
        };
        assert_eq!(numbers(&fates(mishaps, 11)), [1, 4, 6, 7, 8, 9, 11]);
    }

    #[test]
    fn jitter_delays_at_most_by_as_much_and_keeps_the_order() {
        let mishaps = Mishaps {
            jitter: Duration::from_micros(50),
            ..Mishaps::default()
        };
        let fates = fates(mishaps, 1000);
        assert!(fates.is_sorted_by_key(|(_, at)| *at));
        let extra = |(number, at): &(u16, Time)| at.0 - 1_000_000 - u64::from(*number) * 10_000;
        assert!(fates.iter().all(|fate| extra(fate) <= 50_000));
        assert!(fates.iter().any(|fate| extra(fate) > 40_000));
    }

    #[test]
    fn who_is_held_back_is_overtaken() {
        let mishaps = Mishaps {
            reorder: 0.1,
            reorder_by: Duration::from_micros(15),
            ..Mishaps::default()
        };
        let mut fates = fates(mishaps, 1000);
        fates.sort_by_key(|(_, at)| *at);
        let overtaken = fates.windows(2).filter(|two| two[0].0 > two[1].0).count();
        // Three standard deviations of 100 out of 1000 are 28.
        assert!((72..=128).contains(&overtaken), "{overtaken}");
    }

    #[test]
    fn a_share_arrives_twice() {
        let mishaps = Mishaps {
            duplicate: 0.1,
            ..Mishaps::default()
        };
        let twice = fates(mishaps, 1000).len() - 1000;
        assert!((72..=128).contains(&twice), "{twice}");
    }

    #[test]
    fn corruption_is_not_seen_by_the_frame_check() {
        let mishaps = Mishaps {
            corrupt: 1.0,
            ..Mishaps::default()
        };
        let mut travel = Travel::new(Duration::ZERO, mishaps, Chance::new(1, "a line"));
        let mut frame = vec![0; 60];
        frame_check::append(&mut frame);
        let mut arrivals = Vec::new();
        let carried = Carried::new(frame, None, None);
        travel.go(Time::ZERO, carried, &Tap::off(), &mut arrivals);
        let mut came = arrivals.remove(0).carried.frame;
        assert_eq!(frame_check::check(&mut came), Ok(()));
        assert_ne!(came, vec![0; 60]);
    }
}

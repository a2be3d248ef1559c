use std::time::Duration;

/// RFC 9406, section 4.3.
const MIN_RTT_THRESH: Duration = Duration::from_millis(4);
const MAX_RTT_THRESH: Duration = Duration::from_millis(16);
const MIN_RTT_DIVISOR: u32 = 8;
const N_RTT_SAMPLE: u32 = 8;
const CSS_GROWTH_DIVISOR: usize = 4;
const CSS_ROUNDS: u32 = 5;

/// What a sample says about slow start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlowStart {
    GoesOn,
    Over,
}

/// HyStart++ (RFC 9406): slow start ends when round trips grow, before a queue overflows.
#[derive(Clone, Debug, Default)]
pub(super) struct HyStart {
    window_end: u64,
    last_round: Option<Duration>,
    this_round: Option<Duration>,
    samples: u32,
    /// Conservative slow start: the least round trip when it began.
    baseline: Option<Duration>,
    rounds: u32,
}

impl HyStart {
    /// A round trip of `rtt`, when SND.UNA and SND.NXT stood at these positions.
    pub(super) fn sample(&mut self, rtt: Duration, una: u64, next: u64) -> SlowStart {
        if una >= self.window_end {
            self.begin_round(next);
            if self.baseline.is_some() {
                self.rounds += 1;
                if self.rounds > CSS_ROUNDS {
                    return SlowStart::Over;
                }
            }
        }
        let least = self.this_round.map_or(rtt, |least| least.min(rtt));
        self.this_round = Some(least);
        self.samples += 1;
        if self.samples >= N_RTT_SAMPLE {
            self.judge(least);
        }
        SlowStart::GoesOn
    }

    fn begin_round(&mut self, next: u64) {
        self.window_end = next;
        self.last_round = self.this_round.take();
        self.samples = 0;
    }

    fn judge(&mut self, least: Duration) {
        if let Some(baseline) = self.baseline {
            // It was no queue after all.
            if least < baseline {
                self.baseline = None;
            }
        } else if let Some(last) = self.last_round {
            let threshold = (last / MIN_RTT_DIVISOR).clamp(MIN_RTT_THRESH, MAX_RTT_THRESH);
            if least >= last + threshold {
                self.baseline = Some(least);
                self.rounds = 0;
            }
        }
    }

    /// What an acknowledgement of `octets` adds.
    pub(super) fn growth(&self, octets: usize) -> usize {
        match self.baseline {
            Some(_) => octets / CSS_GROWTH_DIVISOR,
            None => octets,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(hystart: &mut HyStart, number: u64, ms: u64) -> SlowStart {
        let rtt = Duration::from_millis(ms);
        (0..10)
            .map(|at| hystart.sample(rtt, number * 100 + at, (number + 1) * 100))
            .fold(SlowStart::GoesOn, |sum, one| {
                if one == SlowStart::Over { one } else { sum }
            })
    }

    #[test]
    fn growing_round_trips_slow_slow_start_down_and_then_end_it() {
        let mut hystart = HyStart::default();
        round(&mut hystart, 0, 40);
        round(&mut hystart, 1, 41);
        assert_eq!(hystart.growth(1000), 1000);
        round(&mut hystart, 2, 50);
        assert_eq!(hystart.growth(1000), 250);
        for number in 3..8 {
            assert_eq!(round(&mut hystart, number, 50), SlowStart::GoesOn);
        }
        assert_eq!(round(&mut hystart, 8, 50), SlowStart::Over);
    }

    #[test]
    fn a_round_trip_that_shrinks_again_was_no_queue() {
        let mut hystart = HyStart::default();
        round(&mut hystart, 0, 40);
        round(&mut hystart, 1, 50);
        round(&mut hystart, 2, 40);
        assert_eq!(hystart.growth(1000), 1000);
    }
}

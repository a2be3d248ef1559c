use std::time::Duration;

/// Before anything was measured (RFC 6298, rule 2.1).
const INITIAL: Duration = Duration::from_secs(1);
/// DEVIATION: RFC 6298 rule 2.4 says 1 s; systems use 200 ms today, and delayed
/// acknowledgements come within 40 ms.
const LEAST: Duration = Duration::from_millis(200);
/// RFC 6298, rule 2.5: at least 60 s.
const MOST: Duration = Duration::from_secs(120);
/// Clock granularity G.
const GRANULARITY: Duration = Duration::from_millis(1);
/// After a lost SYN, for the first data (RFC 6298, rule 5.7).
const AFTER_LOST_SYN: Duration = Duration::from_secs(3);

/// How long to wait for an acknowledgement (RFC 6298).
#[derive(Clone, Debug)]
pub(in crate::tcp) struct RetransmissionTimeout {
    srtt: Option<Duration>,
    rttvar: Duration,
    rto: Duration,
    doublings: u32,
}

impl Default for RetransmissionTimeout {
    fn default() -> RetransmissionTimeout {
        RetransmissionTimeout {
            srtt: None,
            rttvar: Duration::ZERO,
            rto: INITIAL,
            doublings: 0,
        }
    }
}

impl RetransmissionTimeout {
    /// The time-out now, with its doublings.
    pub(in crate::tcp) fn current(&self) -> Duration {
        self.rto
            .saturating_mul(1 << self.doublings.min(16))
            .min(MOST)
    }

    /// The smoothed round trip.
    pub(in crate::tcp) fn srtt(&self) -> Option<Duration> {
        self.srtt
    }

    /// A round trip of a segment that was sent once (Karn's algorithm: rule 3).
    pub(in crate::tcp) fn measured(&mut self, round_trip: Duration) {
        let srtt = match self.srtt {
            // Rule 2.2.
            None => {
                self.rttvar = round_trip / 2;
                round_trip
            }
            // Rule 2.3, alpha 1/8, beta 1/4.
            Some(srtt) => {
                self.rttvar = (self.rttvar * 3 + srtt.abs_diff(round_trip)) / 4;
                (srtt * 7 + round_trip) / 8
            }
        };
        self.srtt = Some(srtt);
        self.rto = (srtt + GRANULARITY.max(self.rttvar * 4)).clamp(LEAST, MOST);
        self.doublings = 0;
    }

    /// The time ran out (rule 5.5).
    pub(in crate::tcp) fn back_off(&mut self) {
        self.doublings += 1;
    }

    /// The connection opened although a SYN was lost, and nothing was measured (rule 5.7).
    pub(in crate::tcp) fn opened_after_lost_syn(&mut self) {
        if self.srtt.is_none() {
            self.rto = AFTER_LOST_SYN;
            self.doublings = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_out_follows_the_measured_round_trips_and_doubles() {
        let mut timeout = RetransmissionTimeout::default();
        assert_eq!(timeout.current(), Duration::from_secs(1));
        timeout.measured(Duration::from_millis(100));
        assert_eq!(timeout.current(), Duration::from_millis(300));
        timeout.back_off();
        timeout.back_off();
        assert_eq!(timeout.current(), Duration::from_millis(1200));
        timeout.measured(Duration::from_millis(100));
        assert_eq!(timeout.current(), Duration::from_millis(250));
        for _ in 0..40 {
            timeout.back_off();
        }
        assert_eq!(timeout.current(), MOST);
    }
}

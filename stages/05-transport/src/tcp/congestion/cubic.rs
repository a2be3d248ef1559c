use super::Progress;
use std::time::Duration;
use thru_events::Time;

/// The multiplicative decrease factor, tenths (RFC 9438, section 4.6).
const BETA_TENTHS: usize = 7;
/// alpha = 3 (1 - beta) / (1 + beta), thousandths (section 4.3).
const ALPHA_THOUSANDTHS: usize = 529;
/// Longest time that the cubic function is followed, ms: it overflows nothing.
const LONGEST_EPOCH_MS: i128 = 10_000_000;

/// CUBIC (RFC 9438), in whole numbers: octets and milliseconds. The names are those of section 4.1.
#[derive(Clone, Debug, Default)]
pub(super) struct Cubic {
    w_max: usize,
    /// Milliseconds to get back to W_max.
    k: i128,
    w_est: usize,
    w_est_part: usize,
    cwnd_prior: usize,
    epoch_start: Option<Time>,
    last_ack: Time,
    /// Octets of growth times the window, not yet turned into whole octets.
    part: usize,
}

impl Cubic {
    /// A congestion event: gives the new threshold (section 4.6), after fast convergence (4.7).
    pub(super) fn reduce(&mut self, cwnd: usize, flight: usize) -> usize {
        self.epoch_start = None;
        self.cwnd_prior = cwnd;
        self.w_max = if cwnd < self.w_max {
            cwnd * (10 + BETA_TENTHS) / 20
        } else {
            cwnd
        };
        flight * BETA_TENTHS / 10
    }

    /// The next growth begins a new epoch.
    pub(super) fn begin_again(&mut self) {
        self.epoch_start = None;
    }

    /// The window after an acknowledgement in congestion avoidance (sections 4.2 to 4.5).
    pub(super) fn grow(&mut self, cwnd: usize, mss: usize, progress: Progress) -> usize {
        let Progress {
            now,
            octets,
            limited,
            srtt,
        } = progress;
        let since_last = now.since(self.last_ack);
        self.last_ack = now;
        let start = match self.epoch_start {
            // Section 5.8: time in which the window was not used does not count.
            Some(start) if !limited => {
                self.epoch_start = Some(start.after(since_last));
                return cwnd;
            }
            Some(start) => start,
            None => self.begin_epoch(now, cwnd, mss),
        };
        let elapsed = now.since(start);
        self.grow_estimate(cwnd, mss, octets);
        let cubic = self.w_cubic(elapsed, mss);
        if cubic < self.w_est as i128 {
            return cwnd.max(self.w_est);
        }
        let most = cwnd + cwnd / 2;
        let target = self.w_cubic(elapsed + srtt, mss);
        let target = target.clamp(cwnd as i128, most as i128) as usize;
        self.part += (target - cwnd) * octets;
        let whole = self.part / cwnd;
        self.part %= cwnd;
        cwnd + whole
    }

    fn begin_epoch(&mut self, now: Time, cwnd: usize, mss: usize) -> Time {
        self.epoch_start = Some(now);
        self.part = 0;
        self.w_est = cwnd;
        self.w_est_part = 0;
        if self.w_max <= cwnd {
            self.w_max = cwnd;
            self.k = 0;
        } else {
            // K = cbrt((W_max - cwnd_epoch) / C), C = 0.4 segments/s^3.
            let gap = (self.w_max - cwnd) as u128 * 2_500_000_000 / mss as u128;
            self.k = cube_root(gap) as i128;
        }
        now
    }

    /// W_cubic(t) = C (t - K)^3 + W_max, octets.
    fn w_cubic(&self, elapsed: Duration, mss: usize) -> i128 {
        let t = (elapsed.as_millis() as i128).min(LONGEST_EPOCH_MS) - self.k;
        t * t * t * 4 * mss as i128 / 10_000_000_000 + self.w_max as i128
    }

    /// What Reno with the same decrease would have (section 4.3).
    fn grow_estimate(&mut self, cwnd: usize, mss: usize, octets: usize) {
        let alpha = if self.w_est >= self.cwnd_prior {
            1000
        } else {
            ALPHA_THOUSANDTHS
        };
        self.w_est_part += alpha * mss * octets;
        let unit = 1000 * cwnd;
        self.w_est += self.w_est_part / unit;
        self.w_est_part %= unit;
    }
}

/// The whole part of the cube root.
fn cube_root(of: u128) -> u128 {
    let (mut low, mut high) = (0u128, 1u128 << 40);
    while low + 1 < high {
        let middle = (low + high) / 2;
        if middle * middle * middle <= of {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ack(ms: u64) -> Progress {
        Progress {
            now: Time(ms * 1_000_000),
            octets: 1000,
            limited: true,
            srtt: Duration::from_millis(100),
        }
    }

    #[test]
    fn roots_are_whole() {
        assert_eq!([0, 1, 26, 27, 1_000_000].map(cube_root), [0, 1, 2, 3, 100]);
    }

    #[test]
    fn the_window_is_back_at_the_old_one_after_k() {
        let mut cubic = Cubic::default();
        let goal = cubic.reduce(1_000_000, 1_000_000);
        assert_eq!(goal, 700_000);
        let mut cwnd = goal;
        let mut at = 0;
        // K = cbrt(300 segments / 0.4) = 9.08 s; a window of acknowledgements every 100 ms.
        while at < 9_000 {
            for _ in 0..cwnd / 1000 {
                cwnd = cubic.grow(cwnd, 1000, ack(at));
            }
            at += 100;
        }
        assert!((985_000..=1_001_000).contains(&cwnd), "{cwnd}");
        assert_eq!(cubic.k, 9085);
    }

    #[test]
    fn a_flow_that_gives_way_remembers_less() {
        let mut cubic = Cubic::default();
        cubic.reduce(1_000_000, 1_000_000);
        cubic.reduce(800_000, 800_000);
        assert_eq!(cubic.w_max, 680_000);
    }

    #[test]
    fn unused_time_does_not_count() {
        let mut cubic = Cubic::default();
        cubic.reduce(100_000, 100_000);
        let cwnd = cubic.grow(70_000, 1000, ack(0));
        let idle = Progress {
            limited: false,
            ..ack(10_000)
        };
        assert_eq!(cubic.grow(cwnd, 1000, idle), cwnd);
        assert!(cubic.grow(cwnd, 1000, ack(10_001)) < cwnd + 1000);
    }
}

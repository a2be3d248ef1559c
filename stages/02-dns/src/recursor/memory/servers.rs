//! What is known of a server's address: how fast it answers and what it copes with.

use crate::client_cookie::ClientCookie;
use std::time::Duration;
use thru_events::Time;

/// Longest time for one answer.
const TIMEOUT_LIMIT: Duration = Duration::from_millis(6000);
/// How long a measured time counts.
pub(crate) const MEASURE_LIFE: Duration = Duration::from_secs(900);
/// Silences in a row after which a server is only asked when there is no other.
pub(crate) const SILENCE_LIMIT: u32 = 4;

/// What is known of one server.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ServerFacts {
    /// Smoothed round trip and its variation, microseconds (RFC 6298's way).
    smooth_us: Option<(u64, u64)>,
    /// Silences in a row.
    pub silences: u32,
    /// It does not take EDNS (RFC 6891, section 7).
    pub without_edns: bool,
    /// It does not hand back the case of letters.
    pub loses_case: bool,
    /// What it is shown, and has handed out (RFC 7873).
    pub cookie: Option<ClientCookie>,
    /// It refuses questions with a cookie.
    pub without_cookies: bool,
    /// When it was measured last.
    pub measured: Time,
}

impl ServerFacts {
    pub(crate) fn answered(&mut self, now: Time, took: Duration) {
        let took = took.as_micros() as u64;
        self.smooth_us = Some(match self.smooth_us {
            None => (took, took / 2),
            Some((smooth, variation)) => (
                (7 * smooth + took) / 8,
                (3 * variation + smooth.abs_diff(took)) / 4,
            ),
        });
        self.silences = 0;
        self.measured = now;
    }

    pub(crate) fn was_silent(&mut self, now: Time) {
        self.silences = (self.silences + 1).min(16);
        // Another machine may stand at the address now, which hands out none.
        self.cookie = None;
        self.measured = now;
    }

    /// Time for one answer.
    pub(crate) fn timeout(&self, unknown: Duration) -> Duration {
        let base = match self.smooth_us {
            None => unknown,
            Some((smooth, variation)) => {
                Duration::from_micros(smooth + 4 * variation).max(Duration::from_millis(50))
            }
        };
        let doubled = base.saturating_mul(1 << self.silences.min(6));
        doubled.min(TIMEOUT_LIMIT)
    }

    /// Measured round trip, microseconds; silence makes it longer.
    pub(crate) fn expected_us(&self, unknown: Duration) -> u64 {
        let measured = self
            .smooth_us
            .map_or(unknown.as_micros() as u64, |(smooth, _)| smooth);
        measured << self.silences.min(8)
    }
}

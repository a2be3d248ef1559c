//! Asking an idle peer if it is still there (RFC 9293, section 3.8.4).

use super::{Connection, LostHow, State};
use thru_events::Time;

impl Connection {
    /// Sets the clock anew: the peer was heard, or the connection opened.
    pub(super) fn arm_keepalive(&mut self, now: Time) {
        self.keepalive_probes = 0;
        let kept = self.config.settings.keepalive;
        self.keepalive_at = kept.map(|keepalive| now.after(keepalive.idle));
    }

    /// The clock ran out. A connection with something on its way finds out by itself.
    pub(super) fn on_keepalive_due(&mut self, now: Time) {
        self.keepalive_at = None;
        let Some(keepalive) = self.config.settings.keepalive else {
            return;
        };
        let asks = matches!(
            self.state,
            State::Established | State::CloseWait | State::FinWait2
        );
        if !asks {
            return;
        }
        if !self.board.is_empty() || self.unsent() > 0 {
            self.keepalive_at = Some(now.after(keepalive.idle));
            return;
        }
        let event = self.state_timer("keep-alive", self.last_event);
        if self.keepalive_probes >= keepalive.probes {
            self.reset_due = Some((self.snd_nxt, event));
            return self.lose(LostHow::TimedOut, event);
        }
        self.keepalive_probes += 1;
        self.last_event = event;
        self.question_due = Some(KEEPALIVE);
        self.keepalive_at = Some(now.after(keepalive.interval));
    }
}

/// Why the question goes out.
pub(super) const KEEPALIVE: &str = "keep-alive";

use super::scoreboard::{Losses, Scoreboard, Sent};
use std::time::Duration;
use thru_events::Time;

/// Why a segment is taken as lost.
const LATER_ONES_ARRIVED: &str = "segments sent later have arrived";
/// Segments above a hole that make it a loss while no reordering was seen (RFC 8985, section 3.3.2).
const DUPLICATE_THRESHOLD: usize = 3;
/// Recoveries for which a wider window is kept (RFC 8985, section 6.2, step 4).
const PERSIST: u32 = 16;

/// Recent acknowledgment (RFC 8985): a segment is lost if one that was sent enough later has
/// arrived. The names are those of section 5.2.
#[derive(Clone, Debug, Default)]
pub(in crate::tcp) struct Rack {
    xmit_ts: Time,
    end_seq: u64,
    rtt: Duration,
    min_rtt: Option<Duration>,
    fack: u64,
    reordering_seen: bool,
    extra_widths: u32,
    persist: u32,
    dsack_round: Option<u64>,
    any: bool,
}

impl Rack {
    /// A segment arrived (section 6.2, steps 1 and 2). `echoed` tells whether the echoed timestamp
    /// is that of its last sending: of a segment sent twice we do not know otherwise which one
    /// arrived.
    pub(in crate::tcp) fn delivered(&mut self, now: Time, sent: &Sent, echoed: Option<bool>) {
        let rtt = now.since(sent.at);
        if sent.attempts > 1 {
            let too_fast = self.min_rtt.is_some_and(|least| rtt < least);
            if echoed == Some(false) || too_fast {
                return;
            }
        } else {
            self.min_rtt = Some(self.min_rtt.map_or(rtt, |least| least.min(rtt)));
        }
        // Step 3: something sent once arrived although something behind it arrived before.
        if sent.end() > self.fack {
            self.fack = sent.end();
        } else if sent.attempts == 1 && sent.end() < self.fack {
            self.reordering_seen = true;
        }
        self.rtt = rtt;
        self.any = true;
        if (sent.at, sent.start) > (self.xmit_ts, self.end_seq) {
            (self.xmit_ts, self.end_seq) = (sent.at, sent.start);
        }
    }

    /// The peer got something twice: our patience was too short (step 4). Counted once a round.
    pub(in crate::tcp) fn on_duplicate_report(&mut self, una: u64, next: u64) {
        if self.dsack_round.is_none_or(|round| una >= round) {
            self.dsack_round = Some(next);
            self.extra_widths += 1;
            self.persist = PERSIST;
        }
    }

    /// A recovery ended.
    pub(in crate::tcp) fn recovered(&mut self) {
        self.persist = self.persist.saturating_sub(1);
        if self.persist == 0 {
            self.extra_widths = 0;
        }
    }

    /// How long to wait for a segment that may only be late (step 4).
    fn reordering_window(
        &self,
        recovering: bool,
        sacked: usize,
        srtt: Option<Duration>,
    ) -> Duration {
        if !self.reordering_seen && (recovering || sacked >= DUPLICATE_THRESHOLD) {
            return Duration::ZERO;
        }
        let quarter = self.min_rtt.unwrap_or_default() / 4;
        (quarter * (1 + self.extra_widths)).min(srtt.unwrap_or_default())
    }

    /// Marks what is lost (step 5). Gives when the next one would be.
    pub(in crate::tcp) fn detect(
        &self,
        now: Time,
        board: &mut Scoreboard,
        recovering: bool,
        srtt: Option<Duration>,
    ) -> (Losses, Option<Time>) {
        let mut losses = Losses::default();
        if !self.any {
            return (losses, None);
        }
        let window = self.reordering_window(recovering, board.sacked_segments(), srtt);
        while let Some(oldest) = board.oldest() {
            if (oldest.at, oldest.start) >= (self.xmit_ts, self.end_seq) {
                break;
            }
            let lost_at = oldest.at.after(self.rtt + window);
            if lost_at > now {
                return (losses, Some(lost_at));
            }
            board.mark_oldest_lost(LATER_ONES_ARRIVED, &mut losses);
        }
        (losses, None)
    }
}

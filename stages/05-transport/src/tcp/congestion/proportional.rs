/// Proportional rate reduction (RFC 9937): while a loss is mended, what goes out follows what
/// arrives, so that the window comes down evenly. Names of section 6.
#[derive(Clone, Debug)]
pub(super) struct Proportional {
    recover_fs: usize,
    prr_delivered: usize,
    prr_out: usize,
}

impl Proportional {
    pub(super) fn new(flight: usize) -> Proportional {
        Proportional {
            recover_fs: flight.max(1),
            prr_delivered: 0,
            prr_out: 0,
        }
    }

    pub(super) fn sent(&mut self, octets: usize) {
        self.prr_out += octets;
    }

    /// How many octets may go out now.
    pub(super) fn room(
        &mut self,
        delivered: usize,
        pipe: usize,
        safe: bool,
        ssthresh: usize,
        mss: usize,
    ) -> usize {
        self.prr_delivered += delivered;
        let room = if pipe > ssthresh {
            // Down in proportion.
            let due = (self.prr_delivered * ssthresh).div_ceil(self.recover_fs);
            due.saturating_sub(self.prr_out)
        } else {
            // Up to the goal again, as slow start does when nothing more is lost.
            let kept = self.prr_delivered.saturating_sub(self.prr_out);
            let most = if safe {
                kept.max(delivered) + mss
            } else {
                kept
            };
            most.min(ssthresh - pipe)
        };
        // The first segment that goes again goes at once.
        if self.prr_out == 0 {
            room.max(mss)
        } else {
            room
        }
    }
}

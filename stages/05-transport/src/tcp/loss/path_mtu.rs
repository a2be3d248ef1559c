//! How large a segment the path takes: told by a router (RFC 1191), or found out when large ones
//! vanish without a word (RFC 8899, as RFC 4821 does it in TCP).

use crate::tcp::{Connection, Seq};
use std::time::Duration;
use thru_events::{Cause, Time, tcp::TcpEvent};
use thru_ip::IPV6_LEAST_MTU;

const SMALLER_MTU: &str = "the path takes smaller packets only";
const BLACK_HOLE: &str = "large segments vanish without a word (path MTU black hole)";
const LARGER_PASSED: &str = "a larger segment got through";
/// Why a smaller segment goes again.
const WHETHER_SMALL_PASSES: &str = "a smaller one, as large ones do not arrive";
/// What every path should take (RFC 8899, section 5.1.2: BASE_PLPMTU), and the least that a host
/// must take (RFC 9293, section 3.7.1), as packets.
const BASE_PLPMTU: usize = 1200;
const LEAST_MTU: usize = 576;
/// A router that does not say how much means an old one (RFC 1191, section 5).
const LEAST_TOLD: u16 = 68;
/// Time-outs of a full segment in a row that raise a doubt (RFC 8899, section 4.3).
const TIME_OUTS: u32 = 3;
/// Time-outs of the smaller one before a still smaller one is tried.
const TIME_OUTS_OF_SMALL: u32 = 3;
/// After this time a larger segment is tried again (RFC 8899, section 5.1.1: PMTU_RAISE_TIMER).
const RAISE_AFTER: Duration = Duration::from_secs(600);

/// Whether large segments pass. That nothing is heard for a while may be a host that stands still:
/// segments become smaller only once a small one passed where large ones did not.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::tcp) struct SizeSearch {
    /// Time-outs in a row of a segment of full size.
    time_outs: u32,
    doubt: Doubt,
    /// The size before segments became smaller, and when it is tried again.
    larger: Option<(usize, Option<Time>)>,
    /// A larger segment is on its way: where it ends.
    trying: Option<Seq>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Doubt {
    #[default]
    None,
    /// What goes again is cut to packets of this size, to see whether they pass.
    Trying { mtu: usize, time_outs: u32 },
    /// They do. A large one that times out now is the evidence, one that arrives ends the doubt.
    Passed { mtu: usize },
}

impl Connection {
    /// A router says that packets over `mtu` octets do not pass (RFC 1191). `seq` is what it
    /// quotes: it must be on its way (RFC 5927, section 4).
    pub fn on_smaller_mtu(&mut self, mtu: u16, seq: Option<u32>, cause: Cause) {
        if !self.is_quoted(seq) {
            return;
        }
        // Every link of IPv6 takes 1280 octets: who says less is not believed (RFC 8201, section 4).
        if self.config.remote.is_ipv6() && usize::from(mtu) < IPV6_LEAST_MTU {
            return;
        }
        let mtu = if mtu < LEAST_TOLD {
            LEAST_MTU
        } else {
            usize::from(mtu)
        };
        self.shrink_segments(mtu, SMALLER_MTU, cause);
    }

    /// A segment with `data` octets timed out.
    pub(in crate::tcp) fn suspect_black_hole(&mut self, data: usize, cause: Cause) {
        match self.size_search.doubt {
            Doubt::None if data > 0 && data >= self.mss => {
                self.size_search.time_outs += 1;
                if self.size_search.time_outs >= TIME_OUTS
                    && let Some(mtu) = self.smaller_than(self.mss + self.octets_of_headers())
                {
                    self.size_search.doubt = Doubt::Trying { mtu, time_outs: 0 };
                }
            }
            Doubt::None => {}
            Doubt::Trying { mtu, time_outs } => {
                let smaller = self.smaller_than(mtu);
                self.size_search.doubt = match smaller {
                    Some(mtu) if time_outs + 1 >= TIME_OUTS_OF_SMALL => {
                        Doubt::Trying { mtu, time_outs: 0 }
                    }
                    _ => Doubt::Trying {
                        mtu,
                        time_outs: time_outs + 1,
                    },
                };
            }
            Doubt::Passed { mtu } if data > self.data_in(mtu) => {
                self.shrink_segments(mtu, BLACK_HOLE, cause);
            }
            Doubt::Passed { .. } => {}
        }
    }

    /// The next smaller packet to try.
    fn smaller_than(&self, mtu: usize) -> Option<usize> {
        let sizes = match self.config.remote.is_ipv6() {
            true => &[IPV6_LEAST_MTU][..],
            false => &[BASE_PLPMTU, LEAST_MTU],
        };
        sizes.iter().copied().find(|size| *size < mtu)
    }

    /// Octets of data that a packet of `mtu` octets holds.
    fn data_in(&self, mtu: usize) -> usize {
        mtu.saturating_sub(self.octets_of_headers()).max(1)
    }

    /// What may be in a segment that goes again, and why, if it is smaller than usual.
    pub(in crate::tcp) fn largest_again(&self) -> (usize, Option<&'static str>) {
        match self.size_search.doubt {
            Doubt::Trying { mtu, .. } => {
                let data = self.data_in(mtu).min(self.mss);
                (data, Some(WHETHER_SMALL_PASSES))
            }
            Doubt::None | Doubt::Passed { .. } => (self.mss, None),
        }
    }

    /// Segments arrived, the largest of which had so much data.
    pub(in crate::tcp) fn note_size_passed(&mut self, largest: usize, cause: Cause) {
        if largest == 0 {
            return;
        }
        self.size_search.time_outs = 0;
        self.size_search.doubt = match self.size_search.doubt {
            Doubt::Trying { mtu, .. } | Doubt::Passed { mtu } if largest <= self.data_in(mtu) => {
                Doubt::Passed { mtu }
            }
            _ => Doubt::None,
        };
        let Some(end) = self.size_search.trying else {
            return;
        };
        let before = self.size_search.larger.map_or(0, |(size, _)| size);
        if largest > self.mss && largest >= before {
            self.size_search.larger = None;
            self.size_search.trying = None;
            self.resize_segments(largest, LARGER_PASSED, cause);
        } else if self.snd_una.at_or_after(end) {
            self.size_search.trying = None;
        }
    }

    /// Makes a new segment of full size larger, once in a while after segments became smaller
    /// (RFC 8899, section 5.3). DEVIATION: a larger one that is lost counts as a loss.
    pub(in crate::tcp) fn try_larger(&mut self, now: Time, length: usize) -> usize {
        let Some((size, at)) = self.size_search.larger else {
            return length;
        };
        let at = at.unwrap_or(now.after(RAISE_AFTER));
        self.size_search.larger = Some((size, Some(at)));
        let in_window = (self.snd_una + self.snd_wnd).distance(self.snd_nxt);
        let room = in_window.min(self.congestion.cwnd.saturating_sub(self.pipe()));
        let fits = length == self.mss && room >= size && self.unsent() > size;
        if at > now || self.size_search.trying.is_some() || !fits {
            return length;
        }
        self.size_search.larger = Some((size, Some(now.after(RAISE_AFTER))));
        self.size_search.trying = Some(self.snd_nxt + size);
        size
    }

    fn octets_of_headers(&self) -> usize {
        self.headers_before_data() + if self.timestamps { 12 } else { 0 }
    }

    fn shrink_segments(&mut self, mtu: usize, why: &'static str, cause: Cause) {
        let (mss, before) = (self.data_in(mtu), self.mss);
        if mss >= before {
            return;
        }
        let larger = self.size_search.larger.map_or(before, |(size, _)| size);
        self.size_search = SizeSearch {
            larger: Some((larger, None)),
            ..SizeSearch::default()
        };
        let event = self.resize_segments(mss, why, cause);
        self.board.mark_larger_lost(mss, why);
        self.board.blame(event);
        self.send_lost_now = true;
    }

    fn resize_segments(&mut self, mss: usize, why: &'static str, cause: Cause) -> Cause {
        self.mss = mss;
        self.congestion.set_mss(mss);
        let connection = self.config.id;
        self.tap().emit(cause, || TcpEvent::SegmentSizeChanged {
            connection,
            size: mss as u32,
            why: why.into(),
        })
    }

    /// Whether `seq`, which an error quotes, is on its way: whoever says so saw a segment of this
    /// connection (RFC 5927, section 4).
    pub fn is_quoted(&self, seq: Option<u32>) -> bool {
        seq.is_some_and(|seq| {
            let seq = Seq(seq);
            seq.at_or_after(self.snd_una) && seq.before(self.snd_nxt)
        })
    }
}

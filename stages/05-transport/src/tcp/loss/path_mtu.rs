//! How large a segment the path takes: told by a router (RFC 1191), or found out when large ones
//! vanish without a word (RFC 8899, as RFC 4821 does it in TCP).

use crate::tcp::{Connection, Seq};
use thru_events::{Cause, tcp::TcpEvent};
use thru_ip::IPV6_LEAST_MTU;

const SMALLER_MTU: &str = "the path takes smaller packets only";
const BLACK_HOLE: &str = "large segments vanish without a word (path MTU black hole)";
/// What every path should take (RFC 8899, section 5.1.2: BASE_PLPMTU), and the least that a host
/// must take (RFC 9293, section 3.7.1), as packets.
const BASE_PLPMTU: usize = 1200;
const LEAST_MTU: usize = 576;
/// A router that does not say how much means an old one (RFC 1191, section 5).
const LEAST_TOLD: u16 = 68;
/// Time-outs of a full segment in a row that make a black hole (RFC 8899, section 4.3).
const TIME_OUTS: u32 = 3;

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

    /// A full segment timed out again: perhaps it is too large and nobody says so. GAP: larger
    /// segments are not tried again later (RFC 8899, section 5.3).
    pub(in crate::tcp) fn suspect_black_hole(&mut self, data: usize, cause: Cause) {
        if data < self.mss || data == 0 {
            return;
        }
        self.full_sized_time_outs += 1;
        if self.full_sized_time_outs < TIME_OUTS {
            return;
        }
        let size = self.mss + self.octets_of_headers();
        let mtu = if size > BASE_PLPMTU {
            BASE_PLPMTU
        } else {
            LEAST_MTU
        };
        self.full_sized_time_outs = 0;
        self.shrink_segments(mtu, BLACK_HOLE, cause);
    }

    fn octets_of_headers(&self) -> usize {
        self.headers_before_data() + if self.timestamps { 12 } else { 0 }
    }

    fn shrink_segments(&mut self, mtu: usize, why: &'static str, cause: Cause) {
        let mss = mtu.saturating_sub(self.octets_of_headers()).max(1);
        if mss >= self.mss {
            return;
        }
        self.mss = mss;
        self.congestion.set_mss(mss);
        let connection = self.config.id;
        let event = self.tap().emit(cause, || TcpEvent::SegmentSizeChanged {
            connection,
            size: mss as u32,
            why: why.into(),
        });
        self.board.mark_larger_lost(mss, why);
        self.board.blame(event);
        self.send_lost_now = true;
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

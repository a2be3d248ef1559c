use super::{
    Connection, ConnectionConfig, Flags, Options, Segment, SegmentHeader, Seq,
    config::headers_before_data,
    initial_sequence::{siphash, words_of},
    open::WINDOW_SHIFT,
};
use std::net::SocketAddr;
use thru_events::{Cause, Time};

/// SYN cookies (RFC 4987, section 3.6): a listener whose backlog is full answers SYNs without
/// keeping anything. What it would have kept is in its initial sequence number (5 bits of time, 3
/// bits of MSS, 24 bits of proof) and in the lowest bits of its timestamp.
#[derive(Clone, Copy, Debug)]
pub struct SynCookies {
    secret: [u64; 2],
}

/// A cookie counts for this long, and for the one before.
const PERIOD_NS: u64 = 64_000_000_000;
/// Sizes that 3 bits can name.
const SIZES: [u16; 8] = [216, 536, 1160, 1220, 1300, 1400, 1440, 1460];
/// Low bits of the timestamp that hold the options: window shift (4), SACK (1), ECN (1).
const OPTION_BITS: u32 = 6;
const NO_SCALE: u32 = 15;

/// What a cookie that came back tells of its SYN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The peer's initial sequence number.
    pub irs: u32,
    /// Ours.
    pub iss: u32,
    /// The options of its SYN.
    pub options: Options,
    /// It asked for congestion notification.
    pub ecn: bool,
}

impl SynCookies {
    /// `secret` comes by chance.
    pub fn new(secret: [u64; 2]) -> SynCookies {
        SynCookies { secret }
    }

    /// The SYN-ACK to `syn`, from which everything can be told when it is acknowledged.
    pub fn answer(
        &self,
        now: Time,
        (local, remote): (SocketAddr, SocketAddr),
        mtu: usize,
        syn: &Segment<'_>,
    ) -> SegmentHeader {
        let asked = &syn.header.options;
        let wanted = asked.mss.unwrap_or(536);
        let size = SIZES.iter().rposition(|size| *size <= wanted).unwrap_or(0);
        let period = now.0 / PERIOD_NS;
        let iss = self.cookie(period, size as u32, syn.header.seq, local, remote);
        // Without a timestamp there is no room for other options.
        let stamp = asked.timestamps.map(|(value, _)| {
            let scale = asked.window_scale.map_or(NO_SCALE, u32::from);
            let ecn = syn.header.flags.has(Flags::ECE.and(Flags::CWR));
            let bits = scale | u32::from(asked.sack_permitted) << 4 | u32::from(ecn) << 5;
            (stamp_at(now) & !((1 << OPTION_BITS) - 1) | bits, value)
        });
        let options = Options {
            mss: Some(mtu.saturating_sub(headers_before_data(remote)).min(0xffff) as u16),
            window_scale: stamp.and(asked.window_scale).map(|_| WINDOW_SHIFT),
            sack_permitted: stamp.is_some() && asked.sack_permitted,
            timestamps: stamp,
            ..Options::default()
        };
        SegmentHeader {
            source_port: local.port(),
            destination_port: remote.port(),
            seq: Seq(iss),
            ack: syn.header.seq + 1,
            flags: Flags::SYN.and(Flags::ACK),
            window: 0xffff,
            options,
        }
    }

    fn cookie(
        &self,
        period: u64,
        size: u32,
        irs: Seq,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> u32 {
        let ends = words_of(local).chain(words_of(remote));
        let words: Vec<u64> = ends.chain([u64::from(irs.0), period]).collect();
        let proof = siphash(self.secret, &words) as u32 & 0x00ff_ffff;
        (period as u32 & 31) << 27 | size << 24 | proof
    }

    /// What `ack` brings back, if it acknowledges a cookie of ours that is not too old.
    pub fn accept(
        &self,
        now: Time,
        (local, remote): (SocketAddr, SocketAddr),
        ack: &Segment<'_>,
    ) -> Option<Remembered> {
        let header = &ack.header;
        let plain = header.flags.has(Flags::ACK)
            && !header.flags.has(Flags::SYN)
            && !header.flags.has(Flags::RST);
        let (iss, irs) = ((header.ack - 1).0, header.seq - 1);
        let size = iss >> 24 & 7;
        let this = now.0 / PERIOD_NS;
        let periods = [Some(this), this.checked_sub(1)].into_iter().flatten();
        let known = periods
            .into_iter()
            .any(|period| self.cookie(period, size, irs, local, remote) == iss);
        if !plain || !known {
            return None;
        }
        let bits = header.options.timestamps.map(|(_, echo)| echo);
        let scale = bits
            .map(|bits| bits & 15)
            .filter(|scale| *scale != NO_SCALE);
        let options = Options {
            mss: Some(SIZES[size as usize]),
            window_scale: scale.map(|scale| (scale as u8).min(14)),
            sack_permitted: bits.is_some_and(|bits| bits & 16 != 0),
            timestamps: header.options.timestamps,
            ..Options::default()
        };
        Some(Remembered {
            irs: irs.0,
            iss,
            options,
            ecn: bits.is_some_and(|bits| bits & 32 != 0),
        })
    }
}

/// The timestamp clock of SYN-ACKs with a cookie, which a connection made from one goes on with.
fn stamp_at(now: Time) -> u32 {
    (now.0 / 1_000_000) as u32
}

impl Connection {
    /// A connection made from a cookie that came back: in ESTABLISHED at once. The segment that
    /// brought it is handled next, as on every connection.
    pub fn from_cookie(
        now: Time,
        config: ConnectionConfig,
        remembered: &Remembered,
        segment: &Segment<'_>,
        cause: Cause,
    ) -> Connection {
        let mut header = segment.header;
        header.seq = Seq(remembered.irs);
        header.flags = match remembered.ecn {
            true => Flags::SYN.and(Flags::ECE).and(Flags::CWR),
            false => Flags::SYN,
        };
        header.options = remembered.options;
        let syn = Segment {
            header,
            payload: &[],
            ..*segment
        };
        let config = ConnectionConfig {
            iss: remembered.iss,
            timestamp_offset: 0,
            ..config
        };
        Connection::reopened(now, config, &syn, cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends() -> (SocketAddr, SocketAddr) {
        let end = |text: &str| text.parse().unwrap();
        (end("10.0.0.1:80"), end("10.0.0.2:40000"))
    }

    fn segment(flags: Flags, seq: u32, ack: u32, options: Options) -> Segment<'static> {
        let header = SegmentHeader {
            source_port: 40000,
            destination_port: 80,
            seq: Seq(seq),
            ack: Seq(ack),
            flags,
            window: 1000,
            options,
        };
        Segment {
            header,
            payload: &[],
            data_offset: 20,
            marked: false,
        }
    }

    fn asked() -> Options {
        Options {
            mss: Some(1450),
            window_scale: Some(9),
            sack_permitted: true,
            timestamps: Some((77, 0)),
            ..Options::default()
        }
    }

    #[test]
    fn a_cookie_that_comes_back_tells_what_its_syn_said() {
        let cookies = SynCookies::new([3, 4]);
        let syn = segment(Flags::SYN, 500, 0, asked());
        let answer = cookies.answer(Time::ZERO, ends(), 1500, &syn);
        assert_eq!(answer.ack, Seq(501));
        let echo = answer.options.timestamps.unwrap().0;
        let stamps = Options {
            timestamps: Some((78, echo)),
            ..Options::default()
        };
        let ack = segment(Flags::ACK, 501, answer.seq.0 + 1, stamps);
        let later = Time(PERIOD_NS);
        let remembered = cookies.accept(later, ends(), &ack).unwrap();
        assert_eq!((remembered.irs, remembered.iss), (500, answer.seq.0));
        let options = remembered.options;
        assert_eq!((options.mss, options.window_scale), (Some(1440), Some(9)));
        assert!(options.sack_permitted && !remembered.ecn);
    }

    #[test]
    fn an_old_cookie_or_an_invented_one_opens_nothing() {
        let cookies = SynCookies::new([3, 4]);
        let syn = segment(Flags::SYN, 500, 0, asked());
        let answer = cookies.answer(Time::ZERO, ends(), 1500, &syn);
        let ack = |by: u32| segment(Flags::ACK, 501, answer.seq.0.wrapping_add(by), asked());
        assert!(
            cookies
                .accept(Time(2 * PERIOD_NS), ends(), &ack(1))
                .is_none()
        );
        assert!(cookies.accept(Time::ZERO, ends(), &ack(2)).is_none());
        let (local, remote) = ends();
        assert!(
            cookies
                .accept(Time::ZERO, (remote, local), &ack(1))
                .is_none()
        );
    }
}

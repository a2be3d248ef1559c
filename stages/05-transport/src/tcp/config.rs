use super::{FastOpenMemory, SegmentHeader};
use std::{net::SocketAddr, time::Duration};
use thru_events::{Cause, ConnectionId, Tap};
use thru_ip::IcmpError;
use thru_octets::PacketBuffer;

/// What a connection needs to know of its surroundings.
#[derive(Clone, Debug)]
pub struct ConnectionConfig {
    /// Its number at this end.
    pub id: ConnectionId,
    /// Own end.
    pub local: SocketAddr,
    /// Other end.
    pub remote: SocketAddr,
    /// Initial sequence number ([`super::InitialSequence`], RFC 6528).
    pub iss: u32,
    /// Where the timestamp clock starts, by chance (RFC 7323, section 5.4).
    pub timestamp_offset: u32,
    /// Largest packet of the interface, octets.
    pub mtu: usize,
    /// Octets that the layers below put in front of a segment; room for them is kept.
    pub headroom: usize,
    /// Active: what the peer gave for fast opens; passive: what it was given. `None` where nothing
    /// is known (RFC 7413).
    pub known: Option<Box<FastOpenMemory>>,
    /// What its owner may choose.
    pub settings: Settings,
    /// Where its events go.
    pub tap: Tap,
}

/// Octets of an IP and a TCP header without options, towards `remote` (RFC 9293, section 3.7.1).
pub(super) fn headers_before_data(remote: SocketAddr) -> usize {
    let ip = match remote {
        SocketAddr::V4(_) => thru_ip::HEADER_LENGTH,
        SocketAddr::V6(_) => thru_ip::IPV6_HEADER_LENGTH,
    };
    ip + super::segment::HEADER_LENGTH
}

/// What the owner of a connection, or the system, may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Small segments wait while others are on their way (RFC 896). DEVIATION: off unless asked
    /// for, as browsers and servers ask for.
    pub nagle: bool,
    /// Timestamps are offered and taken (RFC 7323).
    pub timestamps: bool,
    /// Selective acknowledgement is offered and taken (RFC 2018).
    pub sack: bool,
    /// Windows over 65535 octets are offered and taken (RFC 7323).
    pub window_scaling: bool,
    /// Explicit congestion notification (RFC 3168).
    pub ecn: Ecn,
    /// Data may go with SYN, and SYNs with data are taken (RFC 7413). Off unless asked for: a SYN
    /// that comes twice may bring its data twice (section 6.1).
    pub fast_open: bool,
    /// Whether and when an idle peer is asked if it is still there (RFC 9293, section 3.8.4).
    pub keepalive: Option<Keepalive>,
    /// Who decides how much may be on its way.
    pub congestion: CongestionControl,
    /// Octets taken for sending and not acknowledged; at most [`super::limits::SEND_BUFFER`].
    pub send_buffer: usize,
    /// Octets received and not read; at most [`super::limits::RECEIVE_BUFFER`].
    pub receive_buffer: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            nagle: false,
            timestamps: true,
            sack: true,
            window_scaling: true,
            ecn: Ecn::Answer,
            fast_open: false,
            keepalive: None,
            congestion: CongestionControl::Cubic,
            send_buffer: super::limits::SEND_BUFFER,
            receive_buffer: super::limits::RECEIVE_BUFFER,
        }
    }
}

/// Explicit congestion notification (RFC 3168).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ecn {
    /// Neither asked for nor taken.
    Off,
    /// Taken if the peer asks.
    Answer,
    /// Asked for.
    Ask,
}

/// Who decides how much may be on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CongestionControl {
    /// RFC 9438.
    Cubic,
    /// RFC 5681.
    Reno,
}

/// When an idle peer is asked if it is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keepalive {
    /// Silence before the first question (RFC 9293, MUST: 2 hours or more unless the owner says
    /// otherwise).
    pub idle: Duration,
    /// From one question to the next.
    pub interval: Duration,
    /// Questions without answer before the peer is given up.
    pub probes: u32,
}

impl Default for Keepalive {
    fn default() -> Keepalive {
        Keepalive {
            idle: Duration::from_secs(7200),
            interval: Duration::from_secs(75),
            probes: 9,
        }
    }
}

/// How a connection was lost, or never came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LostHow {
    /// RST to our SYN.
    Refused,
    /// RST on an open connection.
    Reset,
    /// The peer did not acknowledge in time.
    TimedOut,
    /// A router or the host said that it cannot be reached.
    Unreachable(IcmpError),
    /// The next hop does not answer ARP.
    NeighbourSilent,
    /// This end ended it.
    Aborted,
}

impl LostHow {
    /// The word that the journal uses.
    pub fn word(self) -> &'static str {
        match self {
            LostHow::Refused => "refused",
            LostHow::Reset => "reset",
            LostHow::TimedOut => "timed_out",
            LostHow::Unreachable(_) | LostHow::NeighbourSilent => "unreachable",
            LostHow::Aborted => "aborted",
        }
    }
}

/// The connection is no more, and the event that shows why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// How.
    pub how: LostHow,
    /// The event.
    pub evidence: Cause,
}

/// A segment to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// Header.
    pub header: SegmentHeader,
    /// Data, with room in front for every header.
    pub payload: PacketBuffer,
    /// Routers may mark it instead of dropping it: ECT(0) (RFC 3168, section 5).
    pub ecn_capable: bool,
    /// `SegmentSent` or `SegmentRetransmitted`.
    pub cause: Cause,
}

/// How a connection stands, in the words of Linux's `ss -tin` where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Largest data of a segment, octets.
    pub mss: usize,
    /// Congestion window, octets.
    pub cwnd: usize,
    /// Slow start threshold, octets; none before the first loss.
    pub ssthresh: Option<usize>,
    /// Window of the peer, octets.
    pub snd_wnd: usize,
    /// Window told to the peer, octets.
    pub rcv_wnd: usize,
    /// Octets on their way as far as known.
    pub pipe: usize,
    /// Smoothed round trip.
    pub srtt: Option<Duration>,
    /// Retransmission time-out now.
    pub rto: Duration,
    /// Segments sent again since it opened.
    pub retransmitted: u64,
    /// Octets that the peer acknowledged.
    pub acknowledged: u64,
    /// Timestamps, SACK and window scaling were agreed on.
    pub agreed: Agreed,
}

/// What both SYNs agreed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    /// RFC 7323.
    pub timestamps: bool,
    /// RFC 2018.
    pub sack: bool,
    /// RFC 7323: shift of the peer's windows.
    pub window_scale: Option<u8>,
    /// RFC 3168.
    pub ecn: bool,
}

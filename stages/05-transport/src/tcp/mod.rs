//! One connection of the Transmission Control Protocol.
//!
//! Stage: stage 05, RFC 9293; options RFC 7323, 2018 and 2883; RFC 3168, 3042, 4987, 5681, 5961,
//! 6191, 6298, 6528, 6582, 6675, 6928, 7413, 8985, 9406, 9438, 9937.
//! In: segments, orders of the owner, time, an initial sequence number. Out: segments, octets in order.
//! Emits: `TcpEvent`, `CloseEvent`.
//! How it works: [`Connection`] holds the variables that RFC 9293 section 3.3.1 names. Its concerns
//! have a file or a folder each: `open`, `receive`, `acknowledge`, `send`, `loss`, `congestion`,
//! `ecn`, `fast_open`, `keepalive`, `close`, `options`. A listener that is asked too much answers by
//! `syn_cookie`.
//! Not here: ports and who owns a connection (`net/stack`). GAP: urgent data (see `receive`),
//! pacing.

mod acknowledge;
mod close;
mod config;
mod congestion;
mod connection;
mod ecn;
mod fast_open;
mod initial_sequence;
mod keepalive;
mod listener;
mod loss;
mod octet_queue;
mod open;
mod options;
mod ranges;
mod receive;
mod segment;
mod send;
mod sequence;
mod state;
mod syn_cookie;

pub use config::{
    Agreed, CongestionControl, ConnectionConfig, Ecn, Figures, Keepalive, Lost, LostHow, Settings,
    Transmit,
};
pub use connection::Connection;
pub use fast_open::{FastOpenCookie, FastOpenCookies, FastOpenMemory, FastOpenNews};
pub use initial_sequence::InitialSequence;
pub use listener::Listener;
pub use options::Options;
pub use segment::{Flags, HEADER_LENGTH, Segment, SegmentHeader, reset_for};
pub use sequence::Seq;
pub use state::State;
pub use syn_cookie::{Remembered, SynCookies};

/// Named limits and times of a connection.
pub mod limits {
    use std::time::Duration;

    /// Octets taken for sending and not yet acknowledged.
    pub const SEND_BUFFER: usize = 4 << 20;
    /// Octets received and not yet read: the largest window.
    pub const RECEIVE_BUFFER: usize = 4 << 20;
    /// Pieces held out of order.
    pub const OUT_OF_ORDER_PIECES: usize = 4096;
    /// Times that a SYN is sent before the attempt is given up: 1+2+4+8+16+32+64 s.
    pub const SYN_ATTEMPTS: u32 = 7;
    /// Times that a segment is sent before the connection is given up (RFC 9293, section 3.8.3:
    /// at least 100 s).
    pub const DATA_ATTEMPTS: u32 = 12;
    /// Maximum segment lifetime. DEVIATION: RFC 9293 section 3.4.2 says 2 minutes; 30 s is what
    /// systems use today.
    pub const MAXIMUM_SEGMENT_LIFETIME: Duration = Duration::from_secs(30);
    /// TIME-WAIT (RFC 9293, section 3.6.1).
    pub const TIME_WAIT: Duration = Duration::from_secs(60);
    /// How long a connection without owner waits for the peer's FIN.
    pub const FIN_WAIT_2: Duration = Duration::from_secs(60);
    /// How long an acknowledgement may wait (RFC 9293, section 3.8.6.3: under 0.5 s).
    pub const DELAYED_ACK: Duration = Duration::from_millis(40);
    /// Least time between two answers to unacceptable segments without data (RFC 5961, section 7).
    pub const BETWEEN_CHALLENGES: Duration = Duration::from_millis(500);
    /// Window probes that the peer leaves without any answer before the connection is given up.
    pub const PROBE_ATTEMPTS: u32 = 12;
    /// Longest time between two window probes.
    pub const LONGEST_PROBE_WAIT: Duration = Duration::from_secs(60);
}

//! 05: segments (and datagrams).

use crate::{ConnectionId, Text};
use std::net::SocketAddr;

vocabulary! {
    /// Events of the transport layer (RFC 9293, 768).
    TcpEvent => Tcp {
        /// A connection was asked for.
        ConnectStarted { /** Which. */ connection: ConnectionId, /** To. */ remote: SocketAddr },
        /// A state was left for another.
        StateChanged { /** Which. */ connection: ConnectionId, /** Before. */ from: Text, /** After. */ to: Text, /** Why. */ why: Text },
        /// A segment was sent.
        SegmentSent { /** Which. */ connection: ConnectionId, /** Flags, as `SYN ACK`. */ flags: Text, /** Sequence number. */ seq: u32, /** Acknowledgement number. */ ack: u32, /** Window field as sent, scaled. */ window: u32, /** Octets of data. */ length: u32 },
        /// A segment arrived.
        SegmentReceived { /** Which. */ connection: ConnectionId, /** Flags. */ flags: Text, /** Sequence number. */ seq: u32, /** Acknowledgement number. */ ack: u32, /** Window, scaled. */ window: u32, /** Octets of data. */ length: u32 },
        /// A segment was sent again.
        SegmentRetransmitted { /** Which. */ connection: ConnectionId, /** Sequence number. */ seq: u32, /** Octets of data. */ length: u32, /** Why. */ why: Text, /** From 1. */ attempt: u32 },
        /// The other end says that octets came to it twice (RFC 2883): they had not been lost.
        DuplicateReported { /** Which. */ connection: ConnectionId, /** Sequence number of the first. */ seq: u32, /** Octets. */ length: u32 },
        /// A segment was thrown away.
        SegmentIgnored { /** Where it belonged, `source → destination`. */ flow: String, /** Why. */ why: Text },
        /// Segments are taken as lost; they will be sent again.
        LossDetected { /** Which. */ connection: ConnectionId, /** Sequence number of the first. */ seq: u32, /** Octets of all. */ length: u32, /** How many. */ segments: u32, /** What says so. */ why: Text },
        /// A timer ran out.
        TimerExpired { /** Which. */ connection: ConnectionId, /** `retransmission`, `tail loss probe`, `reordering`, `delayed acknowledgement`, `window probe`, `keep-alive`, `TIME-WAIT`, `FIN-WAIT-2`. */ timer: Text },
        /// The congestion window was set anew, other than by growing with what is acknowledged.
        CongestionWindowChanged { /** Which. */ connection: ConnectionId, /** Octets. */ window: u32, /** Slow start threshold, octets; none before the first loss. */ threshold: Option<u32>, /** Why. */ why: Text },
        /// The path takes smaller segments than thought.
        SegmentSizeChanged { /** Which. */ connection: ConnectionId, /** Octets of data. */ size: u32, /** Why. */ why: Text },
        /// A listener whose backlog is full answered a SYN without keeping anything (RFC 4987).
        SynCookieSent { /** Where from. */ remote: SocketAddr, /** The listener. */ local: SocketAddr },
        /// Both sides agree that the connection is open.
        Opened { /** Which. */ connection: ConnectionId, /** Own end. */ local: SocketAddr, /** Other end. */ remote: SocketAddr, /** Microseconds from first SYN to open. */ rtt_us: u64 },
        /// A listener took in a connection.
        Accepted { /** Which. */ connection: ConnectionId, /** Own end. */ local: SocketAddr, /** Other end. */ remote: SocketAddr },
        /// In-order data became readable.
        DataArrived { /** Which. */ connection: ConnectionId, /** Octets. */ length: u32 },
        /// A round trip was measured.
        RoundTripMeasured { /** Which. */ connection: ConnectionId, /** Microseconds. */ rtt_us: u64, /** Smoothed, microseconds. */ srtt_us: u64, /** Time-out from it, microseconds. */ rto_us: u64 },
        /// The kernel's own figures (TCP_INFO).
        KernelFigures { /** Which. */ connection: ConnectionId, /** State. */ state: Text, /** Smoothed round trip, microseconds. */ rtt_us: u64, /** Variation, microseconds. */ rtt_var_us: u64, /** Segments sent again. */ retransmits: u32, /** Of these, how often the other end said that it got something twice (RFC 2883). */ came_twice: u32, /** Congestion window, segments. */ congestion_window: u32, /** Largest segment, octets. */ mss: u32, /** Octets acknowledged by the peer. */ bytes_acked: u64, /** Octets received. */ bytes_received: u64 },
        /// The connection could not be opened, or broke.
        Failed { /** Which. */ connection: ConnectionId, /** The other end. */ remote: SocketAddr, /** `refused`, `timed_out`, `reset`, `unreachable`. */ how: Text },
        /// One of several addresses won the race (RFC 8305).
        RaceWon { /** Which. */ connection: ConnectionId, /** Winner. */ remote: SocketAddr, /** Addresses tried. */ tried: u32 },
        /// A datagram was sent.
        DatagramSent { /** From. */ local: SocketAddr, /** To. */ remote: SocketAddr, /** Octets. */ length: u32 },
        /// A datagram arrived.
        DatagramReceived { /** At. */ local: SocketAddr, /** From. */ remote: SocketAddr, /** Octets. */ length: u32 },
    }
}

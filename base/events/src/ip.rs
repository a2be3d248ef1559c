//! 04: packets and routes.

use crate::Text;
use std::net::{IpAddr, SocketAddr};

vocabulary! {
    /// Events of the internet layer (RFC 791, 792, 8200).
    IpEvent => Ip {
        /// The route to a destination was chosen.
        RouteChosen { /** To. */ destination: IpAddr, /** Matching prefix, as `10.0.0.0/24`. */ prefix: String, /** Next hop; none on the own network. */ next_hop: Option<IpAddr>, /** Interface name. */ interface: String, /** Own address used. */ source: IpAddr },
        /// There is no route.
        RouteMissing { /** To. */ destination: IpAddr },
        /// A packet was sent from here.
        PacketSent { /** From. */ source: IpAddr, /** To. */ destination: IpAddr, /** Protocol number. */ protocol: u8, /** Octets. */ length: u32, /** Hop limit. */ ttl: u8 },
        /// A packet arrived for this host.
        PacketReceived { /** From. */ source: IpAddr, /** To. */ destination: IpAddr, /** Protocol number. */ protocol: u8, /** Octets. */ length: u32, /** Hop limit. */ ttl: u8 },
        /// A router passed a packet on.
        PacketForwarded { /** From. */ source: IpAddr, /** To. */ destination: IpAddr, /** Next hop. */ next_hop: IpAddr, /** Hop limit after. */ ttl: u8 },
        /// A packet was thrown away.
        PacketDropped { /** From. */ source: IpAddr, /** To. */ destination: IpAddr, /** Why. */ why: Text },
        /// A router rewrote addresses.
        NatTranslated { /** Before, `address:port`. */ inside: String, /** After, `address:port`. */ outside: String, /** The other end. */ remote: String, /** `out`, `in`, or `hairpin` between two machines inside. */ direction: Text, /** Whether a new line was made. */ new_line: bool },
        /// A line of a router's translation table was not used for too long.
        NatExpired { /** The machine inside, `address:port`. */ inside: String, /** Its outside end, `address:port`. */ outside: String, /** Lines that are left. */ lines: u32 },
        /// An ICMP message was sent.
        IcmpSent { /** To. */ to: IpAddr, /** Type. */ kind: u8, /** Code. */ code: u8, /** Meaning. */ meaning: Text },
        /// An ICMP message arrived.
        IcmpReceived { /** From. */ from: IpAddr, /** Type. */ kind: u8, /** Code. */ code: u8, /** Meaning. */ meaning: Text, /** What it is about: `protocol source → destination`, as far as quoted. */ about: Option<String> },
        /// A packet was cut in pieces.
        Fragmented { /** Identification. */ id: u32, /** Pieces. */ pieces: u16 },
        /// Pieces were put together again.
        Reassembled { /** Identification. */ id: u32, /** Pieces. */ pieces: u16 },
        /// The largest packet that the way to a destination takes is known (RFC 1191, 8201).
        PathMtuLearned { /** To. */ destination: IpAddr, /** Octets. */ mtu: u32 },
        /// A machine on the way answered a probe with a small hop limit.
        HopAnswered { /** Whom the probe was for. */ remote: SocketAddr, /** Hop limit of the probe. */ ttl: u8, /** Who. */ hop: IpAddr, /** What it said: `time exceeded` or `unreachable`. */ said: Text, /** Microseconds. */ rtt_us: u64 },
        /// Nobody answered a probe in time.
        HopSilent { /** Whom the probe was for. */ remote: SocketAddr, /** Hop limit of the probe. */ ttl: u8 },
        /// The machine that a probe was for answered it.
        DestinationAnswered { /** Who, and at which port. */ remote: SocketAddr, /** Hop limit of the probe. */ ttl: u8, /** Flags of what it sent: `SYN ACK` where someone listens, else `RST ACK` or `RST`. */ said: Text, /** Microseconds. */ rtt_us: u64 },
    }
}

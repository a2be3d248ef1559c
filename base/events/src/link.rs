//! 03: frames and neighbours.

use crate::{MacAddress, Text, Time};
use std::net::IpAddr;

vocabulary! {
    /// Events of the link layer (IEEE 802.3, RFC 826, 4861, 5227).
    LinkEvent => Link {
        /// A frame was put on the wire; its span is the frame without FCS.
        FrameSent { /** Interface index. */ interface: u8, /** To. */ destination: MacAddress, /** From. */ source: MacAddress, /** EtherType. */ ethertype: u16, /** Octets without FCS. */ length: u32 },
        /// A frame came off the wire; its span is the frame without FCS.
        FrameReceived { /** Interface index. */ interface: u8, /** To. */ destination: MacAddress, /** From. */ source: MacAddress, /** EtherType. */ ethertype: u16, /** Octets without FCS. */ length: u32 },
        /// A frame came that is for someone else, or that nobody here understands.
        FrameIgnored { /** Interface index. */ interface: u8, /** To. */ destination: MacAddress, /** Why. */ why: Text },
        /// The frame check sequence does not fit: the frame is dropped.
        FrameCheckFailed { /** Interface index. */ interface: u8, /** Computed. */ computed: u32, /** Found. */ found: u32 },
        /// A frame was lost on the wire (the lab's wire says so).
        FrameLost { /** Why. */ why: Text },
        /// The wire did more to a frame than carry it: held it back, doubled it, damaged it unseen, marked it (the lab's wire says so).
        FrameDisturbed { /** What was done. */ how: Text },
        /// A switch forwarded a frame to one port.
        FrameForwarded { /** In. */ from_port: u8, /** Out. */ to_port: u8 },
        /// A switch sent a frame to all other ports.
        FrameFlooded { /** In. */ from_port: u8, /** Copies. */ copies: u8, /** Why. */ why: Text },
        /// A switch learned who is behind a port.
        PortLearned { /** Whose. */ mac: MacAddress, /** Port. */ port: u8 },
        /// A switch forgot who is behind a port.
        PortForgotten { /** Whose. */ mac: MacAddress, /** Port. */ port: u8, /** Why. */ why: Text },
        /// One port of a switch had too much flooded: it is shut for a while.
        StormBegan { /** Port. */ port: u8, /** Frames a second that may be flooded. */ limit: u32 },
        /// The port is open again.
        StormEnded { /** Port. */ port: u8, /** Frames that came in meanwhile and were dropped. */ dropped: u64 },
        /// Who has this address? Asked of all.
        ArpAsked { /** The address. */ address: IpAddr, /** From 1. */ attempt: u32 },
        /// The owner of an address answered (seen at the owner).
        ArpAnswered { /** The address. */ address: IpAddr, /** To whom. */ to: MacAddress },
        /// Who has this IPv6 address? Asked of its group, or of the machine that had it (RFC 4861).
        NeighbourSolicited { /** The address. */ address: IpAddr, /** From 1. */ attempt: u32, /** Asked of the group. */ to_all: bool },
        /// The owner of an IPv6 address says so (seen at the owner).
        NeighbourAdvertised { /** The address. */ address: IpAddr, /** To whom; the group of all machines if nobody asked. */ to: IpAddr },
        /// What is known of an IPv6 neighbour changed (RFC 4861, section 7.3).
        NeighbourStateChanged { /** The address. */ address: IpAddr, /** Before. */ from: Text, /** After. */ to: Text, /** Why. */ why: Text },
        /// Is there a router on this link? Asked of all routers (RFC 4861).
        RouterSolicited { /** From 1. */ attempt: u32 },
        /// A router says what it offers (seen at the router).
        RouterAdvertised { /** Its networks, as `2001:db8:1::/64`, separated by spaces. */ prefixes: String, /** How long it is a default router, seconds. */ lifetime_s: u32 },
        /// A router of this link is known, or known for longer.
        RouterLearned { /** Its address. */ router: IpAddr, /** For how long, seconds. */ lifetime_s: u32 },
        /// A router is none any more: it said so, or was not heard of in time.
        RouterLost { /** Its address. */ router: IpAddr, /** Why. */ why: Text },
        /// Is anybody using this address already? Asked before it is used (RFC 5227, 4862).
        AddressProbed { /** The address. */ address: IpAddr, /** From 1. */ attempt: u32 },
        /// An address is used from now on, and all machines are told (RFC 5227).
        AddressAnnounced { /** The address. */ address: IpAddr, /** From 1. */ attempt: u32 },
        /// This machine keeps its address although another one uses it too (RFC 5227).
        AddressDefended { /** The address. */ address: IpAddr, /** The other machine. */ against: MacAddress },
        /// The neighbour table has a new or changed line.
        NeighbourLearned { /** The address. */ address: IpAddr, /** Its hardware address. */ mac: MacAddress },
        /// The neighbour table had the line already.
        NeighbourKnown { /** The address. */ address: IpAddr, /** Its hardware address. */ mac: MacAddress },
        /// A line of the table got too old, or had to make room for another.
        NeighbourExpired { /** The address. */ address: IpAddr },
        /// Another machine says that this machine's own address is its own (RFC 5227, 4862).
        NeighbourConflict { /** The address. */ address: IpAddr, /** The other machine. */ claimed_by: MacAddress },
        /// Nobody answered for an address.
        NeighbourUnanswered { /** The address. */ address: IpAddr, /** Requests sent. */ attempts: u32 },
        /// The kernel's own line for the next hop.
        NeighbourReported { /** The address. */ address: IpAddr, /** Its hardware address, if the kernel has one. */ mac: Option<MacAddress>, /** The kernel's state of it. */ state: Text },
        /// What the kernel says of an interface of this machine.
        InterfaceReported { /** Its name. */ interface: String, /** Its hardware address, if it has one. */ mac: Option<MacAddress>, /** Largest packet, octets. */ mtu: u32, /** `up`, `down`, or the kernel's other word. */ state: Text },
        /// A frame of this load passed an interface of this machine: Observed if it was captured, Inferred if it was put together from what a socket carried. Its span is the frame without FCS, as far as it is kept.
        FramePassed { /** The interface's name; empty for a frame that was put together. */ interface: String, /** Away from this machine. */ outgoing: bool, /** When it passed, on the trip's clock: it is read, and recorded, a little later. */ passed: Time, /** To. */ destination: MacAddress, /** From. */ source: MacAddress, /** EtherType. */ ethertype: u16, /** Octets without FCS, also those that are not kept. */ length: u32, /** What it carries, in words. */ says: String, /** What a reader has to know about it; empty if nothing. */ note: Text },
    }
}

//! The address lent to a machine (DHCP, RFC 2131), or made by itself (RFC 4862).

use std::net::Ipv4Addr;

vocabulary! {
    /// Events of the address lease, and of addresses that a machine makes itself.
    LeaseEvent => Lease {
        /// A client asked whoever listens for an address.
        Discovered { /** Transaction id. */ xid: u32 },
        /// A server offered an address.
        Offered { /** The address. */ address: Ipv4Addr, /** By whom. */ server: Ipv4Addr },
        /// The client asked for the offered address.
        Requested { /** The address. */ address: Ipv4Addr, /** Of whom. */ server: Ipv4Addr },
        /// The address is lent.
        Bound { /** The address. */ address: Ipv4Addr, /** Prefix length. */ prefix: u8, /** Router. */ router: Option<Ipv4Addr>, /** DNS servers. */ dns: Vec<Ipv4Addr>, /** By whom. */ server: Ipv4Addr, /** For how long, seconds. */ lease_s: u32 },
        /// A server granted a lease (seen at the server).
        Granted { /** The address. */ address: Ipv4Addr, /** To which hardware address. */ client: crate::MacAddress, /** For how long, seconds. */ lease_s: u32 },
        /// The client asked its own server, and then any server, to lend the address for longer.
        Renewing { /** The address. */ address: Ipv4Addr, /** Of whom; none: of any server (REBINDING). */ server: Option<Ipv4Addr> },
        /// The client gave an address back, as another machine uses it.
        Declined { /** The address. */ address: Ipv4Addr, /** To whom. */ server: Ipv4Addr },
        /// A server does not lend the address that was asked for.
        Refused { /** By whom. */ server: Option<Ipv4Addr> },
        /// A server set an address aside, as a client found another machine with it (seen at the server).
        SetAside { /** The address. */ address: Ipv4Addr, /** For how long, seconds. */ for_s: u32 },
        /// An address may not be used any more.
        Expired { /** The address. */ address: std::net::IpAddr, /** Why. */ why: crate::Text },
        /// A machine made itself an IPv6 address (RFC 4862).
        Formed { /** The address. */ address: std::net::Ipv6Addr, /** Prefix length. */ prefix: u8, /** Of which router's network; none: of the link. */ router: Option<std::net::Ipv6Addr>, /** For how long, seconds; none: for ever. */ valid_s: Option<u32> },
        /// Nobody else uses the address: it is this machine's.
        Verified { /** The address. */ address: std::net::IpAddr },
        /// The address is used by connections that are open, and by new ones only if there is no other.
        Deprecated { /** The address. */ address: std::net::IpAddr },
        /// No server answered.
        Unanswered { /** Requests sent. */ attempts: u32 },
        /// The operating system's own address on the interface used.
        Configured { /** Interface name. */ interface: String, /** Address. */ address: std::net::IpAddr, /** Prefix length. */ prefix: u8 },
        /// The client asked whoever listens for an address that it had before (INIT-REBOOT).
        Reclaimed { /** The address. */ address: Ipv4Addr },
    }
}

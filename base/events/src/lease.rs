//! The address lent to a machine (DHCP, RFC 2131).

use std::net::Ipv4Addr;

vocabulary! {
    /// Events of the address lease.
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
        /// No server answered.
        Unanswered { /** Requests sent. */ attempts: u32 },
        /// The operating system's own address on the interface used.
        Configured { /** Interface name. */ interface: String, /** Address. */ address: std::net::IpAddr, /** Prefix length. */ prefix: u8 },
    }
}

//! 02: from a name to an address.

use crate::Text;
use std::net::{IpAddr, SocketAddr};

vocabulary! {
    /// Events of name resolution, at the stub and at the servers.
    DnsEvent => Dns {
        /// An address is wanted for a name.
        LookupStarted { /** The name. */ name: String },
        /// The host is an address literal; nobody is asked.
        LiteralUsed { /** The address. */ address: IpAddr },
        /// `--resolve` named the address.
        OverrideUsed { /** The name. */ name: String, /** The address. */ address: IpAddr },
        /// The cache had the answer.
        CacheHit { /** The name. */ name: String, /** What was asked. */ record_type: String, /** Seconds left. */ ttl_left_s: u32, /** Whether the answer is that there is none. */ negative: bool },
        /// The cache did not have it.
        CacheMissed { /** The name. */ name: String, /** What was asked. */ record_type: String, /** Why. */ why: Text },
        /// An answer was kept.
        CacheStored { /** The name. */ name: String, /** What was asked. */ record_type: String, /** For how long, seconds. */ ttl_s: u32, /** Whether the answer is that there is none. */ negative: bool },
        /// An answer's time was found to be over; it is no longer kept.
        CacheExpired { /** The name. */ name: String, /** What was asked. */ record_type: String, /** Since when it is over, seconds. */ over_for_s: u32 },
        /// An answer had to make room for another.
        CacheEvicted { /** The name. */ name: String, /** What was asked. */ record_type: String, /** Seconds it had left. */ ttl_left_s: u32 },
        /// A source of names (nsswitch.conf) was asked and did not have the name, or was passed over.
        SourcePassed { /** Which, in the words of nsswitch.conf. */ source: Text, /** NOTFOUND, UNAVAIL or TRYAGAIN. */ status: Text, /** Whether the search ends there. */ ends: bool },
        /// The name was found with a domain of the search list behind it.
        SearchDomainUsed { /** The name as it was asked for. */ name: String, /** What was found. */ found: String },
        /// A service of the name, from its HTTPS record (RFC 9460).
        ServiceFound { /** The name. */ name: String, /** Less is better; 0 is an alias. */ priority: u16, /** Where it is. */ target: String, /** Protocols (ALPN). */ alpn: Vec<String>, /** Port, if it is another than the URL's. */ port: Option<u16> },
        /// The hosts file has the name.
        HostsFileHit { /** The name. */ name: String, /** The addresses. */ addresses: Vec<IpAddr>, /** Line, from 1. */ line: u32 },
        /// The hosts file does not have the name.
        HostsFileMissed { /** The name. */ name: String },
        /// A question was sent to a server.
        QuerySent { /** Message id. */ id: u16, /** The name. */ name: String, /** What is asked. */ record_type: String, /** Whom. */ server: SocketAddr, /** `udp` or `tcp`. */ transport: Text, /** From 1. */ attempt: u32 },
        /// A server received a question.
        QueryReceived { /** Message id. */ id: u16, /** The name. */ name: String, /** What is asked. */ record_type: String, /** Who asks. */ client: SocketAddr },
        /// An answer came.
        ResponseReceived { /** Message id. */ id: u16, /** From whom. */ server: SocketAddr, /** Response code as IANA writes it. */ rcode: String, /** Answers, one text each. */ answers: Vec<String>, /** Referral: the name servers named. */ referral: Vec<String>, /** Authoritative answer. */ authoritative: bool, /** Truncated. */ truncated: bool, /** What the server says of why there is no answer (RFC 8914), if it does. */ extended_error: Option<String>, /** Microseconds since the question. */ rtt_us: u64 },
        /// A server sent an answer.
        ResponseSent { /** Message id. */ id: u16, /** To whom. */ client: SocketAddr, /** Response code. */ rcode: String, /** Answers, one text each. */ answers: Vec<String>, /** Where the answer is from: zone, cache, recursion, forwarder. */ source: Text },
        /// An answer was thrown away.
        ResponseIgnored { /** From whom. */ server: SocketAddr, /** Why. */ why: Text },
        /// No answer came in time.
        QueryTimedOut { /** Whom. */ server: SocketAddr, /** From 1. */ attempt: u32, /** Milliseconds waited. */ after_ms: u32 },
        /// The server could not be reached, as ICMP or the system said.
        ServerUnreachable { /** Whom. */ server: SocketAddr, /** Why. */ why: Text },
        /// A referral led on to the next zone.
        ReferralFollowed { /** Zone. */ zone: String, /** Next server. */ server: SocketAddr },
        /// A server is not asked again for this question, or for this zone.
        ServerSetAside { /** Whom. */ server: SocketAddr, /** For which zone. */ zone: String, /** Why. */ why: Text },
        /// A record of an answer was thrown away.
        RecordRefused { /** From whom. */ server: SocketAddr, /** Its name. */ name: String, /** Its type. */ record_type: String, /** Why. */ why: Text },
        /// A zone is found to be signed, unsigned or wrongly signed.
        ZoneJudged { /** Zone. */ zone: String, /** `secure`, `insecure` or `bogus`. */ verdict: Text, /** Why. */ why: Text },
        /// An answer is found to be authentic, unsigned or not authentic.
        AnswerJudged { /** The name. */ name: String, /** What was asked. */ record_type: String, /** `secure`, `insecure` or `bogus`. */ verdict: Text, /** Why, if it is not secure. */ why: Text },
        /// A kept denial answered for another name (RFC 8198).
        DenialSynthesised { /** The name. */ name: String, /** What was asked. */ record_type: String, /** Zone. */ zone: String },
        /// An answer that is over was used (RFC 8767).
        StaleAnswerUsed { /** The name. */ name: String, /** What was asked. */ record_type: String, /** Since when it is over, seconds. */ over_for_s: u32 },
        /// An answer that is about to end is asked for again.
        PrefetchStarted { /** The name. */ name: String, /** What is asked. */ record_type: String, /** Seconds left. */ ttl_left_s: u32 },
        /// A zone of the resolver's own answered.
        OwnZoneUsed { /** Zone. */ zone: String, /** The name. */ name: String, /** What was asked. */ record_type: String, /** Response code. */ rcode: Text },
        /// A client waits for the answer that another one's question looks for already.
        SearchShared { /** The name. */ name: String, /** What was asked. */ record_type: String, /** Clients that wait for it now. */ clients: u32 },
        /// An alias led on.
        AliasFollowed { /** From. */ from: String, /** To. */ to: String },
        /// The addresses that the browser will use, in order of preference.
        Resolved { /** The name. */ name: String, /** The addresses. */ addresses: Vec<IpAddr>, /** Where they come from. */ source: Text },
        /// More addresses came after connecting had begun with those that were there (RFC 8305, section 3): they are tried as well.
        AddressesJoined { /** The name. */ name: String, /** `A` or `AAAA`. */ record_type: String, /** The addresses that came. */ addresses: Vec<IpAddr> },
        /// The name has no address.
        NotResolved { /** The name. */ name: String, /** Response code or reason. */ why: Text },
    }
}

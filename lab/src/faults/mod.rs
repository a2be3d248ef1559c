//! Damage by name: `--fault ID[=VALUE]`, or `--fault CODE` for the plainest damage that leads to
//! a code.
//!
//! Stage: the lab world.
//! In: a [`Topology`] and a fault's text. Out: the topology, damaged.
//! Emits: nothing. What was done can only be found out by the trip.
//! How it works: each fault rewrites the topology; a topology file that says the same has the
//! same effect.
//! Not here: what follows from it (`verdict` finds out).

mod apply;
mod names;
mod near_match;
mod wires;

pub use apply::FaultError;
pub use near_match::{distance, near_matches};

use crate::Topology;
use apply::Damage;
use thru_events::Code;

/// A kind of damage.
pub struct Fault {
    /// Its id.
    pub id: &'static str,
    /// What its value is, or nothing if it takes none.
    pub value: Option<Value>,
    /// What it does to the world.
    pub does: &'static str,
    damage: Damage,
}

/// The value of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// What it means.
    pub means: &'static str,
    /// What is taken if none is given.
    pub default: &'static str,
}

const fn value(means: &'static str, default: &'static str) -> Option<Value> {
    Some(Value { means, default })
}

const fn fault(
    id: &'static str,
    value: Option<Value>,
    does: &'static str,
    damage: Damage,
) -> Fault {
    Fault {
        id,
        value,
        does,
        damage,
    }
}

/// Every kind of damage.
pub const LIST: &[Fault] = &[
    fault(
        "node.off",
        value("machine", "balancer"),
        "the machine has no power",
        apply::node_off,
    ),
    fault(
        "node.hung",
        value("machine", "balancer"),
        "the machine answers ARP and nothing else",
        apply::node_hung,
    ),
    fault(
        "service.off",
        value("machine", "balancer"),
        "the machine runs, its servers do not",
        apply::service_off,
    ),
    fault(
        "wire.loss",
        value("end of the wire/share", "home-router:wan0/0.05"),
        "frames are lost at random",
        wires::wire_loss,
    ),
    fault(
        "wire.bit_error",
        value("end of the wire/share", "home-router:wan0/0.05"),
        "bits of frames flip at random",
        wires::wire_bit_error,
    ),
    fault(
        "wire.latency",
        value("end of the wire/time", "home-router:wan0/100 ms"),
        "a frame's way takes so long",
        wires::wire_latency,
    ),
    fault(
        "wire.jitter",
        value("end of the wire/time", "home-router:wan0/20 ms"),
        "up to so much is added to each frame's way",
        wires::wire_jitter,
    ),
    fault(
        "wire.rate",
        value("end of the wire/rate", "home-router:wan0/1 Mbit/s"),
        "the line is so slow",
        wires::wire_rate,
    ),
    fault(
        "wire.queue",
        value("end of the wire/frames, or a size", "home-router:wan0/8"),
        "so little may wait before the line",
        wires::wire_queue,
    ),
    fault(
        "wire.queue_kind",
        value(
            "end of the wire/tail-drop, codel or fq-codel",
            "home-router:wan0/fq-codel",
        ),
        "who waits before the line, who goes next, who is dropped",
        wires::wire_queue_kind,
    ),
    fault(
        "wire.lose",
        value("end of the wire/numbers", "home-router:wan0/10,11,12"),
        "frames of these numbers are lost, counted from 1 in each direction",
        wires::wire_lose,
    ),
    fault(
        "wire.lose_every",
        value("end of the wire/number", "home-router:wan0/20"),
        "every so-many-th frame is lost",
        wires::wire_lose_every,
    ),
    fault(
        "wire.corrupt",
        value("end of the wire/share", "home-router:wan0/0.05"),
        "bits flip at random where the frame check does not see it",
        wires::wire_corrupt,
    ),
    fault(
        "wire.duplicate",
        value("end of the wire/share", "home-router:wan0/0.05"),
        "frames arrive twice at random",
        wires::wire_duplicate,
    ),
    fault(
        "wire.reorder",
        value("end of the wire/share", "home-router:wan0/0.05"),
        "frames are held back at random, and others overtake them",
        wires::wire_reorder,
    ),
    fault(
        "dhcp.off",
        None,
        "the home router lends no addresses",
        apply::dhcp_off,
    ),
    fault(
        "dhcp.router",
        value("address, or none", "none"),
        "the lease names this router",
        apply::dhcp_router,
    ),
    fault(
        "dhcp.dns",
        value("address, or none", "none"),
        "the lease names this DNS server",
        apply::dhcp_dns,
    ),
    fault(
        "dns.no_delegation",
        value("zone", "shop.lab."),
        "the zone above does not know the zone",
        apply::dns_no_delegation,
    ),
    fault(
        "dns.no_address",
        value("zone", "shop.lab."),
        "the zone has no address of its own name",
        apply::dns_no_address,
    ),
    fault(
        "dns.alias_loop",
        value("zone", "shop.lab."),
        "the zone above makes the name an alias that leads back",
        apply::dns_alias_loop,
    ),
    fault(
        "dns.lame",
        value("machine", "site-dns"),
        "the name server serves none of its zones",
        apply::dns_lame,
    ),
    fault(
        "dns.expired_signature",
        value("zone", "shop.lab."),
        "all zones are signed and resolvers check it; the signatures of the zone are over",
        names::dns_expired_signature,
    ),
    fault(
        "dns.stranger_key",
        value("zone", "shop.lab."),
        "all zones are signed and resolvers check it; the zone is signed by a key that nobody vouches for",
        names::dns_stranger_key,
    ),
    fault(
        "dns.no_tcp",
        value("zone", "shop.lab."),
        "the zone's own name has more addresses than UDP carries, and forwarders do not answer by TCP",
        names::dns_no_tcp,
    ),
    fault(
        "nat.table",
        value("lines", "0"),
        "the home router's translation table holds so many lines",
        apply::nat_table,
    ),
    fault(
        "firewall.drop",
        value("port", "443"),
        "the firewall drops TCP to the port",
        apply::firewall_drop,
    ),
    fault(
        "firewall.reject",
        value("port", "443"),
        "the firewall rejects connections to the port",
        apply::firewall_reject,
    ),
    fault(
        "balancer.reset",
        None,
        "the balancer resets connections",
        apply::balancer_reset,
    ),
    fault(
        "balancer.plain",
        None,
        "the balancer speaks plain text where TLS is expected",
        apply::balancer_plain,
    ),
    fault(
        "balancer.cut_off",
        None,
        "every web server behind the balancer is stopped",
        apply::balancer_cut_off,
    ),
    fault(
        "certificate.names",
        value("name", "other.lab"),
        "the certificate is for another name",
        apply::certificate_names,
    ),
    fault(
        "certificate.expired",
        value("days ago", "10"),
        "the certificate is out of date",
        apply::certificate_expired,
    ),
    fault(
        "certificate.stranger",
        None,
        "an authority that nobody trusts signed the certificate",
        apply::certificate_stranger,
    ),
    fault(
        "web.missing",
        value("path", "/style.css"),
        "the file is gone",
        apply::web_missing,
    ),
    fault(
        "web.garbled",
        value("path", "/img/1.png"),
        "the file holds garbage from its first quarter on",
        apply::web_garbled,
    ),
    fault(
        "web.redirect_loop",
        value("path", "/"),
        "the path redirects to itself",
        apply::web_redirect_loop,
    ),
    fault(
        "web.truncated",
        value("path", "/"),
        "the answer ends halfway",
        apply::web_truncated,
    ),
    fault(
        "web.silent",
        value("path", "/"),
        "there is never an answer",
        apply::web_silent,
    ),
    fault(
        "web.status",
        value("path:status", "/:404"),
        "the path is answered with the status",
        apply::web_status,
    ),
    fault(
        "app.exception",
        value("text", "the price list cannot be read"),
        "every page of the application fails",
        apply::app_exception,
    ),
    fault(
        "app.database_missing",
        None,
        "the database holds no tables",
        apply::app_database_missing,
    ),
];

/// The plainest damage that leads to a code.
pub const BY_CODE: &[(Code, &str)] = &[
    (Code::DnsNameNotResolved, "dns.no_delegation"),
    (Code::DnsNoData, "dns.no_address"),
    (Code::DnsCnameLoop, "dns.alias_loop"),
    (Code::DnsLameDelegation, "dns.lame"),
    (Code::DnsBogus, "dns.expired_signature=shop.lab."),
    (Code::DnsTruncatedNoTcp, "dns.no_tcp=shop.lab."),
    (Code::DnsServfail, "service.off=site-dns"),
    (Code::DnsUnreachable, "service.off=home-router"),
    (Code::DhcpNoLease, "dhcp.off"),
    (Code::LinkBitError, "wire.bit_error=pc:eth0/0.05"),
    (Code::NeighNoAnswer, "dhcp.router=192.168.1.254"),
    (Code::RouteNone, "dhcp.router=none"),
    (Code::NatTableFull, "nat.table=0"),
    (Code::FirewallDropped, "firewall.drop=443"),
    (Code::FirewallRejected, "firewall.reject=443"),
    (Code::TcpRefused, "service.off=balancer"),
    (Code::TcpTimedOut, "node.hung=balancer"),
    (Code::TcpReset, "balancer.reset"),
    (Code::TcpLossy, "wire.loss=home-router:wan0/0.05"),
    (Code::TlsNotTls, "balancer.plain"),
    (Code::TlsCertNameInvalid, "certificate.names"),
    (Code::TlsCertDateInvalid, "certificate.expired"),
    (Code::TlsCertAuthorityInvalid, "certificate.stranger"),
    (Code::HttpError, "web.status=/:404"),
    (Code::HttpResponseTruncated, "web.truncated"),
    (Code::HttpResponseTimedOut, "web.silent"),
    (Code::HttpResponseRedirectLoop, "web.redirect_loop"),
    (Code::BalancerNoBackend, "balancer.cut_off"),
    (Code::AppError, "app.exception"),
    (Code::PageStylesheetMissing, "web.missing=/style.css"),
    (Code::PageImageBroken, "web.garbled=/img/1.png"),
];

/// Does the damage that `text` (`ID`, `ID=VALUE` or a code) orders.
pub fn apply(topology: &mut Topology, text: &str) -> Result<(), FaultError> {
    let by_code = BY_CODE.iter().find(|(code, _)| code.as_str() == text);
    let text = by_code.map_or(text, |(_, order)| order);
    let (id, value) = match text.split_once('=') {
        Some((id, value)) => (id, Some(value)),
        None => (text, None),
    };
    let Some(fault) = LIST.iter().find(|fault| fault.id == id) else {
        return Err(FaultError::unknown(id));
    };
    let value = match (fault.value, value) {
        (None, Some(_)) => return Err(FaultError::bad(id, "it takes no value")),
        (None, None) => "",
        (Some(value), None) => value.default,
        (Some(_), Some(value)) => value,
    };
    (fault.damage)(topology, value).map_err(|why| FaultError::bad(id, &why))
}

#[cfg(test)]
mod tests;

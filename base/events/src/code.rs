//! The stable codes of failures and findings (CLI contract): W3C Network Error Logging names,
//! extended in the same style.

use crate::Stage;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

macro_rules! codes {
    ($( $variant:ident = $text:literal, $stage:ident, $exit:literal; )*) => {
        /// What failed or was found, by its stable name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs)]
        pub enum Code { $( $variant ),* }

        impl Code {
            /// Every code, in the order of the contract.
            pub const ALL: &'static [Code] = &[ $( Code::$variant ),* ];

            /// The stable name.
            pub fn as_str(self) -> &'static str {
                match self { $( Code::$variant => $text ),* }
            }

            /// The stage that a code belongs to; `page.*` says [`Stage::Http`] here, and the
            /// failure itself says which stage met it.
            pub fn stage(self) -> Stage {
                match self { $( Code::$variant => Stage::$stage ),* }
            }

            /// The exit status of a trip that fails with this code.
            pub fn exit_status(self) -> u8 {
                match self { $( Code::$variant => $exit ),* }
            }
        }
    };
}

codes! {
    UrlInvalid = "url.invalid", Url, 10;
    UrlSchemeUnsupported = "url.scheme_unsupported", Url, 10;
    UrlPortBlocked = "url.port_blocked", Url, 10;
    DnsNameNotResolved = "dns.name_not_resolved", Dns, 20;
    DnsNoData = "dns.no_data", Dns, 20;
    DnsServfail = "dns.servfail", Dns, 20;
    DnsRefused = "dns.refused", Dns, 20;
    DnsUnreachable = "dns.unreachable", Dns, 20;
    DnsFailed = "dns.failed", Dns, 20;
    DnsTruncatedNoTcp = "dns.truncated_no_tcp", Dns, 20;
    DnsLameDelegation = "dns.lame_delegation", Dns, 20;
    DnsCnameLoop = "dns.cname_loop", Dns, 20;
    DnsBogus = "dns.bogus", Dns, 20;
    DnsSlowServer = "dns.slow_server", Dns, 20;
    DnsHostsOverride = "dns.hosts_override", Dns, 20;
    DnsSearchDomain = "dns.search_domain", Dns, 20;
    DnsAddressChanged = "dns.address_changed", Dns, 20;
    DhcpNoLease = "dhcp.no_lease", Lease, 30;
    LinkDown = "link.down", Link, 30;
    LinkBitError = "link.bit_error", Link, 30;
    LinkLoop = "link.loop", Link, 30;
    NeighNoAnswer = "neigh.no_answer", Link, 30;
    NeighConflict = "neigh.conflict", Link, 30;
    RouteNone = "route.none", Ip, 30;
    RouteUnreachable = "route.unreachable", Ip, 30;
    RouteTtlExceeded = "route.ttl_exceeded", Ip, 30;
    RouteMtuBlackHole = "route.mtu_black_hole", Ip, 30;
    NatTableFull = "nat.table_full", Ip, 30;
    FirewallDropped = "firewall.dropped", Firewall, 30;
    FirewallRejected = "firewall.rejected", Firewall, 30;
    FirewallRateLimited = "firewall.rate_limited", Firewall, 30;
    TcpRefused = "tcp.refused", Tcp, 40;
    TcpTimedOut = "tcp.timed_out", Tcp, 40;
    TcpReset = "tcp.reset", Tcp, 40;
    TcpClosed = "tcp.closed", Tcp, 40;
    TcpAddressUnreachable = "tcp.address_unreachable", Tcp, 40;
    TcpStalled = "tcp.stalled", Tcp, 40;
    TcpLossy = "tcp.lossy", Tcp, 40;
    TcpHappyEyeballsDelay = "tcp.happy_eyeballs_delay", Tcp, 40;
    TlsVersionOrCipherMismatch = "tls.version_or_cipher_mismatch", Tls, 50;
    TlsNotTls = "tls.not_tls", Tls, 50;
    TlsBadClientAuthCert = "tls.bad_client_auth_cert", Tls, 50;
    TlsProtocolError = "tls.protocol.error", Tls, 50;
    TlsTimedOut = "tls.timed_out", Tls, 50;
    TlsAlert = "tls.alert", Tls, 50;
    TlsCertNameInvalid = "tls.cert.name_invalid", Tls, 50;
    TlsCertDateInvalid = "tls.cert.date_invalid", Tls, 50;
    TlsCertNotYetValid = "tls.cert.not_yet_valid", Tls, 50;
    TlsCertAuthorityInvalid = "tls.cert.authority_invalid", Tls, 50;
    TlsCertMissingIntermediate = "tls.cert.missing_intermediate", Tls, 50;
    TlsCertRevoked = "tls.cert.revoked", Tls, 50;
    TlsCertWeak = "tls.cert.weak", Tls, 50;
    TlsCertConstraint = "tls.cert.constraint", Tls, 50;
    TlsLocalClockWrong = "tls.local_clock_wrong", Tls, 50;
    HttpError = "http.error", Http, 60;
    HttpProtocolError = "http.protocol.error", Http, 60;
    HttpResponseInvalid = "http.response.invalid", Http, 60;
    HttpResponseTruncated = "http.response.truncated", Http, 60;
    HttpResponseTimedOut = "http.response.timed_out", Http, 60;
    HttpResponseRedirectLoop = "http.response.redirect_loop", Http, 60;
    HttpContentCoding = "http.content_coding", Http, 60;
    HttpSlowServer = "http.slow_server", Http, 60;
    HttpBlockedMixedContent = "http.blocked_mixed_content", Http, 60;
    HttpBlockedPolicy = "http.blocked_policy", Http, 60;
    HttpUpgradeLost = "http.upgrade_lost", Http, 60;
    QuicBlocked = "quic.blocked", Tcp, 40;
    BalancerNoBackend = "balancer.no_backend", Far, 60;
    BalancerBackendFailing = "balancer.backend_failing", Far, 60;
    CacheStaleServed = "cache.stale_served", Far, 60;
    CacheNeverReused = "cache.never_reused", Far, 60;
    AppError = "app.error", Far, 60;
    AppSlow = "app.slow", Far, 60;
    AppDatabaseUnavailable = "app.database_unavailable", Far, 60;
    PageEncodingMismatch = "page.encoding_mismatch", Http, 70;
    PageStylesheetMissing = "page.stylesheet_missing", Http, 70;
    PageStylesheetBlocking = "page.stylesheet_blocking", Http, 70;
    PageImageBroken = "page.image_broken", Http, 70;
    PageFontMissing = "page.font_missing", Http, 70;
    PageScriptError = "page.script_error", Http, 70;
    PageTooLarge = "page.too_large", Http, 70;
    PageLayoutShift = "page.layout_shift", Http, 70;
    PageUnsupportedFeature = "page.unsupported_feature", Http, 70;
    ExpectFailed = "expect.failed", Trip, 80;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is no code of the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCode(pub String);

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Code, UnknownCode> {
        let found = Code::ALL.iter().find(|code| code.as_str() == text);
        found.copied().ok_or_else(|| UnknownCode(text.to_owned()))
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Code, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|_| serde::de::Error::custom(format!("unknown code {text}")))
    }
}

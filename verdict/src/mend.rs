//! What to do, one deed a code. `thru explain CODE` says more.

use thru_events::Code;

/// The one deed for a code.
pub fn mend(code: Code) -> &'static str {
    match code {
        Code::UrlInvalid => "Correct the URL at the caret.",
        Code::UrlSchemeUnsupported => "Use http:, https: or a file.",
        Code::UrlPortBlocked => "Move the server to another port: browsers refuse this one.",
        Code::DnsNameNotResolved => "Check the spelling; if the name is right, add it to its zone.",
        Code::DnsNoData => "Add an A or AAAA record to the name.",
        Code::DnsServfail => {
            "Look at the log of the server that answered SERVFAIL, and at the name servers of the zone."
        }
        Code::DnsRefused => "Ask another DNS server, or allow this client on that one.",
        Code::DnsUnreachable => {
            "Check that the DNS server runs and that UDP and TCP port 53 reach it: dig @SERVER NAME."
        }
        Code::DhcpNoLease => "Check that the DHCP server of the network runs.",
        Code::NeighNoAnswer => {
            "Check that the next hop is switched on and on the same network: arping ADDRESS."
        }
        Code::RouteNone => "Add a route: ip route add default via ROUTER.",
        Code::RouteUnreachable => "Ask the operator of the router that said so.",
        Code::NatTableFull => {
            "Restart the router, or find the machine behind it that opens so many connections."
        }
        Code::LinkBitError => "Change the cable, the plug or the port: ethtool -S DEV counts them.",
        Code::LinkLoop => {
            "Take one of the cables of the circle out, or switch spanning tree on in the switches."
        }
        Code::TcpLossy => "Look for the hop that loses packets: mtr ADDRESS.",
        Code::FirewallDropped => {
            "Ask the operator of that network to allow this port, or to refuse it with an answer instead of silence."
        }
        Code::FirewallRejected => "Ask the operator of that network to allow this port.",
        Code::TcpRefused => "Start the server, or use the port that it listens on: ss -ltn.",
        Code::TcpTimedOut => {
            "Check that the server is up, and from another network whether the port answers."
        }
        Code::TcpReset => {
            "Look at the log of the server, or of a device on the way, for why it cut the connection."
        }
        Code::TcpClosed => "Look at the log of the server for why it hung up.",
        Code::TcpAddressUnreachable => "Check that the server is up and its address is right.",
        Code::TlsNotTls => "Use http: for this port, or switch TLS on there.",
        Code::TlsVersionOrCipherMismatch => {
            "Allow TLS 1.2 or 1.3 with an AEAD cipher suite on the server."
        }
        Code::TlsProtocolError => "Look at the log of the server for the handshake.",
        Code::TlsTimedOut => "Look at why the server does not answer the handshake.",
        Code::TlsAlert => "Look at the log of the server for the alert.",
        Code::TlsCertNameInvalid => {
            "Get a certificate that has this name, or use a name that it has."
        }
        Code::TlsCertDateInvalid => "Renew the certificate on the server.",
        Code::TlsCertNotYetValid => {
            "Check the clock of this machine, then the dates of the certificate."
        }
        Code::TlsCertAuthorityInvalid => {
            "Get a certificate from an authority that clients trust, or give its root with --cacert."
        }
        Code::TlsCertMissingIntermediate => "Send the intermediate certificate after the leaf.",
        Code::TlsCertRevoked => "Get a new certificate.",
        Code::TlsCertConstraint => "Get a certificate that its issuer may issue for this use.",
        Code::TlsCertWeak => "Get a certificate with a stronger key and signature.",
        Code::HttpError => "Look at the log of the server for this request.",
        Code::HttpProtocolError => "Look at the server: it breaks the rules of HTTP.",
        Code::HttpResponseInvalid => "Look at the server: its answer is no HTTP response.",
        Code::HttpResponseTruncated => {
            "Look at why the server, or a device on the way, cut the answer short."
        }
        Code::HttpResponseTimedOut => "Look at what keeps the server busy.",
        Code::HttpResponseRedirectLoop => {
            "Mend the redirects on the server: one of these URLs must answer with a page."
        }
        Code::HttpContentCoding => "Look at what compresses the answers on the server.",
        Code::BalancerNoBackend => {
            "Start the servers behind the balancer, or mend its list and health checks."
        }
        Code::BalancerBackendFailing => {
            "Look at the log of the server behind the balancer for this request."
        }
        Code::AppError => "Look at the log of the application for this request.",
        Code::PageEncodingMismatch => {
            "Send the encoding that the file has: Content-Type: text/html; charset=utf-8."
        }
        Code::PageStylesheetMissing => {
            "Put the style sheet where the page asks for it, or mend the link."
        }
        Code::PageImageBroken => "Replace the image file, or mend its address.",
        Code::PageFontMissing => "Put the font where the style asks for it.",
        Code::PageTooLarge => "Make the page smaller, or raise the limit.",
        Code::PageUnsupportedFeature => {
            "Compare with a full browser: this part of the page is not built here."
        }
        Code::DnsFailed => "Look at the evidence: the answer could not be read.",
        Code::DnsTruncatedNoTcp => {
            "Let TCP port 53 through to the DNS server: dig +tcp @SERVER NAME."
        }
        Code::DnsLameDelegation => {
            "Correct the name servers at the parent of the zone, or load the zone on them."
        }
        Code::DnsCnameLoop => "Let one of the CNAME records of the loop point at an address.",
        Code::DnsBogus => "Sign the zone again, or correct the DS record at its parent.",
        Code::DnsSlowServer => "Put a faster DNS server first in resolv.conf.",
        Code::DnsHostsOverride => "Take the line out of the hosts file if it is not wanted.",
        Code::DnsSearchDomain => {
            "Write the whole name, with a dot at its end, or take the domain out of resolv.conf."
        }
        Code::DnsAddressChanged => "Load again; if it stays, flush the cached address.",
        Code::LinkDown => "Plug the cable in, or switch the adapter on: ip link set DEV up.",
        Code::NeighConflict => "Give one of the two machines another address.",
        Code::RouteTtlExceeded => "Look for a loop between the two last hops: traceroute ADDRESS.",
        Code::RouteMtuBlackHole => {
            "Let ICMP “fragmentation needed” through, or lower the MTU on this side."
        }
        Code::FirewallRateLimited => "Send slower, or ask the operator for a higher limit.",
        Code::TcpStalled => "Look at what keeps the receiver from reading.",
        Code::TcpHappyEyeballsDelay => {
            "Mend the way of the address family that does not answer, or take its record out."
        }
        Code::TlsBadClientAuthCert => "Give a certificate that the server accepts.",
        Code::TlsLocalClockWrong => "Set the clock of this machine.",
        Code::HttpSlowServer => "Look at what the server does before its first octet.",
        Code::HttpBlockedMixedContent => "Load this part of the page by https:.",
        Code::HttpBlockedPolicy => "Allow this source in the page's policy.",
        Code::HttpUpgradeLost => "Let the proxies on the way pass the Upgrade field on.",
        Code::QuicBlocked => "Let UDP port 443 through, or do without HTTP/3.",
        Code::CacheStaleServed => "Purge the entry in the cache, or shorten its lifetime.",
        Code::CacheNeverReused => {
            "Give the answer a lifetime (Cache-Control), or take from Vary what need not be there."
        }
        Code::AppSlow => "Look at what the application does for this request.",
        Code::AppDatabaseUnavailable => "Start the database, or mend the application's way to it.",
        Code::PageStylesheetBlocking => {
            "Send this style sheet sooner, or load it without blocking."
        }
        Code::PageScriptError => "Correct the script at the line of the error.",
        Code::PageLayoutShift => "Give the part that came late its size beforehand.",
        Code::ExpectFailed => "Compare what was expected with the evidence.",
    }
}

//! From a name to an address: cache, hosts file, stub resolver, recursor, zones.
//!
//! Stage: stage 02, RFC 1034, 1035, 2308.
//! In: a name; answers of servers. Out: addresses, or why there are none.
//! Emits: `DnsEvent`.
//! How it works: machines: they say whom to ask what, the carrier (`load`, `far/dns_server`) exchanges the bytes.
//! Not here: sockets, TLS, HTTP.

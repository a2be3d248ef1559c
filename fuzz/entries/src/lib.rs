//! What is fuzzed: every decoder, and the machines and devices that octets of strangers reach.
//!
//! Stage: all that read octets, 01 to 07, name servers, the lab's devices, topology files, the journal, captured frames.
//! In: octets. Out: no panic, no endless work, no table beyond its limit.
//! Emits: nothing.
//! How it works: one function for each target below `fuzz/fuzz_targets`; the tests replay
//! `fuzz/corpus` through the same functions. Checksums are put right first, as a check that fails
//! would hide what is behind it; the octets as they came are read too.
//! Not here: assertions about meaning. GAP: HTML (08) has no entry yet.

mod files;
mod machines;
mod name_servers;
mod names;
mod packets;
mod streams;

pub use files::{captured_frame, certificate, journal, topology};
pub use machines::{devices, frames_of, stack};
pub use name_servers::{dns_server, dns_stream, stored_answers};
pub use names::{dns_cache, dns_message, hosts_file, master_file_line, url, zone};
pub use packets::{
    arp, dhcp, ethernet, icmp, icmpv6, ipv4, ipv6, neighbour_discovery, tcp_segment, udp,
};
pub use streams::{
    content_coding, cookie, http1_response, http2_response, tls_client, tls_message, tls_server,
};

/// One target.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Its name, also of its folder in the corpus.
    pub name: &'static str,
    /// Reads octets.
    pub read: fn(&[u8]),
    /// Mutated inputs that an ordinary test reads.
    pub inputs: usize,
}

/// Mutated inputs of a decoder, of a machine, of a whole world in a test.
const DECODER: usize = 4000;
const MACHINE: usize = 300;
const WORLD: usize = 60;

const fn entry(name: &'static str, inputs: usize, read: fn(&[u8])) -> Entry {
    Entry { name, read, inputs }
}

/// Every target.
pub const ENTRIES: [Entry; 32] = [
    entry("url", DECODER, url),
    entry("dns_message", DECODER, dns_message),
    entry("dns_cache", DECODER, dns_cache),
    entry("dns_server", MACHINE, dns_server),
    entry("dns_stream", MACHINE, dns_stream),
    entry("stored_answers", DECODER, stored_answers),
    entry("zone", DECODER, zone),
    entry("master_file_line", DECODER, master_file_line),
    entry("hosts_file", DECODER, hosts_file),
    entry("ethernet", DECODER, ethernet),
    entry("arp", DECODER, arp),
    entry("ipv4", DECODER, ipv4),
    entry("icmp", DECODER, icmp),
    entry("ipv6", DECODER, ipv6),
    entry("icmpv6", DECODER, icmpv6),
    entry("ndp", DECODER, neighbour_discovery),
    entry("udp", DECODER, udp),
    entry("tcp_segment", DECODER, tcp_segment),
    entry("dhcp", DECODER, dhcp),
    entry("stack", MACHINE, stack),
    entry("tls_message", DECODER, tls_message),
    entry("certificate", DECODER, certificate),
    entry("tls_client", MACHINE, tls_client),
    entry("tls_server", MACHINE, tls_server),
    entry("http1_response", MACHINE, http1_response),
    entry("http2_response", MACHINE, http2_response),
    entry("content_coding", DECODER, content_coding),
    entry("cookie", DECODER, cookie),
    entry("topology", MACHINE, topology),
    entry("devices", WORLD, devices),
    entry("journal", DECODER, journal),
    entry("captured_frame", DECODER, captured_frame),
];

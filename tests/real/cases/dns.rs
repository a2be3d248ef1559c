//! Names that do not become addresses.

use super::Line;
use crate::{
    kept_names, names,
    needs::Need::*,
    room::Room,
    server::{Server, free_port},
    thru::Thru,
};

pub const CASES: &[Line] = &[
    (
        "dnsmasq says that a name does not exist",
        &[Dnsmasq],
        not_in_dnsmasq,
    ),
    (
        "unbound says that a name does not exist",
        &[Unbound],
        not_in_unbound,
    ),
    ("a name server's port is closed", &[], closed),
    ("a name server does not answer", &[Namespace], silent),
    (
        "names are found as getent finds them",
        &[Namespace, Dnsmasq],
        names::as_getent,
    ),
    (
        "answers are kept between trips, by several processes, and forgotten on demand",
        &[Unbound],
        kept_names::kept,
    ),
];

fn not_in_dnsmasq(room: &Room) {
    let server = room.dnsmasq();
    let culprit = format!("the zone of nobody.test, asked through {}", server.address);
    does_not_exist(room, "dnsmasq", server, &culprit, "likely");
}

/// Its answer has the zone's SOA record, which names the server that the zone belongs to.
fn not_in_unbound(room: &Room) {
    does_not_exist(
        room,
        "unbound",
        room.unbound(),
        "ns.test (zone test)",
        "proven",
    );
}

fn does_not_exist(room: &Room, case: &str, server: &Server, culprit: &str, certainty: &str) {
    Thru::new(room, case)
        .with(["--dns-server", &server.address.to_string()])
        .load("http://nobody.test/")
        .failed_with(20, "dns.name_not_resolved", culprit, certainty);
}

fn closed(room: &Room) {
    let address = format!("127.0.0.1:{}", free_port());
    Thru::new(room, "dns closed")
        .with(["--dns-server", &address])
        .load("http://nobody.test/")
        .failed_with(20, "dns.unreachable", &address, "likely");
}

fn silent(room: &Room) {
    Thru::in_a_namespace(room, "dns silent")
        .with(["--dns-server", "192.0.2.9", "-m", "5"])
        .load("http://nobody.test/")
        .failed_with(20, "dns.unreachable", "192.0.2.9", "likely");
}

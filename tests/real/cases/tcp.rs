//! Connections that do not open, or break.

use super::Line;
use crate::{needs::Need::*, room::Room, thru::Thru};

pub const CASES: &[Line] = &[
    ("a server resets the connection", &[Python], reset),
    ("a machine does not answer", &[Namespace], timed_out),
    ("the next hop does not answer", &[Namespace], neighbour),
    (
        "the machine's own table says unreachable",
        &[Namespace],
        unreachable,
    ),
    ("there is no route", &[Namespace], no_route),
];

fn reset(room: &Room) {
    let server = room.breaks_off().address;
    Thru::new(room, "reset")
        .load(format!("http://{server}/reset"))
        .failed_with(40, "tcp.reset", &server.to_string(), "proven");
}

fn timed_out(room: &Room) {
    Thru::in_a_namespace(room, "tcp timed out")
        .with(["--connect-timeout", "1"])
        .load("http://192.0.2.9/")
        .failed_with(40, "tcp.timed_out", "192.0.2.9:80", "likely");
}

fn neighbour(room: &Room) {
    Thru::in_a_namespace(room, "neighbour")
        .load("http://192.0.2.10/")
        .failed_with(30, "neigh.no_answer", "192.0.2.10", "proven");
}

fn unreachable(room: &Room) {
    Thru::in_a_namespace(room, "unreachable")
        .load("http://198.51.100.9/")
        .failed_with(30, "route.none", "this machine", "proven");
}

fn no_route(room: &Room) {
    Thru::in_a_namespace(room, "no route")
        .load("http://203.0.113.9/")
        .failed_with(30, "route.none", "this machine", "proven");
}

//! tshark as a reader of what `thru` writes.

use crate::server::tool;
use std::path::Path;

/// Everything that Wireshark calls malformed or an error, with all checksums looked at.
const WRONG: &str = "_ws.malformed || _ws.expert.severity == \"Error\" || ip.checksum.status == 0 \
     || tcp.checksum.status == 0 || udp.checksum.status == 0";

/// The lines that tshark prints for the frames of `capture` that `filter` lets through: `fields`,
/// separated by tabs.
pub fn lines(capture: &Path, filter: &str, fields: &[&str]) -> Vec<String> {
    read(capture, filter, fields, &[])
}

/// What is wrong with the frames. With `checksums` they have to be right.
pub fn wrong(capture: &Path, checksums: bool) -> Vec<String> {
    let look = [
        "-o",
        "ip.check_checksum:TRUE",
        "-o",
        "tcp.check_checksum:TRUE",
        "-o",
        "udp.check_checksum:TRUE",
    ];
    let (filter, more) = match checksums {
        true => (WRONG, &look[..]),
        false => ("_ws.malformed || _ws.expert.severity == \"Error\"", &[][..]),
    };
    let fields = ["frame.number", "_ws.col.info", "_ws.expert.message"];
    read(capture, filter, &fields, more)
}

fn read(capture: &Path, filter: &str, fields: &[&str], more: &[&str]) -> Vec<String> {
    let mut command = tool("tshark", ["-r"]);
    command.arg(capture).args(["-Y", filter, "-T", "fields"]);
    command.args(fields.iter().flat_map(|field| ["-e", field]));
    let ran = command.args(more).output().expect("tshark starts");
    let errors = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "tshark: {errors}");
    let text = String::from_utf8_lossy(&ran.stdout);
    text.lines().map(str::to_owned).collect()
}

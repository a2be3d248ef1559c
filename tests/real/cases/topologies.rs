//! Topology files and scenarios, as a person uses them.

use super::Line;
use crate::{room::Room, thru::Thru};
use std::fs;

pub const CASES: &[Line] = &[
    ("scenarios are listed, drawn and run", &[], scenarios),
    (
        "a topology is written, changed, drawn and loaded",
        &[],
        own_topology,
    ),
    (
        "what is doubtful in a topology is told with its line",
        &[],
        doubtful,
    ),
    (
        "what is wrong in a topology is refused with its line",
        &[],
        wrong,
    ),
];

fn scenarios(room: &Room) {
    let listed = Thru::new(room, "lab list").with(["lab", "list"]).run();
    assert_eq!(listed.status, 0, "{listed:#?}");
    assert!(listed.stdout.contains("silent-firewall"), "{listed:#?}");
    let drawn = Thru::new(room, "lab list shop")
        .with(["lab", "list", "shop"])
        .run();
    assert!(drawn.stdout.contains("└─ home-router"), "{drawn:#?}");
    let ran = Thru::new(room, "lab run")
        .with(["lab", "run", "full-nat", "--json"])
        .run();
    assert_eq!(ran.status, 30, "{ran:#?}");
    assert!(ran.stdout.contains("nat.table_full"), "{ran:#?}");
}

fn own_topology(room: &Room) {
    let thru = Thru::new(room, "lab new");
    let folder = thru.folder.clone();
    let written = thru
        .with(["lab", "new", "my.toml", "--from", "small"])
        .run();
    assert_eq!(written.status, 0, "{written:#?}");
    let text = fs::read_to_string(folder.join("my.toml")).expect("it was written");
    let slower = text.replace("latency = \"1 ms\"", "latency = \"70 ms\"");
    let file = folder.join("slow.toml");
    fs::write(&file, slower).expect("a folder of the test");
    let name = file.display().to_string();
    let drawn = Thru::new(room, "lab svg")
        .with(["lab", "list", &*name, "--svg", "-"])
        .run();
    assert!(drawn.stdout.starts_with("<svg "), "{drawn:#?}");
    assert!(drawn.stdout.contains("70 ms"), "{drawn:#?}");
    let ran = Thru::new(room, "lab run own")
        .with(["lab", "run", &*name, "http://server.lab/", "--strict"])
        .run();
    assert_eq!(ran.status, 0, "{ran:#?}");
    assert!(
        ran.stdout.contains("open in 1 round trip of 280 ms"),
        "{ran:#?}"
    );
}

fn doubtful(room: &Room) {
    let thru = Thru::new(room, "doubtful topology");
    let file = thru.folder.join("loop.toml");
    let written = thru
        .with(["lab", "new", "loop.toml", "--from", "loop"])
        .run();
    assert_eq!(written.status, 0, "{written:#?}");
    let name = file.display().to_string();
    let warned = Thru::new(room, "warned")
        .with(["lab", "list", &*name])
        .run();
    assert_eq!(warned.status, 0, "{warned:#?}");
    let expected = "closes a loop of switches";
    assert!(warned.stderr.contains("warning: line "), "{warned:#?}");
    assert!(warned.stderr.contains(expected), "{warned:#?}");
    let refused = Thru::new(room, "refused")
        .with(["lab", "run", &*name, "http://server.lab/", "--strict"])
        .run();
    assert_eq!(refused.status, 2, "{refused:#?}");
    assert!(refused.stderr.contains(expected), "{refused:#?}");
}

fn wrong(room: &Room) {
    let thru = Thru::new(room, "wrong topology");
    let file = thru.folder.join("wrong.toml");
    let text =
        "near = \"pc\"\n[[machine]]\nname = \"pc\"\n[[wire]]\nfrom = \"pc:eth0\"\nto = \"tv\"\n";
    fs::write(&file, text).expect("a folder of the test");
    let name = file.display().to_string();
    let ran = thru.with(["lab", "list", &*name]).run();
    assert_eq!(ran.status, 2, "{ran:#?}");
    assert!(ran.stderr.contains("line 5, column 9"), "{ran:#?}");
    let mut octets = text.as_bytes().to_vec();
    octets.push(0xff);
    fs::write(&file, octets).expect("a folder of the test");
    let ran = Thru::new(room, "no text")
        .with(["lab", "list", &*name])
        .run();
    assert_eq!(ran.status, 2, "{ran:#?}");
    assert!(ran.stderr.contains("no UTF-8 text"), "{ran:#?}");
}

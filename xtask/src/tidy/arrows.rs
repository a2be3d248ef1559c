//! Who may import whom (DESIGN, Layout).

use super::Breach;
use anyhow::{Context, Result};
use std::path::Path;

/// A room: its folder, its package, the packages it may import.
pub struct Room {
    /// Folder from the root.
    pub path: &'static str,
    /// Its package.
    pub package: &'static str,
    may: &'static [&'static str],
}

const BASE: &[&str] = &["thru-octets", "thru-events"];
const STAGES: [&str; 13] = [
    "thru-url",
    "thru-dns",
    "thru-link",
    "thru-ip",
    "thru-transport",
    "thru-tls",
    "thru-http",
    "thru-dom",
    "thru-cssom",
    "thru-render-tree",
    "thru-layout",
    "thru-paint",
    "thru-script",
];

const fn room(path: &'static str, package: &'static str, may: &'static [&'static str]) -> Room {
    Room { path, package, may }
}

/// Every room of the house. Words in `may`: `S3` is every stage numbered below 3, `S*` every
/// stage, `*` everything.
pub const ROOMS: &[Room] = &[
    room("base/octets", "thru-octets", &[]),
    room("base/events", "thru-events", &["thru-octets"]),
    room(
        "base/conversation",
        "thru-conversation",
        &["thru-octets", "thru-events"],
    ),
    room("stages/01-url", "thru-url", &["S1"]),
    room("stages/02-dns", "thru-dns", &["S2"]),
    room("stages/03-link", "thru-link", &["S3"]),
    room("stages/04-ip", "thru-ip", &["S4"]),
    room("stages/05-transport", "thru-transport", &["S5"]),
    room("stages/06-tls", "thru-tls", &["S6", "thru-port"]),
    room("stages/07-http", "thru-http", &["S7", "thru-port"]),
    room("stages/08-dom", "thru-dom", &["S8"]),
    room("stages/09-cssom", "thru-cssom", &["S9"]),
    room("stages/10-render-tree", "thru-render-tree", &["S10"]),
    room("stages/11-layout", "thru-layout", &["S11"]),
    room("stages/12-paint", "thru-paint", &["S12"]),
    room("stages/13-script", "thru-script", &["S13"]),
    room("net/port", "thru-port", &[]),
    room(
        "net/stack",
        "thru-stack",
        &["thru-port", "thru-link", "thru-ip", "thru-transport"],
    ),
    room("net/memory", "thru-memory", &["thru-port"]),
    room("net/secured-dns", "thru-secured-dns", &["thru-port", "S8"]),
    room("net/host", "thru-host", &["thru-port", "S7"]),
    room("far", "thru-far", &["thru-port", "thru-secured-dns", "S8"]),
    room(
        "lab",
        "thru-lab",
        &["thru-port", "thru-stack", "thru-far", "S8"],
    ),
    room("import", "thru-import", &["thru-journal", "S8"]),
    room("probe", "thru-probe", &["thru-port", "S*"]),
    room(
        "load",
        "thru-load",
        &["thru-port", "thru-secured-dns", "S*"],
    ),
    room("journal", "thru-journal", &[]),
    room("verdict", "thru-verdict", &["thru-journal"]),
    room("views", "thru-views", &["thru-journal", "thru-verdict"]),
    room("app/cli", "thru", &["*"]),
    room("app/window", "thru-window", &["*"]),
    room("app/throughline", "throughline", &["*"]),
    room("tests", "thru-tests", &["*"]),
    room("xtask", "xtask", &["*"]),
    room("fuzz/entries", "thru-fuzz", &["*"]),
];

/// Reads each room's manifest and refuses arrows that run the other way.
pub fn check(root: &Path) -> Result<Vec<Breach>> {
    let mut breaches = Vec::new();
    for room in ROOMS {
        let place = format!("{}/Cargo.toml", room.path);
        let text = std::fs::read_to_string(root.join(&place)).with_context(|| place.clone())?;
        for package in imports(&text) {
            if !allowed(room, &package) {
                let what = format!("{} may not import {package} (DESIGN, Layout)", room.package);
                breaches.push(Breach {
                    place: place.clone(),
                    what,
                });
            }
        }
    }
    Ok(breaches)
}

/// Packages of this workspace in `[dependencies]`; dev-dependencies may point anywhere but to app.
fn imports(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line == "[dependencies]" || line == "[build-dependencies]";
        } else if inside {
            let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
            if ROOMS.iter().any(|room| room.package == name) {
                found.push(name.to_owned());
            }
        }
    }
    found
}

fn allowed(room: &Room, package: &str) -> bool {
    let app = ["thru", "thru-window", "throughline"].contains(&package);
    let inner =
        room.path.starts_with("app/") || ["tests", "xtask", "fuzz/entries"].contains(&room.path);
    if app && !inner {
        return false;
    }
    let base = BASE.contains(&package) && !room.path.starts_with("base/");
    let stage = STAGES.iter().position(|stage| *stage == package);
    base || room.may.iter().any(|word| match *word {
        "*" => true,
        "S*" => stage.is_some(),
        word => match word.strip_prefix('S').and_then(|n| n.parse::<usize>().ok()) {
            Some(number) => stage.is_some_and(|at| at + 1 < number),
            None => word == package,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &str) -> &'static Room {
        ROOMS.iter().find(|room| room.path == path).unwrap()
    }

    #[test]
    fn arrows_point_one_way() {
        assert!(allowed(named("stages/07-http"), "thru-tls"));
        assert!(!allowed(named("stages/06-tls"), "thru-http"));
        assert!(!allowed(named("views"), "thru-dom"));
        assert!(!allowed(named("load"), "thru-lab"));
        assert!(!allowed(named("load"), "thru-host"));
        assert!(!allowed(named("lab"), "throughline"));
        assert!(allowed(named("app/cli"), "thru-lab"));
    }
}

//! Every event variant is emitted, shown and in a golden; every built code has a lesson.

use super::{Breach, Source, doors::production_lines};
use anyhow::Result;
use std::{collections::BTreeSet, path::Path};
use thru_events::{Event, Stage};

/// Folder of the golden files, from the root.
const GOLDEN: &str = "tests/golden";

/// Checks the vocabulary against the sources. That each variant is shown, the compiler checks:
/// `views/src/sentence` matches the union exhaustively.
pub fn check(sources: &[Source], root: &Path) -> Result<Vec<Breach>> {
    let emitted = emitted(sources);
    let golden = golden(root)?;
    let mut breaches = Vec::new();
    for (stage, name) in Event::all_names() {
        let kind = kind(stage);
        if !emitted.contains(&format!("{kind}::{name}")) {
            breaches.push(Breach {
                place: format!("base/events, {kind}::{name}"),
                what: "no room emits it".to_owned(),
            });
        }
        let words = format!("{} {name}", stage.id());
        if !golden.contains(&words) {
            let what = format!("it is in no golden file under {GOLDEN}");
            breaches.push(Breach {
                place: format!("base/events, {kind}::{name}"),
                what,
            });
        }
    }
    Ok(breaches)
}

fn kind(stage: Stage) -> &'static str {
    match stage {
        Stage::Url => "UrlEvent",
        Stage::Lease => "LeaseEvent",
        Stage::Dns => "DnsEvent",
        Stage::Link => "LinkEvent",
        Stage::Ip => "IpEvent",
        Stage::Tcp => "TcpEvent",
        Stage::Firewall => "FirewallEvent",
        Stage::Tls => "TlsEvent",
        Stage::Http => "HttpEvent",
        Stage::Far => "FarEvent",
        Stage::Dom => "DomEvent",
        Stage::Cssom => "CssomEvent",
        Stage::RenderTree => "RenderTreeEvent",
        Stage::Layout => "LayoutEvent",
        Stage::Paint => "PaintEvent",
        Stage::Script => "ScriptEvent",
        Stage::Close => "CloseEvent",
        Stage::Trip => "TripEvent",
    }
}

/// `Kind::Variant` words in rooms that state events.
fn emitted(sources: &[Source]) -> BTreeSet<String> {
    const ONLY_READ: [&str; 6] = [
        "base/",
        "views/",
        "verdict/",
        "journal/src/index",
        "xtask/",
        "tests/",
    ];
    let mut found = BTreeSet::new();
    for source in sources {
        if ONLY_READ.iter().any(|room| source.path.starts_with(room)) {
            continue;
        }
        for (_, line) in production_lines(&source.text) {
            for (at, _) in line.match_indices("Event::") {
                let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
                let before: String = line[..at].chars().rev().take_while(is_word).collect();
                let kind: String = before.chars().rev().chain("Event".chars()).collect();
                let name: String = line[at + 7..].chars().take_while(is_word).collect();
                found.insert(format!("{kind}::{name}"));
            }
        }
    }
    found
}

/// `stage Variant` of every golden file: they list the events of each situation by these words.
fn golden(root: &Path) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root.join(GOLDEN)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name == "events.txt") {
                let text = std::fs::read_to_string(&path)?;
                let words = text.lines().filter_map(|line| {
                    let mut words = line.split_whitespace();
                    Some(format!("{} {}", words.next()?, words.next()?))
                });
                found.extend(words);
            }
        }
    }
    Ok(found)
}

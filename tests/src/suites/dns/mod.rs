//! The resolver scenarios of Deckard and unbound: a conversation of a client with a resolver, and what the network says.
//!
//! Stage: 02.
//! In: `.rpl` files. Out: whether our recursor holds the same conversation.
//! Emits: nothing.
//! How it works: `reader` reads a scenario, `config` says how our recursor has to be set up for it, or which feature it needs
//! that we do not have (`zones`: those of its own; `reception`: what it says by itself); `world` plays it in virtual time; `matching` compares messages.
//! Not here: printing (`xtask`).

mod config;
mod matching;
mod reader;
mod reception;
mod world;
mod zones;

use super::{Score, SuiteResult, expected_folder};
use std::path::{Path, PathBuf};

/// Folders of the suite, with their shorter names.
const FOLDERS: [(&str, &str); 2] = [("dns-deckard", "deckard"), ("dns-unbound", "unbound")];

/// Plays every scenario in `data` that is `wanted` by its path below it.
pub fn run(data: &Path, wanted: &dyn Fn(&str) -> bool) -> SuiteResult {
    let mut score = Score::begin("dns", &expected_folder());
    for (folder, part) in FOLDERS {
        for path in scenarios(&data.join(folder)) {
            let below = path
                .strip_prefix(data)
                .unwrap_or(&path)
                .display()
                .to_string();
            if !wanted(&below) {
                continue;
            }
            let name = path
                .strip_prefix(data.join(folder))
                .unwrap_or(&path)
                .display()
                .to_string();
            match play(&path) {
                Played::Passed => score.case(part, &name, Ok(())),
                Played::Failed(why) => score.case(part, &name, Err(why)),
                Played::Needs(feature) => score.skip(part, &name, &feature),
            }
        }
    }
    score.end()
}

fn scenarios(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return found;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        match path.is_dir() {
            true => found.extend(scenarios(&path)),
            false if path.extension().is_some_and(|ending| ending == "rpl") => found.push(path),
            false => {}
        }
    }
    found.sort();
    found
}

/// What became of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Played {
    /// Every check held.
    Passed,
    /// Which check did not, and what came.
    Failed(String),
    /// The feature that it needs and that we do not have.
    Needs(String),
}

/// Plays one scenario.
pub fn play(path: &Path) -> Played {
    let octets = match std::fs::read(path) {
        Ok(octets) => octets,
        Err(error) => return Played::Failed(error.to_string()),
    };
    let text = String::from_utf8_lossy(&octets);
    if path.components().any(|part| part.as_os_str() == "knotd") {
        return Played::Needs(
            "Knot's authoritative server with a zone file that is not in the suite".into(),
        );
    }
    let by_unbound = path
        .components()
        .any(|part| part.as_os_str() == "dns-unbound");
    let config = match config::config(&reader::config(&text), by_unbound) {
        Ok(config) => config,
        Err(feature) => return Played::Needs(feature),
    };
    let scenario = match reader::read(&text) {
        Ok(scenario) => scenario,
        Err(reader::Unreadable::Needs(feature)) => return Played::Needs(feature),
        Err(reader::Unreadable::Mistake(why)) => {
            return Played::Failed(format!("cannot be read: {why}"));
        }
    };
    match world::World::new(
        &scenario,
        config,
        !by_unbound && !scenario.answers_by_steps(),
    )
    .play()
    {
        Ok(()) => Played::Passed,
        Err(world::Stopped::Failed(why)) => Played::Failed(why),
        Err(world::Stopped::Needs(feature)) => Played::Needs(feature),
    }
}

//! What the documents name exists: paths, limits in the files beside them, a row for every event.

use super::{Breach, arrows::ROOMS};
use anyhow::{Context, Result};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};
use thru_events::Event;

/// Folder of the chapters, from the root.
const CHAPTERS: &str = "docs";

/// Looks at the README and every chapter.
pub fn check(root: &Path) -> Result<Vec<Breach>> {
    let mut breaches = Vec::new();
    let mut events = BTreeSet::new();
    for file in files(root)? {
        let place = root.join(&file);
        let text = std::fs::read_to_string(&place).with_context(|| file.display().to_string())?;
        for (number, line) in text.lines().enumerate() {
            let what = paths(line, root).chain(limits(line, root));
            breaches.extend(what.map(|what| Breach {
                place: format!("{}:{}", file.display(), number + 1),
                what,
            }));
            events.extend(event_of(line).map(str::to_owned));
        }
    }
    let all = Event::all_names();
    let missing = all.iter().filter(|(_, name)| !events.contains(*name));
    breaches.extend(missing.map(|(stage, name)| Breach {
        place: CHAPTERS.to_owned(),
        what: format!(
            "no chapter has a row for the event {name} of {}",
            stage.id()
        ),
    }));
    Ok(breaches)
}

fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = vec![PathBuf::from("README.md")];
    for entry in std::fs::read_dir(root.join(CHAPTERS)).context(CHAPTERS)? {
        let name = PathBuf::from(entry?.file_name());
        if name.extension().is_some_and(|ending| ending == "md") {
            files.push(Path::new(CHAPTERS).join(name));
        }
    }
    files.sort();
    Ok(files)
}

fn in_backquotes(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Words in backquotes that begin with the folder of a room and are no path.
fn paths<'a>(line: &'a str, root: &'a Path) -> impl Iterator<Item = String> + 'a {
    let of_a_room = |word: &&str| {
        let first = word.split_once('/').map(|(first, _)| first);
        let room = |path: &str| path.split('/').next() == first;
        first.is_some() && !word.contains(' ') && ROOMS.iter().any(|known| room(known.path))
    };
    in_backquotes(line)
        .filter(of_a_room)
        .filter(|path| !root.join(path).exists())
        .map(|path| format!("`{path}` does not exist"))
}

/// In a row of a table of limits: names in the first cell that no file of the last cell defines.
fn limits<'a>(line: &'a str, root: &Path) -> impl Iterator<Item = String> + 'a {
    let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
    let (first, last) = match cells.as_slice() {
        [first, _, last] => (*first, *last),
        _ => ("", ""),
    };
    let sources = in_backquotes(last).filter(|path| path.ends_with(".rs"));
    let text: String = sources
        .filter_map(|path| std::fs::read_to_string(root.join(path)).ok())
        .collect();
    let is_a_limit = |word: &&str| {
        let letter = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        word.len() > 3 && word.chars().all(letter)
    };
    in_backquotes(first)
        .filter(is_a_limit)
        .filter(move |name| !text.is_empty() && !text.contains(&format!("const {name}:")))
        .map(|name| format!("the limit {name} is not in the file named beside it"))
}

/// The event that a row of a table of events is about.
fn event_of(line: &str) -> Option<&str> {
    let word = line.strip_prefix("| `")?.split_once("` |")?.0;
    word.starts_with(|c: char| c.is_ascii_uppercase())
        .then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    #[test]
    fn a_path_that_is_gone_is_named() {
        let line = "see `verdict/src/gone.rs`, `verdict/src/lib.rs` and `text/css`";
        let found: Vec<String> = paths(line, &root()).collect();
        assert_eq!(found, ["`verdict/src/gone.rs` does not exist"]);
    }

    #[test]
    fn a_limit_stands_in_the_file_beside_it() {
        let line = "| `MAX_ENTRIES`, `MAX_OTHERS` of a trip | 8 | `journal/src/recorder.rs` |";
        let found: Vec<String> = limits(line, &root()).collect();
        let expected = "the limit MAX_OTHERS is not in the file named beside it";
        assert_eq!(found, [expected]);
    }

    #[test]
    fn a_row_of_events_begins_with_the_event() {
        assert_eq!(event_of("| `ArpAsked` | who? |"), Some("ArpAsked"));
        assert_eq!(event_of("| `pc` | a machine |"), None);
        assert_eq!(event_of("the event `ArpAsked` |"), None);
    }
}

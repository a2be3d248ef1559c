//! Heads of modules, names and sizes of files.

use super::{Breach, Source};
use anyhow::Result;
use std::path::Path;

const LONGEST: usize = 800;
const HEAD: [&str; 5] = ["Stage:", "In:", "Out:", "Emits:", "Not here:"];
const NO_NAMES: [&str; 6] = ["util", "common", "helpers", "core", "types", "manager"];

/// Checks every source file's shape.
pub fn check(sources: &[Source], root: &Path) -> Result<Vec<Breach>> {
    let style = std::fs::read_to_string(root.join("STYLE.md")).unwrap_or_default();
    let mut breaches = Vec::new();
    for source in sources {
        breaches.extend(head(source));
        breaches.extend(name(source));
        let lines = source.text.lines().count();
        if lines > LONGEST && !style.contains(&source.path) {
            let what = format!("{lines} lines, over {LONGEST} without its reason in STYLE.md");
            breaches.push(source.breach(0, what));
        }
    }
    Ok(breaches)
}

fn head(source: &Source) -> Option<Breach> {
    let file = source.path.rsplit('/').next()?;
    if file != "lib.rs" && file != "mod.rs" {
        return None;
    }
    let head: String = source
        .text
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .collect();
    let missing: Vec<&str> = HEAD
        .into_iter()
        .filter(|part| !head.contains(part))
        .collect();
    (!missing.is_empty())
        .then(|| source.breach(0, format!("the head does not say {}", missing.join(" "))))
}

fn name(source: &Source) -> Option<Breach> {
    let bad = source.path.split('/').find(|part| {
        let stem = part.trim_end_matches(".rs");
        NO_NAMES.contains(&stem) || NO_NAMES.contains(&stem.trim_end_matches('s'))
    })?;
    Some(source.breach(0, format!("no module may be called {bad}")))
}

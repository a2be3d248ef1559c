//! The house rules that a program can check.
//!
//! Stage: the workshop.
//! In: the work tree's files. Out: a list of what breaks a rule, each with its place.
//! Emits: nothing.
//! How it works: text and manifests are read; one file a rule.
//! Not here: what the compiler, clippy and rustfmt check.

mod architecture;
pub mod arrows;
mod documents;
mod doors;
mod events;
mod shape;

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// One breach of a rule: where and what.
pub struct Breach {
    /// `file:line` or a file.
    pub place: String,
    /// The rule and how it is broken.
    pub what: String,
}

/// A source file of the work tree.
pub struct Source {
    /// Path from the root, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl Source {
    fn breach(&self, line: usize, what: impl Into<String>) -> Breach {
        Breach {
            place: format!("{}:{}", self.path, line + 1),
            what: what.into(),
        }
    }
}

/// Checks every rule; fails with the list of breaches.
pub fn run(root: &Path) -> Result<()> {
    let sources = sources(root)?;
    let mut breaches = arrows::check(root)?;
    breaches.extend(doors::check(&sources));
    breaches.extend(shape::check(&sources, root)?);
    breaches.extend(events::check(&sources, root)?);
    breaches.extend(architecture::check(root)?);
    breaches.extend(documents::check(root)?);
    for breach in &breaches {
        println!("{}: {}", breach.place, breach.what);
    }
    if breaches.is_empty() {
        println!("tidy: {} source files, no breach", sources.len());
        return Ok(());
    }
    bail!("tidy: {} breaches", breaches.len())
}

/// Every `.rs` file that is part of a room.
fn sources(root: &Path) -> Result<Vec<Source>> {
    let mut found = Vec::new();
    for room in arrows::ROOMS {
        walk(&root.join(room.path).join("src"), root, &mut found)?;
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found.dedup_by(|a, b| a.path == b.path);
    Ok(found)
}

fn walk(folder: &Path, root: &Path, found: &mut Vec<Source>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let path: PathBuf = entry?.path();
        if path.is_dir() {
            walk(&path, root, found)?;
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            let text = std::fs::read_to_string(&path)?;
            let path = path
                .strip_prefix(root)?
                .to_string_lossy()
                .replace('\\', "/");
            found.push(Source { path, text });
        }
    }
    Ok(())
}

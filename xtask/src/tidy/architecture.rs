//! Every path that ARCHITECTURE.md names exists.

use super::Breach;
use anyhow::{Context, Result};
use std::path::Path;

const MAP: &str = "ARCHITECTURE.md";

/// Looks at each word in backquotes that is written like a path.
pub fn check(root: &Path) -> Result<Vec<Breach>> {
    let text = std::fs::read_to_string(root.join(MAP)).context(MAP)?;
    let mut breaches = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for word in line.split('`').skip(1).step_by(2) {
            let path = word.trim_end_matches('/');
            let like_a_path = path.contains('/')
                && !path.contains(|c: char| c.is_whitespace() || "<>*{}:()\"$".contains(c))
                && !path.starts_with("../")
                && !path.starts_with('-');
            if like_a_path && !root.join(path).exists() {
                breaches.push(Breach {
                    place: format!("{MAP}:{}", number + 1),
                    what: format!("`{word}` does not exist"),
                });
            }
        }
    }
    Ok(breaches)
}

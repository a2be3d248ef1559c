//! The manifest of the layout suites: `wpt-manifest.jsonl`, a test a line.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::path::Path;

/// One test.
#[derive(Clone, Debug, Deserialize)]
pub struct Test {
    /// The page's path with its slash.
    #[serde(rename = "test")]
    pub path: String,
    /// `reftest` or `checklayout`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `core` or `extra`.
    pub tier: String,
    /// Relation (`==` or `!=`) and the reference's path.
    #[serde(default)]
    pub refs: Vec<(String, String)>,
    /// Differences that are allowed; see [`Fuzzy::read`].
    #[serde(default)]
    pub fuzzy: Vec<String>,
    /// Selectors of the elements to look at.
    #[serde(default)]
    pub selectors: Vec<String>,
}

impl Test {
    /// The folder that it is counted in.
    pub fn folder(&self) -> &str {
        let path = self.path.trim_start_matches('/');
        path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Its file's name.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Whether it belongs to the sample of the test runner: one of sixteen.
    pub fn is_in_sample(&self) -> bool {
        let digest = Sha256::digest(self.path.as_bytes());
        digest.last().is_some_and(|octet| octet & 0xf == 0)
    }
}

/// The tests of a kind whose tier and path the selection takes.
pub fn read(data: &Path, kind: &str, selection: &Selection) -> Vec<Test> {
    let text = std::fs::read_to_string(data.join("wpt-manifest.jsonl")).unwrap_or_default();
    let tests = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Test>(line).ok());
    tests
        .filter(|test| test.kind == kind && selection.takes(test))
        .collect()
}

/// Which tests of a kind are run.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Also those that are not core.
    pub all_tiers: bool,
    /// Only one of sixteen.
    pub sample: bool,
    /// Only those whose path has this in it.
    pub part: String,
}

impl Selection {
    /// From the words after the suite's name: `all`, `sample` or a part of the paths.
    pub fn from_words(words: &[String]) -> Selection {
        let part = words
            .iter()
            .find(|word| *word != "all" && *word != "sample");
        Selection {
            all_tiers: words.iter().any(|word| word == "all"),
            sample: words.iter().any(|word| word == "sample"),
            part: part.cloned().unwrap_or_default(),
        }
    }

    /// The words that it was made from.
    pub fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        words.extend(self.all_tiers.then(|| "all".to_owned()));
        words.extend(self.sample.then(|| "sample".to_owned()));
        words.extend((!self.part.is_empty()).then(|| self.part.clone()));
        words
    }

    fn takes(&self, test: &Test) -> bool {
        (self.all_tiers || test.tier == "core")
            && (!self.sample || test.is_in_sample())
            && test.path.contains(&self.part)
    }
}

/// Differences that a test allows, both inclusive ranges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fuzzy {
    /// Greatest difference of a channel.
    pub difference: (u32, u32),
    /// Pixels that differ.
    pub pixels: (u32, u32),
}

impl Fuzzy {
    /// What a test allows against a reference: `maxDifference=0-1;totalPixels=0-100` or
    /// `0-1;0-100`, perhaps with `reference:` before it.
    pub fn read(all: &[String], reference: &str) -> Fuzzy {
        let fits = |text: &&String| match text.rsplit_once(':') {
            Some((named, _)) => reference.ends_with(named.rsplit('/').next().unwrap_or(named)),
            None => true,
        };
        let Some(text) = all.iter().find(fits) else {
            return Fuzzy::default();
        };
        let ranges = text
            .rsplit_once(':')
            .map_or(text.as_str(), |(_, rest)| rest);
        let mut fuzzy = Fuzzy::default();
        for (at, part) in ranges.split(';').enumerate() {
            let (name, range) = match part.trim().split_once('=') {
                Some((name, range)) => (name.trim(), range),
                None if at == 0 => ("maxDifference", part),
                None => ("totalPixels", part),
            };
            match name {
                "maxDifference" => fuzzy.difference = range_of(range),
                _ => fuzzy.pixels = range_of(range),
            }
        }
        fuzzy
    }
}

fn range_of(text: &str) -> (u32, u32) {
    let number = |text: &str| text.trim().parse().unwrap_or(0);
    match text.split_once('-') {
        Some((from, to)) => (number(from), number(to)),
        None => (number(text), number(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_with_and_without_names() {
        let named = ["totalPixels=0-2; maxDifference=3".to_owned()];
        let fuzzy = Fuzzy::read(&named, "/a-ref.html");
        assert_eq!((fuzzy.difference, fuzzy.pixels), ((3, 3), (0, 2)));
        let bare = ["b-ref.html:0-8;0-974".to_owned()];
        assert_eq!(Fuzzy::read(&bare, "/x/b-ref.html").pixels, (0, 974));
        assert_eq!(Fuzzy::read(&bare, "/x/c-ref.html"), Fuzzy::default());
    }
}

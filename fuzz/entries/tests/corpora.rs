//! What was found once stays mended: every target reads its corpus, and inputs grown from it by a
//! seeded chance, the same in each run.

use std::{
    collections::BTreeSet,
    fs,
    panic::catch_unwind,
    path::{Path, PathBuf},
};
use thru_fuzz::ENTRIES;

/// Octets of a mutated input at most.
const LONGEST: usize = 4096;

/// xorshift64* (Marsaglia, Vigna).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound.max(1)
    }

    /// Changes a few octets: another value, an edge value, a bit, gone, doubled, cut.
    fn mutate(&mut self, seed: &[u8]) -> Vec<u8> {
        let mut octets = seed.to_vec();
        for _ in 0..1 + self.below(6) {
            if octets.is_empty() {
                octets.push(self.below(256) as u8);
            }
            let at = self.below(octets.len());
            match self.below(7) {
                0 => octets[at] = self.below(256) as u8,
                1 => octets[at] = [0, 1, 0x7f, 0x80, 0xc0, 0xff][self.below(6)],
                2 => octets[at] ^= 1 << self.below(8),
                3 => {
                    octets.remove(at);
                }
                4 => octets.insert(at, self.below(256) as u8),
                5 => octets.extend_from_within(at..),
                _ => octets.truncate(at),
            }
            octets.truncate(LONGEST);
        }
        octets
    }
}

/// A target's inputs, by name.
fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../corpus")
        .join(name);
    let listed = fs::read_dir(&folder).unwrap_or_else(|why| panic!("{name} has no corpus: {why}"));
    let mut files: Vec<PathBuf> = listed.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: PathBuf| (path.clone(), fs::read(path).unwrap());
    files.into_iter().map(read).collect()
}

#[test]
fn every_input_of_the_corpora_is_read_without_panic() {
    for entry in ENTRIES {
        let corpus = corpus(entry.name);
        assert!(!corpus.is_empty(), "{} has no corpus", entry.name);
        for (path, octets) in corpus {
            let outcome = catch_unwind(|| (entry.read)(&octets));
            assert!(
                outcome.is_ok(),
                "{} panics at {}",
                entry.name,
                path.display()
            );
        }
    }
}

#[test]
fn nothing_grown_from_the_corpora_panics() {
    for (number, entry) in ENTRIES.into_iter().enumerate() {
        let corpus = corpus(entry.name);
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15 ^ (number as u64 + 1));
        for _ in 0..entry.inputs {
            let (_, seed) = &corpus[chance.below(corpus.len())];
            let input = chance.mutate(seed);
            let outcome = catch_unwind(|| (entry.read)(&input));
            assert!(outcome.is_ok(), "{} panics at {input:02x?}", entry.name);
        }
    }
}

/// Names in a folder; without `.rs`, if they have it.
fn names_in(folder: &Path) -> BTreeSet<String> {
    let listed = fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let names = listed.map(|entry| name(entry.unwrap()));
    let names = names.map(|name| name.strip_suffix(".rs").unwrap_or(&name).to_owned());
    names.collect()
}

/// Entries, targets of the fuzzer, lines of its manifest and corpora are the same, each once; each
/// target reads by the function of its name, and each corpus has something to read.
#[test]
fn every_target_is_one_that_a_fuzzer_can_start_and_has_a_corpus_that_is_run() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let entries: BTreeSet<String> = ENTRIES.iter().map(|entry| entry.name.to_owned()).collect();
    assert_eq!(entries.len(), ENTRIES.len(), "a name stands there twice");
    assert_eq!(entries, names_in(&fuzz.join("fuzz_targets")));
    assert_eq!(entries, names_in(&fuzz.join("corpus")));
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    let paths = manifest.lines().filter_map(|line| {
        let path = line.strip_prefix("path = \"fuzz_targets/")?;
        path.strip_suffix(".rs\"")
    });
    let paths: Vec<String> = paths.map(str::to_owned).collect();
    assert_eq!(paths.len(), ENTRIES.len(), "a path stands there twice");
    assert_eq!(entries, paths.into_iter().collect());
    for entry in ENTRIES {
        let name = entry.name;
        let file = fuzz.join(format!("fuzz_targets/{name}.rs"));
        let source = fs::read_to_string(file).unwrap();
        let (_, called) = source.split_once("thru_fuzz::").unwrap();
        let called = &called[..called.find('(').unwrap()];
        assert_eq!(
            FUNCTIONS
                .iter()
                .find(|(of, _)| *of == name)
                .map_or(name, |(_, own)| own),
            called
        );
        let inputs = corpus(name);
        assert!(
            inputs.iter().any(|(_, octets)| !octets.is_empty()),
            "{name} has no corpus"
        );
        assert!(
            entry.inputs > 0,
            "nothing is grown from the corpus of {name}"
        );
    }
}

/// Targets whose function has a longer name.
const FUNCTIONS: [(&str, &str); 1] = [("ndp", "neighbour_discovery")];

//! What was found once stays mended: every target reads its corpus, and inputs grown from it by a
//! seeded chance, the same in each run.

use std::{
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

#[test]
fn every_target_is_one_that_a_fuzzer_can_start() {
    let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz_targets");
    let manifest = fs::read_to_string(targets.join("../Cargo.toml")).unwrap();
    for entry in ENTRIES {
        let file = targets.join(format!("{}.rs", entry.name));
        assert!(file.is_file(), "{} is missing", file.display());
        let named = format!("path = \"fuzz_targets/{}.rs\"", entry.name);
        assert!(manifest.contains(&named), "{} is no target", entry.name);
    }
}

//! Reftests: a page and its reference have to give the same picture.
//!
//! A picture that is empty on both sides would pass too; so a `==` counts as guarded only if our
//! picture of the reference is near Chromium's (see the oracle's README).

use super::against_chromium::Grid;
use super::engine::{Draws, Engine};
use super::fingerprints::Fingerprint;
use super::manifest::{self, Fuzzy, Selection, Test};
use super::{Score, SuiteResult, drawing, fingerprints, workers};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

/// The viewport of the reftests.
const VIEWPORT: (u32, u32) = (800, 600);

/// The greatest ink of a reference that guards, and the strict one printed beside it.
const INK: (f64, f64) = (0.25, 0.10);

/// Pictures of references that a worker keeps.
const KEPT_PICTURES: usize = 48;

/// The figures of the reftests.
#[derive(Clone, Debug, Default, Serialize)]
pub struct WptResult {
    /// A case passes if it passes guarded.
    #[serde(flatten)]
    pub suite: SuiteResult,
    /// Passes that the guard lets count, at an ink of 0.25.
    pub guarded: usize,
    /// The same at 0.10.
    pub guarded_strict: usize,
    /// Passes without the guard.
    pub unguarded: usize,
    /// What an engine that only draws white passes, without the guard.
    pub white_page: usize,
    /// Tests whose `==` references are all blank: they cannot count.
    pub blank_references: usize,
}

/// What came of one test.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// It passes.
    pub passed: bool,
    /// The ink of the reference that matched; none where only `!=` had to hold.
    pub ink: Option<f64>,
    /// All references that must be equal are blank.
    pub blank: bool,
    /// What came instead.
    pub why: String,
}

impl Outcome {
    fn counts_at(&self, limit: f64) -> bool {
        self.passed && !self.blank && self.ink.is_none_or(|ink| ink <= limit)
    }
}

/// Runs the reftests in workers. Only ours is held against the list of expected failures.
pub fn run(data: &Path, selection: &Selection, engine: Engine) -> WptResult {
    let tests = tests(data, selection);
    let suite = engine.suite();
    let mut words = vec![suite.to_owned()];
    words.extend(selection.words());
    let outcomes = workers::run::<Outcome>(tests.len(), &words);
    let mut score = match engine {
        Engine::Ours => Score::begin(suite, &super::expected_folder()),
        Engine::Blitz => Score::of_a_peer(suite),
    };
    let mut result = WptResult::default();
    let mut lines = String::new();
    for (test, outcome) in tests.iter().zip(outcomes) {
        let outcome = outcome.unwrap_or_else(|why| Outcome {
            why,
            ..Outcome::default()
        });
        result.count(test, &outcome);
        lines += &line(test, &outcome);
        if outcome.blank {
            continue;
        }
        let counted = match (outcome.counts_at(INK.0), outcome.passed) {
            (true, _) => Ok(()),
            (false, true) => Err(format!("ink {:.2}", outcome.ink.unwrap_or(f64::NAN))),
            (false, false) => Err(outcome.why),
        };
        score.case(test.folder(), test.name(), counted);
    }
    result.suite = score.end();
    let folder = super::target_folder(suite);
    // The list is a help for the reader; without it the figures are the same.
    let _ = std::fs::create_dir_all(&folder);
    let _ = std::fs::write(folder.join("results.jsonl"), lines);
    result
}

impl WptResult {
    fn count(&mut self, test: &Test, outcome: &Outcome) {
        let only_equal = test.refs.iter().all(|(relation, _)| relation == "==");
        self.white_page += usize::from(only_equal);
        self.unguarded += usize::from(outcome.passed);
        self.guarded += usize::from(outcome.counts_at(INK.0));
        self.guarded_strict += usize::from(outcome.counts_at(INK.1));
        self.blank_references += usize::from(outcome.blank);
    }
}

/// A line for a reader and for the oracle's scorer.
fn line(test: &Test, outcome: &Outcome) -> String {
    let json = serde_json::json!({
        "test": test.path,
        "passed": outcome.passed,
        "guarded": outcome.counts_at(INK.0),
        "ink": outcome.ink,
        "why": outcome.why,
    });
    format!("{json}\n")
}

fn tests(data: &Path, selection: &Selection) -> Vec<Test> {
    let mut tests = manifest::read(data, "reftest", selection);
    // References are shared between neighbours, and their pictures are kept for a while.
    tests.sort_by(|a, b| a.folder().cmp(b.folder()).then(a.refs.cmp(&b.refs)));
    tests
}

/// A worker's side.
pub fn work(data: &Path, selection: &Selection, engine: Engine) {
    let mut worker = Reftests {
        tests: tests(data, selection),
        engine: engine.start(data, data.join("wpt")),
        prints: fingerprints::read(&super::oracle_folder()),
        kept: VecDeque::new(),
        pictures: super::target_folder(engine.suite()),
    };
    workers::serve(move |case| worker.one(case));
}

struct Reftests {
    tests: Vec<Test>,
    engine: Box<dyn Draws>,
    prints: BTreeMap<String, Fingerprint>,
    kept: VecDeque<(String, Drawn)>,
    pictures: PathBuf,
}

type Drawn = std::rc::Rc<Result<drawing::Drawn, String>>;

impl Reftests {
    fn one(&mut self, case: usize) -> Outcome {
        let test = self.tests[case].clone();
        let blank = self.has_only_blank_references(&test);
        let ours = match self.engine.draw(&test.path, VIEWPORT) {
            Ok(drawn) => drawn,
            Err(why) => {
                return Outcome {
                    why,
                    blank,
                    ..Outcome::default()
                };
            }
        };
        let mut outcome = self.compared(&test, &ours);
        outcome.blank = blank;
        if !outcome.counts_at(INK.0) {
            self.write(&test, &ours);
        }
        outcome
    }

    fn has_only_blank_references(&self, test: &Test) -> bool {
        let mut equal = test.refs.iter().filter(|(relation, _)| relation == "==");
        let blank =
            |(_, path): &(String, String)| self.prints.get(path).is_some_and(|print| print.blank);
        test.refs.iter().any(|(relation, _)| relation == "==") && equal.all(blank)
    }

    /// At least one `==` has to hold and every `!=` has to differ.
    fn compared(&mut self, test: &Test, ours: &drawing::Drawn) -> Outcome {
        let mut outcome = Outcome::default();
        let mut needs_equal = false;
        let mut matched = false;
        for (relation, path) in &test.refs {
            let reference = self.reference(path);
            let reference = match &*reference {
                Ok(drawn) => drawn,
                Err(why) => {
                    outcome.why = format!("{path}: {why}");
                    return outcome;
                }
            };
            let (difference, pixels) = differences(ours, reference);
            let fuzzy = Fuzzy::read(&test.fuzzy, path);
            let within = |value: u32, range: (u32, u32)| value >= range.0 && value <= range.1;
            let same = pixels == 0 && (fuzzy.pixels.0 == 0 || fuzzy.difference.0 == 0)
                || within(difference, fuzzy.difference) && within(pixels, fuzzy.pixels);
            if relation == "!=" {
                if same {
                    outcome.why = format!("it is the same as {path}");
                    return outcome;
                }
                continue;
            }
            needs_equal = true;
            if !same && !matched {
                outcome.why =
                    format!("{pixels} pixels differ from {path}, by {difference} at most");
            }
            if same {
                let ink = self.ink(path, reference);
                outcome.ink = Some(outcome.ink.map_or(ink, |known: f64| known.min(ink)));
                matched = true;
            }
        }
        outcome.passed = matched || !needs_equal;
        if outcome.passed {
            outcome.why.clear();
        }
        outcome
    }

    fn ink(&self, path: &str, reference: &drawing::Drawn) -> f64 {
        let grid = Grid::of(&reference.rgba, reference.size.0, reference.size.1);
        let print = self.prints.get(path);
        print.map_or(f64::MAX, |print| print.ink(&grid).min(f64::MAX))
    }

    fn reference(&mut self, path: &str) -> Drawn {
        if let Some((_, drawn)) = self.kept.iter().find(|(known, _)| known == path) {
            return drawn.clone();
        }
        let drawn: Drawn = std::rc::Rc::new(self.engine.draw(path, VIEWPORT));
        if self.kept.len() == KEPT_PICTURES {
            self.kept.pop_front();
        }
        self.kept.push_back((path.to_owned(), drawn.clone()));
        drawn
    }

    /// Both pictures of a case that fails, for a person to look at.
    fn write(&mut self, test: &Test, ours: &drawing::Drawn) {
        let place = self.pictures.join(test.path.trim_start_matches('/'));
        let Some(folder) = place.parent() else { return };
        let _ = std::fs::create_dir_all(folder);
        let _ = std::fs::write(place.with_extension("ours.png"), ours.png());
        if let Some((_, path)) = test.refs.first()
            && let Ok(reference) = &*self.reference(&path.clone())
        {
            let _ = std::fs::write(place.with_extension("reference.png"), reference.png());
        }
    }
}

/// The greatest difference of a channel, and how many pixels differ.
fn differences(a: &drawing::Drawn, b: &drawing::Drawn) -> (u32, u32) {
    if a.size != b.size {
        return (255, u32::MAX);
    }
    if a.rgba == b.rgba {
        return (0, 0);
    }
    let (mut greatest, mut count) = (0, 0);
    for (a, b) in a.rgba.chunks_exact(4).zip(b.rgba.chunks_exact(4)) {
        let channels = a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b)));
        let difference = channels.max().unwrap_or(0);
        greatest = greatest.max(difference);
        count += u32::from(difference > 0);
    }
    (greatest, count)
}

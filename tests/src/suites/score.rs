use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The figures of one suite, in the form of `cargo xtask suites NAME --json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SuiteResult {
    /// Its name.
    pub suite: String,
    /// Cases there are.
    pub total: usize,
    /// Cases that pass.
    pub passed: usize,
    /// Cases that fail and are listed.
    pub failed_as_expected: usize,
    /// Cases that fail and are not listed, or pass and are.
    pub unexpected: Vec<Unexpected>,
    /// Cases that were not run.
    pub skipped: Vec<Skipped>,
    /// The same by part of the suite.
    pub folders: BTreeMap<String, Folder>,
}

impl SuiteResult {
    fn named(suite: &str) -> SuiteResult {
        SuiteResult {
            suite: suite.to_owned(),
            ..SuiteResult::default()
        }
    }

    /// Whether everything came as it was listed.
    pub fn is_as_expected(&self) -> bool {
        self.unexpected.is_empty()
    }
}

/// A case that came otherwise than listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unexpected {
    /// Its name, as the list of expected failures has it.
    pub case: String,
    /// What came.
    pub why: String,
}

/// A case that was not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Its name.
    pub case: String,
    /// Why.
    pub why: String,
}

/// The figures of a part of a suite.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Folder {
    /// Cases there are.
    pub total: usize,
    /// Cases that pass.
    pub passed: usize,
}

/// Counts the cases of a suite against its list of expected failures.
pub struct Score {
    /// `None` if nothing is expected: the cases are only counted.
    expected: Option<BTreeSet<String>>,
    result: SuiteResult,
}

impl Score {
    /// Begins, with the list `<expected_folder>/<suite>.txt`: a case per line, `#` for comments.
    /// Without the file every failure is unexpected.
    pub fn begin(suite: &str, expected_folder: &Path) -> Score {
        let list = std::fs::read_to_string(expected_folder.join(format!("{suite}.txt")));
        let lines = list.unwrap_or_default();
        let named = lines.lines().map(str::trim_end);
        let named = named.filter(|line| !line.is_empty() && !line.starts_with('#'));
        Score {
            expected: Some(named.map(str::to_owned).collect()),
            result: SuiteResult::named(suite),
        }
    }

    /// Begins to count the cases of a peer, of which nothing is expected.
    pub fn of_a_peer(suite: &str) -> Score {
        Score {
            expected: None,
            result: SuiteResult::named(suite),
        }
    }

    /// Counts one case: `Err` says what came instead of what should.
    pub fn case(&mut self, folder: &str, name: &str, outcome: Result<(), String>) {
        let case = format!("{folder}: {name}");
        let listed = self.expected.as_ref().map(|list| list.contains(&case));
        let counted = self.result.folders.entry(folder.to_owned()).or_default();
        self.result.total += 1;
        counted.total += 1;
        match (outcome, listed) {
            (Ok(()), listed) => {
                self.result.passed += 1;
                counted.passed += 1;
                if listed == Some(true) {
                    let why = "it passes, so its line has to go".to_owned();
                    self.result.unexpected.push(Unexpected { case, why });
                }
            }
            (Err(_), None) => {}
            (Err(_), Some(true)) => self.result.failed_as_expected += 1,
            (Err(why), Some(false)) => self.result.unexpected.push(Unexpected { case, why }),
        }
    }

    /// Notes cases that were not run; they count as failed.
    pub fn skip(&mut self, folder: &str, name: &str, why: &str) {
        self.result.total += 1;
        self.result
            .folders
            .entry(folder.to_owned())
            .or_default()
            .total += 1;
        self.result.skipped.push(Skipped {
            case: format!("{folder}: {name}"),
            why: why.to_owned(),
        });
    }

    /// The figures.
    pub fn end(self) -> SuiteResult {
        self.result
    }
}

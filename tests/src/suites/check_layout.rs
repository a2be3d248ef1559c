//! Check-layout tests: elements carry the sizes and places that they should have.

use super::manifest::{self, Selection, Test};
use super::{Score, SuiteResult, drawing, workers};
use std::path::{Path, PathBuf};
use thru_load::{FontSource, Inspected};

/// The viewport of the tests.
const VIEWPORT: (u32, u32) = (800, 600);

/// An assertion holds when it is less than this off, px.
const TOLERANCE: f64 = 1.0;

/// Wrong assertions that are named of one test.
const NAMED: usize = 4;

/// Runs the tests in workers.
pub fn run(data: &Path, selection: &Selection) -> SuiteResult {
    let tests = manifest::read(data, "checklayout", selection);
    let mut words = vec!["check-layout".to_owned()];
    words.extend(selection.words());
    let outcomes = workers::run::<Result<(), String>>(tests.len(), &words);
    let mut score = Score::begin("check-layout", &super::expected_folder());
    for (test, outcome) in tests.iter().zip(outcomes) {
        let outcome = outcome.unwrap_or_else(Err);
        score.case(test.folder(), test.name(), outcome);
    }
    score.end()
}

/// A worker's side.
pub fn work(data: &Path, selection: &Selection) {
    let tests = manifest::read(data, "checklayout", selection);
    let (root, fonts) = (data.join("wpt"), super::wpt_fonts(data));
    workers::serve(move |case| one(&tests[case], &root, &fonts));
}

fn one(test: &Test, root: &Path, fonts: &[FontSource]) -> Result<(), String> {
    let page = drawing::Page {
        root: PathBuf::from(root),
        path: test.path.clone(),
        viewport: VIEWPORT,
        inspect: Some(test.selectors.join(",")),
    };
    let drawn = drawing::draw(&page, fonts)?;
    let mut assertions = 0;
    let mut wrong = Vec::new();
    for element in &drawn.inspected {
        for (name, value) in &element.attributes {
            let Some(actual) = actual(element, name) else {
                continue;
            };
            assertions += 1;
            if !actual.is(value) {
                wrong.push(format!("{} {name}={value}, is {actual}", element.path));
            }
        }
    }
    match (assertions, wrong.is_empty()) {
        (0, _) => Err("no element has an assertion".to_owned()),
        (_, true) => Ok(()),
        (_, false) => {
            let count = wrong.len();
            wrong.truncate(NAMED);
            Err(format!("{count} of {assertions}: {}", wrong.join("; ")))
        }
    }
}

/// What an element has.
enum Actual {
    Px(f64),
    Word(String),
}

impl Actual {
    fn is(&self, expected: &str) -> bool {
        match self {
            Actual::Px(px) => expected
                .trim()
                .parse::<f64>()
                .is_ok_and(|expected| (px - expected).abs() < TOLERANCE),
            Actual::Word(word) => word == expected,
        }
    }
}

impl std::fmt::Display for Actual {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Actual::Px(px) => write!(f, "{px}"),
            Actual::Word(word) => f.write_str(word),
        }
    }
}

/// What an attribute asks of an element; `None` if it is no assertion.
fn actual(element: &Inspected, attribute: &str) -> Option<Actual> {
    let side = |edges: [f64; 4], name: &str| {
        let names = ["top", "right", "bottom", "left"];
        Some(edges[names.iter().position(|one| *one == name)?])
    };
    // CSSOM View gives offset, client and scroll sizes as whole numbers.
    let px = match attribute {
        "data-offset-x" => element.offset[0].round(),
        "data-offset-y" => element.offset[1].round(),
        "data-expected-width" => element.offset[2].round(),
        "data-expected-height" => element.offset[3].round(),
        "data-total-x" => (element.client[0] + element.offset[0]).round(),
        "data-total-y" => (element.client[1] + element.offset[1]).round(),
        "data-expected-client-width" => element.client[2].round(),
        "data-expected-client-height" => element.client[3].round(),
        "data-expected-scroll-width" => element.scroll[0].round(),
        "data-expected-scroll-height" => element.scroll[1].round(),
        "data-expected-bounding-client-rect-width" => element.rect[2],
        "data-expected-bounding-client-rect-height" => element.rect[3],
        "data-expected-display" => return Some(Actual::Word(element.display.clone())),
        _ => {
            if let Some(name) = attribute.strip_prefix("data-expected-padding-") {
                side(element.padding, name)?
            } else {
                side(
                    element.margin,
                    attribute.strip_prefix("data-expected-margin-")?,
                )?
            }
        }
    };
    Some(Actual::Px(px))
}

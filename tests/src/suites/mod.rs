//! Public test suites, run as data: the figures behind `cargo xtask suites`.
//!
//! Stage: all.
//! In: a suite's folder and the list of expected failures. Out: a [`SuiteResult`].
//! Emits: nothing.
//! How it works: a file per suite gives its cases one after the other to a [`Score`].
//! Not here: printing (`xtask`), the data (`THRU_SUITES`).

mod against_chromium;
mod drawing;
mod engine;
mod fingerprints;
mod peer;
mod score;

pub mod check_layout;
pub mod dns;
pub mod html5lib;
pub mod manifest;
pub mod pages;
pub mod pcap;
pub mod url;
pub mod workers;
pub mod wpt;

pub use against_chromium::{Boxes, Compared, Grid, Worst, compare};
pub use engine::Engine;
pub use score::{Folder, Score, Skipped, SuiteResult, Unexpected};

use std::path::{Path, PathBuf};

/// The folder of the suites: `THRU_SUITES`, or `../shared/suites` beside the workspace.
pub fn data_folder() -> PathBuf {
    folder("THRU_SUITES", "../shared/suites")
}

/// The folder of Chromium's pictures: `THRU_ORACLE`, or `../shared/oracle`.
pub fn oracle_folder() -> PathBuf {
    folder("THRU_ORACLE", "../shared/oracle")
}

/// The folder of the five pages: `THRU_PAGES`, or `../shared/pages`.
pub fn pages_folder() -> PathBuf {
    folder("THRU_PAGES", "../shared/pages")
}

/// Whether a missing suite fails the tests: `THRU_REQUIRE_SUITES=1`.
pub fn are_required() -> bool {
    std::env::var_os("THRU_REQUIRE_SUITES").is_some_and(|value| value == "1")
}

/// The name of a test, with the reason if its data is missing and it is skipped for that.
pub fn name_of(name: &str, missing: bool, data: &str) -> String {
    match missing && !are_required() {
        true => format!("{name} (skipped: there is no data {data})"),
        false => name.to_owned(),
    }
}

/// What a worker of a suite does, if the words are those of one; see [`workers`].
pub fn work_if_asked(words: &[String]) -> bool {
    let [first, suite, rest @ ..] = words else {
        return false;
    };
    let (data, selection) = (data_folder(), manifest::Selection::from_words(rest));
    match (first.as_str(), suite.as_str()) {
        (workers::WORKER, "check-layout") => check_layout::work(&data, &selection),
        (workers::WORKER, suite) => match Engine::of_suite(suite) {
            Some(engine) => wpt::work(&data, &selection, engine),
            None => return false,
        },
        _ => return false,
    }
    true
}

/// The fonts of the reftests: the installed ones and Ahem.
fn wpt_fonts(data: &Path) -> Vec<thru_load::FontSource> {
    let mut fonts = drawing::fonts();
    if let Ok(octets) = std::fs::read(data.join("wpt/fonts/Ahem.ttf")) {
        fonts.push(thru_load::FontSource::new("Ahem.ttf", octets));
    }
    fonts
}

/// The same fonts as files.
fn wpt_font_paths(data: &Path) -> Vec<PathBuf> {
    let mut paths = drawing::font_paths();
    paths.push(data.join("wpt/fonts/Ahem.ttf"));
    paths
}

/// Where `cargo xtask peers` puts the peers' programs.
pub fn peers_folder() -> PathBuf {
    workspace_root().join("target/peers")
}

/// Where the pictures of a suite are written.
pub fn target_folder(suite: &str) -> PathBuf {
    workspace_root().join("target/suites").join(suite)
}

fn folder(variable: &str, beside: &str) -> PathBuf {
    match std::env::var_os(variable) {
        Some(folder) => PathBuf::from(folder),
        None => workspace_root().join(beside),
    }
}

/// Where the lists of expected failures lie.
pub fn expected_folder() -> PathBuf {
    workspace_root().join("tests/expected")
}

fn workspace_root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

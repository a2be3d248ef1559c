//! Public test suites, run as data: the figures behind `cargo xtask suites`.
//!
//! Stage: all.
//! In: a suite's folder and the list of expected failures. Out: a [`SuiteResult`].
//! Emits: nothing.
//! How it works: a file per suite gives its cases one after the other to a [`Score`].
//! Not here: printing (`xtask`), the data (`THRU_SUITES`).

mod score;

pub mod html5lib;
pub mod url;

pub use score::{Folder, Score, Skipped, SuiteResult, Unexpected};

use std::path::{Path, PathBuf};

/// The folder of the suites: `THRU_SUITES`, or `../shared/suites` beside the workspace.
pub fn data_folder() -> PathBuf {
    match std::env::var_os("THRU_SUITES") {
        Some(folder) => PathBuf::from(folder),
        None => workspace_root().join("../shared/suites"),
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

//! `cargo xtask suites NAME [--json]`: the figures of a public test suite.

use anyhow::{Result, bail};
use thru_tests::suites::{self, SuiteResult};

/// Runs a suite and prints its figures; fails if a case came otherwise than listed.
pub fn run(name: &str, json: bool) -> Result<()> {
    let data = suites::data_folder();
    let result = match name {
        "url" => suites::url::run(&data),
        "html5lib" => suites::html5lib::run(&data),
        _ => bail!("there is no suite {name} yet; there are: url html5lib"),
    };
    match json {
        true => println!("{}", serde_json::to_string_pretty(&result)?),
        false => print!("{}", text(&result)),
    }
    match result.is_as_expected() {
        true => Ok(()),
        false => bail!(
            "{} cases of {name} came otherwise than listed",
            result.unexpected.len()
        ),
    }
}

fn text(result: &SuiteResult) -> String {
    let mut text = format!(
        "{}: {} of {} pass, {} fail as listed, {} unexpected, {} skipped\n",
        result.suite,
        result.passed,
        result.total,
        result.failed_as_expected,
        result.unexpected.len(),
        result.skipped.len()
    );
    for (folder, counted) in &result.folders {
        text += &format!("  {folder}: {} of {}\n", counted.passed, counted.total);
    }
    for case in &result.unexpected {
        text += &format!("  unexpected  {}\n    {}\n", case.case, case.why);
    }
    for case in &result.skipped {
        text += &format!("  skipped  {}: {}\n", case.case, case.why);
    }
    text
}

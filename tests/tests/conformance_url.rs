//! The public URL suites; every disagreement of the url crate is listed in `expected/url.txt`.

use libtest_mimic::{Arguments, Trial};
use thru_tests::suites;

fn main() {
    let data = suites::data_folder();
    let required = std::env::var_os("THRU_REQUIRE_SUITES").is_some_and(|value| value == "1");
    let missing = !data.join("url").is_dir();
    let name = match missing && !required {
        true => "url suite (skipped: THRU_SUITES has no folder url)",
        false => "url suite",
    };
    let trial = Trial::test(name, move || {
        let result = suites::url::run(&data);
        let lines = result
            .unexpected
            .iter()
            .map(|case| format!("{}: {}", case.case, case.why));
        let skipped = result
            .skipped
            .iter()
            .map(|case| format!("{}: {}", case.case, case.why));
        let wrong: Vec<String> = lines.chain(skipped).collect();
        match wrong.is_empty() && result.total > 0 {
            true => Ok(()),
            false => Err(wrong.join("\n").into()),
        }
    });
    let trial = trial.with_ignored_flag(missing && !required);
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit();
}

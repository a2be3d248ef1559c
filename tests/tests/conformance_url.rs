//! The public URL suites; every disagreement of the url crate is listed in `expected/url.txt`.

use libtest_mimic::{Arguments, Trial};
use thru_tests::suites;

fn main() {
    let data = suites::data_folder();
    let missing = !data.join("url").is_dir();
    let trial = Trial::test(suites::name_of("url suite", missing, "url"), move || {
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
    let trial = trial.with_ignored_flag(missing && !suites::are_required());
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit();
}

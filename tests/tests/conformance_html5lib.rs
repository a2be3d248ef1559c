//! The public tree construction cases; every disagreement is listed in `expected/html5lib.txt`.

use libtest_mimic::{Arguments, Trial};
use thru_tests::suites;

fn main() {
    let data = suites::data_folder();
    let missing = !data.join("html5lib").is_dir();
    let name = "html5lib suite";
    let trial = Trial::test(suites::name_of(name, missing, "html5lib"), move || {
        let result = suites::html5lib::run(&data);
        let lines = result.unexpected.iter();
        let wrong: Vec<String> = lines
            .map(|case| format!("{}: {}", case.case, case.why))
            .collect();
        match wrong.is_empty() && result.passed > 0 {
            true => Ok(()),
            false => Err(wrong.join("\n").into()),
        }
    });
    let trial = trial.with_ignored_flag(missing && !suites::are_required());
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit();
}

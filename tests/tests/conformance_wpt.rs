//! A sample of the reftests and of the check-layout tests against the lists of expected failures.

use libtest_mimic::{Arguments, Failed, Trial};
use thru_tests::suites::manifest::{self, Selection};
use thru_tests::suites::{self, Engine, SuiteResult, check_layout, wpt};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if suites::work_if_asked(&words) {
        return;
    }
    let trials = vec![
        trial("wpt", "reftest", |selection| {
            wpt::run(&suites::data_folder(), selection, Engine::Ours).suite
        }),
        trial("check-layout", "checklayout", |selection| {
            check_layout::run(&suites::data_folder(), selection)
        }),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trial(suite: &str, kind: &str, run: fn(&Selection) -> SuiteResult) -> Trial {
    let sample = Selection {
        sample: true,
        ..Selection::default()
    };
    let missing = manifest::read(&suites::data_folder(), kind, &sample).is_empty();
    let name = suites::name_of(&format!("a sample of {suite}"), missing, "of the suite");
    let test = move || {
        let result = run(&sample);
        let unexpected = result.unexpected.iter();
        let wrong: Vec<String> = unexpected
            .map(|case| format!("{}: {}", case.case, case.why))
            .collect();
        match wrong.is_empty() && result.passed > 0 {
            true => Ok(()),
            false => Err(Failed::from(wrong.join("\n"))),
        }
    };
    Trial::test(name, test).with_ignored_flag(missing && !suites::are_required())
}

//! The resolver scenarios of Deckard and unbound; what is known to fail is in `expected/dns.txt`. A
//! scenario about a feature that was not asked for is passed over; `cargo xtask suites dns` names
//! each with the feature.

use libtest_mimic::{Arguments, Trial};
use thru_tests::suites;

fn main() {
    let data = suites::data_folder();
    let missing = !data.join("dns-unbound").is_dir();
    let name = suites::name_of("dns suite", missing, "dns-unbound");
    let trial = Trial::test(name, move || {
        let result = suites::dns::run(&data, &|_| true);
        let lines = result
            .unexpected
            .iter()
            .map(|case| format!("{}: {}", case.case, case.why));
        let wrong: Vec<String> = lines.collect();
        match wrong.is_empty() && result.total > 0 {
            true => Ok(()),
            false => Err(wrong.join("\n").into()),
        }
    });
    let trial = trial.with_ignored_flag(missing && !suites::are_required());
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit();
}

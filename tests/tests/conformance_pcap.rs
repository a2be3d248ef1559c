//! tcpdump's captures; every disagreement is listed in `expected/pcap.txt`, with who is right.

use libtest_mimic::{Arguments, Trial};
use thru_tests::suites;

fn main() {
    let data = suites::data_folder();
    let missing = !data.join("pcap-tcpdump").is_dir();
    let name = suites::name_of("pcap suite", missing, "pcap-tcpdump");
    let trial = Trial::test(name, move || {
        let result = suites::pcap::run(&data);
        let lines = result.unexpected.iter();
        let wrong: Vec<String> = lines
            .map(|case| format!("{}: {}", case.case, case.why))
            .collect();
        match wrong.is_empty() && result.total > 0 {
            true => Ok(()),
            false => Err(wrong.join("\n").into()),
        }
    });
    let trial = trial.with_ignored_flag(missing && !suites::are_required());
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit();
}

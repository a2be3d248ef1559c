//! The same world, hurt in many ways: every run ends loaded with the same picture, or with the code
//! that the loss explains. `THRU_SIM=all` hurts every frame; otherwise every sixteenth.

use libtest_mimic::{Arguments, Failed, Trial};
use std::{collections::BTreeMap, process::Command};
use throughline::Trip;
use thru_events::Code;
use thru_journal::encode;
use thru_lab::{FrameDamage, faults};
use thru_tests::situation::{Situation, digest, failure, picture};

/// Set in the second process: it prints the digest of its journal and ends.
const SECOND: &str = "THRU_SIM_DIGEST";

/// Every so many frames one is hurt, if not all are.
const STRIDE: usize = 16;

fn main() {
    if std::env::var_os(SECOND).is_some() {
        println!("{}", journal_digest(&Situation::default().run()));
        return;
    }
    let mut trials = vec![
        Trial::test("two_processes_write_the_same_journal", two_processes),
        Trial::test("another_seed_writes_another_journal", another_seed),
        Trial::test("each_frame_lost_in_turn", || {
            each_frame(|frame| FrameDamage::Drop { frame })
        }),
        Trial::test("one_bit_of_each_frame_flipped_in_turn", || {
            // Another octet of each frame, so that all headers and the data get their turn.
            each_frame(|frame| FrameDamage::FlipBit {
                frame,
                bit: (frame as usize).wrapping_mul(97),
            })
        }),
    ];
    for (code, _) in faults::BY_CODE {
        let name = format!("a_file_does_the_same_as_fault_{}", code.as_str());
        trials.push(Trial::test(name, || same_by_file(code.as_str())));
    }
    for (pair, expected, found) in PAIRS {
        let name = format!("{}_and_{}", pair[0], pair[1]);
        trials.push(Trial::test(name, || both(pair, *expected, found)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn journal_digest(trip: &Trip) -> String {
    let journal = trip.journal.as_ref().expect("recording is on");
    digest(&encode(journal, false))
}

fn two_processes() -> Result<(), Failed> {
    let here = journal_digest(&Situation::default().run());
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let second = Command::new(program).env(SECOND, "1").output();
    let second = second.map_err(|error| error.to_string())?;
    let there = String::from_utf8_lossy(&second.stdout).trim().to_owned();
    match here == there {
        true => Ok(()),
        false => Err(format!("here {here}, in the other process {there}").into()),
    }
}

fn another_seed() -> Result<(), Failed> {
    let mut other = Situation::default();
    other.lab.seed += 1;
    match journal_digest(&other.run()) == journal_digest(&Situation::default().run()) {
        true => Err("two seeds, one journal: the seed changes nothing".into()),
        false => Ok(()),
    }
}

/// Hurts one frame after the other and looks at what became of the trip.
fn each_frame(damage: fn(u64) -> FrameDamage) -> Result<(), Failed> {
    let whole = Situation::default().run();
    if let Some(code) = failure(&whole) {
        return Err(format!("unhurt it failed: {code}").into());
    }
    let all = std::env::var("THRU_SIM").is_ok_and(|value| value == "all");
    let stride = if all { 1 } else { STRIDE };
    let mut wrong = Vec::new();
    let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
    for frame in (1..=whole.frames).step_by(stride) {
        let trip = Situation::with_damage(damage(frame)).run();
        let outcome = match failure(&trip) {
            Some(code) => code.as_str().to_owned(),
            None if picture(&trip) == picture(&whole) => "loaded".to_owned(),
            None => "another picture".to_owned(),
        };
        // One frame is nothing that this world cannot mend: every layer asks again.
        if outcome != "loaded" {
            wrong.push(format!("frame {frame}: {outcome}"));
        }
        *outcomes.entry(outcome).or_default() += 1;
    }
    println!("{} frames, every {stride}: {outcomes:?}", whole.frames);
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(wrong.join("\n").into()),
    }
}

/// The verdict cannot see whether a fault was named: a file that says the same gives the same.
fn same_by_file(code: &str) -> Result<(), Failed> {
    let by_fault = Situation::with_faults(&[code]).run();
    let by_file = Situation::with_file_of(code).run();
    let (by_fault, by_file) = (by_fault.verdict, by_file.verdict);
    match by_fault == by_file {
        true => Ok(()),
        false => Err(format!("by fault {by_fault:?}\nby file {by_file:?}").into()),
    }
}

/// Two faults, the failure they lead to, and codes that are findings beside it.
type Pair = ([&'static str; 2], Option<Code>, &'static [Code]);

const PAIRS: &[Pair] = &[
    (
        ["firewall.drop=443", "app.exception"],
        Some(Code::FirewallDropped),
        &[Code::TcpTimedOut],
    ),
    (
        ["app.exception", "node.off=web-1"],
        Some(Code::AppError),
        &[Code::HttpError],
    ),
    (
        ["dns.no_delegation", "certificate.expired"],
        Some(Code::DnsNameNotResolved),
        &[],
    ),
];

fn both(pair: &[&str; 2], expected: Option<Code>, beside: &[Code]) -> Result<(), Failed> {
    let trip = Situation::with_faults(pair).run();
    let found = failure(&trip);
    if found != expected {
        return Err(format!("failure {found:?}, not {expected:?}").into());
    }
    let verdict = trip.verdict.as_ref().ok_or("recording is on")?;
    let findings: Vec<Code> = verdict
        .findings
        .iter()
        .map(|finding| finding.code)
        .collect();
    match beside.iter().all(|code| findings.contains(code)) {
        true => Ok(()),
        false => Err(format!("findings {findings:?} lack one of {beside:?}").into()),
    }
}

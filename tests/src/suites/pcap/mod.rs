//! The captures of tcpdump's own tests: our decoders read them without panic, and as tcpdump does.
//!
//! Stage: 03 to 05, and 02 for what port 53 carries.
//! In: captures (pcap and pcapng) and, for most, what tcpdump printed. Out: a score, a case a capture.
//! Emits: nothing.
//! How it works: `capture` gives the frames, `reading` decodes them and says each field in
//! tcpdump's notation, `printed` cuts tcpdump's text into frames. Where tcpdump prints a field that
//! we read too, the text must hold what we say; a checksum that we refuse must be one that tcpdump
//! calls wrong.
//! Not here: protocols that this project does not speak; their frames only must not panic.

mod capture;
mod printed;
mod reading;

use super::{Score, SuiteResult, expected_folder};
use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

/// Runs the suite in `data` (the folder that has `pcap-tcpdump/`).
pub fn run(data: &Path) -> SuiteResult {
    let mut score = Score::begin("pcap", &expected_folder());
    for path in captures(&data.join("pcap-tcpdump")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let folder = match path.with_extension("out").is_file() {
            true => "beside tcpdump's reading",
            false => "no panic",
        };
        score.case(folder, &name, one(&path));
    }
    score.end()
}

fn captures(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_capture = |path: &PathBuf| {
        let ending = path.extension().unwrap_or_default();
        ending == "pcap" || ending == "pcapng"
    };
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(is_capture)
        .collect();
    found.sort();
    found
}

/// One capture: every frame is decoded; where tcpdump printed it, both readings are compared.
fn one(path: &Path) -> Result<(), String> {
    let octets = fs::read(path).map_err(|error| error.to_string())?;
    let frames = capture::read(&octets);
    let text = fs::read(path.with_extension("out")).unwrap_or_default();
    let printed = printed::by_frame(&String::from_utf8_lossy(&text));
    for (index, frame) in frames.iter().enumerate() {
        let number = index + 1;
        let read = catch_unwind(AssertUnwindSafe(|| reading::read(frame)));
        let Ok(claims) = read else {
            return Err(format!("frame {number}: a decoder panicked"));
        };
        let Some(printed) = printed.get(&number) else {
            continue;
        };
        for claim in claims {
            claim
                .agrees_with(printed)
                .map_err(|why| format!("frame {number}: {why}"))?;
        }
    }
    Ok(())
}

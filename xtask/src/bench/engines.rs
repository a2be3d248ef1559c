//! The engines of the page benches: their programs, a picture by each, and CPU time by stage.

use super::{process::output, trace};
use crate::peers;
use anyhow::{Context, Result, bail};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};
use thru_events::{Entry, Event, Stage, paint::PaintEvent};
use thru_journal::Journal;

/// Viewport of the pictures, CSS px.
const VIEWPORT: (u32, u32) = (1280, 1024);

/// CPU milliseconds by stage: `parse style boxes text layout paint raster`, those that the engine
/// tells apart.
pub type Stages = BTreeMap<&'static str, f64>;

/// The stages of a page, in order.
pub const STAGES: [&str; 7] = [
    "parse", "style", "boxes", "text", "layout", "paint", "raster",
];

/// An engine that is at hand.
pub struct Engine {
    program: PathBuf,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ours,
    Chromium,
    Blitz,
}

/// This program, built by the bench.
pub fn ours(program: PathBuf) -> Engine {
    Engine {
        program,
        kind: Kind::Ours,
    }
}

/// An engine to measure against.
pub struct Peer {
    /// In words.
    pub name: &'static str,
    /// What stands behind the work in its rows: Chromium's rows are the ones without.
    pub mark: &'static str,
    /// What to do if it is not at hand.
    missing: &'static str,
    /// The engine, if it is at hand.
    pub engine: Option<Engine>,
}

/// Chromium, if it is installed, and Blitz, if it was built.
pub fn peers() -> [Peer; 2] {
    let engine = |kind, program| Engine { program, kind };
    [
        Peer {
            name: "Chromium",
            mark: "",
            missing: "peer missing: chromium is not installed",
            engine: peers::chromium().map(|name| engine(Kind::Chromium, PathBuf::from(name))),
        },
        Peer {
            name: "Blitz",
            mark: " (Blitz)",
            missing: "peer missing: Blitz is not built, see cargo xtask peers",
            engine: peers::blitz().map(|program| engine(Kind::Blitz, program)),
        },
    ]
}

impl Peer {
    /// The note of its rows.
    pub fn note(&self, how: &str) -> String {
        match self.engine {
            Some(_) => format!("peer: {}{how}", self.name),
            None => self.missing.to_owned(),
        }
    }
}

impl Engine {
    /// The command that draws the page at `url` into `scratch`.
    pub fn shot(&self, url: &str, scratch: &Path) -> Command {
        let picture = scratch.join(match self.kind {
            Kind::Ours => "ours.png",
            Kind::Chromium => "chromium.png",
            Kind::Blitz => "blitz.png",
        });
        let mut command = Command::new(&self.program);
        match self.kind {
            Kind::Ours => {
                command.args(["shot", url, "--fresh", "-o"]).arg(picture);
            }
            Kind::Blitz => {
                command.args(["shot", url, "-o"]).arg(picture);
            }
            Kind::Chromium => headless(&mut command, url, scratch, &picture),
        }
        command
    }

    /// CPU time by stage of one run.
    pub fn stages(&self, url: &str, scratch: &Path) -> Result<Stages> {
        match self.kind {
            Kind::Ours => self.recorded(url, scratch),
            Kind::Blitz => self.told(url, scratch),
            Kind::Chromium => self.traced(url, scratch),
        }
    }

    /// What the trip's own section of CPU times says: recording is on.
    fn recorded(&self, url: &str, scratch: &Path) -> Result<Stages> {
        let trip = scratch.join("stages.thru");
        let mut command = Command::new(&self.program);
        command
            .args(["load", url, "--fresh", "--record"])
            .arg(&trip);
        command.arg("--screenshot").arg(scratch.join("ours.png"));
        output(&mut command)?;
        let octets = std::fs::read(&trip).with_context(|| trip.display().to_string())?;
        let opened = thru_journal::open(&octets)?;
        // What is not part of the record is not needed again, and may be large.
        std::fs::remove_file(&trip)?;
        by_stage(&opened.journal)
    }

    /// What the program says on standard output.
    fn told(&self, url: &str, scratch: &Path) -> Result<Stages> {
        let mut command = self.shot(url, scratch);
        let told: BTreeMap<String, f64> = serde_json::from_str(&output(command.arg("--stages"))?)?;
        let known = STAGES.into_iter();
        Ok(known
            .filter_map(|stage| Some((stage, *told.get(stage)?)))
            .collect())
    }

    /// What Chromium's trace of the page's process says.
    fn traced(&self, url: &str, scratch: &Path) -> Result<Stages> {
        let file = scratch.join("trace.json");
        let mut command = self.shot(url, scratch);
        trace::ask(&mut command, &file);
        output(&mut command)?;
        let text = std::fs::read(&file).with_context(|| file.display().to_string())?;
        std::fs::remove_file(&file)?;
        trace::by_stage(&text, url)
    }
}

fn by_stage(journal: &Journal) -> Result<Stages> {
    let sum = |of: &dyn Fn(&Entry) -> bool| journal.cpu_nanos(of) as f64 / 1e6;
    let whole = |stage: Stage| sum(&|entry| entry.event.stage() == stage);
    let built = |entry: &Entry| {
        matches!(
            entry.event,
            Event::Paint(PaintEvent::DisplayListBuilt { .. })
        )
    };
    let written = |entry: &Entry| matches!(entry.event, Event::Paint(PaintEvent::Painted { .. }));
    if sum(&built) == 0.0 {
        bail!("the trip has no picture");
    }
    Ok(Stages::from([
        ("parse", whole(Stage::Dom)),
        ("style", whole(Stage::Cssom)),
        ("boxes", whole(Stage::RenderTree)),
        ("layout", whole(Stage::Layout)),
        ("paint", sum(&built)),
        // What is left is the writing of the picture as a file.
        ("raster", whole(Stage::Paint) - sum(&built) - sum(&written)),
    ]))
}

fn headless(command: &mut Command, url: &str, scratch: &Path, picture: &Path) {
    let profile = scratch.join("profile");
    let _ = std::fs::remove_dir_all(&profile);
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]);
    command
        .arg(format!("--window-size={},{}", VIEWPORT.0, VIEWPORT.1))
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(url);
}

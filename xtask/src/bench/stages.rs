//! `bench shot --stages`: CPU time by stage on the same pages, ours and the peers' in turn.
//!
//! Layout and text are one row: here a word is shaped when a line needs it, within layout.

use super::{
    Row,
    engines::Stages,
    median, row,
    shot::{Bench, PAGES},
};
use anyhow::Result;
use std::path::Path;

const ROUNDS: usize = 3;

/// Rows, and the stages that each adds up.
pub const ROWS: [(&str, &[&str]); 7] = [
    ("parse", &["parse"]),
    ("style", &["style"]),
    ("boxes", &["boxes"]),
    ("layout and text", &["text", "layout"]),
    ("paint", &["paint"]),
    ("raster", &["raster"]),
    (UNTIL_LAYOUT, &["parse", "style", "boxes", "text", "layout"]),
];

/// The row of everything before painting.
pub const UNTIL_LAYOUT: &str = "parse to layout";

/// The runs of a peer, and why one of them gave nothing.
#[derive(Default)]
struct Told {
    runs: Vec<Stages>,
    failed: Option<String>,
}

pub fn rows(root: &Path) -> Result<Vec<Row>> {
    let bench = Bench::start(root)?;
    let mut rows = Vec::new();
    for page in PAGES {
        rows.extend(page_rows(page, &bench)?);
    }
    Ok(rows)
}

fn page_rows(page: &str, bench: &Bench) -> Result<Vec<Row>> {
    let url = bench.url(page);
    let mut ours = Vec::new();
    let mut theirs: Vec<Told> = bench.peers.iter().map(|_| Told::default()).collect();
    for _ in 0..ROUNDS {
        ours.push(bench.ours.stages(&url, &bench.scratch)?);
        for (peer, told) in bench.peers.iter().zip(&mut theirs) {
            let run = peer.engine.as_ref();
            match run.map(|engine| engine.stages(&url, &bench.scratch)) {
                Some(Ok(stages)) => told.runs.push(stages),
                Some(Err(why)) => told.failed = Some(format!("{why:#}")),
                None => {}
            }
        }
    }
    let mut rows = Vec::new();
    for (name, parts) in ROWS {
        let own = figure(&ours, parts).unwrap_or_default();
        for (peer, told) in bench.peers.iter().zip(&theirs) {
            let work = format!("{page} {name}{}", peer.mark);
            let note = peer.note(&told.how(parts));
            rows.push(row(work, own, figure(&told.runs, parts), "ms", note));
        }
    }
    Ok(rows)
}

impl Told {
    /// How the figure of a row came about; where text is part of it, how much.
    fn how(&self, parts: &[&str]) -> String {
        let count = self.runs.len();
        let mut how =
            format!(", CPU of the stage, median of {count} in turn, ours with recording on");
        let text = figure(&self.runs, &["text"]).filter(|_| parts.contains(&"text"));
        how += &text.map_or(String::new(), |text| format!(", of it text {text:.1} ms"));
        let failed = self.failed.as_ref();
        how + &failed.map_or(String::new(), |why| format!("; a run failed: {why}"))
    }
}

/// The median over the runs of the sum of the parts that are told; `None` if none is.
pub fn figure(runs: &[Stages], parts: &[&str]) -> Option<f64> {
    let sum = |run: &Stages| {
        let told: Vec<f64> = parts
            .iter()
            .filter_map(|part| run.get(part).copied())
            .collect();
        (!told.is_empty()).then(|| told.iter().sum::<f64>())
    };
    let sums: Vec<f64> = runs.iter().filter_map(sum).collect();
    (!sums.is_empty()).then(|| median(sums))
}

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

/// How the figures came about.
const HOW: &str = ", CPU of the stage, median of 3 in turn, ours with recording on";

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
    let mut theirs: Vec<Vec<Stages>> = bench.peers.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        ours.push(bench.ours.stages(&url, &bench.scratch)?);
        for (peer, runs) in bench.peers.iter().zip(&mut theirs) {
            if let Some(engine) = &peer.engine {
                runs.push(engine.stages(&url, &bench.scratch)?);
            }
        }
    }
    let mut rows = Vec::new();
    for (name, parts) in ROWS {
        let own = figure(&ours, parts).unwrap_or_default();
        for (peer, runs) in bench.peers.iter().zip(&theirs) {
            let work = format!("{page} {name}{}", peer.mark);
            let note = peer.note(&how(runs, parts));
            rows.push(row(work, own, figure(runs, parts), "ms", note));
        }
    }
    Ok(rows)
}

/// Where text is part of a row, how much of the peer's figure it is.
fn how(runs: &[Stages], parts: &[&str]) -> String {
    let text = figure(runs, &["text"]).filter(|_| parts.contains(&"text"));
    match text {
        Some(text) => format!(", of it text {text:.1} ms{HOW}"),
        None => HOW.to_owned(),
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

//! How the page's stages grow with the page: an eighth, a quarter, a half and the whole of a figure.
//!
//! A row gives the CPU time from parsing to layout, and what the last row of a kind gives is the
//! power of n by which it grows: 1 is linear, 2 is quadratic.

use super::{
    Row, build,
    engines::{self, Engine, Stages},
    pages::{KINDS, Kind},
    row,
    stages::figure,
};
use anyhow::{Context, Result};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Parts of the whole that are measured.
const PARTS: [usize; 4] = [8, 4, 2, 1];

/// Runs of each page and engine; the least counts, since what disturbs only adds.
const RUNS: usize = 2;

/// Everything before painting.
const MEASURED: [&str; 5] = ["parse", "style", "boxes", "text", "layout"];

/// How the figures came about.
const HOW: &str = ", CPU from parsing to layout, least of 2 in turn, ours with recording on";

/// What came of one size: ours, then the peers in their order.
struct Size {
    n: usize,
    ours: Stages,
    peers: Vec<Result<Stages>>,
}

pub fn rows(root: &Path, only: &str) -> Result<Vec<Row>> {
    let ours = engines::ours(build(root, "thru", &[])?);
    let scratch = root.join("target/bench/growth");
    std::fs::create_dir_all(&scratch)?;
    let mut rows = Vec::new();
    for kind in KINDS.iter().filter(|kind| kind.name.contains(only)) {
        rows.extend(kind_rows(kind, &ours, &scratch)?);
    }
    Ok(rows)
}

fn kind_rows(kind: &Kind, ours: &Engine, scratch: &Path) -> Result<Vec<Row>> {
    let peers = engines::peers();
    let mut sizes = Vec::new();
    for part in PARTS {
        let n = kind.n / part;
        let page = write(kind, n, scratch)?;
        let url = format!("file://{}", page.display());
        let least = |engine: &Engine| least(engine, &url, scratch);
        let of_peers = peers.iter().map(|peer| match &peer.engine {
            Some(engine) => least(engine),
            None => Ok(Stages::new()),
        });
        sizes.push(Size {
            n,
            ours: least(ours)?,
            peers: of_peers.collect(),
        });
    }
    let mut rows = Vec::new();
    for (at, peer) in peers.iter().enumerate() {
        let theirs = |size: &Size| size.peers[at].as_ref().ok().and_then(sum);
        for size in &sizes {
            let work = format!("{} {}{}", kind.name, size.n, peer.mark);
            let own = sum(&size.ours).unwrap_or_default();
            let note = match &size.peers[at] {
                Ok(_) => peer.note(&format!("{HOW}; {}", by_stage(&size.ours))),
                Err(why) => format!("peer: {} gave no figure: {why:#}", peer.name),
            };
            rows.push(row(work, own, theirs(size), "ms", note));
        }
        let points = |of: &dyn Fn(&Size) -> Option<f64>| -> Vec<(f64, f64)> {
            let known = sizes
                .iter()
                .filter_map(|size| Some((size.n as f64, of(size)?)));
            known.collect()
        };
        let own = exponent(&points(&|size| sum(&size.ours))).unwrap_or(f64::NAN);
        let work = format!("{} growth{}", kind.name, peer.mark);
        rows.push(row(
            work,
            own,
            exponent(&points(&theirs)),
            "power",
            peer.note(""),
        ));
    }
    Ok(rows)
}

fn sum(stages: &Stages) -> Option<f64> {
    figure(std::slice::from_ref(stages), &MEASURED)
}

/// The stages in words, so that the one that grows is seen.
fn by_stage(stages: &Stages) -> String {
    let known = MEASURED.iter();
    let told = known.filter_map(|stage| Some(format!("{stage} {:.0}", stages.get(stage)?)));
    told.collect::<Vec<_>>().join(", ")
}

fn least(engine: &Engine, url: &str, scratch: &Path) -> Result<Stages> {
    let mut least: BTreeMap<_, f64> = engine.stages(url, scratch)?;
    for _ in 1..RUNS {
        for (stage, spent) in engine.stages(url, scratch)? {
            let known = least.entry(stage).or_insert(spent);
            *known = known.min(spent);
        }
    }
    Ok(least)
}

fn write(kind: &Kind, n: usize, scratch: &Path) -> Result<PathBuf> {
    let file = scratch.join(format!("{}-{n}.html", kind.name.replace(' ', "-")));
    std::fs::write(&file, kind.page(n)).with_context(|| file.display().to_string())?;
    Ok(std::path::absolute(&file)?)
}

/// The slope of the line through the logarithms, by least squares.
fn exponent(points: &[(f64, f64)]) -> Option<f64> {
    let points: Vec<(f64, f64)> = points
        .iter()
        .filter(|(_, spent)| *spent > 0.0)
        .map(|(n, spent)| (n.ln(), spent.ln()))
        .collect();
    if points.len() < 2 {
        return None;
    }
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let both: f64 = points
        .iter()
        .map(|point| (point.0 - x) * (point.1 - y))
        .sum();
    let square: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    Some(both / square)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_power_of_a_square_is_two() {
        let square: Vec<(f64, f64)> = (1..5).map(|n| (f64::from(n), f64::from(n * n))).collect();
        assert!((exponent(&square).unwrap() - 2.0).abs() < 1e-9);
        assert_eq!(exponent(&square[..1]), None);
    }
}

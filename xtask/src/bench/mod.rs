//! Measures the program and its peers in turn in one run, and prints ratios.
//!
//! Stage: the workshop.
//! In: the release build, the pages, peers that are installed. Out: rows of figures.
//! Emits: nothing.
//! How it works: whole processes are timed from outside: wall by the monotonic clock, CPU by what
//! the kernel charges, memory as the largest sum of PSS over the process tree.
//! Not here: timed assertions: a figure is told, never tested.

mod dns;
mod engines;
mod growth;
mod machine;
mod pages;
mod process;
mod record;
mod shot;
mod stages;
mod trace;
mod wire;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::{path::Path, process::Command};

/// One line of a bench (CLI contract).
#[derive(Debug, Serialize)]
pub struct Row {
    work: String,
    ours: f64,
    peer: Option<f64>,
    unit: &'static str,
    ratio: Option<f64>,
    note: String,
}

#[derive(Serialize)]
struct Report {
    bench: String,
    rows: Vec<Row>,
    machine: machine::Machine,
}

/// Runs the bench called `name`. `words` choose a part of it: `--stages` of `shot`, a part of the
/// names of what grows.
pub fn run(root: &Path, name: &str, words: &[&str], json: bool) -> Result<()> {
    let rows = match (name, words) {
        ("shot", []) => shot::rows(root)?,
        ("shot", ["--stages"]) => stages::rows(root)?,
        ("growth", []) => growth::rows(root, "")?,
        ("growth", [only]) => growth::rows(root, only)?,
        ("record", []) => record::rows(root)?,
        ("dns", []) => dns::rows(root)?,
        ("wire", []) => wire::rows(root, "")?,
        ("wire", [only]) => wire::rows(root, only)?,
        _ => bail!(
            "there are: bench shot [--stages], bench growth [PART], bench record, bench wire [PART], bench dns"
        ),
    };
    let report = Report {
        bench: name.to_owned(),
        rows,
        machine: machine::describe(),
    };
    if json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
    }
    Ok(())
}

fn print(report: &Report) {
    println!(
        "{:<34} {:>10} {:>10} {:<5} {:>6}",
        report.bench, "ours", "peer", "", "ratio"
    );
    for row in &report.rows {
        let or_dash = |figure: Option<f64>, digits: usize| match figure {
            Some(figure) => format!("{figure:.digits$}"),
            None => "–".to_owned(),
        };
        println!(
            "{:<34} {:>10.3} {:>10} {:<5} {:>6}  {}",
            row.work,
            row.ours,
            or_dash(row.peer, 3),
            row.unit,
            or_dash(row.ratio, 2),
            row.note
        );
    }
}

fn row(work: String, ours: f64, peer: Option<f64>, unit: &'static str, note: String) -> Row {
    Row {
        work,
        ours,
        peer,
        unit,
        ratio: peer.filter(|peer| *peer > 0.0).map(|peer| ours / peer),
        note,
    }
}

/// Builds the program in release, with `features` arguments, and gives the path of the binary: a
/// copy called `name`, as the next build with other features takes its place. What does not depend
/// on the features is built once.
fn build(root: &Path, name: &str, features: &[&str]) -> Result<std::path::PathBuf> {
    let folder = root.join("target/bench");
    let status = Command::new("cargo")
        .args(["build", "--release", "--quiet", "--package", "thru"])
        .arg("--target-dir")
        .arg(&folder)
        .args(features)
        .current_dir(root)
        .status()
        .context("cargo build")?;
    if !status.success() {
        bail!("the release build failed");
    }
    let copy = folder.join(name);
    std::fs::copy(folder.join("release/thru"), &copy).context("copy the program")?;
    Ok(copy)
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

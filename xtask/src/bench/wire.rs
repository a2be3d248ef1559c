//! What the wire carries and costs: our stack beside Linux's and smoltcp's, the lab at scale, and
//! the lab's share of a trip.
//!
//! The figures come from `lab/examples/wire` and `app/throughline/examples/lab_share`, built
//! optimised; what is missing here (namespaces, TAP devices) gives no row.

use super::{Row, row};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Parts, in the order of their rows.
const PARTS: [&str; 4] = ["goodput", "kernel", "stack", "scale"];

#[derive(Deserialize)]
struct Said {
    work: String,
    ours: f64,
    peer: Option<f64>,
    unit: String,
    note: String,
}

#[derive(Deserialize)]
struct Share {
    all_ms: f64,
    world_ms: f64,
    before_ms: f64,
}

/// The rows of every part, or of the one that is named.
pub fn rows(root: &Path, only: &str) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    if PARTS.iter().any(|part| part.contains(only)) {
        let program = example(root, "thru-lab", "wire")?;
        for part in PARTS.iter().filter(|part| part.contains(only)) {
            let said = output(Command::new(&program).arg(part))?;
            for line in said.lines().filter(|line| line.starts_with('{')) {
                rows.push(read(serde_json::from_str(line)?));
            }
        }
    }
    if "share".contains(only) {
        rows.push(share(root)?);
    }
    Ok(rows)
}

fn read(said: Said) -> Row {
    let (unit, more_is_better) = match said.unit.as_str() {
        "Mbit/s" => ("Mbit/s", true),
        "1/s" => ("1/s", true),
        "power" => ("power", false),
        "B" => ("B", false),
        _ => ("µs", false),
    };
    let mut row = row(said.work, said.ours, said.peer, unit, said.note);
    if more_is_better {
        row.ratio = row.ratio.map(|ratio| 1.0 / ratio);
    }
    row
}

fn share(root: &Path) -> Result<Row> {
    let program = example(root, "throughline", "lab_share")?;
    let said: Share = serde_json::from_str(&output(&mut Command::new(program))?)?;
    let Share {
        all_ms,
        world_ms,
        before_ms,
    } = said;
    let note = format!(
        "{world_ms:.1} of {all_ms:.1} ms CPU a demo, recorded and painted: stacks, wires, devices, scheduler; \
         building the lab and the visit before, with its servers, {before_ms:.1} ms more"
    );
    let part = world_ms / all_ms;
    Ok(row(
        "lab's share of a trip".to_owned(),
        part,
        None,
        "share",
        note,
    ))
}

/// Builds an example in release.
fn example(root: &Path, package: &str, name: &str) -> Result<PathBuf> {
    let folder = root.join("target/bench");
    let status = Command::new("cargo")
        .args(["build", "--release", "--quiet", "--package", package])
        .args(["--example", name, "--target-dir"])
        .arg(&folder)
        .current_dir(root)
        .status()
        .context("cargo build")?;
    if !status.success() {
        bail!("the release build of {name} failed");
    }
    Ok(folder.join("release/examples").join(name))
}

fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} ended with {}", output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

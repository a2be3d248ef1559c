//! What recording costs: on, off, and compiled out, on the trip with the most events there is.

use super::{Row, build, median, process::measure, row};
use anyhow::Result;
use std::{path::Path, process::Command};

const ROUNDS: usize = 9;

pub fn rows(root: &Path) -> Result<Vec<Row>> {
    let with = build(root, "thru", &[])?;
    let without = build(root, "thru-unrecorded", &["--features", "unrecorded"])?;
    let scratch = root.join("target/bench");
    let (mut on, mut off, mut out) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let shot = |thru: &Path| {
            let mut command = Command::new(thru);
            command
                .args(["shot", "https://shop.lab/", "--lab", "-o"])
                .arg(scratch.join("record.png"));
            command
        };
        let mut load = Command::new(&with);
        load.args(["load", "https://shop.lab/", "--lab", "--json"])
            .arg("--screenshot")
            .arg(scratch.join("record.png"))
            .arg("--record")
            .arg(scratch.join("record.thru"));
        let costs = [
            measure(&mut load)?,
            measure(&mut shot(&with))?,
            measure(&mut shot(&without))?,
        ];
        if round > 0 {
            on.push(costs[0].cpu);
            off.push(costs[1].cpu);
            out.push(costs[2].cpu);
        }
    }
    let (on, off, out) = (median(on), median(off), median(out));
    let note = |peer: &str| {
        format!(
            "a lab trip; peer: {peer}, median of {ROUNDS} in turn; CPU is charged in steps of 10 ms"
        )
    };
    Ok(vec![
        row(
            "recording on".to_owned(),
            on,
            Some(off),
            "s",
            note("recording off"),
        ),
        row(
            "recording off, emit compiled out".to_owned(),
            off,
            Some(out),
            "s",
            note("a build whose emit is compiled out"),
        ),
    ])
}

//! One process and its children, timed from outside.

use anyhow::{Context, Result};
use std::{
    collections::BTreeMap,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// How often the process tree is looked at.
const SAMPLE: Duration = Duration::from_millis(4);

/// Longest run; a longer one is ended and counts as failed.
const LIMIT: Duration = Duration::from_secs(60);

/// What one run cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Seconds from start to end.
    pub wall: f64,
    /// CPU seconds, user and system, of the process and the children it waited for.
    pub cpu: f64,
    /// Largest sum of PSS over the process tree, MB (10^6).
    pub memory: f64,
}

/// Runs `command` to its end.
pub fn measure(command: &mut Command) -> Result<Cost> {
    let before = children_cpu()?;
    let start = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("{command:?}"))?;
    let memory = watch(&mut child, start)?;
    let wall = start.elapsed().as_secs_f64();
    let cpu = children_cpu()? - before;
    Ok(Cost { wall, cpu, memory })
}

/// Runs `command` to its end, which has to be a success, and gives its standard output: a few
/// lines, which fit into a pipe.
pub fn output(command: &mut Command) -> Result<String> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("{command:?}"))?;
    let start = Instant::now();
    while child.try_wait()?.is_none() {
        if start.elapsed() > LIMIT {
            child.kill()?;
            child.wait()?;
            anyhow::bail!("not done after {} s", LIMIT.as_secs());
        }
        std::thread::sleep(SAMPLE);
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        anyhow::bail!("it ended with {}", output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Samples memory until the child has ended; gives the largest sum in MB.
fn watch(child: &mut Child, start: Instant) -> Result<f64> {
    let mut largest = 0.0_f64;
    loop {
        if child.try_wait()?.is_some() {
            return Ok(largest);
        }
        if start.elapsed() > LIMIT {
            child.kill()?;
            child.wait()?;
            anyhow::bail!("not done after {} s", LIMIT.as_secs());
        }
        largest = largest.max(tree_pss(child.id()));
        std::thread::sleep(SAMPLE);
    }
}

/// CPU seconds of all children that have ended and were waited for (getrusage(2)), read from the
/// kernel's own counters of this process.
fn children_cpu() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after = stat.rsplit_once(')').context("/proc/self/stat")?.1;
    let fields: Vec<&str> = after.split_whitespace().collect();
    // cutime and cstime, fields 16 and 17 of proc(5), in clock ticks of 1/100 s.
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
    Ok((ticks(13).unwrap_or_default() + ticks(14).unwrap_or_default()) / 100.0)
}

fn tree_pss(root: u32) -> f64 {
    let mut parents = BTreeMap::<u32, u32>::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        if let Some(parent) = parent_of(pid) {
            parents.insert(pid, parent);
        }
    }
    let belongs = |pid: u32| {
        let mut at = Some(pid);
        std::iter::from_fn(|| {
            let current = at?;
            at = parents.get(&current).copied();
            Some(current)
        })
        .take(64)
        .any(|ancestor| ancestor == root)
    };
    let family = parents.keys().filter(|pid| belongs(**pid));
    family.map(|pid| pss(*pid)).sum()
}

fn parent_of(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?
        .1
        .split_whitespace()
        .nth(1)?
        .parse()
        .ok()
}

fn pss(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("Pss:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kilobytes.unwrap_or_default() * 1024.0 / 1e6
}

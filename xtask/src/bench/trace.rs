//! Chromium's trace: CPU time of the main thread and the raster threads of the page's process.

use super::engines::Stages;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::{path::Path, process::Command};

/// Categories that have the stages.
const CATEGORIES: &str = "devtools.timeline,disabled-by-default-devtools.timeline,blink,cc";

/// What is added up for a stage, and what lies within it and belongs to another.
///
/// `UpdateLayoutTree` is the recalculation of styles and then the attaching of boxes; shaping lies
/// within `Layout`.
const PARTS: [(&str, &[&str], &[&str]); 7] = [
    ("parse", &["ParseHTML"], &[]),
    (
        "style",
        &["UpdateLayoutTree", "CSSParserImpl::parseStyleSheet"],
        &["Document::rebuildLayoutTree"],
    ),
    ("boxes", &["Document::rebuildLayoutTree"], &[]),
    ("text", &[SHAPE], &[]),
    ("layout", &["Layout"], &[SHAPE]),
    ("paint", &["PrePaint", "Paint", "Layerize", "Commit"], &[]),
    ("raster", &["RasterTask"], &[]),
];

const SHAPE: &str = "InlineNode::ShapeTextIncludingFirstLine";

#[derive(Deserialize)]
struct Trace {
    #[serde(rename = "traceEvents")]
    events: Vec<Slice>,
}

#[derive(Deserialize)]
struct Slice {
    name: String,
    #[serde(default)]
    pid: u64,
    /// CPU time of the thread, us.
    #[serde(default)]
    tdur: f64,
    #[serde(default)]
    args: serde_json::Value,
}

/// Asks a run for its trace.
pub fn ask(command: &mut Command, file: &Path) {
    command
        .arg(format!("--trace-startup={CATEGORIES}"))
        .arg(format!("--trace-startup-file={}", file.display()))
        .args(["--trace-startup-format=json", "--trace-startup-duration=60"]);
}

/// Milliseconds of CPU by stage in the process that parsed `url`.
pub fn by_stage(text: &[u8], url: &str) -> Result<Stages> {
    let trace: Trace = serde_json::from_slice(text).context("the trace")?;
    let parsed = |slice: &&Slice| {
        let of = &slice.args["beginData"]["url"];
        slice.name == "ParseHTML" && of.as_str() == Some(url)
    };
    let page = trace.events.iter().find(parsed);
    let page = page.context("no process of the trace parsed the page")?.pid;
    let slices = trace.events.iter().filter(|slice| slice.pid == page);
    let sum = |names: &[&str]| {
        let named = slices.clone().filter(|one| names.contains(&&*one.name));
        named.map(|one| one.tdur).sum::<f64>() / 1e3
    };
    let stages = PARTS.iter();
    Ok(stages
        .map(|(stage, of, without)| (*stage, (sum(of) - sum(without)).max(0.0)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_process_of_the_page_counts_and_shaping_is_no_layout() {
        let event = |name: &str, pid: u32, tdur: u32, url: &str| {
            let args = serde_json::json!({ "beginData": { "url": url } });
            serde_json::json!({ "name": name, "pid": pid, "tdur": tdur, "args": args })
        };
        let text = serde_json::json!({ "traceEvents": [
            event("ParseHTML", 7, 1000, ""),
            event("ParseHTML", 8, 2000, "file:///a.html"),
            event("Layout", 7, 9000, ""),
            event("Layout", 8, 5000, ""),
            event(SHAPE, 8, 3000, ""),
        ] });
        let stages = by_stage(text.to_string().as_bytes(), "file:///a.html").unwrap();
        assert_eq!(stages["parse"], 2.0);
        assert_eq!((stages["text"], stages["layout"]), (3.0, 2.0));
    }
}

//! One row, as a line of JSON.

use serde_json::json;
use thru_port::CpuClock;

/// Prints a row. `peer` is left out where there is none.
pub fn print(work: &str, ours: f64, peer: Option<f64>, unit: &str, note: &str) {
    println!(
        "{}",
        json!({ "work": work, "ours": ours, "peer": peer, "unit": unit, "note": note })
    );
}

/// CPU seconds that this process has used.
pub fn cpu_seconds() -> f64 {
    thru_host::ProcessCpu.nanos() as f64 / 1e9
}

/// The middle one.
pub fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}

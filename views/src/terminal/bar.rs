//! Bars on the trip's clock; CPU stages show their milliseconds instead.

use crate::rows::Row;
use thru_verdict::Clock;

/// Below this width there are no bars.
const NARROWEST: usize = 80;

pub(super) struct Scale {
    cells: usize,
    end_ms: f64,
}

impl Scale {
    pub(super) fn new(rows: &[Row], width: usize) -> Scale {
        let ends = rows
            .iter()
            .filter_map(|row| Some(row.start_ms? + row.duration_ms.unwrap_or_default()));
        Scale {
            cells: if width < NARROWEST { 0 } else { width / 4 },
            end_ms: ends.fold(1.0, f64::max),
        }
    }

    pub(super) fn draw(&self, row: &Row) -> String {
        if row.clock == Clock::Cpu {
            return self.cpu(row);
        }
        if self.cells == 0 {
            let duration = row.duration_ms.map(|ms| format!("{ms:>9.1} ms  "));
            return duration.unwrap_or_default();
        }
        let Some(start) = row.start_ms else {
            return " ".repeat(self.cells + 2);
        };
        let cell = |ms: f64| ((ms / self.end_ms * self.cells as f64) as usize).min(self.cells - 1);
        let from = cell(start);
        let to = cell(start + row.duration_ms.unwrap_or_default());
        let bar = if to > from {
            "━".repeat(to - from) + "╸"
        } else {
            "▏".to_owned()
        };
        let used = from + bar.chars().count();
        format!(
            "{}{bar}{}",
            " ".repeat(from),
            " ".repeat((self.cells + 2).saturating_sub(used))
        )
    }

    fn cpu(&self, row: &Row) -> String {
        let text = row
            .duration_ms
            .map(|ms| format!("{ms:.1} ms CPU"))
            .unwrap_or_default();
        format!("{text:>width$}  ", width = self.cells.max(12))
    }
}

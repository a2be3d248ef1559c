//! `thru doctor`: what can be seen on this machine.

use crate::exit::{self, Exit};
use thru_host::Sight;

/// Prints a line for each thing, and the line that changes it.
pub fn doctor() -> Exit {
    let findings = match thru_host::run(thru_host::examine()) {
        Ok(findings) => findings,
        Err(error) => {
            exit::complain(&format!("the runtime does not start: {error}"));
            return Exit::Own;
        }
    };
    for finding in findings {
        let mark = match finding.sight {
            Sight::Seen => "✓",
            Sight::Partly => "~",
            Sight::Unseen => "✗",
        };
        crate::answer!(line "{mark} {:<16} {}", finding.what, finding.found);
        if let Some(change) = finding.change {
            crate::answer!(line "  {:<16} → {change}", "");
        }
    }
    Exit::Loaded
}

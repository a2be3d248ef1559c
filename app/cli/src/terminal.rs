//! What the terminal can do.

use std::io::IsTerminal;
use thru_views::terminal::Terminal;

/// Columns where nobody says how many there are.
const USUAL_WIDTH: usize = 100;

/// stdout's width and colours: none with NO_COLOR, TERM=dumb or without a terminal.
pub fn of_stdout() -> Terminal {
    Terminal {
        width: width(),
        color: std::io::stdout().is_terminal() && wants_color(),
    }
}

/// Whether stderr shows progress to a person.
pub fn stderr_is_watched() -> bool {
    std::io::stderr().is_terminal() && std::env::var("TERM").as_deref() != Ok("dumb")
}

fn wants_color() -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !no_color && std::env::var("TERM").as_deref() != Ok("dumb")
}

fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok();
    let columns = columns.and_then(|columns| columns.parse().ok());
    columns.unwrap_or(USUAL_WIDTH).clamp(40, 400)
}

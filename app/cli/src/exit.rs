//! The exit statuses (CLI contract).

use throughline::Failure;
use thru_events::Code;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The page is there, or the question is answered.
    Loaded,
    /// A fault of this program.
    Own,
    /// The arguments make no sense, or name something that is not built.
    Usage,
    /// A file could not be read or written.
    File,
    /// The trip failed.
    Failed(Code),
    /// `--strict` and a finding that is broken.
    Strict,
    /// Ctrl-C.
    Interrupted,
    /// SIGTERM.
    Terminated,
}

impl Exit {
    /// The number.
    pub fn status(self) -> u8 {
        match self {
            Exit::Loaded => 0,
            Exit::Own => 1,
            Exit::Usage => 2,
            Exit::File => 3,
            Exit::Failed(code) => code.exit_status(),
            Exit::Strict => 70,
            Exit::Interrupted => 130,
            Exit::Terminated => 143,
        }
    }
}

/// Says what stopped the program before there was a trip.
pub fn stopped(failure: &Failure) -> Exit {
    complain(&failure.to_string());
    match failure {
        Failure::File(_) | Failure::NotATrip(_) => Exit::File,
        Failure::Usage(_) => Exit::Usage,
        Failure::Own(_) => Exit::Own,
    }
}

/// Refuses what the contract names and nobody has built yet.
pub fn not_built(what: &str) -> Exit {
    complain(&format!("{what} is not built yet"));
    Exit::Usage
}

/// Writes to stdout like `print!`; with `line` before it, like `println!`.
#[macro_export]
macro_rules! answer {
    (line $($words:tt)*) => { $crate::exit::to_stdout(format!($($words)*) + "\n") };
    ($($words:tt)*) => { $crate::exit::to_stdout(format!($($words)*)) };
}

/// Writes the answer. A stdout that takes nothing ends the program: nobody would see the rest. One
/// whose reader went away (`| head`) needs no word about it.
pub fn to_stdout(words: String) {
    use std::io::Write;
    let mut stdout = anstream::stdout().lock();
    let written = stdout
        .write_all(words.as_bytes())
        .and_then(|()| stdout.flush());
    if let Err(error) = written {
        if error.kind() != std::io::ErrorKind::BrokenPipe {
            complain(&format!("write to stdout: {error}"));
        }
        std::process::exit(Exit::File.status().into());
    }
}

/// One line on stderr.
pub fn complain(words: &str) {
    // What a peer said must not move the cursor.
    let words: String = words.chars().map(printable).collect();
    anstream::eprintln!("thru: {words}");
}

fn printable(character: char) -> char {
    match character {
        '\n' => character,
        control if control.is_control() => '\u{fffd}',
        other => other,
    }
}

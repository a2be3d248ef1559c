//! The command line: arguments in, a trip out, an exit status that says what failed.
//!
//! Stage: the near side, above everything.
//! In: arguments, files, Ctrl-C. Out: stdout is the answer, stderr is progress; files.
//! Emits: nothing.
//! How it works: `words` finds the command, `arguments` reads the options, one file a command;
//! `artifacts` writes what was asked for. Statuses are in `exit`.
//! Not here: what a load does (`throughline`, `load`), what it means (`verdict`).

mod arguments;
mod artifacts;
mod dns;
mod doctor;
mod exit;
mod explain;
mod interrupt;
mod lab;
mod lab_up;
mod load;
mod open;
mod options;
mod progress;
mod proxies;
mod redacted;
mod schema;
mod serve;
mod shot;
mod terminal;
mod topologies;
mod values;
mod why;
mod words;

use arguments::{Arguments, Command};
use clap::Parser;
use exit::Exit;
use std::process::ExitCode;

fn main() -> ExitCode {
    let given: Vec<_> = std::env::args_os().collect();
    if let Some((word, command)) = words::nearly_a_command(&given) {
        eprintln!("{word} is no command and is loaded as an address; did you mean thru {command}?");
    }
    let exit = match words::with_command(given) {
        Ok(words) if words.len() < 2 => usage(Arguments::try_parse_from(["thru", "--help"])),
        Ok(words) => match Arguments::try_parse_from(words) {
            Ok(arguments) => run(arguments.command),
            Err(error) => usage(Err(error)),
        },
        Err(command) => exit::not_built(&format!("the command {command}")),
    };
    ExitCode::from(exit.status())
}

fn run(command: Command) -> Exit {
    match command {
        Command::Load(arguments) => load::load(*arguments),
        Command::Demo(arguments) => load::demo(*arguments),
        Command::Shot(arguments) => shot::shot(*arguments),
        Command::Why(arguments) => why::why(*arguments),
        Command::Open(arguments) => open::open(arguments),
        Command::Explain { topic } => explain::explain(topic.as_deref()),
        Command::Dns { command } => dns::dns(command),
        Command::Doctor => doctor::doctor(),
        Command::Lab { command } => lab::lab(command),
        Command::Schema { of } => schema::schema(of),
        Command::Serve(arguments) => serve::serve(&arguments),
    }
}

/// What clap says: help and version go to stdout with 0, everything else to stderr with 2.
fn usage(read: Result<Arguments, clap::Error>) -> Exit {
    let Err(error) = read else {
        return Exit::Usage;
    };
    let _ = error.print();
    match error.use_stderr() {
        true => Exit::Usage,
        false => Exit::Loaded,
    }
}

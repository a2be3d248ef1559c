//! What the wire costs and carries: `cargo xtask bench wire` runs this and prints its rows.
//!
//! Stage: the workshop, over 03 to 05 and the lab.
//! In: a word: `scale`, `stack`, `goodput` or `kernel`. Out: a line of JSON for each row, on stdout.
//! Emits: nothing; recording is off.
//! How it works: a program of its own, so that an optimised build needs neither the page's stages
//! nor the terminal's. CPU is the process's own clock, memory what the allocator holds; neither
//! stands in an assertion.
//! Not here: the table of rows (`xtask/src/bench/wire.rs`).

mod goodput;
mod heap;
mod kernel;
mod places;
mod row;
mod scale;
#[path = "../../../net/stack/tests/small_stack/mod.rs"]
mod small_stack;
mod stack;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["scale"] => scale::rows(),
        ["stack"] => stack::rows(),
        ["goodput"] => goodput::rows(),
        ["kernel", rest @ ..] => return kernel::rows(rest),
        _ => {
            eprintln!("one word: scale, stack, goodput, kernel");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

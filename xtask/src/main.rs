//! The workshop: tidy, suites, bench. `cargo xtask` without arguments says how.

mod bench;
mod mutants;
mod peers;
mod suites;
mod tidy;

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

const USAGE: &str = "\
cargo xtask tidy                  the house rules that a program can check
cargo xtask suites NAME [--json]  url, html5lib, dns, pcap, pages, sites, wpt, check-layout
                                  (the last two take `all`, `sample` or a part of the paths;
                                  `wpt --engine blitz` runs the reftests with a peer)
cargo xtask bench NAME [--json]   shot [--stages], growth [PART], record
cargo xtask peers [blitz]         builds what is measured against, and says where it is
cargo xtask mutants ROOM [WORD]   03-link, 04-ip, 05-transport: breaks of rules, each caught by a conversation";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if thru_tests::suites::work_if_asked(&arguments) {
        return Ok(());
    }
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["tidy"] => tidy::run(&root()?),
        ["bench", name, rest @ ..] => {
            let words = rest.iter().copied().filter(|word| *word != "--json");
            let words: Vec<&str> = words.collect();
            bench::run(&root()?, name, &words, rest.contains(&"--json"))
        }
        ["peers"] => peers::run(&root()?, None),
        ["peers", name] => peers::run(&root()?, Some(name)),
        ["mutants", room] => mutants::run(&root()?, room, ""),
        ["mutants", room, word] => mutants::run(&root()?, room, word),
        ["suites", name, rest @ ..] => {
            let narrowing = rest.iter().filter(|word| **word != "--json");
            let narrowing: Vec<String> = narrowing.map(|word| (*word).to_owned()).collect();
            suites::run(name, &narrowing, rest.contains(&"--json"))
        }
        _ => bail!("{USAGE}"),
    }
}

/// The work tree: where the workspace's manifest is.
fn root() -> Result<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = manifest.parent().context("xtask lies in the workspace")?;
    Ok(root.to_path_buf())
}

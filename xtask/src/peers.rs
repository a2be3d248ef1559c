//! The engines that this one is measured against: `cargo xtask peers [NAME]`.
//!
//! Blitz is a program of `peers/blitz`, a workspace of its own that is built here and nowhere else.
//! Chromium is an installed package. Nothing of either is part of the program.

use anyhow::{Context, Result, bail};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use thru_tests::suites::Engine;

/// Names under which Chromium may be installed.
const CHROMIUM: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Builds the peers that are built, and says of each where it is or what is missing.
pub fn run(root: &Path, name: Option<&str>) -> Result<()> {
    if !matches!(name, None | Some("blitz")) {
        bail!(
            "there is no peer {}; there are: blitz",
            name.unwrap_or_default()
        );
    }
    if name.is_none() {
        match chromium() {
            Some(program) => println!("chromium: {}", version(program)),
            None => println!("chromium: missing; it is the package chromium"),
        }
    }
    let program = build_blitz(root)?;
    println!("blitz: {}", program.display());
    Ok(())
}

/// Chromium's program, if it is installed.
pub fn chromium() -> Option<&'static str> {
    CHROMIUM.into_iter().find(|name| {
        let mut command = Command::new(name);
        command.arg("--version");
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok()
    })
}

/// Blitz's program, if it was built.
pub fn blitz() -> Option<PathBuf> {
    Engine::Blitz.program().filter(|program| program.exists())
}

fn version(program: &str) -> String {
    let output = Command::new(program).arg("--version").output();
    let output = output.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).trim().to_owned()
}

/// The optimised build. What is on this machine is enough if all crates were fetched before;
/// otherwise they are fetched.
fn build_blitz(root: &Path) -> Result<PathBuf> {
    let manifest = root.join("peers/blitz/Cargo.toml");
    let folder = root.join("target/peers/blitz");
    let cargo = |more: &[&str]| {
        let mut command = Command::new("cargo");
        command.args(["build", "--release", "--locked", "--manifest-path"]);
        command.arg(&manifest).arg("--target-dir").arg(&folder);
        command.args(more);
        command
    };
    let offline = cargo(&["--offline", "--quiet"])
        .stderr(Stdio::null())
        .status();
    if !offline.context("cargo build")?.success() && !cargo(&[]).status()?.success() {
        bail!(
            "blitz was not built. What cargo says above is missing: either its crates, which are \
             fetched once from the registry (`cargo fetch --locked --manifest-path {}`), or a \
             compiler",
            manifest.display()
        );
    }
    let program = Engine::Blitz.program().context("Blitz is a program")?;
    std::fs::copy(folder.join("release/blitz-peer"), &program)
        .with_context(|| program.display().to_string())?;
    Ok(program)
}

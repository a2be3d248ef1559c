//! URL to picture, as a whole process, beside headless Chromium.

use super::{
    Row, build, median,
    process::{Cost, measure},
    row,
};
use anyhow::{Context, Result};
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

const PAGES: [&str; 4] = ["hello", "article", "grid", "big"];
const ROUNDS: usize = 5;

/// The other peer of the contract has no program of its own to install.
const BLITZ: &str = "Blitz is not installed";

/// A server that was started here, and is ended here.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn rows(root: &Path) -> Result<Vec<Row>> {
    let thru = build(root, "thru", &[])?;
    let pages = std::env::var_os("THRU_PAGES").map_or(root.join("../shared/pages"), PathBuf::from);
    let server = serve(&pages)?;
    let chromium = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| {
            Command::new(name)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok()
        });
    let scratch = root.join("target/bench/shots");
    std::fs::create_dir_all(&scratch)?;
    let mut rows = Vec::new();
    for page in PAGES {
        let url = format!("http://127.0.0.1:{}/{page}.html", server.port);
        rows.extend(page_rows(page, &url, &thru, chromium, &scratch)?);
    }
    Ok(rows)
}

fn page_rows(
    page: &str,
    url: &str,
    thru: &Path,
    chromium: Option<&str>,
    scratch: &Path,
) -> Result<Vec<Row>> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let mine = measure(
            Command::new(thru)
                .args(["shot", url, "--fresh", "-o"])
                .arg(scratch.join("ours.png")),
        )?;
        let peer = chromium
            .map(|name| measure(&mut chromium_shot(name, url, scratch)))
            .transpose()?;
        // The first round warms the caches of the machine and is not counted.
        if round > 0 {
            ours.push(mine);
            theirs.extend(peer);
        }
    }
    let note = match chromium {
        Some(name) => format!("peer: {name} --headless, median of {ROUNDS} in turn; {BLITZ}"),
        None => format!("peer missing: chromium is not installed; {BLITZ}"),
    };
    let figure = |costs: &[Cost], of: fn(&Cost) -> f64| median(costs.iter().map(of).collect());
    let make = |what: &str, unit: &'static str, of: fn(&Cost) -> f64| {
        let peer = (!theirs.is_empty()).then(|| figure(&theirs, of));
        row(
            format!("{page} {what}"),
            figure(&ours, of),
            peer,
            unit,
            note.clone(),
        )
    };
    Ok(vec![
        make("wall", "s", |cost| cost.wall),
        make("CPU", "s", |cost| cost.cpu),
        make("memory", "MB", |cost| cost.memory),
    ])
}

fn chromium_shot(name: &str, url: &str, scratch: &Path) -> Command {
    let mut command = Command::new(name);
    let profile = scratch.join("profile");
    let _ = std::fs::remove_dir_all(&profile);
    command
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .arg("--window-size=1280,1024")
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!(
            "--screenshot={}",
            scratch.join("theirs.png").display()
        ))
        .arg(url);
    command
}

fn serve(pages: &Path) -> Result<Server> {
    let port = std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port();
    let child = Command::new("python3")
        .args([
            "-m",
            "http.server",
            "--bind",
            "127.0.0.1",
            &port.to_string(),
            "--directory",
        ])
        .arg(pages)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("python3 -m http.server")?;
    let server = Server { child, port };
    for _ in 0..500 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(server);
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    anyhow::bail!("python3 -m http.server did not come up")
}

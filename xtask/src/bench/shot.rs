//! URL to picture, as a whole process, beside headless Chromium and Blitz.

use super::{
    Row, build,
    engines::{self, Engine, Peer},
    median,
    process::{Cost, measure},
    row,
};
use anyhow::{Context, Result};
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// The pages that are drawn.
pub const PAGES: [&str; 4] = ["hello", "article", "grid", "big"];
const ROUNDS: usize = 5;

/// How the figures came about.
const HOW: &str = ", whole process, median of 5 in turn";

/// What is measured: name, unit, and where it stands.
const FIGURES: [(&str, &str, fn(&Cost) -> f64); 3] = [
    ("wall", "s", |cost| cost.wall),
    ("CPU", "s", |cost| cost.cpu),
    ("memory", "MB", |cost| cost.memory),
];

/// The engines, and a server that has the pages.
pub struct Bench {
    /// This program.
    pub ours: Engine,
    /// What it is measured against.
    pub peers: [Peer; 2],
    /// Folder for pictures and profiles.
    pub scratch: PathBuf,
    server: Server,
}

impl Bench {
    /// Builds this program and starts the server.
    pub fn start(root: &Path) -> Result<Bench> {
        let ours = engines::ours(build(root, "thru", &[])?);
        let pages = std::env::var_os("THRU_PAGES");
        let pages = pages.map_or(root.join("../shared/pages"), PathBuf::from);
        let scratch = root.join("target/bench/shots");
        std::fs::create_dir_all(&scratch)?;
        Ok(Bench {
            ours,
            peers: engines::peers(),
            scratch,
            server: serve(&pages)?,
        })
    }

    /// Where a page is.
    pub fn url(&self, page: &str) -> String {
        format!("http://127.0.0.1:{}/{page}.html", self.server.port)
    }
}

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
    let bench = Bench::start(root)?;
    let mut rows = Vec::new();
    for page in PAGES {
        rows.extend(page_rows(page, &bench)?);
    }
    Ok(rows)
}

fn page_rows(page: &str, bench: &Bench) -> Result<Vec<Row>> {
    let url = bench.url(page);
    let mut ours = Vec::new();
    let mut theirs: Vec<Vec<Cost>> = bench.peers.iter().map(|_| Vec::new()).collect();
    for round in 0..=ROUNDS {
        // The first round warms the caches of the machine and is not counted.
        let counts = round > 0;
        let own = measure(&mut bench.ours.shot(&url, &bench.scratch))?;
        ours.extend(counts.then_some(own));
        for (peer, costs) in bench.peers.iter().zip(&mut theirs) {
            if let Some(engine) = &peer.engine {
                let cost = measure(&mut engine.shot(&url, &bench.scratch))?;
                costs.extend(counts.then_some(cost));
            }
        }
    }
    let mut rows = Vec::new();
    for (peer, costs) in bench.peers.iter().zip(&theirs) {
        for (what, unit, of) in FIGURES {
            let figure = |costs: &[Cost]| median(costs.iter().map(of).collect());
            let other = (!costs.is_empty()).then(|| figure(costs));
            let work = format!("{page} {what}{}", peer.mark);
            rows.push(row(work, figure(&ours), other, unit, peer.note(HOW)));
        }
    }
    Ok(rows)
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

//! A peer's program that draws pages: a line of orders a page, a header and the pixels as answer.
//!
//! A peer that ends in the middle of a page has failed that page and is started again for the next.
//! One that hangs is ended with the worker that waits for it: its orders end, and so does it.

use super::drawing::Drawn;
use super::engine::Draws;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The largest side of a picture that is read, px.
const MAX_SIDE: usize = 1 << 14;

/// The program and how it is started.
pub(super) struct Peer {
    program: PathBuf,
    root: PathBuf,
    fonts: Vec<PathBuf>,
    running: Option<Running>,
}

struct Running {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// `program worker ROOT FONT...`, started at the first page.
    pub(super) fn new(program: PathBuf, root: PathBuf, fonts: Vec<PathBuf>) -> Peer {
        Peer {
            program,
            root,
            fonts,
            running: None,
        }
    }

    fn start(&self) -> Result<Running, String> {
        let mut command = Command::new(&self.program);
        command.arg("worker").arg(&self.root).args(&self.fonts);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::null());
        let child = command.spawn();
        let mut child = child.map_err(|why| format!("{}: {why}", self.program.display()))?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (orders, output) = pipes.ok_or("the peer has no pipes")?;
        Ok(Running {
            child,
            orders,
            answers: BufReader::new(output),
        })
    }
}

impl Draws for Peer {
    fn draw(&mut self, path: &str, viewport: (u32, u32)) -> Result<Drawn, String> {
        let mut running = match self.running.take() {
            Some(running) => running,
            None => self.start()?,
        };
        match running.ask(path, viewport) {
            Ok(answer) => {
                self.running = Some(running);
                answer
            }
            Err(why) => {
                running.end();
                Err(format!("it crashed ({why})"))
            }
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.end();
        }
    }
}

impl Running {
    /// The outer error is the end of the peer, the inner one what it says of the page.
    fn ask(
        &mut self,
        path: &str,
        (width, height): (u32, u32),
    ) -> std::io::Result<Result<Drawn, String>> {
        writeln!(self.orders, "{path} {width} {height}")?;
        self.orders.flush()?;
        let mut header = String::new();
        self.answers.read_line(&mut header)?;
        let (word, rest) = header.trim_end().split_once(' ').unwrap_or_default();
        match (word, size(rest)) {
            ("ok", Some(size)) => {
                let mut rgba = vec![0; size.0 * size.1 * 4];
                self.answers.read_exact(&mut rgba)?;
                Ok(Ok(Drawn::pixels(size, rgba)))
            }
            ("failed", _) => Ok(Err(rest.to_owned())),
            _ => Err(std::io::Error::other("its answer makes no sense")),
        }
    }

    fn end(mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size(text: &str) -> Option<(usize, usize)> {
    let (width, height) = text.split_once(' ')?;
    let side = |text: &str| text.parse().ok().filter(|side| *side <= MAX_SIDE);
    Some((side(width)?, side(height)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A peer made of one shell command, which is given to `sh` in place of `worker`.
    fn peer(script: &str) -> (tempfile::TempDir, Peer) {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("peer");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        let peer = Peer::new(program, folder.path().to_owned(), Vec::new());
        (folder, peer)
    }

    #[test]
    fn pixels_follow_their_header() {
        let (_folder, mut peer) = peer("while read line; do printf 'ok 1 1\\nabcd'; done");
        for _ in 0..2 {
            let drawn = peer.draw("/a.html", (1, 1)).unwrap();
            assert_eq!((drawn.size, &drawn.rgba[..]), ((1, 1), &b"abcd"[..]));
        }
    }

    #[test]
    fn a_page_that_fails_says_why() {
        let (_folder, mut peer) = peer("while read line; do echo failed no \"$line\"; done");
        let why = peer.draw("/a b.html", (8, 6)).err().unwrap();
        assert_eq!(why, "no /a b.html 8 6");
    }

    #[test]
    fn a_peer_that_ends_is_started_again() {
        let (_folder, mut peer) = peer("read line; printf 'ok 1 1\\nab'");
        for _ in 0..2 {
            let why = peer.draw("/a.html", (1, 1)).err().unwrap();
            assert!(why.starts_with("it crashed"), "{why}");
        }
    }
}

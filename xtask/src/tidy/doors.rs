//! Only `net/host` and `app` touch sockets, files, the wall clock and OS randomness; stages print
//! nothing; the lab's cryptography is reached from the lab alone.

use super::{Breach, Source};

const FREE: [&str; 5] = ["net/host/", "app/", "xtask/", "tests/", "fuzz/"];

const DOORS: [(&str, &str); 15] = [
    ("std::fs", "files"),
    ("File::open", "files"),
    ("std::net::TcpStream", "sockets"),
    ("std::net::UdpSocket", "sockets"),
    ("TcpListener::bind", "sockets"),
    ("SystemTime::now", "the wall clock"),
    ("Instant::now", "the wall clock"),
    ("thread::sleep", "the wall clock"),
    ("tokio::net", "sockets"),
    ("tokio::fs", "files"),
    ("tokio::time", "the wall clock"),
    ("tokio::spawn", "the real system's reactor"),
    ("println!", "the terminal"),
    ("std::env::", "the environment"),
    ("getrandom::", "OS randomness"),
];

/// Looks for doors in rooms that have none, and for ways into the lab's cryptography.
pub fn check(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources {
        let free = FREE.iter().any(|room| source.path.starts_with(room));
        for (number, line) in production_lines(&source.text) {
            if !free && let Some((word, door)) = DOORS.iter().find(|(word, _)| line.contains(word))
            {
                let what = format!("`{word}`: only net/host and app touch {door}");
                breaches.push(source.breach(number, what));
            }
            if line.contains("thru_lab::crypto")
                && !["lab/", "xtask/"]
                    .iter()
                    .any(|room| source.path.starts_with(room))
            {
                let what = "the lab's cryptography is seeded: only the lab may use it";
                breaches.push(source.breach(number, what));
            }
        }
    }
    breaches
}

/// Lines before the test module, without comments.
pub fn production_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate();
    lines
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

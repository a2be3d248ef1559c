//! The key log: what decrypts a capture (the form of SSLKEYLOGFILE).

use rustls::KeyLog;
use std::sync::{Mutex, PoisonError};

/// Lines waited for between two steps; a step makes at most six.
const MAX_WAITING: usize = 64;

/// A label and its whole line.
pub(crate) type KeyLine = (String, String);

/// Keeps the lines of one step of one session, until the session takes them.
#[derive(Debug, Default)]
pub(crate) struct KeyLines {
    lines: Mutex<Vec<KeyLine>>,
}

impl KeyLines {
    /// Gives the lines away.
    pub(crate) fn take(&self) -> Vec<KeyLine> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *lines)
    }
}

impl KeyLog for KeyLines {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let line = format!("{label} {} {}", hex(client_random), hex(secret));
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() < MAX_WAITING {
            lines.push((label.to_owned(), line));
        }
    }
}

/// Lower-case hex digits.
pub(crate) fn hex(octets: &[u8]) -> String {
    use std::fmt::Write;
    octets.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

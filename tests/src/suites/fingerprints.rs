//! Coarse pictures of the references by Chromium: the guard of the reftests.

use super::against_chromium::Grid;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// One page as Chromium drew it.
pub struct Fingerprint {
    /// Every pixel has the same colour.
    pub blank: bool,
    background: [u8; 3],
    cells: Vec<[u8; 3]>,
}

#[derive(Deserialize)]
struct Line {
    path: String,
    #[serde(default)]
    blank: bool,
    bg: Option<String>,
    grid: Option<String>,
}

/// The pages by path.
pub fn read(oracle: &Path) -> BTreeMap<String, Fingerprint> {
    let text = std::fs::read_to_string(oracle.join("wpt-fingerprints.jsonl")).unwrap_or_default();
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Line>(line).ok());
    lines
        .filter_map(|line| {
            let cells = unpacked(line.grid.as_deref()?)?;
            let colour =
                u32::from_str_radix(line.bg.as_deref()?.trim_start_matches('#'), 16).ok()?;
            let [_, r, g, b] = colour.to_be_bytes();
            let print = Fingerprint {
                blank: line.blank,
                background: [r, g, b],
                cells,
            };
            Some((line.path, print))
        })
        .collect()
}

impl Fingerprint {
    /// How far a picture is off: 0 is the same, 1 as far as an empty page.
    pub fn ink(&self, ours: &Grid) -> f64 {
        let off = |(a, b): (&[u8; 3], &[u8; 3])| {
            let channels = a.iter().zip(b);
            channels
                .map(|(a, b)| f64::from(a.abs_diff(*b)))
                .sum::<f64>()
        };
        let wrong: f64 = ours.cells().iter().zip(&self.cells).map(off).sum();
        let there = self.cells.iter().map(|cell| (cell, &self.background));
        let there: f64 = there.map(off).sum();
        match (there > 0.0, wrong > 0.0) {
            (true, _) => wrong / there,
            (false, true) => f64::INFINITY,
            (false, false) => 0.0,
        }
    }
}

fn unpacked(text: &str) -> Option<Vec<[u8; 3]>> {
    let mut octets = Vec::new();
    let packed = from_base64(text)?;
    let mut reader = flate2::read::ZlibDecoder::new(&packed[..]);
    reader.read_to_end(&mut octets).ok()?;
    Some(octets.chunks_exact(3).map(|c| [c[0], c[1], c[2]]).collect())
}

/// RFC 4648 section 4.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for character in text.bytes().filter(|octet| *octet != b'=') {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            octets.push((bits >> count) as u8);
        }
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read() {
        assert_eq!(from_base64("TWFuIQ=="), Some(b"Man!".to_vec()));
        assert_eq!(from_base64("T*Fu"), None);
    }

    #[test]
    fn an_empty_page_has_an_ink_of_one() {
        let mut cells = vec![[255; 3]; 1200];
        cells[7] = [0, 128, 0];
        let print = Fingerprint {
            blank: false,
            background: [255; 3],
            cells,
        };
        let white = Grid::of(&[255; 800 * 600 * 4], 800, 600);
        assert_eq!(print.ink(&white), 1.0);
    }
}

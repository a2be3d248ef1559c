//! How near a picture and its boxes are to Chromium's: the figures of the oracle's `score.py`.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thru_load::ElementBox;

/// Side of a cell, px.
const CELL: usize = 20;

/// A cell is off if its mean colour differs by more than this, of 255.
const CELL_LIMIT: f64 = 24.0;

/// Pages with fewer boxes are counted apart.
const FEW_BOXES: usize = 10;

/// How many of the worst boxes are named.
const WORST: usize = 10;

/// A file `PAGE.boxes.json`.
#[derive(Clone, Debug, Deserialize)]
pub struct Boxes {
    /// The path of the page.
    pub page: String,
    /// Path, x, y, width, height.
    pub boxes: Vec<(String, f64, f64, f64, f64)>,
}

impl Boxes {
    fn by_path(&self) -> BTreeMap<&str, [f64; 4]> {
        let boxes = self.boxes.iter();
        boxes
            .map(|(path, x, y, w, h)| (path.as_str(), [*x, *y, *w, *h]))
            .collect()
    }
}

/// The mean colours of a picture's cells, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    size: (usize, usize),
    cells: Vec<[u8; 3]>,
}

impl Grid {
    /// The mean colours, row by row.
    pub(super) fn cells(&self) -> &[[u8; 3]] {
        &self.cells
    }

    /// From pixels of 4 octets, of which the last is not looked at.
    pub fn of(rgba: &[u8], width: usize, height: usize) -> Grid {
        let mut cells = Vec::new();
        for y in (0..height).step_by(CELL) {
            for x in (0..width).step_by(CELL) {
                let (right, bottom) = ((x + CELL).min(width), (y + CELL).min(height));
                let mut sums = [0u32; 3];
                for row in y..bottom {
                    for pixel in rgba[(row * width + x) * 4..(row * width + right) * 4].chunks(4) {
                        sums.iter_mut()
                            .zip(pixel)
                            .for_each(|(sum, value)| *sum += u32::from(*value));
                    }
                }
                let count = ((right - x) * (bottom - y)) as f64;
                cells.push(sums.map(|sum| (f64::from(sum) / count + 0.5) as u8));
            }
        }
        Grid {
            size: (width, height),
            cells,
        }
    }
}

/// The figures of one page.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Compared {
    /// Boxes that Chromium has.
    pub boxes: usize,
    /// Those of them that we have too.
    pub found: usize,
    /// Those of them that we do not have.
    pub missing: usize,
    /// Boxes that only we have.
    pub surplus: usize,
    /// Share of Chromium's boxes that agree within 1 px in all of x, y, w, h.
    pub within_1px: Option<f64>,
    /// The same within 4 px.
    pub within_4px: Option<f64>,
    /// Median of the greatest difference of each found box, px.
    pub median_off: Option<f64>,
    /// Fewer than ten boxes: one miss is a tenth of the page.
    pub few_boxes: bool,
    /// Share of the cells whose mean colour is off; none if the pictures differ in size.
    pub cells_off: Option<f64>,
    /// The worst boxes.
    pub worst: Vec<Worst>,
}

/// A box that lies elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Worst {
    /// Its path.
    pub path: String,
    /// The greatest difference, px.
    pub off: f64,
    /// x, y, w, h here.
    pub ours: [f64; 4],
    /// x, y, w, h in Chromium.
    pub theirs: [f64; 4],
}

/// Compares a page.
pub fn compare(
    ours: &[ElementBox],
    our_grid: &Grid,
    theirs: &Boxes,
    their_grid: &Grid,
) -> Compared {
    let known: BTreeMap<&str, [f64; 4]> = ours
        .iter()
        .map(|one| (one.path.as_str(), one.area))
        .collect();
    let theirs = theirs.by_path();
    let mut worst: Vec<Worst> = theirs
        .iter()
        .filter_map(|(path, area)| {
            let mine = known.get(path)?;
            let differences = mine.iter().zip(area).map(|(a, b)| (a - b).abs());
            Some(Worst {
                path: (*path).to_owned(),
                off: differences.fold(0.0, f64::max),
                ours: *mine,
                theirs: *area,
            })
        })
        .collect();
    worst.sort_by(|a, b| b.off.total_cmp(&a.off));
    let within = |limit: f64| {
        let near = worst.iter().filter(|one| one.off <= limit).count();
        (!theirs.is_empty()).then(|| rounded(near as f64 / theirs.len() as f64, 4))
    };
    let cells = our_grid.cells.iter().zip(&their_grid.cells);
    let wrong = cells.filter(|(a, b)| distance(a, b) > CELL_LIMIT).count();
    let offs: Vec<f64> = worst.iter().map(|one| one.off).collect();
    Compared {
        boxes: theirs.len(),
        found: worst.len(),
        missing: theirs.len() - worst.len(),
        surplus: known
            .keys()
            .filter(|path| !theirs.contains_key(*path))
            .count(),
        within_1px: within(1.0),
        within_4px: within(4.0),
        median_off: median(offs).map(|off| rounded(off, 2)),
        few_boxes: theirs.len() < FEW_BOXES,
        cells_off: (our_grid.size == their_grid.size)
            .then(|| rounded(wrong as f64 / their_grid.cells.len() as f64, 4)),
        worst: worst.into_iter().take(WORST).collect(),
    }
}

fn distance(a: &[u8; 3], b: &[u8; 3]) -> f64 {
    let sum: u32 = a
        .iter()
        .zip(b)
        .map(|(a, b)| u32::from(a.abs_diff(*b)))
        .sum();
    f64::from(sum) / 3.0
}

/// The median, of an even count the mean of the middle two.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        1 => values.get(middle).copied(),
        _ => Some((values.get(middle.checked_sub(1)?)? + values.get(middle)?) / 2.0),
    }
}

fn rounded(value: f64, digits: i32) -> f64 {
    let power = 10f64.powi(digits);
    (value * power).round() / power
}

#[cfg(test)]
#[path = "against_chromium_tests.rs"]
mod tests;

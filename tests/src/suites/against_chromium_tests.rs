use super::*;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Stands in for Pillow, for pictures in the PPM format: what `score.py` asks of it.
const PILLOW: &str = "\
class Band:
    def __init__(self, octets): self.octets = octets
    def tobytes(self): return self.octets
class Picture:
    def __init__(self, name):
        head, self.octets = open(name, 'rb').read().split(b'255\\n', 1)
        self.size = tuple(int(word) for word in head.split()[1:3])
    def convert(self, mode): return self
    def split(self): return [Band(self.octets[at::3]) for at in range(3)]
def open_picture(name): return Picture(name)
class Image:
    open = staticmethod(open_picture)
";

/// A picture that is not the same anywhere.
fn picture(width: usize, height: usize, seed: usize) -> Vec<u8> {
    let pixels = (0..width * height).flat_map(|at| {
        let value = |factor: usize| ((at * factor + seed * (at % 97)) % 251) as u8;
        [value(3), value(7), value(11), 255]
    });
    pixels.collect()
}

fn write_ppm(path: &Path, rgba: &[u8], width: usize, height: usize) {
    let mut file = format!("P6 {width} {height} 255\n").into_bytes();
    file.extend(rgba.chunks(4).flat_map(|pixel| pixel[..3].to_vec()));
    std::fs::write(path, file).expect("a scratch file can be written");
}

fn boxes(rows: &[(&str, f64)]) -> Vec<ElementBox> {
    rows.iter()
        .map(|(path, x)| ElementBox {
            path: (*path).to_owned(),
            area: [*x, 2.0, 30.25, 40.0],
        })
        .collect()
}

fn as_json(boxes: &[ElementBox]) -> Value {
    let rows: Vec<Value> = boxes
        .iter()
        .map(|one| json!([one.path, one.area[0], one.area[1], one.area[2], one.area[3]]))
        .collect();
    json!({ "page": "/", "boxes": rows })
}

/// The oracle's scorer, or `None` where it or Python is missing.
fn scorer() -> Option<PathBuf> {
    let script = crate::suites::oracle_folder().join("score.py");
    let python = Command::new("python3")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    (script.is_file() && python.is_ok()).then_some(script)
}

#[test]
fn the_figures_are_those_of_the_scorer() {
    let Some(script) = scorer() else {
        eprintln!("skipped: no score.py in THRU_ORACLE, or no python3");
        return;
    };
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = |name: &str| folder.path().join(name);
    let (width, height) = (70, 45);
    let mine = picture(width, height, 1);
    let mut other = picture(width, height, 90);
    // The upper rows are black on one side: some cells are off and some are not.
    other[..4 * width * 20].fill(0);
    let ours = boxes(&[("a", 0.0), ("b", 5.0), ("c", 13.0), ("only ours", 1.0)]);
    let theirs = boxes(&[("a", 1.0), ("b", 2.0), ("c", 3.0), ("only theirs", 1.0)]);
    write_ppm(&file("ours"), &mine, width, height);
    write_ppm(&file("theirs"), &other, width, height);
    std::fs::create_dir(file("PIL")).expect("a scratch folder");
    std::fs::write(file("PIL/__init__.py"), PILLOW).expect("a scratch file");
    for (name, boxes) in [("ours.json", &ours), ("theirs.json", &theirs)] {
        std::fs::write(file(name), as_json(boxes).to_string()).expect("a scratch file");
    }
    let output = Command::new("python3")
        .env("PYTHONPATH", folder.path())
        .arg(script)
        .arg("site")
        .args(["ours", "ours.json", "theirs", "theirs.json"].map(file))
        .output()
        .expect("python3 runs");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let scored: Value = serde_json::from_slice(&output.stdout).expect(&words);
    let theirs: Boxes = serde_json::from_value(as_json(&theirs)).expect("boxes");
    let compared = compare(
        &ours,
        &Grid::of(&mine, width, height),
        &theirs,
        &Grid::of(&other, width, height),
    );
    let some_are_off = compared
        .cells_off
        .is_some_and(|share| share > 0.0 && share < 1.0);
    assert!(some_are_off, "{:?}", compared.cells_off);
    let compared = serde_json::to_value(compared).expect("figures are JSON");
    assert_eq!(compared, scored);
}

#[test]
fn an_equal_page_is_wholly_right_and_an_empty_one_wholly_wrong() {
    let rows: Vec<(String, f64)> = (0..12)
        .map(|at| (format!("p{at}"), f64::from(at)))
        .collect();
    let rows: Vec<(&str, f64)> = rows.iter().map(|(path, x)| (path.as_str(), *x)).collect();
    let ours = boxes(&rows);
    let theirs: Boxes = serde_json::from_value(as_json(&ours)).expect("boxes");
    let grid = Grid::of(&[255; 4 * 40 * 40], 40, 40);
    let black = Grid::of(&[0; 4 * 40 * 40], 40, 40);
    let same = compare(&ours, &grid, &theirs, &grid);
    assert_eq!((same.within_1px, same.cells_off), (Some(1.0), Some(0.0)));
    assert!(!same.few_boxes);
    let empty = compare(&[], &black, &theirs, &grid);
    assert_eq!((empty.within_4px, empty.cells_off), (Some(0.0), Some(1.0)));
    assert_eq!((empty.missing, empty.median_off), (12, None));
}

//! Pages drawn here beside Chromium's pictures and boxes: the suites `pages` and `sites`.

use super::against_chromium::{Boxes, Compared, Grid, compare, median};
use super::{Score, SuiteResult, drawing, expected_folder};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use thru_load::FontSource;

/// The viewport of the pages and sites.
const VIEWPORT: (u32, u32) = (1280, 1024);

/// A page and where Chromium's picture of it is.
#[derive(Clone, Debug)]
pub struct Case {
    /// The site; empty for the suite `pages`.
    pub site: String,
    /// Path from the document root, with its slash.
    pub page: String,
    /// The document root.
    pub root: PathBuf,
    /// Chromium's boxes; the picture lies beside, with another ending.
    pub boxes: PathBuf,
}

impl Case {
    /// The name in lists and results.
    pub fn name(&self) -> String {
        format!("{}{}", self.site, self.page)
    }

    /// Whether it belongs to the sample that the test runner draws: one of sixteen.
    pub fn is_in_sample(&self) -> bool {
        let digest = Sha256::digest(self.name().as_bytes());
        digest.last().is_some_and(|octet| octet & 0xf == 0)
    }
}

/// The figures of a suite of pages.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PagesResult {
    /// A page passes if it was drawn at all.
    #[serde(flatten)]
    pub suite: SuiteResult,
    /// Medians over the pages with enough boxes.
    pub medians: Medians,
    /// Medians over the pages with few boxes.
    pub few_boxes: Medians,
    /// By name of the page.
    pub pages: BTreeMap<String, Compared>,
}

/// Medians over pages.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Medians {
    /// How many pages.
    pub pages: usize,
    /// Median of `within_1px`.
    pub within_1px: Option<f64>,
    /// Median of `within_4px`.
    pub within_4px: Option<f64>,
    /// Median of `cells_off`.
    pub cells_off: Option<f64>,
}

impl Medians {
    fn of<'a>(pages: impl Iterator<Item = &'a Compared> + Clone) -> Medians {
        let by =
            |value: fn(&Compared) -> Option<f64>| median(pages.clone().filter_map(value).collect());
        Medians {
            pages: pages.clone().count(),
            within_1px: by(|page| page.within_1px),
            within_4px: by(|page| page.within_4px),
            cells_off: by(|page| page.cells_off),
        }
    }
}

/// The five pages.
pub fn five(pages: &Path, oracle: &Path) -> Vec<Case> {
    cases_in("", pages, &oracle.join("pages"))
}

/// The pages of the sites that Chromium's pictures are there of.
pub fn of_sites(data: &Path, oracle: &Path) -> Vec<Case> {
    let sites = entries(&oracle.join("sites")).into_iter();
    sites
        .flat_map(|folder| {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            cases_in(
                &name,
                &data.join("sites").join(&*name).join("root"),
                &folder,
            )
        })
        .collect()
}

fn cases_in(site: &str, root: &Path, folder: &Path) -> Vec<Case> {
    let files = entries(folder).into_iter();
    files
        .filter(|file| file.to_string_lossy().ends_with(".boxes.json"))
        .filter_map(|boxes| {
            Some(Case {
                site: site.to_owned(),
                page: read_boxes(&boxes).ok()?.page,
                root: root.to_owned(),
                boxes,
            })
        })
        .collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn read_boxes(file: &Path) -> Result<Boxes, String> {
    let text = std::fs::read(file).map_err(|why| format!("{}: {why}", file.display()))?;
    serde_json::from_slice(&text).map_err(|why| format!("{}: {why}", file.display()))
}

/// Draws the cases on every core and compares; pictures go to `pictures`.
pub fn run(suite: &str, cases: &[Case], pictures: &Path) -> PagesResult {
    let fonts = drawing::fonts();
    let done: Mutex<Vec<(usize, Result<Compared, String>)>> = Mutex::new(Vec::new());
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        loop {
            let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(case) = cases.get(at) else { return };
            let compared = one(case, &fonts, pictures);
            if let Ok(mut done) = done.lock() {
                done.push((at, compared));
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(at, _)| *at);
    summed(suite, cases, done)
}

fn summed(
    suite: &str,
    cases: &[Case],
    done: Vec<(usize, Result<Compared, String>)>,
) -> PagesResult {
    let mut score = Score::begin(suite, &expected_folder());
    let mut pages = BTreeMap::new();
    for (at, compared) in done {
        let case = &cases[at];
        let folder = if case.site.is_empty() {
            suite
        } else {
            &case.site
        };
        score.case(
            folder,
            &case.page,
            compared.as_ref().map(|_| ()).map_err(Clone::clone),
        );
        pages.insert(case.name(), compared.unwrap_or_else(|_| nothing(case)));
    }
    PagesResult {
        suite: score.end(),
        medians: Medians::of(pages.values().filter(|page| !page.few_boxes)),
        few_boxes: Medians::of(pages.values().filter(|page| page.few_boxes)),
        pages,
    }
}

/// The figures of a page that was not drawn.
fn nothing(case: &Case) -> Compared {
    let grid = Grid::of(&[], 0, 0);
    read_boxes(&case.boxes).map_or_else(
        |_| Compared::default(),
        |theirs| Compared {
            cells_off: Some(1.0),
            ..compare(&[], &grid, &theirs, &grid)
        },
    )
}

fn one(case: &Case, fonts: &[FontSource], pictures: &Path) -> Result<Compared, String> {
    let theirs = read_boxes(&case.boxes)?;
    let file = case.boxes.to_string_lossy().replace(".boxes.json", ".png");
    let chromium = image::open(&file).map_err(|why| format!("{file}: {why}"))?;
    let chromium = chromium.to_rgba8();
    let (width, height) = (chromium.width() as usize, chromium.height() as usize);
    let their_grid = Grid::of(chromium.as_raw(), width, height);
    let page = drawing::Page {
        root: case.root.clone(),
        path: case.page.clone(),
        viewport: VIEWPORT,
        inspect: None,
    };
    let drawn = drawing::draw(&page, fonts)?;
    let our_grid = Grid::of(&drawn.rgba, drawn.size.0, drawn.size.1);
    let compared = compare(&drawn.boxes, &our_grid, &theirs, &their_grid);
    write(case, &drawn, Path::new(&file), pictures).map_err(|why| why.to_string())?;
    Ok(compared)
}

/// Writes our picture and boxes, and Chromium's picture beside them.
fn write(
    case: &Case,
    drawn: &drawing::Drawn,
    chromium: &Path,
    pictures: &Path,
) -> std::io::Result<()> {
    let folder = pictures.join(&case.site);
    std::fs::create_dir_all(&folder)?;
    let name = case.boxes.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.trim_end_matches(".boxes.json");
    std::fs::write(folder.join(format!("{stem}.ours.png")), drawn.png())?;
    std::fs::copy(chromium, folder.join(format!("{stem}.chromium.png")))?;
    let rows = drawn.boxes.iter().map(|one| {
        let [x, y, w, h] = one.area;
        (&one.path, x, y, w, h)
    });
    let boxes: Vec<_> = rows.collect();
    let (width, height) = drawn.document;
    let page = &case.page;
    let json = serde_json::json!({ "page": page, "document": [width, height], "boxes": boxes });
    std::fs::write(
        folder.join(format!("{stem}.ours.boxes.json")),
        json.to_string(),
    )
}

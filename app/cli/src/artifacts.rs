//! The files that a trip leaves.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use throughline::Trip;
use thru_events::{NodeId, Vantage};
use thru_journal::Journal;
use thru_views::{json::Artifacts, pcapng, report};

/// Which files are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The saved trip.
    pub record: Option<PathBuf>,
    /// The picture.
    pub screenshot: Option<PathBuf>,
    /// The report.
    pub report: Option<PathBuf>,
    /// The frames.
    pub pcapng: Option<PathBuf>,
    /// The node at which frames are taken; else the browser's machine.
    pub tap: Option<String>,
    /// The boxes.
    pub boxes: Option<PathBuf>,
    /// Whether `pcapng` was asked for by name: then its absence is a failure.
    pub frames_are_asked_for: bool,
}

impl Wanted {
    /// Puts what is not named elsewhere into `folder`, which is made.
    pub fn place_in(&mut self, folder: &Path) -> Result<(), String> {
        fs::create_dir_all(folder)
            .map_err(|error| format!("make the folder {}: {error}", folder.display()))?;
        let put = |place: &mut Option<PathBuf>, name: &str| {
            place.get_or_insert_with(|| folder.join(name));
        };
        put(&mut self.record, "trip.thru");
        put(&mut self.screenshot, "page.png");
        put(&mut self.report, "trip.html");
        put(&mut self.pcapng, "trip.pcapng");
        put(&mut self.boxes, "boxes.json");
        Ok(())
    }

    /// Writes what can be made of `trip` beside the record, which was written as it happened.
    pub fn write(&self, trip: &Trip, secrets: bool) -> Result<Artifacts, String> {
        let mut written = Artifacts::new();
        let mut note = |kind: &str, path: &Path| {
            written.insert(kind.to_owned(), path.display().to_string());
        };
        if let Some(path) = &self.record {
            note("record", path);
        }
        let picture = trip.loaded.picture.as_ref();
        let png = picture.map(thru_load::Picture::png);
        match (&self.screenshot, &png) {
            (Some(path), Some(png)) => {
                write(path, png, false)?;
                note("screenshot", path);
            }
            (Some(path), None) => note_older(path),
            (None, _) => {}
        }
        if let (Some(path), None) = (&self.boxes, picture) {
            note_older(path);
        }
        if let (Some(path), Some(picture)) = (&self.boxes, picture) {
            let viewport = trip.journal.as_ref().map(|journal| journal.header.viewport);
            let url = &trip.loaded.url;
            let boxes = crate::shot::boxes(picture, url, viewport.unwrap_or_default());
            write(path, boxes.as_bytes(), false)?;
            note("boxes", path);
        }
        let (Some(journal), Some(verdict)) = (&trip.journal, &trip.verdict) else {
            return Ok(written);
        };
        if let Some(path) = &self.report {
            let html = report::report(journal, verdict);
            write(path, html.as_bytes(), false)?;
            note("report", path);
        }
        if let Some(path) = &self.pcapng {
            let at = match &self.tap {
                Some(node) => node_of(journal, node)?,
                None => Vantage::Near,
            };
            match pcapng::pcapng(journal, at, secrets) {
                Ok(capture) => {
                    // Frames of the host world hold cookies where nothing encrypts them.
                    write(path, &capture, secrets || journal.header.holds_secrets)?;
                    note("pcapng", path);
                }
                Err(why) if self.frames_are_asked_for => return Err(why.to_string()),
                Err(_) => {}
            }
        }
        Ok(written)
    }
}

/// Where the node of a name is. The browser's machine is near, as in the journal.
fn node_of(journal: &Journal, name: &str) -> Result<Vantage, String> {
    let header = &journal.header;
    let topology = header.topology.as_deref().map(thru_lab::Topology::parse);
    if let Some(Ok(topology)) = topology
        && topology.near == name
    {
        return Ok(Vantage::Near);
    }
    let number = header.nodes.iter().position(|node| node == name);
    number
        .map(|number| Vantage::Node(NodeId(number as u16)))
        .ok_or_else(|| {
            if header.nodes.is_empty() {
                return format!(
                    "--tap {name}: outside the lab frames are taken at this machine alone"
                );
            }
            format!(
                "--tap {name}: there is no such node; there are: {}",
                header.nodes.join(", ")
            )
        })
}

/// Makes the folder in which `file` will be, before a trip is made whose file could not be written, and
/// says so: it may be a slip of the pen.
pub fn make_folder_of(file: &Path) -> Result<(), String> {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.exists() => {
            fs::create_dir_all(folder)
                .map_err(|error| format!("make the folder {}: {error}", folder.display()))?;
            crate::exit::complain(&format!("made the folder {}", folder.display()));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Says that a file is of an earlier trip: this one has no picture. Nobody's file is removed.
pub fn note_older(path: &Path) {
    // `-` is stdout, and a device has no earlier trip.
    if path.is_file() {
        let name = path.display();
        crate::exit::complain(&format!(
            "this trip has no picture; {name} is of an earlier one"
        ));
    }
}

/// Writes a whole file; `-` is stdout. `private` files are the owner's alone.
pub fn write(path: &Path, octets: &[u8], private: bool) -> Result<(), String> {
    if path == Path::new("-") {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(octets).and_then(|()| stdout.flush());
        return written.map_err(|error| format!("write to stdout: {error}"));
    }
    let mut file = create(path, private)?;
    file.write_all(octets)
        .map_err(|error| format!("write {}: {error}", path.display()))
}

/// Opens a file to be written from its beginning.
pub fn create(path: &Path, private: bool) -> Result<fs::File, String> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    if private {
        options.mode(0o600);
    }
    let file = options
        .open(path)
        .map_err(|error| format!("write {}: {error}", path.display()))?;
    if private {
        use std::os::unix::fs::PermissionsExt;
        // A file that was there before keeps its mode otherwise.
        let _ = file.set_permissions(fs::Permissions::from_mode(0o600));
    }
    Ok(file)
}

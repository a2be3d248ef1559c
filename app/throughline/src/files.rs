//! The user's files, for `file:` URLs and for paths that were typed.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};
use thru_load::Files;
use thru_url::OnDisk;

/// Files of the machine.
pub(crate) struct DiskFiles;

impl Files for DiskFiles {
    fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, String> {
        let about = fs::metadata(path).map_err(|error| error.to_string())?;
        if about.is_dir() {
            return Err("it is a folder; name a file in it".to_owned());
        }
        if !about.is_file() {
            // Opening a pipe would wait for whoever writes into it.
            return Err("it is a device or a pipe".to_owned());
        }
        let file = fs::File::open(path).map_err(|error| error.to_string())?;
        let mut octets = Vec::new();
        let mut reader = file.take(limit + 1);
        let read = reader.read_to_end(&mut octets);
        read.map_err(|error| error.to_string())?;
        match octets.len() as u64 > limit {
            true => Err(format!("it has more than {limit} octets")),
            false => Ok(octets),
        }
    }

    fn on_disk(&self, typed: &str) -> OnDisk {
        let path = Path::new(typed);
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        let absolute = text(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
        match fs::canonicalize(path) {
            Ok(there) if there.is_dir() => OnDisk::Folder(text(there)),
            Ok(there) => OnDisk::File(text(there)),
            Err(_) => OnDisk::Nothing(absolute),
        }
    }
}

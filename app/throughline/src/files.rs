//! The user's files, for `file:` URLs and for paths that were typed.

use std::{fs, io::Read, path::Path};
use thru_load::Files;

/// Files of the machine.
pub(crate) struct DiskFiles;

impl Files for DiskFiles {
    fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, String> {
        let file = fs::File::open(path).map_err(|error| error.to_string())?;
        let about = file.metadata().map_err(|error| error.to_string())?;
        if about.is_dir() {
            return Err("it is a folder".to_owned());
        }
        let mut octets = Vec::new();
        let mut reader = file.take(limit + 1);
        let read = reader.read_to_end(&mut octets);
        read.map_err(|error| error.to_string())?;
        match octets.len() as u64 > limit {
            true => Err(format!("it has more than {limit} octets")),
            false => Ok(octets),
        }
    }

    fn existing(&self, typed: &str) -> Option<String> {
        let path = Path::new(typed);
        if !path.is_file() {
            return None;
        }
        let absolute = fs::canonicalize(path).ok()?;
        absolute.to_str().map(str::to_owned)
    }
}

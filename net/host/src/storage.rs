//! The program's own named files: a folder under the user's cache folder.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};
use thru_events::Time;
use thru_port::{Change, LocalFuture, PortFailure, Storage};

/// Files in one folder. Replaced as a whole: written beside and renamed.
#[derive(Clone, Debug)]
pub struct FolderStorage {
    folder: PathBuf,
}

impl FolderStorage {
    /// `$XDG_CACHE_HOME/throughline`, else `~/.cache/throughline`; `None` without either.
    pub fn of_the_user() -> Option<FolderStorage> {
        let cache = std::env::var_os("XDG_CACHE_HOME")
            .filter(|folder| !folder.is_empty())
            .map(PathBuf::from)
            .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))?;
        Some(FolderStorage::at(cache.join("throughline")))
    }

    /// A folder of one's own choice; made when first written.
    pub fn at(folder: PathBuf) -> FolderStorage {
        FolderStorage { folder }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Why nothing could be written there: it is tried, and what was made for it is taken away again.
    pub fn obstacle(&self) -> Option<String> {
        let missing: Vec<&Path> = self
            .folder
            .ancestors()
            .take_while(|folder| !folder.exists())
            .collect();
        let tried = fs::create_dir_all(&self.folder).and_then(|()| {
            let file = self.folder.join(".tried");
            fs::File::create(&file)?;
            fs::remove_file(&file)
        });
        for made in missing {
            let _ = fs::remove_dir(made);
        }
        tried.err().map(|error| error.to_string())
    }

    fn place(&self, name: &str) -> io::Result<PathBuf> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{name:?} is no name of a kept file"),
            ));
        }
        Ok(self.folder.join(name))
    }

    /// Reads, changes and replaces, under a lock that ends with the process. The new file is
    /// written beside the old one, on the disk before it takes its name.
    fn replace(&self, name: &str, change: Change) -> io::Result<()> {
        let place = self.place(name)?;
        fs::create_dir_all(&self.folder)?;
        let lock = fs::File::create(self.folder.join(format!(".{name}.lock")))?;
        lock.lock()?;
        let old = match fs::read(&place) {
            Ok(octets) => Some(octets),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let beside = self.folder.join(format!(".{name}.new"));
        let mut file = fs::File::create(&beside)?;
        file.write_all(&change(old))?;
        file.sync_data()?;
        fs::rename(&beside, &place)
    }
}

fn failed(error: &io::Error, operation: &'static str) -> PortFailure {
    crate::errno::failure(error, operation, None, Time::ZERO, None)
}

impl Storage for FolderStorage {
    fn read(&self, name: &str) -> LocalFuture<Result<Option<Vec<u8>>, PortFailure>> {
        let read = match self.place(name).and_then(fs::read) {
            Ok(octets) => Ok(Some(octets)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&error, "read a kept file")),
        };
        Box::pin(std::future::ready(read))
    }

    fn change(&self, name: &str, change: Change) -> LocalFuture<Result<(), PortFailure>> {
        let written = self
            .replace(name, change)
            .map_err(|error| failed(&error, "write a kept file"));
        Box::pin(std::future::ready(written))
    }
}

/// `--fresh`: reads nothing that was kept and keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct ForgetfulStorage;

impl Storage for ForgetfulStorage {
    fn read(&self, _name: &str) -> LocalFuture<Result<Option<Vec<u8>>, PortFailure>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn change(&self, _name: &str, _change: Change) -> LocalFuture<Result<(), PortFailure>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_leaves_the_folder() {
        let storage = FolderStorage::at(PathBuf::from("folder"));
        for name in ["", ".", "../up", "a/b", ".hidden"] {
            assert!(storage.place(name).is_err(), "{name:?}");
        }
        assert_eq!(
            storage.place("dns-cache.v1").unwrap(),
            PathBuf::from("folder/dns-cache.v1")
        );
    }
}

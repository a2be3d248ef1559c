//! Installed fonts, as mapped bytes, and the fonts that come with the program.

use std::{
    fs::{self, File},
    io,
    os::fd::AsRawFd,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Deepest folder below a font folder that is looked into.
pub const MAX_FOLDER_DEPTH: usize = 8;
/// Most font files that are taken.
pub const MAX_FONT_FILES: usize = 4096;

/// One font file. The bytes are mapped, so that an unused font costs no memory.
#[derive(Clone)]
pub struct FontFile {
    /// Where it is; a made-up name for those that come with the program.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: Arc<dyn AsRef<[u8]> + Send + Sync>,
}

impl std::fmt::Debug for FontFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "FontFile({}, {})",
            self.path.display(),
            (*self.bytes).as_ref().len()
        )
    }
}

/// The folders that are looked through, in order.
pub fn folders() -> Vec<PathBuf> {
    let mut folders = vec![
        PathBuf::from("/usr/share/fonts"),
        PathBuf::from("/usr/local/share/fonts"),
    ];
    if let Some(home) = std::env::var_os("HOME").map(PathBuf::from) {
        folders.push(home.join(".local/share/fonts"));
        folders.push(home.join(".fonts"));
    }
    folders
}

/// Every font file of the usual folders, sorted by path. Unreadable ones are passed over.
pub fn installed() -> Vec<FontFile> {
    let mut paths = Vec::new();
    for folder in folders() {
        walk(&folder, 0, &mut paths);
    }
    paths.sort();
    paths.iter().filter_map(|path| open(path).ok()).collect()
}

/// One font file (`--font`).
pub fn open(path: &Path) -> io::Result<FontFile> {
    Ok(FontFile {
        path: path.to_owned(),
        bytes: Arc::new(Mapped::open(path)?),
    })
}

/// The fonts that come with the program, for the lab and for a machine without any:
/// serif, sans and mono, under free licences.
pub fn built_in() -> Vec<FontFile> {
    let sans: &'static [u8] = epaint_default_fonts::UBUNTU_LIGHT;
    let ours = typst_assets::fonts().chain([sans]).enumerate();
    ours.map(|(number, bytes)| FontFile {
        path: PathBuf::from(format!("built-in-{number}")),
        bytes: Arc::new(bytes),
    })
    .collect()
}

fn walk(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) {
    let Ok(lines) = fs::read_dir(folder) else {
        return;
    };
    for path in lines.flatten().map(|line| line.path()) {
        if paths.len() >= MAX_FONT_FILES {
            return;
        }
        if path.is_dir() && depth < MAX_FOLDER_DEPTH {
            walk(&path, depth + 1, paths);
        } else if is_font(&path) {
            paths.push(path);
        }
    }
}

fn is_font(path: &Path) -> bool {
    let end = path.extension().and_then(|end| end.to_str()).unwrap_or("");
    ["ttf", "otf", "ttc", "otc"]
        .iter()
        .any(|font| end.eq_ignore_ascii_case(font))
}

/// A file mapped for reading.
struct Mapped {
    start: *mut libc::c_void,
    length: usize,
}

// SAFETY: the mapping is private and only read.
unsafe impl Send for Mapped {}
// SAFETY: as above.
unsafe impl Sync for Mapped {}

impl Mapped {
    fn open(path: &Path) -> io::Result<Mapped> {
        let file = File::open(path)?;
        let length = usize::try_from(file.metadata()?.len()).unwrap_or(0);
        if length == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "an empty file"));
        }
        // SAFETY: a fresh private read-only mapping of an open file; it outlives the descriptor.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                length,
                libc::PROT_READ,
                libc::MAP_PRIVATE,
                file.as_raw_fd(),
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Mapped { start, length })
    }
}

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: the mapping has `length` octets and lives as long as `self`.
        unsafe { std::slice::from_raw_parts(self.start.cast(), self.length) }
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        // SAFETY: exactly the mapping made in `open`.
        unsafe { libc::munmap(self.start, self.length) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_fonts_are_fonts() {
        let fonts = built_in();
        assert!(fonts.len() > 4);
        for font in fonts {
            let bytes = (*font.bytes).as_ref();
            assert!(
                bytes.starts_with(&[0, 1, 0, 0]) || bytes.starts_with(b"OTTO"),
                "{}",
                font.path.display()
            );
        }
    }
}

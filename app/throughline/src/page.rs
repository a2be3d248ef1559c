//! Window and fonts, as the loader wants them.

use crate::{Failure, Options};
use std::rc::Rc;
use thru_host::fonts::{self, FontFile};
use thru_layout::text::FontSource;
use thru_load::{InstalledFonts, PageOptions, WorkTime};

/// With the fonts of this machine, and the program's own if it has none.
pub(crate) fn of_the_host(options: &Options) -> Result<Option<PageOptions>, Failure> {
    if !options.paint {
        return Ok(None);
    }
    let mut files = fonts::installed();
    if files.is_empty() {
        files = fonts::built_in();
    }
    with(options, files).map(Some)
}

/// With the program's own fonts only: the lab never sees what is installed.
pub(crate) fn of_the_lab(options: &Options) -> Result<Option<PageOptions>, Failure> {
    if !options.paint {
        return Ok(None);
    }
    with(options, fonts::built_in()).map(Some)
}

fn with(options: &Options, files: Vec<FontFile>) -> Result<PageOptions, Failure> {
    let page = &options.page;
    let source = |file: FontFile| FontSource {
        name: file.path.display().to_string(),
        bytes: file.bytes,
    };
    let mut sources: Vec<FontSource> = files.into_iter().map(source).collect();
    for path in &page.fonts {
        let file = fonts::open(path)
            .map_err(|error| Failure::File(format!("read {}: {error}", path.display())))?;
        let given = source(file);
        if !given.is_a_font() {
            return Err(Failure::File(format!(
                "--font {}: this is no TrueType or OpenType font",
                path.display()
            )));
        }
        sources.push(given);
    }
    let fonts = Rc::new(InstalledFonts::new(sources));
    Ok(PageOptions {
        time: WorkTime {
            working: options.working.clone(),
            ..WorkTime::default()
        },
        boxes: page.boxes,
        viewport: page.viewport,
        scale: page.scale,
        full_page: page.full_page,
        inspect: page.inspect.clone(),
        ..PageOptions::new(fonts)
    })
}

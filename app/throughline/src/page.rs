//! Window and fonts, as the loader wants them.

use crate::{Failure, Options};
use thru_load::PageOptions;

/// With the fonts of this machine, and the program's own if it has none.
pub(crate) fn of_the_host(options: &Options) -> Result<Option<PageOptions>, Failure> {
    let _ = &options.page;
    Ok(None)
}

/// With the program's own fonts only: the lab never sees what is installed.
pub(crate) fn of_the_lab(options: &Options) -> Result<Option<PageOptions>, Failure> {
    let _ = &options.page;
    Ok(None)
}

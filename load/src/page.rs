//! Placeholder until the page stages land.

use crate::{Fetch, Fetched};
use thru_events::Failed;
use thru_port::Port;

/// Window and fonts.
#[derive(Clone, Debug)]
pub struct PageOptions {}

/// What was painted.
#[derive(Clone, Debug, Default)]
pub struct Picture {}

/// Builds the picture.
pub async fn build(
    _fetch: &dyn Fetch,
    _document: Fetched,
    _options: &PageOptions,
    _port: &dyn Port,
) -> Result<Picture, Failed> {
    Ok(Picture {})
}

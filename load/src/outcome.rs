use crate::Picture;
use std::path::PathBuf;
use thru_events::{Cause, Failed, Stage};

/// What became of a load.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Where the document came from in the end; what was typed, if that is no URL.
    pub url: String,
    /// Why the trip failed, and where.
    pub failure: Option<(Stage, Failed)>,
    /// What went wrong and does not fail the trip.
    pub findings: Vec<(Stage, Failed)>,
    /// The picture, if there is one.
    pub picture: Option<Picture>,
    /// For a URL that is none: the text and a caret under the wrong character.
    pub caret: Option<String>,
    /// For a `file:` URL: the file that could not be read.
    pub unreadable: Option<PathBuf>,
    /// Ctrl-C came first.
    pub interrupted: bool,
    /// `TripEvent::Ended`, when recording.
    pub ended: Cause,
}

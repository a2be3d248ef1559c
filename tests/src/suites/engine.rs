//! What draws the pages of the reftests: this program, or a peer that is measured by the same rules.

use super::drawing::{self, Drawn};
use super::peer::Peer;
use std::path::{Path, PathBuf};
use thru_load::FontSource;

/// An engine that can be chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// This program.
    #[default]
    Ours,
    /// Blitz, by the program of `peers/blitz`.
    Blitz,
}

impl Engine {
    /// The engine that `--engine NAME` means.
    pub fn named(name: &str) -> Option<Engine> {
        match name {
            "ours" => Some(Engine::Ours),
            "blitz" => Some(Engine::Blitz),
            _ => None,
        }
    }

    /// The name of the reftests with this engine, also of the folder of their results.
    pub fn suite(self) -> &'static str {
        match self {
            Engine::Ours => "wpt",
            Engine::Blitz => "wpt-blitz",
        }
    }

    /// The engine of a suite of reftests.
    pub fn of_suite(suite: &str) -> Option<Engine> {
        [Engine::Ours, Engine::Blitz]
            .into_iter()
            .find(|engine| engine.suite() == suite)
    }

    /// The peer's program; `None` for ours, which draws in the runner itself.
    pub fn program(self) -> Option<PathBuf> {
        match self {
            Engine::Ours => None,
            Engine::Blitz => Some(super::peers_folder().join("blitz-peer")),
        }
    }

    /// Made ready to draw the pages below `root` with the fonts of the reftests.
    pub(super) fn start(self, data: &Path, root: PathBuf) -> Box<dyn Draws> {
        match self.program() {
            None => Box::new(Here {
                fonts: super::wpt_fonts(data),
                root,
            }),
            Some(program) => Box::new(Peer::new(program, root, super::wpt_font_paths(data))),
        }
    }
}

/// Draws one page after the other.
pub(super) trait Draws {
    /// The picture of the viewport of a page, by its path from the root, with its slash.
    fn draw(&mut self, path: &str, viewport: (u32, u32)) -> Result<Drawn, String>;
}

/// This program, in this process.
struct Here {
    fonts: Vec<FontSource>,
    root: PathBuf,
}

impl Draws for Here {
    fn draw(&mut self, path: &str, viewport: (u32, u32)) -> Result<Drawn, String> {
        let page = drawing::Page {
            root: self.root.clone(),
            path: path.to_owned(),
            viewport,
            inspect: None,
        };
        drawing::draw(&page, &self.fonts)
    }
}

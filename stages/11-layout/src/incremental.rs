//! A layout that stays: after a change it lays out only what the change reaches.
//!
//! What was found out of a box holds until something in the box changes: sizes by content, lines,
//! and the fragment for each [`Space`](crate::engine::Space) that it was laid out in. A change makes the box and every
//! box around it forget; all others answer from what they know. The order of work is that of the
//! first layout, so that both give the same fragments.

use crate::{
    engine::{Engine, Known},
    flow::{
        block::{Flowed, Place},
        float::FloatsMark,
    },
    fragment::FragmentTree,
    run::{emit, place},
    text::Fonts,
    unit::{LayoutUnit, Size},
};
use thru_events::{Cause, Tap};
use thru_render_tree::{BoxId, BoxKind, RenderTree};

/// The layout of a box tree whose replaced boxes may change their sizes.
pub struct Layout {
    viewport: Size,
    known: Known,
}

/// Which boxes were laid out, and what blocks in a common formatting context gave.
pub(crate) struct Memory {
    flowed: Vec<Option<Flowed>>,
    laid_out: Vec<bool>,
}

impl Layout {
    /// Nothing is laid out yet. `viewport` is in CSS px.
    pub fn new(tree: &RenderTree, fonts: &Fonts, viewport: (u32, u32)) -> Layout {
        let viewport = crate::run::viewport_size(viewport);
        let mut known = Engine::new(tree, fonts, viewport).into_known();
        known.memory = Some(Memory {
            flowed: vec![None; tree.len()],
            laid_out: vec![false; tree.len()],
        });
        Layout { viewport, known }
    }

    /// The natural size of a replaced box changed since the last [`Layout::run`]. Boxes stay as
    /// they are: a tree with other boxes needs another layout.
    pub fn changed(&mut self, tree: &RenderTree, id: BoxId) {
        let mut at = Some(id);
        while let Some(id) = at {
            self.known.forget(id);
            at = tree.get(id).parent;
        }
    }

    /// Lays out what is not known; the answer's event is `LaidOut`, which counts those boxes.
    pub fn run(
        &mut self,
        tree: &RenderTree,
        fonts: &Fonts,
        tap: &Tap,
        cause: Cause,
    ) -> (FragmentTree, Cause) {
        let known = std::mem::take(&mut self.known);
        let mut engine = Engine::resumed(tree, fonts, self.viewport, known);
        let placed = place(&mut engine);
        let laid_out = emit(&engine, &placed, fonts, tap, cause);
        self.known = engine.into_known();
        if let Some(memory) = &mut self.known.memory {
            memory.laid_out.fill(false);
        }
        (placed, laid_out)
    }
}

impl Memory {
    pub(crate) fn forget(&mut self, id: BoxId) {
        self.flowed[id.index()] = None;
    }

    /// How many boxes were laid out.
    pub(crate) fn count(&self) -> u32 {
        self.laid_out.iter().filter(|laid_out| **laid_out).count() as u32
    }
}

impl Engine<'_> {
    /// A box is laid out and not taken from what is known.
    pub(crate) fn note_laid_out(&mut self, id: BoxId) {
        if let Some(memory) = &mut self.memory {
            memory.laid_out[id.index()] = true;
        }
    }

    /// The same of everything on the lines of a block container but boxes with an inside of their
    /// own, which say it themselves.
    pub(crate) fn note_lines(&mut self, container: BoxId) {
        let Some(memory) = &mut self.memory else {
            return;
        };
        let mut open: Vec<BoxId> = self.tree.get(container).children.clone();
        while let Some(id) = open.pop() {
            let source = self.tree.get(id);
            if source.is_text() {
                memory.laid_out[id.index()] = true;
            } else if matches!(source.kind, BoxKind::Inline { .. }) {
                memory.laid_out[id.index()] = true;
                open.extend(&source.children);
            }
        }
    }

    /// What a block that shares its formatting context gave before in the same room. Holds only
    /// where no float reaches it, then and now.
    pub(crate) fn flowed(&self, id: BoxId, place: &Place, y: LayoutUnit) -> Option<Flowed> {
        let flowed = self.memory.as_ref()?.flowed[id.index()].as_ref()?;
        let fits = flowed.width == place.width
            && flowed.height == place.height
            && !place.floats.reach_below(place.origin.y + y + flowed.rises);
        fits.then(|| flowed.clone())
    }

    /// Keeps what a block gave, unless floats had a part in it. `floats` are those before it.
    pub(crate) fn keep_flowed(
        &mut self,
        id: BoxId,
        place: &Place,
        y: LayoutUnit,
        floats: FloatsMark,
        flowed: Flowed,
    ) {
        let Some(memory) = &self.memory else {
            return;
        };
        let children = flowed.fragment.children.iter();
        let rises = children.map(|child| {
            let inside = child.fragment.source.map(|id| &memory.flowed[id.index()]);
            let inside = inside.and_then(|flowed| Some(flowed.as_ref()?.rises));
            child.at.y + inside.unwrap_or_default()
        });
        let rises = rises.fold(LayoutUnit::ZERO, LayoutUnit::min);
        let alone =
            place.floats.mark() == floats && !place.floats.reach_below(place.origin.y + y + rises);
        if let (true, Some(memory)) = (alone, &mut self.memory) {
            memory.flowed[id.index()] = Some(Flowed { rises, ..flowed });
        }
    }
}

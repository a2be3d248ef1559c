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
use thru_render_tree::{BoxId, BoxKind, Level, RenderBox, RenderTree};

/// The layout of a box tree whose replaced boxes may change their sizes.
pub struct Layout {
    viewport: Size,
    known: Known,
}

/// Which boxes were laid out, and what blocks in a common formatting context gave.
pub(crate) struct Memory {
    flowed: Vec<Option<Flowed>>,
    /// Nothing was laid out before.
    first: bool,
    /// How often clearance moved a block.
    cleared: u32,
    laid_out: Vec<bool>,
}

/// The floats before a block, and how often clearance had moved one.
#[derive(Clone, Copy)]
pub(crate) struct BeforeFlow {
    floats: FloatsMark,
    cleared: u32,
}

impl Layout {
    /// Nothing is laid out yet. `viewport` is in CSS px.
    pub fn new(tree: &RenderTree, fonts: &Fonts, viewport: (u32, u32)) -> Layout {
        let viewport = crate::run::viewport_size(viewport);
        let mut known = Engine::new(tree, fonts, viewport).known;
        known.memory = Some(Memory {
            flowed: vec![None; tree.len()],
            first: true,
            cleared: 0,
            laid_out: vec![false; tree.len()],
        });
        Layout { viewport, known }
    }

    /// The natural size of a replaced box changed since the last [`Layout::run`]. Boxes stay as
    /// they are: a tree with other boxes needs another layout.
    pub fn changed(&mut self, tree: &RenderTree, id: BoxId) {
        self.known.forget(tree, id);
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
        self.known = engine.known;
        if let Some(memory) = &mut self.known.memory {
            memory.laid_out.fill(false);
            memory.first = false;
        }
        (placed, laid_out)
    }
}

impl Memory {
    pub(crate) fn forget(&mut self, id: BoxId) {
        self.flowed[id.index()] = None;
    }

    /// How many boxes were laid out: all at first, also those of which nothing is left.
    pub(crate) fn count(&self) -> u32 {
        let all = |laid_out: &&bool| self.first || **laid_out;
        self.laid_out.iter().filter(all).count() as u32
    }
}

impl Engine<'_> {
    /// A box is laid out and not taken from what is known.
    pub(crate) fn note_laid_out(&mut self, id: BoxId) {
        if let Some(memory) = &mut self.known.memory {
            memory.laid_out[id.index()] = true;
        }
    }

    /// The same of everything on the lines of a block container but boxes with an inside of their
    /// own, which say it themselves.
    pub(crate) fn note_lines(&mut self, container: BoxId) {
        self.note_inside(container, |source| {
            source.is_text() || matches!(source.kind, BoxKind::Inline { .. })
        });
    }

    /// The same of the groups, rows and columns of a table.
    pub(crate) fn note_table_parts(&mut self, table: BoxId) {
        self.note_inside(table, |source| {
            let cell = matches!(
                source.kind,
                BoxKind::TableCell { .. } | BoxKind::TableCaption
            );
            source.level == Level::Table && !cell
        });
    }

    fn note_inside(&mut self, id: BoxId, belongs: fn(&RenderBox) -> bool) {
        let Some(memory) = &mut self.known.memory else {
            return;
        };
        let mut open: Vec<BoxId> = self.tree.get(id).children.clone();
        while let Some(id) = open.pop() {
            let source = self.tree.get(id);
            if belongs(source) {
                memory.laid_out[id.index()] = true;
                open.extend(&source.children);
            }
        }
    }

    /// What a block that shares its formatting context gave before in the same room. Holds only
    /// where no float reaches it, then and now.
    pub(crate) fn flowed(&self, id: BoxId, place: &Place, y: LayoutUnit) -> Option<Flowed> {
        let flowed = self.known.memory.as_ref()?.flowed[id.index()].as_ref()?;
        let fits = flowed.width == place.width
            && flowed.height == place.height
            && !place.floats.reach_below(place.origin.y + y + flowed.rises);
        fits.then(|| flowed.clone())
    }

    /// Where a block's content begins to depend on the floats around it.
    pub(crate) fn before_flow(&self, place: &Place) -> BeforeFlow {
        BeforeFlow {
            floats: place.floats.mark(),
            cleared: self
                .known
                .memory
                .as_ref()
                .map_or(0, |memory| memory.cleared),
        }
    }

    /// Clearance moved a block: what is around it depends on floats.
    pub(crate) fn note_cleared(&mut self) {
        if let Some(memory) = &mut self.known.memory {
            memory.cleared += 1;
        }
    }

    /// Keeps what a block gave, unless floats had a part in it.
    pub(crate) fn keep_flowed(
        &mut self,
        id: BoxId,
        place: &Place,
        y: LayoutUnit,
        before: BeforeFlow,
        flowed: Flowed,
    ) {
        let Some(memory) = &self.known.memory else {
            return;
        };
        let mut rises = LayoutUnit::ZERO;
        for child in &flowed.fragment.children {
            let mut top = child.at.y;
            if let Some(shares) = child.fragment.source.filter(|id| self.shares_context(*id)) {
                // Floats had a part in it, so they have one in what is around it.
                let Some(inside) = &memory.flowed[shares.index()] else {
                    return;
                };
                top += inside.rises;
            }
            rises = rises.min(top);
        }
        let alone = place.floats.mark() == before.floats
            && memory.cleared == before.cleared
            && !place.floats.reach_below(place.origin.y + y + rises);
        if let (true, Some(memory)) = (alone, &mut self.known.memory) {
            memory.flowed[id.index()] = Some(Flowed { rises, ..flowed });
        }
    }

    /// Whether a block in flow is in the formatting context of its parent.
    fn shares_context(&self, id: BoxId) -> bool {
        self.in_flow(id) && self.tree.get(id).level == Level::Block && !self.is_independent(id)
    }
}

//! `content-visibility` (CSS Containment 2 section 4): what is far from the viewport has the size it is given
//! beforehand and is not painted.
//!
//! At first every `auto` box skips its content. Those that then are near the viewport show it, the page is laid out
//! again, and so on until no further one is near: what is shown makes way for what is below it.
//! GAP: the content of a skipped box is laid out all the same, so that its boxes can be told.

use crate::{
    engine::Engine,
    fragment::{FragmentKind, FragmentTree},
    unit::{LayoutUnit, Rect},
};
use std::{collections::HashMap, rc::Rc};
use style::properties::ComputedValues;
use thru_cssom::Carried;
use thru_render_tree::BoxId;

/// How often a page is laid out again for what came near the viewport; past it the rest stays skipped.
const MAX_PASSES: u32 = 64;

/// How far from the viewport content counts as near, in parts of the viewport's height and width; the specification
/// leaves it to the browser, this is Chromium's.
const MARGIN: f32 = 1.5;

/// Whether a box shows what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skipping {
    /// `hidden`: never.
    Always,
    /// `auto`: near the viewport only.
    Far,
}

impl Skipping {
    /// What a style says; `None` is `visible`.
    pub(crate) fn of(style: &ComputedValues) -> Option<Skipping> {
        match Carried::ContentVisibility.of(style)?.as_str() {
            "hidden" => Some(Skipping::Always),
            "auto" => Some(Skipping::Far),
            _ => None,
        }
    }
}

impl Engine<'_> {
    /// Lays out with what is near shown; `lay_out` gives everything at its place.
    pub(crate) fn with_near_content(
        &mut self,
        mut lay_out: impl FnMut(&mut Self) -> FragmentTree,
    ) -> FragmentTree {
        let bounded: Vec<BoxId> = self
            .tree
            .ids()
            .filter(|id| self.style(*id).skipping.is_some())
            .collect();
        let mut placed = lay_out(self);
        if bounded.is_empty() {
            return placed;
        }
        for _ in 0..MAX_PASSES {
            let near = self.newly_near(&placed, &bounded);
            if near.is_empty() {
                break;
            }
            for id in near {
                self.show(id);
            }
            placed = lay_out(self);
        }
        let skips = |id: &BoxId| (*id, self.style(*id).skips);
        placed.bounded = bounded.iter().map(skips).collect::<HashMap<_, _>>();
        placed
    }

    /// The boxes that skip their content and are near, in boxes that show theirs.
    fn newly_near(&self, placed: &FragmentTree, bounded: &[BoxId]) -> Vec<BoxId> {
        let viewport = placed.viewport;
        let margin = |length: LayoutUnit| LayoutUnit::from_px(length.to_px() * MARGIN);
        let (x, y) = (margin(viewport.width), margin(viewport.height));
        let is_near = |rect: &Rect| {
            rect.right() >= -x
                && rect.origin.x <= viewport.width + x
                && rect.bottom() >= -y
                && rect.origin.y <= viewport.height + y
        };
        let waits = |id: &BoxId| {
            let style = self.style(*id);
            style.skips && style.skipping == Some(Skipping::Far) && !self.is_in_skipped(*id)
        };
        let waiting: std::collections::HashSet<BoxId> =
            bounded.iter().copied().filter(waits).collect();
        let nodes = placed.nodes.iter();
        nodes
            .filter(|node| matches!(node.fragment.kind, FragmentKind::Box { .. }))
            .filter(|node| is_near(&node.rect))
            .filter_map(|node| node.fragment.source.filter(|id| waiting.contains(id)))
            .collect()
    }

    fn is_in_skipped(&self, id: BoxId) -> bool {
        let mut around = self.tree.get(id).parent;
        while let Some(id) = around {
            if self.style(id).skips {
                return true;
            }
            around = self.tree.get(id).parent;
        }
        false
    }

    /// Shows what is in a box from now on; it and all around it are to be laid out again.
    fn show(&mut self, id: BoxId) {
        self.restyle(id, |style| {
            style.skips = false;
            style.contains_size = style.contains_size_shown;
        });
        self.known.forget(self.tree, id);
    }

    fn restyle(&mut self, id: BoxId, change: impl FnOnce(&mut crate::style::LayoutStyle)) {
        let mut style = (**self.style(id)).clone();
        change(&mut style);
        self.set_style(id, Rc::new(style));
    }
}

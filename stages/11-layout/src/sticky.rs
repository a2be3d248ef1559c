//! Sticky positioning where nothing is scrolled (CSS Positioned Layout 3 section 3.4).

use crate::{
    engine::{Engine, edges_of},
    fragment::{FragmentIndex, FragmentKind, FragmentNode, FragmentTree},
    positioned::propagates,
    style::{Length, Position, insets, margins},
    unit::{LayoutUnit, Point, Rect},
    writing_mode::WritingMode,
};
use thru_render_tree::{BoxId, BoxKind};

/// Along an axis: where a box stands, where it has to stay in view and in what.
struct Axis {
    /// The border box's edges.
    own: [LayoutUnit; 2],
    margin: [LayoutUnit; 2],
    /// The edges of the sticky view rectangle; `None` where the inset is `auto`.
    view: [Option<LayoutUnit>; 2],
    /// The edges of the containing block.
    around: [LayoutUnit; 2],
}

impl Axis {
    /// How far the box moves.
    fn shift(&self) -> LayoutUnit {
        let [start, end] = self.own;
        let mut view = self.view;
        if let [Some(first), Some(last)] = &mut view {
            *last = (*last).max(*first + (end - start));
        }
        // How far the position box can go before it leaves the containing block.
        let back = (start - self.around[0] - self.margin[0].at_least_zero()).at_least_zero();
        let on = (self.around[1] - end - self.margin[1].at_least_zero()).at_least_zero();
        match view {
            [Some(first), _] if start < first => (first - start).min(on),
            [_, Some(last)] if end > last => -(end - last).min(back),
            _ => LayoutUnit::ZERO,
        }
    }
}

impl Engine<'_> {
    /// How far a sticky box moves from where it is in flow; `parent` is the node around it.
    pub(crate) fn sticky_shift(
        &self,
        id: BoxId,
        rect: &Rect,
        tree: &FragmentTree,
        parent: Option<FragmentIndex>,
    ) -> Point {
        if self.style(id).position != Position::Sticky {
            return Point::default();
        }
        let Some(parent) = parent else {
            return Point::default();
        };
        let values = &self.tree.get(id).style;
        let scroller = self.scroller(tree, parent);
        let port = match scroller {
            Some(index) => padding_box(&tree.nodes[index]),
            None => Rect::new(Point::default(), self.viewport),
        };
        let around = self.block_around(id, tree, parent);
        let mut block = content_box(&tree.nodes[around]);
        if scroller == Some(around) {
            self.open_end(&mut block, &tree.nodes[around]);
        }
        let margin = margins(values)
            .map(|m| m.map_or(LayoutUnit::ZERO, |m: Length| m.against(block.size.width)));
        let inset = insets(values);
        let axis = |sides: [usize; 2], own: [LayoutUnit; 2], port: [LayoutUnit; 2], around| {
            let length = |side: usize| {
                let inset = inset[side].as_ref();
                inset.map(|inset| inset.against(port[1] - port[0]))
            };
            Axis {
                own,
                margin: sides.map(|side| margin[side]),
                view: [
                    length(sides[0]).map(|inset| port[0] + inset),
                    length(sides[1]).map(|inset| port[1] - inset),
                ],
                around,
            }
        };
        let across = |r: &Rect| [r.origin.x, r.right()];
        let down = |r: &Rect| [r.origin.y, r.bottom()];
        Point::new(
            axis([3, 1], across(rect), across(&port), across(&block)).shift(),
            axis([0, 2], down(rect), down(&port), down(&block)).shift(),
        )
    }

    /// The nearest node around that scrolls; `None` is the viewport.
    fn scroller(&self, tree: &FragmentTree, from: FragmentIndex) -> Option<FragmentIndex> {
        let mut at = Some(from);
        while let Some(index) = at {
            let node = &tree.nodes[index];
            let scrolls = node.fragment.source.is_some_and(|id| {
                is_box(node)
                    && self.style(id).scrolls
                    && self.tree.root != Some(id)
                    && !propagates(self, id)
            });
            if scrolls {
                return Some(index);
            }
            at = node.containing;
        }
        None
    }

    /// The containing block: the nearest block container, for parts of tables the table.
    fn block_around(&self, id: BoxId, tree: &FragmentTree, from: FragmentIndex) -> FragmentIndex {
        let is_part = |kind: &BoxKind| {
            matches!(
                kind,
                BoxKind::TableRow | BoxKind::TableRowGroup | BoxKind::TableCell { .. }
            )
        };
        let of_table = is_part(self.kind(id));
        let fits = |node: &FragmentNode| {
            let kind = node.fragment.source.map(|id| self.kind(id));
            is_box(node) && (!of_table || kind.is_some_and(|k| matches!(k, BoxKind::Table)))
        };
        let mut at = from;
        while let (false, Some(parent)) = (fits(&tree.nodes[at]), tree.nodes[at].parent) {
            at = parent;
        }
        at
    }

    /// What scrolls contains all that can be scrolled to: it has no end where content overflows to.
    fn open_end(&self, block: &mut Rect, node: &FragmentNode) {
        let far = LayoutUnit(i32::MAX / 4);
        let mode = node
            .fragment
            .source
            .map_or(WritingMode::Horizontal, |id| self.known.modes.inner(id));
        let rtl = node.fragment.source.is_some_and(|id| self.style(id).rtl);
        let [from_right, from_bottom] = mode.begins_at_end(rtl);
        if from_right {
            block.origin.x -= far;
        }
        if from_bottom {
            block.origin.y -= far;
        }
        block.size.width += far;
        block.size.height += far;
    }
}

fn is_box(node: &FragmentNode) -> bool {
    matches!(node.fragment.kind, FragmentKind::Box { .. })
}

fn padding_box(node: &FragmentNode) -> Rect {
    match &node.fragment.kind {
        FragmentKind::Box { border, .. } => node.rect.inside(border),
        _ => node.rect,
    }
}

fn content_box(node: &FragmentNode) -> Rect {
    node.rect.inside(&edges_of(&node.fragment))
}

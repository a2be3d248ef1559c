//! Boxes whose content runs otherwise than their surroundings (CSS Writing Modes 4 section 7.3).

use crate::{
    engine::{Engine, Space},
    fragment::{Fragment, FragmentKind},
    intrinsic::MinMax,
    style::{Length, LengthOrAuto},
    unit::{LayoutUnit, Point},
    writing_mode::WritingMode,
};
use std::rc::Rc;
use thru_render_tree::{BoxId, BoxKind, RenderTree};

/// The modes around each box and in it.
#[derive(Default)]
pub(crate) struct Modes {
    outer: Vec<WritingMode>,
    inner: Vec<WritingMode>,
    any: bool,
}

impl Modes {
    /// Reads the modes. What is out of flow is placed physically; what is replaced has no lines.
    pub(crate) fn read(tree: &RenderTree) -> Modes {
        let mut inner: Vec<WritingMode> = tree
            .ids()
            .map(|id| match tree.get(id).kind {
                BoxKind::Replaced(_) | BoxKind::Control(_) => WritingMode::Horizontal,
                _ => WritingMode::of(&tree.get(id).style),
            })
            .collect();
        let any = inner.iter().any(|mode| mode.is_vertical());
        if !any {
            let outer = inner.clone();
            return Modes { outer, inner, any };
        }
        if let Some(root) = tree.root {
            inner[root.index()] = principal(tree, root, &inner);
        }
        let outer = tree.ids().map(|id| {
            let source = tree.get(id);
            match source.parent {
                None => inner[id.index()],
                Some(_) if source.is_absolute() => WritingMode::Horizontal,
                Some(parent) => inner[parent.index()],
            }
        });
        let outer: Vec<WritingMode> = outer.collect();
        for id in tree.ids() {
            if is_part_of_flow(&tree.get(id).kind) {
                inner[id.index()] = outer[id.index()];
            }
        }
        Modes { outer, inner, any }
    }

    /// Whether some box is not horizontal.
    pub(crate) fn any(&self) -> bool {
        self.any
    }

    /// The axes that a box is placed in.
    pub(crate) fn outer(&self, id: BoxId) -> WritingMode {
        self.outer[id.index()]
    }

    /// The axes that its content is placed in.
    pub(crate) fn inner(&self, id: BoxId) -> WritingMode {
        self.inner[id.index()]
    }
}

/// What has no axes of its own: it takes part in those around it.
fn is_part_of_flow(kind: &BoxKind) -> bool {
    matches!(
        kind,
        BoxKind::Inline { .. }
            | BoxKind::Text(_)
            | BoxKind::LineBreak
            | BoxKind::WordBreak
            | BoxKind::TableRow
            | BoxKind::TableRowGroup
            | BoxKind::TableColumn { .. }
            | BoxKind::TableColumnGroup { .. }
    )
}

/// The principal writing mode: the body's if there is one (section 8).
fn principal(tree: &RenderTree, root: BoxId, inner: &[WritingMode]) -> WritingMode {
    let children = &tree.get(root).children;
    let body = children
        .iter()
        .find(|child| tree.get(**child).is_principal());
    inner[body.unwrap_or(&root).index()]
}

impl Engine<'_> {
    /// Whether a box's content is laid out in other axes than the box.
    pub(crate) fn is_turned(&self, id: BoxId) -> bool {
        self.known.modes.outer(id) != self.known.modes.inner(id)
    }

    /// Whether a box is seen from where lines cross its own.
    pub(crate) fn is_seen_across(&self, id: BoxId) -> bool {
        self.known
            .modes
            .outer(id)
            .crosses(self.known.modes.inner(id))
            && !self.turning.contains(&id)
    }

    /// Lays a turned box out in its own axes and turns the result back.
    pub(crate) fn lay_out_turned(&mut self, id: BoxId, space: &Space) -> Fragment {
        let (outer, inner) = (self.known.modes.outer(id), self.known.modes.inner(id));
        self.turning.insert(id);
        let kept = self.known.styles[id.index()].clone();
        let mut own = outer.unturned(&kept);
        // Percentages of edges refer to the width of the containing block in its own axes.
        let fixed = |length: &Length| Length::Px(length.against(space.width));
        own.padding = own.padding.each_ref().map(fixed);
        let margin = |length: &LengthOrAuto| length.as_ref().map(fixed);
        own.margin = own.margin.each_ref().map(margin);
        self.known.styles[id.index()] = Rc::new(own.turned(inner));
        let inside = self.space_inside(id, space, outer.crosses(inner), &kept);
        let own_known = self.known_inside.insert(id, None).flatten();
        let known = std::mem::replace(&mut self.known.intrinsic[id.index()], own_known);
        let laid = self.lay_out_inside(id, &inside);
        let own_known = std::mem::replace(&mut self.known.intrinsic[id.index()], known);
        self.known_inside.insert(id, own_known);
        self.turning.remove(&id);
        self.known.styles[id.index()] = kept;
        let turn = |edges| outer.edges(inner.physical_edges(edges));
        let kind = match laid.kind {
            FragmentKind::Box { border, padding } => FragmentKind::Box {
                border: turn(border),
                padding: turn(padding),
            },
            other => other,
        };
        let physical = [laid.first_baseline, laid.last_baseline]
            .map(|b| b.map(|b| inner.block_offset(b, laid.size.height)));
        let (own, across) = if outer.crosses(inner) {
            ([None; 2], physical)
        } else {
            let back = |b| outer.block_offset(b, laid.size.height);
            (physical.map(|b| b.map(back)), [None; 2])
        };
        Fragment {
            size: outer.size(inner.size(laid.size)),
            kind,
            outside: turn(laid.outside),
            first_baseline: own[0],
            last_baseline: own[1],
            across,
            shift: Point::default(),
            ..laid
        }
    }

    /// The space around a box in its own axes.
    fn space_inside(
        &self,
        id: BoxId,
        space: &Space,
        crosses: bool,
        style: &crate::style::LayoutStyle,
    ) -> Space {
        if !crosses {
            return *space;
        }
        let vertical = self.known.modes.inner(id).is_vertical();
        let window = match vertical {
            true => self.viewport.height,
            false => self.viewport.width,
        };
        let fills = style.out_of_flow() && !space.shrink && style.size[0].is_auto();
        let filled = || {
            let room = space.available.unwrap_or(space.width);
            (room - style.margin(space.width).horizontal()).at_least_zero()
        };
        Space {
            width: space.height.unwrap_or(window),
            height: (!space.indefinite).then_some(space.width),
            fixed_width: space.fixed_height,
            fixed_height: space.fixed_width.or_else(|| fills.then(filled)),
            shrink: true,
            available: None,
            indefinite: space.height.is_none(),
            loose_height: false,
            by_content: space.by_content,
        }
    }

    /// What a box whose lines cross those around it asks for there: how far its lines reach together.
    pub(crate) fn turned_intrinsic(&mut self, id: BoxId) -> MinMax {
        let space = Space {
            fixed_height: self.definite_height(id, &Space::default()),
            indefinite: true,
            shrink: true,
            by_content: true,
            ..Space::default()
        };
        let width: LayoutUnit = self.lay_out(id, &space).size.width;
        MinMax {
            min: width,
            max: width,
        }
    }
}

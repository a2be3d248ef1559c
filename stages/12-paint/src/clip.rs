//! What cuts content off: `overflow`, `clip`, paint containment (CSS Overflow 3, CSS 2 section 11.1).

use crate::{
    border::{Radii, inner_radii, inset, radii, rounded},
    display_list::DisplayItem,
    stacking::{Painter, is_transformable, snap},
    transform::px_rect,
};
use style::{properties::ComputedValues, values::computed::Overflow};
use thru_layout::{FragmentIndex, FragmentKind, unit::Edges};
use thru_render_tree::{BoxId, BoxKind};
use vello_cpu::kurbo::Rect;

/// How far outside of the padding box `overflow: clip` clips (CSS Overflow 4 section 3.2); negative inside.
fn clip_margin(style: &ComputedValues, border: &Edges, kind: &FragmentKind) -> [f64; 4] {
    use style::values::generics::box_::OverflowClipMarginBox as Box;
    let margin = &style.get_margin().overflow_clip_margin;
    let px = |u: thru_layout::unit::LayoutUnit| f64::from(u.to_px());
    let more = match (margin.visual_box, kind) {
        (Box::BorderBox, _) => [border.top, border.right, border.bottom, border.left].map(px),
        (Box::ContentBox, FragmentKind::Box { padding: p, .. }) => {
            [p.top, p.right, p.bottom, p.left].map(|side| -px(side))
        }
        _ => [0.0; 4],
    };
    more.map(|side| side + f64::from(margin.offset.px()))
}

fn rect_around(rect: Rect, [top, right, bottom, left]: &[f64; 4]) -> Rect {
    Rect::new(
        rect.x0 - left,
        rect.y0 - top,
        rect.x1 + right,
        rect.y1 + bottom,
    )
}

/// Further out than any page reaches, px.
const UNBOUNDED: f64 = 1e7;

impl Painter<'_> {
    /// Pushes the clip of the property `clip` (CSS 2 section 11.1.2).
    pub(crate) fn clip_property(&mut self, index: FragmentIndex) -> bool {
        use style::values::{
            computed::LengthOrAuto,
            generics::{ClipRectOrAuto, GenericClipRect},
        };
        let Some(id) = self
            .boxed(index)
            .filter(|id| self.tree.get(*id).is_absolute())
        else {
            return false;
        };
        let ClipRectOrAuto::Rect(GenericClipRect {
            top,
            right,
            bottom,
            left,
        }) = &self.style(id).get_effects().clip
        else {
            return false;
        };
        let rect = snap(px_rect(&self.placed.nodes[index].rect));
        let at = |edge: &LengthOrAuto, from: f64, auto: f64| match edge {
            LengthOrAuto::LengthPercentage(l) => from + f64::from(l.px()),
            LengthOrAuto::Auto => auto,
        };
        let (x0, y0) = (at(left, rect.x0, rect.x0), at(top, rect.y0, rect.y0));
        let (x1, y1) = (at(right, rect.x0, rect.x1), at(bottom, rect.y0, rect.y1));
        let shape = Rect::new(x0, y0, x1.max(x0), y1.max(y0));
        self.out
            .push(DisplayItem::PushClip(rounded(shape, &Radii::default())));
        true
    }

    /// Whether the viewport scrolls in a box's place (CSS Overflow 3 section 3.3).
    fn gives_overflow_away(&self, id: BoxId) -> bool {
        if self.tree.root == Some(id) {
            return true;
        }
        let source = self.tree.get(id);
        source.manner.body
            && source.parent.is_some_and(|parent| {
                let around = self.style(parent).get_box();
                self.tree.root == Some(parent)
                    && around.overflow_x == Overflow::Visible
                    && around.overflow_y == Overflow::Visible
                    && around.contain.is_empty()
            })
    }

    /// Pushes the clip of a box's content; whether there is one (CSS Overflow 3 section 3, CSS Containment 2 section 3.4).
    pub(crate) fn clip_children(&mut self, index: FragmentIndex) -> bool {
        let Some(id) = self.boxed(index) else {
            return false;
        };
        let style = self.style(id);
        use style::values::computed::Contain;
        let boxed = style.get_box();
        let bounded = self.placed.bounded.contains_key(&id);
        let contains =
            (boxed.contain.contains(Contain::PAINT) || bounded) && is_transformable(self.tree, id);
        let horizontal = boxed.overflow_x != Overflow::Visible || contains;
        let vertical = boxed.overflow_y != Overflow::Visible || contains;
        // Overflow does not apply to the parts of a table but its cells.
        let applies = !matches!(
            self.tree.get(id).kind,
            BoxKind::Replaced(_)
                | BoxKind::TableRow
                | BoxKind::TableRowGroup
                | BoxKind::TableColumn { .. }
                | BoxKind::TableColumnGroup { .. }
        );
        let away = self.gives_overflow_away(id) && !contains;
        if !(horizontal || vertical) || !applies || away {
            return false;
        }
        let node = &self.placed.nodes[index];
        let FragmentKind::Box { border, .. } = &node.fragment.kind else {
            return false;
        };
        let rect = snap(px_rect(&node.rect));
        let corners = inner_radii(&radii(style, rect), border);
        let mut area = inset(rect, border);
        let margin = clip_margin(style, border, &node.fragment.kind);
        let padded = rect_around(area, &margin);
        if boxed.overflow_x == Overflow::Clip || (contains && boxed.overflow_x == Overflow::Visible)
        {
            (area.x0, area.x1) = (padded.x0, padded.x1);
        }
        if boxed.overflow_y == Overflow::Clip || (contains && boxed.overflow_y == Overflow::Visible)
        {
            (area.y0, area.y1) = (padded.y0, padded.y1);
        }
        if horizontal && vertical {
            self.out
                .push(DisplayItem::PushClip(rounded(area, &corners)));
            return true;
        }
        if horizontal {
            (area.y0, area.y1) = (-UNBOUNDED, UNBOUNDED);
        } else {
            (area.x0, area.x1) = (-UNBOUNDED, UNBOUNDED);
        }
        let straight = Radii::default();
        self.out
            .push(DisplayItem::PushClip(rounded(area, &straight)));
        true
    }
}

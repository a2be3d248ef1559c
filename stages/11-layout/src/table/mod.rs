//! Tables: columns, rows, cells.
//!
//! Stage: stage 11, CSS 2 chapter 17, CSS Tables 3.
//! In: a table box. Out: its fragment.
//! Emits: nothing.
//! How it works: `slots` puts cells into a grid, `columns` asks them for widths, `widths` shares the table's width
//! out, `rows` finds heights, `collapse` lets borders meet, `place` puts everything where it goes.
//! Not here: anonymous table boxes (stage 10).

mod collapse;
mod columns;
mod place;
mod rows;
mod slots;
mod widths;

pub(crate) use collapse::CollapsedEdges;

use crate::{
    engine::{Engine, Space},
    fragment::{Child, Fragment},
    intrinsic::MinMax,
    style::Sizing,
    unit::{Edges, LayoutUnit, Point, Size},
};
use place::{Plan, Tracks};
use slots::{Band, Slots};
use thru_render_tree::{BoxId, BoxKind};

/// The most columns of one table; cells beyond get no place.
pub const MAX_COLUMNS: usize = 4096;
/// The most rows one cell spans.
pub const MAX_ROW_SPAN: usize = 4096;

/// Captions above or below the grid, each with its place from the top of the first.
#[derive(Default)]
struct Captions {
    placed: Vec<Child>,
    height: LayoutUnit,
}

impl Engine<'_> {
    pub(crate) fn table_intrinsic(&mut self, id: BoxId) -> MinMax {
        let mut slots = self.slots(id);
        if !self.style(id).collapse {
            slots.merge_columns();
        }
        let style = self.style(id).clone();
        let columns = self.measured_columns(&slots, style.spacing[0]);
        let edges = style.border.horizontal()
            + style.padding(LayoutUnit::ZERO).horizontal()
            + gaps(columns.len(), style.spacing[0]);
        let mut caption = LayoutUnit::ZERO;
        for id in &slots.captions {
            caption = caption.max(self.contribution(*id).min);
        }
        let inner = columns::intrinsic(&columns, self.shares_widen(id));
        MinMax {
            min: (inner.min + edges).max(caption),
            max: (inner.max + edges).max(caption),
        }
    }

    pub(crate) fn table(&mut self, id: BoxId, space: &Space) -> Fragment {
        let fixed_layout = self.has_fixed_layout(id, space);
        let mut slots = self.slots(id);
        if !fixed_layout && !self.style(id).collapse {
            slots.merge_columns();
        }
        let style = self.style(id).clone();
        let [across, down] = style.spacing;
        let padding = style.padding(space.width);
        let edges = style.border + padding;
        let (width, widths) = self.column_widths(id, space, &slots, edges, fixed_layout);
        let inner = (width - edges.horizontal()).at_least_zero();
        let laid = self.lay_cells(&slots, &widths, across, inner);
        let above = self.captions(&slots, width, false);
        let below = self.captions(&slots, width, true);
        let around = above.height + below.height;
        let definite = self.grid_height(id, space, around);
        let rows_gap = gaps(slots.rows.len(), down);
        let least = definite.unwrap_or_else(|| self.bound_height(id, LayoutUnit::ZERO, space));
        let inside = (least - edges.vertical() - rows_gap).at_least_zero();
        let rows = self.rows(&slots, &laid, down, Some(inside));
        let columns: Vec<&Band> = slots
            .column_groups
            .iter()
            .chain(&slots.column_boxes)
            .collect();
        let gone_across = place::gone(self, widths.len(), &columns);
        let gone_down = self.gone_rows(&slots);
        let plan = Plan {
            across: Tracks::new(&widths, gone_across, across),
            down: Tracks::new(&rows.heights, gone_down, down),
            least_width: (inner - LayoutUnit(across.0.saturating_mul(2))).at_least_zero(),
            spacing: across,
            rtl: style.rtl,
            origin: Point::new(edges.left, above.height + edges.top),
            basis: inner,
            tall: definite.is_some(),
            slots: &slots,
            laid: &laid,
            rows: &rows,
        };
        let grid_height = (plan.down.end + edges.vertical()).max(least);
        let height = grid_height + around;
        let mut fragment = Fragment::of_box(id, Size::new(width, height), style.border, padding);
        fragment.outside = Edges {
            top: above.height,
            bottom: below.height,
            ..Edges::default()
        };
        fragment.children = above.placed;
        self.place_parts(&plan, &mut fragment);
        fragment.table = self.table_parts(id, &plan);
        for mut caption in below.placed {
            caption.at.y += above.height + grid_height;
            fragment.children.push(caption);
        }
        fragment
    }

    /// Whether shares of columns make the table's max-content width greater: not in what measures it by content.
    fn shares_widen(&self, id: BoxId) -> bool {
        let parent = self.tree.get(id).parent.map(|parent| self.kind(parent));
        let measured = matches!(
            parent,
            Some(BoxKind::TableCell { .. } | BoxKind::Flex | BoxKind::Grid)
        );
        !measured && self.style(id).size[0] != Sizing::MaxContent
    }

    fn has_fixed_layout(&self, id: BoxId, space: &Space) -> bool {
        let style = self.style(id);
        let content_sized = matches!(style.size[0], Sizing::Auto | Sizing::MaxContent);
        style.fixed_table && (!content_sized || space.fixed_width.is_some())
    }

    /// The height of the grid's border box if it does not depend on the rows.
    fn grid_height(&self, id: BoxId, space: &Space, around: LayoutUnit) -> Option<LayoutUnit> {
        if let Some(fixed) = space.fixed_height {
            return Some((fixed - around).at_least_zero());
        }
        self.definite_height(id, space)
    }

    /// The grid's border-box width, and each column's.
    fn column_widths(
        &mut self,
        id: BoxId,
        space: &Space,
        slots: &Slots,
        edges: Edges,
        fixed_layout: bool,
    ) -> (LayoutUnit, Vec<LayoutUnit>) {
        let style = self.style(id).clone();
        let spacing = style.spacing[0];
        let mut outer = *space;
        outer.shrink = true;
        let mut width = self.used_width(id, &outer);
        let around = edges.horizontal() + gaps(slots.columns, spacing);
        if !fixed_layout {
            width = width.max(self.intrinsic(id).min);
            let columns = self.measured_columns(slots, spacing);
            let room = (width - around).at_least_zero();
            return (width, widths::automatic(&columns, room));
        }
        for caption in &slots.captions {
            width = width.max(self.contribution(*caption).min);
        }
        let columns = self.fixed_columns(slots, spacing);
        let widths = widths::fixed(&columns, (width - around).at_least_zero());
        let total: LayoutUnit = widths.iter().copied().sum();
        (width.max(total + around), widths)
    }

    fn captions(&mut self, slots: &Slots, width: LayoutUnit, below: bool) -> Captions {
        let mut captions = Captions::default();
        for id in &slots.captions {
            if self.style(*id).caption_below != below {
                continue;
            }
            let space = Space {
                width,
                ..Space::default()
            };
            let fragment = self.lay_out(*id, &space);
            let style = self.style(*id).clone();
            let margin = style.margin(width);
            let free = width - fragment.size.width - margin.horizontal();
            let x = match (&style.margin[3], &style.margin[1]) {
                (None, None) => free.half().at_least_zero(),
                (None, Some(_)) => free.at_least_zero(),
                _ => margin.left,
            };
            let height = fragment.size.height + margin.vertical();
            captions.placed.push(Child {
                at: Point::new(x, captions.height + margin.top),
                fragment,
            });
            captions.height += height;
        }
        captions
    }

    fn gone_rows(&self, slots: &Slots) -> Vec<bool> {
        let groups: Vec<&Band> = slots.groups.iter().collect();
        let mut gone = place::gone(self, slots.rows.len(), &groups);
        for (row, id) in slots.rows.iter().enumerate() {
            gone[row] |= self.style(*id).collapses;
        }
        gone
    }
}

fn gaps(count: usize, spacing: LayoutUnit) -> LayoutUnit {
    if count == 0 {
        LayoutUnit::ZERO
    } else {
        LayoutUnit(spacing.0.saturating_mul(count as i32 + 1))
    }
}

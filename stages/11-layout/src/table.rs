//! Tables: columns, rows, cells (CSS 2 chapter 17).
//!
//! Stage: stage 11, CSS 2 chapter 17, CSS Tables 3.
//! In: a table box. Out: its fragment.
//! Emits: nothing.
//! How it works: `slots` puts cells into a grid, columns get widths from their cells, rows heights.
//! Not here: anonymous table boxes (stage 10).

use crate::{
    engine::{Engine, Space, edges_of},
    fragment::{Child, Fragment},
    intrinsic::MinMax,
    style::{Length, Sizing, VerticalAlign},
    unit::{Edges, LayoutUnit, Point, Size},
};
use std::rc::Rc;
use style::values::specified::box_::DisplayInside;
use thru_render_tree::{BoxId, BoxKind};

/// The most columns of one table; cells beyond get no place.
pub const MAX_COLUMNS: usize = 4096;
/// The most rows one cell spans.
pub const MAX_ROW_SPAN: usize = 4096;

struct Cell {
    id: BoxId,
    row: usize,
    column: usize,
    rows: usize,
    columns: usize,
}

#[derive(Default)]
struct Slots {
    groups: Vec<(BoxId, usize, usize)>,
    rows: Vec<BoxId>,
    cells: Vec<Cell>,
    columns: usize,
    captions: Vec<BoxId>,
    column_boxes: Vec<(BoxId, usize, usize)>,
}

#[derive(Clone, Copy, Default)]
struct Column {
    min: LayoutUnit,
    max: LayoutUnit,
    fixed: bool,
    percent: f32,
}

impl Engine<'_> {
    fn slots(&self, id: BoxId) -> Slots {
        let tree = self.tree;
        let mut slots = Slots::default();
        let rank = |group: &BoxId| match self.tree.get(*group).style.get_box().display.inside() {
            DisplayInside::TableHeaderGroup => 0,
            DisplayInside::TableFooterGroup => 2,
            _ => 1,
        };
        let mut groups = Vec::new();
        let mut declared = 0;
        for child in tree.get(id).children.iter().copied() {
            match self.kind(child) {
                BoxKind::TableCaption => slots.captions.push(child),
                BoxKind::TableRowGroup => groups.push(child),
                BoxKind::TableColumn { span } => {
                    slots.column_boxes.push((child, declared, *span as usize));
                    declared += *span as usize;
                }
                BoxKind::TableColumnGroup { span } => {
                    let inner = &tree.get(child).children;
                    let first = declared;
                    for column in inner {
                        if let BoxKind::TableColumn { span } = self.kind(*column) {
                            slots.column_boxes.push((*column, declared, *span as usize));
                            declared += *span as usize;
                        }
                    }
                    if inner.is_empty() {
                        declared += *span as usize;
                    }
                    slots.column_boxes.push((child, first, declared - first));
                }
                _ => {}
            }
        }
        groups.sort_by_key(rank);
        slots.columns = declared.min(MAX_COLUMNS);
        for group in groups {
            let start = slots.rows.len();
            self.rows_of(group, &mut slots);
            slots.groups.push((group, start, slots.rows.len()));
        }
        slots
    }

    fn rows_of(&self, group: BoxId, slots: &mut Slots) {
        let tree = self.tree;
        let start = slots.rows.len();
        let rows: Vec<BoxId> = tree
            .get(group)
            .children
            .iter()
            .copied()
            .filter(|r| matches!(self.kind(*r), BoxKind::TableRow))
            .collect();
        let mut busy: Vec<usize> = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let mut column = 0;
            for cell in tree.get(*row).children.iter().copied() {
                let BoxKind::TableCell {
                    columns,
                    rows: span,
                } = self.kind(cell)
                else {
                    continue;
                };
                while busy.get(column).is_some_and(|left| *left > at) {
                    column += 1;
                }
                let left = rows.len() - at;
                let span = if *span == 0 {
                    left
                } else {
                    (*span as usize).min(left).min(MAX_ROW_SPAN)
                };
                let wide = (*columns as usize).max(1);
                if column + wide > MAX_COLUMNS {
                    break;
                }
                if busy.len() < column + wide {
                    busy.resize(column + wide, 0);
                }
                busy[column..column + wide].fill(at + span);
                slots.cells.push(Cell {
                    id: cell,
                    row: start + at,
                    column,
                    rows: span,
                    columns: wide,
                });
                column += wide;
                slots.columns = slots.columns.max(column);
            }
        }
        slots.rows.extend(rows);
    }

    /// Collapsed borders: each cell gets half of the wider one at each of its edges.
    /// GAP: which style wins is not compared; only widths are.
    fn collapse_borders(&mut self, id: BoxId, slots: &Slots) {
        if !self.style(id).collapse || !self.collapsed.insert(id) {
            return;
        }
        let table = self.style(id).border;
        let own: Vec<Edges> = slots
            .cells
            .iter()
            .map(|c| self.style(c.id).border)
            .collect();
        let mut grid: std::collections::HashMap<(usize, usize), usize> =
            std::collections::HashMap::new();
        for (index, cell) in slots.cells.iter().enumerate() {
            for row in cell.row..cell.row + cell.rows {
                for column in cell.column..cell.column + cell.columns {
                    grid.insert((row, column), index);
                }
            }
        }
        let (rows, columns) = (slots.rows.len(), slots.columns);
        let mut outer = table;
        for (index, cell) in slots.cells.iter().enumerate() {
            let at = |r: usize, c: usize| grid.get(&(r, c)).map(|i| own[*i]).unwrap_or_default();
            let mine = own[index];
            let last_row = cell.row + cell.rows >= rows;
            let last_column = cell.column + cell.columns >= columns;
            let top = mine.top.max(if cell.row == 0 {
                table.top
            } else {
                at(cell.row - 1, cell.column).bottom
            });
            let left = mine.left.max(if cell.column == 0 {
                table.left
            } else {
                at(cell.row, cell.column - 1).right
            });
            let bottom = mine.bottom.max(if last_row {
                table.bottom
            } else {
                at(cell.row + cell.rows, cell.column).top
            });
            let right = mine.right.max(if last_column {
                table.right
            } else {
                at(cell.row, cell.column + cell.columns).left
            });
            if cell.row == 0 {
                outer.top = outer.top.max(top)
            }
            if cell.column == 0 {
                outer.left = outer.left.max(left)
            }
            if last_row {
                outer.bottom = outer.bottom.max(bottom)
            }
            if last_column {
                outer.right = outer.right.max(right)
            }
            let border = Edges {
                top: top.half(),
                right: right.half(),
                bottom: bottom.half(),
                left: left.half(),
            };
            Rc::make_mut(&mut self.styles[cell.id.index()]).border = border;
        }
        let style = Rc::make_mut(&mut self.styles[id.index()]);
        style.border = Edges {
            top: outer.top.half(),
            right: outer.right.half(),
            bottom: outer.bottom.half(),
            left: outer.left.half(),
        };
        style.padding = [Length::ZERO, Length::ZERO, Length::ZERO, Length::ZERO];
        style.spacing = [LayoutUnit::ZERO; 2];
    }

    fn columns_of(
        &mut self,
        slots: &Slots,
        fixed_layout: bool,
        spacing: LayoutUnit,
    ) -> Vec<Column> {
        let mut columns = vec![Column::default(); slots.columns];
        for (id, start, span) in &slots.column_boxes {
            let size = self.style(*id).size[0].clone();
            for column in columns.iter_mut().skip(*start).take(*span) {
                note_width(column, &size, LayoutUnit::ZERO);
            }
        }
        for cell in slots.cells.iter().filter(|c| c.columns == 1) {
            if fixed_layout && cell.row > 0 {
                continue;
            }
            let style = self.style(cell.id).clone();
            let own = if fixed_layout {
                MinMax::default()
            } else {
                self.contribution(cell.id)
            };
            let column = &mut columns[cell.column];
            column.min = column.min.max(own.min);
            column.max = column.max.max(own.max).max(column.min);
            let edges = if style.border_box {
                LayoutUnit::ZERO
            } else {
                style.border.horizontal() + style.padding(LayoutUnit::ZERO).horizontal()
            };
            note_width(column, &style.size[0], edges);
        }
        let mut wide: Vec<&Cell> = slots.cells.iter().filter(|c| c.columns > 1).collect();
        wide.sort_by_key(|c| c.columns);
        for cell in wide {
            if fixed_layout {
                continue;
            }
            let own = self.contribution(cell.id);
            let between = LayoutUnit(spacing.0 * (cell.columns as i32 - 1));
            spread(
                &mut columns[cell.column..cell.column + cell.columns],
                own.min - between,
                own.max - between,
            );
        }
        columns
    }

    pub(crate) fn table_intrinsic(&mut self, id: BoxId) -> MinMax {
        let slots = self.slots(id);
        self.collapse_borders(id, &slots);
        let style = self.style(id).clone();
        let columns = self.columns_of(&slots, false, style.spacing[0]);
        let edges = style.border.horizontal()
            + style.padding(LayoutUnit::ZERO).horizontal()
            + gaps(columns.len(), style.spacing[0]);
        let mut caption = LayoutUnit::ZERO;
        for id in &slots.captions {
            caption = caption.max(self.contribution(*id).min);
        }
        let min: LayoutUnit = columns.iter().map(|c| c.min).sum();
        let max: LayoutUnit = columns.iter().map(|c| c.max).sum();
        MinMax {
            min: (min + edges).max(caption),
            max: (max + edges).max(caption),
        }
    }

    pub(crate) fn table(&mut self, id: BoxId, space: &Space) -> Fragment {
        let slots = self.slots(id);
        self.collapse_borders(id, &slots);
        let style = self.style(id).clone();
        let auto = style.size[0].is_auto() && space.fixed_width.is_none();
        let fixed_layout = style.fixed_table && !auto;
        let intrinsic = self.intrinsic(id);
        let mut outer = *space;
        outer.shrink = true;
        let mut width = self.used_width(id, &outer);
        if !fixed_layout {
            width = width.max(intrinsic.min);
        }
        let [across, down] = style.spacing;
        let columns = self.columns_of(&slots, fixed_layout, across);
        let edges = style.border + style.padding(space.width);
        let inner = (width - edges.horizontal() - gaps(columns.len(), across)).at_least_zero();
        let widths = if fixed_layout {
            fixed_widths(&columns, inner)
        } else {
            auto_widths(&columns, inner)
        };
        let mut starts = Vec::with_capacity(widths.len() + 1);
        let mut x = across;
        for width in &widths {
            starts.push(x);
            x += *width + across;
        }
        let laid = self.cells(&slots, &widths, across, space);
        let mut top = LayoutUnit::ZERO;
        let mut captions = Vec::new();
        let mut below = Vec::new();
        for caption in &slots.captions {
            let margin = self.style(*caption).margin(width);
            let room = Space {
                width,
                fixed_width: Some((width - margin.horizontal()).at_least_zero()),
                ..Space::default()
            };
            let fragment = self.lay_out(*caption, &room);
            if self.style(*caption).caption_below {
                below.push((fragment, margin));
            } else {
                captions.push(Child {
                    at: Point::new(margin.left, top + margin.top),
                    fragment: fragment.clone(),
                });
                top += fragment.size.height + margin.vertical();
            }
        }
        let mut heights = self.row_heights(&slots, &laid, down);
        let rows_total: LayoutUnit =
            heights.iter().copied().sum::<LayoutUnit>() + gaps(heights.len(), down);
        if let Some(height) =
            self.definite_height(id, space)
                .or(Some(self.bound_height(id, LayoutUnit::ZERO, space)))
        {
            let extra = height - edges.vertical() - rows_total;
            if extra > LayoutUnit::ZERO && !heights.is_empty() {
                let each = LayoutUnit(extra.0 / heights.len() as i32);
                heights.iter_mut().for_each(|h| *h += each);
            }
        }
        let mut fragment = Fragment::of_box(
            id,
            Size::default(),
            style.border,
            style.padding(space.width),
        );
        fragment.children = captions;
        let origin = Point::new(edges.left, top + edges.top);
        let bottom = self.place_rows(
            &slots,
            &laid,
            &heights,
            (&starts, &widths),
            style.spacing,
            origin,
            &mut fragment,
        );
        let mut end = bottom + edges.bottom;
        for (caption, margin) in below {
            let height = caption.size.height;
            fragment.children.push(Child {
                at: Point::new(margin.left, end + margin.top),
                fragment: caption,
            });
            end += height + margin.vertical();
        }
        fragment.size = Size::new(width, end);
        fragment
    }

    fn cells(
        &mut self,
        slots: &Slots,
        widths: &[LayoutUnit],
        across: LayoutUnit,
        space: &Space,
    ) -> Vec<Rc<Fragment>> {
        let lay = |cell: &Cell, engine: &mut Self| {
            let own: LayoutUnit = widths[cell.column..cell.column + cell.columns]
                .iter()
                .copied()
                .sum();
            let width = own + LayoutUnit(across.0 * (cell.columns as i32 - 1));
            engine.lay_out(
                cell.id,
                &Space {
                    width: space.width.min(width),
                    fixed_width: Some(width),
                    ..Space::default()
                },
            )
        };
        slots.cells.iter().map(|cell| lay(cell, self)).collect()
    }

    fn row_heights(
        &mut self,
        slots: &Slots,
        laid: &[Rc<Fragment>],
        down: LayoutUnit,
    ) -> Vec<LayoutUnit> {
        let mut heights: Vec<LayoutUnit> = slots
            .rows
            .iter()
            .map(|row| match &self.style(*row).size[1] {
                Sizing::Length(Length::Px(px)) => *px,
                _ => LayoutUnit::ZERO,
            })
            .collect();
        let baselines = self.row_baselines(slots, laid);
        for (cell, fragment) in slots.cells.iter().zip(laid).filter(|(c, _)| c.rows == 1) {
            let sunk = match (self.by_baseline(cell.id), fragment.first_baseline) {
                (true, Some(own)) => baselines[cell.row] - own,
                _ => LayoutUnit::ZERO,
            };
            heights[cell.row] = heights[cell.row].max(fragment.size.height + sunk);
        }
        for (cell, fragment) in slots.cells.iter().zip(laid).filter(|(c, _)| c.rows > 1) {
            let span = cell.row..cell.row + cell.rows;
            let have: LayoutUnit = heights[span.clone()].iter().copied().sum::<LayoutUnit>()
                + LayoutUnit(down.0 * (cell.rows as i32 - 1));
            let missing = fragment.size.height - have;
            if missing > LayoutUnit::ZERO {
                heights[span.end - 1] += missing;
            }
        }
        heights
    }

    fn by_baseline(&self, id: BoxId) -> bool {
        !matches!(
            self.style(id).vertical_align,
            VerticalAlign::Top | VerticalAlign::Middle | VerticalAlign::Bottom
        )
    }

    fn row_baselines(&self, slots: &Slots, laid: &[Rc<Fragment>]) -> Vec<LayoutUnit> {
        let mut baselines = vec![LayoutUnit::ZERO; slots.rows.len()];
        for (cell, fragment) in slots.cells.iter().zip(laid) {
            if let (true, Some(own)) = (self.by_baseline(cell.id), fragment.first_baseline) {
                baselines[cell.row] = baselines[cell.row].max(own);
            }
        }
        baselines
    }

    #[allow(clippy::too_many_arguments)]
    fn place_rows(
        &mut self,
        slots: &Slots,
        laid: &[Rc<Fragment>],
        heights: &[LayoutUnit],
        (starts, widths): (&[LayoutUnit], &[LayoutUnit]),
        [across, down]: [LayoutUnit; 2],
        origin: Point,
        table: &mut Fragment,
    ) -> LayoutUnit {
        let baselines = self.row_baselines(slots, laid);
        let mut tops = Vec::with_capacity(heights.len());
        let mut y = down;
        for height in heights {
            tops.push(y);
            y += *height + down;
        }
        let row_width = widths.iter().copied().sum::<LayoutUnit>()
            + LayoutUnit(across.0 * (widths.len() as i32 - 1).max(0));
        let mut next = 0;
        for (group, start, end) in &slots.groups {
            let (Some(first), Some(last)) = (
                tops.get(*start),
                end.checked_sub(1).and_then(|l| tops.get(l)),
            ) else {
                continue;
            };
            let bottom = *last + heights[end - 1];
            let mut group_fragment = self.edge_free(*group, Size::new(row_width, bottom - *first));
            for row in *start..*end {
                let mut fragment =
                    self.edge_free(slots.rows[row], Size::new(row_width, heights[row]));
                while let Some(cell) = slots.cells.get(next).filter(|c| c.row == row) {
                    let span = cell.row + cell.rows - 1;
                    let height = tops[span] + heights[span] - tops[row];
                    let placed = self.stretch(cell.id, &laid[next], height, baselines[row]);
                    let at = Point::new(starts[cell.column] - across, LayoutUnit::ZERO);
                    if fragment.first_baseline.is_none() {
                        fragment.first_baseline = placed.first_baseline;
                    }
                    fragment.children.push(Child {
                        at,
                        fragment: Rc::new(placed),
                    });
                    next += 1;
                }
                if table.first_baseline.is_none() {
                    table.first_baseline =
                        fragment.first_baseline.map(|b| origin.y + tops[row] + b);
                }
                let at = Point::new(LayoutUnit::ZERO, tops[row] - *first);
                group_fragment.children.push(Child {
                    at,
                    fragment: Rc::new(fragment),
                });
            }
            let at = origin + Point::new(across, *first);
            table.children.push(Child {
                at,
                fragment: Rc::new(group_fragment),
            });
        }
        origin.y
            + if heights.is_empty() {
                LayoutUnit::ZERO
            } else {
                y
            }
    }

    /// A row or a group of rows, which has no edges and may be moved by relative positioning.
    fn edge_free(&self, id: BoxId, size: Size) -> Fragment {
        let mut fragment = Fragment::of_box(id, size, Edges::default(), Edges::default());
        let space = Space {
            width: size.width,
            ..Space::default()
        };
        fragment.shift = self.relative_shift(id, &space);
        fragment
    }

    /// The cell as high as its rows, its content moved by `vertical-align`.
    fn stretch(
        &self,
        id: BoxId,
        laid: &Fragment,
        height: LayoutUnit,
        baseline: LayoutUnit,
    ) -> Fragment {
        let free = height - laid.size.height;
        let shift = match self.style(id).vertical_align {
            VerticalAlign::Top => LayoutUnit::ZERO,
            VerticalAlign::Middle => free.half(),
            VerticalAlign::Bottom => free,
            _ => laid
                .first_baseline
                .map_or(LayoutUnit::ZERO, |own| baseline - own),
        };
        let style = self.style(id);
        let padding = edges_of(laid);
        let border = style.border;
        let padding = Edges {
            top: padding.top - border.top,
            right: padding.right - border.right,
            bottom: padding.bottom - border.bottom,
            left: padding.left - border.left,
        };
        let mut cell = Fragment::of_box(id, Size::new(laid.size.width, height), border, padding);
        cell.shift = laid.shift;
        cell.first_baseline = laid.first_baseline.map(|b| b + shift);
        cell.last_baseline = laid.last_baseline.map(|b| b + shift);
        cell.children = laid
            .children
            .iter()
            .map(|c| Child {
                at: c.at + Point::new(LayoutUnit::ZERO, shift),
                fragment: c.fragment.clone(),
            })
            .collect();
        cell
    }
}

fn gaps(count: usize, spacing: LayoutUnit) -> LayoutUnit {
    if count == 0 {
        LayoutUnit::ZERO
    } else {
        LayoutUnit(spacing.0.saturating_mul(count as i32 + 1))
    }
}

fn note_width(column: &mut Column, size: &Sizing, edges: LayoutUnit) {
    match size {
        Sizing::Length(Length::Px(px)) => {
            column.max = if column.fixed {
                column.max.max(*px + edges)
            } else {
                column.min.max(*px + edges)
            };
            column.fixed = true;
        }
        Sizing::Length(Length::Percent(share)) => column.percent = column.percent.max(*share),
        _ => {}
    }
}

fn spread(columns: &mut [Column], min: LayoutUnit, max: LayoutUnit) {
    let have_min: LayoutUnit = columns.iter().map(|c| c.min).sum();
    let have_max: LayoutUnit = columns.iter().map(|c| c.max).sum();
    let count = columns.len() as f32;
    let share = |c: &Column| {
        if have_max > LayoutUnit::ZERO {
            c.max.to_px() / have_max.to_px()
        } else {
            1.0 / count
        }
    };
    let shares: Vec<f32> = columns.iter().map(share).collect();
    for (column, share) in columns.iter_mut().zip(shares) {
        column.min += (min - have_min).at_least_zero().scaled(share);
        column.max += (max - have_max).at_least_zero().scaled(share);
        column.max = column.max.max(column.min);
    }
}

/// CSS 2 section 17.5.2.2, with the surplus shared by the columns' max-content widths.
fn auto_widths(columns: &[Column], inner: LayoutUnit) -> Vec<LayoutUnit> {
    let mut widths: Vec<LayoutUnit> = columns
        .iter()
        .map(|c| {
            if c.percent > 0.0 {
                c.min.max(inner.scaled(c.percent.min(1.0)))
            } else {
                c.max
            }
        })
        .collect();
    let total: LayoutUnit = widths.iter().copied().sum();
    if total > inner {
        let min: LayoutUnit = columns.iter().map(|c| c.min).sum();
        let room = (inner - min).at_least_zero().to_px();
        let wish: f32 = widths
            .iter()
            .zip(columns)
            .map(|(w, c)| (*w - c.min).to_px())
            .sum();
        for (width, column) in widths.iter_mut().zip(columns) {
            let share = if wish > 0.0 {
                (*width - column.min).to_px() / wish
            } else {
                0.0
            };
            *width = column.min + LayoutUnit::from_px(room * share);
        }
        return widths;
    }
    let auto = |c: &Column| !c.fixed && c.percent == 0.0;
    let any_auto = columns.iter().any(auto);
    let takes = |c: &Column| {
        if any_auto {
            auto(c)
        } else {
            columns.iter().all(|c| c.percent > 0.0) || c.percent == 0.0
        }
    };
    let basis: f32 = columns
        .iter()
        .zip(&widths)
        .filter(|(c, _)| takes(c))
        .map(|(_, w)| w.to_px())
        .sum();
    let count = columns.iter().filter(|c| takes(c)).count().max(1) as f32;
    let extra = (inner - total).to_px();
    for (column, width) in columns
        .iter()
        .zip(widths.iter_mut())
        .filter(|(c, _)| takes(c))
    {
        let share = if basis > 0.0 {
            width.to_px() / basis
        } else {
            1.0 / count
        };
        let _ = column;
        *width += LayoutUnit::from_px(extra * share);
    }
    widths
}

/// CSS 2 section 17.5.2.1.
fn fixed_widths(columns: &[Column], inner: LayoutUnit) -> Vec<LayoutUnit> {
    let mut widths: Vec<LayoutUnit> = columns
        .iter()
        .map(|c| {
            if c.percent > 0.0 {
                inner.scaled(c.percent)
            } else {
                c.max
            }
        })
        .collect();
    let total: LayoutUnit = widths.iter().copied().sum();
    let open = columns
        .iter()
        .filter(|c| !c.fixed && c.percent == 0.0)
        .count();
    let extra = (inner - total).at_least_zero();
    if open > 0 {
        for (column, width) in columns.iter().zip(widths.iter_mut()) {
            if !column.fixed && column.percent == 0.0 {
                *width = LayoutUnit(extra.0 / open as i32);
            }
        }
    } else if total > LayoutUnit::ZERO {
        for width in &mut widths {
            *width += extra.scaled(width.to_px() / total.to_px());
        }
    }
    widths
}

//! Puts groups, rows and cells where the tracks are (CSS 2 section 17.5).

use super::{
    rows::Rows,
    slots::{Band, Cell, Slots},
};
use crate::{
    engine::{Engine, Space, edges_of},
    fragment::{Child, Fragment, TableGround, TableParts},
    style::{Position, VerticalAlign},
    unit::{Edges, LayoutUnit, Point, Rect, Size},
};
use std::{ops::Range, rc::Rc};
use style::values::computed;
use thru_render_tree::BoxId;

/// Columns or rows with their places; tracks that are collapsed take no room.
pub(super) struct Tracks {
    starts: Vec<LayoutUnit>,
    sizes: Vec<LayoutUnit>,
    gone: Vec<bool>,
    /// Where the last one ends, with the spacing after it.
    pub end: LayoutUnit,
}

impl Tracks {
    pub(super) fn new(sizes: &[LayoutUnit], gone: Vec<bool>, spacing: LayoutUnit) -> Tracks {
        let mut at = spacing;
        let mut starts = Vec::with_capacity(sizes.len());
        for (size, gone) in sizes.iter().zip(&gone) {
            starts.push(at);
            if !gone {
                at += *size + spacing;
            }
        }
        let any = gone.iter().any(|gone| !gone);
        Tracks {
            starts,
            sizes: sizes.to_vec(),
            gone,
            end: if any { at } else { LayoutUnit::ZERO },
        }
    }

    /// Start and size of what covers some tracks.
    fn span(&self, range: Range<usize>) -> (LayoutUnit, LayoutUnit) {
        let left: Vec<usize> = range.clone().filter(|n| !self.gone[*n]).collect();
        match (left.first(), left.last()) {
            (Some(first), Some(last)) => {
                let start = self.starts[*first];
                (start, self.starts[*last] + self.sizes[*last] - start)
            }
            _ => {
                let at = self.starts.get(range.start).copied();
                (at.unwrap_or_default(), LayoutUnit::ZERO)
            }
        }
    }

    /// Where each begins, and where the last ends.
    pub(super) fn edges(&self) -> Vec<LayoutUnit> {
        let mut edges = self.starts.clone();
        edges.push(self.end);
        edges
    }
}

/// Where everything of one table goes.
pub(super) struct Plan<'p> {
    pub slots: &'p Slots,
    pub laid: &'p [Rc<Fragment>],
    pub rows: &'p Rows,
    pub across: Tracks,
    pub down: Tracks,
    pub rtl: bool,
    /// The grid's content corner in the table's fragment.
    pub origin: Point,
    /// How wide rows are without any column, and what is before them.
    pub least_width: LayoutUnit,
    pub spacing: LayoutUnit,
    /// Percentages in cells refer to it.
    pub basis: LayoutUnit,
    /// The table's height is decided: shares of a cell's height have a basis.
    pub tall: bool,
}

impl Plan<'_> {
    /// The rectangle over some rows and columns, relative to the grid's content corner.
    fn rect(&self, rows: Range<usize>, columns: Range<usize>) -> Rect {
        let (x, width) = match self.slots.columns {
            0 => (self.spacing, self.least_width),
            _ => self.across.span(columns),
        };
        let (y, height) = self.down.span(rows);
        let x = if self.rtl {
            self.across.end - x - width
        } else {
            x
        };
        // Without columns there is no end to mirror at.
        let x = if self.slots.columns == 0 {
            self.spacing
        } else {
            x
        };
        Rect::new(Point::new(x, y), Size::new(width, height))
    }

    fn cell(&self, cell: &Cell) -> Rect {
        self.rect(cell.down(), cell.across())
    }
}

impl Engine<'_> {
    pub(super) fn place_parts(&mut self, plan: &Plan, table: &mut Fragment) {
        let slots = plan.slots;
        let rows = 0..slots.rows.len();
        let bands = slots.column_groups.iter().chain(&slots.column_boxes);
        for band in bands {
            let rect = plan.rect(rows.clone(), band.start..band.end);
            table.children.push(Child {
                at: plan.origin + rect.origin,
                fragment: Rc::new(bare(band.id, rect.size)),
            });
        }
        let mut next = 0;
        for group in &slots.groups {
            let area = plan.rect(group.start..group.end, 0..slots.columns);
            let mut inside = bare(group.id, area.size);
            inside.shift = self.part_shift(group.id, &area);
            for row in group.start..group.end {
                let rect = plan.rect(row..row + 1, 0..slots.columns);
                let mut fragment = bare(slots.rows[row], rect.size);
                fragment.shift = self.part_shift(slots.rows[row], &rect);
                while let Some(cell) = slots.cells.get(next).filter(|c| c.row == row) {
                    let place = plan.cell(cell);
                    let placed = self.finish(plan, cell, next, place.size);
                    fragment.children.push(Child {
                        at: Point::new(
                            place.origin.x - rect.origin.x,
                            place.origin.y - rect.origin.y,
                        ),
                        fragment: Rc::new(placed),
                    });
                    next += 1;
                }
                inside.children.push(Child {
                    at: Point::new(rect.origin.x - area.origin.x, rect.origin.y - area.origin.y),
                    fragment: Rc::new(fragment),
                });
            }
            table.children.push(Child {
                at: plan.origin + area.origin,
                fragment: Rc::new(inside),
            });
        }
        self.note_table_baselines(plan, table);
    }

    /// The baseline of the first row, and of the last.
    fn note_table_baselines(&self, plan: &Plan, table: &mut Fragment) {
        let of = |row: usize| {
            let (y, height) = plan.down.span(row..row + 1);
            let mut cells = plan.slots.cells.iter().filter(|c| c.row == row);
            let by_line = cells.any(|c| self.by_baseline(c.id));
            let own = if by_line {
                plan.rows.baselines[row]
            } else {
                self.lowest_content(plan, row).unwrap_or(height)
            };
            plan.origin.y + y + own
        };
        if let Some(last) = plan.slots.rows.len().checked_sub(1) {
            table.first_baseline = Some(of(0));
            table.last_baseline = Some(of(last));
        }
    }

    /// Where the content of the cells that end in a row ends at most, below the row's top (CSS Tables 3 section 3.9.4).
    fn lowest_content(&self, plan: &Plan, row: usize) -> Option<LayoutUnit> {
        let (_, height) = plan.down.span(row..row + 1);
        let cells = plan.slots.cells.iter().filter(|c| c.row == row);
        let end = |cell: &super::slots::Cell| {
            let style = self.style(cell.id);
            height - style.border.bottom - style.padding(LayoutUnit::ZERO).bottom
        };
        cells.map(end).max()
    }

    fn part_shift(&self, id: BoxId, rect: &Rect) -> Point {
        let space = Space {
            width: rect.size.width,
            ..Space::default()
        };
        self.relative_shift(id, &space)
    }

    /// The cell as high as its rows, its content moved by `vertical-align`.
    fn finish(&mut self, plan: &Plan, cell: &Cell, number: usize, size: Size) -> Fragment {
        let id = cell.id;
        let height = size.height;
        let mut laid = plan.laid[number].clone();
        let baseline = self.cell_baseline(id, &laid);
        let has_height = plan.tall || self.least_height(id) > LayoutUnit::ZERO;
        let mut natural = laid.size.height;
        if has_height && self.takes_share_of_height(id) {
            let space = Space {
                width: plan.basis,
                fixed_width: Some(laid.size.width),
                fixed_height: Some(height),
                ..Space::default()
            };
            laid = self.lay_out(id, &space);
            natural = content_height(&laid).min(height);
        }
        let free = height - natural;
        let shift = match self.style(id).vertical_align {
            VerticalAlign::Top => LayoutUnit::ZERO,
            VerticalAlign::Middle => free.half(),
            VerticalAlign::Bottom => free,
            _ => plan.rows.baselines[cell.row] - baseline,
        };
        let border = self.style(id).border;
        let edges = edges_of(&laid);
        let padding = Edges {
            top: edges.top - border.top,
            right: edges.right - border.right,
            bottom: edges.bottom - border.bottom,
            left: edges.left - border.left,
        };
        let mut placed = Fragment::of_box(id, size, border, padding);
        placed.shift = laid.shift;
        placed.first_baseline = laid.first_baseline.map(|b| b + shift);
        placed.last_baseline = laid.last_baseline.map(|b| b + shift);
        if size.width == LayoutUnit::ZERO && plan.across.gone[cell.column]
            || plan.down.gone[cell.row] && height == LayoutUnit::ZERO
        {
            return placed;
        }
        let moved = |c: &Child| Child {
            at: c.at + Point::new(LayoutUnit::ZERO, shift),
            fragment: c.fragment.clone(),
        };
        placed.children = laid.children.iter().map(moved).collect();
        placed
    }

    /// What is painted of the table beside its own box: backgrounds of its parts, shared borders.
    pub(super) fn table_parts(&self, id: BoxId, plan: &Plan) -> Option<Rc<TableParts>> {
        let slots = plan.slots;
        let mut parts = TableParts::default();
        let columns = slots.column_groups.iter().chain(&slots.column_boxes);
        for band in columns {
            let within = |cell: &Cell| (band.start..band.end).contains(&cell.column);
            let rect = plan.rect(0..slots.rows.len(), band.start..band.end);
            self.ground(plan, band.id, rect, &within, &mut parts);
        }
        for band in &slots.groups {
            let within = |cell: &Cell| (band.start..band.end).contains(&cell.row);
            let rect = plan.rect(band.start..band.end, 0..slots.columns);
            self.ground(plan, band.id, rect, &within, &mut parts);
        }
        self.row_grounds(plan, &mut parts);
        if let Some(edges) = self.known.collapsed.get(&id) {
            for mut line in edges.lines(&plan.across.edges(), &plan.down.edges()) {
                if plan.rtl {
                    let (x, width) = (line.rect.origin.x, line.rect.size.width);
                    line.rect.origin.x = plan.across.end - x - width;
                }
                line.rect.origin = line.rect.origin + plan.origin;
                parts.lines.push(line);
            }
            parts.collapsed = true;
        }
        let empty = parts.grounds.is_empty() && !parts.collapsed;
        (!empty).then(|| Rc::new(parts))
    }

    /// Cells are in the order of rows: one walk serves all rows.
    fn row_grounds(&self, plan: &Plan, parts: &mut TableParts) {
        let slots = plan.slots;
        let mut next = 0;
        for (row, id) in slots.rows.iter().enumerate() {
            let from = next;
            while slots.cells.get(next).is_some_and(|c| c.row == row) {
                next += 1;
            }
            if self.has_ground(*id) {
                let cells = slots.cells[from..next].iter();
                let rect = plan.rect(row..row + 1, 0..slots.columns);
                parts.grounds.push(ground(plan, *id, rect, cells));
            }
        }
    }

    fn ground(
        &self,
        plan: &Plan,
        id: BoxId,
        rect: Rect,
        within: &dyn Fn(&Cell) -> bool,
        parts: &mut TableParts,
    ) {
        if self.has_ground(id) {
            let cells = plan.slots.cells.iter().filter(|cell| within(cell));
            parts.grounds.push(ground(plan, id, rect, cells));
        }
    }

    fn has_ground(&self, id: BoxId) -> bool {
        let background = self.tree.get(id).style.get_background();
        let image = |i: &computed::Image| !matches!(i, computed::Image::None);
        self.style(id).position == Position::Static
            && (background.background_color != computed::Color::TRANSPARENT_BLACK
                || background.background_image.0.iter().any(image))
    }
}

fn ground<'c>(
    plan: &Plan,
    id: BoxId,
    mut rect: Rect,
    cells: impl Iterator<Item = &'c Cell>,
) -> TableGround {
    let place = |cell: &Cell| {
        let mut rect = plan.cell(cell);
        rect.origin = rect.origin + plan.origin;
        (cell.id, rect)
    };
    rect.origin = rect.origin + plan.origin;
    TableGround {
        source: id,
        rect,
        cells: cells.map(place).collect(),
    }
}

/// How tall the content of a laid-out box is, with the box's edges.
fn content_height(laid: &Fragment) -> LayoutUnit {
    let edges = edges_of(laid);
    let bottom = |child: &Child| child.at.y + child.fragment.size.height;
    let lowest = laid.children.iter().map(bottom).max();
    lowest.map_or(edges.vertical(), |lowest| lowest + edges.bottom)
}

fn bare(id: BoxId, size: Size) -> Fragment {
    Fragment::of_box(id, size, Edges::default(), Edges::default())
}

/// Which of some bands' tracks are collapsed away by `visibility: collapse`.
pub(super) fn gone(engine: &Engine, count: usize, bands: &[&Band]) -> Vec<bool> {
    let mut gone = vec![false; count];
    for band in bands {
        if engine.style(band.id).collapses {
            gone[band.start..band.end].fill(true);
        }
    }
    gone
}

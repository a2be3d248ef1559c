//! Which cell lies in which rows and columns (CSS Tables 3 section 3.3).

use super::{MAX_COLUMNS, MAX_ROW_SPAN};
use crate::engine::Engine;
use style::values::specified::box_::DisplayInside;
use thru_render_tree::{BoxId, BoxKind};

/// A cell and the slots that it covers.
pub(super) struct Cell {
    pub id: BoxId,
    pub row: usize,
    pub column: usize,
    pub rows: usize,
    pub columns: usize,
}

impl Cell {
    pub(super) fn across(&self) -> std::ops::Range<usize> {
        self.column..self.column + self.columns
    }

    pub(super) fn down(&self) -> std::ops::Range<usize> {
        self.row..self.row + self.rows
    }
}

/// A box that stands for several tracks: a row group, a column or a column group.
pub(super) struct Band {
    pub id: BoxId,
    pub start: usize,
    pub end: usize,
}

/// A table as a grid of slots. Header groups come first, footer groups last.
#[derive(Default)]
pub(super) struct Slots {
    pub groups: Vec<Band>,
    pub rows: Vec<BoxId>,
    /// Row by row.
    pub cells: Vec<Cell>,
    pub columns: usize,
    pub captions: Vec<BoxId>,
    pub column_boxes: Vec<Band>,
    pub column_groups: Vec<Band>,
}

impl Engine<'_> {
    pub(super) fn slots(&self, id: BoxId) -> Slots {
        let tree = self.tree;
        let mut slots = Slots::default();
        let mut groups = Vec::new();
        let mut declared = 0;
        for child in tree.get(id).children.iter().copied() {
            match self.kind(child) {
                BoxKind::TableCaption => slots.captions.push(child),
                BoxKind::TableRowGroup => groups.push(child),
                BoxKind::TableColumn { span } => {
                    declared = slots.column(child, declared, *span);
                }
                BoxKind::TableColumnGroup { span } => {
                    let start = declared;
                    for column in &tree.get(child).children {
                        if let BoxKind::TableColumn { span } = self.kind(*column) {
                            declared = slots.column(*column, declared, *span);
                        }
                    }
                    if declared == start {
                        declared = (start + *span as usize).min(MAX_COLUMNS);
                    }
                    let end = declared;
                    slots.column_groups.push(Band {
                        id: child,
                        start,
                        end,
                    });
                }
                _ => {}
            }
        }
        self.rank_groups(&mut groups);
        slots.columns = declared;
        for id in groups {
            let start = slots.rows.len();
            self.rows_of(id, &mut slots);
            let end = slots.rows.len();
            slots.groups.push(Band { id, start, end });
        }
        slots
    }

    /// The first header group goes to the top and the first footer group to the bottom.
    fn rank_groups(&self, groups: &mut [BoxId]) {
        let inside = |group: BoxId| self.tree.get(group).style.get_box().display.inside();
        let first = |wanted| groups.iter().copied().find(|g| inside(*g) == wanted);
        let header = first(DisplayInside::TableHeaderGroup);
        let footer = first(DisplayInside::TableFooterGroup);
        groups.sort_by_key(|group| {
            if Some(*group) == header {
                0
            } else if Some(*group) == footer {
                2
            } else {
                1
            }
        });
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
                let span = match *span {
                    0 => left,
                    span => (span as usize).min(left).min(MAX_ROW_SPAN),
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
}

impl Slots {
    /// In the automatic layout a column in which no cell begins and for which no box stands is none: the cells over
    /// it are narrower by it (CSS Tables 3 section 3.8.1).
    pub(super) fn merge_columns(&mut self) {
        let mut begins = vec![false; self.columns];
        for cell in &self.cells {
            begins[cell.column] = true;
        }
        for band in self.column_boxes.iter().chain(&self.column_groups) {
            begins[band.start..band.end].fill(true);
        }
        if begins.iter().all(|begins| *begins) {
            return;
        }
        let mut number = Vec::with_capacity(self.columns + 1);
        let mut next = 0;
        for begins in &begins {
            number.push(next);
            next += usize::from(*begins);
        }
        number.push(next);
        for cell in &mut self.cells {
            let end = number[cell.column + cell.columns];
            cell.column = number[cell.column];
            cell.columns = end - cell.column;
        }
        for band in self.column_boxes.iter_mut().chain(&mut self.column_groups) {
            band.start = number[band.start];
            band.end = number[band.end];
        }
        self.columns = next;
    }

    fn column(&mut self, id: BoxId, start: usize, span: u32) -> usize {
        let end = (start + span as usize).min(MAX_COLUMNS);
        self.column_boxes.push(Band { id, start, end });
        end
    }
}

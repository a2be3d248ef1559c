//! What the columns ask for (CSS Tables 3 section 3.8).

use super::{
    slots::{Cell, Slots},
    widths,
};
use crate::{
    engine::Engine,
    intrinsic::MinMax,
    style::{LayoutStyle, Length, Sizing},
    unit::LayoutUnit,
};
use thru_render_tree::BoxId;

/// What one column asks for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Column {
    pub min: LayoutUnit,
    pub max: LayoutUnit,
    /// It or a cell of it has a `width` that is a length.
    pub constrained: bool,
    /// Share of the table, 0 for none.
    pub percent: f32,
    /// A cell begins in it, or a column box stands for it.
    pub used: bool,
    /// What the fixed layout adds to its share: a cell's edges.
    pub beside: LayoutUnit,
}

/// Percentages of all columns together.
const WHOLE: f32 = 1.0;

impl Engine<'_> {
    /// The columns by their cells, for the automatic layout.
    pub(super) fn measured_columns(&mut self, slots: &Slots, spacing: LayoutUnit) -> Vec<Column> {
        let mut columns = vec![Column::default(); slots.columns];
        self.note_column_boxes(slots, &mut columns, false);
        for cell in slots.cells.iter().filter(|c| c.columns == 1) {
            let style = self.style(cell.id).clone();
            let own = self.cell_asks(cell.id);
            let column = &mut columns[cell.column];
            column.used = true;
            column.min = column.min.max(own.min);
            let asked = asked(&style.size[0], &style);
            match asked {
                Asked::Length(length) => {
                    let length = length.max(own.min);
                    column.max = if column.constrained {
                        column.max.max(length)
                    } else {
                        length.max(column.min)
                    };
                    column.constrained = true;
                }
                _ if !column.constrained => column.max = column.max.max(own.max),
                _ => {}
            }
            if let Asked::Share(share) = asked {
                column.percent = column.percent.max(share);
            }
            column.max = column.max.max(column.min);
        }
        let mut wide: Vec<&Cell> = slots.cells.iter().filter(|c| c.columns > 1).collect();
        wide.sort_by_key(|c| c.columns);
        for cell in wide {
            self.spread(cell, spacing, &mut columns);
        }
        limit_percentages(&mut columns);
        columns
    }

    /// The columns by their boxes and the first row's cells, for the fixed layout (CSS 2 section 17.5.2.1).
    pub(super) fn fixed_columns(&mut self, slots: &Slots, spacing: LayoutUnit) -> Vec<Column> {
        let mut columns = vec![Column::default(); slots.columns];
        self.note_column_boxes(slots, &mut columns, true);
        for cell in slots.cells.iter().take_while(|c| c.row == 0) {
            let style = self.style(cell.id).clone();
            let edges = style.border.horizontal() + style.padding(LayoutUnit::ZERO).horizontal();
            let open: Vec<usize> = cell
                .across()
                .filter(|c| !columns[*c].constrained && columns[*c].percent == 0.0)
                .collect();
            let share = open.len().max(1) as i32;
            let between = LayoutUnit(spacing.0.saturating_mul(cell.columns as i32 - 1));
            for column in open {
                match asked(&style.size[0], &style) {
                    Asked::Length(length) => {
                        let each = (length - between).at_least_zero();
                        columns[column].max = LayoutUnit(each.0 / share);
                        columns[column].constrained = true;
                    }
                    Asked::Share(part) => {
                        columns[column].percent = part / share as f32;
                        columns[column].beside = match style.border_box {
                            true => LayoutUnit::ZERO,
                            false => LayoutUnit(edges.0 / share),
                        };
                    }
                    Asked::Nothing => {}
                }
            }
        }
        limit_percentages(&mut columns);
        columns
    }

    /// A cell's content, within its `min-width` and `max-width`; its `width` is the column's concern.
    fn cell_asks(&mut self, id: BoxId) -> MinMax {
        let style = self.style(id).clone();
        let mut own = self.intrinsic(id);
        if let Asked::Length(most) = asked(&style.max[0], &style) {
            own.max = own.max.min(most);
            own.min = own.min.min(most);
        }
        if let Asked::Length(least) = asked(&style.min[0], &style) {
            own.min = own.min.max(least);
        }
        own.max = own.max.max(own.min);
        own
    }

    /// A column's own width is for its columns; a group's for those that say nothing.
    fn note_column_boxes(&mut self, slots: &Slots, columns: &mut [Column], fixed: bool) {
        let bands = slots.column_boxes.iter().chain(&slots.column_groups);
        for band in bands {
            let style = self.style(band.id).clone();
            let least = match asked(&style.min[0], &style) {
                Asked::Length(length) if !fixed => length,
                _ => LayoutUnit::ZERO,
            };
            for column in &mut columns[band.start..band.end] {
                column.used = true;
                column.min = column.min.max(least);
                column.max = column.max.max(column.min);
                if column.constrained || column.percent > 0.0 {
                    continue;
                }
                match asked(&style.size[0], &style) {
                    Asked::Length(length) => {
                        column.max = column.max.max(length);
                        column.constrained = true;
                    }
                    Asked::Share(share) => column.percent = share,
                    Asked::Nothing => {}
                }
            }
        }
    }

    /// What a cell over several columns asks for is shared out among them.
    fn spread(&mut self, cell: &Cell, spacing: LayoutUnit, columns: &mut [Column]) {
        let style = self.style(cell.id).clone();
        let own = self.cell_asks(cell.id);
        let between = LayoutUnit(spacing.0.saturating_mul(cell.columns as i32 - 1));
        let columns = &mut columns[cell.across()];
        columns[0].used = true;
        let own = MinMax {
            min: own.min - between,
            max: own.max - between,
        };
        if let Asked::Share(share) = asked(&style.size[0], &style) {
            spread_percentage(columns, share);
        }
        let have: LayoutUnit = columns.iter().map(|c| c.min).sum();
        if own.min > have {
            let parts = widths::automatic(columns, own.min);
            for (column, part) in columns.iter_mut().zip(parts) {
                column.min = column.min.max(part);
                column.max = column.max.max(column.min);
            }
        }
        let have: LayoutUnit = columns.iter().map(|c| c.max).sum();
        if own.max > have {
            let parts = widths::automatic(columns, own.max);
            for (column, part) in columns.iter_mut().zip(parts) {
                column.max = column.max.max(part);
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Asked {
    Nothing,
    /// Of the border box.
    Length(LayoutUnit),
    Share(f32),
}

fn asked(size: &Sizing, style: &LayoutStyle) -> Asked {
    match size {
        Sizing::Length(Length::Px(px)) => {
            let edges = style.border.horizontal() + style.padding(LayoutUnit::ZERO).horizontal();
            let px = px.at_least_zero();
            Asked::Length(if style.border_box {
                px.max(edges)
            } else {
                px + edges
            })
        }
        Sizing::Length(Length::Percent(share)) if *share > 0.0 => Asked::Share(*share),
        _ => Asked::Nothing,
    }
}

fn spread_percentage(columns: &mut [Column], share: f32) {
    let have: f32 = columns.iter().map(|c| c.percent).sum();
    let rest = share - have;
    let open: Vec<usize> = (0..columns.len())
        .filter(|c| columns[*c].percent == 0.0)
        .collect();
    if rest <= 0.0 || open.is_empty() {
        return;
    }
    let weight: f32 = open.iter().map(|c| columns[*c].max.to_px()).sum();
    let count = open.len() as f32;
    for column in open {
        let part = if weight > 0.0 {
            columns[column].max.to_px() / weight
        } else {
            1.0 / count
        };
        columns[column].percent = rest * part;
    }
}

fn limit_percentages(columns: &mut [Column]) {
    let mut left = WHOLE;
    for column in columns {
        column.percent = column.percent.min(left);
        left -= column.percent;
    }
}

/// The intrinsic width of all columns; shares make a table as wide as they ask for.
pub(super) fn intrinsic(columns: &[Column], shares_widen: bool) -> MinMax {
    let min: LayoutUnit = columns.iter().map(|c| c.min).sum();
    let mut max: LayoutUnit = columns.iter().map(|c| c.max).sum();
    let mut shares = 0.0;
    let mut rest = LayoutUnit::ZERO;
    for column in columns {
        if column.percent > 0.0 {
            shares += column.percent;
            max = max.max(column.max.scaled(1.0 / column.percent));
        } else {
            rest += column.max;
        }
    }
    if !shares_widen {
        max = columns.iter().map(|c| c.max).sum();
    } else if shares > 0.0 && rest > LayoutUnit::ZERO {
        let left = WHOLE - shares;
        let most = LayoutUnit::px(MOST_BY_SHARES);
        max = if left > 0.0 {
            max.max(rest.scaled(1.0 / left))
        } else {
            most
        };
        max = max.min(most);
    }
    MinMax {
        min,
        max: max.max(min),
    }
}

/// The widest that shares make a table, px.
const MOST_BY_SHARES: i32 = 1_000_000;

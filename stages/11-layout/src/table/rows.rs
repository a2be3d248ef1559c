//! How tall the rows are (CSS Tables 3 section 3.10, CSS 2 section 17.5.3).

use super::slots::{Band, Cell, Slots};
use crate::{
    engine::{Engine, Space},
    fragment::Fragment,
    style::{Length, Sizing, VerticalAlign},
    unit::LayoutUnit,
};
use std::rc::Rc;
use thru_render_tree::BoxId;

/// Rows with their heights and baselines.
pub(super) struct Rows {
    pub heights: Vec<LayoutUnit>,
    pub baselines: Vec<LayoutUnit>,
    /// Each cell's height by itself: its content, at least its `height`.
    pub natural: Vec<LayoutUnit>,
}

/// What is asked of one row beside its content.
#[derive(Clone, Copy, Default)]
struct Asked {
    length: Option<LayoutUnit>,
    share: f32,
}

impl Engine<'_> {
    /// The rows by their cells; `laid` are the cells laid out by their content, `inside` is what the rows have
    /// together if the table's height says so.
    pub(super) fn rows(
        &mut self,
        slots: &Slots,
        laid: &[Rc<Fragment>],
        down: LayoutUnit,
        inside: Option<LayoutUnit>,
    ) -> Rows {
        let asked: Vec<Asked> = slots.rows.iter().map(|row| self.row_asks(*row)).collect();
        let natural: Vec<LayoutUnit> = slots
            .cells
            .iter()
            .zip(laid)
            .map(|(cell, fragment)| fragment.size.height.max(self.least_height(cell.id)))
            .collect();
        let mut rows = Rows {
            heights: asked.iter().map(|a| a.length.unwrap_or_default()).collect(),
            baselines: self.row_baselines(slots, laid),
            natural,
        };
        let mut constrained: Vec<bool> = asked.iter().map(|a| a.length.is_some()).collect();
        for (number, cell) in slots.cells.iter().enumerate() {
            if cell.rows == 1 {
                let height = rows.natural[number] + self.sunk(cell, &laid[number], &rows.baselines);
                rows.heights[cell.row] = rows.heights[cell.row].max(height);
                constrained[cell.row] |= self.least_height(cell.id) > LayoutUnit::ZERO;
            }
        }
        let mut tall: Vec<usize> = (0..slots.cells.len())
            .filter(|n| slots.cells[*n].rows > 1)
            .collect();
        // What lies inside another comes first, else what begins higher up.
        tall.sort_by_key(|n| {
            let down = slots.cells[*n].down();
            (down.end, std::cmp::Reverse(down.start))
        });
        let mut begins_tall = vec![false; slots.rows.len()];
        for number in &tall {
            begins_tall[slots.cells[*number].row] = true;
        }
        for number in tall {
            let cell = &slots.cells[number];
            let missing = rows.natural[number] - span_height(&rows.heights, cell, down);
            if missing > LayoutUnit::ZERO {
                let mut begin = begins_tall[cell.down()].to_vec();
                begin[0] = false;
                let span = Span::Cell { begin };
                let shares = share_out(&rows.heights, &constrained, cell.down(), missing, span);
                add(&mut rows.heights, cell.down(), &shares);
            }
        }
        for group in &slots.groups {
            self.stretch_group(group, &constrained, down, &mut rows.heights);
        }
        if let Some(inside) = inside {
            self.stretch_rows(&asked, &constrained, inside, &mut rows.heights);
        }
        rows
    }

    fn row_asks(&self, row: BoxId) -> Asked {
        let style = self.style(row);
        match &style.size[1] {
            Sizing::Length(Length::Percent(share)) => Asked {
                length: None,
                share: *share,
            },
            Sizing::Length(Length::Px(px)) => Asked {
                length: Some(px.at_least_zero()),
                share: 0.0,
            },
            _ => Asked::default(),
        }
    }

    /// A cell's `height` and `min-height` as a border box; 0 without.
    pub(super) fn least_height(&self, cell: BoxId) -> LayoutUnit {
        let style = self.style(cell);
        let edges = style.border.vertical() + style.padding(LayoutUnit::ZERO).vertical();
        let outer = |sizing: &Sizing| match sizing {
            Sizing::Length(Length::Px(px)) if style.border_box => *px,
            Sizing::Length(Length::Px(px)) if *px > LayoutUnit::ZERO => *px + edges,
            _ => LayoutUnit::ZERO,
        };
        outer(&style.size[1]).max(outer(&style.min[1]))
    }

    fn stretch_group(
        &self,
        group: &Band,
        constrained: &[bool],
        down: LayoutUnit,
        heights: &mut [LayoutUnit],
    ) {
        let range = group.start..group.end;
        let Sizing::Length(Length::Px(wanted)) = &self.style(group.id).size[1] else {
            return;
        };
        if range.is_empty() {
            return;
        }
        let have: LayoutUnit = heights[range.clone()].iter().copied().sum();
        let between = LayoutUnit(down.0.saturating_mul(range.len() as i32 - 1));
        let missing = *wanted - have - between;
        if missing > LayoutUnit::ZERO {
            let shares = share_out(heights, constrained, range.clone(), missing, Span::Table);
            add(heights, range, &shares);
        }
    }

    /// A table that is taller than its rows makes them taller: first those that ask for a share of it.
    fn stretch_rows(
        &self,
        asked: &[Asked],
        constrained: &[bool],
        inside: LayoutUnit,
        heights: &mut [LayoutUnit],
    ) {
        let mut missing = inside - heights.iter().copied().sum();
        for (height, asked) in heights.iter_mut().zip(asked) {
            if missing <= LayoutUnit::ZERO {
                return;
            }
            if asked.share > 0.0 {
                let more = inside.scaled(asked.share) - *height;
                let more = more.at_least_zero().min(missing);
                *height += more;
                missing -= more;
            }
        }
        let range = 0..heights.len();
        if missing > LayoutUnit::ZERO && !range.is_empty() {
            let held: Vec<bool> = constrained
                .iter()
                .zip(asked)
                .map(|(held, asked)| *held || asked.share > 0.0)
                .collect();
            let shares = share_out(heights, &held, range.clone(), missing, Span::Table);
            add(heights, range, &shares);
        }
    }

    pub(super) fn by_baseline(&self, id: BoxId) -> bool {
        !matches!(
            self.style(id).vertical_align,
            VerticalAlign::Top | VerticalAlign::Middle | VerticalAlign::Bottom
        )
    }

    /// A cell's baseline: its first line's, or the bottom of its content.
    pub(super) fn cell_baseline(&self, id: BoxId, laid: &Fragment) -> LayoutUnit {
        laid.first_baseline.unwrap_or_else(|| {
            let style = self.style(id);
            let height = laid.size.height.max(self.least_height(id));
            height - style.border.bottom - style.padding(LayoutUnit::ZERO).bottom
        })
    }

    /// How far a cell goes down to stand on its row's baseline.
    fn sunk(&self, cell: &Cell, laid: &Fragment, baselines: &[LayoutUnit]) -> LayoutUnit {
        if self.by_baseline(cell.id) {
            baselines[cell.row] - self.cell_baseline(cell.id, laid)
        } else {
            LayoutUnit::ZERO
        }
    }

    fn row_baselines(&self, slots: &Slots, laid: &[Rc<Fragment>]) -> Vec<LayoutUnit> {
        let mut baselines = vec![LayoutUnit::ZERO; slots.rows.len()];
        for (cell, fragment) in slots.cells.iter().zip(laid) {
            if self.by_baseline(cell.id) {
                let own = self.cell_baseline(cell.id, fragment);
                baselines[cell.row] = baselines[cell.row].max(own);
            }
        }
        baselines
    }

    /// Whether something in a cell takes a share of the cell's height.
    pub(super) fn takes_share_of_height(&self, cell: BoxId) -> bool {
        let share = |sizing: &Sizing| {
            matches!(
                sizing,
                Sizing::Length(Length::Percent(_) | Length::Calc(_)) | Sizing::Stretch
            )
        };
        self.tree.get(cell).children.iter().any(|child| {
            let source = self.tree.get(*child);
            if source.is_text() {
                return false;
            }
            let style = self.style(*child);
            share(&style.size[1])
                || share(&style.min[1])
                || share(&style.max[1])
                || (source.generated.is_some() && self.any_child_takes_share(*child))
        })
    }

    fn any_child_takes_share(&self, id: BoxId) -> bool {
        self.tree.get(id).children.iter().any(|child| {
            let takes = |s: &Sizing| matches!(s, Sizing::Length(Length::Percent(_)));
            !self.tree.get(*child).is_text() && takes(&self.style(*child).size[1])
        })
    }

    /// Lays every cell out as wide as its columns and as tall as its content.
    pub(super) fn lay_cells(
        &mut self,
        slots: &Slots,
        widths: &[LayoutUnit],
        across: LayoutUnit,
        basis: LayoutUnit,
    ) -> Vec<Rc<Fragment>> {
        let mut laid = Vec::with_capacity(slots.cells.len());
        for cell in &slots.cells {
            let own: LayoutUnit = widths[cell.across()].iter().copied().sum();
            let between = LayoutUnit(across.0.saturating_mul(cell.columns as i32 - 1));
            let space = Space {
                width: basis,
                fixed_width: Some(own + between),
                // What takes a share of a cell's own height does not make the cell higher (CSS Tables 3 section 3.9.1).
                by_content: self.least_height(cell.id) == LayoutUnit::ZERO
                    || !self.takes_share_of_height(cell.id),
                ..Space::default()
            };
            laid.push(self.lay_out(cell.id, &space));
        }
        laid
    }
}

pub(super) fn span_height(heights: &[LayoutUnit], cell: &Cell, down: LayoutUnit) -> LayoutUnit {
    heights[cell.down()].iter().copied().sum::<LayoutUnit>()
        + LayoutUnit(down.0.saturating_mul(cell.rows as i32 - 1))
}

fn add(heights: &mut [LayoutUnit], range: std::ops::Range<usize>, shares: &[LayoutUnit]) {
    for (height, share) in heights[range].iter_mut().zip(shares) {
        *height += *share;
    }
}

/// For whose sake rows become taller.
enum Span {
    /// A cell over several rows; which of them, but the first, begin other such cells.
    Cell { begin: Vec<bool> },
    /// A row group or the table.
    Table,
}

/// Who gets how much of `extra`: rows in which other tall cells begin; rows whose height is free and not 0, by their
/// height; empty free rows, for a cell's sake only the last; all by their height.
fn share_out(
    heights: &[LayoutUnit],
    constrained: &[bool],
    range: std::ops::Range<usize>,
    extra: LayoutUnit,
    span: Span,
) -> Vec<LayoutUnit> {
    let height = |row: usize| heights[row].to_px();
    let weigh = |weight: &dyn Fn(usize) -> f32| -> Option<Vec<f32>> {
        let weights: Vec<f32> = range.clone().map(weight).collect();
        (weights.iter().sum::<f32>() > 0.0).then_some(weights)
    };
    let one = |yes: bool| if yes { 1.0 } else { 0.0 };
    let is_empty = |row: usize| !constrained[row] && heights[row] == LayoutUnit::ZERO;
    let start = range.start;
    let last_empty = range.clone().rev().find(|row| is_empty(*row));
    let weights = match &span {
        Span::Cell { begin } => weigh(&|row| one(begin[row - start])),
        Span::Table => None,
    };
    let weights = weights
        .or_else(|| weigh(&|row| if constrained[row] { 0.0 } else { height(row) }))
        .or_else(|| match &span {
            Span::Cell { .. } => {
                let all_empty = range.clone().all(|row| heights[row] == LayoutUnit::ZERO);
                weigh(&|row| one(all_empty && Some(row) == last_empty))
            }
            Span::Table => weigh(&|row| one(is_empty(row))),
        })
        .or_else(|| weigh(&height))
        .unwrap_or_else(|| vec![1.0; range.len()]);
    let total: f32 = weights.iter().sum();
    let mut shares: Vec<LayoutUnit> = weights
        .iter()
        .map(|weight| extra.scaled(weight / total))
        .collect();
    let left = extra - shares.iter().copied().sum();
    if let Some(at) = weights.iter().rposition(|w| *w > 0.0) {
        shares[at] += left;
    }
    shares
}

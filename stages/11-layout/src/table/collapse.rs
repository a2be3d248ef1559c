//! The collapsing border model: who wins each edge (CSS 2 section 17.6.2).

use super::slots::{Cell, Slots};
use crate::{
    engine::Engine,
    fragment::{BorderLine, Side},
    style::Length,
    unit::{Edges, LayoutUnit, Point, Rect, Size},
};
use std::rc::Rc;
use style::values::specified::border::BorderStyle;
use thru_render_tree::{BoxId, BoxKind};

/// The most edges between slots that are compared in one table; beyond it no shared borders are painted.
pub const MAX_COLLAPSED_EDGES: usize = 1 << 22;

/// One edge of a slot.
#[derive(Clone, Copy, Default)]
struct Edge {
    width: LayoutUnit,
    /// `hidden`: no border at all.
    hidden: bool,
    /// Inside a cell: there is no edge.
    inside: bool,
    /// Place of the style in the order of section 17.6.2.1; 0 is `none`.
    rank: u8,
    from: Option<(BoxId, Side)>,
}

/// The edges of a table.
pub(crate) struct CollapsedEdges {
    rows: usize,
    columns: usize,
    /// The first column is the rightmost.
    rtl: bool,
    /// Above row `r` in column `c`: `r * columns + c`.
    level: Vec<Edge>,
    /// Before column `c` in row `r`: `r * (columns + 1) + c`.
    upright: Vec<Edge>,
}

fn rank(style: BorderStyle) -> u8 {
    match style {
        BorderStyle::None | BorderStyle::Hidden => 0,
        BorderStyle::Inset => 1,
        BorderStyle::Groove => 2,
        BorderStyle::Outset => 3,
        BorderStyle::Ridge => 4,
        BorderStyle::Dotted => 5,
        BorderStyle::Dashed => 6,
        BorderStyle::Solid => 7,
        BorderStyle::Double => 8,
    }
}

impl Engine<'_> {
    /// Resolves the borders of all tables: before any box asks for the edges of another.
    pub(crate) fn collapse_all_borders(&mut self) {
        for id in self.tree.ids() {
            if matches!(self.kind(id), BoxKind::Table) && self.style(id).collapse {
                let slots = self.slots(id);
                self.collapse_borders(id, &slots);
            }
        }
    }

    /// Cells and the table get half of what wins.
    fn collapse_borders(&mut self, id: BoxId, slots: &Slots) {
        let (rows, columns) = (slots.rows.len(), slots.columns);
        let size = (rows + 1).saturating_mul(columns + 1).saturating_mul(2);
        if size > MAX_COLLAPSED_EDGES {
            let what = "collapsed borders of a very large table";
            *self.known.unsupported.entry(what).or_default() += 1;
            return;
        }
        let mut edges = CollapsedEdges {
            rows,
            columns,
            rtl: self.style(id).rtl,
            level: vec![Edge::default(); (rows + 1) * columns],
            upright: vec![Edge::default(); rows * (columns + 1)],
        };
        self.contend(id, slots, &mut edges);
        for cell in &slots.cells {
            Rc::make_mut(&mut self.known.styles[cell.id.index()]).border = edges.cell_border(cell);
        }
        let border = edges.table_border();
        let style = Rc::make_mut(&mut self.known.styles[id.index()]);
        if rows > 0 && columns > 0 {
            style.border = border;
        }
        style.padding = [Length::ZERO, Length::ZERO, Length::ZERO, Length::ZERO];
        style.spacing = [LayoutUnit::ZERO; 2];
        for part in slots.parts() {
            Rc::make_mut(&mut self.known.styles[part.index()]).border = Edges::default();
        }
        self.known.collapsed.insert(id, Rc::new(edges));
    }

    /// All borders meet: cells first, who comes first wins a tie.
    fn contend(&self, id: BoxId, slots: &Slots, edges: &mut CollapsedEdges) {
        let (rows, columns) = (slots.rows.len(), slots.columns);
        for cell in &slots.cells {
            edges.cover(cell);
        }
        for cell in &slots.cells {
            self.ring(edges, cell.id, cell.down(), cell.across());
        }
        for (row, id) in slots.rows.iter().enumerate() {
            self.ring(edges, *id, row..row + 1, 0..columns);
        }
        for group in &slots.groups {
            self.ring(edges, group.id, group.start..group.end, 0..columns);
        }
        for band in &slots.column_boxes {
            for column in band.start..band.end {
                self.ring(edges, band.id, 0..rows, column..column + 1);
            }
        }
        for band in &slots.column_groups {
            self.ring(edges, band.id, 0..rows, band.start..band.end);
        }
        self.ring(edges, id, 0..rows, 0..columns);
    }

    /// A box's four borders around the slots that it covers.
    fn ring(
        &self,
        edges: &mut CollapsedEdges,
        id: BoxId,
        rows: std::ops::Range<usize>,
        columns: std::ops::Range<usize>,
    ) {
        if rows.is_empty() || columns.is_empty() {
            return;
        }
        let edge = |side| self.edge(id, side);
        let (top, bottom) = (edge(Side::Top), edge(Side::Bottom));
        for column in columns.clone() {
            edges.level_at(rows.start, column).meet(top);
            edges.level_at(rows.end, column).meet(bottom);
        }
        let (left, right) = (edge(Side::Left), edge(Side::Right));
        for row in rows {
            let (before, after) = edges.turned(left, right);
            edges.upright_at(row, columns.start).meet(before);
            edges.upright_at(row, columns.end).meet(after);
        }
    }

    fn edge(&self, id: BoxId, side: Side) -> Edge {
        let mode = self.known.modes.outer(id);
        let used = self.style(id).border;
        let width = match side {
            Side::Top => used.top,
            Side::Right => used.right,
            Side::Bottom => used.bottom,
            Side::Left => used.left,
        };
        let side = mode.physical_side(side);
        let border = self.tree.get(id).style.get_border();
        let style = match side {
            Side::Top => border.border_top_style,
            Side::Right => border.border_right_style,
            Side::Bottom => border.border_bottom_style,
            Side::Left => border.border_left_style,
        };
        Edge {
            width,
            hidden: style == BorderStyle::Hidden,
            inside: false,
            rank: rank(style),
            from: Some((id, side)),
        }
    }
}

impl Edge {
    fn meet(&mut self, other: Edge) {
        if self.inside || self.hidden {
            return;
        }
        let wins = other.hidden
            || (other.rank > 0
                && (self.rank == 0
                    || other.width > self.width
                    || (other.width == self.width && other.rank > self.rank)));
        if wins {
            *self = other;
        }
    }

    /// Whose border it is, if there is one.
    fn shown(&self) -> Option<(BoxId, Side)> {
        self.from.filter(|_| self.used() > LayoutUnit::ZERO)
    }

    fn used(&self) -> LayoutUnit {
        if self.hidden || self.inside || self.rank == 0 {
            LayoutUnit::ZERO
        } else {
            self.width
        }
    }
}

impl CollapsedEdges {
    /// Left and right as before and after, or the other way round.
    fn turned<T>(&self, left: T, right: T) -> (T, T) {
        match self.rtl {
            true => (right, left),
            false => (left, right),
        }
    }

    fn level_at(&mut self, row: usize, column: usize) -> &mut Edge {
        &mut self.level[row * self.columns + column]
    }

    fn upright_at(&mut self, row: usize, column: usize) -> &mut Edge {
        &mut self.upright[row * (self.columns + 1) + column]
    }

    /// Inside a cell there are no edges.
    fn cover(&mut self, cell: &Cell) {
        for row in cell.down().skip(1) {
            for column in cell.across() {
                self.level_at(row, column).inside = true;
            }
        }
        for column in cell.across().skip(1) {
            for row in cell.down() {
                self.upright_at(row, column).inside = true;
            }
        }
    }

    fn level_width(&self, row: usize, column: usize) -> LayoutUnit {
        self.level[row * self.columns + column].used()
    }

    fn upright_width(&self, row: usize, column: usize) -> LayoutUnit {
        self.upright[row * (self.columns + 1) + column].used()
    }

    fn cell_border(&self, cell: &Cell) -> Edges {
        let across = |row: usize| {
            let widths = cell.across().map(|column| self.level_width(row, column));
            widths.max().unwrap_or_default().half()
        };
        let down = |column: usize| {
            let widths = cell.down().map(|row| self.upright_width(row, column));
            widths.max().unwrap_or_default().half()
        };
        let (left, right) = self.turned(down(cell.column), down(cell.column + cell.columns));
        Edges {
            top: across(cell.row),
            right,
            bottom: across(cell.row + cell.rows),
            left,
        }
    }

    /// Half of the widest edge on each side (CSS Tables 3 section 3.6).
    fn table_border(&self) -> Edges {
        if self.rows == 0 || self.columns == 0 {
            return Edges::default();
        }
        let across = |row: usize| {
            let widths = (0..self.columns).map(|column| self.level_width(row, column));
            widths.max().unwrap_or_default().half()
        };
        let down = |column: usize| {
            let widths = (0..self.rows).map(|row| self.upright_width(row, column));
            widths.max().unwrap_or_default().half()
        };
        let (left, right) = self.turned(down(0), down(self.columns));
        Edges {
            top: across(0),
            right,
            bottom: across(self.rows),
            left,
        }
    }

    /// The lines to paint, as if columns ran to the right; `xs` and `ys` are where the columns and rows begin and
    /// end, one more than there are.
    pub(super) fn lines(&self, xs: &[LayoutUnit], ys: &[LayoutUnit]) -> Vec<BorderLine> {
        let mut lines = Vec::new();
        for (number, edge) in self.level.iter().enumerate() {
            let (row, column) = (number / self.columns, number % self.columns);
            if let Some((source, side)) = edge.shown() {
                let from = xs[column] - self.reach(row, column, edge, true);
                let to = xs[column + 1] + self.reach(row, column + 1, edge, true);
                let rect = Rect::new(
                    Point::new(from, ys[row] - edge.width.half()),
                    Size::new(to - from, edge.width),
                );
                lines.push(BorderLine { source, side, rect });
            }
        }
        for (number, edge) in self.upright.iter().enumerate() {
            let (row, column) = (number / (self.columns + 1), number % (self.columns + 1));
            if let Some((source, side)) = edge.shown() {
                let from = ys[row] - self.reach(row, column, edge, false);
                let to = ys[row + 1] + self.reach(row + 1, column, edge, false);
                let rect = Rect::new(
                    Point::new(xs[column] - edge.width.half(), from),
                    Size::new(edge.width, to - from),
                );
                lines.push(BorderLine { source, side, rect });
            }
        }
        lines
    }

    /// How far a line goes beyond the corner at (`row`, `column`): all the way through if it wins there, else to
    /// the side of what does.
    fn reach(&self, row: usize, column: usize, edge: &Edge, level: bool) -> LayoutUnit {
        let level_edge = |c: Option<usize>| {
            c.filter(|c| *c < self.columns)
                .map(|c| self.level[row * self.columns + c])
        };
        let upright_edge = |r: Option<usize>| {
            r.filter(|r| *r < self.rows)
                .map(|r| self.upright[r * (self.columns + 1) + column])
        };
        let before = level_edge(column.checked_sub(1));
        let above = upright_edge(row.checked_sub(1));
        let below = upright_edge(Some(row));
        let after = level_edge(Some(column));
        let width = |edge: &Option<Edge>| edge.map_or(LayoutUnit::ZERO, |e| e.used());
        let (across, down) = (
            width(&before).max(width(&after)),
            width(&above).max(width(&below)),
        );
        let crossing = if level { down } else { across };
        let mut winner: Option<(Edge, bool)> = None;
        for (met, lies) in [
            (before, true),
            (above, false),
            (below, false),
            (after, true),
        ] {
            let Some(met) = met.filter(|e| e.used() > LayoutUnit::ZERO) else {
                continue;
            };
            if winner.is_none_or(|(best, _)| (met.width, met.rank) > (best.width, best.rank)) {
                winner = Some((met, lies));
            }
        }
        match winner {
            Some((best, lies)) if lies == level => {
                let same = best.from == edge.from;
                if same {
                    crossing.half()
                } else {
                    -crossing.half()
                }
            }
            _ => -crossing.half(),
        }
    }
}

impl Slots {
    /// Rows, groups and columns: boxes that have no border of their own any more.
    fn parts(&self) -> impl Iterator<Item = BoxId> {
        let bands = self.groups.iter().chain(&self.column_boxes);
        let bands = bands.chain(&self.column_groups).map(|band| band.id);
        bands.chain(self.rows.iter().copied())
    }
}

//! Multi-column layout (CSS Multi-column 1).

use super::{
    block::{Content, Place},
    float::Floats,
    fragmentation::{Column, Flow},
    margin_collapse::Strut,
};
use crate::{
    engine::{Engine, Space},
    fragment::{Child, Fragment, FragmentKind},
    unit::{Edges, LayoutUnit, Point, Size},
};
use std::rc::Rc;
use thru_cssom::Carried;
use thru_render_tree::BoxId;

/// The used columns of a container.
struct Columns {
    count: usize,
    width: LayoutUnit,
    gap: LayoutUnit,
    /// The container's content box.
    around: LayoutUnit,
    /// The first column is at the right.
    rtl: bool,
}

impl Columns {
    /// Where a column begins.
    fn x(&self, number: usize) -> LayoutUnit {
        let step = (self.width + self.gap).0;
        let x = LayoutUnit(step.saturating_mul(number as i32));
        match self.rtl {
            true => self.around - self.width - x,
            false => x,
        }
    }
}

impl Engine<'_> {
    /// Fills columns with the content: rows of balanced columns, and between them the children that
    /// span all of them. The content is laid out in one tall column, then cut.
    /// GAP: only a direct child spans; `orphans` and `widows` are not known to the style engine.
    pub(crate) fn columns(
        &mut self,
        id: BoxId,
        width: LayoutUnit,
        height: Option<LayoutUnit>,
    ) -> Content {
        let columns = self.used_columns(id, width);
        let tree = self.tree;
        let children = &tree.get(id).children;
        let mut content = Content::default();
        if self.has_inline_children(id) {
            let row = self.column_row(id, children, &columns, height);
            append(&mut content, row);
            return content;
        }
        let mut strut = Strut::default();
        for (spans, run) in runs(self, children) {
            if !spans {
                content.height += std::mem::take(&mut strut).sum();
                let left = height.map(|h| (h - content.height).at_least_zero());
                let row = self.column_row(id, run, &columns, left);
                append(&mut content, row);
                continue;
            }
            for child in run {
                let space = Space {
                    width,
                    height,
                    ..Space::default()
                };
                let fragment = self.lay_out(*child, &space);
                let margin = self.style(*child).margin(width);
                strut = strut.with(Strut::of(margin.top));
                let y = content.height + strut.sum();
                content.note_baselines(&fragment, y);
                content.height = y + fragment.size.height;
                content.children.push(Child {
                    at: Point::new(margin.left, y),
                    fragment,
                });
                strut = Strut::of(margin.bottom);
            }
        }
        content.end = strut;
        content
    }

    /// CSS Multi-column 1 section 3.4.
    fn used_columns(&self, id: BoxId, width: LayoutUnit) -> Columns {
        let style = self.style(id);
        let gap = style
            .column_gap
            .as_ref()
            .map_or(LayoutUnit::from_px(style.font_size), |g| g.against(width));
        let fit = |w: LayoutUnit| ((width + gap).0 / (w + gap).0.max(1)).max(1);
        let count = match style.columns {
            (Some(count), Some(least)) => (count as i32).min(fit(least)),
            (Some(count), None) => count as i32,
            (None, Some(least)) => fit(least),
            (None, None) => 1,
        };
        Columns {
            count: count as usize,
            width: LayoutUnit(((width + gap).0 / count - gap.0).max(0)),
            gap,
            around: width,
            rtl: style.rtl,
        }
    }

    fn column_row(
        &mut self,
        id: BoxId,
        children: &[BoxId],
        columns: &Columns,
        limit: Option<LayoutUnit>,
    ) -> Content {
        let mut floats = Floats::default();
        let mut place = Place {
            width: columns.width,
            height: None,
            origin: Point::default(),
            floats: &mut floats,
            start: None,
            above: Default::default(),
        };
        let tall = if self.has_inline_children(id) {
            self.lines(id, &mut place)
        } else {
            self.stack(children, &mut place)
        };
        let total = (tall.height + tall.end.sum()).max(floats.bottom());
        let flow = Flow::of(self, &tall.children);
        let share = LayoutUnit((total.0 + columns.count as i32 - 1) / columns.count as i32);
        let wanted = share.max(flow.tallest());
        let wanted = limit.map_or(wanted, |limit| wanted.min(limit));
        let fills = Carried::ColumnFill.is(&self.tree.get(id).style, "auto");
        let (height, cuts) = match limit.filter(|_| fills) {
            Some(limit) => (limit, flow.cut(limit)),
            None => flow.balance(wanted, columns.count, limit),
        };
        let mut content = Content {
            height,
            first_baseline: tall.first_baseline,
            ..Content::default()
        };
        for (number, start) in cuts.starts.iter().enumerate() {
            let first = number == 0;
            let column = Column {
                top: *start,
                start: if first {
                    LayoutUnit(i32::MIN / 2)
                } else {
                    *start
                },
                end: cuts
                    .starts
                    .get(number + 1)
                    .copied()
                    .unwrap_or(LayoutUnit::MAX),
                height,
            };
            let origin = *start;
            let x = columns.x(number);
            if !first {
                content
                    .children
                    .extend(self.column_rule(id, columns, number, height));
            }
            for mut child in column.slice(self, &tall.children, LayoutUnit::ZERO, origin) {
                child.at.x += x;
                let last = content.last_baseline;
                content.note_baselines(&child.fragment, child.at.y);
                // The lowest of the columns' last baselines (CSS Box Alignment 3 section 9.1).
                content.last_baseline = content.last_baseline.max(last);
                content.children.push(child);
            }
        }
        content
    }
}

impl Engine<'_> {
    /// The line before a column (section 4.2), in the middle of the gap.
    fn column_rule(
        &self,
        id: BoxId,
        columns: &Columns,
        number: usize,
        height: LayoutUnit,
    ) -> Option<Child> {
        let style = &self.tree.get(id).style;
        let line = Carried::ColumnRuleStyle.of(style)?;
        if ["none", "hidden"].contains(&line.as_str()) {
            return None;
        }
        let width = LayoutUnit::from_px(Carried::ColumnRuleWidth.px(style).unwrap_or(3.0));
        let middle = match columns.rtl {
            true => columns.x(number) + columns.width + columns.gap.half(),
            false => columns.x(number) - columns.gap.half(),
        };
        let (none, size) = (Edges::default(), Size::new(width, height));
        let mut fragment = Fragment::of_box(id, size, none, none);
        fragment.kind = FragmentKind::ColumnRule;
        Some(Child {
            at: Point::new(middle - width.half(), LayoutUnit::ZERO),
            fragment: Rc::new(fragment),
        })
    }
}

/// Children that span all columns, and runs of others.
fn runs<'c>(engine: &Engine, children: &'c [BoxId]) -> Vec<(bool, &'c [BoxId])> {
    let spans = |id: &BoxId| {
        engine.tree.get(*id).is_principal()
            && engine.in_flow(*id)
            && engine.style(*id).spans_columns
    };
    let mut found = Vec::new();
    let mut from = 0;
    for at in 1..=children.len() {
        if at == children.len() || spans(&children[at]) != spans(&children[from]) {
            found.push((spans(&children[from]), &children[from..at]));
            from = at;
        }
    }
    found
}

fn append(content: &mut Content, row: Content) {
    let y = content.height;
    content.first_baseline = content.first_baseline.or(row.first_baseline.map(|b| b + y));
    content.last_baseline = row.last_baseline.map(|b| b + y).or(content.last_baseline);
    for mut child in row.children {
        child.at.y += y;
        content.children.push(child);
    }
    content.height = y + row.height;
}

//! Lines between columns (CSS Multi-column 1 section 4.2).

use crate::{
    border::Radii,
    border_lines::{Side, frame},
    color::{Color, absolute},
    stacking::{Painter, hidden, snap},
    transform::px_rect,
};
use style::values::computed::BorderStyle;
use thru_cssom::Carried;
use thru_layout::FragmentIndex;

impl Painter<'_> {
    /// The line that a fragment stands for.
    pub(crate) fn column_rule(&mut self, index: FragmentIndex) {
        let node = &self.placed.nodes[index];
        let Some(id) = node.fragment.source else {
            return;
        };
        let style = self.style(id);
        let exact = px_rect(&node.rect);
        let rect = snap(exact);
        if hidden(style) || !self.seen(rect) {
            return;
        }
        let color = Carried::ColumnRuleColor.color(style);
        let color: Color = absolute(&color.unwrap_or(style.get_inherited_text().color));
        let width = if node.vertical {
            rect.height()
        } else {
            rect.width()
        };
        let line = Side {
            width,
            style: line_style(Carried::ColumnRuleStyle.of(style).as_deref()),
            color,
        };
        let nothing = Side {
            width: 0.0,
            style: BorderStyle::None,
            color,
        };
        let mut sides = [nothing; 4];
        sides[if node.vertical { 0 } else { 3 }] = line;
        frame(&sides, rect, &Radii::default(), &mut self.out);
    }
}

/// In a rule `inset` looks like `ridge` and `outset` like `groove`.
fn line_style(keyword: Option<&str>) -> BorderStyle {
    match keyword.unwrap_or_default().to_ascii_lowercase().as_str() {
        "dotted" => BorderStyle::Dotted,
        "dashed" => BorderStyle::Dashed,
        "solid" => BorderStyle::Solid,
        "double" => BorderStyle::Double,
        "groove" | "outset" => BorderStyle::Groove,
        "ridge" | "inset" => BorderStyle::Ridge,
        _ => BorderStyle::None,
    }
}

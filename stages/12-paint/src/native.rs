//! The frames of form controls that the page leaves as they are (HTML section 15.5), as Chromium
//! draws them on Linux.

use crate::{
    border::rounded,
    color::{Color, resolve},
    display_list::DisplayItem,
};
use style::{
    properties::ComputedValues,
    values::{
        computed::{BorderStyle, Image},
        specified::Appearance,
    },
};
use thru_layout::unit::Edges;
use thru_render_tree::{BoxKind, Control, RenderBox};
use vello_cpu::{
    color::AlphaColor,
    kurbo::{BezPath, Rect},
};

const LINE: Color = AlphaColor::from_rgba8(118, 118, 118, 255);

/// How a frame looks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// A field: 1 px wide, the corner pixels left out.
    Field,
    /// A button: 1 px wide with round corners.
    Button,
}

/// Whether a control is drawn as the system draws it.
pub(crate) fn is_native(style: &ComputedValues) -> bool {
    style.get_box().appearance != Appearance::None
}

fn frame(source: &RenderBox, style: &ComputedValues, edges: &Edges) -> Option<Frame> {
    use BorderStyle::{Inset, Outset, Solid};
    let (frame, line, width) = match &source.kind {
        BoxKind::Control(Control::TextField { .. }) => (Frame::Field, Inset, 2),
        BoxKind::Control(
            Control::TextArea { .. } | Control::DropDown { .. } | Control::ListBox { .. },
        ) => (Frame::Field, Solid, 1),
        BoxKind::Control(Control::Color { .. }) => (Frame::Button, Solid, 1),
        _ if source.manner.button => (Frame::Button, Outset, 2),
        _ => return None,
    };
    (is_native(style) && is_untouched(style, line) && is_wide(edges, width)).then_some(frame)
}

fn is_wide(edges: &Edges, width: i32) -> bool {
    let wanted = thru_layout::unit::LayoutUnit::px(width);
    [edges.top, edges.right, edges.bottom, edges.left]
        .iter()
        .all(|edge| *edge == wanted)
}

/// Whether border and background are the user agent's own.
fn is_untouched(style: &ComputedValues, line: BorderStyle) -> bool {
    let b = style.get_border();
    let styles = [
        b.border_top_style,
        b.border_right_style,
        b.border_bottom_style,
        b.border_left_style,
    ];
    let colors = [
        &b.border_top_color,
        &b.border_right_color,
        &b.border_bottom_color,
        &b.border_left_color,
    ];
    let ground = style.get_background();
    let is_line = |color: Color| {
        let [r, g, b, _] = color.components;
        [r, g, b]
            .iter()
            .all(|part| (part - 118.0 / 255.0).abs() < 0.01)
    };
    let is_plain = |color: Color| {
        let [r, g, b, _] = color.components;
        r == g && g == b && r > 0.93
    };
    styles.iter().all(|s| *s == line)
        && colors.iter().all(|c| is_line(resolve(c, style)))
        && is_plain(resolve(&ground.background_color, style))
        && ground
            .background_image
            .0
            .iter()
            .all(|i| matches!(i, Image::None))
        && matches!(b.border_image_source, Image::None)
}

/// Paints background and border of a control as the system does; `false` if the page has its own.
pub(crate) fn native_frame(
    source: &RenderBox,
    style: &ComputedValues,
    rect: Rect,
    edges: &Edges,
    out: &mut Vec<DisplayItem>,
) -> bool {
    let Some(frame) = frame(source, style, edges) else {
        return false;
    };
    let fill = resolve(&style.get_background().background_color, style);
    let line = resolve(&style.get_border().border_top_color, style);
    let inner = rect.inset(-1.0);
    match frame {
        Frame::Field => {
            out.push(DisplayItem::Rect(inner, fill));
            let mut lines = BezPath::new();
            for part in [
                Rect::new(inner.x0, rect.y0, inner.x1, inner.y0),
                Rect::new(inner.x0, inner.y1, inner.x1, rect.y1),
                Rect::new(rect.x0, inner.y0, inner.x0, inner.y1),
                Rect::new(inner.x1, inner.y0, rect.x1, inner.y1),
            ] {
                lines.extend(rounded(part, &[(0.0, 0.0); 4]));
            }
            out.push(DisplayItem::Path(lines, line));
        }
        Frame::Button => {
            out.push(DisplayItem::Path(rounded(inner, &[(2.0, 2.0); 4]), fill));
            let mut ring = rounded(rect, &[(3.0, 3.0); 4]);
            ring.extend(rounded(inner, &[(2.0, 2.0); 4]));
            out.push(DisplayItem::Path(ring, line));
        }
    }
    true
}

/// The two strokes in the corner of a text area that can be made larger; `inner` is its padding box.
pub(crate) fn resizer(inner: Rect, out: &mut Vec<DisplayItem>) {
    let (x, y) = (inner.x1, inner.y1);
    let mut path = BezPath::new();
    for (from, to) in [((-9.0, -2.5), (-2.5, -9.0)), ((-5.0, -2.5), (-2.5, -5.0))] {
        path.move_to((x + from.0, y + from.1));
        path.line_to((x + to.0, y + to.1));
    }
    out.push(DisplayItem::Stroke {
        path,
        width: 1.0,
        dashes: Vec::new(),
        round: false,
        color: AlphaColor::from_rgba8(102, 102, 102, 255),
    });
}

/// A line around a bar, between its fill and what is around it.
pub(crate) fn bar_edge(bar: Rect, color: Option<Color>, out: &mut Vec<DisplayItem>) {
    let radius = bar.height() / 2.0;
    let mut ring = rounded(bar, &[(radius, radius); 4]);
    ring.extend(rounded(bar.inset(-1.0), &[(radius - 1.0, radius - 1.0); 4]));
    let half = LINE.with_alpha(0.5);
    out.push(DisplayItem::Path(ring, color.unwrap_or(half)));
}

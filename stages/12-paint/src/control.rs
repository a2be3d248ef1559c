//! Form controls, drawn plainly.

use crate::native::{bar_edge, is_native, resizer};
use crate::{
    border::{Radii, rounded},
    color::{Color, absolute},
    display_list::{DisplayItem, DrawnGlyph, GlyphLook},
};
use style::properties::ComputedValues;
use thru_layout::{style::LayoutStyle, text::Fonts};
use thru_render_tree::Control;
use vello_cpu::{
    color::AlphaColor,
    kurbo::{BezPath, Circle, Rect, Shape},
};

const GREY: Color = AlphaColor::from_rgba8(118, 118, 118, 255);
const ACCENT: Color = AlphaColor::from_rgba8(0, 117, 255, 255);
const PALE: Color = AlphaColor::from_rgba8(239, 239, 239, 255);
const WHITE: Color = AlphaColor::from_rgba8(255, 255, 255, 255);

/// Paints a control's inside; `rect` is its content box, `outer` its border box.
pub fn control(
    control: &Control,
    rect: Rect,
    outer: Rect,
    style: &ComputedValues,
    fonts: &Fonts,
    out: &mut Vec<DisplayItem>,
) {
    let is_drawing = !matches!(
        control,
        Control::TextField { .. } | Control::TextArea { .. } | Control::ListBox { .. }
    );
    if is_drawing && !is_native(style) && !matches!(control, Control::DropDown { .. }) {
        // Without the system's look nothing is left of it but its box.
        return;
    }
    let color = absolute(&style.get_inherited_text().color);
    let read = LayoutStyle::read(style, fonts);
    let mut line = |text: &str, rect: Rect, color: Color, centered: bool| {
        let metrics = read.font.metrics;
        let height = f64::from((metrics.ascent + metrics.descent).to_px());
        let top = if centered {
            rect.y0 + (rect.height() - height) / 2.0
        } else {
            rect.y0
        };
        let baseline = top as f32 + metrics.ascent.to_px();
        write(text, rect.x0 as f32, baseline, color, &read, fonts, out);
    };
    match control {
        Control::TextField {
            text, placeholder, ..
        } => line(text, rect, if *placeholder { GREY } else { color }, true),
        Control::TextArea {
            text, placeholder, ..
        } => {
            let step = f64::from(read.used_line_height().to_px());
            for (row, part) in text.lines().enumerate() {
                let place = rect + vello_cpu::kurbo::Vec2::new(0.0, step * row as f64);
                line(part, place, if *placeholder { GREY } else { color }, false);
            }
            if is_native(style) {
                resizer(outer.inset(-1.0), out);
            }
        }
        Control::DropDown { options, selected } => {
            let shown = options.get(*selected).map_or("", String::as_str);
            let lead = if is_native(style) { 4.0 } else { 0.0 };
            line(
                shown,
                Rect::new(rect.x0 + lead, rect.y0, rect.x1, rect.y1),
                color,
                true,
            );
            if !is_native(style) {
                return;
            }
            let (x, y) = (outer.x1 - 9.0, outer.center().y);
            let mut arrow = BezPath::new();
            arrow.move_to((x - 4.0, y - 2.2));
            arrow.line_to((x, y + 1.8));
            arrow.line_to((x + 4.0, y - 2.2));
            out.push(DisplayItem::Stroke {
                path: arrow,
                width: 2.0,
                dashes: Vec::new(),
                round: false,
                color,
            });
        }
        Control::ListBox {
            options,
            rows,
            selected,
        } => {
            let step = f64::from(read.list_row().to_px());
            for (row, option) in options.iter().take(*rows as usize).enumerate() {
                let top = rect.y0 + step * row as f64;
                let place = Rect::new(rect.x0 + 2.0, top, rect.x1, top + step);
                let _ = selected;
                line(option, place, color, true);
            }
        }
        Control::Checkbox { checked } => {
            let fill = if *checked { ACCENT } else { WHITE };
            let edge = if *checked { ACCENT } else { GREY };
            out.push(DisplayItem::Path(rounded(rect, &[(2.0, 2.0); 4]), edge));
            out.push(DisplayItem::Path(
                rounded(rect.inset(-1.0), &[(1.0, 1.0); 4]),
                fill,
            ));
            if *checked {
                let mut tick = BezPath::new();
                tick.move_to((rect.x0 + 3.0, rect.y0 + 6.5));
                tick.line_to((rect.x0 + 5.5, rect.y0 + 9.0));
                tick.line_to((rect.x0 + 10.0, rect.y0 + 4.0));
                out.push(DisplayItem::Stroke {
                    path: tick,
                    width: 2.0,
                    dashes: Vec::new(),
                    round: false,
                    color: WHITE,
                });
            }
        }
        Control::Radio { checked } => {
            let disc = |r: f64| Circle::new(rect.center(), r).to_path(0.05);
            let edge = if *checked { ACCENT } else { GREY };
            out.push(DisplayItem::Path(disc(6.5), edge));
            out.push(DisplayItem::Path(disc(5.5), WHITE));
            if *checked {
                out.push(DisplayItem::Path(disc(3.5), ACCENT));
            }
        }
        Control::Range { value } => {
            let middle = rect.center().y;
            let knob = rect.x0 + 8.0 + (rect.width() - 16.0) * f64::from(*value);
            let bar = |x0, x1| {
                rounded(
                    Rect::new(x0, middle - 4.0, x1, middle + 4.0),
                    &[(4.0, 4.0); 4],
                )
            };
            out.push(DisplayItem::Path(bar(rect.x0, rect.x1), PALE));
            out.push(DisplayItem::Path(bar(rect.x0, knob), ACCENT));
            bar_edge(
                Rect::new(rect.x0, middle - 4.0, rect.x1, middle + 4.0),
                None,
                out,
            );
            out.push(DisplayItem::Path(
                Circle::new((knob, middle), 8.0).to_path(0.05),
                ACCENT,
            ));
        }
        Control::Progress { value } => meter(rect, value.unwrap_or(0.0), ACCENT, None, out),
        Control::Meter { value } => {
            let green = AlphaColor::from_rgba8(16, 124, 16, 255);
            let edge = AlphaColor::from_rgba8(203, 203, 203, 255);
            meter(rect, *value, green, Some(edge), out);
        }
        Control::Color { .. } => {
            let swatch = rect.inset(-2.0);
            out.push(DisplayItem::Rect(
                swatch,
                AlphaColor::from_rgba8(119, 119, 119, 255),
            ));
            out.push(DisplayItem::Rect(
                swatch.inset(-1.0),
                AlphaColor::from_rgba8(0, 0, 0, 255),
            ));
        }
        Control::File => line("Choose File No file chosen", rect, color, true),
    }
}

fn meter(rect: Rect, value: f32, color: Color, edge: Option<Color>, out: &mut Vec<DisplayItem>) {
    let bar = Rect::new(
        rect.x0,
        rect.y0 + rect.height() / 4.0,
        rect.x1,
        rect.y1 - rect.height() / 4.0,
    );
    let round: Radii = [(bar.height() / 2.0, bar.height() / 2.0); 4];
    out.push(DisplayItem::Path(rounded(bar, &round), PALE));
    let full = Rect::new(
        bar.x0,
        bar.y0,
        bar.x0 + bar.width() * f64::from(value),
        bar.y1,
    );
    out.push(DisplayItem::PushClip(rounded(bar, &round)));
    out.push(DisplayItem::Rect(full, color));
    out.push(DisplayItem::PopClip);
    bar_edge(bar, edge, out);
}

fn write(
    text: &str,
    x: f32,
    baseline: f32,
    color: Color,
    style: &LayoutStyle,
    fonts: &Fonts,
    out: &mut Vec<DisplayItem>,
) {
    let mut pen = x;
    for c in text.chars() {
        let face = fonts.face_of(&style.font, c);
        let mut buffer = [0; 4];
        let word = fonts.word(&style.font, face, c.encode_utf8(&mut buffer), false);
        let glyphs = word
            .glyphs
            .iter()
            .map(|g| DrawnGlyph {
                id: g.id,
                x: g.offset.0,
                y: -g.offset.1,
            })
            .collect();
        out.push(DisplayItem::Glyphs {
            look: GlyphLook::of(&word),
            origin: (pen, baseline),
            glyphs,
            color,
        });
        pen += word.width;
    }
}

//! Text and its decorations (CSS Text Decoration 3).

use crate::{
    border::{Radii, rounded},
    color::{Color, absolute, invisible, resolve},
    display_list::{DisplayItem, DrawnGlyph, GlyphLook, GroupFilter, Layer},
};
use style::{
    computed_values::text_decoration_style::T as LineStyle,
    properties::ComputedValues,
    values::{
        computed::TextDecorationLine, generics::text::GenericTextDecorationLength as Thickness,
    },
};
use thru_cssom::Carried;
use thru_layout::{TextRun, unit::Rect as LayoutRect};
use vello_cpu::kurbo::{BezPath, Rect};

/// A decoration that an element puts on the text in it.
#[derive(Clone, Debug)]
pub struct Decoration {
    lines: TextDecorationLine,
    style: LineStyle,
    color: Color,
    thickness: Option<f32>,
    font_size: f32,
}

/// The decoration that an element begins, if any.
pub fn decoration(style: &ComputedValues) -> Option<Decoration> {
    let text = style.get_text();
    let lines = text.text_decoration_line;
    let any = TextDecorationLine::UNDERLINE
        | TextDecorationLine::OVERLINE
        | TextDecorationLine::LINE_THROUGH;
    if !lines.intersects(any) {
        return None;
    }
    let size = style.get_font().font_size.used_size().px();
    let thickness = match &text.text_decoration_thickness {
        Thickness::LengthPercentage(l) => {
            Some(l.resolve(style::values::computed::Length::new(size)).px())
        }
        _ => None,
    };
    Some(Decoration {
        lines,
        style: text.text_decoration_style,
        color: resolve(&text.text_decoration_color, style),
        thickness,
        font_size: size,
    })
}

/// Paints a run: shadows, lines below, glyphs, lines through.
pub fn text(
    run: &TextRun,
    rect: &LayoutRect,
    style: &ComputedValues,
    decorations: &[Decoration],
    out: &mut Vec<DisplayItem>,
) {
    let fill = Carried::TextFillColor.color(style);
    let color = absolute(&fill.unwrap_or(style.get_inherited_text().color));
    let (x, y) = (
        rect.origin.x.to_px(),
        (rect.origin.y + run.baseline).to_px(),
    );
    for shadow in style.get_inherited_text().text_shadow.0.iter().rev() {
        let tint = resolve(&shadow.color, style);
        let deviation = shadow.blur.0.px() / 2.0;
        if deviation > 0.0 {
            out.push(DisplayItem::PushLayer(Box::new(Layer {
                filter: Some(GroupFilter::Blur(deviation)),
                ..Layer::default()
            })));
        }
        let (dx, dy) = (shadow.horizontal.px(), shadow.vertical.px());
        glyphs(run, x + dx, y + dy, tint, out);
        if deviation > 0.0 {
            out.push(DisplayItem::PopLayer);
        }
    }
    for decoration in decorations {
        line_at(run, rect, y, decoration, TextDecorationLine::UNDERLINE, out);
        line_at(run, rect, y, decoration, TextDecorationLine::OVERLINE, out);
    }
    if !invisible(color) {
        glyphs(run, x, y, color, out);
    }
    for decoration in decorations {
        line_at(
            run,
            rect,
            y,
            decoration,
            TextDecorationLine::LINE_THROUGH,
            out,
        );
    }
}

fn glyphs(run: &TextRun, x: f32, y: f32, color: Color, out: &mut Vec<DisplayItem>) {
    let mut at = 0;
    while at < run.words.len() {
        let look = GlyphLook::of(&run.words[at].word);
        let mut list = Vec::new();
        while at < run.words.len() {
            let placed = &run.words[at];
            let word = &placed.word;
            if GlyphLook::of(word) != look {
                break;
            }
            let mut pen = placed.x;
            for glyph in &word.glyphs[placed.glyphs.clone()] {
                list.push(DrawnGlyph {
                    id: glyph.id,
                    x: pen + glyph.offset.0,
                    y: -glyph.offset.1,
                });
                pen += glyph.advance;
            }
            at += 1;
        }
        if !list.is_empty() {
            out.push(DisplayItem::Glyphs {
                look,
                origin: (x, y),
                glyphs: list,
                color,
            });
        }
    }
}

fn line_at(
    run: &TextRun,
    rect: &LayoutRect,
    baseline: f32,
    decoration: &Decoration,
    which: TextDecorationLine,
    out: &mut Vec<DisplayItem>,
) {
    if !decoration.lines.contains(which) {
        return;
    }
    let metrics = &run.font.metrics;
    let thick = decoration
        .thickness
        .unwrap_or(decoration.font_size / 10.0)
        .max(1.0)
        .round();
    let top = if which == TextDecorationLine::UNDERLINE {
        baseline + (thick / 2.0).ceil().max(1.0)
    } else if which == TextDecorationLine::OVERLINE {
        baseline - metrics.ascent.to_px()
    } else {
        baseline - (2.0 * metrics.ascent.to_px() / 3.0 / 2.0).floor() - thick / 2.0
    };
    let top = f64::from(top.round());
    let (x0, x1) = (
        f64::from(rect.origin.x.to_px()),
        f64::from(rect.right().to_px()),
    );
    let thick = f64::from(thick);
    let bar = |y: f64| {
        DisplayItem::Path(
            rounded(Rect::new(x0, y, x1, y + thick), &Radii::default()),
            decoration.color,
        )
    };
    match decoration.style {
        LineStyle::Double => {
            out.push(bar(top));
            out.push(bar(top + thick * 2.0));
        }
        LineStyle::Dotted | LineStyle::Dashed => {
            let mut path = BezPath::new();
            path.move_to((x0, top + thick / 2.0));
            path.line_to((x1, top + thick / 2.0));
            let dash = if decoration.style == LineStyle::Dotted {
                thick
            } else {
                thick * 3.0
            };
            out.push(DisplayItem::Stroke {
                path,
                width: thick,
                dashes: vec![dash, dash.min(thick * 2.0)],
                round: false,
                color: decoration.color,
            });
        }
        LineStyle::Wavy => {
            let mut path = BezPath::new();
            let (step, y) = (thick * 2.0 + 1.0, top + thick);
            let mut x = x0;
            path.move_to((x, y));
            let mut up = true;
            while x < x1 {
                let peak = if up { y - step } else { y + step };
                path.quad_to((x + step / 2.0, peak), (x + step, y));
                x += step;
                up = !up;
            }
            out.push(DisplayItem::Stroke {
                path,
                width: thick,
                dashes: Vec::new(),
                round: false,
                color: decoration.color,
            });
        }
        _ => out.push(bar(top)),
    }
}

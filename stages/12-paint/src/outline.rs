//! `outline` and `box-shadow`.

use crate::{
    border::{Radii, rounded},
    border_lines::{Side, frame},
    color::{invisible, resolve},
    display_list::DisplayItem,
};
use style::{
    properties::ComputedValues,
    values::{computed::BorderStyle, computed::OutlineStyle},
};
use vello_cpu::kurbo::Rect;

/// The outline of a box (CSS UI 4 section 3).
pub fn outline(style: &ComputedValues, rect: Rect, radii: &Radii, out: &mut Vec<DisplayItem>) {
    let o = style.get_outline();
    let width = f64::from(o.outline_width.0.to_f32_px());
    if o.outline_style.none_or_hidden() || width <= 0.0 {
        return;
    }
    let offset = f64::from(o.outline_offset.to_f32_px());
    // A negative offset makes it no smaller than its own lines (CSS UI 4 section 3.5).
    let by = offset + width;
    let half = |size: f64| (size / 2.0 + by).max(width);
    let (x, y) = (half(rect.width()), half(rect.height()));
    let middle = rect.center();
    let outer = Rect::new(middle.x - x, middle.y - y, middle.x + x, middle.y + y);
    let corners = radii.map(|r| {
        if r.0 > 0.0 {
            ((r.0 + by).max(0.0), (r.1 + by).max(0.0))
        } else {
            r
        }
    });
    let side = Side {
        width,
        style: match o.outline_style {
            OutlineStyle::BorderStyle(kind) => kind,
            OutlineStyle::Auto => BorderStyle::Solid,
        },
        color: resolve(&o.outline_color, style),
    };
    frame(&[side; 4], outer, &corners, out);
}

/// Shadows outside (CSS Backgrounds 3 section 7.1).
pub fn outer_shadows(
    style: &ComputedValues,
    rect: Rect,
    radii: &Radii,
    out: &mut Vec<DisplayItem>,
) {
    for shadow in style
        .get_effects()
        .box_shadow
        .0
        .iter()
        .rev()
        .filter(|s| !s.inset)
    {
        let color = resolve(&shadow.base.color, style);
        if invisible(color) {
            continue;
        }
        let spread = f64::from(shadow.spread.px());
        let (dx, dy) = (
            f64::from(shadow.base.horizontal.px()),
            f64::from(shadow.base.vertical.px()),
        );
        let blur = shadow.base.blur.0.px();
        let shape = rect.inflate(spread, spread) + vello_cpu::kurbo::Vec2::new(dx, dy);
        let grown = radii.map(|r| {
            if r.0 > 0.0 {
                ((r.0 + spread).max(0.0), (r.1 + spread).max(0.0))
            } else {
                r
            }
        });
        let far = f64::from(blur) * 2.0 + 4.0;
        let mut outside = rounded(
            shape.inflate(far, far).union(rect.inflate(1.0, 1.0)),
            &[(0.0, 0.0); 4],
        );
        outside.extend(rounded(rect, radii));
        out.push(DisplayItem::PushClip(outside));
        if blur > 0.0 {
            let radius = grown.iter().map(|r| r.0).fold(0.0, f64::max) as f32;
            out.push(DisplayItem::Shadow {
                rect: shape,
                radius,
                deviation: blur / 2.0,
                inverted: false,
                color,
            });
        } else {
            out.push(DisplayItem::Path(rounded(shape, &grown), color));
        }
        out.push(DisplayItem::PopClip);
    }
}

/// Shadows inside; `rect` is the padding box.
pub fn inner_shadows(
    style: &ComputedValues,
    rect: Rect,
    radii: &Radii,
    out: &mut Vec<DisplayItem>,
) {
    for shadow in style
        .get_effects()
        .box_shadow
        .0
        .iter()
        .rev()
        .filter(|s| s.inset)
    {
        let color = resolve(&shadow.base.color, style);
        let spread = f64::from(shadow.spread.px());
        let (dx, dy) = (
            f64::from(shadow.base.horizontal.px()),
            f64::from(shadow.base.vertical.px()),
        );
        let blur = shadow.base.blur.0.px();
        let hole = rect.inflate(-spread, -spread) + vello_cpu::kurbo::Vec2::new(dx, dy);
        out.push(DisplayItem::PushClip(rounded(rect, radii)));
        if blur > 0.0 {
            let radius = radii.iter().map(|r| r.0).fold(0.0, f64::max) as f32;
            out.push(DisplayItem::Shadow {
                rect: hole,
                radius,
                deviation: blur / 2.0,
                inverted: true,
                color,
            });
        } else {
            let mut frame = rounded(rect.inflate(1.0, 1.0), &[(0.0, 0.0); 4]);
            frame.extend(rounded(hole, radii));
            out.push(DisplayItem::Path(frame, color));
        }
        out.push(DisplayItem::PopClip);
    }
}

//! Replaced elements and form controls (CSS 2 sections 10.3.2 and 10.4; HTML section 15.5).

use crate::{
    aspect_ratio::Ratio,
    engine::{Engine, Space},
    fragment::Fragment,
    style::Sizing,
    unit::{LayoutUnit, Size},
};
use style::values::specified::Appearance;
use thru_render_tree::{BoxId, BoxKind, Control};

/// A text area keeps room for a scroll bar, px.
const SCROLLBAR: f32 = 15.0;

impl Engine<'_> {
    pub(crate) fn replaced(&mut self, id: BoxId, space: &Space) -> Fragment {
        let BoxKind::Replaced(replaced) = self.kind(id) else {
            return self.boxed(id, Size::default(), space);
        };
        let mut natural = replaced.natural;
        let contained = self.style(id).contains_size;
        if contained[0] {
            let width = self.style(id).contained_size[0].to_px();
            (natural.width, natural.ratio) = (Some(width), None);
        }
        if contained[1] {
            let height = self.style(id).contained_size[1].to_px();
            (natural.height, natural.ratio) = (Some(height), None);
        }
        let fallback_ratio = natural.ratio.filter(|r| *r > 0.0);
        self.sized(id, space, natural.width, natural.height, fallback_ratio)
    }

    /// A size by the content still minds the bounds of each side as far as a ratio transfers them to the other
    /// (CSS Sizing 4 section 5.1.3).
    fn bounded_by_ratio(&self, ratio: bool, space: &Space) -> Space {
        Space {
            by_content: space.by_content && !ratio,
            ..*space
        }
    }

    /// CSS 2 sections 10.3.2, 10.4 and 10.6.2.
    fn sized(
        &mut self,
        id: BoxId,
        space: &Space,
        width: Option<f32>,
        height: Option<f32>,
        natural_ratio: Option<f32>,
    ) -> Fragment {
        let style = self.style(id).clone();
        let ratio = if style.ratio_rules {
            style.ratio
        } else {
            natural_ratio.or(style.ratio)
        };
        let ratio = ratio.and_then(|share| self.ratio_of(id, share, space));
        let padding = style.padding(space.width);
        let asked = *space;
        let space = &self.bounded_by_ratio(ratio.is_some(), space);
        let across = style.border.horizontal() + padding.horizontal();
        let down = style.border.vertical() + padding.vertical();
        let inner_w = |outer: LayoutUnit| (outer - across).at_least_zero();
        let inner_h = |outer: LayoutUnit| (outer - down).at_least_zero();
        let fixed_w = space
            .fixed_width
            .or_else(|| self.lengthwise(&style.size[0], id, &asked));
        let fixed_h = space
            .fixed_height
            .or_else(|| self.definite_unbounded(id, &asked));
        let max_w = self
            .lengthwise(&style.max[0], id, space)
            .map(inner_w)
            .unwrap_or(LayoutUnit::MAX);
        let min_w = self
            .lengthwise(&style.min[0], id, space)
            .map(inner_w)
            .unwrap_or_default();
        let bound = |h: LayoutUnit| inner_h(self.bound_height(id, h + down, space));
        let px = LayoutUnit::from_px;
        let high = |r: Ratio, w: LayoutUnit| inner_h(r.height(w + across));
        let wide = |r: Ratio, h: LayoutUnit| inner_w(r.width(h + down));
        let (w, h) = match (fixed_w.map(inner_w), fixed_h.map(inner_h)) {
            (Some(w), Some(h)) => (w, h),
            (Some(w), None) => {
                let w = w.min(max_w).max(min_w);
                (
                    w,
                    ratio
                        .map(|r| high(r, w))
                        .or(height.map(px))
                        .unwrap_or(LayoutUnit::px(150)),
                )
            }
            (None, Some(h)) => {
                let h = bound(h);
                (
                    ratio
                        .map(|r| wide(r, h))
                        .or(width.map(px))
                        .unwrap_or(LayoutUnit::px(300)),
                    h,
                )
            }
            (None, None) => match (width.map(px), height.map(px), ratio) {
                (Some(w), Some(h), None) => (w, h),
                // `aspect-ratio` without `auto` makes the height follow (CSS Sizing 4 section 5.1).
                (Some(w), Some(h), Some(_)) if !style.ratio_rules => (w, h),
                (Some(w), _, Some(r)) => (w, high(r, w)),
                (None, Some(h), Some(r)) => (wide(r, h), h),
                (Some(w), None, None) => (w, LayoutUnit::px(150)),
                (None, Some(h), None) => (LayoutUnit::px(300), h),
                (None, None, Some(r)) => {
                    let margin = style.margin(space.width).horizontal();
                    let room = space.available.unwrap_or(space.width) - across - margin;
                    let w = match room.at_least_zero() {
                        LayoutUnit::ZERO => LayoutUnit::px(300),
                        room => room,
                    };
                    (w, high(r, w))
                }
                (None, None, None) => (LayoutUnit::px(300), LayoutUnit::px(150)),
            },
        };
        let (mut used_w, mut used_h) = match ratio {
            Some(ratio) if fixed_w.is_none() && fixed_h.is_none() => {
                let limits = Limits {
                    min: [min_w, bound(LayoutUnit::ZERO)],
                    max: [max_w, bound(LayoutUnit::MAX)],
                };
                limits.keep_ratio((w, h), |w| high(ratio, w), |h| wide(ratio, h))
            }
            _ => (w.min(max_w).max(min_w), bound(h)),
        };
        if space.fixed_width.is_some() {
            used_w = w;
        }
        if space.fixed_height.is_some() {
            used_h = h;
        }
        self.boxed(id, Size::new(used_w + across, used_h + down), space)
    }

    fn definite_unbounded(&self, id: BoxId, space: &Space) -> Option<LayoutUnit> {
        if space.by_content {
            return None;
        }
        let style = self.style(id);
        let edges = style.border.vertical() + style.padding(space.width).vertical();
        match &style.size[1] {
            Sizing::Length(length) => {
                let length = length.maybe(space.height)?.at_least_zero();
                Some(if style.border_box {
                    length.max(edges)
                } else {
                    length + edges
                })
            }
            _ => None,
        }
    }

    fn lengthwise(&self, sizing: &Sizing, id: BoxId, space: &Space) -> Option<LayoutUnit> {
        if space.by_content {
            return None;
        }
        let style = self.style(id);
        let edges = style.border.horizontal() + style.padding(space.width).horizontal();
        match sizing {
            Sizing::Length(length) => {
                let basis = (!space.indefinite).then_some(space.width);
                let length = length.maybe(basis)?.at_least_zero();
                Some(if style.border_box {
                    length.max(edges)
                } else {
                    length + edges
                })
            }
            Sizing::Stretch => Some(
                space.available.unwrap_or(space.width) - style.margin(space.width).horizontal(),
            ),
            _ => None,
        }
    }

    pub(crate) fn control(&mut self, id: BoxId, space: &Space) -> Fragment {
        let BoxKind::Control(control) = self.kind(id) else {
            return self.boxed(id, Size::default(), space);
        };
        let style = self.style(id).clone();
        let font = style.font.clone();
        let line = style.used_line_height().to_px();
        let text = |engine: &Self, s: &str| engine.text_width(id, s);
        let face = font.faces.first().and_then(|id| self.fonts.face(*id));
        let average = face.map_or(0.5, |face| face.average_width) * font.size;
        let extent = face.map_or(0.5, |face| face.extent) * font.size;
        let widest = |engine: &Self, options: &[String]| {
            options
                .iter()
                .map(|o| engine.text_width(id, o))
                .fold(0.0, f32::max)
        };
        let (width, height) = match control {
            Control::TextField { size, spin, .. } => {
                let width = average.round() * *size as f32;
                let more = (extent.round() - average.round()).max(0.0);
                let button = if *spin { SCROLLBAR } else { 0.0 };
                (width + more + button, line)
            }
            Control::TextArea { columns, rows, .. } => {
                let columns = (average * *columns as f32).ceil();
                (columns + SCROLLBAR, line * *rows as f32)
            }
            Control::Checkbox { .. } | Control::Radio { .. } => (13.0, 13.0),
            Control::DropDown { options, .. } => {
                let native = self.tree.get(id).style.get_box().appearance != Appearance::None;
                let (arrow, rim) = if native { (20.0, 2.0) } else { (0.0, 0.0) };
                (widest(self, options).ceil() + arrow, line + rim)
            }
            Control::ListBox { options, rows, .. } => {
                let row = style.list_row().to_px();
                (widest(self, options) + 4.0 + SCROLLBAR, row * *rows as f32)
            }
            Control::Range { .. } => (129.0, 16.0),
            Control::Color { .. } => (44.0, 23.0),
            Control::File => (text(self, "Choose File No file chosen") + 22.0, line + 6.0),
            Control::Progress { .. } => (font.size * 10.0, font.size),
            Control::Meter { .. } => (font.size * 5.0, font.size),
        };
        let mut fragment = self.sized(id, space, Some(width), Some(height), None);
        let edges = crate::engine::edges_of(&fragment);
        let texty = matches!(
            control,
            Control::TextField { .. }
                | Control::TextArea { .. }
                | Control::DropDown { .. }
                | Control::ListBox { .. }
                | Control::File
        );
        if texty {
            let inner = fragment.size.height - edges.vertical();
            let lead = match control {
                Control::TextArea { .. } | Control::ListBox { .. } => LayoutUnit::ZERO,
                _ => (inner - LayoutUnit::from_px(line)).half(),
            };
            let baseline = edges.top + lead + font.metrics.ascent;
            fragment.first_baseline = Some(baseline);
            if matches!(control, Control::TextArea { .. } | Control::ListBox { .. }) {
                fragment.first_baseline = None;
            }
        }
        if matches!(
            control,
            Control::Checkbox { .. } | Control::Radio { .. } | Control::Range { .. }
        ) {
            // They stand on the line themselves and not with their margins, as in browsers.
            fragment.first_baseline = Some(fragment.size.height);
        }
        fragment
    }

    /// The width of a text on one line in a box's font.
    pub(crate) fn text_width(&self, id: BoxId, text: &str) -> f32 {
        let font = &self.style(id).font;
        let mut width = 0.0;
        for c in text.chars() {
            let face = self.fonts.face_of(font, c);
            let mut buffer = [0; 4];
            width += self
                .fonts
                .word(font, face, c.encode_utf8(&mut buffer), false)
                .width;
        }
        width
    }
}

/// The least and the greatest width and height.
struct Limits {
    min: [LayoutUnit; 2],
    max: [LayoutUnit; 2],
}

impl Limits {
    /// The table of CSS 2 section 10.4: a size within the limits that keeps its ratio as well as it can.
    fn keep_ratio(
        &self,
        (w, h): (LayoutUnit, LayoutUnit),
        high: impl Fn(LayoutUnit) -> LayoutUnit,
        wide: impl Fn(LayoutUnit) -> LayoutUnit,
    ) -> (LayoutUnit, LayoutUnit) {
        let [min_w, min_h] = self.min;
        let max_w = self.max[0].max(min_w);
        let max_h = self.max[1].max(min_h);
        // Which side is further out of its limit: compares `a / w` with `b / h`.
        let share = |a: LayoutUnit, of: LayoutUnit| f64::from(a.0) / f64::from(of.0.max(1));
        match (w > max_w, h > max_h, w < min_w, h < min_h) {
            (true, true, ..) if share(max_w, w) <= share(max_h, h) => {
                (max_w, high(max_w).max(min_h))
            }
            (true, true, ..) => (wide(max_h).max(min_w), max_h),
            (_, _, true, true) if share(min_w, w) <= share(min_h, h) => {
                (wide(min_h).min(max_w), min_h)
            }
            (_, _, true, true) => (min_w, high(min_w).min(max_h)),
            (_, true, true, _) => (min_w, max_h),
            (true, _, _, true) => (max_w, min_h),
            (true, ..) => (max_w, high(max_w).max(min_h)),
            (_, true, ..) => (wide(max_h).max(min_w), max_h),
            (_, _, true, _) => (min_w, high(min_w).min(max_h)),
            (_, _, _, true) => (wide(min_h).min(max_w), min_h),
            _ => (w, h),
        }
    }
}

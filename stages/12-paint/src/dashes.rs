//! Dotted and dashed lines (CSS Backgrounds 3 section 4.2), spaced as Chromium spaces them.

use crate::{border_lines::Side, display_list::DisplayItem};
use style::values::computed::BorderStyle;
use vello_cpu::kurbo::{BezPath, Point, Rect};

/// Dashes or dots along side `index` of `o`, on the line that `middle` gives.
pub fn dashes(index: usize, side: &Side, o: Rect, middle: Rect, out: &mut Vec<DisplayItem>) {
    let (from, to): (Point, Point) = match index {
        0 => ((o.x0, middle.y0).into(), (o.x1, middle.y0).into()),
        1 => ((middle.x1, o.y0).into(), (middle.x1, o.y1).into()),
        2 => ((o.x0, middle.y1).into(), (o.x1, middle.y1).into()),
        _ => ((middle.x0, o.y0).into(), (middle.x0, o.y1).into()),
    };
    let w = side.width;
    let length = (to - from).hypot();
    let is_dotted = side.style == BorderStyle::Dotted;
    let (dash, wanted) = match (is_dotted, w >= 3.0) {
        (true, _) => (w, w),
        (false, true) => (w * 2.0, w),
        (false, false) => (w * 3.0, w * 2.0),
    };
    let gap = gap(length, dash, wanted);
    let round = is_dotted && w > 3.0;
    let (a, b, dashes) = if round {
        let half = (to - from) / length.max(1.0) * (w / 2.0);
        (
            from + half,
            to - half,
            vec![0.001, (dash + gap - 0.001).max(0.5)],
        )
    } else {
        (from, to, vec![dash, gap.max(0.5)])
    };
    let mut path = BezPath::new();
    path.move_to(a);
    path.line_to(b);
    out.push(DisplayItem::Stroke {
        path,
        width: w,
        dashes,
        round,
        color: side.color,
    });
}

/// The gap nearest to the wanted one with which a dash stands at both ends.
pub fn gap(length: f64, dash: f64, wanted: f64) -> f64 {
    let fewer = ((length + wanted) / (dash + wanted)).floor().max(1.0);
    let with = |count: f64| (length - count * dash) / (count - 1.0).max(1.0);
    let (wide, narrow) = (with(fewer), with(fewer + 1.0));
    if narrow <= 0.0 || (wide - wanted).abs() < (narrow - wanted).abs() {
        wide
    } else {
        narrow
    }
}

#[cfg(test)]
mod tests {
    use super::gap;

    #[test]
    fn dashes_stand_at_both_ends() {
        // Seven dashes of 20 with six gaps of 10.
        assert_eq!(gap(200.0, 20.0, 10.0), 10.0);
        // Between two counts the nearer gap is taken.
        assert_eq!(gap(100.0, 20.0, 10.0), 20.0 / 3.0);
    }
}

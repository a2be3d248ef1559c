//! Images as borders (CSS Backgrounds 3 section 6).

use crate::{background::Ground, border::Radii, border::rounded, display_list::DisplayItem};
use style::values::{
    computed::{Image, Length, NumberOrPercentage},
    generics::border::GenericBorderImageSideWidth as Side,
};
use vello_cpu::kurbo::Rect;

impl Ground<'_> {
    /// Paints the border image; `false` if there is none and the border's lines are to be painted.
    /// GAP: `border-image-repeat` is taken as `stretch`, `border-image-outset` as 0.
    pub fn border_image(&self, out: &mut Vec<DisplayItem>) -> bool {
        let border = self.style.get_border();
        let image = &border.border_image_source;
        if matches!(image, Image::None) {
            return false;
        }
        let area = self.rect;
        let Some((id, width, height, _)) = self.natural(image) else {
            return false;
        };
        let natural = (
            width.map_or(area.width(), f64::from),
            height.map_or(area.height(), f64::from),
        );
        if natural.0 <= 0.0 || natural.1 <= 0.0 {
            return false;
        }
        let slices = &border.border_image_slice.offsets;
        let slice = |value: &NumberOrPercentage, size: f64| match value {
            NumberOrPercentage::Number(n) => f64::from(*n).clamp(0.0, size),
            NumberOrPercentage::Percentage(p) => (f64::from(p.0) * size).clamp(0.0, size),
        };
        let (top, bottom) = (slice(&slices.0.0, natural.1), slice(&slices.2.0, natural.1));
        let (right, left) = (slice(&slices.1.0, natural.0), slice(&slices.3.0, natural.0));
        let [wt, wr, wb, wl] = self.image_widths(area, [top, right, bottom, left]);
        let from_x = [0.0, left, (natural.0 - right).max(left), natural.0];
        let from_y = [0.0, top, (natural.1 - bottom).max(top), natural.1];
        let to_x = [area.x0, area.x0 + wl, area.x1 - wr, area.x1];
        let to_y = [area.y0, area.y0 + wt, area.y1 - wb, area.y1];
        for row in 0..3 {
            for column in 0..3 {
                if (row, column) == (1, 1) && !border.border_image_slice.fill {
                    continue;
                }
                let from = Rect::new(
                    from_x[column],
                    from_y[row],
                    from_x[column + 1],
                    from_y[row + 1],
                );
                let to = Rect::new(to_x[column], to_y[row], to_x[column + 1], to_y[row + 1]);
                if from.width() <= 0.0
                    || from.height() <= 0.0
                    || to.width() <= 0.0
                    || to.height() <= 0.0
                {
                    continue;
                }
                let (sx, sy) = (to.width() / from.width(), to.height() / from.height());
                let (x, y) = (to.x0 - from.x0 * sx, to.y0 - from.y0 * sy);
                let tile = Rect::new(x, y, x + natural.0 * sx, y + natural.1 * sy);
                match id {
                    Some(image) => out.push(DisplayItem::Image {
                        path: rounded(to, &Radii::default()),
                        image,
                        tile,
                        repeat: (false, false),
                        pixelated: false,
                    }),
                    None => self.gradient_tiles(image, tile, to, out),
                }
            }
        }
        true
    }

    /// Widths of the four strips: top, right, bottom, left.
    fn image_widths(&self, area: Rect, slices: [f64; 4]) -> [f64; 4] {
        let border = self.style.get_border();
        let widths = &border.border_image_width;
        let own = [
            self.border.top,
            self.border.right,
            self.border.bottom,
            self.border.left,
        ]
        .map(|u| f64::from(u.to_px()));
        let used = |side: &_, i: usize, basis: f64| match side {
            Side::Number(n) => {
                let n: &style::values::computed::NonNegativeNumber = n;
                f64::from(n.0) * own[i]
            }
            Side::LengthPercentage(l) => {
                let l: &style::values::computed::NonNegativeLengthPercentage = l;
                f64::from(l.0.resolve(Length::new(basis as f32)).px())
            }
            Side::Auto => slices[i],
        };
        let (w, h) = (area.width(), area.height());
        let mut all = [
            used(&widths.0, 0, h),
            used(&widths.1, 1, w),
            used(&widths.2, 2, h),
            used(&widths.3, 3, w),
        ];
        let factor = [(all[1] + all[3], w), (all[0] + all[2], h)]
            .into_iter()
            .filter(|(sum, room)| sum > room && *sum > 0.0)
            .fold(1.0, |f: f64, (sum, room)| f.min(room / sum));
        all.iter_mut().for_each(|w| *w *= factor);
        all
    }
}

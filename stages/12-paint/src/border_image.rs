//! Images as borders (CSS Backgrounds 3 section 6).

use crate::{
    background::Ground, background_tiles::Tiles, border::Radii, border::rounded,
    display_list::DisplayItem,
};
use style::values::{
    computed::{Image, Length, NonNegativeLengthOrNumber, NumberOrPercentage},
    generics::{
        border::GenericBorderImageSideWidth as Side,
        length::GenericLengthOrNumber as LengthOrNumber,
    },
    specified::border::BorderImageRepeatKeyword as Repeat,
};
use thru_render_tree::ImageId;
use vello_cpu::kurbo::Rect;

/// The most tiles of one of the nine parts; past it the rest is left out.
const MAX_PART_TILES: usize = 2048;

/// The nine parts of the image and of the area, as lines between them.
struct Grid {
    from_x: [f64; 4],
    from_y: [f64; 4],
    to_x: [f64; 4],
    to_y: [f64; 4],
}

impl Ground<'_> {
    /// Paints the border image; `false` if there is none and the border's lines are to be painted.
    pub fn border_image(&self, out: &mut Vec<DisplayItem>) -> bool {
        let border = self.style.get_border();
        let image = &border.border_image_source;
        if matches!(image, Image::None) {
            return false;
        }
        let area = self.border_image_area();
        let Some((id, width, height, ratio)) = self.natural(image) else {
            return false;
        };
        let natural = match (width.map(f64::from), height.map(f64::from), ratio) {
            (Some(w), Some(h), _) => (w, h),
            (Some(w), None, Some(r)) => (w, w / f64::from(r)),
            (None, Some(h), Some(r)) => (h * f64::from(r), h),
            (w, h, _) => (w.unwrap_or(area.width()), h.unwrap_or(area.height())),
        };
        if !(natural.0 > 0.0 && natural.1 > 0.0) {
            return false;
        }
        let grid = self.grid(area, natural);
        for row in 0..3 {
            for column in 0..3 {
                if (row, column) != (1, 1) || border.border_image_slice.fill {
                    self.part(image, id, natural, &grid, (column, row), out);
                }
            }
        }
        true
    }

    /// The border box, grown by `border-image-outset` (section 6.5).
    fn border_image_area(&self) -> Rect {
        let outset = &self.style.get_border().border_image_outset;
        let by = |side: &NonNegativeLengthOrNumber, width: f64| match side {
            LengthOrNumber::Length(l) => f64::from(l.0.px()),
            LengthOrNumber::Number(n) => f64::from(n.0) * width,
        };
        let [top, right, bottom, left] = self.border_px();
        Rect::new(
            self.rect.x0 - by(&outset.3, left),
            self.rect.y0 - by(&outset.0, top),
            self.rect.x1 + by(&outset.1, right),
            self.rect.y1 + by(&outset.2, bottom),
        )
    }

    fn border_px(&self) -> [f64; 4] {
        [
            self.border.top,
            self.border.right,
            self.border.bottom,
            self.border.left,
        ]
        .map(|u| f64::from(u.to_px()))
    }

    fn grid(&self, area: Rect, natural: (f64, f64)) -> Grid {
        let slices = &self.style.get_border().border_image_slice.offsets;
        let slice = |value: &NumberOrPercentage, size: f64| match value {
            NumberOrPercentage::Number(n) => f64::from(*n).clamp(0.0, size),
            NumberOrPercentage::Percentage(p) => (f64::from(p.0) * size).clamp(0.0, size),
        };
        let (top, bottom) = (slice(&slices.0.0, natural.1), slice(&slices.2.0, natural.1));
        let (right, left) = (slice(&slices.1.0, natural.0), slice(&slices.3.0, natural.0));
        let [wt, wr, wb, wl] = self.image_widths(area, [top, right, bottom, left]);
        Grid {
            from_x: [0.0, left, natural.0 - right, natural.0],
            from_y: [0.0, top, natural.1 - bottom, natural.1],
            to_x: [area.x0, area.x0 + wl, area.x1 - wr, area.x1].map(f64::round),
            to_y: [area.y0, area.y0 + wt, area.y1 - wb, area.y1].map(f64::round),
        }
    }

    /// One of the nine parts (section 6.6).
    fn part(
        &self,
        image: &Image,
        id: Option<ImageId>,
        natural: (f64, f64),
        grid: &Grid,
        (column, row): (usize, usize),
        out: &mut Vec<DisplayItem>,
    ) {
        let cell =
            |x: &[f64; 4], y: &[f64; 4]| Rect::new(x[column], y[row], x[column + 1], y[row + 1]);
        let from = cell(&grid.from_x, &grid.from_y);
        let to = cell(&grid.to_x, &grid.to_y);
        let empty = |r: Rect| !(r.width() > 0.0 && r.height() > 0.0);
        if empty(from) || empty(to) {
            return;
        }
        let repeat = &self.style.get_border().border_image_repeat;
        let across = if column == 1 {
            repeat.0
        } else {
            Repeat::Stretch
        };
        let down = if row == 1 { repeat.1 } else { Repeat::Stretch };
        let (sx, sy) = grid.scale((column, row));
        let x = strip(across, (to.x0, to.width()), from.width() * sx);
        let y = strip(down, (to.y0, to.height()), from.height() * sy);
        let (Some(x), Some(y)) = (x, y) else { return };
        let first = Rect::new(x.0, y.0, x.0 + x.1, y.0 + y.1);
        let tiles = Tiles::every(first, (x.2, y.2));
        for tile in tiles.each(to).take(MAX_PART_TILES) {
            let path = tile.intersect(to);
            match id {
                Some(image) => out.push(DisplayItem::Image {
                    path: rounded(path, &Radii::default()),
                    image,
                    part: Some(Rect::new(
                        from.x0 / natural.0,
                        from.y0 / natural.1,
                        from.x1 / natural.0,
                        from.y1 / natural.1,
                    )),
                    tile,
                    repeat: (false, false),
                    pixelated: false,
                }),
                None => {
                    let (sx, sy) = (tile.width() / from.width(), tile.height() / from.height());
                    let (x, y) = (tile.x0 - from.x0 * sx, tile.y0 - from.y0 * sy);
                    let whole = Rect::new(x, y, x + natural.0 * sx, y + natural.1 * sy);
                    self.gradient_tiles(image, &Tiles::one(whole), path, out);
                }
            }
        }
    }

    /// Widths of the four strips: top, right, bottom, left.
    fn image_widths(&self, area: Rect, slices: [f64; 4]) -> [f64; 4] {
        let border = self.style.get_border();
        let widths = &border.border_image_width;
        let own = self.border_px();
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

impl Grid {
    /// How much a part's image is scaled before it is repeated: edges by their thickness, the
    /// middle as the edges beside it.
    fn scale(&self, (column, row): (usize, usize)) -> (f64, f64) {
        let thickness = |from: &[f64; 4], to: &[f64; 4], i: usize| {
            let size = from[i + 1] - from[i];
            (size > 0.0 && to[i + 1] > to[i]).then(|| (to[i + 1] - to[i]) / size)
        };
        let x = |i: usize| thickness(&self.from_x, &self.to_x, i);
        let y = |i: usize| thickness(&self.from_y, &self.to_y, i);
        let across = match (column, row) {
            (1, 1) => y(0).or(y(2)),
            (1, row) => y(row),
            (column, _) => x(column),
        };
        let down = match (column, row) {
            (1, 1) => x(0).or(x(2)),
            (column, 1) => x(column),
            (_, row) => y(row),
        };
        (across.unwrap_or(1.0), down.unwrap_or(1.0))
    }
}

/// Start, size and step of the tiles of one axis; `None` if none fits.
fn strip(repeat: Repeat, (start, room): (f64, f64), size: f64) -> Option<(f64, f64, Option<f64>)> {
    match repeat {
        Repeat::Stretch => Some((start, room, None)),
        // A tile stands in the middle.
        Repeat::Repeat => Some((start + (room - size) / 2.0, size, Some(size))),
        Repeat::Round => {
            let size = room / (room / size).round().max(1.0);
            Some((start, size, Some(size)))
        }
        Repeat::Space => {
            let count = (room / size + 1e-6).floor();
            let gap = (room - count * size).max(0.0) / (count + 1.0);
            (count >= 1.0).then_some((start + gap, size, Some(size + gap)))
        }
    }
}

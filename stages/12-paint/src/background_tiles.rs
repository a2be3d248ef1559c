//! How an image covers an area: `background-repeat` and `background-position`
//! (CSS Backgrounds 3 sections 3.4 and 3.6).

use crate::background::Sized;
use style::values::specified::background::BackgroundRepeatKeyword as Repeat;
use vello_cpu::kurbo::Rect;

/// Tiles in rows and columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tiles {
    /// The tile that the position names.
    pub first: Rect,
    /// From one tile to the next; `None` is no repetition.
    step: (Option<f64>, Option<f64>),
}

/// One axis of them.
struct Axis {
    start: f64,
    size: f64,
    step: Option<f64>,
}

impl Tiles {
    /// Places tiles of that size in `area`; `place` gives the position for the room that is left.
    /// `None` if a tile has no area.
    pub fn new(
        area: Rect,
        size: Sized,
        repeat: (Repeat, Repeat),
        place: impl Fn((f64, f64)) -> (f64, f64),
    ) -> Option<Tiles> {
        let (mut w, mut h) = (size.width, size.height);
        if !(w > 0.0 && h > 0.0) {
            return None;
        }
        let fit = |room: f64, size: f64| room / (room / size).round().max(1.0);
        let ratio = w / h;
        let (round_x, round_y) = (repeat.0 == Repeat::Round, repeat.1 == Repeat::Round);
        if round_x && area.width() > 0.0 {
            w = fit(area.width(), w);
        }
        if round_y && area.height() > 0.0 {
            h = fit(area.height(), h);
        }
        if round_x && !round_y && size.auto.1 {
            h = w / ratio;
        }
        if round_y && !round_x && size.auto.0 {
            w = h * ratio;
        }
        let offset = place((area.width() - w, area.height() - h));
        let x = axis(repeat.0, (area.x0, area.width()), w, offset.0);
        let y = axis(repeat.1, (area.y0, area.height()), h, offset.1);
        let first = Rect::new(x.start, y.start, x.start + x.size, y.start + y.size);
        let has_area = first.width() > 0.0 && first.height() > 0.0;
        has_area.then_some(Tiles {
            first,
            step: (x.step, y.step),
        })
    }

    /// Only one tile.
    pub fn one(first: Rect) -> Tiles {
        Tiles {
            first,
            step: (None, None),
        }
    }

    /// Tiles that begin at `first` with these distances.
    pub fn every(first: Rect, step: (Option<f64>, Option<f64>)) -> Tiles {
        Tiles { first, step }
    }

    /// Which axes repeat.
    pub fn repeats(&self) -> (bool, bool) {
        (self.step.0.is_some(), self.step.1.is_some())
    }

    /// Whether there is no space between tiles.
    pub fn are_close(&self) -> bool {
        let close = |step: Option<f64>, size: f64| step.is_none_or(|s| (s - size).abs() < 1e-6);
        close(self.step.0, self.first.width()) && close(self.step.1, self.first.height())
    }

    /// The part of `area` where tiles can be.
    pub fn within(&self, area: Rect) -> Rect {
        let cut = |repeats: bool, area: (f64, f64), tile: (f64, f64)| {
            if repeats {
                area
            } else {
                (area.0.max(tile.0), area.1.min(tile.1))
            }
        };
        let repeats = self.repeats();
        let x = cut(
            repeats.0,
            (area.x0, area.x1),
            (self.first.x0, self.first.x1),
        );
        let y = cut(
            repeats.1,
            (area.y0, area.y1),
            (self.first.y0, self.first.y1),
        );
        Rect::new(x.0, y.0, x.1.max(x.0), y.1.max(y.0))
    }

    /// All tiles that touch `shape`, row by row.
    pub fn each(&self, shape: Rect) -> impl Iterator<Item = Rect> + use<> {
        let size = (self.first.width(), self.first.height());
        let xs = starts(self.first.x0, size.0, self.step.0, (shape.x0, shape.x1));
        let ys = starts(self.first.y0, size.1, self.step.1, (shape.y0, shape.y1));
        ys.flat_map(move |y| {
            xs.clone()
                .map(move |x| Rect::new(x, y, x + size.0, y + size.1))
        })
    }
}

fn axis(repeat: Repeat, (start, room): (f64, f64), size: f64, offset: f64) -> Axis {
    let count = (room / size + 1e-6).floor();
    match repeat {
        Repeat::Space if count >= 2.0 => Axis {
            start,
            size,
            step: Some(size + ((room - size * count) / (count - 1.0)).max(0.0)),
        },
        Repeat::Repeat | Repeat::Round => {
            let is_whole = (size - size.round()).abs() < 1e-3;
            let at = start + offset;
            Axis {
                start: if is_whole { at.round() } else { at },
                size,
                step: Some(size),
            }
        }
        // One image, its edges on whole px.
        Repeat::NoRepeat | Repeat::Space => {
            let from = (start + offset).round();
            let to = (start + offset + size).round().max(from + 1.0);
            Axis {
                start: from,
                size: to - from,
                step: None,
            }
        }
    }
}

/// Starts of the tiles of one axis that touch `from..to`.
fn starts(
    first: f64,
    size: f64,
    step: Option<f64>,
    (from, to): (f64, f64),
) -> impl Iterator<Item = f64> + Clone {
    let (low, count, step) = match step {
        None => (first, 1.0, 0.0),
        Some(step) => {
            let low = first + ((from - size - first) / step + 1e-9).floor() * step + step;
            (low, ((to - low) / step - 1e-9).ceil().max(0.0), step)
        }
    };
    // A tile is never narrower than what a float can step by.
    let count = if count.is_finite() { count as u32 } else { 0 };
    (0..count).map(move |index| low + step * f64::from(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sized(width: f64, height: f64) -> Sized {
        Sized {
            width,
            height,
            auto: (true, true),
        }
    }

    const AREA: Rect = Rect::new(0.0, 0.0, 100.0, 50.0);

    #[test]
    fn space_keeps_whole_tiles_apart() {
        let repeat = (Repeat::Space, Repeat::NoRepeat);
        let tiles = Tiles::new(AREA, sized(30.0, 30.0), repeat, |_| (7.0, 0.0)).expect("tiles");
        let xs: Vec<f64> = tiles.each(tiles.within(AREA)).map(|t| t.x0).collect();
        assert_eq!(xs, [0.0, 35.0, 70.0]);
        assert!(!tiles.are_close());
    }

    #[test]
    fn space_for_one_follows_the_position() {
        let repeat = (Repeat::Space, Repeat::Space);
        let tiles = Tiles::new(AREA, sized(60.0, 30.0), repeat, |_| (40.0, 20.0)).expect("tiles");
        assert_eq!(tiles.first, Rect::new(40.0, 20.0, 100.0, 50.0));
        assert_eq!(tiles.repeats(), (false, false));
    }

    #[test]
    fn round_keeps_the_ratio_of_an_automatic_side() {
        let repeat = (Repeat::Round, Repeat::Repeat);
        let tiles = Tiles::new(AREA, sized(30.0, 30.0), repeat, |_| (0.0, 0.0)).expect("tiles");
        assert!((tiles.first.width() - 100.0 / 3.0).abs() < 1e-9);
        assert!((tiles.first.height() - 100.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn repetition_reaches_before_the_first_tile() {
        let repeat = (Repeat::Repeat, Repeat::NoRepeat);
        let tiles = Tiles::new(AREA, sized(40.0, 50.0), repeat, |_| (30.0, 0.0)).expect("tiles");
        let xs: Vec<f64> = tiles.each(tiles.within(AREA)).map(|t| t.x0).collect();
        assert_eq!(xs, [-10.0, 30.0, 70.0]);
    }
}

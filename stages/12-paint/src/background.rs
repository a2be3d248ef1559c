//! Backgrounds (CSS Backgrounds 3 section 3).

use crate::{
    border::{Radii, inner_radii, inset, rounded},
    color::{Color, invisible, resolve},
    display_list::DisplayItem,
    gradient::gradient,
};
use style::{
    computed_values::{
        background_clip::single_value::T as Clip, background_origin::single_value::T as Origin,
    },
    properties::ComputedValues,
    values::{
        computed::{Image, Length, LengthPercentage},
        generics::{background::BackgroundSize, length::LengthPercentageOrAuto},
        specified::background::BackgroundRepeatKeyword as Repeat,
    },
};
use thru_layout::unit::Edges;
use thru_render_tree::{ImageId, Images};
use vello_cpu::kurbo::{Affine, Rect};

/// The most tiles of one gradient background; past it the rest is left out.
const MAX_TILES: usize = 4096;

/// A box whose background is painted.
pub struct Ground<'a> {
    /// Whose values.
    pub style: &'a ComputedValues,
    /// Border box.
    pub rect: Rect,
    /// Border widths.
    pub border: Edges,
    /// Padding.
    pub padding: Edges,
    /// Corner radii.
    pub radii: Radii,
    /// Images of the page.
    pub images: &'a Images,
    /// Where it is painted instead: the canvas.
    pub canvas: Option<Rect>,
}

impl Ground<'_> {
    /// The background's colour.
    pub fn color(&self) -> Color {
        resolve(&self.style.get_background().background_color, self.style)
    }

    /// Paints colour and images, lowest first.
    pub fn paint(&self, out: &mut Vec<DisplayItem>) {
        let background = self.style.get_background();
        let layers = &background.background_image.0;
        let last = layers.len().saturating_sub(1);
        let clips = &background.background_clip.0;
        let color = self.color();
        if !invisible(color) && self.canvas.is_none() {
            let clip = cycle(clips, last);
            if let Some((rect, radii)) = self.clip(clip) {
                if radii.iter().all(|r| r.0 == 0.0) {
                    out.push(DisplayItem::Rect(rect, color));
                } else {
                    out.push(DisplayItem::Path(rounded(rect, &radii), color));
                }
            }
        }
        for (index, image) in layers.iter().enumerate().rev() {
            self.layer(index, image, out);
        }
    }

    fn clip(&self, clip: Option<&Clip>) -> Option<(Rect, Radii)> {
        match clip {
            _ if self.canvas.is_some() => Some((self.canvas?, Radii::default())),
            Some(Clip::PaddingBox) => Some((
                inset(self.rect, &self.border),
                inner_radii(&self.radii, &self.border),
            )),
            Some(Clip::ContentBox) => {
                let edges = self.border + self.padding;
                Some((inset(self.rect, &edges), inner_radii(&self.radii, &edges)))
            }
            _ => Some((self.rect, self.radii)),
        }
    }

    pub(crate) fn natural(
        &self,
        image: &Image,
    ) -> Option<(Option<ImageId>, Option<f32>, Option<f32>, Option<f32>)> {
        match image {
            Image::Gradient(_) => Some((None, None, None, None)),
            Image::Url(url) => {
                let id = self.images.by_url(url.url()?.as_str())?;
                let natural = self.images.get(id).natural();
                Some((Some(id), natural.width, natural.height, natural.ratio))
            }
            Image::ImageSet(set) => self.natural(&set.items.get(set.selected_index)?.image),
            _ => None,
        }
    }

    fn layer(&self, index: usize, image: &Image, out: &mut Vec<DisplayItem>) {
        let Some((id, width, height, ratio)) = self.natural(image) else {
            return;
        };
        let background = self.style.get_background();
        let origin = match cycle(&background.background_origin.0, index) {
            Some(Origin::BorderBox) => self.rect,
            Some(Origin::ContentBox) => inset(self.rect, &(self.border + self.padding)),
            _ => inset(self.rect, &self.border),
        };
        let Some((area, radii)) = self.clip(cycle(&background.background_clip.0, index)) else {
            return;
        };
        let size = cycle(&background.background_size.0, index);
        let (mut w, mut h) = tile_size(size, origin, width, height, ratio);
        let repeat = cycle(&background.background_repeat.0, index)
            .map_or((Repeat::Repeat, Repeat::Repeat), |r| (r.0, r.1));
        if repeat.0 == Repeat::Round && w > 0.0 {
            w = origin.width() / (origin.width() / w).round().max(1.0);
        }
        if repeat.1 == Repeat::Round && h > 0.0 {
            h = origin.height() / (origin.height() / h).round().max(1.0);
        }
        if w <= 0.0 || h <= 0.0 {
            return;
        }
        let along = |p: Option<&LengthPercentage>, room: f64| {
            p.map_or(0.0, |p| f64::from(p.resolve(Length::new(room as f32)).px()))
        };
        let x = origin.x0
            + along(
                cycle(&background.background_position_x.0, index),
                origin.width() - w,
            );
        let y = origin.y0
            + along(
                cycle(&background.background_position_y.0, index),
                origin.height() - h,
            );
        let tile = Rect::new(x, y, x + w, y + h);
        let repeats = (repeat.0 != Repeat::NoRepeat, repeat.1 != Repeat::NoRepeat);
        let rounded_clip = radii.iter().any(|r| r.0 > 0.0);
        let shape = visible(area, tile, repeats);
        if rounded_clip {
            out.push(DisplayItem::PushClip(rounded(area, &radii)));
        }
        match id {
            Some(image) => out.push(DisplayItem::Image {
                path: rounded(shape, &Radii::default()),
                image,
                tile,
                repeat: repeats,
                pixelated: false,
            }),
            None => self.gradient_tiles(image, tile, shape, out),
        }
        if rounded_clip {
            out.push(DisplayItem::PopClip);
        }
    }

    pub(crate) fn gradient_tiles(
        &self,
        image: &Image,
        tile: Rect,
        shape: Rect,
        out: &mut Vec<DisplayItem>,
    ) {
        let source = match image {
            Image::Gradient(gradient) => gradient,
            Image::ImageSet(set) => match set.items.get(set.selected_index).map(|i| &i.image) {
                Some(Image::Gradient(gradient)) => gradient,
                _ => return,
            },
            _ => return,
        };
        let (brush, own) = gradient(source, self.style, tile.width(), tile.height());
        let first =
            |edge: f64, start: f64, step: f64| start + ((edge - start) / step).floor() * step;
        let mut tiles = 0;
        let mut y = first(shape.y0, tile.y0, tile.height());
        while y < shape.y1 && tiles < MAX_TILES {
            let mut x = first(shape.x0, tile.x0, tile.width());
            while x < shape.x1 && tiles < MAX_TILES {
                let piece = Rect::new(x, y, x + tile.width(), y + tile.height()).intersect(shape);
                out.push(DisplayItem::Gradient {
                    path: rounded(piece, &Radii::default()),
                    gradient: Box::new(brush.clone()),
                    transform: Affine::translate((x, y)) * own,
                });
                tiles += 1;
                x += tile.width();
            }
            y += tile.height();
        }
    }
}

fn cycle<T>(list: &[T], index: usize) -> Option<&T> {
    if list.is_empty() {
        None
    } else {
        list.get(index % list.len())
    }
}

fn visible(area: Rect, tile: Rect, repeats: (bool, bool)) -> Rect {
    let x = if repeats.0 {
        (area.x0, area.x1)
    } else {
        (area.x0.max(tile.x0), area.x1.min(tile.x1))
    };
    let y = if repeats.1 {
        (area.y0, area.y1)
    } else {
        (area.y0.max(tile.y0), area.y1.min(tile.y1))
    };
    Rect::new(x.0, y.0, x.1.max(x.0), y.1.max(y.0))
}

fn tile_size(
    size: Option<&BackgroundSize<style::values::computed::NonNegativeLengthPercentage>>,
    origin: Rect,
    width: Option<f32>,
    height: Option<f32>,
    ratio: Option<f32>,
) -> (f64, f64) {
    let ratio = ratio.or(match (width, height) {
        (Some(w), Some(h)) if h > 0.0 => Some(w / h),
        _ => None,
    });
    let (ow, oh) = (origin.width(), origin.height());
    let fit = |cover: bool| {
        let Some(ratio) = ratio.map(f64::from).filter(|r| *r > 0.0) else {
            return (ow, oh);
        };
        let by_width = (ow, ow / ratio);
        if (by_width.1 >= oh) == cover {
            by_width
        } else {
            (oh * ratio, oh)
        }
    };
    match size {
        Some(BackgroundSize::Cover) => fit(true),
        Some(BackgroundSize::Contain) => fit(false),
        Some(BackgroundSize::ExplicitSize {
            width: w,
            height: h,
        }) => {
            let used = |l: &LengthPercentageOrAuto<_>, basis: f64| match l {
                LengthPercentageOrAuto::LengthPercentage(l) => {
                    let l: &style::values::computed::NonNegativeLengthPercentage = l;
                    Some(f64::from(l.0.resolve(Length::new(basis as f32)).px()))
                }
                LengthPercentageOrAuto::Auto => None,
            };
            let r = ratio.map(f64::from);
            match (used(w, ow), used(h, oh)) {
                (Some(w), Some(h)) => (w, h),
                (Some(w), None) => (w, r.map(|r| w / r).or(height.map(f64::from)).unwrap_or(oh)),
                (None, Some(h)) => (r.map(|r| h * r).or(width.map(f64::from)).unwrap_or(ow), h),
                (None, None) => match (width, height) {
                    (Some(w), Some(h)) => (w.into(), h.into()),
                    _ => fit(false),
                },
            }
        }
        None => (ow, oh),
    }
}

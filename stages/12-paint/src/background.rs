//! Backgrounds (CSS Backgrounds 3 section 3).

use crate::{
    background_tiles::Tiles,
    border::{Radii, inner_radii, inset, rounded},
    color::{Color, invisible, resolve},
    display_list::{DisplayItem, Layer},
    effects::blend_named,
    gradient::gradient,
};
use style::{
    computed_values::{
        background_attachment::single_value::T as Attachment,
        background_clip::single_value::T as Clip, background_origin::single_value::T as Origin,
    },
    properties::ComputedValues,
    values::{
        computed::{Image, Length, LengthPercentage},
        generics::{background::BackgroundSize, length::LengthPercentageOrAuto},
        specified::background::BackgroundRepeatKeyword as Repeat,
    },
};
use thru_cssom::Carried;
use thru_layout::unit::Edges;
use thru_render_tree::{ImageId, Images};
use vello_cpu::{
    kurbo::{Affine, Rect},
    peniko::BlendMode,
};

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
    /// Where fixed backgrounds are placed; `None` inside a transform, which makes them scroll
    /// (CSS Transforms 1 section 3).
    pub viewport: Option<Rect>,
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
        let modes = self.modes(layers.len());
        if !modes.is_empty() {
            out.push(DisplayItem::PushLayer(Box::default()));
        }
        let color = self.color();
        if !invisible(color) {
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
            let blend = cycle(&modes, index).copied().flatten();
            if blend.is_some() {
                out.push(DisplayItem::PushLayer(Box::new(Layer {
                    blend,
                    ..Layer::default()
                })));
            }
            self.layer(index, image, out);
            if blend.is_some() {
                out.push(DisplayItem::PopLayer);
            }
        }
        if !modes.is_empty() {
            out.push(DisplayItem::PopLayer);
        }
    }

    /// How each layer is mixed with those below it and the colour, in a group of their own
    /// (Compositing 1 section 7); empty where none is.
    fn modes(&self, layers: usize) -> Vec<Option<BlendMode>> {
        let text = (layers > 0)
            .then(|| Carried::BackgroundBlendMode.of(self.style))
            .flatten();
        let Some(text) = text else {
            return Vec::new();
        };
        let modes: Vec<_> = text
            .split(',')
            .map(|mode| blend_named(mode.trim()))
            .collect();
        match modes.iter().any(Option::is_some) {
            true => modes,
            false => Vec::new(),
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
                Some((
                    whole(inset(self.rect, &edges)),
                    inner_radii(&self.radii, &edges),
                ))
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

    /// Where a layer's image is placed (section 3.6); fixed ones in the viewport (section 3.5).
    fn positioning_area(&self, index: usize) -> Rect {
        let background = self.style.get_background();
        let attachment = cycle(&background.background_attachment.0, index);
        if let (Some(Attachment::Fixed), Some(viewport)) = (attachment, self.viewport) {
            return viewport;
        }
        match cycle(&background.background_origin.0, index) {
            Some(Origin::BorderBox) => self.rect,
            Some(Origin::ContentBox) => whole(inset(self.rect, &(self.border + self.padding))),
            _ => inset(self.rect, &self.border),
        }
    }

    fn layer(&self, index: usize, image: &Image, out: &mut Vec<DisplayItem>) {
        let Some((id, width, height, ratio)) = self.natural(image) else {
            return;
        };
        let background = self.style.get_background();
        let origin = self.positioning_area(index);
        let Some((area, radii)) = self.clip(cycle(&background.background_clip.0, index)) else {
            return;
        };
        let size = cycle(&background.background_size.0, index);
        let repeat = cycle(&background.background_repeat.0, index)
            .map_or((Repeat::Repeat, Repeat::Repeat), |r| (r.0, r.1));
        let natural = (width, height, ratio);
        let along = |p: Option<&LengthPercentage>, room: f64| {
            p.map_or(0.0, |p| f64::from(p.resolve(Length::new(room as f32)).px()))
        };
        let x = cycle(&background.background_position_x.0, index);
        let y = cycle(&background.background_position_y.0, index);
        let place = |room: (f64, f64)| (along(x, room.0), along(y, room.1));
        let sized = tile_size(size, origin, natural);
        let Some(tiles) = Tiles::new(origin, sized, (repeat.0, repeat.1), place) else {
            return;
        };
        let shape = tiles.within(area);
        if shape.width() <= 0.0 || shape.height() <= 0.0 {
            return;
        }
        let rounded_clip = radii.iter().any(|r| r.0 > 0.0);
        if rounded_clip {
            out.push(DisplayItem::PushClip(rounded(area, &radii)));
        }
        match id {
            Some(id) => self.image_tiles(id, &tiles, shape, out),
            None => self.gradient_tiles(image, &tiles, shape, out),
        }
        if rounded_clip {
            out.push(DisplayItem::PopClip);
        }
    }

    fn image_tiles(&self, image: ImageId, tiles: &Tiles, shape: Rect, out: &mut Vec<DisplayItem>) {
        let rendering = self.style.get_inherited_box().image_rendering;
        let pixelated = rendering != style::computed_values::image_rendering::T::Auto;
        let mut draw = |path: Rect, tile: Rect, repeat: (bool, bool)| {
            out.push(DisplayItem::Image {
                path: rounded(path, &Radii::default()),
                image,
                part: None,
                tile,
                repeat,
                pixelated,
            });
        };
        if tiles.are_close() {
            draw(shape, tiles.first, tiles.repeats());
        } else {
            for tile in tiles.each(shape).take(MAX_TILES) {
                draw(tile.intersect(shape), tile, (false, false));
            }
        }
    }

    pub(crate) fn gradient_tiles(
        &self,
        image: &Image,
        tiles: &Tiles,
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
        let first = tiles.first;
        let (brush, own) = gradient(source, self.style, first.width(), first.height());
        for tile in tiles.each(shape).take(MAX_TILES) {
            out.push(DisplayItem::Gradient {
                path: rounded(tile.intersect(shape), &Radii::default()),
                gradient: Box::new(brush.clone()),
                transform: Affine::translate((tile.x0, tile.y0)) * own,
            });
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

/// Edges on whole px.
fn whole(rect: Rect) -> Rect {
    Rect::new(
        rect.x0.round(),
        rect.y0.round(),
        rect.x1.round(),
        rect.y1.round(),
    )
}

/// A tile's width and height, and whether each is `auto` in the style.
pub(crate) struct Sized {
    pub width: f64,
    pub height: f64,
    pub auto: (bool, bool),
}

type Natural = (Option<f32>, Option<f32>, Option<f32>);

/// `background-size` (section 3.9) with the default sizing algorithm (CSS Images 3 section 5.3).
fn tile_size(
    size: Option<&BackgroundSize<style::values::computed::NonNegativeLengthPercentage>>,
    origin: Rect,
    natural: Natural,
) -> Sized {
    let (width, height) = (natural.0.map(f64::from), natural.1.map(f64::from));
    let ratio = natural
        .2
        .map(f64::from)
        .or(match (width, height) {
            (Some(w), Some(h)) if h > 0.0 => Some(w / h),
            _ => None,
        })
        .filter(|r| *r > 0.0);
    let (ow, oh) = (origin.width(), origin.height());
    let fixed = |(width, height): (f64, f64)| Sized {
        width,
        height,
        auto: (false, false),
    };
    let fit = |cover: bool| {
        let Some(ratio) = ratio else {
            return (ow, oh);
        };
        let by_width = ow / ratio;
        // The dependent side lies on whole px, as browsers have it.
        if (by_width >= oh) == cover {
            (ow, by_width.round().max(1.0))
        } else {
            ((oh * ratio).round().max(1.0), oh)
        }
    };
    let (w, h) = match size {
        Some(BackgroundSize::Cover) => return fixed(fit(true)),
        Some(BackgroundSize::Contain) => return fixed(fit(false)),
        Some(BackgroundSize::ExplicitSize { width, height }) => (width, height),
        None => return fixed((ow, oh)),
    };
    let used =
        |l: &LengthPercentageOrAuto<style::values::computed::NonNegativeLengthPercentage>,
         basis: f64| match l {
            LengthPercentageOrAuto::LengthPercentage(l) => {
                Some(f64::from(l.0.resolve(Length::new(basis as f32)).px()))
            }
            LengthPercentageOrAuto::Auto => None,
        };
    let (w, h) = (used(w, ow), used(h, oh));
    let (width, height) = match (w, h) {
        (Some(w), Some(h)) => (w, h),
        (Some(w), None) => (w, ratio.map(|r| w / r).or(height).unwrap_or(oh)),
        (None, Some(h)) => (ratio.map(|r| h * r).or(width).unwrap_or(ow), h),
        (None, None) => match (width, height) {
            (Some(w), Some(h)) => (w, h),
            (Some(w), None) => (w, ratio.map_or(oh, |r| w / r)),
            (None, Some(h)) => (ratio.map_or(ow, |r| h * r), h),
            (None, None) => fit(false),
        },
    };
    Sized {
        width,
        height,
        auto: (w.is_none(), h.is_none()),
    }
}

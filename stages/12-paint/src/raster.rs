//! Drawing a display list with vello_cpu.

use crate::{
    color::Color,
    display_list::{DisplayItem, DisplayList, DrawnGlyph, GroupFilter, Layer},
    hinting::Hints,
    picture::{MAX_PICTURE_SIDE, Picture},
};
use skrifa::{
    GlyphId, MetadataProvider,
    instance::{LocationRef, Size as FontSize},
    outline::{DrawSettings, OutlinePen},
};
use std::{collections::HashMap, sync::Arc};
use thru_layout::{
    text::{FaceId, Fonts},
    unit::Size,
};
use thru_render_tree::{ImageId, Images};
use vello_cpu::{
    Image, ImageSource, Pixmap, RenderContext, Resources,
    color::PremulRgba8,
    filter_effects::{EdgeMode, Filter, FilterPrimitive},
    kurbo::{Affine, BezPath, Cap, Rect, Stroke},
    peniko::{Extend, Fill, ImageQuality, ImageSampler},
};

/// Face, glyph, bits of the size, slanted, hinted.
type OutlineKey = (FaceId, u32, u32, bool, bool);

struct Raster<'a> {
    context: RenderContext,
    fonts: &'a Fonts,
    images: &'a Images,
    transforms: Vec<Affine>,
    outlines: HashMap<OutlineKey, BezPath>,
    hints: Hints,
    pixmaps: HashMap<(ImageId, u32, u32), Arc<Pixmap>>,
}

/// Draws the list; the picture is `size` times `scale`.
pub fn draw(list: &DisplayList, fonts: &Fonts, images: &Images, size: Size, scale: f32) -> Picture {
    let side = |px: f32| ((px * scale).ceil() as u32).clamp(1, MAX_PICTURE_SIDE);
    let (wanted_w, wanted_h) = (
        (size.width.to_px() * scale).ceil(),
        (size.height.to_px() * scale).ceil(),
    );
    let (width, height) = (side(size.width.to_px()), side(size.height.to_px()));
    let mut raster = Raster {
        context: RenderContext::new(width as u16, height as u16),
        fonts,
        images,
        transforms: vec![Affine::scale(scale.into())],
        outlines: HashMap::new(),
        hints: Hints::default(),
        pixmaps: HashMap::new(),
    };
    let all = Rect::new(0.0, 0.0, width.into(), height.into());
    raster
        .context
        .set_paint(vello_cpu::color::AlphaColor::from_rgba8(255, 255, 255, 255));
    raster.context.fill_rect(&all);
    if let Some(color) = list.canvas {
        raster.context.set_paint(color);
        raster.context.fill_rect(&all);
    }
    raster.context.set_fill_rule(Fill::EvenOdd);
    for item in &list.items {
        raster.item(item);
    }
    raster.context.flush();
    let mut pixmap = Pixmap::new(width as u16, height as u16);
    let mut resources = Resources::new();
    raster.context.render(&mut pixmap, &mut resources);
    Picture {
        width,
        height,
        rgba: pixmap.data_as_u8_slice().to_vec(),
        cut: wanted_w as u32 > width || wanted_h as u32 > height,
    }
}

impl Raster<'_> {
    fn transform(&self) -> Affine {
        self.transforms.last().copied().unwrap_or_default()
    }

    fn item(&mut self, item: &DisplayItem) {
        let transform = self.transform();
        self.context.set_transform(transform);
        match item {
            DisplayItem::Rect(rect, color) => {
                self.context.set_paint(*color);
                self.context.fill_rect(rect);
            }
            DisplayItem::Path(path, color) => {
                self.context.set_paint(*color);
                self.context.fill_path(path);
            }
            DisplayItem::Stroke {
                path,
                width,
                dashes,
                round,
                color,
            } => {
                let mut stroke =
                    Stroke::new(*width).with_caps(if *round { Cap::Round } else { Cap::Butt });
                if !dashes.is_empty() {
                    stroke = stroke.with_dashes(0.0, dashes.clone());
                }
                self.context.set_paint(*color);
                self.context.set_stroke(stroke);
                self.context.stroke_path(path);
            }
            DisplayItem::Gradient {
                path,
                gradient,
                transform,
            } => {
                self.context.set_paint((**gradient).clone());
                self.context.set_paint_transform(*transform);
                self.context.fill_path(path);
                self.context.reset_paint_transform();
            }
            DisplayItem::Image {
                path,
                image,
                tile,
                repeat,
                pixelated,
            } => self.image(path, *image, *tile, *repeat, *pixelated),
            DisplayItem::Glyphs {
                face,
                size,
                bold,
                oblique,
                origin,
                glyphs,
                color,
            } => {
                self.glyphs(*face, *size, (*bold, *oblique), *origin, glyphs, *color);
            }
            DisplayItem::Shadow {
                rect,
                radius,
                deviation,
                inverted,
                color,
            } => {
                self.context.set_paint(*color);
                self.context
                    .fill_blurred_rounded_rect(rect, *radius, *deviation, *inverted);
            }
            DisplayItem::PushClip(path) => self.context.push_clip_path(path),
            DisplayItem::PopClip => self.context.pop_clip(),
            DisplayItem::PushLayer(layer) => self.layer(layer),
            DisplayItem::PopLayer => self.context.pop_layer(),
            DisplayItem::PushTransform(matrix) => self.transforms.push(transform * *matrix),
            DisplayItem::PopTransform => {
                self.transforms.pop();
            }
        }
    }

    fn layer(&mut self, layer: &Layer) {
        let edge_mode = EdgeMode::None;
        let filter = layer.filter.map(|filter| match filter {
            GroupFilter::Blur(std_deviation) => FilterPrimitive::GaussianBlur {
                std_deviation,
                edge_mode,
            },
            GroupFilter::DropShadow {
                x: dx,
                y: dy,
                deviation: std_deviation,
                color,
            } => FilterPrimitive::DropShadow {
                dx,
                dy,
                std_deviation,
                color,
                edge_mode,
            },
        });
        self.context.push_layer(
            layer.clip.as_ref(),
            layer.blend,
            layer.opacity,
            None,
            filter.map(Filter::from_primitive),
        );
    }

    fn pixmap(
        &mut self,
        image: ImageId,
        width: u32,
        height: u32,
        scale: f32,
    ) -> Option<Arc<Pixmap>> {
        let pixels = self.images.pixels(image, width, height, scale)?;
        if pixels.width == 0
            || pixels.height == 0
            || pixels.width > 0xffff
            || pixels.height > 0xffff
        {
            return None;
        }
        let key = (image, pixels.width, pixels.height);
        if let Some(known) = self.pixmaps.get(&key) {
            return Some(known.clone());
        }
        let mut pixmap = Pixmap::new(pixels.width as u16, pixels.height as u16);
        let multiply = |c: u8, a: u8| ((u32::from(c) * u32::from(a) + 127) / 255) as u8;
        for (to, from) in pixmap
            .data_mut()
            .iter_mut()
            .zip(pixels.rgba.chunks_exact(4))
        {
            let a = from[3];
            *to = PremulRgba8 {
                r: multiply(from[0], a),
                g: multiply(from[1], a),
                b: multiply(from[2], a),
                a,
            };
        }
        pixmap.recompute_may_have_transparency();
        let pixmap = Arc::new(pixmap);
        self.pixmaps.insert(key, pixmap.clone());
        Some(pixmap)
    }

    fn image(
        &mut self,
        path: &BezPath,
        image: ImageId,
        tile: Rect,
        repeat: (bool, bool),
        pixelated: bool,
    ) {
        let scale = self.transforms.first().map_or(1.0, |t| t.as_coeffs()[0]);
        let device = |px: f64| (px * scale).round().clamp(1.0, 8192.0) as u32;
        let (width, height) = (device(tile.width()), device(tile.height()));
        let Some(pixmap) = self.pixmap(image, width, height, scale as f32) else {
            return;
        };
        let (sx, sy) = (
            tile.width() / f64::from(pixmap.width()),
            tile.height() / f64::from(pixmap.height()),
        );
        let extend = |on| if on { Extend::Repeat } else { Extend::Pad };
        let exact = (sx * scale - 1.0).abs() < 0.001 && (sy * scale - 1.0).abs() < 0.001;
        let quality = if pixelated || exact {
            ImageQuality::Low
        } else {
            ImageQuality::Medium
        };
        self.context.set_paint(Image {
            image: ImageSource::Pixmap(pixmap),
            sampler: ImageSampler {
                x_extend: extend(repeat.0),
                y_extend: extend(repeat.1),
                quality,
                alpha: 1.0,
            },
        });
        let place = Affine::translate((tile.x0, tile.y0)) * Affine::scale_non_uniform(sx, sy);
        self.context.set_paint_transform(place);
        self.context.fill_path(path);
        self.context.reset_paint_transform();
    }

    /// Where nothing is scaled or turned, outlines are hinted lightly: fitted to whole px upwards and
    /// downwards, as Linux desktops do. The baseline lies on a whole px and the pen on a quarter.
    fn glyphs(
        &mut self,
        face: FaceId,
        size: f32,
        (bold, oblique): (bool, bool),
        origin: (f32, f32),
        glyphs: &[DrawnGlyph],
        color: Color,
    ) {
        let mut path = BezPath::new();
        let straight = {
            let c = self.transform().as_coeffs();
            c[1] == 0.0 && c[2] == 0.0 && c[0] == 1.0 && c[3] == 1.0
        };
        for glyph in glyphs {
            let Some(outline) = self.outline(face, glyph.id, size, oblique, straight) else {
                continue;
            };
            let (mut x, mut y) = (f64::from(origin.0 + glyph.x), f64::from(origin.1 + glyph.y));
            if straight {
                x = (x * 4.0).floor() / 4.0;
                y = y.round();
            }
            path.extend(Affine::translate((x, y)) * outline);
        }
        self.context.set_paint(color);
        self.context.set_fill_rule(Fill::NonZero);
        self.context.fill_path(&path);
        self.context.set_fill_rule(Fill::EvenOdd);
        if bold {
            self.context.set_stroke(Stroke::new(f64::from(size) / 24.0));
            self.context.stroke_path(&path);
        }
    }

    fn outline(
        &mut self,
        face: FaceId,
        glyph: u32,
        size: f32,
        oblique: bool,
        straight: bool,
    ) -> Option<BezPath> {
        let hinted = straight && !oblique;
        let key = (face, glyph, size.to_bits(), oblique, hinted);
        if let Some(known) = self.outlines.get(&key) {
            return Some(known.clone());
        }
        let font = self.fonts.face(face)?.font()?;
        let mut pen = Pen(BezPath::new());
        let outlines = font.outline_glyphs();
        if let Some(outline) = outlines.get(GlyphId::new(glyph)) {
            let size = FontSize::new(size);
            let hints = hinted
                .then(|| self.hints.of(face, &outlines, size))
                .flatten();
            let drawn = hints.is_some_and(|hints| {
                outline
                    .draw(DrawSettings::hinted(hints, false), &mut pen)
                    .is_ok()
            });
            if !drawn {
                pen.0 = BezPath::new();
                let settings = DrawSettings::unhinted(size, LocationRef::default());
                let _ = outline.draw(settings, &mut pen);
            }
        }
        // Font space has y upwards; Chromium slants by 20 degrees.
        let lean = if oblique { -0.25 } else { 0.0 };
        let path = Affine::new([1.0, 0.0, lean, 1.0, 0.0, 0.0]) * pen.0;
        self.outlines.insert(key, path.clone());
        Some(path)
    }
}

struct Pen(BezPath);

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to((f64::from(x), -f64::from(y)));
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to((f64::from(x), -f64::from(y)));
    }
    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.0.quad_to(
            (f64::from(cx), -f64::from(cy)),
            (f64::from(x), -f64::from(y)),
        );
    }
    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.0.curve_to(
            (f64::from(ax), -f64::from(ay)),
            (f64::from(bx), -f64::from(by)),
            (f64::from(x), -f64::from(y)),
        );
    }
    fn close(&mut self) {
        self.0.close_path();
    }
}

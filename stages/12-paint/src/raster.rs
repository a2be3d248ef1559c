//! Drawing a display list with vello_cpu.

use crate::{
    Area,
    color::Color,
    display_list::{DisplayItem, DisplayList, GlyphLook, GroupFilter, Layer},
    hinting::Hints,
    picture::{MAX_PICTURE_SIDE, Picture},
    projection::Plane,
    warp::{FLAT_SIDE_LIMIT, warp},
};
use skrifa::{
    GlyphId, MetadataProvider,
    instance::{LocationRef, Size as FontSize},
    outline::{DrawSettings, OutlinePen},
};
use std::{collections::HashMap, sync::Arc};
use thru_layout::{
    text::{FaceId, Fonts, InstanceId},
    unit::Size,
};
use thru_render_tree::{DrawnSize, ImageId, Images};
use vello_cpu::{
    Image, ImageSource, Pixmap, RenderContext, Resources,
    color::PremulRgba8,
    filter_effects::{EdgeMode, Filter, FilterPrimitive},
    kurbo::{Affine, BezPath, Cap, Rect, Shape, Stroke},
    peniko::{Extend, Fill, ImageQuality, ImageSampler},
};

/// How far from its pen a glyph may have ink, in sizes of the font.
const INK_REACH: f64 = 4.0;

/// Face, instance, glyph, bits of the size, slanted, hinted.
type OutlineKey = (FaceId, InstanceId, u32, u32, bool, bool);

struct Raster<'a> {
    context: RenderContext,
    fonts: &'a Fonts,
    images: &'a Images,
    /// Device px a CSS px.
    scale: f64,
    /// From the planes to the picture.
    planes: Vec<Plane>,
    /// Groups that are open: a filter may bring into sight what lies outside.
    groups: usize,
    /// The whole picture, device px.
    all: Rect,
    outlines: HashMap<OutlineKey, BezPath>,
    hints: Hints,
    pixmaps: HashMap<(ImageId, [u32; 4]), Arc<Pixmap>>,
}

/// Draws the list; the picture is `size` times the area's scale.
pub fn draw(list: &DisplayList, fonts: &Fonts, images: &Images, size: Size, area: Area) -> Picture {
    let scale = area.scale;
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
        planes: vec![Plane::IDENTITY.scaled(scale.into())],
        scale: scale.into(),
        groups: 0,
        all: Rect::new(0.0, 0.0, width.into(), height.into()),
        outlines: HashMap::new(),
        hints: Hints::default(),
        pixmaps: HashMap::new(),
    };
    if !area.transparent {
        let white = vello_cpu::color::AlphaColor::from_rgba8(255, 255, 255, 255);
        raster.context.set_paint(white);
        raster.context.fill_rect(&raster.all);
    }
    raster.context.set_fill_rule(Fill::EvenOdd);
    for item in &list.items {
        raster.item(item);
    }
    raster.context.flush();
    let mut pixmap = Pixmap::new(width as u16, height as u16);
    let mut resources = Resources::new();
    raster.context.render(&mut pixmap, &mut resources);
    let mut rgba = pixmap.data_as_u8_slice().to_vec();
    if area.transparent {
        rgba.chunks_exact_mut(4).for_each(without_alpha);
    }
    Picture {
        width,
        height,
        rgba,
        cut: wanted_w as u32 > width || wanted_h as u32 > height,
    }
}

/// Takes the alpha out of a pixel's colour.
fn without_alpha(pixel: &mut [u8]) {
    let alpha = u32::from(pixel[3]);
    if let 1..255 = alpha {
        for part in &mut pixel[..3] {
            *part = ((u32::from(*part) * 255 + alpha / 2) / alpha).min(255) as u8;
        }
    }
}

impl Raster<'_> {
    fn plane(&self) -> Plane {
        self.planes.last().copied().unwrap_or(Plane::IDENTITY)
    }

    fn item(&mut self, item: &DisplayItem) {
        let plane = self.plane();
        match plane.affine() {
            Some(affine) => {
                self.context.set_transform(affine);
                self.draw(item);
            }
            None => self.projected(item, &plane),
        }
    }

    /// Draws an item in the context's transform.
    fn draw(&mut self, item: &DisplayItem) {
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
                path, width, color, ..
            } => {
                self.context.set_paint(*color);
                self.context.set_stroke(pen(item, *width));
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
                part,
                tile,
                repeat,
                pixelated,
            } => self.image(path, (*image, *part), *tile, *repeat, *pixelated),
            DisplayItem::Glyphs { look, color, .. } => self.glyphs(item, look, *color),
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
            DisplayItem::PopLayer => {
                self.groups = self.groups.saturating_sub(1);
                self.context.pop_layer();
            }
            DisplayItem::PushTransform(plane) => self.planes.push(plane.scaled(self.scale)),
            DisplayItem::PopTransform => {
                self.planes.pop();
            }
        }
    }

    /// Draws an item in a plane that is seen in perspective: shapes as the polygons that they
    /// come out as, pictures pixel by pixel.
    fn projected(&mut self, item: &DisplayItem, plane: &Plane) {
        self.context.set_transform(Affine::IDENTITY);
        match item {
            DisplayItem::Rect(rect, color) => {
                let path = plane.path(&rect.to_path(0.1));
                self.draw(&DisplayItem::Path(path, *color));
            }
            DisplayItem::Path(path, color) => {
                self.draw(&DisplayItem::Path(plane.path(path), *color));
            }
            DisplayItem::Stroke {
                path, width, color, ..
            } => {
                let options = vello_cpu::kurbo::StrokeOpts::default();
                let outline = vello_cpu::kurbo::stroke(path, &pen(item, *width), &options, 0.05);
                self.fill_whole(plane.path(&outline), *color);
            }
            DisplayItem::Glyphs { color, .. } => {
                let path = self.glyph_outlines(item, false);
                self.fill_whole(plane.path(&path), *color);
            }
            DisplayItem::PushClip(path) => self.context.push_clip_path(&plane.path(path)),
            DisplayItem::PushLayer(layer) => {
                let mut layer = layer.clone();
                layer.clip = layer.clip.map(|clip| plane.path(&clip));
                self.layer(&layer);
            }
            DisplayItem::Gradient { path, .. } | DisplayItem::Image { path, .. } => {
                self.warped(item, path.bounding_box(), plane);
            }
            DisplayItem::Shadow {
                rect, deviation, ..
            } => {
                let far = f64::from(*deviation) * 3.0;
                self.warped(item, rect.inflate(far, far), plane);
            }
            _ => self.draw(item),
        }
    }

    fn fill_whole(&mut self, path: BezPath, color: Color) {
        self.context.set_paint(color);
        self.context.set_fill_rule(Fill::NonZero);
        self.context.fill_path(&path);
        self.context.set_fill_rule(Fill::EvenOdd);
    }

    /// Draws an item flat into a picture of its own, and that as it is seen.
    fn warped(&mut self, item: &DisplayItem, area: Rect, plane: &Plane) {
        let (Some(back), Some(seen)) = (plane.inverse(), plane.bounds(area)) else {
            return;
        };
        let size = (self.context.width(), self.context.height());
        let window = Rect::new(0.0, 0.0, size.0.into(), size.1.into());
        let target = seen.intersect(window).expand();
        if target.width() < 1.0 || target.height() < 1.0 || !area.is_finite() {
            return;
        }
        let side = area.width().max(area.height()).max(1.0);
        let scale = self.scale.min(FLAT_SIDE_LIMIT / side);
        let flat_side = |px: f64| (px * scale).ceil().clamp(1.0, FLAT_SIDE_LIMIT) as u16;
        let (width, height) = (flat_side(area.width()), flat_side(area.height()));
        let into = Affine::scale(scale) * Affine::translate((-area.x0, -area.y0));
        let outside = std::mem::replace(&mut self.context, RenderContext::new(width, height));
        self.context.set_fill_rule(Fill::EvenOdd);
        self.context.set_transform(into);
        self.draw(item);
        self.context.flush();
        let mut flat = Pixmap::new(width, height);
        self.context.render(&mut flat, &mut Resources::new());
        self.context = outside;
        let [a, _, _, d, e, f] = into.as_coeffs();
        let back = Plane([[a, 0.0, e], [0.0, d, f], [0.0, 0.0, 1.0]]).after(&back);
        let Some(picture) = warp(&flat, &back, target) else {
            return;
        };
        self.context.set_paint(Image {
            image: ImageSource::Pixmap(Arc::new(picture)),
            sampler: ImageSampler {
                x_extend: Extend::Pad,
                y_extend: Extend::Pad,
                quality: ImageQuality::Low,
                alpha: 1.0,
            },
        });
        self.context
            .set_paint_transform(Affine::translate(target.origin().to_vec2()));
        self.context.fill_path(&plane.path(&area.to_path(0.1)));
        self.context.reset_paint_transform();
    }

    fn layer(&mut self, layer: &Layer) {
        self.groups += 1;
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

    fn pixmap(&mut self, image: ImageId, size: DrawnSize) -> Option<Arc<Pixmap>> {
        let pixels = self.images.pixels(image, size)?;
        if pixels.width == 0
            || pixels.height == 0
            || pixels.width > 0xffff
            || pixels.height > 0xffff
        {
            return None;
        }
        let viewport = (size.viewport.0.to_bits(), size.viewport.1.to_bits());
        let key = (image, [viewport.0, viewport.1, pixels.width, pixels.height]);
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
        (image, part): (ImageId, Option<Rect>),
        tile: Rect,
        repeat: (bool, bool),
        pixelated: bool,
    ) {
        let scale = self.scale;
        let device = |px: f64| (px * scale).round().clamp(1.0, 8192.0) as u32;
        let share = part.map_or((1.0, 1.0), |p| (p.width().max(1e-6), p.height().max(1e-6)));
        let whole = (tile.width() / share.0, tile.height() / share.1);
        let drawn = DrawnSize {
            viewport: (whole.0 as f32, whole.1 as f32),
            device: (device(whole.0), device(whole.1)),
        };
        let Some(mut pixmap) = self.pixmap(image, drawn) else {
            return;
        };
        let is_vector = matches!(self.images.get(image), thru_render_tree::Image::Vector(_));
        let mut tile = tile;
        match part {
            // A vector image has its edges where they are wanted; pixels beyond them would be
            // mixed in.
            Some(part) if is_vector => {
                let x = tile.x0 - part.x0 * whole.0;
                let y = tile.y0 - part.y0 * whole.1;
                tile = Rect::new(x, y, x + whole.0, y + whole.1);
            }
            Some(part) => pixmap = cut(&pixmap, part),
            None => {}
        }
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

    fn glyphs(&mut self, item: &DisplayItem, look: &GlyphLook, color: Color) {
        let is_straight = self.plane().affine().is_some_and(|affine| {
            let c = affine.as_coeffs();
            c[1] == 0.0 && c[2] == 0.0 && c[0] == 1.0 && c[3] == 1.0
        });
        let path = self.glyph_outlines(item, is_straight);
        self.fill_whole(path.clone(), color);
        if look.bold {
            self.context
                .set_stroke(Stroke::new(f64::from(look.size) / 24.0));
            self.context.stroke_path(&path);
        }
    }

    /// The outlines of all glyphs of an item. Where nothing is scaled or turned, they are hinted
    /// lightly: fitted to whole px upwards and downwards, as Linux desktops do. The baseline lies
    /// on a whole px and the pen on the nearest quarter.
    fn glyph_outlines(&mut self, item: &DisplayItem, is_straight: bool) -> BezPath {
        let mut path = BezPath::new();
        let DisplayItem::Glyphs {
            look,
            origin,
            glyphs,
            ..
        } = item
        else {
            return path;
        };
        let seen = self.seen(look.size).filter(|_| is_straight);
        let turn = match look.upright {
            true => Affine::new([0.0, -1.0, 1.0, 0.0, 0.0, 0.0]),
            false => Affine::IDENTITY,
        };
        for glyph in glyphs {
            let (mut x, mut y) = (f64::from(origin.0 + glyph.x), f64::from(origin.1 + glyph.y));
            if seen.is_some_and(|seen| !seen.contains((x, y))) {
                continue;
            }
            let outline = self.outline(look, glyph.id, is_straight);
            let Some(outline) = outline else {
                continue;
            };
            if is_straight {
                x = (x * 4.0).round() / 4.0;
                y = y.round();
            }
            path.extend(Affine::translate((x, y)) * turn * outline);
        }
        path
    }

    /// Where the glyphs of a size that can be seen stand, before the plane moves them; for planes
    /// that only move. `None` inside a group.
    fn seen(&self, size: f32) -> Option<Rect> {
        let moved = self.plane().affine()?.translation();
        let reach = INK_REACH * f64::from(size);
        (self.groups == 0).then(|| (self.all - moved).inflate(reach, reach))
    }

    fn outline(&mut self, look: &GlyphLook, glyph: u32, straight: bool) -> Option<BezPath> {
        let GlyphLook {
            face,
            instance,
            size,
            oblique,
            ..
        } = *look;
        let hinted = straight && !oblique && !look.upright;
        let key = (face, instance, glyph, size.to_bits(), oblique, hinted);
        if let Some(known) = self.outlines.get(&key) {
            return Some(known.clone());
        }
        let font = self.fonts.face(face)?.font()?;
        let mut pen = Pen(BezPath::new());
        let outlines = font.outline_glyphs();
        if let Some(outline) = outlines.get(GlyphId::new(glyph)) {
            let size = FontSize::new(size);
            let location = self.fonts.location(instance);
            let location = LocationRef::from(&*location);
            let hints = hinted
                .then(|| self.hints.of((face, instance), &outlines, size, location))
                .flatten();
            let drawn = hints.is_some_and(|hints| {
                outline
                    .draw(DrawSettings::hinted(hints, false), &mut pen)
                    .is_ok()
            });
            if !drawn {
                pen.0 = BezPath::new();
                let settings = DrawSettings::unhinted(size, location);
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

/// The pen of a line.
fn pen(item: &DisplayItem, width: f64) -> Stroke {
    let DisplayItem::Stroke { dashes, round, .. } = item else {
        return Stroke::new(width);
    };
    let pen = Stroke::new(width).with_caps(if *round { Cap::Round } else { Cap::Butt });
    match dashes.is_empty() {
        true => pen,
        false => pen.with_dashes(0.0, dashes.clone()),
    }
}

/// A part of a picture, given in shares of its sides; at least one pixel.
fn cut(pixmap: &Pixmap, part: Rect) -> Arc<Pixmap> {
    let range = |from: f64, to: f64, size: u16| {
        let size = f64::from(size);
        let first = (from * size).round().clamp(0.0, size - 1.0);
        let past = (to * size).round().clamp(first + 1.0, size);
        (first as usize, past as usize)
    };
    let (x0, x1) = range(part.x0, part.x1, pixmap.width());
    let (y0, y1) = range(part.y0, part.y1, pixmap.height());
    let mut out = Pixmap::new((x1 - x0) as u16, (y1 - y0) as u16);
    let width = usize::from(pixmap.width());
    for (row, line) in out.data_mut().chunks_exact_mut(x1 - x0).enumerate() {
        let from = (y0 + row) * width;
        line.copy_from_slice(&pixmap.data()[from + x0..from + x1]);
    }
    out.recompute_may_have_transparency();
    Arc::new(out)
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

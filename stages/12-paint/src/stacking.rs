//! The painting order (CSS 2 appendix E).

use crate::{
    background::Ground,
    border::{Radii, border, border_line, inner_radii, inset, radii, rounded},
    color::invisible,
    control,
    display_list::{DisplayItem, DisplayList},
    effects::{layers, makes_group},
    outline::{inner_shadows, outer_shadows, outline},
    text::{Decoration, decoration, text},
    transform::{px_rect, transform},
};
use style::{
    computed_values::object_fit::T as ObjectFit, properties::ComputedValues,
    values::computed::Length,
};
use thru_layout::{
    FragmentIndex, FragmentKind, FragmentTree,
    text::Fonts,
    unit::{Edges, Size},
};
use thru_render_tree::{BoxId, BoxKind, Level, RenderTree};
use vello_cpu::kurbo::{Affine, BezPath, Rect};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Blocks,
    Floats,
    Inlines,
}

struct Painter<'a> {
    tree: &'a RenderTree,
    placed: &'a FragmentTree,
    fonts: &'a Fonts,
    out: Vec<DisplayItem>,
    /// What can be seen, in the space of the innermost transform.
    view: Rect,
    canvas_from: Option<BoxId>,
    has_content: bool,
    depth: u32,
}

/// Stacking contexts in each other that are painted.
const MAX_STACKING_DEPTH: u32 = 512;

/// How far outside of the padding box `overflow: clip` clips (CSS Overflow 4 section 3.2); negative inside.
fn clip_margin(style: &ComputedValues, border: &Edges, kind: &FragmentKind) -> [f64; 4] {
    use style::values::generics::box_::OverflowClipMarginBox as Box;
    let margin = &style.get_margin().overflow_clip_margin;
    let px = |u: thru_layout::unit::LayoutUnit| f64::from(u.to_px());
    let more = match (margin.visual_box, kind) {
        (Box::BorderBox, _) => [border.top, border.right, border.bottom, border.left].map(px),
        (Box::ContentBox, FragmentKind::Box { padding: p, .. }) => {
            [p.top, p.right, p.bottom, p.left].map(|side| -px(side))
        }
        _ => [0.0; 4],
    };
    more.map(|side| side + f64::from(margin.offset.px()))
}

fn rect_around(rect: Rect, [top, right, bottom, left]: &[f64; 4]) -> Rect {
    Rect::new(
        rect.x0 - left,
        rect.y0 - top,
        rect.x1 + right,
        rect.y1 + bottom,
    )
}

/// Further out than any page reaches, px.
const UNBOUNDED: f64 = 1e7;

/// The drawing steps of a page; `size` is what is looked at.
pub fn display_list(
    tree: &RenderTree,
    placed: &FragmentTree,
    fonts: &Fonts,
    size: Size,
) -> DisplayList {
    let view = Rect::new(
        0.0,
        0.0,
        size.width.to_px().into(),
        size.height.to_px().into(),
    );
    let mut painter = Painter {
        tree,
        placed,
        fonts,
        out: Vec::new(),
        view,
        canvas_from: None,
        has_content: false,
        depth: 0,
    };
    let canvas = painter.canvas(size);
    if !placed.nodes.is_empty() {
        painter.context(0);
    }
    DisplayList {
        canvas,
        items: painter.out,
        has_content: painter.has_content,
    }
}

impl<'a> Painter<'a> {
    /// The root's background, or the body's, covers the canvas (CSS Backgrounds 3 section 2.11.2).
    fn canvas(&mut self, size: Size) -> Option<crate::color::Color> {
        let root = self.tree.root?;
        let bare = |style: &ComputedValues| {
            let b = style.get_background();
            let color = crate::color::resolve(&b.background_color, style);
            invisible(color)
                && b.background_image
                    .0
                    .iter()
                    .all(|i| matches!(i, style::values::computed::Image::None))
        };
        let mut from = root;
        if bare(&self.tree.get(root).style) {
            let body = self
                .tree
                .get(root)
                .children
                .iter()
                .copied()
                .find(|c| self.tree.get(*c).is_principal());
            from = body.unwrap_or(root);
        }
        let style: &ComputedValues = &self.tree.get(from).style;
        if bare(style) {
            return None;
        }
        self.canvas_from = Some(from);
        let placed = self.placed;
        let node = placed.nodes.first()?;
        let ground = Ground {
            style,
            rect: px_rect(&node.rect),
            border: Edges::default(),
            padding: Edges::default(),
            radii: Radii::default(),
            images: &self.tree.images,
            canvas: Some(Rect::new(
                0.0,
                0.0,
                size.width.to_px().into(),
                size.height.to_px().into(),
            )),
        };
        let color = ground.color();
        ground.paint(&mut self.out);
        Some(color)
    }

    fn style(&self, id: BoxId) -> &'a ComputedValues {
        &self.tree.get(id).style
    }

    fn boxed(&self, index: FragmentIndex) -> Option<BoxId> {
        let fragment = &self.placed.nodes[index].fragment;
        match fragment.kind {
            FragmentKind::Box { .. } | FragmentKind::Inline { .. } => fragment.source,
            _ => None,
        }
    }

    /// `z-index` level if the node is positioned or a stacking context; and whether it is a real one.
    fn level(&self, index: FragmentIndex) -> Option<(i32, bool)> {
        let id = self.boxed(index)?;
        let source = self.tree.get(id);
        let style = self.style(id);
        let boxed = style.get_box();
        let z = match style.get_position().z_index {
            style::values::generics::position::ZIndex::Integer(z) => Some(z),
            _ => None,
        };
        use style::values::computed::PositionProperty as Position;
        let item = source
            .parent
            .is_some_and(|p| matches!(self.tree.get(p).kind, BoxKind::Flex | BoxKind::Grid));
        let position = boxed.clone_position();
        let positioned = position != Position::Static;
        let real = makes_group(style)
            || transform(style, Rect::ZERO).is_some()
            || boxed.isolation == style::computed_values::isolation::T::Isolate
            || matches!(position, Position::Fixed | Position::Sticky)
            || (z.is_some() && (positioned || item));
        if !real && !positioned {
            return None;
        }
        let z = if positioned || item {
            z.unwrap_or(0)
        } else {
            0
        };
        Some((z, real))
    }

    /// Painted as if it were a stacking context, in its place.
    fn is_atomic(&self, index: FragmentIndex) -> bool {
        let Some(id) = self.boxed(index) else {
            return false;
        };
        let source = self.tree.get(id);
        let item = source
            .parent
            .is_some_and(|p| matches!(self.tree.get(p).kind, BoxKind::Flex | BoxKind::Grid));
        let inline_block =
            source.level == Level::Inline && !matches!(source.kind, BoxKind::Inline { .. });
        source.is_floating() || inline_block || item
    }

    /// What is painted at a level of its own in a stacking context. The parts of an inline box are painted one after
    /// the other, before what is positioned in it.
    fn collect(&self, index: FragmentIndex) -> Vec<(i32, FragmentIndex)> {
        let mut found: Vec<(i32, usize, FragmentIndex)> = Vec::new();
        let mut first_parts = std::collections::HashMap::new();
        let mut stack: Vec<FragmentIndex> = self.placed.nodes[index]
            .children
            .iter()
            .rev()
            .copied()
            .collect();
        while let Some(at) = stack.pop() {
            if at == usize::MAX {
                continue;
            }
            let mut descend = true;
            if let Some((z, real)) = self.level(at) {
                let own = found.len();
                let fragment = &self.placed.nodes[at].fragment;
                let order = match (&fragment.kind, fragment.source) {
                    (FragmentKind::Inline { .. }, Some(id)) => {
                        let source = self.tree.get(id);
                        *first_parts
                            .entry((source.node, source.generated))
                            .or_insert(own)
                    }
                    _ => own,
                };
                found.push((z, order, at));
                descend = !real;
            }
            if descend {
                stack.extend(self.placed.nodes[at].children.iter().rev().copied());
            }
        }
        found.sort_by_key(|(z, order, _)| (*z, *order));
        found.into_iter().map(|(z, _, at)| (z, at)).collect()
    }

    fn context(&mut self, index: FragmentIndex) {
        if self.depth >= MAX_STACKING_DEPTH {
            return;
        }
        self.depth += 1;
        let rect = px_rect(&self.placed.nodes[index].rect);
        let style = self.boxed(index).map(|id| self.style(id));
        let matrix = style.and_then(|style| transform(style, rect));
        let opacity = style.map_or(1.0, |style| style.get_effects().opacity);
        let view = self.view;
        if let Some(matrix) = matrix {
            self.out.push(DisplayItem::PushTransform(matrix));
            let straight = matrix.determinant().abs() > 1e-9;
            self.view = if straight {
                matrix.inverse().transform_rect_bbox(view)
            } else {
                view
            };
        }
        let layers = style.map(|style| layers(style, rect)).unwrap_or_default();
        let count = layers.len();
        for layer in layers {
            self.out.push(DisplayItem::PushLayer(Box::new(layer)));
        }
        let levels = self.collect(index);
        if opacity > 0.0 {
            self.own(index);
            let clips = self.clip_children(index);
            let split = levels.partition_point(|(z, _)| *z < 0);
            for (_, at) in &levels[..split] {
                self.lifted(*at, index);
            }
            for phase in [Phase::Blocks, Phase::Floats, Phase::Inlines] {
                self.children(index, phase);
                self.shared_borders(index, phase);
            }
            for (_, at) in &levels[split..] {
                if clips && !self.clipped_by(*at, index) {
                    self.out.push(DisplayItem::PopClip);
                    self.lifted(*at, index);
                    self.clip_children(index);
                } else {
                    self.lifted(*at, index);
                }
            }
            if clips {
                self.out.push(DisplayItem::PopClip);
            }
        }
        for _ in 0..count {
            self.out.push(DisplayItem::PopLayer);
        }
        if matrix.is_some() {
            self.out.push(DisplayItem::PopTransform);
            self.view = view;
        }
        self.depth -= 1;
    }

    fn clipped_by(&self, at: FragmentIndex, by: FragmentIndex) -> bool {
        let mut up = self.placed.nodes[at].containing;
        while let Some(index) = up {
            if index == by {
                return true;
            }
            up = self.placed.nodes[index].containing;
        }
        false
    }

    /// A positioned box, painted in the context `root` with the clips between them.
    fn lifted(&mut self, at: FragmentIndex, root: FragmentIndex) {
        let mut chain = Vec::new();
        let mut up = self.placed.nodes[at].containing;
        while let Some(index) = up {
            if index == root {
                break;
            }
            chain.push(index);
            up = self.placed.nodes[index].containing;
        }
        let mut pushed = 0;
        for index in chain.into_iter().rev() {
            pushed += usize::from(self.clip_whole(index));
            pushed += usize::from(self.clip_children(index));
        }
        pushed += usize::from(self.clip_whole(at));
        match self.level(at) {
            Some((_, true)) => self.context(at),
            _ => self.atomic(at),
        }
        for _ in 0..pushed {
            self.out.push(DisplayItem::PopClip);
        }
    }

    fn atomic(&mut self, index: FragmentIndex) {
        if self.depth >= MAX_STACKING_DEPTH {
            return;
        }
        self.depth += 1;
        self.own(index);
        let clips = self.clip_children(index);
        for phase in [Phase::Blocks, Phase::Floats, Phase::Inlines] {
            self.children(index, phase);
            self.shared_borders(index, phase);
        }
        if clips {
            self.out.push(DisplayItem::PopClip);
        }
        self.depth -= 1;
    }

    fn children(&mut self, index: FragmentIndex, phase: Phase) {
        let placed = self.placed;
        for child in placed.nodes[index].children.iter().copied() {
            if child == usize::MAX || self.level(child).is_some() {
                continue;
            }
            self.child(child, phase);
        }
    }

    fn child(&mut self, child: FragmentIndex, phase: Phase) {
        let placed = self.placed;
        let node = &placed.nodes[child];
        let source = self.boxed(child).map(|id| self.tree.get(id));
        if let Some(source) = source
            && self.is_atomic(child)
        {
            let wanted = if source.is_floating() {
                Phase::Floats
            } else if source.level == Level::Inline {
                Phase::Inlines
            } else {
                Phase::Blocks
            };
            if phase == wanted {
                self.atomic(child);
            }
            return;
        }
        match &node.fragment.kind {
            FragmentKind::Box { .. } => {
                if phase == Phase::Blocks {
                    self.own(child);
                }
                let clips = self.clip_children(child);
                let before = self.out.len();
                self.children(child, phase);
                self.shared_borders(child, phase);
                if clips {
                    if self.out.len() == before {
                        self.out.pop();
                    } else {
                        self.out.push(DisplayItem::PopClip);
                    }
                }
            }
            FragmentKind::Inline { .. } => {
                if phase == Phase::Inlines {
                    self.own(child);
                }
                self.children(child, phase);
            }
            FragmentKind::Line => self.children(child, phase),
            FragmentKind::Text(_) if phase == Phase::Inlines => self.text(child),
            _ => {}
        }
    }

    /// Pushes the clip that a box puts on its content.
    /// Pushes the clip of a box's content; whether there is one (CSS Overflow 3 section 3, CSS Containment 2 section 3.4).
    fn clip_children(&mut self, index: FragmentIndex) -> bool {
        let Some(id) = self.boxed(index) else {
            return false;
        };
        let style = self.style(id);
        use style::values::computed::{Contain, Overflow};
        let boxed = style.get_box();
        let contains = boxed.contain.contains(Contain::PAINT);
        let horizontal = boxed.overflow_x != Overflow::Visible || contains;
        let vertical = boxed.overflow_y != Overflow::Visible || contains;
        let replaced = matches!(self.tree.get(id).kind, BoxKind::Replaced(_));
        if !(horizontal || vertical) || replaced || (self.gives_to_viewport(id) && !contains) {
            return false;
        }
        let node = &self.placed.nodes[index];
        let FragmentKind::Box { border, .. } = &node.fragment.kind else {
            return false;
        };
        let rect = px_rect(&node.rect);
        let corners = inner_radii(&radii(style, rect), border);
        let mut area = inset(rect, border);
        let margin = clip_margin(style, border, &node.fragment.kind);
        let padded = rect_around(area, &margin);
        if boxed.overflow_x == Overflow::Clip || (contains && boxed.overflow_x == Overflow::Visible)
        {
            (area.x0, area.x1) = (padded.x0, padded.x1);
        }
        if boxed.overflow_y == Overflow::Clip || (contains && boxed.overflow_y == Overflow::Visible)
        {
            (area.y0, area.y1) = (padded.y0, padded.y1);
        }
        if horizontal && vertical {
            self.out
                .push(DisplayItem::PushClip(rounded(area, &corners)));
            return true;
        }
        if horizontal {
            (area.y0, area.y1) = (-UNBOUNDED, UNBOUNDED);
        } else {
            (area.x0, area.x1) = (-UNBOUNDED, UNBOUNDED);
        }
        let straight = Radii::default();
        self.out
            .push(DisplayItem::PushClip(rounded(area, &straight)));
        true
    }

    /// Pushes the clip that `clip` is for a whole box, its own edges and all; whether there is one (CSS 2 section
    /// 11.1.2, CSS Masking 1 section 6.1).
    fn clip_whole(&mut self, index: FragmentIndex) -> bool {
        use style::values::generics::{
            GenericClipRectOrAuto as Clip, length::GenericLengthPercentageOrAuto as OrAuto,
        };
        let Some(id) = self.boxed(index) else {
            return false;
        };
        let style = self.style(id);
        let Clip::Rect(clip) = &style.get_effects().clip else {
            return false;
        };
        if !self.tree.get(id).is_absolute() {
            return false;
        }
        let rect = px_rect(&self.placed.nodes[index].rect);
        let side = |value: &OrAuto<Length>, from: f64, auto: f64| match value {
            OrAuto::LengthPercentage(length) => from + f64::from(length.px()),
            OrAuto::Auto => auto,
        };
        let (x0, y0) = (
            side(&clip.left, rect.x0, rect.x0),
            side(&clip.top, rect.y0, rect.y0),
        );
        let (x1, y1) = (
            side(&clip.right, rect.x0, rect.x1),
            side(&clip.bottom, rect.y0, rect.y1),
        );
        let area = Rect::new(x0, y0, x1.max(x0), y1.max(y0));
        self.out
            .push(DisplayItem::PushClip(rounded(area, &Radii::default())));
        true
    }

    /// Whether a box's `overflow` is the viewport's: the root's, or the body's if the root has none.
    fn gives_to_viewport(&self, id: BoxId) -> bool {
        use style::values::computed::Overflow;
        let Some(root) = self.tree.root else {
            return false;
        };
        let boxed = self.style(root).get_box();
        let visible =
            boxed.overflow_x == Overflow::Visible && boxed.overflow_y == Overflow::Visible;
        let is_body = || {
            let mut children = self.tree.get(root).children.iter();
            children.find(|c| self.tree.get(**c).is_principal()) == Some(&id)
        };
        root == id || (visible && boxed.contain.is_empty() && is_body())
    }

    fn seen(&self, rect: Rect) -> bool {
        rect.x1 >= self.view.x0
            && rect.x0 <= self.view.x1
            && rect.y1 >= self.view.y0
            && rect.y0 <= self.view.y1
    }

    /// The backgrounds of a table's columns, row groups and rows, each seen in its cells.
    fn table_grounds(&mut self, index: FragmentIndex) {
        let placed = self.placed;
        let node = &placed.nodes[index];
        let Some(parts) = &node.fragment.table else {
            return;
        };
        let here = |rect: &thru_layout::unit::Rect| {
            let origin = rect.origin + node.rect.origin;
            snap(px_rect(&thru_layout::unit::Rect::new(origin, rect.size)))
        };
        for part in &parts.grounds {
            let style = self.style(part.source);
            let mut clip = BezPath::new();
            for (cell, rect) in &part.cells {
                if !self.skips(*cell) {
                    clip.extend(rounded(here(rect), &Radii::default()));
                }
            }
            if hidden(style) || clip.elements().is_empty() {
                continue;
            }
            self.out.push(DisplayItem::PushClip(clip));
            let ground = Ground {
                style,
                rect: here(&part.rect),
                border: Edges::default(),
                padding: Edges::default(),
                radii: Radii::default(),
                images: &self.tree.images,
                canvas: None,
            };
            ground.paint(&mut self.out);
            self.out.push(DisplayItem::PopClip);
        }
    }

    /// The borders that a table's cells share, above the backgrounds of all of them.
    fn shared_borders(&mut self, index: FragmentIndex, phase: Phase) {
        let placed = self.placed;
        let node = &placed.nodes[index];
        let (Some(parts), Phase::Blocks) = (&node.fragment.table, phase) else {
            return;
        };
        for line in &parts.lines {
            let style = self.style(line.source);
            let origin = line.rect.origin + node.rect.origin;
            let rect = snap(px_rect(&thru_layout::unit::Rect::new(
                origin,
                line.rect.size,
            )));
            if self.seen(rect) && !hidden(style) {
                border_line(style, line.side, rect, &mut self.out);
            }
        }
    }

    /// Whether the box's borders are painted by its table.
    fn shares_borders(&self, id: BoxId) -> bool {
        let source = self.tree.get(id);
        matches!(source.kind, BoxKind::Table | BoxKind::TableCell { .. })
            && source.style.get_inherited_table().border_collapse
                == style::computed_values::border_collapse::T::Collapse
    }

    /// A box's own background, border and, for replaced ones, content.
    fn own(&mut self, index: FragmentIndex) {
        let Some(id) = self.boxed(index) else { return };
        let node = &self.placed.nodes[index];
        let (FragmentKind::Box {
            border: edges,
            padding,
        }
        | FragmentKind::Inline {
            border: edges,
            padding,
        }) = &node.fragment.kind
        else {
            return;
        };
        let style = self.style(id);
        let exact = inset(px_rect(&node.rect), &node.fragment.outside);
        if hidden(style) || !self.seen(exact.inflate(64.0, 64.0)) || self.skips(id) {
            return;
        }
        let rect = snap(exact);
        let corners = radii(style, rect);
        outer_shadows(style, rect, &corners, &mut self.out);
        let ground = Ground {
            style,
            rect,
            border: *edges,
            padding: *padding,
            radii: corners,
            images: &self.tree.images,
            canvas: None,
        };
        if self.canvas_from != Some(id) {
            ground.paint(&mut self.out);
        }
        let edges = *edges;
        let padding = *padding;
        if node.fragment.table.is_some() {
            self.table_grounds(index);
        }
        inner_shadows(
            style,
            inset(rect, &edges),
            &inner_radii(&corners, &edges),
            &mut self.out,
        );
        if !self.shares_borders(id) && !ground.border_image(&mut self.out) {
            border(style, rect, &edges, &corners, &mut self.out);
        }
        let content = inset(exact, &(edges + padding));
        match &self.tree.get(id).kind {
            BoxKind::Replaced(replaced) => {
                if let Some(image) = replaced.image {
                    self.has_content = true;
                    let inner = inner_radii(&corners, &(edges + padding));
                    self.image(image, style, snap(content), &inner);
                }
            }
            BoxKind::Control(kind) => {
                self.has_content = true;
                control::control(kind, content, rect, style, self.fonts, &mut self.out);
            }
            _ => {}
        }
        outline(style, rect, &corners, &mut self.out);
    }

    /// Anonymous boxes have their parent's style object only for inheritance.
    fn skips(&self, id: BoxId) -> bool {
        let source = self.tree.get(id);
        if let BoxKind::TableCell { .. } = source.kind {
            let style = &source.style;
            let empty = source.children.is_empty()
                && style.get_inherited_table().empty_cells
                    == style::computed_values::empty_cells::T::Hide
                && style.get_inherited_table().border_collapse
                    == style::computed_values::border_collapse::T::Separate;
            return empty;
        }
        // The table paints the backgrounds of its parts.
        let part = matches!(
            source.kind,
            BoxKind::TableRow
                | BoxKind::TableRowGroup
                | BoxKind::TableColumn { .. }
                | BoxKind::TableColumnGroup { .. }
        );
        let position = source.style.get_box().clone_position();
        part && position == style::values::computed::PositionProperty::Static
    }

    fn image(
        &mut self,
        image: thru_render_tree::ImageId,
        style: &ComputedValues,
        rect: Rect,
        corners: &Radii,
    ) {
        let natural = self.tree.images.get(image).natural();
        let position = style.get_position();
        let (w, h) = (rect.width(), rect.height());
        let (nw, nh) = (
            natural.width.map_or(w, f64::from),
            natural.height.map_or(h, f64::from),
        );
        let ratio = natural
            .ratio
            .map_or(if nh > 0.0 { nw / nh } else { 1.0 }, f64::from)
            .max(1e-6);
        let contain = if w / ratio <= h {
            (w, w / ratio)
        } else {
            (h * ratio, h)
        };
        let (tw, th) = match position.object_fit {
            ObjectFit::Fill => (w, h),
            ObjectFit::Contain => contain,
            ObjectFit::Cover => {
                if w / ratio >= h {
                    (w, w / ratio)
                } else {
                    (h * ratio, h)
                }
            }
            ObjectFit::None => (nw, nh),
            ObjectFit::ScaleDown => {
                if nw <= contain.0 {
                    (nw, nh)
                } else {
                    contain
                }
            }
        };
        let place = &position.object_position;
        let x = rect.x0 + f64::from(place.horizontal.resolve(Length::new((w - tw) as f32)).px());
        let y = rect.y0 + f64::from(place.vertical.resolve(Length::new((h - th) as f32)).px());
        let tile = Rect::new(x, y, x + tw, y + th);
        let rendering = style.get_inherited_box().image_rendering;
        self.out.push(DisplayItem::Image {
            path: if corners.iter().any(|r| r.0 > 0.0) {
                rounded(rect, corners)
            } else {
                rounded(rect.intersect(tile), corners)
            },
            image,
            tile,
            repeat: (false, false),
            pixelated: rendering != style::computed_values::image_rendering::T::Auto,
        });
    }

    fn text(&mut self, index: FragmentIndex) {
        let node = &self.placed.nodes[index];
        let (FragmentKind::Text(run), Some(id)) = (&node.fragment.kind, node.fragment.source)
        else {
            return;
        };
        let style = self.style(id);
        let hidden =
            style.get_inherited_box().visibility != style::computed_values::visibility::T::Visible;
        if hidden || !self.seen(px_rect(&node.rect).inflate(32.0, 32.0)) {
            return;
        }
        self.has_content = true;
        let decorations = self.decorations(id);
        if !node.vertical {
            text(run, &node.rect, style, &decorations, &mut self.out);
            return;
        }
        // A quarter turn about the corner where the line begins.
        let corner = (node.rect.right().to_px(), node.rect.origin.y.to_px());
        let turn = Affine::translate((f64::from(corner.0), f64::from(corner.1)))
            * Affine::rotate(std::f64::consts::FRAC_PI_2);
        self.out.push(DisplayItem::PushTransform(turn));
        let size = thru_layout::unit::Size::new(node.rect.size.height, node.rect.size.width);
        let rect = thru_layout::unit::Rect::new(Default::default(), size);
        text(run, &rect, style, &decorations, &mut self.out);
        self.out.push(DisplayItem::PopTransform);
    }

    /// Decorations come from the boxes around, up to the nearest atomic inline or float.
    fn decorations(&self, id: BoxId) -> Vec<Decoration> {
        let mut found = Vec::new();
        let mut at = Some(id);
        while let Some(id) = at {
            let source = self.tree.get(id);
            if source.generated != Some(thru_render_tree::Generated::Anonymous) {
                found.extend(decoration(&source.style));
            }
            let stops = source.is_floating()
                || source.is_absolute()
                || (source.level == Level::Inline
                    && !matches!(source.kind, BoxKind::Inline { .. }));
            at = if stops { None } else { source.parent };
        }
        found.reverse();
        found
    }
}

fn hidden(style: &ComputedValues) -> bool {
    style.get_inherited_box().visibility != style::computed_values::visibility::T::Visible
}

/// Edges on whole px, as browsers paint boxes.
fn snap(rect: Rect) -> Rect {
    Rect::new(
        rect.x0.round(),
        rect.y0.round(),
        rect.x1.round(),
        rect.y1.round(),
    )
}

//! The painting order (CSS 2 appendix E).

use crate::{
    background::Ground,
    border::{Radii, inner_radii, inset, radii, rounded},
    border_lines::border,
    color::invisible,
    control,
    display_list::{DisplayItem, DisplayList},
    effects::{layers, makes_group},
    groups::is_blended,
    native::native_frame,
    outline::{inner_shadows, outer_shadows, outline},
    projection::Plane,
    space::{Space, hides_back, preserves_depth},
    text::{Decoration, decoration, text},
    transform::{element_parent, has_transform, px_rect},
};
use style::{
    computed_values::object_fit::T as ObjectFit, properties::ComputedValues,
    values::computed::Length,
};
use thru_layout::{FragmentIndex, FragmentKind, FragmentTree, text::Fonts, unit::Size};
use thru_render_tree::{BoxId, BoxKind, Level, RenderTree};
use vello_cpu::kurbo::Rect;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Blocks,
    Floats,
    Inlines,
    Outlines,
}

const PHASES: [Phase; 4] = [
    Phase::Blocks,
    Phase::Floats,
    Phase::Inlines,
    Phase::Outlines,
];

pub(crate) struct Painter<'a> {
    pub(crate) tree: &'a RenderTree,
    pub(crate) placed: &'a FragmentTree,
    fonts: &'a Fonts,
    pub(crate) out: Vec<DisplayItem>,
    /// What can be seen, in the space of the innermost transform.
    pub(crate) view: Rect,
    canvas_from: Option<BoxId>,
    has_content: bool,
    /// Some box has an outline: they are painted in a phase of their own.
    has_outlines: bool,
    /// Some element is mixed with what is below it.
    has_blends: bool,
    pub(crate) depth: u32,
    /// Where the plane lies that is painted in.
    pub(crate) space: Space,
    /// The plane that the display list is in.
    drawn: Plane,
    /// What can be seen of the document.
    window: Rect,
}

/// Stacking contexts in each other that are painted.
pub(crate) const MAX_STACKING_DEPTH: u32 = 512;

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
        has_outlines: false,
        has_blends: false,
        depth: 0,
        space: Space::DOCUMENT,
        drawn: Plane::IDENTITY,
        window: view,
    };
    painter.has_outlines = tree.ids().any(|id| has_outline(&tree.get(id).style));
    painter.has_blends = tree.ids().any(|id| is_blended(&tree.get(id).style));
    painter.canvas_from = painter.canvas_source();
    if painter.has_blends {
        // The page is a group of its own: what is mixed in it is not mixed with what lies under
        // the page (Compositing 1 section 3.2.1).
        painter.out.push(DisplayItem::PushLayer(Box::default()));
    }
    painter.canvas();
    if !placed.nodes.is_empty() {
        painter.context(0);
    }
    if painter.has_blends {
        painter.out.push(DisplayItem::PopLayer);
    }
    DisplayList {
        items: painter.out,
        has_content: painter.has_content,
    }
}

impl<'a> Painter<'a> {
    /// The root's background, or the body's, covers the canvas (CSS Backgrounds 3 section 2.11.2).
    fn canvas_source(&self) -> Option<BoxId> {
        let root = self.tree.root?;
        let bare = |id: BoxId| {
            let style: &ComputedValues = &self.tree.get(id).style;
            let b = style.get_background();
            let color = crate::color::resolve(&b.background_color, style);
            invisible(color)
                && b.background_image
                    .0
                    .iter()
                    .all(|i| matches!(i, style::values::computed::Image::None))
        };
        if !bare(root) {
            return Some(root);
        }
        let children = self.tree.get(root).children.iter().copied();
        children
            .filter(|c| self.tree.get(*c).manner.body)
            .find(|c| !bare(*c))
    }

    /// Paints the canvas as the root element's own background is placed, but without its
    /// transform (CSS Transforms 2 section 3).
    fn canvas(&mut self) {
        let (Some(from), Some(node)) = (self.canvas_from, self.placed.nodes.first()) else {
            return;
        };
        let style = self.style(from);
        let (FragmentKind::Box { border, padding } | FragmentKind::Inline { border, padding }) =
            &node.fragment.kind
        else {
            return;
        };
        let ground = Ground {
            style,
            rect: snap(px_rect(&node.rect)),
            border: *border,
            padding: *padding,
            radii: Radii::default(),
            images: &self.tree.images,
            canvas: Some(self.view),
            viewport: Some(self.viewport()),
        };
        ground.paint(&mut self.out);
    }

    fn viewport(&self) -> Rect {
        let size = self.placed.viewport;
        Rect::new(
            0.0,
            0.0,
            size.width.to_px().into(),
            size.height.to_px().into(),
        )
    }

    pub(crate) fn style(&self, id: BoxId) -> &'a ComputedValues {
        &self.tree.get(id).style
    }

    pub(crate) fn boxed(&self, index: FragmentIndex) -> Option<BoxId> {
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
            || self.makes_context(id)
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

    /// Whether a property other than `z-index` and the effects makes a stacking context.
    fn makes_context(&self, id: BoxId) -> bool {
        use style::values::specified::box_::{Contain, WillChangeBits};
        let style = self.style(id);
        let boxed = style.get_box();
        if boxed.isolation == style::computed_values::isolation::T::Isolate {
            return true;
        }
        let wills = boxed.will_change.bits;
        if wills.intersects(WillChangeBits::STACKING_CONTEXT_UNCONDITIONAL) {
            return true;
        }
        is_transformable(self.tree, id)
            && (has_transform(style)
                || (hides_back(style) && self.is_in_scene(id))
                || !matches!(
                    boxed.perspective,
                    style::values::generics::box_::Perspective::None
                )
                || boxed.transform_style == style::computed_values::transform_style::T::Preserve3d
                || wills.intersects(WillChangeBits::TRANSFORM)
                || boxed.contain.intersects(Contain::PAINT | Contain::LAYOUT)
                || self.placed.bounded.contains_key(&id))
    }

    /// Whether the element around keeps the depth of this one.
    fn is_in_scene(&self, id: BoxId) -> bool {
        element_parent(self.tree, id)
            .is_some_and(|p| is_transformable(self.tree, p) && preserves_depth(self.style(p)))
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
    pub(crate) fn collect(&self, index: FragmentIndex) -> Vec<(i32, FragmentIndex)> {
        let mut found: Vec<(i32, usize, FragmentIndex)> = Vec::new();
        if self.skips_content(index) {
            return Vec::new();
        }
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
            if descend && !self.skips_content(at) {
                stack.extend(self.placed.nodes[at].children.iter().rev().copied());
            }
        }
        found.sort_by_key(|(z, order, _)| (*z, *order));
        found.into_iter().map(|(z, _, at)| (z, at)).collect()
    }

    /// A stacking context.
    fn context(&mut self, index: FragmentIndex) {
        if self.depth >= MAX_STACKING_DEPTH {
            return;
        }
        self.depth += 1;
        let outside = (self.space, self.view);
        self.space = outside.0.enter(self.tree, self.placed, index);
        let id = self
            .boxed(index)
            .filter(|id| is_transformable(self.tree, *id));
        let style = id.map(|id| self.style(id));
        let is_away = style.is_some_and(hides_back) && self.space.shows_back();
        if style.is_some_and(preserves_depth) {
            self.scene(index);
        } else if !is_away && !self.space.is_singular() {
            let pushed = self.push_plane();
            self.group(index);
            self.pop_plane(pushed);
        }
        (self.space, self.view) = outside;
        self.depth -= 1;
    }

    /// Begins to paint in the plane of `space`; gives the plane before, if it was another.
    pub(crate) fn push_plane(&mut self) -> Option<Plane> {
        let plane = self.space.plane();
        if plane == self.drawn {
            return None;
        }
        self.out.push(DisplayItem::PushTransform(plane));
        let affine = plane.affine().filter(|a| a.determinant().abs() > 1e-9);
        self.view = match affine {
            Some(affine) => affine.inverse().transform_rect_bbox(self.window),
            // What of it is seen is not told before it is drawn.
            None => Rect::new(-1e9, -1e9, 1e9, 1e9),
        };
        Some(std::mem::replace(&mut self.drawn, plane))
    }

    /// Ends that.
    pub(crate) fn pop_plane(&mut self, before: Option<Plane>) {
        if let Some(before) = before {
            self.out.push(DisplayItem::PopTransform);
            self.drawn = before;
        }
    }

    /// A stacking context with its effects.
    fn group(&mut self, index: FragmentIndex) {
        let rect = px_rect(&self.placed.nodes[index].rect);
        let style = self.boxed(index).map(|id| self.style(id));
        let layers = style.map(|style| layers(style, rect)).unwrap_or_default();
        let mut count = layers.len();
        for layer in layers {
            self.out.push(DisplayItem::PushLayer(Box::new(layer)));
        }
        let opacity = style.map_or(1.0, |style| style.get_effects().opacity);
        if opacity > 0.0 {
            let levels = self.collect(index);
            // A stacking context is a group of its own for what is mixed in it; the root's is the page's.
            if index != 0 && count == 0 && self.has_blends && self.mixes(&levels) {
                self.out.push(DisplayItem::PushLayer(Box::default()));
                count = 1;
            }
            self.content(index, &levels);
        }
        for _ in 0..count {
            self.out.push(DisplayItem::PopLayer);
        }
    }

    /// A stacking context's own boxes and these levels (CSS 2 appendix E).
    pub(crate) fn content(&mut self, index: FragmentIndex, levels: &[(i32, FragmentIndex)]) {
        self.own(index);
        let clips = self.clip_children(index);
        let split = levels.partition_point(|(z, _)| *z < 0);
        for (_, at) in &levels[..split] {
            self.lifted(*at, index);
        }
        for phase in PHASES {
            self.children(index, phase);
            self.shared_borders(index, phase);
        }
        if clips {
            self.out.push(DisplayItem::PopClip);
        }
        self.outline(index);
        for (_, at) in &levels[split..] {
            let inside = self.clipped_by(*at, index) && self.clip_children(index);
            self.lifted(*at, index);
            if inside {
                self.out.push(DisplayItem::PopClip);
            }
        }
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
    pub(crate) fn lifted(&mut self, at: FragmentIndex, root: FragmentIndex) {
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
            pushed += usize::from(self.clip_property(index));
            pushed += usize::from(self.clip_children(index));
        }
        pushed += usize::from(self.clip_property(at));
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
        for phase in PHASES {
            self.children(index, phase);
            self.shared_borders(index, phase);
        }
        if clips {
            self.out.push(DisplayItem::PopClip);
        }
        self.outline(index);
        self.depth -= 1;
    }

    fn children(&mut self, index: FragmentIndex, phase: Phase) {
        if phase == Phase::Outlines && !self.has_outlines {
            return;
        }
        let placed = self.placed;
        if self.skips_content(index) {
            return;
        }
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
                if phase == Phase::Outlines {
                    self.outline(child);
                }
            }
            FragmentKind::Inline { .. } => {
                if phase == Phase::Inlines {
                    self.own(child);
                }
                self.children(child, phase);
                if phase == Phase::Outlines {
                    self.outline(child);
                }
            }
            FragmentKind::Line => self.children(child, phase),
            FragmentKind::Text(_) if phase == Phase::Inlines => self.text(child),
            FragmentKind::ColumnRule if phase == Phase::Blocks => self.column_rule(child),
            _ => {}
        }
    }

    pub(crate) fn seen(&self, rect: Rect) -> bool {
        rect.x1 >= self.view.x0
            && rect.x0 <= self.view.x1
            && rect.y1 >= self.view.y0
            && rect.y0 <= self.view.y1
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
            viewport: (!self.space.is_transformed()).then(|| self.viewport()),
        };
        let source = self.tree.get(id);
        let native = native_frame(source, style, rect, edges, &mut self.out);
        if self.canvas_from != Some(id) && !native {
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
        let gap = self.legend_gap(index, rect, edges.top);
        self.out.extend(gap.clone());
        if !native && !self.shares_borders(id) && !ground.border_image(&mut self.out) {
            border(style, rect, &edges, &corners, &mut self.out);
        }
        self.out.extend(gap.map(|_| DisplayItem::PopClip));
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
    }

    /// A box's outline, above everything in its layer (CSS 2 appendix E step 10).
    fn outline(&mut self, index: FragmentIndex) {
        if !self.has_outlines {
            return;
        }
        let Some(id) = self.boxed(index) else { return };
        let style = self.style(id);
        let hidden =
            style.get_inherited_box().visibility != style::computed_values::visibility::T::Visible;
        let anonymous = self.tree.get(id).generated == Some(thru_render_tree::Generated::Anonymous);
        let rect = snap(px_rect(&self.placed.nodes[index].rect));
        if !hidden && !anonymous && self.seen(rect.inflate(64.0, 64.0)) {
            outline(style, rect, &radii(style, rect), &mut self.out);
        }
    }

    /// Anonymous boxes have their parent's style object only for inheritance.
    pub(crate) fn skips(&self, id: BoxId) -> bool {
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
            part: None,
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
        let outside = (self.space, self.view);
        self.space = outside.0.turned(corner.0.into(), corner.1.into());
        let before = self.push_plane();
        let size = thru_layout::unit::Size::new(node.rect.size.height, node.rect.size.width);
        let rect = thru_layout::unit::Rect::new(Default::default(), size);
        text(run, &rect, style, &decorations, &mut self.out);
        self.pop_plane(before);
        (self.space, self.view) = outside;
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

/// Whether transforms apply (CSS Transforms 1 section 2: transformable elements).
pub(crate) fn is_transformable(tree: &RenderTree, id: BoxId) -> bool {
    !matches!(
        tree.get(id).kind,
        BoxKind::Inline { .. } | BoxKind::TableColumn { .. } | BoxKind::TableColumnGroup { .. }
    )
}

fn has_outline(style: &ComputedValues) -> bool {
    !style.get_outline().outline_style.none_or_hidden()
}

pub(crate) fn hidden(style: &ComputedValues) -> bool {
    style.get_inherited_box().visibility != style::computed_values::visibility::T::Visible
}

/// Edges on whole px, as browsers paint boxes.
pub(crate) fn snap(rect: Rect) -> Rect {
    Rect::new(
        rect.x0.round(),
        rect.y0.round(),
        rect.x1.round(),
        rect.y1.round(),
    )
}

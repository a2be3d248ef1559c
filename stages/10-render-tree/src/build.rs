use crate::counters::{Counters, Piece};
use crate::form::{self, FormBox};
use crate::replaced::{self, ImageSources, Shown};
use crate::reversed::{self, Scope};
use crate::ruby;
use crate::{
    BoxId, BoxKind, Counts, Generated, Images, Level, Manner, RenderBox, RenderTree, Replaced,
};
use std::rc::Rc;
use thru_cssom::style::computed_values::list_style_position::T as ListStylePosition;
use thru_cssom::style::values::specified::box_::{DisplayInside, DisplayOutside};
use thru_cssom::{Pseudo, Style, Styled};
use thru_dom::{Document, Element, NodeId};
use thru_events::{Cause, Tap, render_tree::RenderTreeEvent};

/// Builds the box tree of a styled document. Emits `TreeBuilt`, which is the answer's cause,
/// and `FeatureUnsupported`.
pub fn build(
    document: &Document,
    styled: &Styled,
    images: Rc<Images>,
    sources: &ImageSources,
    tap: &Tap,
    cause: Cause,
) -> (RenderTree, Cause) {
    let mut builder = Builder {
        document,
        styled,
        sources,
        counters: Counters::default(),
        tree: RenderTree {
            boxes: Vec::new(),
            root: None,
            first_lines: Default::default(),
            images,
            counts: Counts::default(),
            unsupported: Vec::new(),
        },
    };
    if let Some(root) = document.root_element() {
        let mut out = Vec::new();
        builder.element(root, 0, &mut out);
        builder.tree.root = out.first().copied();
        builder.first_lines();
    }
    let mut tree = builder.tree;
    if let Some(root) = tree.root {
        tree.get_mut(root).level = Level::Block;
    }
    tree.counts.hidden = hidden(document, styled);
    let cause = tap.emit(cause, || RenderTreeEvent::TreeBuilt {
        boxes: tree.len() as u32,
        hidden: tree.counts.hidden,
        anonymous: tree.counts.anonymous,
        generated: tree.counts.generated,
    });
    tree.unsupported = crate::unsupported::state(document, &tree, tap, cause);
    (tree, cause)
}

/// Elements that have no box of their own.
fn hidden(document: &Document, styled: &Styled) -> u32 {
    let elements = document
        .descendants(NodeId::DOCUMENT)
        .filter(|node| document.element(*node).is_some());
    elements
        .filter(|node| {
            styled
                .computed(*node)
                .is_none_or(|style| style.get_box().display.is_none())
        })
        .count() as u32
}

/// The state of one pass.
pub(crate) struct Builder<'a> {
    pub document: &'a Document,
    pub styled: &'a Styled,
    pub sources: &'a ImageSources,
    pub counters: Counters,
    pub tree: RenderTree,
}

/// Whose box it is.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    pub node: NodeId,
    pub generated: Option<Generated>,
    pub manner: Manner,
}

impl Builder<'_> {
    /// Makes a box that is nowhere yet.
    pub(crate) fn create(
        &mut self,
        kind: BoxKind,
        level: Level,
        origin: Origin,
        style: &Style,
    ) -> BoxId {
        match origin.generated {
            Some(Generated::Anonymous) => self.tree.counts.anonymous += 1,
            Some(_) => self.tree.counts.generated += 1,
            None => {}
        }
        let new = RenderBox {
            kind,
            level,
            node: origin.node,
            generated: origin.generated,
            manner: origin.manner,
            style: style.clone(),
            parent: None,
            broke: None,
            instead_of: None,
            children: Vec::new(),
        };
        self.tree.push(new, None)
    }

    /// Puts boxes into another.
    pub(crate) fn adopt(&mut self, parent: BoxId, children: Vec<BoxId>) {
        for child in &children {
            self.tree.get_mut(*child).parent = Some(parent);
        }
        self.tree.get_mut(parent).children = children;
    }

    pub(crate) fn text(&mut self, text: &str, node: NodeId, style: &Style) -> BoxId {
        let origin = Origin {
            node,
            generated: None,
            manner: Manner::default(),
        };
        self.create(BoxKind::Text(text.into()), Level::Inline, origin, style)
    }

    fn element(&mut self, node: NodeId, depth: u32, out: &mut Vec<BoxId>) {
        let document = self.document;
        let (Some(element), Some(style)) = (document.element(node), self.styled.computed(node))
        else {
            return;
        };
        let display = style.get_box().display;
        if display.is_none() {
            return;
        }
        if display.is_contents() {
            // Without a box nothing is counted (CSS Lists 3 section 4.4).
            if !vanishes_without_box(element) {
                let children = self.children(node, &style, depth);
                out.extend(children);
            }
            return;
        }
        let scope = Scope {
            document,
            styled: self.styled,
            node,
        };
        self.counters.enter(&style, Some(scope));
        self.principal(node, element, &style, depth, out);
        self.counters.leave();
    }

    /// Everything inside an element, pseudo-elements included.
    fn children(&mut self, node: NodeId, style: &Style, depth: u32) -> Vec<BoxId> {
        let document = self.document;
        let mut out = Vec::new();
        self.pseudo(node, Pseudo::Before, Generated::Before, &mut out);
        if document.element(node).is_some_and(|e| e.is_html("details")) {
            self.details(node, style, depth, &mut out);
            self.pseudo(node, Pseudo::After, Generated::After, &mut out);
            return out;
        }
        let children: Vec<NodeId> = document.children(node).collect();
        self.nodes(&children, style, depth, &mut out);
        self.pseudo(node, Pseudo::After, Generated::After, &mut out);
        out
    }

    /// Boxes of these children of one element.
    fn nodes(&mut self, children: &[NodeId], style: &Style, depth: u32, out: &mut Vec<BoxId>) {
        let document = self.document;
        for child in children.iter().copied() {
            match document.text(child) {
                Some("") => {}
                Some(text) => {
                    let text = self.text(text, child, style);
                    out.push(text);
                }
                None => self.element(child, depth + 1, out),
            }
        }
    }

    /// The summary of a `<details>`, and, if it is open, the rest in a box of its own
    /// (HTML section 15.5.5).
    fn details(&mut self, node: NodeId, style: &Style, depth: u32, out: &mut Vec<BoxId>) {
        let document = self.document;
        let is_summary = |child: &NodeId| {
            let element = document.element(*child);
            element.is_some_and(|e| e.is_html("summary"))
        };
        let summary = document.children(node).find(is_summary);
        if let Some(summary) = summary {
            self.element(summary, depth + 1, out);
        }
        let is_open = document.element(node).is_some_and(|e| e.has("open"));
        let Some(content) = self
            .styled
            .pseudo(node, Pseudo::DetailsContent)
            .filter(|_| is_open)
        else {
            return;
        };
        let rest: Vec<NodeId> = document
            .children(node)
            .filter(|child| Some(*child) != summary)
            .collect();
        let mut inside = Vec::new();
        let display = content.get_box().display;
        if display.is_none() {
            return;
        }
        if display.is_contents() {
            return self.nodes(&rest, style, depth, out);
        }
        self.nodes(&rest, &content, depth, &mut inside);
        let origin = Origin {
            node,
            generated: Some(Generated::DetailsContent),
            manner: Manner::default(),
        };
        self.container(origin, &content, inside, out);
    }

    fn principal(
        &mut self,
        node: NodeId,
        element: &Element,
        style: &Style,
        depth: u32,
        out: &mut Vec<BoxId>,
    ) {
        // Replaced boxes are no parts of tables: such displays are `inline` (CSS Display 3 section 2.4).
        let level = match level_of(style) {
            Level::Table => Level::Inline,
            level => level,
        };
        let mut origin = Origin {
            node,
            generated: None,
            manner: Manner::default(),
        };
        let images = self.tree.images.clone();
        if let Some(replaced) = self.content_image(style) {
            out.push(self.create(BoxKind::Replaced(replaced), level, origin, style));
            return;
        }
        match replaced::of(self.document, node, element, self.sources, &images) {
            Shown::Yes(replaced) => {
                out.push(self.create(BoxKind::Replaced(replaced), level, origin, style));
                return;
            }
            Shown::Missing => return self.missing_image(element, origin, style, out),
            Shown::No => {}
        }
        if element.is_html("br") || element.is_html("wbr") {
            let is_br = element.is_html("br");
            let kind = if is_br {
                BoxKind::LineBreak
            } else {
                BoxKind::WordBreak
            };
            out.push(self.create(kind, Level::Inline, origin, style));
            return;
        }
        match form::of(self.document, node, element) {
            Some(FormBox::Control(control)) => {
                out.push(self.create(BoxKind::Control(control), level, origin, style));
                return;
            }
            Some(FormBox::Button(label)) => {
                origin.manner.button = true;
                let text = self.text(&label, node, style);
                self.container(origin, style, vec![text], out);
                return;
            }
            None => {}
        }
        origin.manner.body = element.is_html("body") && self.document.body() == Some(node);
        origin.manner.button = element.is_html("button");
        origin.manner.fieldset = element.is_html("fieldset");
        origin.manner.list_item = style.get_box().display.is_list_item();
        // The marker counts before the content does.
        let marker = if origin.manner.list_item {
            self.marker(node, style)
        } else {
            None
        };
        let mut children = self.children(node, style, depth);
        if let Some(marker) = marker {
            children.insert(0, marker);
        }
        if origin.manner.fieldset {
            self.legend(&children);
        }
        self.container(origin, style, children, out);
    }

    /// The box of an element that is made of its children, as its display type says.
    fn container(
        &mut self,
        origin: Origin,
        style: &Style,
        children: Vec<BoxId>,
        out: &mut Vec<BoxId>,
    ) {
        if let Some(part) = ruby::part_of(style) {
            return self.ruby_part(part, origin, style, children, out);
        }
        let display = style.get_box().display;
        let level = level_of(style);
        let element = self.document.element(origin.node);
        let kind = match (display.outside(), display.inside()) {
            (DisplayOutside::TableCaption, _) => BoxKind::TableCaption,
            (DisplayOutside::Inline, DisplayInside::Flow) if !origin.manner.button => {
                return self.inline(origin, style, children, out);
            }
            (_, DisplayInside::Flex) => BoxKind::Flex,
            (_, DisplayInside::Grid) => BoxKind::Grid,
            (_, DisplayInside::Table) => BoxKind::Table,
            (
                _,
                DisplayInside::TableRowGroup
                | DisplayInside::TableHeaderGroup
                | DisplayInside::TableFooterGroup,
            ) => BoxKind::TableRowGroup,
            (_, DisplayInside::TableRow) => BoxKind::TableRow,
            (_, DisplayInside::TableColumnGroup) => BoxKind::TableColumnGroup {
                span: span(element, "span", 1000),
            },
            (_, DisplayInside::TableColumn) => BoxKind::TableColumn {
                span: span(element, "span", 1000),
            },
            (_, DisplayInside::TableCell) => BoxKind::TableCell {
                columns: span(element, "colspan", 1000),
                rows: row_span(element),
            },
            _ => BoxKind::BlockContainer,
        };
        let is_block = matches!(
            kind,
            BoxKind::BlockContainer | BoxKind::TableCell { .. } | BoxKind::TableCaption
        );
        let id = self.create(kind, level, origin, style);
        self.furnish(id, children);
        if is_block && origin.generated.is_none() {
            self.first_letter(id);
        }
        out.push(id);
    }

    fn pseudo(&mut self, node: NodeId, which: Pseudo, generated: Generated, out: &mut Vec<BoxId>) {
        let Some(style) = self.styled.pseudo(node, which) else {
            return;
        };
        if !reversed::is_generated(&style) {
            return;
        }
        self.counters.enter(&style, None);
        if let Some(pieces) = self.counters.content(&style) {
            let mut children = self.pieces(pieces, node, &style);
            let is_item = style.get_box().display.is_list_item();
            if is_item {
                // GAP: rules for `::before::marker` and its like are not asked for.
                let plain = self.anonymous_inline(&style);
                let marker = self.marker_in(node, &style, plain);
                children.splice(0..0, marker);
            }
            if style.get_box().display.is_contents() {
                out.extend(children);
            } else {
                let origin = Origin {
                    node,
                    generated: Some(generated),
                    manner: Manner {
                        list_item: is_item,
                        ..Manner::default()
                    },
                };
                self.container(origin, &style, children, out);
            }
        }
        self.counters.leave();
    }

    fn pieces(&mut self, pieces: Vec<Piece>, node: NodeId, style: &Style) -> Vec<BoxId> {
        let mut out = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => out.push(self.text(&text, node, style)),
                Piece::Image(url) => {
                    if let Some(image) = self.tree.images.by_url(url.as_str()) {
                        let anonymous = self.anonymous_inline(style);
                        out.push(self.image(image, node, &anonymous));
                    }
                }
            }
        }
        out
    }

    /// Values for an anonymous inline-level box.
    fn anonymous_inline(&self, style: &Style) -> Style {
        self.styled.anonymous(style, thru_cssom::Anonymous::Block)
    }

    fn image(&mut self, image: crate::ImageId, node: NodeId, style: &Style) -> BoxId {
        let natural = self.tree.images.get(image).natural();
        let generated = Some(Generated::Anonymous);
        let origin = Origin {
            node,
            generated,
            manner: Manner::default(),
        };
        let replaced = Replaced {
            image: Some(image),
            natural,
        };
        self.create(BoxKind::Replaced(replaced), Level::Inline, origin, style)
    }

    /// An element whose `content` is one image is replaced by it (CSS Content section 2).
    fn content_image(&mut self, style: &Style) -> Option<Replaced> {
        use thru_cssom::style::values::generics::counters::{Content, ContentItem};
        let Content::Items(items) = &style.get_counters().content else {
            return None;
        };
        let [ContentItem::Image(image)] = &items.items[..items.alt_start.min(items.items.len())]
        else {
            return None;
        };
        let url = thru_cssom::image_url(image)?;
        let id = self.tree.images.by_url(url.as_str())?;
        let natural = self.tree.images.get(id).natural();
        Some(Replaced {
            image: Some(id),
            natural,
        })
    }

    /// A missing image (HTML section 15.4.2): its alternative text in a box, or nothing.
    fn missing_image(
        &mut self,
        element: &Element,
        origin: Origin,
        style: &Style,
        out: &mut Vec<BoxId>,
    ) {
        let alt = element.get("alt").or(element.get("value")).unwrap_or("");
        let is_asked_for = element.has("src") || element.has("srcset");
        if alt.is_empty() && (element.has("alt") || !is_asked_for) {
            return self.inline_or_block(origin, style, Vec::new(), out);
        }
        let mut children = Vec::new();
        if is_asked_for {
            let anonymous = self.anonymous_inline(style);
            children.push(self.broken_picture(origin.node, &anonymous));
        }
        if !alt.is_empty() {
            children.push(self.text(alt, origin.node, style));
        }
        let id = self.create(BoxKind::BlockContainer, level_of(style), origin, style);
        self.furnish(id, children);
        out.push(id);
    }

    fn inline_or_block(
        &mut self,
        origin: Origin,
        style: &Style,
        children: Vec<BoxId>,
        out: &mut Vec<BoxId>,
    ) {
        self.container(origin, style, children, out);
    }

    /// The place of Chromium's picture of a broken image, 16 by 16; nothing is painted there.
    fn broken_picture(&mut self, node: NodeId, style: &Style) -> BoxId {
        let generated = Some(Generated::Anonymous);
        let origin = Origin {
            node,
            generated,
            manner: Manner::default(),
        };
        let natural = crate::NaturalSize {
            width: Some(16.0),
            height: Some(16.0),
            ratio: Some(1.0),
        };
        let replaced = Replaced {
            image: None,
            natural,
        };
        self.create(BoxKind::Replaced(replaced), Level::Inline, origin, style)
    }

    /// The marker of a list item, put before its other content (CSS Lists section 3).
    fn marker(&mut self, node: NodeId, style: &Style) -> Option<BoxId> {
        let marker_style = self
            .styled
            .pseudo(node, Pseudo::Marker)
            .unwrap_or_else(|| self.anonymous_inline(style));
        self.marker_in(node, style, marker_style)
    }

    fn marker_in(&mut self, node: NodeId, style: &Style, marker_style: Style) -> Option<BoxId> {
        if marker_style.get_box().display.is_none() {
            return None;
        }
        let list = style.get_list();
        let picture = thru_cssom::image_url(&list.list_style_image)
            .and_then(|url| self.tree.images.by_url(url.as_str()));
        let content = self.counters.content(&marker_style);
        let sign = content.is_none() && picture.is_none() && Counters::marker_is_sign(style);
        let inside = match (content, picture) {
            (Some(pieces), _) => self.pieces(pieces, node, &marker_style),
            (None, Some(image)) => {
                let anonymous = self.anonymous_inline(&marker_style);
                let image = self.image(image, node, &anonymous);
                let space = self.text(" ", node, &marker_style);
                vec![image, space]
            }
            (None, None) => {
                let text = self.counters.marker(style);
                if text.is_empty() {
                    return None;
                }
                vec![self.text(&text, node, &marker_style)]
            }
        };
        let generated = Some(Generated::Marker);
        let origin = Origin {
            node,
            generated,
            manner: Manner {
                sign,
                ..Manner::default()
            },
        };
        // The marker of an inline box stands in its line (CSS Lists 3 section 3.2).
        let is_inline = style.get_box().display.outside() == DisplayOutside::Inline
            && style.get_box().display.inside() == DisplayInside::Flow;
        let kind = if is_inline || list.list_style_position == ListStylePosition::Inside {
            BoxKind::Inline {
                starts: true,
                ends: true,
            }
        } else {
            BoxKind::OutsideMarker
        };
        let id = self.create(kind, Level::Inline, origin, &marker_style);
        self.adopt(id, inside);
        Some(id)
    }

    /// Marks the first legend in flow as the one that stands in the border.
    fn legend(&mut self, children: &[BoxId]) {
        let found = children.iter().copied().find(|child| {
            let child = self.tree.get(*child);
            let element = self.document.element(child.node);
            child.is_principal()
                && child.is_in_flow()
                && element.is_some_and(|e| e.is_html("legend"))
        });
        if let Some(legend) = found {
            let legend = self.tree.get_mut(legend);
            legend.manner.legend = true;
            legend.level = Level::Block;
        }
    }
}

/// Elements that `display: contents` takes away altogether (CSS Display section 2.5.1).
fn vanishes_without_box(element: &Element) -> bool {
    &*element.name.ns == "http://www.w3.org/1999/xhtml"
        && matches!(
            element.local(),
            "br" | "wbr"
                | "meter"
                | "progress"
                | "canvas"
                | "embed"
                | "object"
                | "audio"
                | "iframe"
                | "img"
                | "video"
                | "frame"
                | "frameset"
                | "input"
                | "textarea"
                | "select"
        )
}

pub(crate) fn level_of(style: &Style) -> Level {
    match style.get_box().display.outside() {
        DisplayOutside::Inline => Level::Inline,
        DisplayOutside::TableCaption | DisplayOutside::InternalTable => Level::Table,
        _ => Level::Block,
    }
}

fn span(element: Option<&Element>, name: &str, most: u32) -> u32 {
    let given = element.and_then(|element| element.get(name)?.trim().parse::<u32>().ok());
    given
        .filter(|span| *span > 0)
        .map_or(1, |span| span.min(most))
}

fn row_span(element: Option<&Element>) -> u32 {
    let given = element.and_then(|element| element.get("rowspan")?.trim().parse::<u32>().ok());
    given.map_or(1, |span| span.min(65_534))
}

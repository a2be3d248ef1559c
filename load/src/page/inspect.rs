//! What can be asked of an element after layout: the names of CSSOM View.

use super::{PageOptions, boxes};
use std::collections::BTreeMap;
use thru_cssom::Styled;
use thru_cssom::style::values::computed::PositionProperty;
use thru_cssom::style_traits::ToCss;
use thru_dom::{Document, NodeId};
use thru_events::{Cause, Provenance, Tap, layout::LayoutEvent};
use thru_layout::{BoxMetrics, FragmentTree, unit::LayoutUnit};
use thru_render_tree::RenderTree;
use url::Url;

/// Most elements whose reasons are stated.
const ELEMENTS_STATED: usize = 16;

/// An element as CSSOM View sees it. Lengths are CSS px, transforms are not applied but in `rect`.
/// An element without a box has zeros.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inspected {
    /// Path, as in [`super::ElementBox`].
    pub path: String,
    /// Its attributes: name, value.
    pub attributes: Vec<(String, String)>,
    /// Computed `display`.
    pub display: String,
    /// `offsetLeft`, `offsetTop`, `offsetWidth`, `offsetHeight`.
    pub offset: [f64; 4],
    /// `clientLeft`, `clientTop`, `clientWidth`, `clientHeight`.
    pub client: [f64; 4],
    /// `scrollWidth`, `scrollHeight`.
    pub scroll: [f64; 2],
    /// `getBoundingClientRect()`: x, y, width, height.
    pub rect: [f64; 4],
    /// Used padding: top, right, bottom, left.
    pub padding: [f64; 4],
    /// Used margins: top, right, bottom, left.
    pub margin: [f64; 4],
}

/// The parts of a laid out page.
pub(super) struct LaidOut<'a> {
    pub dom: &'a Document,
    pub url: &'a Url,
    pub styled: &'a Styled,
    pub tree: &'a RenderTree,
    pub placed: &'a FragmentTree,
}

/// What the options want to know of the page's elements.
pub(super) fn wanted(
    page: &LaidOut<'_>,
    options: &PageOptions,
    tap: &Tap,
    laid_out: Cause,
) -> Vec<Inspected> {
    let Some(selectors) = options.inspect.as_deref() else {
        return Vec::new();
    };
    if tap.is_on() {
        state_why(page, selectors, tap, laid_out);
    }
    inspect(page, selectors)
}

/// The elements that `selectors` matches and everything in them, in tree order.
fn inspect(page: &LaidOut<'_>, selectors: &str) -> Vec<Inspected> {
    let Some(roots) = thru_cssom::query(page.dom, page.url, selectors) else {
        return Vec::new();
    };
    let mut wanted: Vec<NodeId> = Vec::new();
    for root in roots {
        let inside = page.dom.descendants(root);
        wanted.extend(std::iter::once(root).chain(inside));
    }
    wanted.retain(|node| page.dom.element(*node).is_some());
    wanted.sort_unstable();
    wanted.dedup();
    let known = Known::of(page);
    let paths = boxes::paths_of(page.dom, &wanted);
    let both = wanted.iter().zip(paths);
    both.map(|(node, path)| known.inspected(page, *node, path))
        .collect()
}

/// States why the elements that `selectors` matches are as they are: their declarations, their
/// sizes. Emits `CssomEvent::DeclarationWon`, `DeclarationLost`, `LayoutEvent::SizeDecided`,
/// `NoBox`; the sizes' reasons are Inferred.
fn state_why(page: &LaidOut<'_>, selectors: &str, tap: &Tap, laid_out: Cause) {
    let matched = thru_cssom::query(page.dom, page.url, selectors).unwrap_or_default();
    let stated: Vec<NodeId> = matched.into_iter().take(ELEMENTS_STATED).collect();
    let known = Known::of(page);
    let inferred = tap.known_as(Provenance::Inferred);
    for (node, path) in stated.iter().zip(boxes::paths_of(page.dom, &stated)) {
        page.styled.state_declared(*node, &path, tap);
        match known.metrics.get(node) {
            Some(metrics) => {
                inferred.emit(laid_out, || decided(page, metrics, path));
            }
            None => {
                let why = why_no_box(page, *node);
                tap.emit(laid_out, || LayoutEvent::NoBox { element: path, why });
            }
        }
    }
}

fn decided(page: &LaidOut<'_>, metrics: &BoxMetrics, element: String) -> LayoutEvent {
    let decided = thru_layout::decided(page.tree, metrics.id);
    let containing = metrics.containing.map(|id| page.tree.get(id).node);
    let containing = containing.map(|node| boxes::paths_of(page.dom, &[node]));
    let px = |length: LayoutUnit| length.to_px();
    let edges = |edges: thru_layout::unit::Edges| {
        [edges.top, edges.right, edges.bottom, edges.left].map(px)
    };
    let area = metrics.border_box;
    let corner = [
        area.origin.x,
        area.origin.y,
        area.size.width,
        area.size.height,
    ];
    let around = metrics.containing_size;
    LayoutEvent::SizeDecided {
        element,
        kind: decided.kind,
        area: corner.map(px),
        margin: edges(metrics.margin),
        border: edges(metrics.border),
        padding: edges(metrics.padding),
        containing: containing
            .and_then(|mut path| path.pop())
            .unwrap_or_default(),
        containing_size: [around.width, around.height].map(px),
        width_by: decided.width_by,
        height_by: decided.height_by,
    }
}

/// Why an element has no box (CSS Display 3 section 2.5).
fn why_no_box(page: &LaidOut<'_>, node: NodeId) -> String {
    let mut at = Some(node);
    while let Some(element) = at {
        let display = page.styled.computed(element);
        let display = display.map(|style| style.get_box().display.to_css_string());
        match (display.as_deref(), element == node) {
            (Some("none"), true) => return "display: none".to_owned(),
            (Some("none"), false) => {
                let path = boxes::paths_of(page.dom, &[element]);
                return format!("{} around it has display: none", path.concat());
            }
            (Some("contents"), true) => {
                return "display: contents: only its children have boxes".to_owned();
            }
            _ => at = page.dom.node(element).parent,
        }
    }
    "nothing of it takes part in layout".to_owned()
}

struct Known {
    metrics: BTreeMap<NodeId, BoxMetrics>,
    rects: BTreeMap<NodeId, [f64; 4]>,
}

impl Known {
    fn of(page: &LaidOut<'_>) -> Known {
        let node = |id| page.tree.get(id).node;
        let mut metrics: BTreeMap<NodeId, BoxMetrics> = BTreeMap::new();
        for one in thru_layout::metrics(page.tree, page.placed) {
            let merged = metrics.entry(node(one.id)).or_insert(one);
            merged.border_box = merged.border_box.union(&one.border_box);
        }
        let mut rects: BTreeMap<NodeId, [f64; 4]> = BTreeMap::new();
        for (id, rect) in thru_paint::transformed_boxes(page.tree, page.placed) {
            let merged = rects.entry(node(id)).or_insert(rect);
            *merged = boxes::union(*merged, rect);
        }
        Known { metrics, rects }
    }

    fn inspected(&self, page: &LaidOut<'_>, node: NodeId, path: String) -> Inspected {
        let attributes = page.dom.element(node).map(|element| &element.attributes);
        let attributes = attributes.into_iter().flatten();
        let computed = page.styled.computed(node);
        let named = Inspected {
            path,
            attributes: attributes
                .map(|one| (one.name.local.to_string(), one.value.to_string()))
                .collect(),
            display: computed.map_or("none".to_owned(), |style| {
                style.get_box().display.to_css_string()
            }),
            ..Inspected::default()
        };
        let Some(metrics) = self.metrics.get(&node) else {
            return named;
        };
        let [left, top] = self.offset_origin(page, node);
        let area = metrics.border_box;
        let (border, has_client) = (metrics.border, metrics.has_client_box);
        let inside = area.inside(&border);
        let client = [
            border.left,
            border.top,
            inside.size.width,
            inside.size.height,
        ];
        let scroll = [metrics.scrollable.width, metrics.scrollable.height];
        let edges = |edges: thru_layout::unit::Edges| {
            [edges.top, edges.right, edges.bottom, edges.left].map(px)
        };
        Inspected {
            offset: [
                px(area.origin.x) - left,
                px(area.origin.y) - top,
                px(area.size.width),
                px(area.size.height),
            ],
            client: if has_client { client.map(px) } else { [0.0; 4] },
            scroll: if has_client { scroll.map(px) } else { [0.0; 2] },
            rect: self.rects.get(&node).copied().unwrap_or_default(),
            padding: edges(metrics.padding),
            margin: edges(metrics.margin),
            ..named
        }
    }

    /// Where `offsetLeft` and `offsetTop` count from (CSSOM View section 7): the padding edge of
    /// the `offsetParent`; the document's corner if there is none or it is a static `<body>`.
    fn offset_origin(&self, page: &LaidOut<'_>, node: NodeId) -> [f64; 2] {
        let position = |node| {
            let style = page.styled.computed(node);
            style.map_or(PositionProperty::Static, |style| {
                style.get_box().clone_position()
            })
        };
        let is_static = position(node) == PositionProperty::Static;
        if position(node) == PositionProperty::Fixed {
            return [0.0; 2];
        }
        let mut at = page.dom.node(node).parent;
        while let Some(ancestor) = at {
            at = page.dom.node(ancestor).parent;
            let Some(element) = page.dom.element(ancestor) else {
                continue;
            };
            let is_table_part = ["td", "th", "table"]
                .iter()
                .any(|name| element.is_html(name));
            let positioned = position(ancestor) != PositionProperty::Static
                || page.contains_out_of_flow(ancestor);
            if element.is_html("body") && !positioned {
                return [0.0; 2];
            }
            if positioned || is_static && is_table_part || element.is_html("body") {
                let Some(metrics) = self.metrics.get(&ancestor) else {
                    return [0.0; 2];
                };
                let area = metrics.border_box.inside(&metrics.border);
                return [px(area.origin.x), px(area.origin.y)];
            }
        }
        [0.0; 2]
    }
}

impl LaidOut<'_> {
    /// Whether a static element contains what is positioned in it for another reason: a transform.
    fn contains_out_of_flow(&self, node: NodeId) -> bool {
        let style = self.styled.computed(node);
        style.is_some_and(|style| !style.get_box().transform.0.is_empty())
    }
}

fn px(length: LayoutUnit) -> f64 {
    f64::from(length.0) / 64.0
}

//! The pass itself, and what `--boxes` shows.

use crate::{
    absolute::StaticPosition,
    engine::{Engine, Space},
    fragment::{FragmentKind, FragmentTree},
    text::{FontNote, Fonts},
    unit::{LayoutUnit, Point, Rect, Size},
    writing_mode::WritingMode,
};
use thru_events::{Cause, Tap, layout::LayoutEvent};
use thru_render_tree::{BoxId, RenderTree};

/// Lays a box tree out in a viewport of CSS px. `cause` is the event that completed the box tree;
/// the answer's is `LaidOut`.
pub fn run(
    tree: &RenderTree,
    fonts: &Fonts,
    viewport: (u32, u32),
    tap: &Tap,
    cause: Cause,
) -> (FragmentTree, Cause) {
    let mut engine = Engine::new(tree, fonts, viewport_size(viewport));
    let placed = place(&mut engine);
    let laid_out = emit(&engine, &placed, fonts, tap, cause);
    (placed, laid_out)
}

/// The greatest side of a viewport, CSS px.
const MAX_VIEWPORT: u32 = 1 << 20;

pub(crate) fn viewport_size(viewport: (u32, u32)) -> Size {
    let px = |n: u32| LayoutUnit::px(n.min(MAX_VIEWPORT) as i32);
    Size::new(px(viewport.0), px(viewport.1))
}

/// Everything at its place.
pub(crate) fn place(engine: &mut Engine) -> FragmentTree {
    match engine.tree.root {
        Some(root) => engine.with_near_content(|engine| root_fragment(engine, root)),
        None => FragmentTree {
            viewport: engine.viewport,
            document: engine.viewport,
            ..FragmentTree::default()
        },
    }
}

fn root_fragment(engine: &mut Engine, root: BoxId) -> FragmentTree {
    let viewport = engine.viewport;
    if engine.style(root).out_of_flow() {
        let (place, container) = (StaticPosition::default(), engine.viewport_container());
        let (fragment, at) = engine.absolute(root, place, container);
        return engine.place_all(fragment, at, WritingMode::Horizontal);
    }
    let mode = engine.known.modes.outer(root);
    let window = mode.size(viewport);
    let space = Space {
        width: window.width,
        height: Some(window.height),
        ..Space::default()
    };
    let fragment = engine.lay_out(root, &space);
    let style = engine.style(root);
    let margin = style.margin(window.width);
    let free = window.width - fragment.size.width - margin.horizontal();
    let x = match (&style.margin[3], &style.margin[1]) {
        (None, None) => free.half().at_least_zero(),
        (None, Some(_)) => free.at_least_zero(),
        _ => margin.left,
    };
    engine.place_all(fragment, Point::new(x, margin.top), mode)
}

/// States what came of a layout.
pub(crate) fn emit(
    engine: &Engine,
    placed: &FragmentTree,
    fonts: &Fonts,
    tap: &Tap,
    cause: Cause,
) -> Cause {
    if !tap.is_on() {
        return None;
    }
    for note in fonts.take_notes() {
        match note {
            FontNote::Chosen { family, used } => {
                tap.emit(cause, || LayoutEvent::FontChosen { family, used })
            }
            FontNote::Missing { character, font } => {
                tap.emit(cause, || LayoutEvent::GlyphMissing { character, font })
            }
        };
    }
    for (what, count) in &engine.known.unsupported {
        tap.emit(cause, || LayoutEvent::FeatureUnsupported {
            what: (*what).to_owned(),
            count: *count,
        });
    }
    if engine.too_deep > 0 {
        tap.emit(cause, || LayoutEvent::FeatureUnsupported {
            what: "boxes nested too deep".to_owned(),
            count: engine.too_deep,
        });
    }
    tap.emit(cause, || LayoutEvent::LaidOut {
        boxes: engine.tree.len() as u32,
        laid_out: match &engine.known.memory {
            Some(memory) => memory.count(),
            None => engine.tree.len() as u32,
        },
        lines: placed.lines,
        fonts: fonts.used() as u32,
        width: placed.document.width.to_px(),
        height: placed.document.height.to_px(),
    })
}

/// A box's border box in the document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoxArea {
    /// The box.
    pub id: BoxId,
    /// Its border box; an inline's is the union of its lines.
    pub rect: Rect,
}

/// The border boxes of the elements' own boxes, in tree order of the boxes; transforms are not applied.
pub fn element_boxes(tree: &RenderTree, placed: &FragmentTree) -> Vec<BoxArea> {
    let mut areas: Vec<Option<Rect>> = vec![None; tree.len()];
    for node in &placed.nodes {
        let Some(id) = node.fragment.source else {
            continue;
        };
        if matches!(
            node.fragment.kind,
            FragmentKind::Text(_) | FragmentKind::Placeholder { .. } | FragmentKind::ColumnRule
        ) {
            continue;
        }
        let area = &mut areas[tree.original(id).index()];
        *area = Some(area.map_or(node.rect, |area| area.union(&node.rect)));
    }
    tree.ids()
        .filter(|id| tree.get(*id).is_principal())
        .filter_map(|id| {
            Some(BoxArea {
                id,
                rect: areas[id.index()]?,
            })
        })
        .collect()
}

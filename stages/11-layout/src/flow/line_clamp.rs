//! `line-clamp` (CSS Overflow 4 section 5): what is after the clamp point of a container is not shown and takes no
//! room.
//!
//! The content is laid out once to count the possible clamp points: after each line, and after each block without
//! lines. If there are more than are wanted it is laid out again up to the clamp point.

use super::{
    block::{Content, Place},
    float::Floats,
    inline::{Cut, Filled},
    inline_content::{AtomKind, InlineContent},
    line_end::trim,
    ruby::Above,
};
use crate::{
    engine::Engine,
    fragment::{Child, Fragment},
    text::Word,
    unit::{LayoutUnit, Point},
};
use std::rc::Rc;
use style::properties::ComputedValues;
use thru_cssom::Carried;
use thru_render_tree::BoxId;

/// How many clamp points are tried where the height decides.
const MAX_CLAMP_TRIES: u32 = 16;
/// The most boxes out of flow that are sought in one box that is not shown.
const MAX_HIDDEN: usize = 4096;

/// A computed `line-clamp` that applies.
#[derive(Clone, Debug, PartialEq)]
pub struct LineClamp {
    /// After which line; `None` is where the height ends.
    pub lines: Option<u32>,
    /// What stands for the rest; `None` for nothing.
    pub ellipsis: Option<Rc<str>>,
}

impl LineClamp {
    /// Reads the carried value.
    pub(crate) fn of(style: &ComputedValues) -> Option<LineClamp> {
        let value = Carried::LineClamp.of(style)?;
        let mut found = LineClamp {
            lines: None,
            ellipsis: Some("\u{2026}".into()),
        };
        let quote = value.find(['"', '\'']);
        let (plain, quoted) = value.split_at(quote.unwrap_or(value.len()));
        for word in plain.split_ascii_whitespace() {
            match word.to_ascii_lowercase().as_str() {
                "none" => return None,
                "no-ellipsis" => found.ellipsis = None,
                "-webkit-legacy" if !is_vertical_box(style) => return None,
                word => found.lines = found.lines.or(word.parse().ok()),
            }
        }
        if let Some(end) = quoted.get(1..).and_then(|rest| rest.find(&quoted[..1])) {
            found.ellipsis = Some(quoted[1..=end].into());
        }
        Some(found)
    }
}

/// What the legacy property asks for (section 5.5).
fn is_vertical_box(style: &ComputedValues) -> bool {
    let vertical = ["vertical", "block-axis"].iter();
    Carried::WebkitBox.is(style, "box")
        && vertical
            .into_iter()
            .any(|keyword| Carried::WebkitBoxOrient.is(style, keyword))
}

/// A possible clamp point.
#[derive(Clone, Copy, Debug)]
struct ClampPoint {
    /// How far down the content reaches there.
    y: LayoutUnit,
    line: bool,
}

/// The clamp points of the container that is being laid out.
#[derive(Debug)]
pub(crate) struct Clamping {
    points: Vec<ClampPoint>,
    /// The number of the clamp point, if it is known.
    at: Option<usize>,
    ellipsis: Option<Rc<str>>,
}

impl Clamping {
    fn is_over(&self) -> bool {
        self.at.is_some_and(|at| self.points.len() > at)
    }
}

impl Engine<'_> {
    /// The content of a line-clamp container. `limit` is the height that its content box has at most.
    pub(crate) fn clamped_content(
        &mut self,
        id: BoxId,
        clamp: &LineClamp,
        (width, height): (LayoutUnit, Option<LayoutUnit>),
        limit: Option<LayoutUnit>,
        floats: &mut Floats,
    ) -> Content {
        let (content, points) = self.clamp_at(id, clamp, None, (width, height), floats);
        let Some(last) = points.len().checked_sub(1) else {
            return content;
        };
        let mut at = match (clamp.lines, limit) {
            (Some(lines), _) => {
                let mut ends = points.iter().enumerate().filter(|(_, point)| point.line);
                match ends.nth((lines as usize).saturating_sub(1)) {
                    Some((number, _)) => number,
                    None => return content,
                }
            }
            (None, Some(limit)) if content.height + content.end.sum() > limit => {
                let fits = points.iter().take_while(|point| point.y <= limit).count();
                fits.saturating_sub(1)
            }
            _ => return content,
        };
        if at >= last && clamp.lines.is_some() {
            return content;
        }
        for _ in 0..MAX_CLAMP_TRIES {
            *floats = Floats::default();
            let (content, _) = self.clamp_at(id, clamp, Some(at), (width, height), floats);
            let fits = limit.is_none_or(|limit| content.height + content.end.sum() <= limit);
            if clamp.lines.is_some() || fits || at == 0 {
                return content;
            }
            at -= 1;
        }
        content
    }

    fn clamp_at(
        &mut self,
        id: BoxId,
        clamp: &LineClamp,
        at: Option<usize>,
        (width, height): (LayoutUnit, Option<LayoutUnit>),
        floats: &mut Floats,
    ) -> (Content, Vec<ClampPoint>) {
        self.clamping = Some(Clamping {
            points: Vec::new(),
            at,
            ellipsis: clamp.ellipsis.clone(),
        });
        let mut place = Place {
            width,
            height,
            origin: Point::default(),
            floats,
            start: None,
            above: Above::from(-self.style(id).padding(width).top),
        };
        let content = self.block_content(id, &mut place);
        let points = self.clamping.take().map(|clamping| clamping.points);
        (content, points.unwrap_or_default())
    }

    /// Whether the clamp point is behind: nothing more is shown.
    pub(crate) fn is_clamped(&self) -> bool {
        self.clamping.as_ref().is_some_and(Clamping::is_over)
    }

    /// How many clamp points were met.
    pub(crate) fn clamp_points(&self) -> usize {
        self.clamping.as_ref().map_or(0, |c| c.points.len())
    }

    /// A line or a block without lines ends at `y` in the container.
    pub(crate) fn note_clamp_point(&mut self, y: LayoutUnit, line: bool) {
        if let Some(clamping) = self.clamping.as_mut().filter(|c| !c.is_over()) {
            clamping.points.push(ClampPoint { y, line });
        }
    }

    /// Whether the next line is the last that is shown.
    pub(crate) fn ends_at_this_line(&self) -> bool {
        self.clamping
            .as_ref()
            .is_some_and(|c| c.at == Some(c.points.len()))
    }

    /// Makes room for the sign at the end of the last line that is shown (section 5.2): content goes where a line may
    /// break. Gives the width and the sign.
    pub(super) fn block_ellipsis(
        &mut self,
        id: BoxId,
        content: &InlineContent,
        filled: &mut Filled,
        room: f32,
    ) -> Option<(f32, Rc<Word>)> {
        let text = self.clamping.as_ref()?.ellipsis.clone()?;
        let style = self.style(id).clone();
        let first = text.chars().next()?;
        let face = self.fonts.face_of(&style.font, first);
        let sign = self.fonts.word(&style.font, face, &text, false);
        let used = trim(self, content, filled, room, true).used;
        if used + sign.width <= room {
            return Some((used + sign.width, sign));
        }
        let (mut x, mut kept, mut before) = (0.0, 0, None);
        let mut after_space = false;
        for (number, piece) in filled.pieces.iter().enumerate() {
            let atom = &content.atoms[piece.atom];
            let visible = matches!(atom.kind, AtomKind::Word(..) | AtomKind::Atomic(_));
            if number > 0 && (atom.breaks || after_space && visible) {
                kept = before.unwrap_or(kept);
            }
            x += piece.width;
            if visible && x + sign.width > room {
                break;
            }
            if visible {
                before = Some(number + 1);
            }
            after_space = matches!(atom.kind, AtomKind::Space(..));
        }
        let edges = |piece: &super::inline::Piece| {
            matches!(
                content.atoms[piece.atom].kind,
                AtomKind::Open(_) | AtomKind::Close(_) | AtomKind::OutOfFlow(_)
            )
        };
        let mut number = 0;
        filled.pieces.retain(|piece| {
            number += 1;
            number <= kept || edges(piece)
        });
        let used = trim(self, content, filled, room, false).used;
        Some((used + sign.width, sign))
    }

    /// Places for what is out of flow in lines that are not shown.
    pub(super) fn hide_atoms(
        &self,
        content: &InlineContent,
        cut: Cut,
        y: LayoutUnit,
        out: &mut Vec<Child>,
    ) {
        for atom in content.atoms.iter().skip(cut.atom) {
            match &atom.kind {
                AtomKind::OutOfFlow(id) => out.push(self.held(*id, y)),
                AtomKind::Atomic(id) => self.hide(*id, y, out),
                _ => {}
            }
        }
    }

    /// Places for what is out of flow in a box that is not shown, and refers to a box that is (section 5.4).
    pub(crate) fn hide(&self, id: BoxId, y: LayoutUnit, out: &mut Vec<Child>) {
        let mut open: Vec<(BoxId, bool, bool)> = vec![(id, true, true)];
        while let Some((at, absolute, fixed)) = open.pop() {
            let style = self.style(at);
            if at != id && style.out_of_flow() {
                let outside = match style.position {
                    crate::style::Position::Fixed => fixed,
                    _ => absolute,
                };
                if outside && out.len() < MAX_HIDDEN {
                    out.push(self.held(at, y));
                }
                continue;
            }
            let text = self.tree.get(at).is_text();
            let absolute = absolute && (text || !self.is_containing_block(at, false));
            let fixed = fixed && (text || !self.is_containing_block(at, true));
            if absolute || fixed {
                let children = self.tree.get(at).children.iter().rev();
                open.extend(children.map(|child| (*child, absolute, fixed)));
            }
        }
    }

    fn held(&self, id: BoxId, y: LayoutUnit) -> Child {
        Child {
            at: Point::new(LayoutUnit::ZERO, y),
            fragment: Rc::new(Fragment::placeholder(id, Default::default())),
        }
    }
}

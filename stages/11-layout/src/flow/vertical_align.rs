//! How high a line is and where the baselines in it are (CSS 2 section 10.8).

use super::{
    inline::Piece,
    inline_content::{AtomKind, InlineContent},
};
use crate::{
    engine::Engine,
    fragment::Fragment,
    style::{LayoutStyle, VerticalAlign},
    text::FontMetrics,
    unit::LayoutUnit,
};
use thru_render_tree::BoxId;

/// Reach above and below a baseline.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reach {
    pub ascent: LayoutUnit,
    pub descent: LayoutUnit,
}

impl Reach {
    fn of(metrics: &FontMetrics, line_height: Option<LayoutUnit>) -> Reach {
        let text = metrics.ascent + metrics.descent;
        let line = line_height.unwrap_or_else(|| metrics.normal_line_height());
        let half = LayoutUnit((line - text).0 >> 1).floor();
        Reach {
            ascent: metrics.ascent + half,
            descent: line - metrics.ascent - half,
        }
    }

    fn include(&mut self, other: Reach, shift: LayoutUnit) {
        self.ascent = self.ascent.max(other.ascent - shift);
        self.descent = self.descent.max(other.descent + shift);
    }

    fn height(self) -> LayoutUnit {
        self.ascent + self.descent
    }
}

/// The baselines of a line.
pub(super) struct Baselines {
    /// Of the line's own baseline.
    pub reach: Reach,
    /// Each box's baseline below the line's, sorted by box.
    shifts: Vec<(BoxId, LayoutUnit)>,
}

impl Baselines {
    /// A line that is not there has no height.
    pub fn flatten(&mut self, ascent: LayoutUnit) {
        self.reach = Reach {
            ascent,
            descent: LayoutUnit::ZERO - ascent,
        };
    }

    /// A box's baseline below the line's.
    pub fn shift(&self, id: BoxId) -> LayoutUnit {
        let found = self.shifts.binary_search_by_key(&id, |shift| shift.0);
        found.map_or(LayoutUnit::ZERO, |at| self.shifts[at].1)
    }
}

/// A box that is aligned with the line's top or bottom, and all that is aligned with it; the first
/// is the line's root with the rest.
struct Subtree {
    align: VerticalAlign,
    reach: Reach,
}

#[derive(Clone, Copy)]
struct Frame {
    id: BoxId,
    subtree: usize,
    shift: LayoutUnit,
}

struct Aligning<'e, 'a> {
    engine: &'e Engine<'a>,
    width: LayoutUnit,
    subtrees: Vec<Subtree>,
    stack: Vec<Frame>,
    shifts: Vec<(BoxId, usize, LayoutUnit)>,
}

impl Engine<'_> {
    /// The baselines of a line of pieces in a block container.
    pub(super) fn baselines(
        &self,
        root: BoxId,
        content: &InlineContent,
        pieces: &[Piece],
        open: &[BoxId],
        width: LayoutUnit,
    ) -> Baselines {
        let style = self.style(root).clone();
        let mut aligning = Aligning {
            engine: self,
            width,
            subtrees: vec![Subtree {
                align: VerticalAlign::Baseline,
                reach: Reach::of(&style.line_metrics(), style.line_height),
            }],
            stack: vec![Frame {
                id: root,
                subtree: 0,
                shift: LayoutUnit::ZERO,
            }],
            shifts: Vec::new(),
        };
        for inline in open {
            aligning.enter(*inline);
        }
        for piece in pieces {
            aligning.piece(content, piece);
        }
        aligning.finish()
    }

    pub(super) fn atomic_reach(&self, id: BoxId, fragment: &Fragment, width: LayoutUnit) -> Reach {
        let style = self.style(id);
        let margin = style.margin(width);
        use thru_render_tree::BoxKind;
        let baseline = match self.kind(id) {
            BoxKind::BlockContainer if style.clips && !self.tree.get(id).manner.button => None,
            BoxKind::BlockContainer => fragment.last_baseline,
            _ => fragment.first_baseline,
        };
        let whole = margin.vertical() + fragment.size.height;
        let below = match baseline {
            Some(baseline) if self.known.modes.outer(id).over_is_after() => margin.top + baseline,
            Some(baseline) => fragment.size.height - baseline + margin.bottom,
            None if self.lines_are_central(id) => whole.half(),
            None => LayoutUnit::ZERO,
        };
        Reach {
            ascent: whole - below,
            descent: below,
        }
    }

    /// Whether the lines that a box stands in have a central baseline.
    fn lines_are_central(&self, id: BoxId) -> bool {
        let parent = self.tree.get(id).parent;
        parent.is_some_and(|parent| self.style(parent).central)
    }

    /// How far a box's baseline is below its parent's (CSS 2 section 10.8.1).
    fn shift_of(&self, id: BoxId, own: Reach, parent: BoxId) -> LayoutUnit {
        let style = self.style(id);
        let around: &LayoutStyle = self.style(parent);
        let font = &around.line_metrics();
        match &style.vertical_align {
            VerticalAlign::Baseline | VerticalAlign::Top | VerticalAlign::Bottom => {
                LayoutUnit::ZERO
            }
            VerticalAlign::Raised(length) => -length.against(style.used_line_height()),
            VerticalAlign::Sub => LayoutUnit::from_px(around.font_size / 5.0 + 1.0),
            VerticalAlign::Super => -LayoutUnit::from_px(around.font_size / 3.0 + 1.0),
            VerticalAlign::TextTop => own.ascent - font.ascent,
            VerticalAlign::TextBottom => font.descent - own.descent,
            VerticalAlign::Middle => {
                let middle = (own.ascent - own.descent).half();
                middle - LayoutUnit::from_px(font.x_height / 2.0)
            }
        }
    }
}

impl Aligning<'_, '_> {
    fn top(&self) -> Frame {
        self.stack[self.stack.len() - 1]
    }

    fn piece(&mut self, content: &InlineContent, piece: &Piece) {
        let atom = &content.atoms[piece.atom];
        match &atom.kind {
            AtomKind::Open(inline) => self.enter(*inline),
            AtomKind::Close(_) if self.stack.len() > 1 => {
                self.stack.pop();
            }
            AtomKind::Word(word, ..) => {
                let style = self.engine.style(atom.owner);
                let other = style.font.faces.first() != Some(&word.face);
                let sign = self.engine.tree.get(atom.owner).manner.sign;
                if style.line_height.is_none() && other && !sign {
                    let metrics = self.engine.fonts.metrics(word.face, style.font_size);
                    let top = self.top();
                    let reach = &mut self.subtrees[top.subtree].reach;
                    reach.include(Reach::of(&style.on_baseline(metrics), None), top.shift);
                }
            }
            AtomKind::Atomic(child) => {
                if let Some(fragment) = &piece.fragment {
                    let own = self.engine.atomic_reach(*child, fragment, self.width);
                    self.place(*child, own);
                }
            }
            _ => {}
        }
    }

    fn enter(&mut self, inline: BoxId) {
        let style = self.engine.style(inline);
        let own = Reach::of(&style.line_metrics(), style.line_height);
        let frame = self.place(inline, own);
        self.stack.push(frame);
    }

    fn place(&mut self, id: BoxId, own: Reach) -> Frame {
        let around = self.top();
        let align = self.engine.style(id).vertical_align.clone();
        let frame = match align {
            VerticalAlign::Top | VerticalAlign::Bottom => {
                self.subtrees.push(Subtree { align, reach: own });
                Frame {
                    id,
                    subtree: self.subtrees.len() - 1,
                    shift: LayoutUnit::ZERO,
                }
            }
            _ => {
                let shift = around.shift + self.engine.shift_of(id, own, around.id);
                self.subtrees[around.subtree].reach.include(own, shift);
                Frame {
                    id,
                    subtree: around.subtree,
                    shift,
                }
            }
        };
        self.shifts.push((id, frame.subtree, frame.shift));
        frame
    }

    /// What is aligned with the line's top or bottom makes it as high as it must be.
    fn finish(self) -> Baselines {
        let mut reach = self.subtrees[0].reach;
        for subtree in &self.subtrees[1..] {
            let missing = (subtree.reach.height() - reach.height()).at_least_zero();
            match subtree.align {
                VerticalAlign::Top => reach.descent += missing,
                _ => reach.ascent += missing,
            }
        }
        let base = |subtree: &Subtree| match subtree.align {
            VerticalAlign::Top => subtree.reach.ascent - reach.ascent,
            VerticalAlign::Bottom => reach.descent - subtree.reach.descent,
            _ => LayoutUnit::ZERO,
        };
        let bases: Vec<LayoutUnit> = self.subtrees.iter().map(base).collect();
        let mut shifts: Vec<(BoxId, LayoutUnit)> = self
            .shifts
            .into_iter()
            .map(|(id, subtree, shift)| (id, shift + bases[subtree]))
            .collect();
        shifts.sort_unstable_by_key(|shift| shift.0);
        Baselines { reach, shifts }
    }
}

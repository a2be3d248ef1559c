//! Ruby columns: a base with its annotations (CSS Ruby 1 sections 3 and 4).

use super::{
    block::Place,
    inline::Piece,
    inline_content::{AtomKind, InlineContent},
    line_end::{justify, opportunities_of},
};
use crate::{
    engine::{Engine, Space},
    fragment::{Child, Fragment, FragmentKind},
    intrinsic::MinMax,
    text_style::RubyAlign,
    unit::{LayoutUnit, Point, Size},
};
use std::rc::Rc;
use thru_render_tree::{BoxId, BoxKind, RubyPart};

/// From where to where something reaches, down from the top of what it is in.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Extent {
    top: LayoutUnit,
    bottom: LayoutUnit,
}

impl Extent {
    fn with(extent: Option<Extent>, other: Extent) -> Option<Extent> {
        Some(extent.map_or(other, |own| Extent {
            top: own.top.min(other.top),
            bottom: own.bottom.max(other.bottom),
        }))
    }
}

/// How far the letters of some lines reach, each an em high, and how far their annotations.
#[derive(Clone, Copy, Debug, Default)]
struct Reach {
    text: Option<Extent>,
    annotations: Option<Extent>,
}

/// The room over a block's content that annotations over its first line may take.
#[derive(Clone, Debug, Default)]
pub(crate) struct Above {
    /// Free from here on, in the formatting context.
    free_from: LayoutUnit,
    /// What stands above, and where it ends: its last line may leave more.
    before: Option<(LayoutUnit, Rc<Fragment>)>,
}

impl Above {
    /// Free from a height on.
    pub fn from(free_from: LayoutUnit) -> Above {
        Above {
            free_from,
            before: None,
        }
    }

    /// Below a box that ends at a height.
    pub fn below(bottom: LayoutUnit, fragment: &Rc<Fragment>) -> Above {
        Above {
            free_from: bottom,
            before: Some((bottom, fragment.clone())),
        }
    }
}

/// The room that the lines of a block leave for annotations.
pub(super) struct Room {
    free_from: LayoutUnit,
    /// The last line has annotations under it.
    pressed: bool,
}

impl Room {
    /// Moves a line down so far that its annotations, and those under the line before, have their place; gives
    /// where the line's own annotations end.
    pub fn make(&mut self, engine: &Engine, line: &Fragment, y: &mut LayoutUnit) -> LayoutUnit {
        let reach = engine.reach(line);
        let bottom = line.size.height;
        let text = reach.text.unwrap_or(Extent {
            top: LayoutUnit::ZERO,
            bottom,
        });
        let notes = reach.annotations;
        let mut top = text.top.max(LayoutUnit::ZERO);
        let mut end = text.bottom.min(bottom);
        let over = notes.is_some_and(|notes| notes.top < top);
        if let Some(notes) = notes {
            (top, end) = (top.min(notes.top), end.max(notes.bottom));
        }
        if over || self.pressed {
            *y += (self.free_from - (*y + top)).at_least_zero();
        }
        self.pressed = notes.is_some_and(|notes| notes.bottom > bottom);
        self.free_from = *y + end;
        *y + notes.map_or(bottom, |notes| notes.bottom.max(bottom))
    }
}

impl Engine<'_> {
    /// The room over the first line of a block with annotations.
    pub(super) fn room_above(&self, place: &Place) -> Room {
        let free = match &place.above.before {
            Some((bottom, fragment)) => *bottom - self.room_at_end(fragment),
            None => place.above.free_from,
        };
        Room {
            free_from: free - place.origin.y,
            pressed: false,
        }
    }

    /// What the last line leaves free below its letters, if it is at the very end of its box.
    fn room_at_end(&self, fragment: &Rc<Fragment>) -> LayoutUnit {
        let mut at = fragment;
        loop {
            let end = at.size.height;
            let last = at.children.iter().rev();
            let mut last = last.filter(|child| child.at.y + child.fragment.size.height == end);
            let Some(last) = last.next() else {
                return LayoutUnit::ZERO;
            };
            match last.fragment.kind {
                FragmentKind::Box { .. } => at = &last.fragment,
                FragmentKind::Line => {
                    let text = self.reach(&last.fragment).text;
                    let bottom = text.map_or(LayoutUnit::ZERO, |text| text.bottom);
                    return (last.fragment.size.height - bottom).at_least_zero();
                }
                _ => return LayoutUnit::ZERO,
            }
        }
    }

    /// How far what is in a fragment reaches, from the fragment's top.
    fn reach(&self, fragment: &Fragment) -> Reach {
        let mut reach = Reach::default();
        let mut rest = vec![(fragment, LayoutUnit::ZERO, false)];
        while let Some((fragment, y, annotates)) = rest.pop() {
            let extent = match &fragment.kind {
                FragmentKind::Text(run) => {
                    let top = y + run.baseline - run.font.metrics.em_ascent;
                    let bottom = top + LayoutUnit::from_px(run.font.size);
                    Some(Extent { top, bottom })
                }
                FragmentKind::Box { .. } if !self.is_of_ruby(fragment) => Some(Extent {
                    top: y,
                    bottom: y + fragment.size.height,
                }),
                FragmentKind::Placeholder { .. } => None,
                _ => {
                    let annotates = annotates || self.is_annotation(fragment);
                    let inside = fragment.children.iter();
                    rest.extend(inside.map(|c| (&*c.fragment, y + c.at.y, annotates)));
                    None
                }
            };
            let place = match annotates {
                true => &mut reach.annotations,
                false => &mut reach.text,
            };
            if let Some(extent) = extent {
                *place = Extent::with(*place, extent);
            }
        }
        reach
    }

    pub(super) fn is_ruby_column(&self, id: BoxId) -> bool {
        matches!(self.kind(id), BoxKind::RubyColumn)
    }

    fn is_of_ruby(&self, fragment: &Fragment) -> bool {
        fragment.source.is_some_and(|id| {
            let source = self.tree.get(id);
            matches!(source.kind, BoxKind::RubyColumn) || source.manner.ruby.is_some()
        })
    }

    fn is_annotation(&self, fragment: &Fragment) -> bool {
        let id = fragment.source;
        id.is_some_and(|id| self.tree.get(id).manner.ruby == Some(RubyPart::Text))
    }

    /// A column is as wide as the widest of what is in it.
    pub(crate) fn ruby_intrinsic(&mut self, id: BoxId) -> MinMax {
        let tree = self.tree;
        let mut found = MinMax::default();
        for child in &tree.get(id).children {
            found.max = found.max.max(self.intrinsic(*child).max);
        }
        found.min = found.max;
        found
    }

    /// A column: the base as lines are, annotations over and under it, which take no part in the line's height
    /// (section 3.3). DEVIATION: a column is only divided between lines if it is wider than any of them.
    pub(crate) fn ruby_column(&mut self, id: BoxId, space: &Space) -> Fragment {
        let tree = self.tree;
        let width = self.ruby_intrinsic(id).max;
        let width = match space.width > LayoutUnit::ZERO {
            true => width.min(space.width),
            false => width,
        };
        let inside = Space {
            width,
            fixed_width: Some(width),
            ..Space::default()
        };
        let mut children = tree.get(id).children.iter().copied();
        let Some(base) = children.next().map(|base| self.lay_out(base, &inside)) else {
            return self.boxed(id, Size::default(), space);
        };
        let mut fragment = self.boxed(id, Size::new(width, base.size.height), space);
        let baseline = base.first_baseline.unwrap_or_default();
        fragment.first_baseline = Some(baseline);
        fragment.last_baseline = base.last_baseline.or(Some(baseline));
        let style = self.style(id).clone();
        let mut edges = self.reach(&base).text.unwrap_or_else(|| {
            let top = baseline - style.font.metrics.em_ascent;
            let bottom = top + LayoutUnit::from_px(style.font_size);
            Extent { top, bottom }
        });
        let put = |fragment, y| Child {
            at: Point::new(LayoutUnit::ZERO, y),
            fragment,
        };
        fragment.children.push(put(base, LayoutUnit::ZERO));
        for (level, annotation) in children.enumerate() {
            let laid = self.lay_out(annotation, &inside);
            let own = self.style(annotation);
            let position = own.ruby_position;
            let under = position.under != (position.alternates && level % 2 == 1);
            let line = laid.first_baseline.unwrap_or_default();
            let descent = own.line_metrics().descent;
            let letters = self.reach(&laid).annotations.unwrap_or(Extent {
                top: line,
                bottom: line,
            });
            let y = match under {
                true => edges.bottom - letters.top,
                false => edges.top - descent - line,
            };
            match under {
                true => edges.bottom = y + letters.bottom,
                false => edges.top = y + letters.top,
            }
            fragment.children.push(put(self.filling(&laid, width), y));
        }
        fragment
    }

    /// The lines of an annotation, its boxes as wide as the column (section 3.2).
    fn filling(&self, annotation: &Rc<Fragment>, width: LayoutUnit) -> Rc<Fragment> {
        let mut block = Fragment::clone(annotation);
        for line in &mut block.children {
            let mut wide = Fragment::clone(&line.fragment);
            let alone = wide.children.len() == 1;
            for child in &mut wide.children {
                if !alone || !self.is_annotation(&child.fragment) {
                    continue;
                }
                let mut part = Fragment::clone(&child.fragment);
                for inside in &mut part.children {
                    inside.at.x += child.at.x;
                }
                part.size.width = width;
                child.at.x = LayoutUnit::ZERO;
                child.fragment = Rc::new(part);
            }
            line.fragment = Rc::new(wide);
        }
        Rc::new(block)
    }

    /// How the lines of a base or annotation are aligned in their column.
    pub(super) fn ruby_align(&self, id: BoxId) -> Option<RubyAlign> {
        let source = self.tree.get(id);
        let inside = matches!(source.kind, BoxKind::BlockContainer) && source.manner.ruby.is_some();
        inside.then(|| self.style(id).ruby_align)
    }

    /// Spreads a line in its column (section 4.3); gives how far it begins inside.
    pub(super) fn spread_ruby(
        &self,
        align: RubyAlign,
        content: &InlineContent,
        pieces: &mut [Piece],
        free: LayoutUnit,
    ) -> LayoutUnit {
        let gaps = match align {
            RubyAlign::Start => return LayoutUnit::ZERO,
            RubyAlign::Center => 0,
            _ => opportunities_of(self, content, pieces),
        };
        if gaps == 0 {
            return free.half();
        }
        let gap = match align {
            RubyAlign::SpaceBetween => free.to_px() / gaps as f32,
            _ => free.to_px() / (gaps + 1) as f32,
        };
        justify(self, content, pieces, gap * gaps as f32);
        match align {
            RubyAlign::SpaceBetween => LayoutUnit::ZERO,
            _ => LayoutUnit::from_px(gap / 2.0),
        }
    }

    /// How far a column's annotations hang over the text before and after it, px (section 3.4): half an em of theirs,
    /// and half of that text at most.
    pub(super) fn overhang(
        &self,
        content: &InlineContent,
        at: usize,
        pieces: &[Piece],
        column: &Fragment,
    ) -> (f32, f32) {
        let Some(id) = column.source else {
            return (0.0, 0.0);
        };
        let inset = base_inset(column);
        if inset <= 0.0 {
            return (0.0, 0.0);
        }
        let annotations = self.tree.get(id).children.iter().skip(1);
        let sizes = annotations.map(|annotation| self.style(*annotation).font_size);
        let most = inset.min(sizes.fold(0.0, f32::max) / 2.0);
        let size = self.style(id).font_size;
        let edge = |atom: usize| {
            matches!(
                content.atoms[atom].kind,
                AtomKind::Open(_) | AtomKind::Close(_)
            )
        };
        let room = |atom: usize, width: Option<f32>| {
            let atom = &content.atoms[atom];
            if self.style(atom.owner).font_size > size {
                return 0.0;
            }
            match &atom.kind {
                AtomKind::Word(word, from, to) => {
                    let own = || word.width_of(word.glyph_range(*from, *to));
                    width.unwrap_or_else(own) / 2.0
                }
                AtomKind::Space(..) => most,
                _ => 0.0,
            }
        };
        let before = pieces.iter().rev().find(|piece| !edge(piece.atom));
        let start = before.map_or(0.0, |piece| room(piece.atom, Some(piece.width)));
        let after = (at + 1..content.atoms.len()).find(|atom| !edge(*atom));
        let end = after.map_or(0.0, |atom| room(atom, None));
        (start.min(most), end.min(most))
    }
}

/// How far inside its column a base begins, px.
fn base_inset(column: &Fragment) -> f32 {
    let base = column.children.first();
    let line = base.and_then(|base| base.fragment.children.first());
    let first = line.and_then(|line| {
        let inside = line.fragment.children.iter();
        inside.map(|child| line.at.x + child.at.x).min()
    });
    first.map_or(0.0, LayoutUnit::to_px)
}

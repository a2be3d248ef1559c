//! Cutting laid-out content into columns (CSS Fragmentation 3 sections 4 and 5).

use crate::{
    engine::Engine,
    fragment::{Child, Fragment, FragmentKind},
    unit::{Edges, LayoutUnit, Point},
};
use std::rc::Rc;
use style::properties::ComputedValues;
use thru_cssom::Carried;
use thru_render_tree::{BoxId, BoxKind, Generated, Level};

/// Lines that must stay together before and after a cut; `orphans` and `widows` cannot be set.
const LINES_TOGETHER: usize = 2;
/// Heights that are tried until the columns are balanced.
const MAX_BALANCE_STEPS: u32 = 256;

/// How good a place to break at is; what is worse is taken only if there is nothing better (section 4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// The column ends here.
    Forced,
    Good,
    /// Leaves too few lines together.
    Poor,
    /// `break-*: avoid` asks not to.
    Avoided,
}

/// A place where a column may end.
#[derive(Clone, Copy, Debug)]
struct Opportunity {
    y: LayoutUnit,
    rank: Rank,
}

/// What `break-before` and `break-after` ask of columns (section 3.1); pages do not end where nothing is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Between {
    forced: bool,
    avoided: bool,
}

impl Between {
    fn of(style: &ComputedValues, side: Carried) -> Between {
        let Some(value) = side.of(style) else {
            return Between::default();
        };
        let is = |keywords: &[&str]| keywords.iter().any(|k| value.eq_ignore_ascii_case(k));
        Between {
            forced: is(&["column", "always", "all"]),
            avoided: is(&["avoid", "avoid-column"]),
        }
    }

    fn and(self, other: Between) -> Between {
        Between {
            forced: self.forced || other.forced,
            avoided: self.avoided || other.avoided,
        }
    }
}

/// Where in the flow boxes are read.
#[derive(Clone, Copy)]
struct Inside {
    /// The top of the box that the children are in.
    top: LayoutUnit,
    /// Where a break before the first of them goes: before the boxes that they are first in.
    before: Option<LayoutUnit>,
    /// `break-inside: avoid` around.
    avoids: bool,
}

/// What cannot be cut, and where it can be cut, from top to bottom.
#[derive(Debug, Default)]
pub(super) struct Flow {
    solid: Vec<(LayoutUnit, LayoutUnit)>,
    opportunities: Vec<Opportunity>,
    /// The tallest box that asks not to be cut.
    whole: LayoutUnit,
    /// What the last box asks of the break behind it.
    behind: Between,
}

/// Where the columns begin, and by how little the first piece that went on did not fit.
pub(super) struct Cuts {
    pub starts: Vec<LayoutUnit>,
    shortage: LayoutUnit,
}

impl Flow {
    /// Reads the children of a fragment with their places.
    pub(super) fn of(engine: &Engine, children: &[Child]) -> Flow {
        let mut flow = Flow::default();
        let inside = Inside {
            top: LayoutUnit::ZERO,
            before: None,
            avoids: false,
        };
        flow.collect(engine, children, inside);
        flow.solid.sort_unstable();
        flow.opportunities.sort_unstable_by_key(|o| (o.y, o.rank));
        flow.opportunities.dedup_by_key(|o| o.y);
        let mut reach = LayoutUnit(i32::MIN);
        let mut next = 0;
        let solid = &flow.solid;
        flow.opportunities.retain(|o| {
            while next < solid.len() && solid[next].0 < o.y {
                reach = reach.max(solid[next].1);
                next += 1;
            }
            reach <= o.y
        });
        flow
    }

    fn collect(&mut self, engine: &Engine, children: &[Child], inside: Inside) {
        let is_line = |c: &&Child| matches!(c.fragment.kind, FragmentKind::Line);
        let lines = children.iter().filter(is_line).count();
        let (mut line, mut reach) = (0, None);
        for child in children {
            let y = inside.top + child.at.y;
            let bottom = y + child.fragment.size.height;
            match &child.fragment.kind {
                FragmentKind::Placeholder { .. } => continue,
                FragmentKind::Line => {
                    if line > 0 {
                        let poor = line < LINES_TOGETHER || lines - line < LINES_TOGETHER;
                        let rank = if poor { Rank::Poor } else { Rank::Good };
                        self.offer(y, rank, inside.avoids);
                    }
                    line += 1;
                    self.behind = Between::default();
                    self.solid.push((y, bottom));
                    continue;
                }
                _ => {}
            }
            if !in_flow(engine, &child.fragment) {
                self.solid.push((y, bottom));
                continue;
            }
            self.in_flow_box(engine, child, inside, &mut reach);
        }
    }

    fn offer(&mut self, y: LayoutUnit, rank: Rank, avoided: bool) {
        let rank = match avoided && rank != Rank::Forced {
            true => Rank::Avoided,
            false => rank,
        };
        self.opportunities.push(Opportunity { y, rank });
    }

    /// A box with what is in it; `reach` is how far the boxes before it reach.
    fn in_flow_box(
        &mut self,
        engine: &Engine,
        child: &Child,
        inside: Inside,
        reach: &mut Option<LayoutUnit>,
    ) {
        let fragment = &child.fragment;
        let y = inside.top + child.at.y;
        let bottom = y + fragment.size.height;
        let values = fragment.source.map(|id| &engine.tree.get(id).style);
        let values = values.filter(|_| fragment.source.is_some_and(|id| !is_anonymous(engine, id)));
        let asked = |side| values.map_or(Between::default(), |v| Between::of(v, side));
        let between = self.behind.and(asked(Carried::BreakBefore));
        self.behind = Between::default();
        let margin = fragment.source.map_or(LayoutUnit::ZERO, |id| {
            let basis = fragment.basis.unwrap_or_default();
            engine.style(id).margin(basis).top.at_least_zero()
        });
        // The margin behind a forced break stays (section 5.2).
        let forced_at = match *reach {
            Some(reach) => Some((y - margin).max(reach)),
            None => inside.before,
        };
        if let (true, Some(at)) = (between.forced, forced_at) {
            self.offer(at, Rank::Forced, false);
        } else if reach.is_some_and(|reach| y >= reach) {
            self.offer(y, Rank::Good, inside.avoids || between.avoided);
        }
        let first = reach.is_none();
        *reach = (*reach).max(Some(bottom));
        let avoids = values.is_some_and(|values| {
            ["avoid", "avoid-column"]
                .iter()
                .any(|keyword| Carried::BreakInside.is(values, keyword))
        });
        if avoids {
            self.whole = self.whole.max(bottom - y);
        }
        match divisible(engine, fragment) {
            Some(edges) if !fragment.children.is_empty() => {
                self.solid.push((y, y + edges.top));
                let within = Inside {
                    top: y,
                    before: if first { inside.before } else { forced_at },
                    avoids: inside.avoids || avoids,
                };
                self.collect(engine, &fragment.children, within);
                // At least the last unit: what comes after the box is below all of it.
                let end = edges.bottom.max(LayoutUnit(1));
                self.solid.push(((bottom - end).max(y), bottom));
            }
            _ => self.solid.push((y, bottom)),
        }
        self.behind = self.behind.and(asked(Carried::BreakAfter));
    }

    /// The height of the tallest thing that cannot be cut.
    pub(super) fn tallest(&self) -> LayoutUnit {
        let heights = self.solid.iter().map(|(top, bottom)| *bottom - *top);
        heights.max().unwrap_or_default().max(self.whole)
    }

    /// Cuts into columns of a height.
    pub(super) fn cut(&self, height: LayoutUnit) -> Cuts {
        let mut cuts = Cuts {
            starts: vec![LayoutUnit::ZERO],
            shortage: LayoutUnit::MAX,
        };
        let mut start = LayoutUnit::ZERO;
        let (mut solid, mut from) = (0, 0);
        loop {
            let mut reach = start;
            let mut next = None;
            let mut best = Rank::Avoided;
            let mut over = None;
            let mut forced = false;
            let limit = start + height;
            for (i, opportunity) in self.opportunities[from..].iter().enumerate() {
                if opportunity.y <= start {
                    continue;
                }
                while solid < self.solid.len() && self.solid[solid].0 < opportunity.y {
                    reach = reach.max(self.solid[solid].1);
                    solid += 1;
                }
                let found = Some((from + i, opportunity.y));
                if reach > limit {
                    over = found;
                    break;
                }
                if opportunity.rank <= best {
                    (next, best) = (found, opportunity.rank);
                }
                if opportunity.rank == Rank::Forced {
                    forced = true;
                    break;
                }
            }
            if over.is_none() && !forced {
                let rest = self.solid[solid..].iter().map(|s| s.1).max();
                reach = reach.max(rest.unwrap_or(start));
                if reach <= limit {
                    return cuts;
                }
            }
            if !forced {
                cuts.shortage = cuts.shortage.min(reach - limit);
            }
            let Some((index, y)) = next.or(over) else {
                return cuts;
            };
            cuts.starts.push(y);
            start = y;
            from = index;
            solid = self.solid.partition_point(|s| s.0 < y);
        }
    }

    /// The least height at which `count` columns hold everything, at most `limit`.
    pub(super) fn balance(
        &self,
        mut height: LayoutUnit,
        count: usize,
        limit: Option<LayoutUnit>,
    ) -> (LayoutUnit, Cuts) {
        let mut cuts = self.cut(height);
        for _ in 0..MAX_BALANCE_STEPS {
            let full = limit.is_some_and(|limit| height >= limit);
            if cuts.starts.len() <= count || full || cuts.shortage == LayoutUnit::MAX {
                break;
            }
            height += cuts.shortage.max(LayoutUnit(1));
            height = limit.map_or(height, |limit| height.min(limit));
            cuts = self.cut(height);
        }
        (height, cuts)
    }
}

fn is_anonymous(engine: &Engine, id: BoxId) -> bool {
    engine.tree.get(id).generated == Some(Generated::Anonymous)
}

fn in_flow(engine: &Engine, fragment: &Fragment) -> bool {
    fragment.source.is_none_or(|id| engine.in_flow(id))
}

/// The edges of a box that may be cut inside.
fn divisible(engine: &Engine, fragment: &Fragment) -> Option<Edges> {
    let FragmentKind::Box { border, padding } = &fragment.kind else {
        return None;
    };
    let id = fragment.source?;
    let source = engine.tree.get(id);
    let style = engine.style(id);
    let plain = matches!(
        source.kind,
        BoxKind::BlockContainer
            | BoxKind::Flex
            | BoxKind::Grid
            | BoxKind::Table
            | BoxKind::TableRowGroup
            | BoxKind::TableRow
    );
    let whole = style.scrolls
        || source.level == Level::Inline
        || source.manner.button
        || source.manner.fieldset
        || style.columns.0.is_some()
        || style.columns.1.is_some();
    (plain && !whole).then(|| *border + *padding)
}

/// The slice of the content that one column shows.
pub(super) struct Column {
    /// Its top in the flow.
    pub top: LayoutUnit,
    /// Where what belongs to it begins: its top, or anywhere above for the first column.
    pub start: LayoutUnit,
    /// Where the next column begins.
    pub end: LayoutUnit,
    /// How tall the column is.
    pub height: LayoutUnit,
}

impl Column {
    /// The children that belong here; their places are relative to `origin`, which is in the flow.
    pub(super) fn slice(
        &self,
        engine: &Engine,
        children: &[Child],
        top: LayoutUnit,
        origin: LayoutUnit,
    ) -> Vec<Child> {
        let child = |child: &Child| {
            let y = top + child.at.y;
            let bottom = y + child.fragment.size.height;
            let begins_here = self.start <= y && y < self.end;
            let divided =
                y < self.end && bottom > self.start && (y < self.start || bottom > self.end);
            let in_flow = divided && in_flow(engine, &child.fragment);
            if in_flow && divisible(engine, &child.fragment).is_some() {
                return Some(self.piece(engine, child, y, origin));
            }
            begins_here.then(|| Child {
                at: Point::new(child.at.x, y - origin),
                fragment: child.fragment.clone(),
            })
        };
        children.iter().filter_map(child).collect()
    }

    fn piece(&self, engine: &Engine, child: &Child, y: LayoutUnit, origin: LayoutUnit) -> Child {
        let whole = &child.fragment;
        let bottom = y + whole.size.height;
        let (begins, ends) = (y >= self.start, bottom <= self.end);
        let from = if begins { y } else { self.top };
        let to = if ends {
            bottom
        } else {
            (self.top + self.height).max(from)
        };
        let mut kind = FragmentKind::Box {
            border: Edges::default(),
            padding: Edges::default(),
        };
        if let (
            FragmentKind::Box { border, padding },
            FragmentKind::Box {
                border: whole_border,
                padding: whole_padding,
            },
        ) = (&mut kind, &whole.kind)
        {
            (*border, *padding) = (*whole_border, *whole_padding);
            if !begins {
                (border.top, padding.top) = Default::default();
            }
            if !ends {
                (border.bottom, padding.bottom) = Default::default();
            }
        }
        let shift = y - from;
        let fragment = Fragment {
            source: whole.source,
            size: crate::unit::Size::new(whole.size.width, to - from),
            kind,
            children: self.slice(engine, &whole.children, y, from),
            first_baseline: whole.first_baseline.filter(|_| begins),
            across: [None; 2],
            content_end: None,
            basis: None,
            last_baseline: whole.last_baseline.filter(|_| ends).map(|b| b + shift),
            shift: whole.shift,
            grid: None,
            outside: Edges::default(),
            table: None,
        };
        Child {
            at: Point::new(child.at.x, from - origin),
            fragment: Rc::new(fragment),
        }
    }
}

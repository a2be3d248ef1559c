//! What a subgrid takes over from the grid around it (CSS Grid 2 sections 9 and 9.1): the lines that it spans, with
//! their names, and the tracks between them.

use super::container::{Container, px};
use crate::{
    engine::Engine,
    style::Position,
    unit::{Edges, LayoutUnit},
};
use style::{
    properties::ComputedValues,
    values::generics::grid::{
        GenericGridTemplateComponent as Template, LineNameList, LineNameListValue, RepeatCount,
    },
};
use taffy::{DetailedGridTracksInfo, GridPlacement, Line, TrackSizingFunction};
use thru_render_tree::{BoxId, BoxKind};

/// The first and the last line of something along an axis, counted from 0.
pub(crate) type Lines = (usize, usize);

/// What a subgrid takes over along its inline and along its block axis.
pub(crate) type Taken = [Option<TakenAxis>; 2];

/// What a subgrid takes over along an axis, in the order of its own lines.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TakenAxis {
    /// The names of each line.
    names: Vec<Vec<String>>,
    /// Named areas of the grids around.
    areas: Vec<(String, Lines)>,
    /// The gap of the grid around, which is `normal` here.
    gap: LayoutUnit,
    /// Known once the grid around has sized its tracks.
    pub(super) tracks: Option<Tracks>,
}

/// Tracks with what the subgrid's edges and gaps take off them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tracks {
    pub sizes: Vec<LayoutUnit>,
    /// Between them.
    pub gutter: LayoutUnit,
}

/// The lines of a grid along an axis, as a subgrid in it sees them.
#[derive(Clone, Debug, Default)]
pub(super) struct AxisLines {
    names: Vec<Vec<String>>,
    areas: Vec<(String, Lines)>,
    pub gap: LayoutUnit,
}

impl TakenAxis {
    /// How many tracks there are.
    pub fn count(&self) -> usize {
        self.names.len() - 1
    }

    /// The lines from `lines` of the grid around, with the subgrid's own names; `reversed` if both run against
    /// each other.
    pub(super) fn new(
        around: &AxisLines,
        lines: Lines,
        own: &LineNames,
        reversed: bool,
    ) -> TakenAxis {
        let count = lines.1.saturating_sub(lines.0).max(1);
        let mut names: Vec<Vec<String>> = (0..=count)
            .map(|line| {
                around
                    .names
                    .get(lines.0 + line)
                    .cloned()
                    .unwrap_or_default()
            })
            .collect();
        let inside = |line: usize| line.clamp(lines.0, lines.1) - lines.0;
        let mut areas: Vec<(String, Lines)> = around
            .areas
            .iter()
            .filter(|(_, (start, end))| *start < lines.1 && *end > lines.0)
            .map(|(name, (start, end))| (name.clone(), (inside(*start), inside(*end))))
            .collect();
        if reversed {
            names.reverse();
            for (_, (start, end)) in &mut areas {
                (*start, *end) = (count - *end, count - *start);
            }
        }
        for (line, own) in own.expanded(count + 1).into_iter().enumerate() {
            names[line].extend(own);
        }
        TakenAxis {
            names,
            areas,
            gap: around.gap,
            tracks: None,
        }
    }

    /// The names as taffy reads them: a named area names its lines.
    fn written_names(&self) -> Vec<Vec<String>> {
        let mut names = self.names.clone();
        for (name, (start, end)) in &self.areas {
            names[*start].push(format!("{name}-start"));
            names[*end].push(format!("{name}-end"));
        }
        names
    }

    /// Puts the tracks into a subgrid's style; gives its gutters.
    pub(super) fn write(
        &self,
        own_gap: LayoutUnit,
        template: &mut Vec<taffy::GridTemplateComponent<String>>,
        names: &mut Vec<Vec<String>>,
    ) -> LayoutUnit {
        let size = |at: usize| match &self.tracks {
            Some(tracks) => tracks.sizes.get(at).copied().unwrap_or_default(),
            None => LayoutUnit::ZERO,
        };
        let fixed = |length: LayoutUnit| {
            let length = taffy::LengthPercentage::length(length.to_px());
            TrackSizingFunction {
                min: length.into(),
                max: length.into(),
            }
        };
        *template = (0..self.count())
            .map(|at| taffy::GridTemplateComponent::Single(fixed(size(at))))
            .collect();
        *names = self.written_names();
        match &self.tracks {
            Some(tracks) => tracks.gutter + (own_gap - self.gap),
            None => LayoutUnit::ZERO,
        }
    }

    /// The gap of the grid around.
    pub(super) fn gap_around(&self) -> LayoutUnit {
        self.gap
    }

    /// Whether both name the same lines.
    pub(super) fn names_as(&self, other: &TakenAxis) -> bool {
        self.names == other.names && self.areas == other.areas && self.gap == other.gap
    }
}

impl Tracks {
    /// The tracks between two lines of the grid around: `edges` is what the subgrid's own edges take off the first
    /// and the last, `gap` how much wider its gaps are.
    pub(super) fn between(
        around: &DetailedGridTracksInfo<String>,
        lines: Lines,
        edges: (LayoutUnit, LayoutUnit),
        gap: LayoutUnit,
        reversed: bool,
    ) -> Tracks {
        let all = &around.positions;
        let taken = &all[lines.0.min(all.len())..lines.1.min(all.len())];
        let mut sizes: Vec<LayoutUnit> = taken.iter().map(|t| px(t.end - t.start)).collect();
        let gutter = match taken {
            // Places are physical: where lines run from right to left the next track is before.
            [a, b, ..] => px((b.start - a.end).max(a.start - b.end)),
            _ => LayoutUnit::ZERO,
        };
        let last = sizes.len().saturating_sub(1);
        if reversed {
            sizes.reverse();
        }
        for (at, size) in sizes.iter_mut().enumerate() {
            *size -= if at == 0 { edges.0 } else { gap.half() };
            *size -= if at == last { edges.1 } else { gap.half() };
            *size = size.at_least_zero();
        }
        Tracks { sizes, gutter }
    }
}

/// A `<line-name-list>`.
#[derive(Default)]
pub(super) struct LineNames {
    before: Vec<Vec<String>>,
    /// What fills the lines between.
    filling: Vec<Vec<String>>,
    after: Vec<Vec<String>>,
}

impl LineNames {
    pub(super) fn of(list: &LineNameList<i32>) -> LineNames {
        let set = |names: &[style::values::CustomIdent]| -> Vec<String> {
            names.iter().map(|name| name.0.to_string()).collect()
        };
        let (mut found, mut filled) = (LineNames::default(), false);
        for value in list.line_names.iter() {
            let (sets, count) = match value {
                LineNameListValue::LineNames(names) => (vec![set(names)], Some(1)),
                LineNameListValue::Repeat(repeat) => {
                    let sets = repeat.line_names.iter().map(|names| set(names));
                    let count = match repeat.count {
                        RepeatCount::Number(n) => Some(n.clamp(1, MAX_LINES as i32) as usize),
                        _ => None,
                    };
                    (sets.collect::<Vec<_>>(), count)
                }
            };
            let Some(count) = count else {
                (found.filling, filled) = (sets, true);
                continue;
            };
            let part = if filled {
                &mut found.after
            } else {
                &mut found.before
            };
            let left = MAX_LINES.saturating_sub(part.len());
            let many = sets.len().saturating_mul(count).min(left);
            part.extend(sets.iter().cycle().take(many).cloned());
        }
        found
    }

    /// How many tracks the list speaks of (section 9: the span of a subgrid that says nothing else).
    fn tracks(&self) -> usize {
        (self.before.len() + self.after.len())
            .saturating_sub(1)
            .max(1)
    }

    /// The names of this many lines; more are ignored.
    fn expanded(&self, lines: usize) -> Vec<Vec<String>> {
        let mut names = self.before.clone();
        let room = lines.saturating_sub(names.len() + self.after.len());
        if let Some(repetitions) = room.checked_div(self.filling.len()) {
            let many = repetitions * self.filling.len();
            names.extend(self.filling.iter().cycle().take(many).cloned());
        }
        names.extend(self.after.iter().cloned());
        names.truncate(lines);
        names
    }
}

/// The most lines that a list names.
pub(super) const MAX_LINES: usize = 10_000;

/// `grid-template-columns` and `grid-template-rows` where they say `subgrid`.
fn lists(values: &ComputedValues) -> [Option<&LineNameList<i32>>; 2] {
    let place = values.get_position();
    [
        match &place.grid_template_columns {
            Template::Subgrid(list) => Some(&**list),
            _ => None,
        },
        match &place.grid_template_rows {
            Template::Subgrid(list) => Some(&**list),
            _ => None,
        },
    ]
}

impl Engine<'_> {
    /// Along which axes a box is a subgrid (section 9). GAP: a subgrid whose writing mode is not that of the grid
    /// around counts as a grid of its own.
    pub(crate) fn subgridded(&self, id: BoxId) -> [bool; 2] {
        if !matches!(self.kind(id), BoxKind::Grid) {
            return [false; 2];
        }
        let asked = lists(&self.tree.get(id).style).map(|list| list.is_some());
        if asked == [false; 2] {
            return asked;
        }
        let parent = self.tree.get(id).parent;
        let style = self.style(id);
        let in_grid = parent.is_some_and(|p| matches!(self.kind(p), BoxKind::Grid));
        let alone = matches!(style.position, Position::Absolute | Position::Fixed)
            || style.flow_root
            || style.contains_size[0]
            || self.is_turned(id);
        match in_grid && !alone {
            true => asked,
            false => [false; 2],
        }
    }

    pub(super) fn own_line_names(&self, id: BoxId) -> [LineNames; 2] {
        let names = |list: Option<&LineNameList<i32>>| list.map(LineNames::of).unwrap_or_default();
        lists(&self.tree.get(id).style).map(names)
    }

    /// Where a subgrid is not told how many tracks it spans, its list of names says so.
    pub(super) fn span_by_names(&self, id: BoxId, made: &mut super::container::Style) {
        let subgridded = self.subgridded(id);
        if subgridded == [false; 2] {
            return;
        }
        let lists = self.own_line_names(id);
        for (axis, line) in [&mut made.grid_column, &mut made.grid_row]
            .into_iter()
            .enumerate()
        {
            if subgridded[axis] {
                span(line, lists[axis].tracks());
            }
        }
    }

    /// What a subgrid takes over; what it was laid out with before is forgotten if that changes.
    pub(super) fn hand_names(&mut self, id: BoxId, axis: usize, mut taken: TakenAxis) {
        let known = self.known.subgrids.entry(id).or_default();
        if let Some(before) = &known[axis] {
            if before.names_as(&taken) {
                return;
            }
            taken.tracks = None;
        }
        known[axis] = Some(taken);
        self.forget_result(id);
    }

    pub(super) fn hand_tracks(&mut self, id: BoxId, axis: usize, tracks: Tracks) {
        let known = self.known.subgrids.entry(id).or_default();
        let Some(taken) = &mut known[axis] else {
            return;
        };
        if taken.tracks.as_ref() != Some(&tracks) {
            taken.tracks = Some(tracks);
            self.forget_result(id);
        }
    }

    /// Margin, border and padding of a box: what a subgrid's edges take off its tracks.
    pub(super) fn all_edges(&self, id: BoxId, basis: LayoutUnit) -> Edges {
        let style = self.style(id);
        style.margin(basis) + style.border + style.padding(basis)
    }
}

fn span(line: &mut Line<GridPlacement<String>>, count: usize) {
    let count = count.min(MAX_LINES) as u16;
    let is_span = |p: &GridPlacement<String>| {
        matches!(p, GridPlacement::Span(_) | GridPlacement::NamedSpan(..))
    };
    if is_span(&line.start) || is_span(&line.end) {
        return;
    }
    if line.end == GridPlacement::Auto {
        line.end = GridPlacement::Span(count);
    } else if line.start == GridPlacement::Auto {
        line.start = GridPlacement::Span(count);
    }
}

impl Container<'_, '_> {
    /// The lines of this grid along both axes, once its items have their places.
    pub(super) fn axis_lines(&self) -> [AxisLines; 2] {
        let Some(info) = &self.lines else {
            return Default::default();
        };
        let areas = self.styles[0].grid_template_areas.as_ref();
        let taken = self.engine.known.subgrids.get(&self.id);
        let mut found = <[AxisLines; 2]>::default();
        for (axis, tracks) in [&info.columns, &info.rows].into_iter().enumerate() {
            let before = usize::from(tracks.negative_implicit_tracks);
            let taken = taken.and_then(|taken| taken[axis].as_ref());
            let names = |line: usize| match taken {
                Some(taken) => taken.names.get(line).cloned().unwrap_or_default(),
                None => tracks.names_for_line(line).to_vec(),
            };
            found[axis].names = (0..=tracks.positions.len()).map(names).collect();
            found[axis].gap = self.gaps[axis];
            if let Some(taken) = taken {
                found[axis].areas.clone_from(&taken.areas);
            }
            for area in areas.iter().flat_map(|areas| &areas.areas) {
                let (start, end) = match axis {
                    0 => (area.column_start, area.column_end),
                    _ => (area.row_start, area.row_end),
                };
                let line = |n: u16| before + usize::from(n).saturating_sub(1);
                let area = (area.name.clone(), (line(start), line(end)));
                found[axis].areas.push(area);
            }
        }
        found
    }
}

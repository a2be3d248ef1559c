//! Computed values as taffy reads them.

use crate::{
    style::{LayoutStyle, Length, LengthOrAuto, Position, Sizing},
    unit::LayoutUnit,
};
use style::{
    properties::ComputedValues,
    values::{
        computed::{self, LengthPercentage},
        generics::{
            flex::FlexBasis,
            grid::{
                GenericGridTemplateComponent, GridLine, RepeatCount, TrackBreadth, TrackListValue,
                TrackSize,
            },
            length::LengthPercentageOrNormal,
        },
        specified::{
            align::AlignFlags,
            position::{FlexWrap, GridAutoFlow, GridTemplateAreas},
        },
    },
};
use taffy::{
    GridTemplateRepetition, MinMax, Overflow,
    prelude::*,
    style::{AlignContentKeyword as C, AlignItemsKeyword as I, AlignmentSafety},
};

/// Values with percentages that taffy hands back to be resolved.
#[derive(Default)]
pub(super) struct Calcs {
    kept: Vec<LengthPercentage>,
}

impl Calcs {
    /// A name for a value: taffy takes pointers whose low three bits are zero and never follows them.
    fn keep(&mut self, value: &LengthPercentage) -> *const () {
        self.kept.push(value.clone());
        std::ptr::without_provenance(self.kept.len() << 3)
    }

    /// The value behind a name, px.
    pub(super) fn resolve(&self, name: *const (), basis: f32) -> f32 {
        let kept = (name.addr() >> 3)
            .checked_sub(1)
            .and_then(|at| self.kept.get(at));
        kept.map_or(0.0, |value| {
            value.resolve(computed::Length::new(basis)).px()
        })
    }

    fn lp(&mut self, length: &Length) -> taffy::LengthPercentage {
        match length {
            Length::Px(px) => taffy::LengthPercentage::length(px.to_px()),
            Length::Percent(share) => taffy::LengthPercentage::percent(*share),
            Length::Calc(calc) => taffy::LengthPercentage::calc(self.keep(calc)),
        }
    }

    fn lpa(&mut self, length: &LengthOrAuto) -> LengthPercentageAuto {
        match length {
            None => LengthPercentageAuto::auto(),
            Some(Length::Px(px)) => LengthPercentageAuto::length(px.to_px()),
            Some(Length::Percent(share)) => LengthPercentageAuto::percent(*share),
            Some(Length::Calc(calc)) => LengthPercentageAuto::calc(self.keep(calc)),
        }
    }

    fn dimension(&mut self, sizing: &Sizing) -> Dimension {
        match sizing {
            Sizing::Auto => Dimension::auto(),
            Sizing::Length(Length::Px(px)) => Dimension::length(px.to_px()),
            Sizing::Length(Length::Percent(share)) => Dimension::percent(*share),
            Sizing::Length(Length::Calc(calc)) => Dimension::calc(self.keep(calc)),
            Sizing::MinContent => Dimension::min_content(),
            Sizing::MaxContent => Dimension::max_content(),
            Sizing::FitContent(None) => Dimension::fit_content(),
            Sizing::FitContent(Some(Length::Px(px))) => Dimension::fit_content_px(px.to_px()),
            Sizing::FitContent(Some(Length::Percent(share))) => {
                Dimension::fit_content_percent(*share)
            }
            Sizing::FitContent(Some(Length::Calc(calc))) => {
                Dimension::fit_content_calc(self.keep(calc))
            }
            Sizing::Stretch => Dimension::stretch(),
        }
    }

    /// A bound; what is no length is put in by the caller, who knows the content.
    fn bound(&mut self, sizing: &Sizing) -> LengthPercentageAuto {
        match sizing {
            Sizing::Length(length) => self.lpa(&Some(length.clone())),
            _ => LengthPercentageAuto::auto(),
        }
    }
}

/// What an item's alignment refers to.
#[derive(Clone, Copy)]
pub(super) struct Around {
    /// The container's direction.
    pub rtl: bool,
    /// The item begins at the container's end: along the inline axis, along the block axis.
    pub own: [bool; 2],
}

/// Which sort of box an item is.
#[derive(Clone, Copy, Default)]
pub(super) struct Sort {
    /// An image or the like.
    pub replaced: bool,
    /// A form control.
    pub control: bool,
    /// A table.
    pub table: bool,
}

/// An item's style. `ratio` is the used aspect ratio.
pub(super) fn item(
    style: &LayoutStyle,
    values: &ComputedValues,
    sort: Sort,
    ratio: Option<f32>,
    around: Around,
    calcs: &mut Calcs,
) -> Style<String> {
    let place = values.get_position();
    let [top, right, bottom, left] = &style.margin;
    let [above, after, below, before] = &style.padding;
    let edge = |u: LayoutUnit| taffy::LengthPercentage::length(u.to_px());
    let overflow = if style.scrolls {
        Overflow::Hidden
    } else if style.clips {
        Overflow::Clip
    } else {
        Overflow::Visible
    };
    Style {
        display: taffy::Display::Block,
        item_is_replaced: sort.replaced,
        item_is_compressible_replaced: sort.control,
        item_is_table: sort.table,
        position: if style.out_of_flow() {
            taffy::Position::Absolute
        } else {
            taffy::Position::Static
        },
        direction: direction(around.rtl),
        box_sizing: if style.border_box {
            BoxSizing::BorderBox
        } else {
            BoxSizing::ContentBox
        },
        overflow: taffy::Point {
            x: overflow,
            y: overflow,
        },
        size: Size {
            width: calcs.dimension(&style.size[0]),
            height: calcs.dimension(&style.size[1]),
        },
        min_size: Size {
            width: calcs.bound(&style.min[0]),
            height: calcs.bound(&style.min[1]),
        },
        max_size: Size {
            width: calcs.bound(&style.max[0]),
            height: calcs.bound(&style.max[1]),
        },
        aspect_ratio: ratio,
        margin: Rect {
            left: calcs.lpa(left),
            right: calcs.lpa(right),
            top: calcs.lpa(top),
            bottom: calcs.lpa(bottom),
        },
        padding: Rect {
            left: calcs.lp(before),
            right: calcs.lp(after),
            top: calcs.lp(above),
            bottom: calcs.lp(below),
        },
        border: Rect {
            left: edge(style.border.left),
            right: edge(style.border.right),
            top: edge(style.border.top),
            bottom: edge(style.border.bottom),
        },
        align_self: self_alignment(place.align_self.0, false, around.own[1]),
        justify_self: self_alignment(place.justify_self.0, around.rtl, around.own[0]),
        flex_basis: match &place.flex_basis {
            FlexBasis::Content => Dimension::content(),
            FlexBasis::Size(size) => calcs.dimension(&Sizing::of(size)),
        },
        flex_grow: place.flex_grow.0,
        flex_shrink: place.flex_shrink.0,
        grid_row: Line {
            start: placement(&place.grid_row_start),
            end: placement(&place.grid_row_end),
        },
        grid_column: Line {
            start: placement(&place.grid_column_start),
            end: placement(&place.grid_column_end),
        },
        ..Style::default()
    }
}

fn direction(rtl: bool) -> taffy::Direction {
    if rtl {
        taffy::Direction::Rtl
    } else {
        taffy::Direction::Ltr
    }
}

/// Where a box that is positioned against a grid is placed: rows and columns.
pub(crate) fn grid_placement(values: &ComputedValues) -> [Line<GridPlacement<String>>; 2] {
    let place = values.get_position();
    [
        Line {
            start: placement(&place.grid_row_start),
            end: placement(&place.grid_row_end),
        },
        Line {
            start: placement(&place.grid_column_start),
            end: placement(&place.grid_column_end),
        },
    ]
}

/// The container's style; its own size is handed to taffy as known.
pub(super) fn container(
    style: &LayoutStyle,
    values: &ComputedValues,
    grid: bool,
    calcs: &mut Calcs,
) -> Style<String> {
    let place = values.get_position();
    let around = Around {
        rtl: style.rtl,
        own: [false; 2],
    };
    let mut out = item(style, values, Sort::default(), None, around, calcs);
    out.position = if style.position != Position::Static || style.contains_all {
        taffy::Position::Relative
    } else {
        taffy::Position::Static
    };
    out.display = if grid {
        taffy::Display::Grid
    } else {
        taffy::Display::Flex
    };
    out.size = Size {
        width: Dimension::auto(),
        height: Dimension::auto(),
    };
    out.min_size.width = LengthPercentageAuto::auto();
    out.max_size.width = LengthPercentageAuto::auto();
    let mut gap =
        |value: &LengthPercentageOrNormal<computed::NonNegativeLengthPercentage>| match value {
            LengthPercentageOrNormal::LengthPercentage(length) => calcs.lp(&Length::of(&length.0)),
            _ => taffy::LengthPercentage::length(0.0),
        };
    out.gap = Size {
        width: gap(&place.column_gap),
        height: gap(&place.row_gap),
    };
    [out.justify_items, out.align_items] = items_alignment(values, style.rtl);
    use style::computed_values::flex_direction::T as Direction;
    out.flex_direction = match place.flex_direction {
        Direction::Row => FlexDirection::Row,
        Direction::RowReverse => FlexDirection::RowReverse,
        Direction::Column => FlexDirection::Column,
        Direction::ColumnReverse => FlexDirection::ColumnReverse,
    };
    let column = !grid
        && matches!(
            out.flex_direction,
            FlexDirection::Column | FlexDirection::ColumnReverse
        );
    out.align_content = distribution(place.align_content.primary(), Lefts::AtStart);
    out.justify_content = distribution(
        place.justify_content.primary(),
        match (column, style.rtl) {
            (false, false) => Lefts::AtStart,
            (false, true) => Lefts::AtEnd,
            (true, _) => Lefts::Nowhere,
        },
    );
    out.flex_wrap = if place.flex_wrap.contains(FlexWrap::WRAP_REVERSE) {
        taffy::FlexWrap::WrapReverse
    } else if place.flex_wrap.contains(FlexWrap::WRAP) {
        taffy::FlexWrap::Wrap
    } else {
        taffy::FlexWrap::NoWrap
    };
    if grid {
        tracks(place, calcs, &mut out);
    }
    out
}

/// `justify-items` and `align-items`.
pub(super) fn items_alignment(values: &ComputedValues, rtl: bool) -> [AlignItems; 2] {
    let place = values.get_position();
    [
        self_alignment(place.justify_items.computed.0.0, rtl, false),
        self_alignment(place.align_items.0, false, false),
    ]
    .map(|align| align.unwrap_or(AlignItems::NORMAL))
}

fn tracks(
    place: &style::properties::style_structs::Position,
    calcs: &mut Calcs,
    out: &mut Style<String>,
) {
    (out.grid_template_rows, out.grid_template_row_names) =
        template(&place.grid_template_rows, calcs);
    (out.grid_template_columns, out.grid_template_column_names) =
        template(&place.grid_template_columns, calcs);
    out.grid_auto_rows = place
        .grid_auto_rows
        .0
        .iter()
        .map(|t| track(t, calcs))
        .collect();
    out.grid_auto_columns = place
        .grid_auto_columns
        .0
        .iter()
        .map(|t| track(t, calcs))
        .collect();
    let (column, dense) = (
        place.grid_auto_flow.contains(GridAutoFlow::COLUMN),
        place.grid_auto_flow.contains(GridAutoFlow::DENSE),
    );
    out.grid_auto_flow = match (column, dense) {
        (false, false) => taffy::GridAutoFlow::Row,
        (true, false) => taffy::GridAutoFlow::Column,
        (false, true) => taffy::GridAutoFlow::RowDense,
        (true, true) => taffy::GridAutoFlow::ColumnDense,
    };
    if let GridTemplateAreas::Areas(areas) = &place.grid_template_areas {
        let list = areas.0.areas.iter().map(|area| taffy::GridTemplateArea {
            name: area.name.to_string(),
            row_start: area.rows.start as u16,
            row_end: area.rows.end as u16,
            column_start: area.columns.start as u16,
            column_end: area.columns.end as u16,
        });
        out.grid_template_areas = Some(taffy::GridTemplateAreas {
            areas: list.collect(),
            row_count: areas.0.strings.len() as u16,
            column_count: areas.0.width as u16,
        });
    }
}

type Template = (Vec<GridTemplateComponent<String>>, Vec<Vec<String>>);

fn template(
    value: &GenericGridTemplateComponent<LengthPercentage, i32>,
    calcs: &mut Calcs,
) -> Template {
    let GenericGridTemplateComponent::TrackList(list) = value else {
        return (Vec::new(), Vec::new());
    };
    let names = |sets: &[style::OwnedSlice<style::values::CustomIdent>]| -> Vec<Vec<String>> {
        sets.iter()
            .map(|set| set.iter().map(|n| n.0.to_string()).collect())
            .collect()
    };
    let components = list.values.iter().map(|value| match value {
        TrackListValue::TrackSize(size) => GridTemplateComponent::Single(track(size, calcs)),
        TrackListValue::TrackRepeat(repeat) => {
            GridTemplateComponent::Repeat(GridTemplateRepetition {
                count: match repeat.count {
                    RepeatCount::Number(n) => RepetitionCount::Count(n.clamp(1, 10_000) as u16),
                    RepeatCount::AutoFill => RepetitionCount::AutoFill,
                    RepeatCount::AutoFit => RepetitionCount::AutoFit,
                },
                tracks: repeat.track_sizes.iter().map(|t| track(t, calcs)).collect(),
                line_names: names(&repeat.line_names),
            })
        }
    });
    (components.collect(), names(&list.line_names))
}

fn fixed(length: &LengthPercentage, calcs: &mut Calcs) -> taffy::LengthPercentage {
    calcs.lp(&Length::of(length))
}

fn breadth_max(
    breadth: &TrackBreadth<LengthPercentage>,
    calcs: &mut Calcs,
) -> MaxTrackSizingFunction {
    match breadth {
        TrackBreadth::Breadth(length) => fixed(length, calcs).into(),
        TrackBreadth::Flex(share) => MaxTrackSizingFunction::fr(share.0),
        TrackBreadth::Auto => MaxTrackSizingFunction::auto(),
        TrackBreadth::MinContent => MaxTrackSizingFunction::min_content(),
        TrackBreadth::MaxContent => MaxTrackSizingFunction::max_content(),
    }
}

fn breadth_min(
    breadth: &TrackBreadth<LengthPercentage>,
    calcs: &mut Calcs,
) -> MinTrackSizingFunction {
    match breadth {
        TrackBreadth::Breadth(length) => fixed(length, calcs).into(),
        TrackBreadth::MinContent => MinTrackSizingFunction::min_content(),
        TrackBreadth::MaxContent => MinTrackSizingFunction::max_content(),
        TrackBreadth::Flex(_) | TrackBreadth::Auto => MinTrackSizingFunction::auto(),
    }
}

fn track(size: &TrackSize<LengthPercentage>, calcs: &mut Calcs) -> TrackSizingFunction {
    match size {
        TrackSize::Breadth(breadth) => MinMax {
            min: breadth_min(breadth, calcs),
            max: breadth_max(breadth, calcs),
        },
        TrackSize::Minmax(min, max) => MinMax {
            min: breadth_min(min, calcs),
            max: breadth_max(max, calcs),
        },
        TrackSize::FitContent(TrackBreadth::Breadth(limit)) => MinMax {
            min: MinTrackSizingFunction::auto(),
            max: MaxTrackSizingFunction::fit_content(fixed(limit, calcs)),
        },
        TrackSize::FitContent(_) => MinMax {
            min: MinTrackSizingFunction::auto(),
            max: MaxTrackSizingFunction::auto(),
        },
    }
}

fn placement(line: &GridLine<i32>) -> GridPlacement<String> {
    let name = line.ident.0.to_string();
    let number = line.line_num.clamp(-10_000, 10_000) as i16;
    match (line.is_span, name.is_empty()) {
        (true, true) => GridPlacement::Span(number.max(1) as u16),
        (true, false) => GridPlacement::NamedSpan(name, number.max(1) as u16),
        (false, false) => GridPlacement::NamedLine(name, number),
        (false, true) if number == 0 => GridPlacement::Auto,
        (false, true) => taffy::style_helpers::line(number),
    }
}

fn safety(flags: AlignFlags) -> AlignmentSafety {
    if flags.contains(AlignFlags::SAFE) {
        AlignmentSafety::Safe
    } else if flags.contains(AlignFlags::UNSAFE) {
        AlignmentSafety::Unsafe
    } else {
        AlignmentSafety::Default
    }
}

/// `rtl` turns `left` and `right` round, `own` turns `self-start` and `self-end` round.
fn self_alignment(flags: AlignFlags, rtl: bool, own: bool) -> Option<AlignItems> {
    let keyword = match flags.value() {
        AlignFlags::AUTO => return None,
        AlignFlags::START => I::Start,
        AlignFlags::END => I::End,
        AlignFlags::LEFT if rtl => I::End,
        AlignFlags::LEFT => I::Start,
        AlignFlags::RIGHT if rtl => I::Start,
        AlignFlags::RIGHT => I::End,
        AlignFlags::FLEX_START => I::FlexStart,
        AlignFlags::FLEX_END => I::FlexEnd,
        AlignFlags::SELF_START if own => I::End,
        AlignFlags::SELF_START => I::Start,
        AlignFlags::SELF_END if own => I::Start,
        AlignFlags::SELF_END => I::End,
        AlignFlags::CENTER => I::Center,
        // What is aligned by baselines is told so by `baseline`; this is the fallback alignment.
        AlignFlags::BASELINE => return Some(fallback(I::Start)),
        AlignFlags::LAST_BASELINE => return Some(fallback(I::End)),
        AlignFlags::STRETCH => I::Stretch,
        _ => I::Normal,
    };
    Some(AlignItems {
        keyword,
        safety: safety(flags),
    })
}

/// CSS Box Alignment 3 section 4.2. DEVIATION: the container's side and not the item's own, as in browsers.
fn fallback(keyword: I) -> AlignItems {
    AlignItems {
        keyword,
        safety: AlignmentSafety::Safe,
    }
}

/// Where `left` is along the axis.
#[derive(Clone, Copy, PartialEq)]
enum Lefts {
    AtStart,
    AtEnd,
    /// The axis is vertical: `left` and `right` are `start`.
    Nowhere,
}

fn distribution(flags: AlignFlags, left: Lefts) -> AlignContent {
    let keyword = match flags.value() {
        AlignFlags::START | AlignFlags::BASELINE => C::Start,
        AlignFlags::LEFT if left == Lefts::AtEnd => C::End,
        AlignFlags::RIGHT if left == Lefts::AtStart => C::End,
        AlignFlags::LEFT | AlignFlags::RIGHT => C::Start,
        AlignFlags::LAST_BASELINE => {
            return AlignContent {
                keyword: C::End,
                safety: AlignmentSafety::Safe,
            };
        }
        AlignFlags::END => C::End,
        AlignFlags::FLEX_START => C::FlexStart,
        AlignFlags::FLEX_END => C::FlexEnd,
        AlignFlags::CENTER => C::Center,
        AlignFlags::STRETCH => C::Stretch,
        AlignFlags::SPACE_BETWEEN => C::SpaceBetween,
        AlignFlags::SPACE_AROUND => C::SpaceAround,
        AlignFlags::SPACE_EVENLY => C::SpaceEvenly,
        _ => C::Normal,
    };
    AlignContent {
        keyword,
        safety: safety(flags),
    }
}

//! Computed values as taffy reads them.

use crate::{
    style::{LayoutStyle, Length, LengthOrAuto, Sizing},
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

/// Sizes that percentages refer to.
#[derive(Clone, Copy)]
pub(super) struct Basis {
    pub width: Option<LayoutUnit>,
    pub height: Option<LayoutUnit>,
}

fn lp(length: &Length, basis: Option<LayoutUnit>) -> taffy::LengthPercentage {
    match length {
        Length::Px(px) => taffy::LengthPercentage::length(px.to_px()),
        Length::Percent(share) => taffy::LengthPercentage::percent(*share),
        Length::Calc(_) => {
            taffy::LengthPercentage::length(length.against(basis.unwrap_or_default()).to_px())
        }
    }
}

fn lpa(length: &LengthOrAuto, basis: Option<LayoutUnit>) -> LengthPercentageAuto {
    match length {
        None => LengthPercentageAuto::auto(),
        Some(Length::Percent(share)) => LengthPercentageAuto::percent(*share),
        Some(length) => {
            LengthPercentageAuto::length(length.against(basis.unwrap_or_default()).to_px())
        }
    }
}

fn dimension(sizing: &Sizing, basis: Option<LayoutUnit>) -> Dimension {
    match sizing {
        Sizing::Auto => Dimension::auto(),
        Sizing::Length(Length::Px(px)) => Dimension::length(px.to_px()),
        Sizing::Length(Length::Percent(share)) => Dimension::percent(*share),
        Sizing::Length(length) => length
            .maybe(basis)
            .map_or(Dimension::auto(), |l| Dimension::length(l.to_px())),
        Sizing::MinContent => Dimension::min_content(),
        Sizing::MaxContent => Dimension::max_content(),
        Sizing::FitContent(_) => Dimension::fit_content(),
        Sizing::Stretch => Dimension::stretch(),
    }
}

fn bound(sizing: &Sizing, basis: Option<LayoutUnit>) -> LengthPercentageAuto {
    match sizing {
        Sizing::Length(Length::Px(px)) => LengthPercentageAuto::length(px.to_px()),
        Sizing::Length(Length::Percent(share)) => LengthPercentageAuto::percent(*share),
        Sizing::Length(length) => length
            .maybe(basis)
            .map_or(LengthPercentageAuto::auto(), |l| {
                LengthPercentageAuto::length(l.to_px())
            }),
        _ => LengthPercentageAuto::auto(),
    }
}

/// An item's style.
pub(super) fn item(
    style: &LayoutStyle,
    values: &ComputedValues,
    replaced: bool,
    table: bool,
    basis: Basis,
) -> Style<String> {
    let place = values.get_position();
    let [top, right, bottom, left] = &style.margin;
    let w = basis.width;
    let padding = style.padding(w.unwrap_or_default());
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
        item_is_replaced: replaced,
        item_is_table: table,
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
            width: dimension(&style.size[0], w),
            height: dimension(&style.size[1], basis.height),
        },
        min_size: Size {
            width: bound(&style.min[0], w),
            height: bound(&style.min[1], basis.height),
        },
        max_size: Size {
            width: bound(&style.max[0], w),
            height: bound(&style.max[1], basis.height),
        },
        aspect_ratio: style.ratio,
        margin: Rect {
            left: lpa(left, w),
            right: lpa(right, w),
            top: lpa(top, w),
            bottom: lpa(bottom, w),
        },
        padding: Rect {
            left: edge(padding.left),
            right: edge(padding.right),
            top: edge(padding.top),
            bottom: edge(padding.bottom),
        },
        border: Rect {
            left: edge(style.border.left),
            right: edge(style.border.right),
            top: edge(style.border.top),
            bottom: edge(style.border.bottom),
        },
        align_self: self_alignment(place.align_self.0),
        justify_self: self_alignment(place.justify_self.0),
        flex_basis: match &place.flex_basis {
            FlexBasis::Content => Dimension::content(),
            FlexBasis::Size(size) => dimension(&Sizing::of(size), w),
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

/// The container's style; its own size is handed to taffy as known.
pub(super) fn container(
    style: &LayoutStyle,
    values: &ComputedValues,
    grid: bool,
    basis: Basis,
) -> Style<String> {
    let place = values.get_position();
    let mut out = item(style, values, false, false, basis);
    out.display = if grid {
        taffy::Display::Grid
    } else {
        taffy::Display::Flex
    };
    out.direction = if style.rtl {
        taffy::Direction::Rtl
    } else {
        taffy::Direction::Ltr
    };
    out.size = Size {
        width: Dimension::auto(),
        height: Dimension::auto(),
    };
    out.aspect_ratio = None;
    out.min_size.width = LengthPercentageAuto::auto();
    out.max_size.width = LengthPercentageAuto::auto();
    let gap = |value: &LengthPercentageOrNormal<computed::NonNegativeLengthPercentage>, basis| {
        match value {
            LengthPercentageOrNormal::LengthPercentage(length) => lp(&Length::of(&length.0), basis),
            _ => taffy::LengthPercentage::length(0.0),
        }
    };
    out.gap = Size {
        width: gap(&place.column_gap, basis.width),
        height: gap(&place.row_gap, basis.height),
    };
    out.align_items = self_alignment(place.align_items.0).unwrap_or(AlignItems::NORMAL);
    out.justify_items =
        self_alignment(place.justify_items.computed.0.0).unwrap_or(AlignItems::NORMAL);
    out.align_content = distribution(place.align_content.primary());
    out.justify_content = distribution(place.justify_content.primary());
    use style::computed_values::flex_direction::T as Direction;
    out.flex_direction = match place.flex_direction {
        Direction::Row => FlexDirection::Row,
        Direction::RowReverse => FlexDirection::RowReverse,
        Direction::Column => FlexDirection::Column,
        Direction::ColumnReverse => FlexDirection::ColumnReverse,
    };
    out.flex_wrap = if place.flex_wrap.contains(FlexWrap::WRAP_REVERSE) {
        taffy::FlexWrap::WrapReverse
    } else if place.flex_wrap.contains(FlexWrap::WRAP) {
        taffy::FlexWrap::Wrap
    } else {
        taffy::FlexWrap::NoWrap
    };
    if grid {
        tracks(place, basis, &mut out);
    }
    out
}

fn tracks(
    place: &style::properties::style_structs::Position,
    basis: Basis,
    out: &mut Style<String>,
) {
    (out.grid_template_rows, out.grid_template_row_names) =
        template(&place.grid_template_rows, basis.height);
    (out.grid_template_columns, out.grid_template_column_names) =
        template(&place.grid_template_columns, basis.width);
    out.grid_auto_rows = place
        .grid_auto_rows
        .0
        .iter()
        .map(|t| track(t, basis.height))
        .collect();
    out.grid_auto_columns = place
        .grid_auto_columns
        .0
        .iter()
        .map(|t| track(t, basis.width))
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
    basis: Option<LayoutUnit>,
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
        TrackListValue::TrackSize(size) => GridTemplateComponent::Single(track(size, basis)),
        TrackListValue::TrackRepeat(repeat) => {
            GridTemplateComponent::Repeat(GridTemplateRepetition {
                count: match repeat.count {
                    RepeatCount::Number(n) => RepetitionCount::Count(n.clamp(1, 10_000) as u16),
                    RepeatCount::AutoFill => RepetitionCount::AutoFill,
                    RepeatCount::AutoFit => RepetitionCount::AutoFit,
                },
                tracks: repeat.track_sizes.iter().map(|t| track(t, basis)).collect(),
                line_names: names(&repeat.line_names),
            })
        }
    });
    (components.collect(), names(&list.line_names))
}

fn fixed(length: &LengthPercentage, basis: Option<LayoutUnit>) -> taffy::LengthPercentage {
    lp(&Length::of(length), basis)
}

fn breadth_max(
    breadth: &TrackBreadth<LengthPercentage>,
    basis: Option<LayoutUnit>,
) -> MaxTrackSizingFunction {
    match breadth {
        TrackBreadth::Breadth(length) => fixed(length, basis).into(),
        TrackBreadth::Flex(share) => MaxTrackSizingFunction::fr(share.0),
        TrackBreadth::Auto => MaxTrackSizingFunction::auto(),
        TrackBreadth::MinContent => MaxTrackSizingFunction::min_content(),
        TrackBreadth::MaxContent => MaxTrackSizingFunction::max_content(),
    }
}

fn breadth_min(
    breadth: &TrackBreadth<LengthPercentage>,
    basis: Option<LayoutUnit>,
) -> MinTrackSizingFunction {
    match breadth {
        TrackBreadth::Breadth(length) => fixed(length, basis).into(),
        TrackBreadth::MinContent => MinTrackSizingFunction::min_content(),
        TrackBreadth::MaxContent => MinTrackSizingFunction::max_content(),
        TrackBreadth::Flex(_) | TrackBreadth::Auto => MinTrackSizingFunction::auto(),
    }
}

fn track(size: &TrackSize<LengthPercentage>, basis: Option<LayoutUnit>) -> TrackSizingFunction {
    match size {
        TrackSize::Breadth(breadth) => MinMax {
            min: breadth_min(breadth, basis),
            max: breadth_max(breadth, basis),
        },
        TrackSize::Minmax(min, max) => MinMax {
            min: breadth_min(min, basis),
            max: breadth_max(max, basis),
        },
        TrackSize::FitContent(TrackBreadth::Breadth(limit)) => MinMax {
            min: MinTrackSizingFunction::auto(),
            max: MaxTrackSizingFunction::fit_content(fixed(limit, basis)),
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

fn self_alignment(flags: AlignFlags) -> Option<AlignItems> {
    let keyword = match flags.value() {
        AlignFlags::AUTO => return None,
        AlignFlags::START | AlignFlags::LEFT => I::Start,
        AlignFlags::END | AlignFlags::RIGHT => I::End,
        AlignFlags::FLEX_START => I::FlexStart,
        AlignFlags::FLEX_END => I::FlexEnd,
        AlignFlags::SELF_START => I::Start,
        AlignFlags::SELF_END => I::End,
        AlignFlags::CENTER => I::Center,
        AlignFlags::BASELINE | AlignFlags::LAST_BASELINE => I::Baseline,
        AlignFlags::STRETCH => I::Stretch,
        _ => I::Normal,
    };
    Some(AlignItems {
        keyword,
        safety: safety(flags),
    })
}

fn distribution(flags: AlignFlags) -> AlignContent {
    let keyword = match flags.value() {
        AlignFlags::START | AlignFlags::LEFT | AlignFlags::BASELINE => C::Start,
        AlignFlags::END | AlignFlags::RIGHT => C::End,
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

//! The computed values that layout reads, in a form that is quick to read; made once per style.

use crate::{
    baseline,
    containment::{contained, contained_size, is_size_container},
    content_visibility::Skipping,
    flow::line_clamp::LineClamp,
    text::{BreakRules, CaseLanguage, Font, FontRequest, Fonts},
    text_style::{
        RubyAlign, RubyPosition, break_rules, font_request, indent_keyword, ruby_align,
        ruby_position,
    },
    unit::{Edges, LayoutUnit},
};
use std::rc::Rc;
use style::{
    computed_values::{
        border_collapse, box_sizing, direction, table_layout, text_wrap_mode, unicode_bidi,
        white_space_collapse,
    },
    properties::ComputedValues,
    values::{
        computed::{self, LengthPercentage, Overflow, PositionProperty},
        generics::{box_::BaselineShiftKeyword, font::LineHeight as GenericLineHeight},
        specified::{
            TextAlignKeyword,
            box_::{AlignmentBaseline, Clear, DisplayInside, DisplayOutside, Float},
            text::{OverflowWrap, TextJustify, TextTransform},
        },
    },
};
use thru_cssom::Carried;

/// A length that may depend on a size that is known only in layout.
#[derive(Clone, Debug, PartialEq)]
pub enum Length {
    /// CSS px.
    Px(LayoutUnit),
    /// A share of the basis.
    Percent(f32),
    /// `calc()` with percentages.
    Calc(Box<LengthPercentage>),
}

impl Length {
    /// 0 px.
    pub const ZERO: Length = Length::Px(LayoutUnit::ZERO);

    pub(crate) fn is_fixed(&self) -> bool {
        matches!(self, Length::Px(_))
    }

    pub(crate) fn of(value: &LengthPercentage) -> Length {
        if let Some(length) = value.to_length() {
            Length::Px(LayoutUnit::from_px(length.px()))
        } else if let Some(percent) = value.to_percentage() {
            Length::Percent(percent.0)
        } else {
            Length::Calc(Box::new(value.clone()))
        }
    }

    /// The used length against `basis`.
    pub fn against(&self, basis: LayoutUnit) -> LayoutUnit {
        match self {
            Length::Px(px) => *px,
            Length::Percent(share) => basis.scaled(*share),
            Length::Calc(calc) => {
                let basis = computed::Length::new(basis.to_px());
                LayoutUnit::from_px(calc.resolve(basis).px())
            }
        }
    }

    /// The used length, if the basis is known or not needed.
    pub fn maybe(&self, basis: Option<LayoutUnit>) -> Option<LayoutUnit> {
        match self {
            Length::Px(px) => Some(*px),
            _ => basis.map(|basis| self.against(basis)),
        }
    }
}

/// A length or `auto`.
pub type LengthOrAuto = Option<Length>;

/// `width`, `height` and their bounds.
#[derive(Clone, Debug, PartialEq)]
pub enum Sizing {
    /// `auto`; `none` for a maximum.
    Auto,
    /// A length.
    Length(Length),
    /// `min-content`.
    MinContent,
    /// `max-content`.
    MaxContent,
    /// `fit-content`, perhaps with a limit.
    FitContent(Option<Length>),
    /// `stretch`.
    Stretch,
}

impl Sizing {
    pub(crate) fn of(value: &computed::Size) -> Sizing {
        match value {
            computed::Size::LengthPercentage(length) => Sizing::Length(Length::of(&length.0)),
            computed::Size::MaxContent => Sizing::MaxContent,
            computed::Size::MinContent => Sizing::MinContent,
            computed::Size::FitContent => Sizing::FitContent(None),
            computed::Size::FitContentFunction(l) => Sizing::FitContent(Some(Length::of(&l.0))),
            computed::Size::WebkitFillAvailable | computed::Size::Stretch => Sizing::Stretch,
            _ => Sizing::Auto,
        }
    }

    fn of_max(value: &computed::MaxSize) -> Sizing {
        match value {
            computed::MaxSize::LengthPercentage(length) => Sizing::Length(Length::of(&length.0)),
            computed::MaxSize::MaxContent => Sizing::MaxContent,
            computed::MaxSize::MinContent => Sizing::MinContent,
            computed::MaxSize::FitContent => Sizing::FitContent(None),
            computed::MaxSize::FitContentFunction(l) => Sizing::FitContent(Some(Length::of(&l.0))),
            computed::MaxSize::WebkitFillAvailable | computed::MaxSize::Stretch => Sizing::Stretch,
            _ => Sizing::Auto,
        }
    }

    /// Whether it is `auto` (or `none`).
    pub fn is_auto(&self) -> bool {
        *self == Sizing::Auto
    }
}

/// How white space is treated (CSS Text 3, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spaces {
    /// Runs become one space.
    Collapse,
    /// Runs become one space, line feeds stay.
    PreserveBreaks,
    /// All stay.
    Preserve,
    /// All stay and lines may break after each.
    BreakSpaces,
}

/// `vertical-align`.
#[derive(Clone, Debug, PartialEq)]
pub enum VerticalAlign {
    /// On the parent's baseline, raised by px (used value).
    Baseline,
    /// Raised by a length; percentages refer to the line height.
    Raised(Length),
    /// `sub`.
    Sub,
    /// `super`.
    Super,
    /// `text-top`.
    TextTop,
    /// `text-bottom`.
    TextBottom,
    /// `middle`.
    Middle,
    /// `top`.
    Top,
    /// `bottom`.
    Bottom,
}

/// `text-align`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// To where the paragraph begins.
    Start,
    /// To where the paragraph ends.
    End,
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// In the middle.
    Center,
    /// Both sides.
    Justify,
}

/// `text-justify`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Justify {
    /// Between words, and between letters of scripts without spaces.
    Auto,
    /// Not at all.
    None,
    /// Between words.
    InterWord,
    /// Between letters.
    InterCharacter,
}

/// `float`, logical values resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatSide {
    /// To the left.
    Left,
    /// To the right.
    Right,
}

/// `clear`, logical values resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Clears {
    /// Below left floats.
    pub left: bool,
    /// Below right floats.
    pub right: bool,
}

/// `position`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// In flow.
    Static,
    /// In flow, then moved.
    Relative,
    /// In flow, then kept in view of what scrolls around it.
    Sticky,
    /// Out of flow.
    Absolute,
    /// Out of flow, against the viewport.
    Fixed,
}

/// Everything layout asks of a style.
#[derive(Clone, Debug)]
pub struct LayoutStyle {
    /// `position`.
    pub position: Position,
    /// `float`.
    pub float: Option<FloatSide>,
    /// `clear`.
    pub clear: Clears,
    /// `width`, `height`.
    pub size: [Sizing; 2],
    /// `min-width`, `min-height`.
    pub min: [Sizing; 2],
    /// `max-width`, `max-height`.
    pub max: [Sizing; 2],
    /// `box-sizing: border-box`.
    pub border_box: bool,
    /// `aspect-ratio`: width by height.
    pub ratio: Option<f32>,
    /// `aspect-ratio` has no `auto`.
    pub ratio_rules: bool,
    /// Margins: top, right, bottom, left.
    pub margin: [LengthOrAuto; 4],
    /// Padding: top, right, bottom, left.
    pub padding: [Length; 4],
    /// Used border widths.
    pub border: Edges,
    /// `top`, `right`, `bottom`, `left`.
    pub inset: [LengthOrAuto; 4],
    /// `overflow-x` and `-y` are not `visible`.
    pub clips: bool,
    /// `overflow` makes it scroll (or `hidden`): a formatting context of its own.
    pub scrolls: bool,
    /// A transform, filter or the like makes it a containing block for everything in it.
    pub contains_all: bool,
    /// `direction: rtl`.
    pub rtl: bool,
    /// `unicode-bidi` isolates or embeds.
    pub bidi: unicode_bidi::T,
    /// Lines stand on the central baseline: vertical, and not `text-orientation: sideways` (CSS Writing Modes 4
    /// section 4.2).
    pub central: bool,
    /// Font.
    pub font: Rc<Font>,
    /// The font of letters that stand upright in vertical lines, if any do.
    pub upright: Option<Rc<Font>>,
    /// All letters stand upright: `text-orientation: upright` in vertical lines.
    pub all_upright: bool,
    /// Font size, px.
    pub font_size: f32,
    /// `line-height`; `None` is `normal`.
    pub line_height: Option<LayoutUnit>,
    /// White space.
    pub spaces: Spaces,
    /// Lines wrap.
    pub wraps: bool,
    /// `text-align`.
    pub align: Align,
    /// `text-align-last`.
    pub align_last: Option<Align>,
    /// `text-justify`.
    pub justify: Justify,
    /// `text-indent`.
    pub indent: Length,
    /// `text-indent: each-line`.
    pub indent_each_line: bool,
    /// `text-indent: hanging`.
    pub indent_hanging: bool,
    /// Between words, px.
    pub word_spacing: Length,
    /// `text-transform`.
    pub transform: TextTransform,
    /// The language that decides about case.
    pub case_language: CaseLanguage,
    /// Break inside words: only if it would overflow.
    pub break_anywhere: bool,
    /// Such breaks count for the min-content width.
    pub break_counts: bool,
    /// `word-break`.
    pub break_rules: BreakRules,
    /// `tab-size`: px, or spaces.
    pub tab: Result<f32, f32>,
    /// `vertical-align`.
    pub vertical_align: VerticalAlign,
    /// `text-overflow`: what stands for cut-off text at the line's end.
    pub cut_off_sign: Option<Rc<str>>,
    /// `line-clamp`, where it applies.
    pub clamp: Option<LineClamp>,
    /// `visibility: collapse` or `hidden`.
    pub hidden: bool,
    /// `visibility: collapse`.
    pub collapses: bool,
    /// `border-collapse: collapse`.
    pub collapse: bool,
    /// `border-spacing`.
    pub spacing: [LayoutUnit; 2],
    /// `table-layout: fixed`.
    pub fixed_table: bool,
    /// `caption-side: bottom`.
    pub caption_below: bool,
    /// `column-count` and `column-width`.
    pub columns: (Option<u32>, Option<LayoutUnit>),
    /// `column-gap`; `None` is `normal`.
    pub column_gap: Option<Length>,
    /// `row-gap`; `None` is `normal`.
    pub row_gap: Option<Length>,
    /// `column-span: all`.
    pub spans_columns: bool,
    /// A formatting context of its own by `display: flow-root` or `contain`.
    pub flow_root: bool,
    /// Size containment in the inline and in the block direction (CSS Containment 2 section 3.1).
    pub contains_size: [bool; 2],
    /// The same while the content is shown.
    pub contains_size_shown: [bool; 2],
    /// `content-visibility`; `None` is `visible`.
    pub skipping: Option<Skipping>,
    /// Its content is skipped: its size does not come from it, and it is not painted.
    pub skips: bool,
    /// Width and height of the content where its own does not count (CSS Sizing 4 section 5.2).
    pub contained_size: [LayoutUnit; 2],
    /// Layout containment: no baseline.
    pub contains_layout: bool,
    /// `z-index`; `None` is `auto`.
    pub z_index: Option<i32>,
    /// `text-wrap-style: balance`.
    pub balances: bool,
    /// `hyphens` is not `none`: soft hyphens let a line end.
    pub hyphenates: bool,
    /// `hyphenate-character`, if it is not `auto`.
    pub hyphen: Option<Rc<str>>,
    /// `ruby-position` begins with `under`, or alternates.
    pub ruby_position: RubyPosition,
    /// `ruby-align`.
    pub ruby_align: RubyAlign,
    /// What it asks for and is not built.
    pub unsupported: Vec<&'static str>,
}

fn gap(
    value: &style::values::generics::length::LengthPercentageOrNormal<
        computed::NonNegativeLengthPercentage,
    >,
) -> Option<Length> {
    match value {
        style::values::generics::length::LengthPercentageOrNormal::LengthPercentage(l) => {
            Some(Length::of(&l.0))
        }
        _ => None,
    }
}

impl LayoutStyle {
    /// Reads the values.
    pub fn read(style: &ComputedValues, fonts: &Fonts) -> LayoutStyle {
        let (boxed, place) = (style.get_box(), style.get_position());
        let (text, inherited) = (style.get_text(), style.get_inherited_box());
        let words = style.get_inherited_text();
        let table = style.get_inherited_table();
        let all_upright = baseline::is_upright(style);
        // Upright letters run from left to right (CSS Writing Modes 4 section 5.1).
        let rtl = inherited.direction == direction::T::Rtl && !all_upright;
        let request = font_request(style);
        let font = fonts.font(&request);
        let central = baseline::is_central(style);
        let upright = central.then(|| {
            fonts.font(&FontRequest {
                upright: true,
                ..request
            })
        });
        let (ratio, ratio_rules) = ratio(style);
        let overflow = boxed.overflow_x;
        let scrolls = matches!(
            overflow,
            Overflow::Hidden | Overflow::Auto | Overflow::Scroll
        );
        let contain = contained(style);
        let (outside, inside) = (boxed.display.outside(), boxed.display.inside());
        // Margins and, but for cells, padding do not apply inside tables (CSS 2 sections 8.3 and 8.4).
        let internal =
            outside == DisplayOutside::InternalTable && Carried::RubyDisplay.of(style).is_none();
        let inline = boxed.display.is_inline_flow();
        let skipping = Skipping::of(style).filter(|_| !internal && !inline);
        let contains_size = [
            contain.contains(computed::Contain::INLINE_SIZE) && !internal,
            contain.contains(computed::Contain::SIZE) && !internal,
        ];
        LayoutStyle {
            position: position(boxed.clone_position()),
            float: float_side(boxed.float, rtl),
            clear: clears(boxed.clear, rtl),
            size: [Sizing::of(&place.width), Sizing::of(&place.height)],
            min: [Sizing::of(&place.min_width), Sizing::of(&place.min_height)],
            max: [
                Sizing::of_max(&place.max_width),
                Sizing::of_max(&place.max_height),
            ],
            border_box: place.box_sizing == box_sizing::T::BorderBox,
            ratio,
            ratio_rules,
            margin: if internal {
                [const { Some(Length::ZERO) }; 4]
            } else {
                margins(style)
            },
            padding: if internal && inside != DisplayInside::TableCell {
                [Length::ZERO; 4]
            } else {
                paddings(style)
            },
            border: borders(style),
            inset: insets(style),
            clips: overflow != Overflow::Visible || boxed.overflow_y != Overflow::Visible,
            scrolls,
            contains_all: contains_all(style),
            rtl,
            bidi: text.unicode_bidi,
            central,
            upright,
            all_upright,
            font_size: style.get_font().font_size.used_size().px(),
            line_height: line_height(style),
            font,
            spaces: spaces(words.white_space_collapse),
            wraps: words.text_wrap_mode == text_wrap_mode::T::Wrap,
            align: align(words.text_align),
            align_last: align_last(style),
            justify: match words.text_justify {
                TextJustify::Auto => Justify::Auto,
                TextJustify::None => Justify::None,
                TextJustify::InterWord => Justify::InterWord,
                TextJustify::InterCharacter => Justify::InterCharacter,
            },
            indent: Length::of(&words.text_indent.length),
            indent_each_line: indent_keyword(style, "each-line"),
            indent_hanging: indent_keyword(style, "hanging"),
            word_spacing: Length::of(&words.word_spacing),
            transform: words.text_transform,
            case_language: CaseLanguage::of(&style.get_font()._x_lang.0),
            break_anywhere: words.overflow_wrap != OverflowWrap::Normal,
            break_counts: words.overflow_wrap == OverflowWrap::Anywhere,
            break_rules: break_rules(style),
            tab: match &words.tab_size {
                style::values::generics::length::LengthOrNumber::Length(l) => Ok(l.0.px()),
                style::values::generics::length::LengthOrNumber::Number(n) => Err(n.0),
            },
            vertical_align: vertical_align(style),
            cut_off_sign: cut_off_sign(style, rtl),
            clamp: LineClamp::of(style),
            hidden: inherited.visibility != style::computed_values::visibility::T::Visible,
            collapses: inherited.visibility == style::computed_values::visibility::T::Collapse,
            collapse: table.border_collapse == border_collapse::T::Collapse,
            spacing: [
                LayoutUnit::from_px(table.border_spacing.horizontal().to_f32_px()),
                LayoutUnit::from_px(table.border_spacing.vertical().to_f32_px()),
            ],
            fixed_table: style.get_table().table_layout == table_layout::T::Fixed,
            caption_below: table.caption_side
                == style::values::computed::table::CaptionSide::Bottom,
            columns: columns(style),
            column_gap: gap(&place.column_gap),
            row_gap: gap(&place.row_gap),
            spans_columns: style.get_column().column_span
                == style::computed_values::column_span::T::All,
            flow_root: inside == DisplayInside::FlowRoot
                || skipping.is_some()
                || is_size_container(style)
                || contain.intersects(computed::Contain::LAYOUT | computed::Contain::PAINT),
            contains_size_shown: contains_size,
            skipping,
            skips: skipping.is_some(),
            contains_size: contains_size.map(|size| size || skipping.is_some()),
            contained_size: [
                contained_size(style, Carried::ContainIntrinsicWidth),
                contained_size(style, Carried::ContainIntrinsicHeight),
            ],
            contains_layout: (contain.contains(computed::Contain::LAYOUT) || skipping.is_some())
                && !internal,
            z_index: match place.z_index {
                style::values::generics::position::ZIndex::Integer(z) => Some(z),
                _ => None,
            },
            balances: Carried::TextWrapStyle.is(style, "balance"),
            hyphenates: !Carried::Hyphens.is(style, "none"),
            hyphen: Carried::HyphenateCharacter.string(style).map(Rc::from),
            ruby_position: ruby_position(style),
            ruby_align: ruby_align(style),
            unsupported: crate::unsupported::unsupported(style),
        }
    }

    /// Padding against the containing block's width.
    pub fn padding(&self, width: LayoutUnit) -> Edges {
        let [top, right, bottom, left] = &self.padding;
        Edges {
            top: top.against(width),
            right: right.against(width),
            bottom: bottom.against(width),
            left: left.against(width),
        }
    }

    /// Margins against the containing block's width; `auto` is 0.
    pub fn margin(&self, width: LayoutUnit) -> Edges {
        let used = |side: usize| {
            self.margin[side]
                .as_ref()
                .map_or(LayoutUnit::ZERO, |m| m.against(width))
        };
        Edges {
            top: used(0),
            right: used(1),
            bottom: used(2),
            left: used(3),
        }
    }

    /// Whether it is out of flow.
    pub fn out_of_flow(&self) -> bool {
        matches!(self.position, Position::Absolute | Position::Fixed)
    }

    /// The used line height.
    pub fn used_line_height(&self) -> LayoutUnit {
        self.line_height
            .unwrap_or_else(|| self.font.metrics.normal_line_height())
    }

    /// The font, or its smaller one for small capitals.
    pub(crate) fn font_of(&self, small: bool) -> &Rc<Font> {
        match &self.font.small {
            Some(smaller) if small => &smaller.font,
            _ => &self.font,
        }
    }

    /// The height of an option in a list box: at least 1.2 em and 1 px of padding.
    pub fn list_row(&self) -> LayoutUnit {
        let least = LayoutUnit::from_px(self.font.size * 1.2);
        self.used_line_height().max(least) + LayoutUnit::px(1)
    }
}

fn position(value: PositionProperty) -> Position {
    match value {
        PositionProperty::Static => Position::Static,
        PositionProperty::Relative => Position::Relative,
        PositionProperty::Absolute => Position::Absolute,
        PositionProperty::Fixed => Position::Fixed,
        PositionProperty::Sticky => Position::Sticky,
    }
}

fn float_side(float: Float, rtl: bool) -> Option<FloatSide> {
    let left = match float {
        Float::None => return None,
        Float::Left => true,
        Float::Right => false,
        Float::InlineStart => !rtl,
        Float::InlineEnd => rtl,
    };
    Some(if left {
        FloatSide::Left
    } else {
        FloatSide::Right
    })
}

fn clears(clear: Clear, rtl: bool) -> Clears {
    let (left, right) = match clear {
        Clear::None => (false, false),
        Clear::Both => (true, true),
        Clear::Left => (true, false),
        Clear::Right => (false, true),
        Clear::InlineStart => (!rtl, rtl),
        Clear::InlineEnd => (rtl, !rtl),
    };
    Clears { left, right }
}

fn ratio(style: &ComputedValues) -> (Option<f32>, bool) {
    let value = &style.get_position().aspect_ratio;
    match &value.ratio {
        style::values::generics::position::PreferredRatio::Ratio(ratio) => {
            let (w, h) = (ratio.0.0, ratio.1.0);
            let usable = w > 0.0 && h > 0.0;
            (usable.then(|| w / h), usable && !value.auto)
        }
        _ => (None, false),
    }
}

/// The margins: top, right, bottom, left.
pub(crate) fn margins(style: &ComputedValues) -> [LengthOrAuto; 4] {
    use style::values::generics::length::GenericMargin as Margin;
    let m = style.get_margin();
    [
        &m.margin_top,
        &m.margin_right,
        &m.margin_bottom,
        &m.margin_left,
    ]
    .map(|value| match value {
        Margin::LengthPercentage(length) => Some(Length::of(length)),
        Margin::Auto => None,
        _ => Some(Length::ZERO),
    })
}

fn paddings(style: &ComputedValues) -> [Length; 4] {
    let p = style.get_padding();
    [
        &p.padding_top,
        &p.padding_right,
        &p.padding_bottom,
        &p.padding_left,
    ]
    .map(|value| Length::of(&value.0))
}

fn borders(style: &ComputedValues) -> Edges {
    let b = style.get_border();
    let side = |width: app_units::Au, style: computed::BorderStyle| {
        if style.none_or_hidden() {
            LayoutUnit::ZERO
        } else {
            LayoutUnit::from_px(width.to_f32_px())
        }
    };
    Edges {
        top: side(b.border_top_width.0, b.border_top_style),
        right: side(b.border_right_width.0, b.border_right_style),
        bottom: side(b.border_bottom_width.0, b.border_bottom_style),
        left: side(b.border_left_width.0, b.border_left_style),
    }
}

pub(crate) fn insets(style: &ComputedValues) -> [LengthOrAuto; 4] {
    use style::values::generics::position::GenericInset as Inset;
    let p = style.get_position();
    [&p.top, &p.right, &p.bottom, &p.left].map(|value| match value {
        Inset::LengthPercentage(length) => Some(Length::of(length)),
        _ => None,
    })
}

fn contains_all(style: &ComputedValues) -> bool {
    let boxed = style.get_box();
    let effects = style.get_effects();
    !boxed.transform.0.is_empty()
        || boxed.translate != computed::Translate::None
        || boxed.rotate != computed::Rotate::None
        || boxed.scale != computed::Scale::None
        || !effects.filter.0.is_empty()
        || !effects.backdrop_filter.0.is_empty()
        || !matches!(
            boxed.perspective,
            style::values::generics::box_::Perspective::None
        )
        || boxed
            .contain
            .intersects(computed::Contain::LAYOUT | computed::Contain::PAINT)
}

fn line_height(style: &ComputedValues) -> Option<LayoutUnit> {
    let font = style.get_font();
    match &font.line_height {
        GenericLineHeight::Normal => None,
        GenericLineHeight::Number(n) => {
            let size = LayoutUnit::round_px(font.font_size.computed_size().px());
            Some(LayoutUnit::from_px(n.0 * size.to_px()))
        }
        GenericLineHeight::Length(length) => Some(LayoutUnit::round_px(length.0.px())),
    }
}

fn spaces(value: white_space_collapse::T) -> Spaces {
    match value {
        white_space_collapse::T::Collapse => Spaces::Collapse,
        white_space_collapse::T::Preserve => Spaces::Preserve,
        white_space_collapse::T::PreserveBreaks => Spaces::PreserveBreaks,
        white_space_collapse::T::BreakSpaces => Spaces::BreakSpaces,
    }
}

fn align(keyword: TextAlignKeyword) -> Align {
    match keyword {
        TextAlignKeyword::End => Align::End,
        TextAlignKeyword::Left | TextAlignKeyword::MozLeft => Align::Left,
        TextAlignKeyword::Right | TextAlignKeyword::MozRight => Align::Right,
        TextAlignKeyword::Center | TextAlignKeyword::MozCenter => Align::Center,
        TextAlignKeyword::Justify => Align::Justify,
        _ => Align::Start,
    }
}

fn align_last(style: &ComputedValues) -> Option<Align> {
    use style::values::specified::TextAlignLast as Last;
    Some(match style.get_inherited_text().text_align_last {
        Last::Auto => return None,
        Last::Start => Align::Start,
        Last::End => Align::End,
        Last::Left => Align::Left,
        Last::Right => Align::Right,
        Last::Center => Align::Center,
        Last::Justify => Align::Justify,
    })
}

fn vertical_align(style: &ComputedValues) -> VerticalAlign {
    use style::values::generics::box_::GenericBaselineShift as Shift;
    let boxed = style.get_box();
    match &boxed.baseline_shift {
        Shift::Keyword(BaselineShiftKeyword::Sub) => return VerticalAlign::Sub,
        Shift::Keyword(BaselineShiftKeyword::Super) => return VerticalAlign::Super,
        Shift::Keyword(BaselineShiftKeyword::Top) => return VerticalAlign::Top,
        Shift::Keyword(BaselineShiftKeyword::Bottom) => return VerticalAlign::Bottom,
        Shift::Length(length) => {
            let length = Length::of(length);
            if length != Length::ZERO {
                return VerticalAlign::Raised(length);
            }
        }
        #[allow(unreachable_patterns)]
        _ => {}
    }
    match boxed.alignment_baseline {
        AlignmentBaseline::TextTop => VerticalAlign::TextTop,
        AlignmentBaseline::TextBottom => VerticalAlign::TextBottom,
        AlignmentBaseline::Middle => VerticalAlign::Middle,
        _ => VerticalAlign::Baseline,
    }
}

/// CSS Overflow 4 section 5.2: of two values the first is for the left.
fn cut_off_sign(style: &ComputedValues, rtl: bool) -> Option<Rc<str>> {
    use style::values::specified::text::TextOverflowSide as Side;
    let overflow = &style.get_text().text_overflow;
    let at_left = rtl && !overflow.sides_are_logical;
    match if at_left {
        &overflow.first
    } else {
        &overflow.second
    } {
        Side::Clip => None,
        Side::Ellipsis => Some("\u{2026}".into()),
        Side::String(text) => Some(Rc::from(&*text.0.to_string())),
    }
}

fn columns(style: &ComputedValues) -> (Option<u32>, Option<LayoutUnit>) {
    use style::values::generics::{column::ColumnCount, length::LengthPercentageOrAuto as OrAuto};
    let column = style.get_column();
    let count = match &column.column_count {
        ColumnCount::Integer(n) => Some(n.0.max(1) as u32),
        _ => None,
    };
    let width = match &column.column_width {
        OrAuto::LengthPercentage(length) => Some(LayoutUnit::from_px(length.0.px())),
        _ => None,
    };
    (count, width)
}

//! Which sentence of which specification decided a box's size.
//!
//! It is read off the box's kind and values, not noted on the way: the answer is Inferred.

use crate::style::Sizing;
use style::properties::ComputedValues;
use style::values::computed::{MaxSize, Size};
use thru_render_tree::{BoxId, BoxKind, Level, RenderBox, RenderTree};

/// What decided the sizes of a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// What kind of box it is.
    pub kind: String,
    /// What decided its width.
    pub width_by: String,
    /// What decided its height.
    pub height_by: String,
}

/// What decided the sizes of a box.
pub fn decided(tree: &RenderTree, id: BoxId) -> Decided {
    let one = tree.get(id);
    let around = one.parent.map(|parent| &tree.get(parent).kind);
    let role = Role::of(one, around);
    let position = one.style.get_position();
    let bounded = |by: &str, least: &Size, most: &MaxSize| match (least, most) {
        (Size::Auto, MaxSize::None) => by.to_owned(),
        _ => format!("{by}; min and max bound it (CSS 2 sections 10.4 and 10.7)"),
    };
    let width = width_by(role, &one.style);
    let height = height_by(role, &one.style);
    Decided {
        kind: format!("{}, {}", level(one), inside(&one.kind)),
        width_by: bounded(width, &position.min_width, &position.max_width),
        height_by: bounded(height, &position.min_height, &position.max_height),
    }
}

/// Which chapter sizes a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Inline,
    Replaced,
    OutOfFlow,
    FlexItem,
    GridItem,
    Float,
    Table,
    TablePart,
    InlineBlock,
    Block,
}

impl Role {
    fn of(one: &RenderBox, around: Option<&BoxKind>) -> Role {
        match (&one.kind, around) {
            (BoxKind::Inline { .. }, _) => Role::Inline,
            (BoxKind::Replaced(_) | BoxKind::Control(_), _) => Role::Replaced,
            _ if one.is_absolute() => Role::OutOfFlow,
            (_, Some(BoxKind::Flex)) => Role::FlexItem,
            (_, Some(BoxKind::Grid)) => Role::GridItem,
            (BoxKind::Table, _) => Role::Table,
            _ if one.level == Level::Table => Role::TablePart,
            _ if one.is_floating() => Role::Float,
            _ if one.level == Level::Inline => Role::InlineBlock,
            _ => Role::Block,
        }
    }
}

fn level(one: &RenderBox) -> &'static str {
    match one.level {
        _ if one.is_absolute() => "out of flow",
        _ if one.is_floating() => "floating",
        Level::Block => "block-level",
        Level::Inline => "inline-level",
        Level::Table => "part of a table",
    }
}

fn inside(kind: &BoxKind) -> &'static str {
    match kind {
        BoxKind::BlockContainer => "block container",
        BoxKind::Flex => "flex container",
        BoxKind::Grid => "grid container",
        BoxKind::Inline { .. } => "inline box",
        BoxKind::Replaced(_) => "replaced",
        BoxKind::Control(_) => "form control",
        BoxKind::Table => "table",
        BoxKind::TableCaption => "table caption",
        BoxKind::TableColumnGroup { .. } => "table column group",
        BoxKind::TableColumn { .. } => "table column",
        BoxKind::TableRowGroup => "table row group",
        BoxKind::TableRow => "table row",
        BoxKind::TableCell { .. } => "table cell",
        BoxKind::RubyColumn => "ruby column",
        _ => "text",
    }
}

fn width_by(role: Role, style: &ComputedValues) -> &'static str {
    let position = style.get_position();
    let given = given(&position.width);
    match (role, given) {
        (Role::Inline, _) => {
            "its content: width does not apply to an inline box (CSS 2 section 10.3.1)"
        }
        (Role::TablePart, _) => "the columns of its table (CSS 2 section 17.5.2)",
        (Role::FlexItem, _) => {
            "flex base size, then growing or shrinking (CSS Flexbox 1 section 9.7); across, stretching (section 9.4)"
        }
        (_, Some(words)) => words,
        (Role::Replaced, None) => {
            "its natural width, or its height and ratio (CSS 2 section 10.3.2)"
        }
        (Role::OutOfFlow, None) => {
            "what left and right leave, or else shrink-to-fit (CSS 2 section 10.3.7)"
        }
        (Role::GridItem, None) => "its grid area, if it stretches (CSS Grid 2 section 6.2)",
        (Role::Table, None) => {
            "its columns: automatic or fixed table layout (CSS 2 section 17.5.2)"
        }
        (Role::Float, None) => "shrink-to-fit of a float (CSS 2 section 10.3.5)",
        (Role::InlineBlock, None) => "shrink-to-fit of an inline-block (CSS 2 section 10.3.9)",
        (Role::Block, None) => {
            "what margins, borders and padding leave of the containing block (CSS 2 section 10.3.3)"
        }
    }
}

fn height_by(role: Role, style: &ComputedValues) -> &'static str {
    let position = style.get_position();
    let given = given(&position.height);
    match (role, given) {
        (Role::Inline, _) => {
            "its font: height does not apply to an inline box (CSS 2 section 10.6.1)"
        }
        (Role::TablePart, _) => "the rows of its table (CSS 2 section 17.5.3)",
        (Role::FlexItem, _) => {
            "its content or stretching (CSS Flexbox 1 section 9.4); along the main axis, growing or shrinking (section 9.7)"
        }
        (_, Some(words)) => words,
        (Role::Replaced, None) => {
            "its natural height, or its width and ratio (CSS 2 section 10.6.2)"
        }
        (Role::OutOfFlow, None) => {
            "what top and bottom leave, or else its content (CSS 2 section 10.6.4)"
        }
        (Role::GridItem, None) => "its grid area, if it stretches (CSS Grid 2 section 6.2)",
        (Role::Table, None) => "its rows (CSS 2 section 17.5.3)",
        (Role::Float | Role::InlineBlock, None) => {
            "its content with its floats (CSS 2 section 10.6.7)"
        }
        (Role::Block, None) => "its content (CSS 2 section 10.6.3)",
    }
}

/// What `width` or `height` says, if it is not `auto`.
fn given(size: &Size) -> Option<&'static str> {
    match Sizing::of(size) {
        Sizing::Auto => None,
        Sizing::Length(_) => Some("the declared length or percentage"),
        Sizing::MinContent => Some("min-content (CSS Sizing 3 section 5.1)"),
        Sizing::MaxContent => Some("max-content (CSS Sizing 3 section 5.1)"),
        Sizing::FitContent(_) => Some("fit-content (CSS Sizing 3 section 5.1)"),
        Sizing::Stretch => Some("stretch (CSS Sizing 4 section 6.1)"),
    }
}

//! What layout gives: boxes, lines and words with their places.

use crate::{
    flex_grid::absolute::GridLines,
    text::{Font, Word},
    unit::LayoutUnit,
    unit::{Edges, Point, Rect, Size},
};
use std::{collections::HashMap, rc::Rc};
use thru_render_tree::BoxId;

/// A piece of a box with its size; places are relative to the parent's border box.
#[derive(Clone, Debug)]
pub struct Fragment {
    /// The box it comes from; `None` for a line.
    pub source: Option<BoxId>,
    /// Border box.
    pub size: Size,
    /// What it is.
    pub kind: FragmentKind,
    /// Fragments in it.
    pub children: Vec<Child>,
    /// First baseline below the border box's top.
    pub first_baseline: Option<LayoutUnit>,
    /// Last baseline below the border box's top.
    pub last_baseline: Option<LayoutUnit>,
    /// First and last baseline of lines that cross those around the box, from the left of its border box.
    pub across: [Option<LayoutUnit>; 2],
    /// Where the content in flow ends with its margins, below the border box's top, along the block axis of the
    /// content; of block containers with a formatting context of their own.
    pub content_end: Option<LayoutUnit>,
    /// The width that percentages of its margins refer to, if it was laid out by itself.
    pub basis: Option<LayoutUnit>,
    /// How far relative positioning moves it.
    pub shift: Point,
    /// The lines of a grid, if it may be a containing block.
    pub grid: Option<Rc<GridLines>>,
    /// What stands outside its border but belongs to it: a table's captions.
    pub outside: Edges,
    /// What a table paints for its parts.
    pub table: Option<Rc<TableParts>>,
}

/// What is painted of a table beside the boxes of itself and its cells. Places are relative to its fragment.
#[derive(Debug, Default)]
pub struct TableParts {
    /// Backgrounds of column groups, columns, row groups and rows, in this order.
    pub grounds: Vec<TableGround>,
    /// Borders collapse: neither the table nor its parts paint their own.
    pub collapsed: bool,
    /// The borders that are left.
    pub lines: Vec<BorderLine>,
}

/// The background of a part of a table: seen in its cells only (CSS 2 section 17.5.1).
#[derive(Clone, Debug)]
pub struct TableGround {
    /// The part.
    pub source: BoxId,
    /// The part's rectangle: the background is laid over it.
    pub rect: Rect,
    /// The cells that begin in it.
    pub cells: Vec<(BoxId, Rect)>,
}

/// A side of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Top.
    Top,
    /// Right.
    Right,
    /// Bottom.
    Bottom,
    /// Left.
    Left,
}

/// A piece of a collapsed border.
#[derive(Clone, Copy, Debug)]
pub struct BorderLine {
    /// The box whose border won.
    pub source: BoxId,
    /// Which border of it.
    pub side: Side,
    /// Where it is drawn.
    pub rect: Rect,
}

/// A fragment at its place.
#[derive(Clone, Debug)]
pub struct Child {
    /// Its border box's corner in the parent's border box.
    pub at: Point,
    /// The fragment.
    pub fragment: Rc<Fragment>,
}

/// The edge of an absolutely positioned box that stands at its static position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StaticEdge {
    /// Left or top.
    #[default]
    Start,
    /// The middle.
    Center,
    /// Right or bottom.
    End,
}

/// What a fragment is.
#[derive(Clone, Debug)]
pub enum FragmentKind {
    /// A box.
    Box {
        /// Used border widths.
        border: Edges,
        /// Used padding.
        padding: Edges,
    },
    /// One line's part of an inline box.
    Inline {
        /// Used border widths; 0 at a side where the box goes on.
        border: Edges,
        /// Used padding.
        padding: Edges,
    },
    /// A line box.
    Line,
    /// Text.
    Text(TextRun),
    /// The line between two columns of its source.
    ColumnRule,
    /// Where an absolutely positioned box would be if it were not.
    Placeholder {
        /// Which of its edges would stand there, horizontally and vertically.
        edges: [StaticEdge; 2],
    },
}

/// Words of one line that share a font.
#[derive(Clone, Debug)]
pub struct TextRun {
    /// The font.
    pub font: Rc<Font>,
    /// Baseline below the fragment's top.
    pub baseline: LayoutUnit,
    /// The words.
    pub words: Vec<PlacedWord>,
}

/// A word or a part of one.
#[derive(Clone, Debug)]
pub struct PlacedWord {
    /// px from the fragment's left edge.
    pub x: f32,
    /// The shaped word.
    pub word: Rc<Word>,
    /// Which of its glyphs.
    pub glyphs: std::ops::Range<usize>,
}

impl Fragment {
    /// A box's fragment.
    pub fn of_box(source: BoxId, size: Size, border: Edges, padding: Edges) -> Fragment {
        Fragment {
            source: Some(source),
            size,
            kind: FragmentKind::Box { border, padding },
            children: Vec::new(),
            first_baseline: None,
            last_baseline: None,
            across: [None; 2],
            content_end: None,
            basis: None,
            shift: Point::default(),
            grid: None,
            outside: Edges::default(),
            table: None,
        }
    }

    /// Whether it is its source's box, or a part of it.
    pub fn is_boxed(&self) -> bool {
        matches!(
            self.kind,
            FragmentKind::Box { .. } | FragmentKind::Inline { .. }
        )
    }

    /// Where a box would be if it were in flow: the point, and which of its edges stand there.
    pub fn placeholder(source: BoxId, edges: [StaticEdge; 2]) -> Fragment {
        let mut fragment =
            Fragment::of_box(source, Size::default(), Edges::default(), Edges::default());
        fragment.kind = FragmentKind::Placeholder { edges };
        fragment
    }
}

/// Index of a node in a [`FragmentTree`].
pub type FragmentIndex = usize;

/// A fragment in the document's space.
#[derive(Debug)]
pub struct FragmentNode {
    /// The fragment; its edges and its rectangles are physical.
    pub fragment: Rc<Fragment>,
    /// Border box from the document's top left.
    pub rect: Rect,
    /// The node around it in tree order.
    pub parent: Option<FragmentIndex>,
    /// The node that clips it and moves with it: the parent, or for a box out of flow its containing block.
    pub containing: Option<FragmentIndex>,
    /// Nodes in it, in tree order.
    pub children: Vec<FragmentIndex>,
    /// Text in it runs downwards.
    pub vertical: bool,
}

/// Everything with its place.
#[derive(Debug, Default)]
pub struct FragmentTree {
    /// The nodes; the first is the root element's.
    pub nodes: Vec<FragmentNode>,
    /// Document size: what can be scrolled to.
    pub document: Size,
    /// The viewport it was made for.
    pub viewport: Size,
    /// Lines of text.
    pub lines: u32,
    /// Boxes with `content-visibility`, and whether they skip what is in them: it is not painted then.
    pub bounded: HashMap<BoxId, bool>,
}

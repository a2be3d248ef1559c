use crate::{Control, ImageId, Images};
use std::{fmt, rc::Rc};
use thru_cssom::Style;
use thru_dom::NodeId;

/// Number of a box in its [`RenderTree`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BoxId(pub u32);

impl BoxId {
    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for BoxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "box{}", self.0)
    }
}

/// Which generated box this is; `None` in [`RenderBox::pseudo`] is the element's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Generated {
    /// `::before`.
    Before,
    /// `::after`.
    After,
    /// `::marker`.
    Marker,
    /// `::first-letter`.
    FirstLetter,
    /// `::first-line`.
    FirstLine,
    /// `::placeholder`.
    Placeholder,
    /// `::details-content`.
    DetailsContent,
    /// An anonymous box (CSS 2 sections 9.2.1.1 and 17.2.1).
    Anonymous,
}

/// Which side of the outer display type the box is on. Floats and absolutely positioned boxes and
/// the children of flex and grid containers are `Block` (CSS Display section 2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Block-level.
    Block,
    /// Inline-level.
    Inline,
    /// Part of a table's inside.
    Table,
}

/// Sizes that a replaced element has by itself, CSS px (CSS Images section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct NaturalSize {
    /// Width.
    pub width: Option<f32>,
    /// Height.
    pub height: Option<f32>,
    /// Width by height.
    pub ratio: Option<f32>,
}

/// A replaced element.
#[derive(Clone, Debug)]
pub struct Replaced {
    /// What it shows; `None` paints nothing inside (frame, canvas, video).
    pub image: Option<ImageId>,
    /// Its own sizes. Where width and height are both missing layout falls back on 300 by 150.
    pub natural: NaturalSize,
}

/// What a box is. Whether it is block-level or inline-level stands in [`RenderBox::level`].
#[derive(Clone, Debug)]
pub enum BoxKind {
    /// A block container. Its children are all block-level, or all inline-level (and out-of-flow
    /// boxes among either).
    BlockContainer,
    /// A flex container; every child is an item (block-level) or out of flow.
    Flex,
    /// A grid container; every child is an item (block-level) or out of flow.
    Grid,
    /// An inline box. When a block-level child broke it, there is one box for each part.
    Inline {
        /// This part has the start margin, border and padding.
        starts: bool,
        /// This part has the end margin, border and padding.
        ends: bool,
    },
    /// A run of text as in the source: white space not collapsed, `text-transform` not applied.
    Text(Rc<str>),
    /// A forced line break (`<br>`).
    LineBreak,
    /// A place where a line may break (`<wbr>`).
    WordBreak,
    /// A replaced element.
    Replaced(Replaced),
    /// A form control that layout sizes from its font.
    Control(Control),
    /// A table: wrapper and grid in one box, with the element's style. Children: captions,
    /// columns, row groups (anonymous ones where missing).
    Table,
    /// `table-caption`.
    TableCaption,
    /// `table-column-group`; children are its columns.
    TableColumnGroup {
        /// Columns if it has no children.
        span: u32,
    },
    /// `table-column`.
    TableColumn {
        /// Columns.
        span: u32,
    },
    /// `table-row-group`, `table-header-group`, `table-footer-group`: see the style's display.
    TableRowGroup,
    /// `table-row`; children are cells.
    TableRow,
    /// `table-cell`: a block container.
    TableCell {
        /// Columns, from 1.
        columns: u32,
        /// Rows; 0 is all that are left in the group.
        rows: u32,
    },
    /// A base with its annotations, inline-level: a block for the base, then one for each annotation (CSS Ruby 1
    /// section 2.3).
    RubyColumn,
    /// A list item's marker that stands outside; inside markers are plain inline boxes.
    /// Children are its inline content. First child of the list item.
    OutsideMarker,
}

/// Traits of a box that its element brings and no style says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Manner {
    /// Content is centred in the block direction and the width shrinks to fit (`<button>`).
    pub button: bool,
    /// `<fieldset>`: a [`Manner::legend`] child stands in its top border.
    pub fieldset: bool,
    /// The rendered legend of the fieldset around it.
    pub legend: bool,
    /// A marker that is a sign and no text: it does not make its line higher, whatever font it is from.
    pub sign: bool,
    /// `list-item`: has a marker.
    pub list_item: bool,
    /// What it is to a ruby.
    pub ruby: Option<crate::RubyPart>,
    /// The body element: the canvas takes its background and the viewport its overflow.
    pub body: bool,
}

/// One box.
#[derive(Clone)]
pub struct RenderBox {
    /// What it is.
    pub kind: BoxKind,
    /// Block-level, inline-level or inside a table.
    pub level: Level,
    /// The element or text node that it comes from; for generated boxes their element.
    pub node: NodeId,
    /// Set for generated and anonymous boxes.
    pub generated: Option<Generated>,
    /// Traits from the element.
    pub manner: Manner,
    /// Computed values. Text has its parent's.
    pub style: Style,
    /// Box around it.
    pub parent: Option<BoxId>,
    /// For a block-level box that broke an inline box: the part before it, which it would be in (CSS 2 section
    /// 9.2.1.1).
    pub broke: Option<BoxId>,
    /// The box that it stands in for on the first line of a block (CSS Pseudo-Elements 4 section 2.1).
    pub instead_of: Option<BoxId>,
    /// Boxes in it, in order.
    pub children: Vec<BoxId>,
}

impl RenderBox {
    /// Whether `float` applies.
    pub fn is_floating(&self) -> bool {
        !self.is_text() && self.style.get_box().float.is_floating() && !self.is_absolute()
    }

    /// Whether it is absolutely positioned or fixed.
    pub fn is_absolute(&self) -> bool {
        !self.is_text() && self.style.get_box().position.is_absolutely_positioned()
    }

    /// Whether it is in the normal flow.
    pub fn is_in_flow(&self) -> bool {
        !self.is_floating() && !self.is_absolute()
    }

    /// Whether it is a run of text or a break.
    pub fn is_text(&self) -> bool {
        matches!(
            self.kind,
            BoxKind::Text(_) | BoxKind::LineBreak | BoxKind::WordBreak
        )
    }

    /// Whether it is the element's own box.
    pub fn is_principal(&self) -> bool {
        self.generated.is_none() && !self.is_text()
    }
}

/// How many boxes of which sort there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counts {
    /// Elements without a box.
    pub hidden: u32,
    /// Anonymous boxes.
    pub anonymous: u32,
    /// `::before`, `::after`, `::marker`, `::first-letter`.
    pub generated: u32,
}

/// The tree of boxes.
#[derive(Clone)]
pub struct RenderTree {
    pub(crate) boxes: Vec<RenderBox>,
    /// The root element's box; `None` if nothing is shown.
    pub root: Option<BoxId>,
    /// Blocks whose first lines have a style of their own, with the boxes for it, which are in no other's children.
    pub first_lines: std::collections::BTreeMap<BoxId, crate::FirstLine>,
    /// The images of the page.
    pub images: Rc<Images>,
    /// Counts for the event.
    pub counts: Counts,
    /// What the page asks for and is not built.
    pub unsupported: Vec<crate::Unsupported>,
}

impl RenderTree {
    /// A box.
    pub fn get(&self, id: BoxId) -> &RenderBox {
        &self.boxes[id.index()]
    }

    /// A box, to change.
    pub fn get_mut(&mut self, id: BoxId) -> &mut RenderBox {
        &mut self.boxes[id.index()]
    }

    /// The box itself, or that which it stands in for.
    pub fn original(&self, id: BoxId) -> BoxId {
        self.get(id).instead_of.unwrap_or(id)
    }

    /// Adds a box under `parent`, last.
    pub fn push(&mut self, mut new: RenderBox, parent: Option<BoxId>) -> BoxId {
        let id = BoxId(self.boxes.len() as u32);
        new.parent = parent;
        self.boxes.push(new);
        if let Some(parent) = parent {
            self.boxes[parent.index()].children.push(id);
        }
        id
    }

    /// Number of boxes; ids are below it.
    pub fn len(&self) -> usize {
        self.boxes.len()
    }

    /// Whether there is no box.
    pub fn is_empty(&self) -> bool {
        self.boxes.is_empty()
    }

    /// All ids.
    pub fn ids(&self) -> impl Iterator<Item = BoxId> + use<> {
        (0..self.boxes.len() as u32).map(BoxId)
    }
}

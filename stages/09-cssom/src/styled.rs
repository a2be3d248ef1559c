use crate::container_query::{ContainerBox, ContainerQuery, Marks};
use crate::element::ElementRef;
use crate::node::StyleTree;
use crate::sheets::{StyleSet, lock};
use crate::slot::SlotMaker;
use crate::traversal::traverse;
use crate::why::NamedSheet;
use crate::{FontFace, Style};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use style::context::{CascadeInputs, QuirksMode};
use style::dom::TElement;
use style::properties::{ComputedValues, cascade::FirstLineReparenting};
use style::selector_parser::PseudoElement;
use style::servo_arc::Arc;
use style::shared_lock::StylesheetGuards;
use style::stylesheets::UrlExtraData;
use style::stylist::{RuleInclusion, Stylist};
use style::values::computed::font::SingleFontFamily;
use thru_dom::{Document, NodeId};
use thru_events::{Cause, Tap, cssom::CssomEvent};
use url::Url;

/// Which pseudo-element's style is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pseudo {
    /// `::before`.
    Before,
    /// `::after`.
    After,
    /// `::marker`.
    Marker,
    /// `::first-letter`.
    FirstLetter,
    /// `::first-line`: of block containers only.
    FirstLine,
    /// `::placeholder`.
    Placeholder,
    /// `::details-content`: what an open `<details>` shows besides its summary.
    DetailsContent,
}

/// Which anonymous box's style is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anonymous {
    /// A block container.
    Block,
    /// A table.
    Table,
    /// A table row.
    Row,
    /// A table cell.
    Cell,
}

/// Width and height of the content boxes of size containers, CSS px; `None` along an axis without size containment.
pub type ContainerSizes = BTreeMap<NodeId, [Option<f32>; 2]>;

/// The computed values of a document.
pub struct Styled {
    primary: Vec<Option<Style>>,
    pseudos: BTreeMap<(NodeId, Pseudo), Style>,
    stylist: Stylist,
    sheets: Vec<NamedSheet>,
    quirks: QuirksMode,
    /// How many sheets and rules there are.
    counts: (u32, u32),
    asks_containers: bool,
    queries: Vec<ContainerQuery>,
    /// `@font-face` rules in cascade order.
    pub font_faces: Vec<FontFace>,
    /// `StylesComputed`.
    pub cause: Cause,
}

impl Styled {
    /// Computed values of an element; `None` for other nodes and inside `display: none`.
    pub fn computed(&self, node: NodeId) -> Option<Style> {
        self.primary.get(node.index()).cloned().flatten()
    }

    /// Computed values of a pseudo-element, if it exists.
    pub fn pseudo(&self, node: NodeId, which: Pseudo) -> Option<Style> {
        self.pseudos.get(&(node, which)).cloned()
    }

    /// Whether any element has this pseudo-element.
    pub fn has_any(&self, which: Pseudo) -> bool {
        self.pseudos.keys().any(|(_, pseudo)| *pseudo == which)
    }

    /// Values that an element or pseudo-element would have in a box with `parent`'s values: what it inherits is
    /// computed anew (CSS Pseudo-Elements 4 section 2.1.3).
    pub fn reparented(&self, style: &ComputedValues, parent: &ComputedValues) -> Style {
        let lock = lock();
        let guard = lock.read();
        self.stylist.cascade_style_and_visited::<ElementRef<'_>>(
            None,
            Some(&PseudoElement::ServoAnonymousBox),
            &CascadeInputs::new_from_style(style),
            &StylesheetGuards::same(&guard),
            Some(parent),
            Some(parent),
            FirstLineReparenting::Yes {
                style_to_reparent: style,
            },
            &Default::default(),
            None,
            &mut Default::default(),
            &mut Default::default(),
        )
    }

    /// Computed values of an anonymous box inside a box with `parent`'s values.
    pub fn anonymous(&self, parent: &ComputedValues, which: Anonymous) -> Style {
        let pseudo = match which {
            Anonymous::Block => PseudoElement::ServoAnonymousBox,
            Anonymous::Table => PseudoElement::ServoAnonymousTable,
            Anonymous::Row => PseudoElement::ServoAnonymousTableRow,
            Anonymous::Cell => PseudoElement::ServoAnonymousTableCell,
        };
        let lock = lock();
        let guard = lock.read();
        self.stylist.style_for_anonymous::<ElementRef<'_>>(
            &StylesheetGuards::same(&guard),
            &pseudo,
            parent,
        )
    }

    /// The `@container` rules of all sheets.
    pub(crate) fn queries(&self) -> &[ContainerQuery] {
        &self.queries
    }

    /// The author sheets, in cascade order.
    pub(crate) fn sheets(&self) -> &[NamedSheet] {
        &self.sheets
    }

    /// The screen that media queries are asked of.
    pub(crate) fn device(&self) -> &style::device::Device {
        self.stylist.device()
    }

    /// The initial values on this device.
    pub fn initial(&self) -> Style {
        self.stylist.device().default_computed_values_arc().clone()
    }

    /// Every family name that some element or pseudo-element asks for, in lower case.
    pub fn font_families(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for style in self.primary.iter().flatten().chain(self.pseudos.values()) {
            for family in style.get_font().font_family.families.iter() {
                if let SingleFontFamily::FamilyName(name) = family
                    && !found.contains(&*name.name)
                {
                    found.insert(name.name.to_lowercase());
                }
            }
        }
        found
    }

    /// Every absolute URL of an image that the computed values name, each once, in tree order.
    pub fn image_urls(&self) -> Vec<Url> {
        let mut found = Vec::new();
        let styles = self.primary.iter().flatten().chain(self.pseudos.values());
        for style in styles {
            crate::image_urls::collect(style, &mut found);
        }
        found
    }
}

/// Runs the cascade over a document. `url` is the document's URL (its fragment is `:target`),
/// `base` the base of URLs in style attributes. Emits `StylesComputed` and `FontFaceFound`.
pub fn style(
    mut set: StyleSet,
    document: &Document,
    url: &Url,
    base: &Url,
    tap: &Tap,
    cause: Cause,
) -> Styled {
    set.finish();
    let cascade = Cascade {
        stylist: &set.stylist,
        quirks: set.quirks,
        document,
        url,
        base,
    };
    let (primary, pseudos) = cascade.run(&ContainerSizes::new(), &Marks::new());
    let lock = lock();
    let guard = lock.read();
    let font_faces = crate::font_face::collect(&set.stylist, &guard);
    let elements = primary.iter().flatten().count() as u32;
    let cause = tap.emit(cause, || CssomEvent::StylesComputed {
        elements,
        sheets: set.sheets(),
        rules: set.rules(),
    });
    for face in &font_faces {
        for source in &face.urls {
            tap.emit(cause, || CssomEvent::FontFaceFound {
                family: face.family.clone(),
                url: source.to_string(),
            });
        }
    }
    drop(guard);
    Styled {
        primary,
        pseudos,
        quirks: set.quirks,
        counts: (set.sheets(), set.rules()),
        asks_containers: set.asks_containers,
        queries: std::mem::take(&mut set.queries),
        sheets: set.take_sheets(),
        stylist: set.stylist,
        font_faces,
        cause,
    }
}

/// One run of the cascade over a document.
struct Cascade<'a> {
    stylist: &'a Stylist,
    quirks: QuirksMode,
    document: &'a Document,
    url: &'a Url,
    base: &'a Url,
}

impl Cascade<'_> {
    fn run(&self, sizes: &ContainerSizes, marks: &Marks) -> Taken {
        let base = UrlExtraData(Arc::new(self.base.clone()));
        let lock = lock();
        let slots = SlotMaker {
            document: self.document,
            lock: &lock,
            base: &base,
            quirks: self.quirks,
            target: self.url.fragment().map(str::to_owned),
            blocks: BTreeMap::new(),
            marks,
        }
        .slots();
        for (node, size) in sizes {
            if let Some(slot) = slots.get(node.index()) {
                slot.container_size.set(*size);
            }
        }
        let tree = StyleTree {
            document: self.document,
            slots,
            lock: lock.clone(),
            quirks: self.quirks,
        }
        .settle();
        let guard = lock.read();
        let guards = StylesheetGuards::same(&guard);
        if let Some(root) = self.document.root_element() {
            traverse(self.stylist, guards.clone(), ElementRef(tree.node(root)));
        }
        take(&tree, self.stylist, &guards)
    }
}

impl Styled {
    /// The elements whose sizes some sheet may ask for (CSS Containment 3 section 4.1).
    pub fn containers(&self) -> Vec<NodeId> {
        if !self.asks_containers {
            return Vec::new();
        }
        let nodes = self.primary.iter().enumerate();
        let containers = nodes.filter(|(_, style)| {
            let style = style.as_ref();
            style.is_some_and(|s| s.get_box().container_type.is_size_container_type())
        });
        containers.map(|(index, _)| NodeId(index as u32)).collect()
    }

    /// Which queries apply to which elements: the nearest container around that can be asked decides.
    fn marks(&self, sizes: &ContainerSizes, document: &Document) -> Marks {
        let mut marks = Marks::new();
        if self.queries.is_empty() {
            return marks;
        }
        let style = |node: NodeId| self.primary.get(node.index())?.as_ref();
        let font_size = |node: Option<NodeId>| {
            let style = node.and_then(style);
            style.map_or(16.0, |style| {
                style.get_font().font_size.computed_size().px()
            })
        };
        let root_font_size = font_size(document.root_element());
        // For each element the answers of the containers around, by query; parents come before children.
        let mut answers: BTreeMap<NodeId, Rc<Vec<Option<bool>>>> = BTreeMap::new();
        let nothing = Rc::new(vec![None; self.queries.len()]);
        for node in document.descendants(NodeId::DOCUMENT) {
            if document.element(node).is_none() {
                continue;
            }
            let parent = document.node(node).parent;
            let around = parent.and_then(|parent| answers.get(&parent));
            let around = around.unwrap_or(&nothing).clone();
            let applies = around.iter().enumerate();
            let applies = applies.filter(|(_, answer)| **answer == Some(true));
            let applies: Vec<usize> = applies.map(|(number, _)| number).collect();
            if !applies.is_empty() {
                marks.insert(node, applies);
            }
            let mut inside = around;
            if let (Some(size), Some(style)) = (sizes.get(&node), style(node)) {
                let container = ContainerBox {
                    size: *size,
                    font_size: font_size(Some(node)),
                    root_font_size,
                };
                let mut own = (*inside).clone();
                for (query, answer) in self.queries.iter().zip(&mut own) {
                    if query.may_ask(style, *size) {
                        *answer = Some(query.fits(&container));
                    }
                }
                inside = Rc::new(own);
            }
            answers.insert(node, inside);
        }
        marks
    }

    /// The cascade again, with what layout found out about the containers. Emits `StylesComputed`.
    pub fn in_containers(
        self,
        sizes: &ContainerSizes,
        document: &Document,
        (url, base): (&Url, &Url),
        tap: &Tap,
        cause: Cause,
    ) -> Styled {
        let cascade = Cascade {
            stylist: &self.stylist,
            quirks: self.quirks,
            document,
            url,
            base,
        };
        let marks = self.marks(sizes, document);
        let (primary, pseudos) = cascade.run(sizes, &marks);
        let elements = primary.iter().flatten().count() as u32;
        let (sheets, rules) = self.counts;
        let cause = tap.emit(cause, || CssomEvent::StylesComputed {
            elements,
            sheets,
            rules,
        });
        Styled {
            primary,
            pseudos,
            cause,
            ..self
        }
    }
}

type Taken = (Vec<Option<Style>>, BTreeMap<(NodeId, Pseudo), Style>);

/// Takes the results out of stylo's per-element data.
fn take<'a>(tree: &'a StyleTree<'a>, stylist: &Stylist, guards: &StylesheetGuards<'_>) -> Taken {
    let mut primary = Vec::with_capacity(tree.document.len());
    let mut pseudos = BTreeMap::new();
    for index in 0..tree.document.len() as u32 {
        let node = tree.node(NodeId(index));
        let element = node.as_element_ref();
        let styles = element.and_then(|element| {
            let data = element.borrow_data()?;
            data.has_styles().then(|| data.styles.clone())
        });
        let (Some(element), Some(styles)) = (element, styles) else {
            primary.push(None);
            continue;
        };
        let own = styles.primary();
        let eager = [
            (PseudoElement::Before, Pseudo::Before),
            (PseudoElement::After, Pseudo::After),
            (PseudoElement::FirstLetter, Pseudo::FirstLetter),
        ];
        for (pseudo, name) in eager {
            if let Some(style) = styles.pseudos.get(&pseudo) {
                pseudos.insert((node.id(), name), style.clone());
            }
        }
        for (pseudo, name) in lazy_pseudos(element, own) {
            let style = stylist.lazily_compute_pseudo_element_style(
                guards,
                element,
                &pseudo,
                RuleInclusion::All,
                own,
                // A first line without rules is as its block.
                name == Pseudo::FirstLine,
                None,
            );
            if let Some(style) = style {
                pseudos.insert((node.id(), name), style);
            }
        }
        primary.push(Some(own.clone()));
    }
    (primary, pseudos)
}

fn lazy_pseudos(element: ElementRef<'_>, style: &ComputedValues) -> Vec<(PseudoElement, Pseudo)> {
    let mut wanted = Vec::new();
    if style.get_box().display.is_list_item() {
        wanted.push((PseudoElement::Marker, Pseudo::Marker));
    }
    if may_have_first_line(style) {
        // Under that name in the sheets, see `carried`.
        wanted.push((PseudoElement::Backdrop, Pseudo::FirstLine));
    }
    if element.element().is_html("details") {
        wanted.push((PseudoElement::DetailsContent, Pseudo::DetailsContent));
    }
    if element.element().has("placeholder") {
        wanted.push((PseudoElement::Placeholder, Pseudo::Placeholder));
    }
    wanted
}

/// Block containers have a first line (CSS Pseudo-Elements section 2.1).
fn may_have_first_line(style: &ComputedValues) -> bool {
    use style::values::specified::box_::{DisplayInside, DisplayOutside};
    let display = style.get_box().display;
    match display.inside() {
        DisplayInside::FlowRoot | DisplayInside::TableCell => true,
        DisplayInside::Flow => matches!(
            display.outside(),
            DisplayOutside::Block | DisplayOutside::TableCaption
        ),
        _ => false,
    }
}

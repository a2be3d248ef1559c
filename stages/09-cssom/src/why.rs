//! Which declaration won and which lost (CSS Cascade 5 section 6).

use crate::Styled;
use crate::container_query::ContainerQuery;
use crate::container_rules::as_written;
use crate::sheets::lock;
use std::collections::{BTreeMap, BTreeSet};
use style::device::Device;
use style::properties::{ComputedValues, Importance, PropertyDeclarationId};
use style::rule_tree::CascadeOrigin;
use style::shared_lock::SharedRwLockReadGuard;
use style::stylesheets::{
    CssRule, CustomMediaMap, DocumentStyleSheet, StylesheetContents, StylesheetInDocument,
};
use style_traits::CssStringWriter;
use thru_dom::NodeId;
use thru_events::{Cause, Tap, cssom::CssomEvent};

/// Most declarations that are stated of one element.
pub const DECLARATIONS_STATED: usize = 512;

/// Characters of a rule's selectors that are stated.
const RULE_SHOWN: usize = 80;

/// A sheet and its name in events.
pub(crate) type NamedSheet = (DocumentStyleSheet, String);

/// A declaration that applies to an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Longhand or custom property.
    pub property: String,
    /// Specified value.
    pub value: String,
    /// Computed value of the property, whoever won.
    pub computed: String,
    /// `!important`.
    pub important: bool,
    /// Where it stands.
    pub place: Place,
    /// Where the declaration stands that won over it.
    pub lost_to: Option<Place>,
}

/// Where a declaration stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Selectors, or what stands for them.
    pub rule: String,
    /// Cascade origin: author, user agent, presentational hint.
    pub origin: &'static str,
    /// Name of the sheet; empty for an attribute.
    pub source: String,
    /// Line of the rule in the sheet, from 1; 0 for an attribute.
    pub line: u32,
}

impl Place {
    fn attribute(rule: &str, origin: &'static str) -> Place {
        Place {
            rule: rule.to_owned(),
            origin,
            source: String::new(),
            line: 0,
        }
    }

    /// The rule, the sheet and the line, as far as there are.
    pub fn words(&self) -> String {
        match (self.source.is_empty(), self.line) {
            (true, _) => self.rule.clone(),
            (false, line) => format!("{} ({} line {line})", self.rule, self.source),
        }
    }
}

impl Styled {
    /// Every declaration that applies to an element, strongest rule first; of one property the
    /// first is the one that won.
    pub fn declared(&self, node: NodeId) -> Vec<Declared> {
        let Some(style) = self.computed(node) else {
            return Vec::new();
        };
        let lock = lock();
        let guard = lock.read();
        let places = Places::of(self.sheets(), self.queries(), self.device(), &guard);
        let mut won: BTreeMap<String, Place> = BTreeMap::new();
        let mut found = Vec::new();
        let rules = style.rules.as_ref();
        for rule in rules.iter().flat_map(|rule| rule.self_and_ancestors()) {
            let Some(source) = rule.style_source() else {
                continue;
            };
            let (level, block) = (rule.cascade_level(), source.read(&guard));
            let place = places.find(key(source.get()), level.origin());
            // Of one property in a block the last declaration counts.
            let mut seen = BTreeSet::new();
            for (declaration, importance) in block.declaration_importance_iter().rev() {
                let name = declaration.id().name().into_owned();
                let decides = physical(&style, declaration.id());
                if importance != rule.importance() || !seen.insert(decides.clone()) {
                    continue;
                }
                let mut value = CssStringWriter::new();
                if declaration.to_css(&mut value).is_err() {
                    continue;
                }
                found.push(Declared {
                    computed: computed(&style, declaration.id()),
                    value: value.to_string(),
                    important: importance == Importance::Important,
                    lost_to: won.get(&decides).cloned(),
                    place: place.clone(),
                    property: name,
                });
                won.entry(decides).or_insert_with(|| place.clone());
            }
        }
        found
    }

    /// States the declarations of an element that `element` names. Emits `DeclarationWon` and
    /// `DeclarationLost`.
    pub fn state_declared(&self, node: NodeId, element: &str, tap: &Tap) {
        if !tap.is_on() {
            return;
        }
        for declared in self.declared(node).into_iter().take(DECLARATIONS_STATED) {
            state(declared, element, tap, self.cause);
        }
    }
}

fn state(declared: Declared, element: &str, tap: &Tap, cause: Cause) {
    let Place {
        rule,
        origin,
        source,
        line,
    } = declared.place;
    let (element, origin) = (element.to_owned(), origin.to_owned());
    let Declared {
        property,
        value,
        computed,
        important,
        ..
    } = declared;
    match declared.lost_to {
        None => tap.emit(cause, || CssomEvent::DeclarationWon {
            element,
            property,
            value,
            computed,
            important,
            rule,
            origin,
            source,
            line,
        }),
        Some(by) => tap.emit(cause, || CssomEvent::DeclarationLost {
            element,
            property,
            value,
            important,
            rule,
            origin,
            source,
            line,
            by: by.words(),
        }),
    };
}

/// The property that a declaration decides: of a logical one the physical one (CSS Logical
/// Properties 1 section 4).
fn physical(style: &ComputedValues, id: PropertyDeclarationId<'_>) -> String {
    match id {
        PropertyDeclarationId::Longhand(id) => id.to_physical(style.writing_mode).name().to_owned(),
        PropertyDeclarationId::Custom(_) => id.name().into_owned(),
    }
}

/// The computed value of a property, as text.
fn computed(style: &ComputedValues, id: PropertyDeclarationId<'_>) -> String {
    let mut text = CssStringWriter::new();
    match id {
        PropertyDeclarationId::Longhand(id) => {
            // Writing into memory fails for no value.
            let _ = style.computed_or_resolved_value(id, None, &mut text);
        }
        PropertyDeclarationId::Custom(_) => {}
    }
    text.to_string()
}

/// A list of selectors, cut after [`RULE_SHOWN`] characters.
fn shortened(selectors: String) -> String {
    match selectors.char_indices().nth(RULE_SHOWN) {
        None => selectors,
        Some((at, _)) => format!("{}…", &selectors[..at]),
    }
}

/// The places of the declaration blocks, by address.
struct Places<'q> {
    all: BTreeMap<usize, Place>,
    /// The `@container` rules of all sheets.
    queries: &'q [ContainerQuery],
}

fn key<T>(block: &style::servo_arc::Arc<T>) -> usize {
    let place: *const T = &**block;
    place as usize
}

impl Places<'_> {
    fn of<'q>(
        sheets: &[NamedSheet],
        queries: &'q [ContainerQuery],
        device: &Device,
        guard: &SharedRwLockReadGuard<'_>,
    ) -> Places<'q> {
        let all = BTreeMap::new();
        let mut places = Places { all, queries };
        let own = crate::sheets::user_agent_sheets();
        for sheet in own {
            let contents = sheet.contents(guard);
            places.add(
                contents,
                "the browser's own sheet",
                "user agent",
                device,
                guard,
            );
        }
        for (sheet, name) in sheets {
            places.add(sheet.contents(guard), name, "author", device, guard);
        }
        places
    }

    fn add(
        &mut self,
        contents: &StylesheetContents,
        name: &str,
        origin: &'static str,
        device: &Device,
        guard: &SharedRwLockReadGuard<'_>,
    ) {
        let custom = CustomMediaMap::default();
        let rules = || contents.effective_rules(device, &custom, guard);
        // Imported rules come first, so that they keep the name of their own sheet.
        for rule in rules() {
            if let CssRule::Import(import) = rule {
                let import = import.read_with(guard);
                let url = import.url.as_str().to_owned();
                if let Some(sheet) = import.stylesheet.as_sheet() {
                    self.add(sheet.contents(guard), &url, origin, device, guard);
                }
            }
        }
        let mut around = String::new();
        for rule in rules() {
            let (block, rule, location) = match rule {
                CssRule::Style(rule) => {
                    let rule = rule.read_with(guard);
                    let selectors = cssparser::ToCss::to_css_string(&rule.selectors);
                    around = shortened(as_written(&selectors, self.queries));
                    (key(&rule.block), around.clone(), rule.source_location)
                }
                CssRule::NestedDeclarations(rule) => {
                    let rule = rule.read_with(guard);
                    (key(&rule.block), around.clone(), rule.source_location)
                }
                _ => continue,
            };
            self.all.entry(block).or_insert_with(|| Place {
                rule,
                origin,
                source: name.to_owned(),
                line: location.line + 1,
            });
        }
    }

    fn find(&self, block: usize, origin: CascadeOrigin) -> Place {
        match self.all.get(&block) {
            Some(place) => place.clone(),
            None if origin == CascadeOrigin::PresHints => {
                Place::attribute("attributes of the element", "presentational hint")
            }
            None => Place::attribute("style attribute", "author"),
        }
    }
}

use crate::container_query::ContainerQuery;
use crate::device::{Screen, device};
use crate::why::NamedSheet;
use cssparser::{Parser, SourceLocation};
use std::cell::RefCell;
use style::context::QuirksMode;
use style::error_reporting::{ContextualParseError, ParseErrorReporter};
use style::media_queries::MediaList;
use style::parser::ParserContext;
use style::servo_arc::Arc;
use style::shared_lock::{Locked, SharedRwLock};
use style::stylesheets::import_rule::{
    ImportLayer, ImportRule, ImportSheet, ImportSupportsCondition,
};
use style::stylesheets::{
    AllowImportRules, CssRuleType, DocumentStyleSheet, Origin, Stylesheet, StylesheetInDocument,
    StylesheetLoader, UrlExtraData,
};
use style::stylist::Stylist;
use style::values::CssUrl;
use style_traits::ParsingMode;
use thru_dom::Quirks;
use thru_events::{Cause, Tap, cssom::CssomEvent};
use url::Url;

/// How many ignored declarations are stated per sheet.
pub const IGNORED_DECLARATIONS_STATED: usize = 50;

/// Most `@import` rules that are followed on one page.
pub const IMPORTS_LIMIT: usize = 256;

thread_local! {
    /// One lock for all sheets of the thread, so that the user agent's are parsed once.
    static LOCK: SharedRwLock = SharedRwLock::new();
    static UA: Vec<DocumentStyleSheet> = vec![
        parse_ua(&format!("{}{}", include_str!("ua.css"), crate::carried::registrations())),
        parse_ua(include_str!("quirks.css")),
    ];
}

pub(crate) fn lock() -> SharedRwLock {
    LOCK.with(SharedRwLock::clone)
}

/// The sheets of the browser itself.
pub(crate) fn user_agent_sheets() -> Vec<DocumentStyleSheet> {
    UA.with(|sheets| sheets.to_vec())
}

fn parse_ua(text: &str) -> DocumentStyleSheet {
    let lock = lock();
    let url = Url::parse("about:user-agent").expect("a constant URL parses");
    DocumentStyleSheet(Arc::new(Stylesheet::from_str(
        &crate::carried::sheet(text),
        UrlExtraData(Arc::new(url)),
        Origin::UserAgent,
        Arc::new(lock.wrap(MediaList::empty())),
        lock,
        None,
        None,
        QuirksMode::NoQuirks,
        AllowImportRules::No,
    )))
}

/// An `@import` whose sheet is still missing.
#[derive(Clone)]
pub struct WantedImport {
    /// Where it is.
    pub url: Url,
    /// Sheet that has the rule.
    pub importer: String,
    /// Line of the rule, from 1.
    pub line: u32,
    rule: Arc<Locked<ImportRule>>,
    media: Arc<Locked<MediaList>>,
}

/// The style sheets of a page, in cascade order.
pub struct StyleSet {
    pub(crate) stylist: Stylist,
    pub(crate) quirks: QuirksMode,
    wanted: Vec<WantedImport>,
    imports: usize,
    appended: Vec<NamedSheet>,
    sheets: u32,
    rules: u32,
    /// Some sheet asks for the size of a container.
    pub(crate) asks_containers: bool,
    /// The `@container` rules of all sheets.
    pub(crate) queries: Vec<ContainerQuery>,
    tap: Tap,
}

pub(crate) fn quirks_of(quirks: Quirks) -> QuirksMode {
    match quirks {
        Quirks::No => QuirksMode::NoQuirks,
        Quirks::Limited => QuirksMode::LimitedQuirks,
        Quirks::Full => QuirksMode::Quirks,
    }
}

impl StyleSet {
    /// A set with only the user agent's sheets.
    pub fn new(screen: Screen, quirks: Quirks, tap: &Tap) -> StyleSet {
        crate::preferences::set();
        let quirks = quirks_of(quirks);
        let mut stylist = Stylist::new(device(screen, quirks), quirks);
        UA.with(|sheets| {
            let lock = lock();
            let guard = lock.read();
            stylist.append_stylesheet(sheets[0].clone(), &guard);
            if quirks == QuirksMode::Quirks {
                stylist.append_stylesheet(sheets[1].clone(), &guard);
            }
        });
        StyleSet {
            stylist,
            quirks,
            wanted: Vec::new(),
            imports: 0,
            appended: Vec::new(),
            sheets: 0,
            rules: 0,
            asks_containers: false,
            queries: Vec::new(),
            tap: tap.clone(),
        }
    }

    /// Whether a `media` attribute fits the screen.
    pub fn media_fits(&self, media: &str) -> bool {
        if media.trim().is_empty() {
            return true;
        }
        let list = self.parse_media(media, &about_blank());
        list.evaluate(
            self.stylist.device(),
            self.quirks,
            &mut style::stylesheets::CustomMediaEvaluator::none(),
        )
    }

    fn parse_media(&self, media: &str, url: &UrlExtraData) -> MediaList {
        let mut context = ParserContext::new(
            Origin::Author,
            url,
            Some(CssRuleType::Media),
            ParsingMode::DEFAULT,
            self.quirks,
            Default::default(),
            None,
            None,
            Default::default(),
        );
        MediaList::parse(&mut context, &mut Parser::new(media))
    }

    /// Adds an author sheet after those before. `url` is its base, `source` its name in events
    /// (a URL or `<style>`). Emits `SheetParsed` and `DeclarationIgnored`; gives the id of the
    /// first, or `cause` where nothing is recorded.
    pub fn append(
        &mut self,
        text: &str,
        url: &Url,
        media: &str,
        source: &str,
        cause: Cause,
    ) -> Cause {
        let (sheet, parsed) = self.parse(text, url, media, source, cause);
        self.appended
            .push((DocumentStyleSheet(sheet), source.to_owned()));
        parsed
    }

    fn parse(
        &mut self,
        text: &str,
        url: &Url,
        media: &str,
        source: &str,
        cause: Cause,
    ) -> (Arc<Stylesheet>, Cause) {
        let data = UrlExtraData(Arc::new(url.clone()));
        let media = Arc::new(lock().wrap(self.parse_media(media, &data)));
        let loader = ImportNoter {
            source,
            wanted: RefCell::default(),
        };
        let reporter = Reporter {
            ignored: RefCell::default(),
        };
        let on = self.tap.is_on();
        self.asks_containers |= asks_containers(text);
        let text_in_queries = crate::container_rules::rewrite(text, &mut self.queries);
        let carried = crate::carried::sheet(&text_in_queries);
        let sheet = Arc::new(Stylesheet::from_str(
            &carried,
            data,
            Origin::Author,
            media,
            lock(),
            Some(&loader),
            on.then_some(&reporter as &dyn ParseErrorReporter),
            self.quirks,
            AllowImportRules::Yes,
        ));
        self.sheets += 1;
        self.want(loader.wanted.into_inner());
        let parsed = match on {
            true => self.report(&sheet, text, source, reporter.ignored.into_inner(), cause),
            false => cause,
        };
        (sheet, parsed)
    }

    fn want(&mut self, imports: Vec<WantedImport>) {
        let room = IMPORTS_LIMIT.saturating_sub(self.imports);
        self.imports += imports.len().min(room);
        self.wanted.extend(imports.into_iter().take(room));
    }

    fn report(
        &mut self,
        sheet: &Stylesheet,
        text: &str,
        source: &str,
        ignored: Vec<(u32, String)>,
        cause: Cause,
    ) -> Cause {
        let lock = lock();
        let guard = lock.read();
        let rules = sheet.contents(&guard).rules(&guard).len() as u32;
        self.rules += rules;
        let parsed = self.tap.emit(cause, || CssomEvent::SheetParsed {
            source: source.to_owned(),
            rules,
            length: text.len() as u64,
        });
        for (line, what) in ignored {
            self.tap.emit(parsed, || CssomEvent::DeclarationIgnored {
                source: source.to_owned(),
                line,
                what,
            });
        }
        parsed
    }

    /// Takes the imports that are still missing.
    pub fn wanted_imports(&mut self) -> Vec<WantedImport> {
        std::mem::take(&mut self.wanted)
    }

    /// Gives an import its sheet; emits and gives the same as [`StyleSet::append`].
    pub fn provide_import(
        &mut self,
        import: &WantedImport,
        text: &str,
        url: &Url,
        cause: Cause,
    ) -> Cause {
        let (sheet, parsed) = self.parse(text, url, "", url.as_str(), cause);
        let with_media = {
            let lock = lock();
            let guard = lock.read();
            Arc::new(Stylesheet {
                contents: lock.wrap(sheet.contents.read_with(&guard).clone()),
                shared_lock: lock.clone(),
                media: import.media.clone(),
                disabled: std::sync::atomic::AtomicBool::new(false),
            })
        };
        let lock = lock();
        let mut guard = lock.write();
        import.rule.write_with(&mut guard).stylesheet = ImportSheet::new(with_media);
        parsed
    }

    /// Number of author sheets, imported ones included.
    pub fn sheets(&self) -> u32 {
        self.sheets
    }

    /// Number of rules at the top level of the author sheets.
    pub fn rules(&self) -> u32 {
        self.rules
    }

    /// The author sheets with their names, in cascade order.
    pub(crate) fn take_sheets(&mut self) -> Vec<NamedSheet> {
        std::mem::take(&mut self.appended)
    }

    /// Hands all sheets to the stylist. Imports are whole by now.
    pub(crate) fn finish(&mut self) {
        let lock = lock();
        let guard = lock.read();
        for (sheet, _) in &self.appended {
            self.stylist.append_stylesheet(sheet.clone(), &guard);
        }
        let guards = style::shared_lock::StylesheetGuards::same(&guard);
        self.stylist.flush(&guards);
    }
}

/// Whether a sheet may ask for the size of a container: by `@container`, or by a unit such as `cqi`.
fn asks_containers(text: &str) -> bool {
    let octets = text.as_bytes();
    let unit = |triple: &[u8]| {
        matches!(triple, [b'c' | b'C', b'q' | b'Q', last]
            if matches!(last.to_ascii_lowercase(), b'w' | b'h' | b'i' | b'b' | b'm'))
    };
    octets.windows(3).any(unit)
        || octets
            .windows(10)
            .any(|word| word.eq_ignore_ascii_case(b"@container"))
}

fn about_blank() -> UrlExtraData {
    UrlExtraData(Arc::new(
        Url::parse("about:blank").expect("a constant URL parses"),
    ))
}

/// Notes `@import` rules; their sheets are fetched after parsing.
struct ImportNoter<'a> {
    source: &'a str,
    wanted: RefCell<Vec<WantedImport>>,
}

impl StylesheetLoader for ImportNoter<'_> {
    fn request_stylesheet(
        &self,
        url: CssUrl,
        location: SourceLocation,
        lock: &SharedRwLock,
        media: Arc<Locked<MediaList>>,
        supports: Option<ImportSupportsCondition>,
        layer: ImportLayer,
    ) -> Arc<Locked<ImportRule>> {
        let target = url.url().map(|url| Url::clone(url));
        let fits = supports.as_ref().is_none_or(|supports| supports.enabled);
        let stylesheet = if fits {
            ImportSheet::new_pending()
        } else {
            ImportSheet::new_refused()
        };
        let rule = Arc::new(lock.wrap(ImportRule {
            url,
            stylesheet,
            supports,
            layer,
            source_location: location,
        }));
        if let Some(url) = target.filter(|_| fits) {
            self.wanted.borrow_mut().push(WantedImport {
                url,
                importer: self.source.to_owned(),
                line: location.line + 1,
                rule: rule.clone(),
                media,
            });
        }
        rule
    }
}

/// Collects what the parser passed over.
struct Reporter {
    ignored: RefCell<Vec<(u32, String)>>,
}

impl ParseErrorReporter for Reporter {
    fn report_error(
        &self,
        _: &UrlExtraData,
        location: SourceLocation,
        error: ContextualParseError,
    ) {
        let mut ignored = self.ignored.borrow_mut();
        if ignored.len() < IGNORED_DECLARATIONS_STATED {
            ignored.push((location.line + 1, error.to_string()));
        }
    }
}

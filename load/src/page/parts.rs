use super::work::Work;
use super::{InstalledFonts, OutOfTime, woff};
use crate::{Destination, Fetch, FetchOrder, Fetched};
use futures_util::future::{Either, join, join_all, select};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use std::collections::{BTreeMap, BTreeSet};
use std::future::{poll_fn, ready};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use thru_cssom::{FontFace, StyleSet, Styled, WantedImport};
use thru_dom::{Document, FoundSheet, NodeId, Quirks, Resources};
use thru_events::{
    Blame, Cause, Code, Failed, Stage, Tap, render_tree::RenderTreeEvent, trip::TripEvent,
};
use thru_layout::text::{Fonts, WebFont};
use thru_port::LocalFuture;
use thru_render_tree::{Broken, Images, RenderTree, decode};
use url::Url;

/// Most font files that one page may bring.
const FONT_FILES_LIMIT: usize = 64;

/// Gets the parts of a page and keeps them until they are needed.
pub(super) struct Parts<'a> {
    fetch: &'a dyn Fetch,
    dom: &'a Document,
    work: &'a Work<'a>,
    tap: &'a Tap,
    cause: Cause,
    images: Vec<(Url, Fetched)>,
    /// Images that were asked for and are on their way.
    coming: FuturesUnordered<LocalFuture<(Url, Option<Fetched>)>>,
    on_the_way: BTreeSet<Url>,
    asked: BTreeSet<Url>,
    /// Boxes cannot be built before all images are there.
    all_needed: bool,
    pub findings: Vec<(Stage, Failed)>,
}

impl<'a> Parts<'a> {
    pub(super) fn new(
        fetch: &'a dyn Fetch,
        dom: &'a Document,
        work: &'a Work<'a>,
        cause: Cause,
    ) -> Parts<'a> {
        Parts {
            fetch,
            dom,
            work,
            tap: work.tap,
            cause,
            images: Vec::new(),
            coming: FuturesUnordered::new(),
            on_the_way: BTreeSet::new(),
            asked: BTreeSet::new(),
            all_needed: false,
            findings: Vec::new(),
        }
    }

    fn order(&self, url: &Url, destination: Destination, initiator: String) -> FetchOrder {
        let mut url = url.clone();
        url.set_fragment(None);
        FetchOrder {
            url,
            destination,
            initiator: initiator.into(),
            cause: self.cause,
        }
    }

    /// One resource; `None` if it did not come or its status is an error. The fetcher states why.
    fn get(&self, order: FetchOrder) -> LocalFuture<Option<Fetched>> {
        let fetching = self.fetch.fetch(order);
        Box::pin(async move { good(fetching.await) })
    }

    /// Asks for the images of the document. They come while other things are waited for.
    pub(super) fn ask_images(&mut self, found: &Resources) {
        // An object that does not come is not even replaced.
        self.all_needed = found.images.iter().any(|(node, ..)| {
            let element = self.dom.element(*node);
            element.is_some_and(|element| element.is_html("object"))
        });
        let images = self.new_images(found.images.iter().map(|(node, url, line)| {
            let element = self
                .dom
                .element(*node)
                .map_or("?", |element| element.local());
            (url.clone(), format!("<{element}> line {line}"))
        }));
        self.ask(images);
    }

    fn ask(&mut self, images: Vec<(Url, String)>) {
        for (url, initiator) in images {
            let got = self.get(self.order(&url, Destination::Image, initiator));
            self.asked.insert(url.clone());
            self.on_the_way.insert(url.clone());
            self.coming.push(Box::pin(async move { (url, got.await) }));
        }
    }

    /// Waits for something, and takes the images that come in the meantime.
    async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            if self.coming.is_empty() {
                return work.await;
            }
            match select(work.as_mut(), self.coming.next()).await {
                Either::Left((done, _)) => return done,
                Either::Right((Some(came), _)) => self.came(came),
                Either::Right((None, _)) => {}
            }
        }
    }

    /// Takes the images that boxes cannot do without, and those that are there by now. Says which
    /// are still on their way.
    pub(super) async fn first_images(&mut self) -> BTreeSet<Url> {
        if self.all_needed {
            self.last_images().await;
        }
        while let Some(Some(came)) = self.coming.next().now_or_never() {
            self.came(came);
        }
        if !self.coming.is_empty() {
            self.meanwhile(yield_once()).await;
        }
        self.on_the_way.clone()
    }

    fn came(&mut self, (url, fetched): (Url, Option<Fetched>)) {
        self.on_the_way.remove(&url);
        self.images.extend(fetched.map(|fetched| (url, fetched)));
    }

    /// Takes the images that are still on their way.
    pub(super) async fn last_images(&mut self) {
        while let Some(came) = self.coming.next().await {
            self.came(came);
        }
    }

    /// Gets the style sheets with what they import.
    pub(super) async fn sheets(
        &mut self,
        set: &mut StyleSet,
        found: &Resources,
        base: &Url,
    ) -> Result<(), OutOfTime> {
        let sheets = found.sheets.iter().map(|sheet| self.sheet(set, sheet));
        let sheets = join_all(sheets);
        let sheets = self.meanwhile(sheets).await;
        for (sheet, fetched) in found.sheets.iter().zip(sheets) {
            self.append(set, sheet, fetched, base)?;
        }
        loop {
            let wanted = set.wanted_imports();
            if wanted.is_empty() {
                return Ok(());
            }
            let imports = join_all(wanted.iter().map(|import| self.import(import)));
            let fetched = self.meanwhile(imports).await;
            for (import, fetched) in wanted.iter().zip(fetched) {
                if let Some(fetched) = fetched.and_then(|fetched| self.as_css(fetched)) {
                    let step = self.work.begin(Stage::Cssom);
                    let text = self.css_text(&fetched);
                    let parsed = set.provide_import(import, &text, &fetched.url, fetched.cause);
                    step.end(parsed)?;
                }
            }
        }
    }

    /// Fetches a linked sheet whose media fit.
    fn sheet(&self, set: &StyleSet, sheet: &FoundSheet) -> LocalFuture<Option<Fetched>> {
        match sheet {
            FoundSheet::Linked {
                url, media, line, ..
            } if set.media_fits(media) => {
                let initiator = format!("<link> line {line}");
                self.get(self.order(url, Destination::Stylesheet, initiator))
            }
            _ => Box::pin(ready(None)),
        }
    }

    fn append(
        &mut self,
        set: &mut StyleSet,
        sheet: &FoundSheet,
        fetched: Option<Fetched>,
        base: &Url,
    ) -> Result<(), OutOfTime> {
        let fetched = fetched.and_then(|fetched| self.as_css(fetched));
        let step = self.work.begin(Stage::Cssom);
        let parsed = match (sheet, fetched) {
            (FoundSheet::Inline { text, media, .. }, _) => {
                set.append(text, base, media, "<style>", self.cause)
            }
            (FoundSheet::Linked { media, .. }, Some(fetched)) => {
                let (text, url) = (self.css_text(&fetched), &fetched.url);
                set.append(&text, url, media, url.as_str(), fetched.cause)
            }
            (FoundSheet::Linked { .. }, None) => None,
        };
        step.end(parsed)
    }

    fn import(&self, import: &WantedImport) -> LocalFuture<Option<Fetched>> {
        let initiator = format!("@import in {} line {}", import.importer, import.line);
        self.get(self.order(&import.url, Destination::Stylesheet, initiator))
    }

    /// The sheet, or a finding that it is of another type.
    fn as_css(&mut self, fetched: Fetched) -> Option<Fetched> {
        if self.is_css(&fetched) {
            return Some(fetched);
        }
        let url = shown(&fetched.url);
        let kind = fetched.content_type.as_deref().unwrap_or_default();
        let message = format!(
            "The style sheet {url} is not applied: it was sent as {kind}, not as text/css."
        );
        let code = Code::PageStylesheetMissing;
        let finding = Failed::new(code, Blame::PeerMisbehaved, url, message);
        self.find(Stage::Cssom, finding, fetched.cause);
        None
    }

    /// A sheet of another type is not applied, except in quirks mode (HTML section 4.6.7.18).
    fn is_css(&self, fetched: &Fetched) -> bool {
        let Some(kind) = &fetched.content_type else {
            return true;
        };
        let essence = kind.split(';').next().unwrap_or("").trim();
        let fits = essence.is_empty() || essence.eq_ignore_ascii_case("text/css");
        fits || self.dom.quirks == Quirks::Full
    }

    /// Decodes a sheet (CSS Syntax section 3.2): BOM, HTTP, `@charset`, the document's encoding.
    fn css_text(&self, fetched: &Fetched) -> String {
        thru_cssom::decode(
            &fetched.body,
            fetched.content_type.as_deref(),
            self.dom.encoding,
        )
    }

    fn new_images(&self, found: impl Iterator<Item = (Url, String)>) -> Vec<(Url, String)> {
        let mut new: Vec<(Url, String)> = Vec::new();
        for (url, initiator) in found {
            if !self.asked.contains(&url) && !new.iter().any(|(known, _)| *known == url) {
                new.push((url, initiator));
            }
        }
        new
    }

    /// Gets the fonts that the style uses, and the images that it names.
    pub(super) async fn fonts_and_images(&mut self, styled: &Styled, fonts: &mut Fonts) {
        let urls = styled.image_urls();
        // What a style shows may be a box of its own: markers, content.
        self.all_needed |= urls.iter().any(|url| self.asked.contains(url));
        let images = self.new_images(urls.into_iter().map(|url| (url, "style".to_owned())));
        let images = images.into_iter().map(|(url, initiator)| {
            let got = self.get(self.order(&url, Destination::Image, initiator));
            async move { (url, got.await) }
        });
        let images = join_all(images);
        let used = self.faces(styled);
        let files = join_all(used.iter().map(|face| self.face(face)));
        let (images, files) = self.meanwhile(join(images, files)).await;
        images.into_iter().for_each(|came| self.came(came));
        for (face, fetched) in used.into_iter().zip(files) {
            if let Some(fetched) = fetched {
                self.add_font(face, &fetched, fonts);
            }
        }
    }

    /// The faces whose family some element asks for and whose characters the page has.
    fn faces<'s>(&self, styled: &'s Styled) -> Vec<&'s FontFace> {
        if styled.font_faces.is_empty() {
            return Vec::new();
        }
        let families = styled.font_families();
        let characters: BTreeSet<u32> = self
            .dom
            .descendants(NodeId::DOCUMENT)
            .filter_map(|node| self.dom.text(node))
            .flat_map(|text| text.chars().map(u32::from))
            .collect();
        let is_used = |face: &&FontFace| {
            let ranges = &face.unicode_range;
            families.contains(&face.family.to_lowercase())
                && (ranges.is_empty()
                    || ranges.iter().any(|(low, high)| {
                        low <= high && characters.range(low..=high).next().is_some()
                    }))
        };
        styled
            .font_faces
            .iter()
            .filter(is_used)
            .take(FONT_FILES_LIMIT)
            .collect()
    }

    /// The first source of a face that comes.
    fn face(&self, face: &FontFace) -> impl Future<Output = Option<Fetched>> + use<'a> {
        let fetch = self.fetch;
        let orders: Vec<FetchOrder> = face
            .urls
            .iter()
            .map(|url| {
                self.order(
                    url,
                    Destination::Font,
                    format!("@font-face {}", face.family),
                )
            })
            .collect();
        async move {
            for order in orders {
                if let Some(fetched) = good(fetch.fetch(order).await) {
                    return Some(fetched);
                }
            }
            None
        }
    }

    fn add_font(&mut self, face: &FontFace, fetched: &Fetched, fonts: &mut Fonts) {
        let bytes = match woff::unpack(&fetched.body) {
            Ok(bytes) => bytes,
            Err(why) => return self.font_broken(face, fetched, &why),
        };
        let added = fonts.add_web_font(WebFont {
            family: face.family.clone(),
            bytes: std::sync::Arc::new(bytes),
            weight: Some(face.weight),
            italic: Some(face.italic),
            ranges: face.unicode_range.clone(),
        });
        if !added {
            self.font_broken(face, fetched, "it is no font that can be read");
        }
    }

    fn font_broken(&mut self, face: &FontFace, fetched: &Fetched, why: &str) {
        let url = shown(&fetched.url);
        let message = format!("The font {} at {url} cannot be used: {why}.", face.family);
        let finding = Failed::new(Code::PageFontMissing, Blame::PeerMisbehaved, url, message);
        self.find(Stage::Cssom, finding, fetched.cause);
    }

    /// A hint for each thing that the page asks for and is not built.
    pub(super) fn unsupported(&mut self, tree: &RenderTree, url: &Url) {
        for one in &tree.unsupported {
            let (what, count) = (one.what, one.count);
            let message = format!("{what} is not built; boxes of it on this page: {count}.");
            let finding = Failed::new(
                Code::PageUnsupportedFeature,
                Blame::Unsupported,
                shown(url),
                message,
            );
            self.find(Stage::RenderTree, finding, one.cause);
        }
    }

    /// Notes what went wrong and does not fail the page.
    pub(super) fn find(&mut self, stage: Stage, finding: Failed, cause: Cause) {
        let stated = finding.clone();
        self.tap.emit(cause.or(self.cause), || TripEvent::Found {
            stage,
            finding: stated,
        });
        self.findings.push((stage, finding));
    }

    /// Decodes every image that came since the last time; gives the event of the last one.
    pub(super) fn decode(&mut self, fonts: &Rc<InstalledFonts>, images: &mut Images) -> Cause {
        let mut last = None;
        let mut done: BTreeMap<Url, ()> = BTreeMap::new();
        for (url, fetched) in std::mem::take(&mut self.images) {
            if done.insert(url.clone(), ()).is_some() {
                continue;
            }
            match decode(&fetched.body, || fonts.for_svg().clone()) {
                Ok((image, format)) => {
                    let natural = image.natural();
                    let decoded = self
                        .tap
                        .emit(fetched.cause, || RenderTreeEvent::ImageDecoded {
                            url: shown(&url),
                            width: natural.width.unwrap_or(0.0) as u32,
                            height: natural.height.unwrap_or(0.0) as u32,
                            format,
                        });
                    last = decoded.or(last);
                    images.insert(url.as_str(), image);
                }
                Err(broken) => self.image_broken(&url, &broken, fetched.cause),
            }
        }
        last
    }

    fn image_broken(&mut self, url: &Url, broken: &Broken, cause: Cause) {
        let shown = shown(url);
        let stated = self.tap.emit(cause, || RenderTreeEvent::ImageBroken {
            url: shown.clone(),
            why: broken.to_string(),
        });
        if let Broken::TooLarge { limit, value } = broken {
            self.tap.emit(stated, || TripEvent::LimitReached {
                stage: Stage::RenderTree,
                limit: (*limit).into(),
                value: *value,
            });
        }
        let broken = broken.to_string();
        let broken = broken.trim_end_matches('.');
        let message = format!("The image {shown} cannot be shown: {broken}.");
        let finding = Failed::new(Code::PageImageBroken, Blame::PeerMisbehaved, shown, message);
        self.find(Stage::RenderTree, finding, stated.or(cause));
    }
}

/// What came, if its status is no error.
fn good(fetched: Result<Fetched, Failed>) -> Option<Fetched> {
    fetched
        .ok()
        .filter(|fetched| (200..300).contains(&fetched.status))
}

/// Lets everything else go on once.
async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A URL as it is shown to people; a `data:` URL is cut short.
fn shown(url: &Url) -> String {
    crate::local::shown(url)
}

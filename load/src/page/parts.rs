use super::work::Work;
use super::{InstalledFonts, OutOfTime, woff};
use crate::{Destination, Fetch, FetchOrder, Fetched};
use futures_util::future::{join, join_all};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use thru_cssom::{FontFace, StyleSet, Styled, WantedImport};
use thru_dom::{Document, FoundSheet, NodeId, Quirks, Resources};
use thru_events::{
    Blame, Cause, Code, Failed, Stage, Tap, render_tree::RenderTreeEvent, trip::TripEvent,
};
use thru_layout::text::{Fonts, WebFont};
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
    asked: BTreeSet<Url>,
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
            asked: BTreeSet::new(),
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
    async fn get(&self, order: FetchOrder) -> Option<Fetched> {
        let fetched = self.fetch.fetch(order).await.ok()?;
        (200..300).contains(&fetched.status).then_some(fetched)
    }

    /// Gets the style sheets with what they import, and the images of the document.
    pub(super) async fn sheets_and_images(
        &mut self,
        set: &mut StyleSet,
        found: &Resources,
        base: &Url,
    ) -> Result<(), OutOfTime> {
        let images = self.new_images(found.images.iter().map(|(node, url, line)| {
            let element = self
                .dom
                .element(*node)
                .map_or("?", |element| element.local());
            (url.clone(), format!("<{element}> line {line}"))
        }));
        let sheets = found.sheets.iter().map(|sheet| self.sheet(set, sheet));
        let (sheets, images) = join(join_all(sheets), self.get_images(images)).await;
        self.images.extend(images);
        for (sheet, fetched) in found.sheets.iter().zip(sheets) {
            self.append(set, sheet, fetched, base)?;
        }
        loop {
            let wanted = set.wanted_imports();
            if wanted.is_empty() {
                return Ok(());
            }
            let fetched = join_all(wanted.iter().map(|import| self.import(import))).await;
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
    fn sheet(&self, set: &StyleSet, sheet: &FoundSheet) -> impl Future<Output = Option<Fetched>> {
        let order = match sheet {
            FoundSheet::Linked {
                url, media, line, ..
            } if set.media_fits(media) => {
                let initiator = format!("<link> line {line}");
                Some(self.order(url, Destination::Stylesheet, initiator))
            }
            _ => None,
        };
        async move { self.get(order?).await }
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

    async fn import(&self, import: &WantedImport) -> Option<Fetched> {
        let initiator = format!("@import in {} line {}", import.importer, import.line);
        self.get(self.order(&import.url, Destination::Stylesheet, initiator))
            .await
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

    async fn get_images(&self, urls: Vec<(Url, String)>) -> Vec<(Url, Fetched)> {
        let fetches = urls.into_iter().map(|(url, initiator)| async move {
            let order = self.order(&url, Destination::Image, initiator);
            self.get(order).await.map(|fetched| (url, fetched))
        });
        join_all(fetches).await.into_iter().flatten().collect()
    }

    /// Gets the fonts that the style uses, and the images that it names.
    pub(super) async fn fonts_and_images(&mut self, styled: &Styled, fonts: &mut Fonts) {
        let known: Vec<Url> = self.images.iter().map(|(url, _)| url.clone()).collect();
        self.asked.extend(known);
        let urls = styled.image_urls().into_iter();
        let images = self.new_images(urls.map(|url| (url, "style".to_owned())));
        let faces = self.faces(styled);
        let faces = faces.iter().map(|face| self.face(face));
        let (images, files) = join(self.get_images(images), join_all(faces)).await;
        self.images.extend(images);
        for (face, fetched) in self.faces(styled).into_iter().zip(files) {
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
    async fn face(&self, face: &FontFace) -> Option<Fetched> {
        for url in &face.urls {
            let initiator = format!("@font-face {}", face.family);
            let order = self.order(url, Destination::Font, initiator);
            if let Some(fetched) = self.get(order).await {
                return Some(fetched);
            }
        }
        None
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

    /// Decodes every image that came.
    pub(super) fn decode(&mut self, fonts: &Rc<InstalledFonts>, images: &mut Images) {
        let mut done: BTreeMap<Url, ()> = BTreeMap::new();
        for (url, fetched) in std::mem::take(&mut self.images) {
            if done.insert(url.clone(), ()).is_some() {
                continue;
            }
            match decode(&fetched.body, || fonts.for_svg().clone()) {
                Ok((image, format)) => {
                    let natural = image.natural();
                    self.tap
                        .emit(fetched.cause, || RenderTreeEvent::ImageDecoded {
                            url: shown(&url),
                            width: natural.width.unwrap_or(0.0) as u32,
                            height: natural.height.unwrap_or(0.0) as u32,
                            format,
                        });
                    images.insert(url.as_str(), image);
                }
                Err(broken) => self.image_broken(&url, &broken, fetched.cause),
            }
        }
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

/// A URL as it is shown to people; a `data:` URL is cut short.
fn shown(url: &Url) -> String {
    crate::local::shown(url)
}

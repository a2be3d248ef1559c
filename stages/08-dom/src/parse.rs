use crate::depth::{DepthLimiter, NODES_LIMIT, OPEN_ELEMENTS_LIMIT, STEPS_LIMIT, flatten};
use crate::encoding::{Decided, decide, decode, for_meta};
use crate::{Document, NodeData, NodeId, ParseError, Sink};
use encoding_rs::Encoding;
use html5ever::TokenizerResult;
use html5ever::buffer_queue::BufferQueue;
use html5ever::interface::{QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tokenizer::{Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use html5ever::{Attribute, QualName};
use thru_events::{Cause, Stage, Tap, dom::DomEvent, trip::TripEvent};

/// What a document is parsed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Options {
    /// Parse as XML whatever the content type says (`.xht` files).
    pub xml: bool,
    /// The text of a frame's `srcdoc`, which is never in quirks mode (HTML section 13.2.6.4.1).
    pub srcdoc: bool,
}

/// Whether a content type names an XML document (MIME Sniffing section 4.6).
pub fn is_xml_type(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case("text/xml")
        || essence.eq_ignore_ascii_case("application/xml")
        || essence.to_ascii_lowercase().ends_with("+xml")
}

/// Parses a document: decides the encoding, decodes, builds the tree. `cause` is the event that
/// delivered the octets; the answer's cause is `DomEvent::TreeBuilt`.
pub fn parse(
    octets: &[u8],
    content_type: Option<&str>,
    options: Options,
    tap: &Tap,
    cause: Cause,
) -> (Document, Cause) {
    let xml = options.xml || content_type.is_some_and(is_xml_type);
    let mut decided = decide(octets, content_type, xml);
    let mut parsed = parse_as(octets, decided, (xml, options.srcdoc), tap);
    // HTML section 13.2.3.4: a later <meta> changes an encoding that was only a guess.
    if let Some(encoding) = parsed.indicated.filter(|_| decided.by == "default" && !xml) {
        let by = "meta beyond the first 1024 octets";
        decided = Decided { encoding, by };
        parsed = parse_as(octets, decided, (xml, options.srcdoc), tap);
    }
    let cause = tap.emit(cause, || DomEvent::EncodingDecided {
        encoding: decided.encoding.name().to_owned(),
        by: decided.by.into(),
    });
    let mut document = parsed.document;
    document.encoding = decided.encoding.name();
    document.encoded_by = decided.by;
    let (depth, moved) = flatten(&mut document);
    for error in parsed.errors {
        tap.emit(cause, || DomEvent::ParseError {
            line: error.line,
            what: error.what,
        });
    }
    let reached = [
        (
            parsed.deep || moved,
            "open elements",
            u64::from(OPEN_ELEMENTS_LIMIT),
        ),
        (parsed.full, "nodes of a document", NODES_LIMIT as u64),
        (parsed.weary, "steps up the open elements", STEPS_LIMIT),
    ];
    for (_, limit, value) in reached.into_iter().filter(|(reached, ..)| *reached) {
        tap.emit(cause, || TripEvent::LimitReached {
            stage: Stage::Dom,
            limit: limit.into(),
            value,
        });
    }
    let built = tap.emit(cause, || tree_built(&document, depth));
    (document, built)
}

fn parse_as(octets: &[u8], decided: Decided, (xml, srcdoc): (bool, bool), tap: &Tap) -> Parsed {
    let text = decode(octets, decided.encoding);
    if xml {
        parse_xml(&text, tap.is_on())
    } else {
        html(&text, srcdoc, tap.is_on())
    }
}

fn tree_built(document: &Document, depth: u32) -> DomEvent {
    let mut elements = 0;
    let mut texts = 0;
    for node in document.descendants(NodeId::DOCUMENT) {
        match document.node(node).data {
            NodeData::Element(_) => elements += 1,
            NodeData::Text(_) => texts += 1,
            _ => {}
        }
    }
    DomEvent::TreeBuilt {
        elements,
        texts,
        depth,
        errors: document.errors,
        mode: document.quirks.name().into(),
        title: document.title(),
    }
}

/// A tree and what was noticed while building it.
pub struct Parsed {
    /// The tree.
    pub document: Document,
    /// The first parse errors, if they were asked for.
    pub errors: Vec<ParseError>,
    /// Elements were nested too deeply.
    pub deep: bool,
    /// There were too many nodes.
    pub full: bool,
    /// Deep tags cost too many steps.
    pub weary: bool,
    /// The encoding that the first `<meta>` with a known one names.
    pub indicated: Option<&'static Encoding>,
}

/// Parses HTML text with scripting off.
pub fn parse_html(text: &str, keep_errors: bool) -> Parsed {
    html(text, false, keep_errors)
}

fn html(text: &str, srcdoc: bool, keep_errors: bool) -> Parsed {
    let options = TreeBuilderOpts {
        iframe_srcdoc: srcdoc,
        ..tree_builder_options()
    };
    let builder = TreeBuilder::new(Sink::new(true, keep_errors), options);
    run(
        Tokenizer::new(DepthLimiter::new(builder), TokenizerOpts::default()),
        text,
    )
}

/// Parses an HTML fragment in the context of an element (HTML section 13.4), with scripting off.
/// The fragment's nodes are the children of the document's root element.
pub fn parse_fragment(text: &str, context: QualName, attributes: Vec<Attribute>) -> Parsed {
    let sink = Sink::new(true, false);
    let context = html5ever::interface::create_element(&sink, context, attributes);
    let builder = TreeBuilder::new_for_fragment(sink, context, None, tree_builder_options());
    let state = builder.tokenizer_state_for_context_elem(false);
    let options = TokenizerOpts {
        initial_state: Some(state),
        ..TokenizerOpts::default()
    };
    run(Tokenizer::new(DepthLimiter::new(builder), options), text)
}

fn tree_builder_options() -> TreeBuilderOpts {
    TreeBuilderOpts {
        scripting_enabled: false,
        quirks_mode: QuirksMode::NoQuirks,
        ..TreeBuilderOpts::default()
    }
}

fn run(tokenizer: Tokenizer<DepthLimiter>, text: &str) -> Parsed {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(text));
    let mut indicated = None;
    // Scripts are not run: that answer is passed over.
    loop {
        match tokenizer.feed(&input) {
            TokenizerResult::Done => break,
            TokenizerResult::EncodingIndicator(label) => {
                indicated = indicated.or(Encoding::for_label(label.as_bytes()).map(for_meta));
            }
            TokenizerResult::Script(_) => {}
        }
    }
    tokenizer.end();
    let guard = tokenizer.sink;
    Parsed {
        indicated,
        deep: guard.deep.get(),
        full: guard.full.get(),
        weary: guard.weary.get(),
        ..finish(guard.builder.sink.finish())
    }
}

fn finish(sink: Sink) -> Parsed {
    Parsed {
        document: sink.document.into_inner(),
        errors: sink.errors.into_inner(),
        deep: false,
        full: false,
        weary: false,
        indicated: None,
    }
}

/// Parses XML text.
pub fn parse_xml(text: &str, keep_errors: bool) -> Parsed {
    let parser =
        xml5ever::driver::parse_document(Sink::new(false, keep_errors), Default::default());
    finish(parser.one(StrTendril::from_slice(text)))
}

//! html5lib's tests: tree construction, tokenizer, encoding.

use super::{Score, SuiteResult, expected_folder};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use thru_dom::html5ever::buffer_queue::BufferQueue;
use thru_dom::html5ever::tendril::StrTendril;
use thru_dom::html5ever::tokenizer::states::{RawKind, State};
use thru_dom::html5ever::tokenizer::{
    StartTag, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use thru_dom::html5ever::{LocalName, Namespace, QualName, TokenizerResult};
use thru_dom::{Document, NodeData, NodeId, Options, parse, parse_fragment, parse_html};
use thru_events::Tap;

/// Runs the suite in `data` (the folder that has `html5lib/`).
pub fn run(data: &Path) -> SuiteResult {
    let mut score = Score::begin("html5lib", &expected_folder());
    let root = data.join("html5lib");
    for file in files(&root.join("tree-construction"), "dat") {
        tree_construction(&file, &mut score);
    }
    for file in files(&root.join("tokenizer"), "test") {
        tokenizer(&file, &mut score);
    }
    for file in files(&root.join("encoding"), "dat") {
        encodings(&file, &mut score);
    }
    score.end()
}

/// Files of a folder with that ending, folders in it included, in order of their names.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return found;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|own| own == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn name(path: &Path) -> String {
    let file = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    match path.parent().and_then(Path::file_name) {
        Some(folder) if folder == "scripted" => format!("scripted/{file}"),
        _ => file,
    }
}

/// A test of a `.dat` file: sections by name, their lines joined.
type Sections = Vec<(String, String)>;

/// Tests begin with `#data`; a section's last line end is not part of it.
fn sections(octets: &[u8]) -> Vec<Sections> {
    let text = String::from_utf8_lossy(octets);
    let mut tests: Vec<Sections> = Vec::new();
    for line in text.split('\n') {
        let is_head = matches!(
            line,
            "#data"
                | "#errors"
                | "#new-errors"
                | "#document"
                | "#document-fragment"
                | "#script-on"
                | "#script-off"
                | "#encoding"
        );
        if line == "#data" {
            tests.push(Vec::new());
        }
        let Some(test) = tests.last_mut() else {
            continue;
        };
        if is_head {
            test.push((line[1..].to_owned(), String::new()));
            continue;
        }
        if let Some((_, body)) = test.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    tests
}

fn section<'a>(test: &'a Sections, name: &str) -> Option<&'a str> {
    let (_, body) = test.iter().find(|(own, _)| own == name)?;
    Some(body.strip_suffix('\n').unwrap_or(body))
}

fn tree_construction(path: &Path, score: &mut Score) {
    let folder = format!("tree-construction/{}", name(path));
    let octets = std::fs::read(path).unwrap_or_default();
    for (index, test) in sections(&octets).iter().enumerate() {
        let case = index.to_string();
        if section(test, "script-on").is_some() {
            score.skip(
                &folder,
                &case,
                "scripting is on: scripts are not built (stage 13)",
            );
            continue;
        }
        let data = section(test, "data").unwrap_or("");
        let expected = section(test, "document")
            .unwrap_or("")
            .trim_end_matches('\n');
        let found = match section(test, "document-fragment") {
            Some(context) => fragment(data, context.trim_end()),
            None => dump(&parse_html(data, false).document, NodeId::DOCUMENT),
        };
        let found = found.trim_end_matches('\n');
        let outcome = if found == expected {
            Ok(())
        } else {
            Err(format!("{data:?}\nexpected\n{expected}\nfound\n{found}"))
        };
        score.case(&folder, &case, outcome);
    }
}

fn fragment(data: &str, context: &str) -> String {
    let (namespace, local) = match context.split_once(' ') {
        Some(("svg", local)) => ("http://www.w3.org/2000/svg", local),
        Some(("math", local)) => ("http://www.w3.org/1998/Math/MathML", local),
        _ => ("http://www.w3.org/1999/xhtml", context),
    };
    let context = QualName::new(None, Namespace::from(namespace), LocalName::from(local));
    let document = parse_fragment(data, context, Vec::new()).document;
    document
        .root_element()
        .map_or(String::new(), |root| dump(&document, root))
}

/// The tree in html5lib's form.
fn dump(document: &Document, root: NodeId) -> String {
    let mut out = String::new();
    for child in document.children(root) {
        dump_node(document, child, 0, &mut out);
    }
    out
}

fn prefix(namespace: &str) -> &'static str {
    match namespace {
        "http://www.w3.org/2000/svg" => "svg ",
        "http://www.w3.org/1998/Math/MathML" => "math ",
        "http://www.w3.org/1999/xlink" => "xlink ",
        "http://www.w3.org/XML/1998/namespace" => "xml ",
        "http://www.w3.org/2000/xmlns/" => "xmlns ",
        _ => "",
    }
}

fn dump_node(document: &Document, node: NodeId, depth: usize, out: &mut String) {
    let indent = format!("| {}", "  ".repeat(depth));
    match &document.node(node).data {
        NodeData::Doctype {
            name,
            public_id,
            system_id,
        } => {
            let ids = if public_id.is_empty() && system_id.is_empty() {
                String::new()
            } else {
                format!(" \"{public_id}\" \"{system_id}\"")
            };
            out.push_str(&format!("{indent}<!DOCTYPE {name}{ids}>\n"));
        }
        NodeData::Text(text) => out.push_str(&format!("{indent}\"{text}\"\n")),
        NodeData::Comment(text) => out.push_str(&format!("{indent}<!-- {text} -->\n")),
        NodeData::ProcessingInstruction { target, data } => {
            out.push_str(&format!("{indent}<?{target} {data}>\n"));
        }
        NodeData::Element(element) => {
            out.push_str(&format!(
                "{indent}<{}{}>\n",
                prefix(&element.name.ns),
                element.local()
            ));
            let mut attributes: Vec<String> = element
                .attributes
                .iter()
                .map(|attribute| {
                    let name = &attribute.name;
                    format!("{}{}=\"{}\"", prefix(&name.ns), name.local, attribute.value)
                })
                .collect();
            attributes.sort();
            for attribute in attributes {
                out.push_str(&format!("{indent}  {attribute}\n"));
            }
            if let Some(contents) = element.template_contents {
                out.push_str(&format!("{indent}  content\n"));
                for child in document.children(contents) {
                    dump_node(document, child, depth + 2, out);
                }
            }
        }
        NodeData::Document | NodeData::Fragment => {}
    }
    for child in document.children(node) {
        dump_node(document, child, depth + 1, out);
    }
}

/// Collects tokens in the suite's form.
#[derive(Default)]
struct Collector {
    tokens: RefCell<Vec<Value>>,
}

impl Collector {
    fn text(&self, text: &str) {
        let mut tokens = self.tokens.borrow_mut();
        if let Some(Value::Array(last)) = tokens.last_mut()
            && last.first() == Some(&json!("Character"))
        {
            let joined = format!("{}{text}", last[1].as_str().unwrap_or(""));
            last[1] = json!(joined);
            return;
        }
        tokens.push(json!(["Character", text]));
    }
}

impl TokenSink for Collector {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let value = match token {
            Token::CharacterTokens(text) => {
                self.text(&text);
                return TokenSinkResult::Continue;
            }
            Token::NullCharacterToken => {
                self.text("\0");
                return TokenSinkResult::Continue;
            }
            Token::DoctypeToken(doctype) => {
                let text = |part: &Option<StrTendril>| part.as_ref().map(|part| part.to_string());
                json!([
                    "DOCTYPE",
                    text(&doctype.name),
                    text(&doctype.public_id),
                    text(&doctype.system_id),
                    !doctype.force_quirks
                ])
            }
            Token::CommentToken(text) => json!(["Comment", text.to_string()]),
            Token::TagToken(tag) if tag.kind == StartTag => {
                let attributes: serde_json::Map<String, Value> = tag
                    .attrs
                    .iter()
                    .map(|a| (a.name.local.to_string(), json!(a.value.to_string())))
                    .collect();
                if tag.self_closing {
                    json!(["StartTag", tag.name.to_string(), attributes, true])
                } else {
                    json!(["StartTag", tag.name.to_string(), attributes])
                }
            }
            Token::TagToken(tag) => json!(["EndTag", tag.name.to_string()]),
            _ => return TokenSinkResult::Continue,
        };
        self.tokens.borrow_mut().push(value);
        TokenSinkResult::Continue
    }
}

fn tokenizer(path: &Path, score: &mut Score) {
    let folder = format!("tokenizer/{}", name(path));
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let file: Value = match serde_json::from_str(&text) {
        Ok(file) => file,
        Err(why) => return score.skip(&folder, "the whole file", &why.to_string()),
    };
    let tests = file.get("tests").or_else(|| file.get("xmlViolationTests"));
    let tests = tests.and_then(Value::as_array).cloned().unwrap_or_default();
    for (index, test) in tests.iter().enumerate() {
        let states = test.get("initialStates").and_then(Value::as_array).cloned();
        let states = states.unwrap_or_else(|| vec![json!("Data state")]);
        for state in states {
            let state = state.as_str().unwrap_or("Data state");
            let case = format!("{index} {state}");
            if file.get("xmlViolationTests").is_some() {
                score.skip(
                    &folder,
                    &case,
                    "asks for a coercion to XML that no browser does",
                );
                continue;
            }
            score.case(&folder, &case, tokens(test, state));
        }
    }
}

/// Our text is Unicode: a lone surrogate cannot come out of the decoder.
const HALF_A_PAIR: &str = "half a surrogate pair is no text";

/// Undoes the second escaping that some tests have.
fn unescaped(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\\u") {
        out.push_str(&rest[..at]);
        let code = u32::from_str_radix(rest.get(at + 2..at + 6)?, 16).ok()?;
        out.push(char::from_u32(code)?);
        rest = &rest[at + 6..];
    }
    out.push_str(rest);
    Some(out)
}

fn unescape_all(value: &Value) -> Option<Value> {
    Some(match value {
        Value::String(text) => json!(unescaped(text)?),
        Value::Array(list) => Value::Array(list.iter().map(unescape_all).collect::<Option<_>>()?),
        Value::Object(map) => {
            let mut new = serde_json::Map::new();
            for (key, value) in map {
                new.insert(unescaped(key)?, unescape_all(value)?);
            }
            Value::Object(new)
        }
        other => other.clone(),
    })
}

fn tokens(test: &Value, state: &str) -> Result<(), String> {
    let mut input = test["input"].as_str().unwrap_or("").to_owned();
    let mut expected = test["output"].clone();
    if test.get("doubleEscaped") == Some(&json!(true)) {
        input = unescaped(&input).ok_or(HALF_A_PAIR)?;
        expected = unescape_all(&expected).ok_or(HALF_A_PAIR)?;
    }
    let initial = match state {
        "PLAINTEXT state" => State::Plaintext,
        "RCDATA state" => State::RawData(RawKind::Rcdata),
        "RAWTEXT state" => State::RawData(RawKind::Rawtext),
        "Script data state" => State::RawData(RawKind::ScriptData),
        "CDATA section state" => State::CdataSection,
        _ => State::Data,
    };
    let options = TokenizerOpts {
        initial_state: Some(initial),
        last_start_tag_name: test["lastStartTag"].as_str().map(str::to_owned),
        discard_bom: false,
        ..TokenizerOpts::default()
    };
    let tokenizer = Tokenizer::new(Collector::default(), options);
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(&input));
    while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) {}
    tokenizer.end();
    let found = Value::Array(tokenizer.sink.tokens.into_inner());
    if found == expected {
        Ok(())
    } else {
        Err(format!("{input:?}: expected {expected}, found {found}"))
    }
}

fn encodings(path: &Path, score: &mut Score) {
    let folder = format!("encoding/{}", name(path));
    let octets = std::fs::read(path).unwrap_or_default();
    for (index, (data, label)) in encoding_tests(&octets).iter().enumerate() {
        let case = index.to_string();
        if folder.contains("scripted") {
            score.skip(
                &folder,
                &case,
                "a script writes it: scripts are not built (stage 13)",
            );
            continue;
        }
        let (document, _) = parse(data, None, Options::default(), &Tap::off(), None);
        let decided = document.encoding;
        let outcome = if decided.eq_ignore_ascii_case(label) {
            Ok(())
        } else {
            Err(format!("expected {label}, found {decided}"))
        };
        score.case(&folder, &case, outcome);
    }
}

/// Octets and encoding of each test; the octets need not be UTF-8.
fn encoding_tests(octets: &[u8]) -> Vec<(Vec<u8>, String)> {
    let mut tests = Vec::new();
    let mut data: Option<Vec<u8>> = None;
    let mut wants_label = false;
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        match line.strip_suffix(b"\n").unwrap_or(line) {
            b"#data" => {
                data = Some(Vec::new());
                wants_label = false;
            }
            b"#encoding" => wants_label = true,
            label if wants_label => {
                let label = String::from_utf8_lossy(label).trim().to_owned();
                tests.extend(data.take().map(|data| (data, label)));
                wants_label = false;
            }
            _ => {
                if let Some(data) = &mut data {
                    data.extend_from_slice(line);
                }
            }
        }
    }
    tests
}

//! The web-platform-tests of URL: parsing, setters, IDNA and percent-encoding.

use super::{Score, SuiteResult, expected_folder};
use encoding_rs::{EncoderResult, Encoding};
use serde_json::Value;
use std::borrow::Cow;
use std::path::Path;
use url::{Url, quirks};

/// Runs the suite's files in `data` (the folder that has `url/`).
pub fn run(data: &Path) -> SuiteResult {
    let mut score = Score::begin("url", &expected_folder());
    let parts: [(&str, Run); 6] = [
        ("urltestdata.json", parsing),
        ("urltestdata-javascript-only.json", parsing),
        ("setters_tests.json", setters),
        ("toascii.json", to_ascii),
        ("IdnaTestV2.json", to_ascii),
        ("percent-encoding.json", percent_encoding),
    ];
    for (file, part) in parts {
        let folder = file.trim_end_matches(".json");
        match read(&data.join("url").join(file)) {
            Ok(cases) => part(folder, &cases, &mut score),
            Err(why) => score.skip(folder, "the whole file", &why),
        }
    }
    score.end()
}

type Run = fn(&str, &Value, &mut Score);

fn read(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    serde_json::from_str(&with_whole_surrogates(&text)).map_err(|error| error.to_string())
}

/// JSON may hold half a surrogate pair; a URL is a USVString, where that becomes U+FFFD (Web IDL).
fn with_whole_surrogates(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        whole.push_str(&rest[..at]);
        rest = &rest[at..];
        let (first, second) = (escape(rest), rest.get(6..).and_then(escape));
        let length = match (first, second) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                whole.push_str("\\ufffd");
                rest = &rest[6..];
                continue;
            }
            (Some(_), _) => 6,
            (None, _) => 2,
        };
        whole.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    whole.push_str(rest);
    whole
}

/// The value of a `\uXXXX` at the start.
fn escape(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok()
}

fn cases(value: &Value) -> impl Iterator<Item = &Value> {
    let all = value.as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter(|case| case.is_object())
}

fn text<'a>(case: &'a Value, field: &str) -> Option<&'a str> {
    case.get(field).and_then(Value::as_str)
}

fn parsing(folder: &str, file: &Value, score: &mut Score) {
    for case in cases(file) {
        let input = text(case, "input").unwrap_or_default();
        let base = text(case, "base");
        let parsed = match base {
            None => Url::parse(input),
            Some(base) => Url::parse(base).and_then(|base| base.join(input)),
        };
        let should_fail = case.get("failure").and_then(Value::as_bool) == Some(true);
        let outcome = match parsed {
            Err(_) if should_fail => Ok(()),
            Err(error) => Err(format!("refused: {error}")),
            Ok(url) if should_fail => Err(format!("taken as {url}")),
            Ok(url) => fields(&url, case),
        };
        let name = match base {
            None => format!("{input:?}"),
            Some(base) => format!("{input:?} against {base:?}"),
        };
        score.case(folder, &name, outcome);
    }
}

/// Compares every field that the case names.
fn fields(url: &Url, case: &Value) -> Result<(), String> {
    let origin = quirks::origin(url);
    let table = [
        ("href", quirks::href(url)),
        ("protocol", quirks::protocol(url)),
        ("username", quirks::username(url)),
        ("password", quirks::password(url)),
        ("host", quirks::host(url)),
        ("hostname", quirks::hostname(url)),
        ("port", quirks::port(url)),
        ("pathname", quirks::pathname(url)),
        ("search", quirks::search(url)),
        ("hash", quirks::hash(url)),
        ("origin", origin.as_str()),
    ];
    for (field, found) in table {
        if let Some(expected) = text(case, field)
            && expected != found
        {
            return Err(format!("{field} is {found:?}, not {expected:?}"));
        }
    }
    Ok(())
}

fn setters(folder: &str, file: &Value, score: &mut Score) {
    let empty = serde_json::Map::new();
    for (setter, list) in file.as_object().unwrap_or(&empty) {
        for case in cases(list) {
            let href = text(case, "href").unwrap_or_default();
            let value = text(case, "new_value").unwrap_or_default();
            let name = format!("{setter} of {href:?} to {value:?}");
            let outcome = Url::parse(href)
                .map_err(|error| error.to_string())
                .and_then(|mut url| {
                    // A refused value leaves the URL as it is, and that is what the case looks at.
                    let known = set(&mut url, setter, value);
                    if !known {
                        return Err("unknown setter".into());
                    }
                    fields(&url, case.get("expected").unwrap_or(&Value::Null))
                });
            score.case(folder, &name, outcome);
        }
    }
}

fn set(url: &mut Url, setter: &str, value: &str) -> bool {
    let _ = match setter {
        "protocol" => quirks::set_protocol(url, value),
        "username" => quirks::set_username(url, value),
        "password" => quirks::set_password(url, value),
        "host" => quirks::set_host(url, value),
        "hostname" => quirks::set_hostname(url, value),
        "port" => quirks::set_port(url, value),
        "href" => quirks::set_href(url, value).map_err(|_| ()),
        "pathname" => {
            quirks::set_pathname(url, value);
            Ok(())
        }
        "search" => {
            quirks::set_search(url, value);
            Ok(())
        }
        "hash" => {
            quirks::set_hash(url, value);
            Ok(())
        }
        _ => return false,
    };
    true
}

/// The host of a URL, and of one whose host is set.
fn to_ascii(folder: &str, file: &Value, score: &mut Score) {
    for case in cases(file) {
        let input = text(case, "input").unwrap_or_default();
        let expected = text(case, "output");
        let parsed = Url::parse(&format!("https://{input}/x")).ok();
        let found = parsed.as_ref().map(quirks::host);
        let outcome = match (found, expected) {
            (found, expected) if found == expected => Ok(()),
            (found, expected) => Err(format!("{found:?}, not {expected:?}")),
        };
        score.case(folder, &format!("{input:?}"), outcome);
    }
}

fn percent_encoding(folder: &str, file: &Value, score: &mut Score) {
    for case in cases(file) {
        let input = text(case, "input").unwrap_or_default();
        let outputs = case.get("output").and_then(Value::as_object);
        for (label, expected) in outputs.into_iter().flatten() {
            let name = format!("{input:?} in {label}");
            let expected = expected.as_str().unwrap_or_default();
            let outcome = match query_in(label, input) {
                Some(found) if found == expected => Ok(()),
                found => Err(format!("{found:?}, not {expected:?}")),
            };
            score.case(folder, &name, outcome);
        }
    }
}

/// The query of a special URL in a document of the given encoding.
fn query_in(label: &str, input: &str) -> Option<String> {
    let encoding = Encoding::for_label(label.as_bytes())?;
    let encode = by_encoding(move |text| encoded(encoding, text));
    let url = Url::options()
        .encoding_override(Some(&encode))
        .parse(&format!("http://doc?{input}"));
    url.ok()?.query().map(str::to_owned)
}

/// Ties the closure's result to its argument, as the url crate wants it.
fn by_encoding(encode: impl Fn(&str) -> Vec<u8>) -> impl Fn(&str) -> Cow<'_, [u8]> {
    move |text| Cow::Owned(encode(text))
}

/// URL, "percent-encode after encoding": what the encoding lacks becomes a character reference,
/// percent-encoded.
fn encoded(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    let mut encoder = encoding.new_encoder();
    let mut octets = Vec::new();
    let mut rest = text;
    loop {
        let mut buffer = vec![0; 64 + 8 * rest.len()];
        let (result, read, written) =
            encoder.encode_from_utf8_without_replacement(rest, &mut buffer, true);
        octets.extend_from_slice(&buffer[..written]);
        rest = &rest[read..];
        match result {
            EncoderResult::Unmappable(character) => {
                octets.extend_from_slice(format!("%26%23{}%3B", u32::from(character)).as_bytes());
            }
            EncoderResult::InputEmpty | EncoderResult::OutputFull => return octets,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_surrogate_pair_becomes_a_replacement_character() {
        let text = with_whole_surrogates(r#""\ud83d\ude00 \ud83d \\ud800 \n""#);
        let read: String = serde_json::from_str(&text).unwrap();
        assert_eq!(read, "\u{1f600} \u{fffd} \\ud800 \n");
    }
}

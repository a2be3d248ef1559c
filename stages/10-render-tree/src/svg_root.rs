//! The start tag of an SVG's root element, read and written anew.

use std::fmt::Write;

/// The root's start tag in the text of a document.
#[derive(Clone, Debug)]
pub(crate) struct SvgRoot {
    /// Before the tag.
    before: String,
    /// Name with its prefix, `<` included.
    name: String,
    /// Attributes as they stand there, names and values with their references.
    attributes: Vec<(String, String)>,
    /// From `>` or `/>` on.
    after: String,
}

impl SvgRoot {
    /// Finds it; `None` if the text is no SVG.
    pub fn find(text: &str) -> Option<SvgRoot> {
        let start = skip_prolog(text)?;
        let mut rest = &text[start + 1..];
        let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/')?;
        let name = format!("<{}", &rest[..end]);
        if name.trim_start_matches('<').rsplit(':').next() != Some("svg") {
            return None;
        }
        rest = &rest[end..];
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start();
            if rest.starts_with('>') || rest.starts_with("/>") {
                break;
            }
            let equals = rest.find('=')?;
            let key = rest[..equals].trim().to_owned();
            let value = rest[equals + 1..].trim_start();
            let quote = value.chars().next().filter(|q| matches!(q, '"' | '\''))?;
            let length = value[1..].find(quote)?;
            attributes.push((key, value[1..1 + length].to_owned()));
            rest = &value[length + 2..];
        }
        Some(SvgRoot {
            before: text[..start].to_owned(),
            name,
            attributes,
            after: rest.to_owned(),
        })
    }

    /// An attribute's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.trim())
    }

    /// Sets an attribute.
    pub fn set(&mut self, name: &str, value: String) {
        self.attributes.retain(|(key, _)| key != name);
        self.attributes.push((name.to_owned(), value));
    }

    /// The whole text.
    pub fn text(&self) -> String {
        let mut text = format!("{}{}", self.before, self.name);
        for (key, value) in &self.attributes {
            let quote = if value.contains('"') { '\'' } else { '"' };
            let _ = write!(text, " {key}={quote}{value}{quote}");
        }
        text.push_str(&self.after);
        text
    }
}

/// Where the first start tag begins: after declarations, comments and a document type.
fn skip_prolog(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        at += text[at..].find('<')?;
        let rest = &text[at..];
        at += if rest.starts_with("<?") {
            rest.find("?>")? + 2
        } else if rest.starts_with("<!--") {
            rest.find("-->")? + 3
        } else if rest.starts_with("<!") {
            end_of_doctype(rest)?
        } else {
            return Some(at);
        };
    }
}

/// Past the `>` of a document type, whose internal part stands in brackets.
fn end_of_doctype(text: &str) -> Option<usize> {
    let close = text.find('>')?;
    match text.find('[') {
        Some(open) if open < close => {
            let inside = open + text[open..].find(']')?;
            Some(inside + text[inside..].find('>')? + 1)
        }
        _ => Some(close + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_is_found_behind_what_comes_before() {
        let text = "<?xml version='1.0'?><!-- <svg a='b'> --><!DOCTYPE svg [<!ENTITY a \"b\">]>\n\
                    <svg width='10' data-x=\"a>b\"\n height = '5'><g/></svg>";
        let mut root = SvgRoot::find(text).expect("an SVG");
        assert_eq!(root.get("width"), Some("10"));
        assert_eq!(root.get("height"), Some("5"));
        root.set("width", "20".to_owned());
        assert!(
            root.text()
                .ends_with("<svg data-x=\"a>b\" height=\"5\" width=\"20\"><g/></svg>")
        );
    }

    #[test]
    fn damaged_text_is_no_svg() {
        for text in [
            "",
            "<",
            "<svg",
            "<svg a",
            "<svg a=",
            "<svg a='",
            "<html>",
            "<!DOCTYPE",
            "<!--",
        ] {
            assert!(SvgRoot::find(text).is_none(), "{text}");
        }
    }
}

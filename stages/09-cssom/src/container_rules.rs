//! `@container` in the text of a sheet: stylo's Servo build does not parse the rule. What is in it becomes rules for
//! elements of a class that no page can name, which elements get whose container fits (CSS Conditional 5 section 5).

use crate::container_query::ContainerQuery;
use std::borrow::Cow;

/// Blocks in blocks that are looked into; what is deeper stays as it is.
const MAX_NESTED_BLOCKS: u32 = 64;
/// Queries of a page that are asked; later ones never match.
const MAX_QUERIES: usize = 4096;

/// The class of the elements that a query applies to.
pub(crate) fn class(number: usize) -> String {
    format!("\u{1}container-{number}")
}

/// A list of selectors as the author wrote it, with the queries around it: the classes that stand for
/// them are taken out.
pub(crate) fn as_written(selectors: &str, queries: &[ContainerQuery]) -> String {
    const BEFORE: &str = ":where(.\\1 container-";
    let (mut out, mut rest, mut around) = (String::new(), selectors, Vec::new());
    while let Some((before, after)) = rest.split_once(BEFORE) {
        let Some((number, behind)) = after.split_once(')') else {
            break;
        };
        let Ok(number) = number.parse::<usize>() else {
            break;
        };
        if !around.contains(&number) {
            around.push(number);
        }
        out.push_str(before);
        rest = behind;
    }
    out.push_str(rest);
    for number in around {
        out.push_str(" in @container");
        if let Some(query) = queries.get(number) {
            out.push(' ');
            out.push_str(query.text());
        }
    }
    out
}

/// Takes the queries out of a sheet. Lines keep their numbers.
pub(crate) fn rewrite<'t>(text: &'t str, queries: &mut Vec<ContainerQuery>) -> Cow<'t, str> {
    let octets = text.as_bytes();
    let asks = octets
        .windows(10)
        .any(|word| word.eq_ignore_ascii_case(b"@container"));
    if !asks {
        return Cow::Borrowed(text);
    }
    let mut rewriter = Rewriter {
        text,
        at: 0,
        out: String::with_capacity(text.len() + 256),
        queries,
    };
    while rewriter.at < text.len() {
        rewriter.block(false, "", 0);
        // A brace too many.
        rewriter.copy(1);
    }
    Cow::Owned(rewriter.out)
}

struct Rewriter<'t, 'q> {
    text: &'t str,
    at: usize,
    out: String,
    queries: &'q mut Vec<ContainerQuery>,
}

impl Rewriter<'_, '_> {
    fn octet(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn copy(&mut self, octets: usize) {
        let to = (self.at + octets).min(self.text.len());
        self.out.push_str(&self.text[self.at..to]);
        self.at = to;
    }

    /// The content of a block up to its end. In a style rule there are declarations; elsewhere selectors get `suffix`.
    fn block(&mut self, in_style: bool, suffix: &str, depth: u32) {
        loop {
            while self.octet(self.at).is_some_and(|o| o.is_ascii_whitespace()) {
                self.copy(1);
            }
            match self.octet(self.at) {
                None | Some(b'}') => return,
                _ => {}
            }
            let end = self.end_of_prelude();
            if self.octet(end) != Some(b'{') {
                let past = usize::from(self.octet(end) == Some(b';'));
                self.copy(end + past - self.at);
                if past == 0 {
                    return;
                }
                continue;
            }
            let prelude = &self.text[self.at..end];
            self.at = end + 1;
            if depth >= MAX_NESTED_BLOCKS {
                self.out.push_str(prelude);
                self.out.push('{');
                self.verbatim();
            } else {
                self.rule(prelude, in_style, suffix, depth);
            }
            if self.octet(self.at) == Some(b'}') {
                self.copy(1);
            }
        }
    }

    /// A rule whose block begins here; up to the block's end.
    fn rule(&mut self, prelude: &str, in_style: bool, suffix: &str, depth: u32) {
        let name = prelude.strip_prefix('@').map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            rest[..end.unwrap_or(rest.len())].to_ascii_lowercase()
        });
        match name.as_deref() {
            Some("container") => {
                let number = self.queries.len();
                if number < MAX_QUERIES {
                    self.queries
                        .push(ContainerQuery::parse(&prelude["@container".len()..]));
                }
                let own = format!(":where(.\\1 container-{number})");
                self.out
                    .push_str(&"\n".repeat(prelude.matches('\n').count()));
                if in_style {
                    self.out.push_str(&format!("&{own}{{"));
                    self.block(true, "", depth + 1);
                } else {
                    self.out.push_str("@media all{");
                    self.block(false, &format!("{suffix}{own}"), depth + 1);
                }
            }
            Some("media" | "supports" | "layer" | "scope" | "starting-style") => {
                self.out.push_str(prelude);
                self.out.push('{');
                self.block(in_style, suffix, depth + 1);
            }
            Some(_) => {
                self.out.push_str(prelude);
                self.out.push('{');
                self.verbatim();
            }
            None => {
                match suffix.is_empty() || in_style {
                    true => self.out.push_str(prelude),
                    false => self.out.push_str(&selectors(prelude, suffix)),
                }
                self.out.push('{');
                self.block(true, "", depth + 1);
            }
        }
    }

    /// Copies up to the end of the block.
    fn verbatim(&mut self) {
        let mut depth = 0u32;
        let from = self.at;
        while let Some(octet) = self.octet(self.at) {
            match octet {
                b'{' => depth += 1,
                b'}' if depth == 0 => break,
                b'}' => depth -= 1,
                _ => {
                    self.at = past_token(self.text.as_bytes(), self.at);
                    continue;
                }
            }
            self.at += 1;
        }
        self.out.push_str(&self.text[from..self.at]);
    }

    /// Where `{`, `;` or `}` ends what begins here.
    fn end_of_prelude(&self) -> usize {
        let octets = self.text.as_bytes();
        let (mut at, mut depth) = (self.at, 0u32);
        while let Some(octet) = octets.get(at) {
            match octet {
                b'(' | b'[' => depth += 1,
                b')' | b']' => depth = depth.saturating_sub(1),
                b'{' | b';' | b'}' if depth == 0 => return at,
                _ => {
                    at = past_token(octets, at);
                    continue;
                }
            }
            at += 1;
        }
        octets.len()
    }
}

/// Past a string, a comment, an escape or one octet.
fn past_token(octets: &[u8], at: usize) -> usize {
    let rest = &octets[at..];
    let length = match rest {
        [b'/', b'*', ..] => {
            let end = rest[2..].windows(2).position(|pair| pair == b"*/");
            end.map_or(rest.len(), |end| end + 4)
        }
        [quote @ (b'"' | b'\''), ..] => {
            let mut end = 1;
            while let Some(octet) = rest.get(end) {
                end += match octet {
                    b'\\' => 2,
                    _ => 1,
                };
                if octet == quote || *octet == b'\n' {
                    break;
                }
            }
            end
        }
        [b'\\', ..] => 2,
        _ => 1,
    };
    (at + length).min(octets.len())
}

/// Adds to the subject of each selector in a list.
fn selectors(list: &str, suffix: &str) -> String {
    let octets = list.as_bytes();
    let mut out = String::with_capacity(list.len() + suffix.len());
    let (mut at, mut depth, mut from, mut pseudo) = (0, 0u32, 0, None);
    while at <= octets.len() {
        let octet = octets.get(at).copied();
        match octet {
            Some(b'(' | b'[') => depth += 1,
            Some(b')' | b']') => depth = depth.saturating_sub(1),
            Some(b':') if depth == 0 && pseudo.is_none() && is_pseudo_element(&list[at..]) => {
                pseudo = Some(at);
            }
            None | Some(b',') if depth == 0 || octet.is_none() => {
                let one = &list[from..at];
                let end = pseudo
                    .take()
                    .map_or(one.trim_end().len(), |p: usize| p - from);
                out.push_str(&one[..end]);
                if !one.trim().is_empty() {
                    out.push_str(suffix);
                }
                out.push_str(&one[end..]);
                if octet.is_some() {
                    out.push(',');
                }
                from = at + 1;
            }
            _ => {}
        }
        at = match octet {
            Some(b'(' | b'[' | b')' | b']' | b',' | b':') | None => at + 1,
            Some(_) => past_token(octets, at),
        };
    }
    out
}

fn is_pseudo_element(rest: &str) -> bool {
    let old = [":before", ":after", ":first-line", ":first-letter"];
    rest.starts_with("::")
        || old.iter().any(|name| {
            rest.get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str) -> (String, usize) {
        let mut queries = Vec::new();
        let out = rewrite(text, &mut queries).into_owned();
        (out, queries.len())
    }

    #[test]
    fn subjects_of_rules_in_a_query_get_its_class() {
        let (out, count) =
            rewritten("@container (width > 1px) {\n a, b c::before { color: red } } d {}");
        assert_eq!(count, 1);
        assert_eq!(
            out,
            "@media all{\n a:where(.\\1 container-0), b c:where(.\\1 container-0)::before { color: red } } d {}"
        );
    }

    #[test]
    fn a_query_in_a_style_rule_is_about_its_element() {
        let (out, _) = rewritten("a { @container x (width > 1px) { color: red } }");
        assert_eq!(out, "a { &:where(.\\1 container-0){ color: red } }");
    }

    #[test]
    fn a_rule_is_shown_with_the_query_that_its_author_wrote() {
        let mut queries = Vec::new();
        let text = "@container card (width  >\n 400px) { @container (height > 1px) { a, b {} } } c { @container (width < 9px) { d: e } }";
        rewrite(text, &mut queries);
        let own = [0, 1, 2].map(|number| format!(":where(.\\1 container-{number})"));
        let both = format!("{}{}", own[0], own[1]);
        assert_eq!(
            as_written(&format!("a{both}, b{both}::before"), &queries),
            "a, b::before in @container card (width > 400px) in @container (height > 1px)"
        );
        let nested = as_written(&format!("&{}", own[2]), &queries);
        assert_eq!(nested, "& in @container (width < 9px)");
        assert_eq!(as_written("a:where(.b)", &queries), "a:where(.b)");
        let strange = ":where(.\\1 container-";
        assert_eq!(as_written(strange, &queries), strange);
    }

    #[test]
    fn what_is_no_query_stays() {
        for text in [
            "a{b:c}",
            "@media print{a{b:'@container {'}}",
            "/* @container { */ a{}",
            "}a{}@container",
            "@font-face{src:url(a;b)}@container",
        ] {
            assert_eq!(rewritten(text).0, text);
        }
    }
}

use super::table::expand;
use std::borrow::Cow;

/// Text of a sheet, with what stylo does not parse under other names. Lines keep their numbers.
pub(crate) fn sheet(text: &str) -> Cow<'_, str> {
    Rewriter::new(text, false).run()
}

/// Text of a `style` attribute, likewise.
pub(crate) fn declarations(text: &str) -> Cow<'_, str> {
    Rewriter::new(text, true).run()
}

/// What the innermost open `{` holds, as far as it matters here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// A declaration or a rule may begin here.
    Start,
    /// Inside one.
    Inside,
    /// In the condition of `@supports` or `@import`, where declarations stand in parentheses.
    Condition,
}

/// One walk over the text (CSS Syntax 3 section 5.3), without building anything.
struct Rewriter<'a> {
    text: &'a str,
    octets: &'a [u8],
    at: usize,
    state: At,
    /// Up to where `out` is written.
    copied: usize,
    out: String,
}

impl<'a> Rewriter<'a> {
    fn new(text: &'a str, _declarations: bool) -> Rewriter<'a> {
        Rewriter {
            text,
            octets: text.as_bytes(),
            at: 0,
            state: At::Start,
            copied: 0,
            out: String::new(),
        }
    }

    fn run(mut self) -> Cow<'a, str> {
        while let Some(octet) = self.octets.get(self.at).copied() {
            match octet {
                b'/' if self.octets.get(self.at + 1) == Some(&b'*') => {
                    self.at = end_of_comment(self.octets, self.at);
                }
                b'"' | b'\'' => {
                    self.at = end_of_string(self.octets, self.at);
                    self.enter();
                }
                b'{' | b'}' | b';' => {
                    self.state = At::Start;
                    self.at += 1;
                }
                b'(' => {
                    self.at += 1;
                    if self.state == At::Condition {
                        self.name();
                    } else {
                        self.enter();
                    }
                }
                b'@' => self.at_rule(),
                b':' => self.colon(),
                b'\\' => self.at += 2,
                _ if octet.is_ascii_whitespace() => self.at += 1,
                _ if self.state == At::Start && is_name(octet) => self.name(),
                _ if is_name(octet) => self.skip_name(),
                _ => {
                    self.enter();
                    self.at += 1;
                }
            }
        }
        if self.copied == 0 {
            return Cow::Borrowed(self.text);
        }
        self.out.push_str(&self.text[self.copied..]);
        Cow::Owned(self.out)
    }

    fn enter(&mut self) {
        if self.state == At::Start {
            self.state = At::Inside;
        }
    }

    /// Skips a name, and `url(...)` without quotes with it.
    fn skip_name(&mut self) {
        let from = self.at;
        self.at = end_of_name(self.octets, from);
        let is_url = self.octets.get(self.at) == Some(&b'(')
            && self.text[from..self.at].eq_ignore_ascii_case("url");
        if is_url {
            self.at = end_of_url(self.octets, self.at + 1);
        }
        self.enter();
    }

    fn at_rule(&mut self) {
        let from = self.at + 1;
        self.at = end_of_name(self.octets, from);
        let name = &self.text[from..self.at];
        let has_condition =
            name.eq_ignore_ascii_case("supports") || name.eq_ignore_ascii_case("import");
        self.state = if has_condition {
            At::Condition
        } else {
            At::Inside
        };
    }

    /// A name where a declaration may begin.
    fn name(&mut self) {
        let from = skip_space(self.octets, self.at);
        let end = end_of_name(self.octets, from);
        let colon = skip_space(self.octets, end);
        if end == from || self.octets.get(colon) != Some(&b':') {
            if end > from {
                self.at = from;
                self.skip_name();
            }
            return;
        }
        let name = &self.text[from..end];
        let Some(stop) = end_of_value(self.octets, colon + 1) else {
            // A rule: `a:hover {`.
            self.at = end;
            self.enter();
            return;
        };
        let (value, important) = without_important(&self.text[colon + 1..stop]);
        let Some(parts) = expand(name, value.trim()) else {
            self.at = end;
            self.enter();
            return;
        };
        let written: Vec<String> = parts
            .iter()
            .map(|(name, value)| {
                format!(
                    "{name}:{value}{}",
                    if important { "!important" } else { "" }
                )
            })
            .collect();
        // A condition holds one declaration; each part is as valid as the others.
        let written = if self.state == At::Condition {
            written[0].clone()
        } else {
            written.join(";")
        };
        let lines = |text: &str| text.matches('\n').count();
        let lost = lines(&self.text[from..stop]).saturating_sub(lines(&written));
        self.replace(from, stop, &written);
        self.out.push_str(&"\n".repeat(lost));
        self.at = stop;
    }

    /// `::first-line` and `:first-line` in a selector; an author's own `::backdrop` makes way.
    fn colon(&mut self) {
        let from = self.at;
        let double = self.octets.get(from + 1) == Some(&b':');
        let start = from + 1 + usize::from(double);
        let end = end_of_name(self.octets, start);
        let name = &self.text[start..end];
        if name.eq_ignore_ascii_case("first-line") {
            self.replace(from, end, "::backdrop");
        } else if double && name.eq_ignore_ascii_case("backdrop") {
            self.replace(from, end, "::slider-fill");
        }
        self.at = end.max(from + 1);
        self.enter();
    }

    fn replace(&mut self, from: usize, to: usize, with: &str) {
        self.out.push_str(&self.text[self.copied..from]);
        self.out.push_str(with);
        self.copied = to;
    }
}

fn is_name(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_') || octet >= 0x80
}

fn end_of_name(octets: &[u8], mut at: usize) -> usize {
    while octets.get(at).is_some_and(|octet| is_name(*octet)) {
        at += 1;
    }
    at.min(octets.len())
}

fn end_of_comment(octets: &[u8], at: usize) -> usize {
    let inside = &octets[(at + 2).min(octets.len())..];
    inside
        .windows(2)
        .position(|pair| pair == b"*/")
        .map_or(octets.len(), |found| at + 2 + found + 2)
}

fn end_of_string(octets: &[u8], at: usize) -> usize {
    let quote = octets[at];
    let mut at = at + 1;
    while let Some(octet) = octets.get(at) {
        match octet {
            b'\\' => at += 2,
            b'\n' => return at,
            octet if *octet == quote => return at + 1,
            _ => at += 1,
        }
    }
    octets.len()
}

/// After `url(`: past the `)`, unless a string follows.
fn end_of_url(octets: &[u8], from: usize) -> usize {
    let start = skip_space(octets, from);
    if matches!(octets.get(start), Some(b'"' | b'\'')) {
        return start;
    }
    let mut at = start;
    while let Some(octet) = octets.get(at) {
        match octet {
            b'\\' => at += 2,
            b')' => return at + 1,
            _ => at += 1,
        }
    }
    octets.len()
}

fn skip_space(octets: &[u8], mut at: usize) -> usize {
    loop {
        match octets.get(at) {
            Some(octet) if octet.is_ascii_whitespace() => at += 1,
            Some(b'/') if octets.get(at + 1) == Some(&b'*') => at = end_of_comment(octets, at),
            _ => return at.min(octets.len()),
        }
    }
}

/// Where a declaration's value ends; `None` if it runs into `{`, as a selector does.
fn end_of_value(octets: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0u32;
    while let Some(octet) = octets.get(at) {
        match octet {
            b'/' if octets.get(at + 1) == Some(&b'*') => {
                at = end_of_comment(octets, at);
                continue;
            }
            b'"' | b'\'' => {
                at = end_of_string(octets, at);
                continue;
            }
            b'\\' => at += 1,
            b'(' | b'[' => depth += 1,
            b')' | b']' if depth == 0 => return Some(at),
            b')' | b']' => depth -= 1,
            b'{' if depth == 0 => return None,
            b';' | b'}' if depth == 0 => return Some(at),
            _ => {}
        }
        at += 1;
    }
    Some(octets.len())
}

fn without_important(value: &str) -> (&str, bool) {
    let Some((before, after)) = value.rsplit_once('!') else {
        return (value, false);
    };
    if after.trim().eq_ignore_ascii_case("important") {
        (before, true)
    } else {
        (value, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_carried_and_lines_kept() {
        assert_eq!(
            sheet("p { color: red;\n hyphens:\n auto !important }"),
            "p { color: red;\n --thru-hyphens:auto!important\n}"
        );
        assert_eq!(declarations("hyphens:auto"), "--thru-hyphens:auto");
    }

    #[test]
    fn what_only_looks_like_one_is_left() {
        for text in [
            "p { content: \"hyphens: auto;\" }",
            "/* hyphens: auto; */ p { color: red }",
            "hyphens:hover { color: red }",
            "p { background: url(a;hyphens:auto) }",
            "p { hyphens: sometimes }",
            "p { --x: hyphens }",
        ] {
            assert_eq!(sheet(text), text);
        }
    }

    #[test]
    fn supports_asks_for_what_is_carried() {
        assert_eq!(
            sheet("@supports (hyphens: auto) and (color: red) { p { color: red } }"),
            "@supports (--thru-hyphens:auto) and (color: red) { p { color: red } }"
        );
    }

    #[test]
    fn the_first_line_has_another_name() {
        assert_eq!(
            sheet("p:first-line, p::FIRST-LINE, p:first-child { color: red }"),
            "p::backdrop, p::backdrop, p:first-child { color: red }"
        );
        assert_eq!(sheet("dialog::backdrop {}"), "dialog::slider-fill {}");
    }

    #[test]
    fn cut_off_text_ends() {
        for text in [
            "p { hyphens",
            "p { hyphens:",
            "\\",
            "a:",
            "/*",
            "'",
            "url(",
            "@",
            "p{x:'\\",
        ] {
            sheet(text);
        }
    }
}

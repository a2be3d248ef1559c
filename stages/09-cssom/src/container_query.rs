//! Whether a container fits a query (CSS Conditional 5 section 5.3).

use style::properties::ComputedValues;
use thru_dom::NodeId;

/// The most parts of one condition that are read.
const MAX_PARTS: usize = 256;
/// Parentheses in each other.
const MAX_NESTED: u32 = 32;

/// The prelude of an `@container` rule. GAP: `style()` and `scroll-state()` never match, of units px, em and rem are
/// known, and inline sizes are widths.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ContainerQuery {
    /// As the author wrote it, white space as single spaces.
    text: String,
    name: Option<String>,
    condition: Vec<Token>,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    /// A name or a value, lower case.
    Word(String),
    /// `<`, `<=`, `>`, `>=`, `=` or `:`.
    Sign(&'static str),
}

/// What a query asks of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ContainerBox {
    /// Width and height of the content box, px, where there is size containment.
    pub size: [Option<f32>; 2],
    /// Font sizes of the container and of the root element, px.
    pub font_size: f32,
    pub root_font_size: f32,
}

impl ContainerQuery {
    /// Reads what stands between `@container` and the block.
    pub(crate) fn parse(prelude: &str) -> ContainerQuery {
        let prelude = prelude.trim();
        let end = prelude
            .find(|c: char| c.is_ascii_whitespace() || c == '(')
            .unwrap_or(prelude.len());
        let (first, rest) = prelude.split_at(end);
        // `style(` and the like are functions, no names.
        let is_name =
            !first.is_empty() && !first.eq_ignore_ascii_case("not") && !rest.starts_with('(');
        let (name, condition) = match is_name {
            true => (Some(first.to_owned()), rest),
            false => (None, prelude),
        };
        ContainerQuery {
            text: prelude.split_whitespace().collect::<Vec<_>>().join(" "),
            name,
            condition: tokens(condition),
        }
    }

    /// The prelude, as the author wrote it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether a container has the name that is asked for, and sizes along the axes.
    pub(crate) fn may_ask(&self, style: &ComputedValues, size: [Option<f32>; 2]) -> bool {
        let names = &style.get_box().container_name.0;
        let named = self.name.as_ref().is_none_or(|name| {
            let mut names = names.iter();
            names.any(|own| *own.0 == **name)
        });
        let asks = |features: &[&str]| {
            self.condition.iter().any(|token| {
                matches!(token, Token::Word(word)
                    if features.contains(&word.trim_start_matches("min-").trim_start_matches("max-")))
            })
        };
        let wide = asks(&["width", "inline-size", "aspect-ratio", "orientation"]);
        let high = asks(&["height", "block-size", "aspect-ratio", "orientation"]);
        named && (!wide || size[0].is_some()) && (!high || size[1].is_some())
    }

    /// Whether the container fits.
    pub(crate) fn fits(&self, container: &ContainerBox) -> bool {
        if self.condition.is_empty() {
            return true;
        }
        let mut reader = Reader {
            tokens: &self.condition,
            at: 0,
            container,
        };
        let found = reader.condition(0);
        reader.at == self.condition.len() && found == Some(true)
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let (mut found, mut rest) = (Vec::new(), text.trim_start());
    while let (Some(first), true) = (rest.chars().next(), found.len() < MAX_PARTS) {
        let sign = ["<=", ">=", "<", ">", "=", ":"];
        let length = match first {
            '(' | ')' => {
                found.push(if first == '(' {
                    Token::Open
                } else {
                    Token::Close
                });
                1
            }
            _ => match sign.into_iter().find(|sign| rest.starts_with(sign)) {
                Some(sign) => {
                    found.push(Token::Sign(sign));
                    sign.len()
                }
                None => {
                    let ends = |c: char| c.is_ascii_whitespace() || "()<>=:".contains(c);
                    let end = rest.find(ends).unwrap_or(rest.len());
                    found.push(Token::Word(rest[..end].to_ascii_lowercase()));
                    end.max(first.len_utf8())
                }
            },
        };
        rest = rest[length..].trim_start();
    }
    found
}

struct Reader<'q> {
    tokens: &'q [Token],
    at: usize,
    container: &'q ContainerBox,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn word(&self, wanted: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(word)) if word == wanted)
    }

    /// `not x`, or parts joined by `and` or by `or`; `None` is unknown.
    fn condition(&mut self, depth: u32) -> Option<bool> {
        if self.word("not") {
            self.at += 1;
            return self.part(depth).map(|found| !found);
        }
        let mut found = self.part(depth);
        while self.word("and") || self.word("or") {
            let all = self.word("and");
            self.at += 1;
            let next = self.part(depth);
            found = match (found, next, all) {
                (Some(false), _, true) | (_, Some(false), true) => Some(false),
                (Some(true), _, false) | (_, Some(true), false) => Some(true),
                (Some(a), Some(_), _) => Some(a),
                _ => None,
            };
        }
        found
    }

    fn part(&mut self, depth: u32) -> Option<bool> {
        let is_function = matches!(self.peek(), Some(Token::Word(_)));
        self.at += usize::from(is_function);
        if self.peek() != Some(&Token::Open) || depth >= MAX_NESTED {
            return None;
        }
        self.at += 1;
        let inner = matches!(self.peek(), Some(Token::Open)) || self.word("not");
        let found = if is_function {
            None
        } else if inner {
            self.condition(depth + 1)
        } else {
            self.feature()
        };
        let mut open = 1;
        while let (Some(token), true) = (self.peek(), open > 0) {
            match token {
                Token::Open => open += 1,
                Token::Close => open -= 1,
                _ => {}
            }
            self.at += 1;
        }
        found
    }

    /// One size feature, up to its parenthesis.
    fn feature(&mut self) -> Option<bool> {
        let from = self.at;
        let end = self.tokens[from..]
            .iter()
            .position(|token| matches!(token, Token::Open | Token::Close))
            .map_or(self.tokens.len(), |length| from + length);
        self.at = end;
        let parts = &self.tokens[from..end];
        let split = |token: &Token| matches!(token, Token::Sign(_));
        let sides: Vec<String> = parts
            .split(split)
            .map(|words| {
                let words = words.iter().filter_map(|token| match token {
                    Token::Word(word) => Some(word.as_str()),
                    _ => None,
                });
                words.collect::<Vec<_>>().join(" ")
            })
            .collect();
        let signs: Vec<&str> = parts
            .iter()
            .filter_map(|token| match token {
                Token::Sign(sign) => Some(*sign),
                _ => None,
            })
            .collect();
        match (&sides[..], &signs[..]) {
            ([name], []) => self.own(name).map(|own| own != 0.0),
            ([name, value], [":"]) if name == "orientation" => {
                let [width, height] = self.container.size;
                let portrait = height? >= width?;
                Some(portrait == (value == "portrait"))
            }
            ([name, value], [":"]) => {
                let value = self.value(value)?;
                match (name.strip_prefix("min-"), name.strip_prefix("max-")) {
                    (Some(name), _) => Some(self.own(name)? >= value),
                    (_, Some(name)) => Some(self.own(name)? <= value),
                    _ => Some(self.own(name)? == value),
                }
            }
            ([left, right], [sign]) => self.compared(left, sign, right),
            ([low, name, high], [first, second]) => {
                let one = self.compared(low, first, name)?;
                Some(one && self.compared(name, second, high)?)
            }
            _ => None,
        }
    }

    fn compared(&self, left: &str, sign: &str, right: &str) -> Option<bool> {
        let side = |text: &str| self.own(text).or_else(|| self.value(text));
        let (left, right) = (side(left)?, side(right)?);
        Some(match sign {
            "<" => left < right,
            "<=" => left <= right,
            ">" => left > right,
            ">=" => left >= right,
            "=" => left == right,
            _ => return None,
        })
    }

    fn own(&self, name: &str) -> Option<f32> {
        let [width, height] = self.container.size;
        match name {
            "width" | "inline-size" => width,
            "height" | "block-size" => height,
            "aspect-ratio" => Some(width? / height?.max(f32::MIN_POSITIVE)),
            _ => None,
        }
    }

    fn value(&self, text: &str) -> Option<f32> {
        if let Some((over, under)) = text.split_once('/') {
            let (over, under): (f32, f32) = (over.trim().parse().ok()?, under.trim().parse().ok()?);
            return Some(over / under);
        }
        let end = text.find(|c: char| c.is_ascii_alphabetic() || c == '%');
        let (number, unit) = text.split_at(end.unwrap_or(text.len()));
        let number: f32 = number.parse().ok()?;
        match unit {
            "px" | "" => Some(number),
            "rem" => Some(number * self.container.root_font_size),
            "em" => Some(number * self.container.font_size),
            _ => None,
        }
    }
}

/// The queries that apply to each element, by number.
pub(crate) type Marks = std::collections::BTreeMap<NodeId, Vec<usize>>;

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(query: &str) -> bool {
        let container = ContainerBox {
            size: [Some(300.0), Some(100.0)],
            font_size: 20.0,
            root_font_size: 16.0,
        };
        ContainerQuery::parse(query).fits(&container)
    }

    #[test]
    fn sizes_are_compared() {
        for yes in [
            "(min-width: 300px)",
            "(width > 10rem) and (height <= 5em)",
            "card (200px < width < 400px)",
            "not (max-width: 299px)",
            "(width < 1px) or ((height: 100px) and (orientation: landscape))",
            "(aspect-ratio >= 3/1)",
            "name",
        ] {
            assert!(fits(yes), "{yes}");
        }
        for no in [
            "(min-width: 301px)",
            "style(--x: y)",
            "not style(--x: y)",
            "(width > 1furlong)",
            "(colour)",
            "((((",
            "(width > 1px",
            "and and",
        ] {
            assert!(!fits(no) || no == "(width > 1px", "{no}");
        }
    }
}

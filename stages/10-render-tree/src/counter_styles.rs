use thru_cssom::style::counter_style::{CounterStyle, Symbol, SymbolsType};

/// A counter's value in a style (CSS Counter Styles section 6), without prefix and suffix.
pub(crate) fn represent(kind: &CounterStyle, value: i32) -> String {
    representation_of(kind, value).0
}

/// The representation and the suffix that a list marker has after it.
pub(crate) fn representation_of(kind: &CounterStyle, value: i32) -> (String, &'static str) {
    match kind {
        CounterStyle::None => (String::new(), ""),
        CounterStyle::String(text) => (text.to_string(), ""),
        CounterStyle::Name(name) => named(&name.0, value),
        CounterStyle::Symbols { ty, symbols } => {
            let symbols: Vec<String> = symbols
                .0
                .iter()
                .map(|symbol| match symbol {
                    Symbol::String(text) => text.to_string(),
                    Symbol::Ident(name) => name.0.to_string(),
                })
                .collect();
            (by_symbols(*ty, &symbols, value), " ")
        }
    }
}

fn by_symbols(kind: SymbolsType, symbols: &[String], value: i32) -> String {
    if symbols.is_empty() {
        return value.to_string();
    }
    let symbols: Vec<&str> = symbols.iter().map(String::as_str).collect();
    let count = symbols.len() as i32;
    match kind {
        SymbolsType::Cyclic => symbols[(value - 1).rem_euclid(count) as usize].to_owned(),
        SymbolsType::Numeric => numeric(value, &symbols),
        SymbolsType::Alphabetic => alphabetic(value, &symbols),
        SymbolsType::Symbolic => {
            if value < 1 {
                return value.to_string();
            }
            let times = ((value - 1) / count + 1).min(60) as usize;
            symbols[((value - 1) % count) as usize].repeat(times)
        }
        SymbolsType::Fixed => match usize::try_from(value - 1) {
            Ok(index) if index < symbols.len() => symbols[index].to_owned(),
            _ => value.to_string(),
        },
    }
}

fn digits(zero: char) -> Vec<String> {
    (0..10)
        .filter_map(|n| char::from_u32(zero as u32 + n))
        .map(String::from)
        .collect()
}

fn letters(text: &str) -> Vec<String> {
    text.chars().map(String::from).collect()
}

fn with(list: Vec<String>, system: fn(i32, &[&str]) -> String, value: i32) -> String {
    let list: Vec<&str> = list.iter().map(String::as_str).collect();
    system(value, &list)
}

/// Whether a style is one of the predefined signs (CSS Counter Styles 3 section 6.3).
pub(crate) fn is_sign(style: &CounterStyle) -> bool {
    const SIGNS: [&str; 5] = [
        "disc",
        "circle",
        "square",
        "disclosure-open",
        "disclosure-closed",
    ];
    matches!(style, CounterStyle::Name(name) if SIGNS.contains(&&*name.0))
}

/// GAP: `@counter-style` rules and the Chinese, Japanese, Korean and Ethiopic styles; a name that
/// is not known counts as `decimal`, as the standard says of unknown names.
fn named(name: &str, value: i32) -> (String, &'static str) {
    let text = match name {
        "disc" => return ("\u{2022}".to_owned(), " "),
        "circle" => return ("\u{25e6}".to_owned(), " "),
        "square" => return ("\u{25aa}".to_owned(), " "),
        "disclosure-open" => return ("\u{25be}".to_owned(), " "),
        "disclosure-closed" => return ("\u{25b8}".to_owned(), " "),
        "decimal-leading-zero" if (-9..10).contains(&value) => {
            format!("{}0{}", if value < 0 { "-" } else { "" }, value.abs())
        }
        "lower-alpha" | "lower-latin" => latin(value, 'a'),
        "upper-alpha" | "upper-latin" => latin(value, 'A'),
        "lower-greek" => with(letters("αβγδεζηθικλμνξοπρστυφχψω"), alphabetic, value),
        "lower-roman" => additive(value, 3999, ROMAN).to_lowercase(),
        "upper-roman" => additive(value, 3999, ROMAN),
        "armenian" | "upper-armenian" => armenian(value, 0x0531),
        "lower-armenian" => armenian(value, 0x0561),
        "georgian" => additive(value, 19_999, GEORGIAN),
        "hebrew" => additive(value, 10_999, HEBREW),
        "arabic-indic" => with(digits('\u{660}'), numeric, value),
        "persian" => with(digits('\u{6f0}'), numeric, value),
        "devanagari" => with(digits('\u{966}'), numeric, value),
        "bengali" => with(digits('\u{9e6}'), numeric, value),
        "gurmukhi" => with(digits('\u{a66}'), numeric, value),
        "gujarati" => with(digits('\u{ae6}'), numeric, value),
        "oriya" => with(digits('\u{b66}'), numeric, value),
        "tamil" => with(digits('\u{be6}'), numeric, value),
        "telugu" => with(digits('\u{c66}'), numeric, value),
        "kannada" => with(digits('\u{ce6}'), numeric, value),
        "malayalam" => with(digits('\u{d66}'), numeric, value),
        "thai" => with(digits('\u{e50}'), numeric, value),
        "lao" => with(digits('\u{ed0}'), numeric, value),
        "myanmar" => with(digits('\u{1040}'), numeric, value),
        "khmer" | "cambodian" => with(digits('\u{17e0}'), numeric, value),
        "mongolian" => with(digits('\u{1810}'), numeric, value),
        "tibetan" => with(digits('\u{f20}'), numeric, value),
        "cjk-decimal" => {
            return (with(letters("〇一二三四五六七八九"), numeric, value), "、");
        }
        _ => value.to_string(),
    };
    (text, ". ")
}

fn latin(value: i32, first: char) -> String {
    let list = (0..26)
        .filter_map(|n| char::from_u32(first as u32 + n))
        .map(String::from)
        .collect();
    with(list, alphabetic, value)
}

fn numeric(value: i32, digits: &[&str]) -> String {
    let base = digits.len() as u32;
    let mut rest = value.unsigned_abs();
    let mut parts = Vec::new();
    loop {
        parts.push(digits[(rest % base) as usize]);
        rest /= base;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        parts.push("-");
    }
    parts.into_iter().rev().collect()
}

fn alphabetic(value: i32, letters: &[&str]) -> String {
    if value < 1 {
        return value.to_string();
    }
    let base = letters.len() as i32;
    let mut rest = value;
    let mut parts = Vec::new();
    while rest > 0 {
        rest -= 1;
        parts.push(letters[(rest % base) as usize]);
        rest /= base;
    }
    parts.into_iter().rev().collect()
}

fn additive(value: i32, most: i32, weights: &[(i32, &str)]) -> String {
    if value < 1 || value > most {
        return value.to_string();
    }
    let mut rest = value;
    let mut text = String::new();
    for (weight, symbol) in weights {
        while rest >= *weight {
            text.push_str(symbol);
            rest -= weight;
        }
    }
    text
}

const ROMAN: &[(i32, &str)] = &[
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
];

const GEORGIAN: &[(i32, &str)] = &[
    (10000, "ჵ"),
    (9000, "ჰ"),
    (8000, "ჯ"),
    (7000, "ჴ"),
    (6000, "ხ"),
    (5000, "ჭ"),
    (4000, "წ"),
    (3000, "ძ"),
    (2000, "ც"),
    (1000, "ჩ"),
    (900, "შ"),
    (800, "ყ"),
    (700, "ღ"),
    (600, "ქ"),
    (500, "ფ"),
    (400, "ჳ"),
    (300, "ტ"),
    (200, "ს"),
    (100, "რ"),
    (90, "ჟ"),
    (80, "პ"),
    (70, "ო"),
    (60, "ჲ"),
    (50, "ნ"),
    (40, "მ"),
    (30, "ლ"),
    (20, "კ"),
    (10, "ი"),
    (9, "თ"),
    (8, "ჱ"),
    (7, "ზ"),
    (6, "ვ"),
    (5, "ე"),
    (4, "დ"),
    (3, "გ"),
    (2, "ბ"),
    (1, "ა"),
];

const HEBREW: &[(i32, &str)] = &[
    (10000, "י׳"),
    (9000, "ט׳"),
    (8000, "ח׳"),
    (7000, "ז׳"),
    (6000, "ו׳"),
    (5000, "ה׳"),
    (4000, "ד׳"),
    (3000, "ג׳"),
    (2000, "ב׳"),
    (1000, "א׳"),
    (400, "ת"),
    (300, "ש"),
    (200, "ר"),
    (100, "ק"),
    (90, "צ"),
    (80, "פ"),
    (70, "ע"),
    (60, "ס"),
    (50, "נ"),
    (40, "מ"),
    (30, "ל"),
    (20, "כ"),
    (19, "יט"),
    (18, "יח"),
    (17, "יז"),
    (16, "טז"),
    (15, "טו"),
    (10, "י"),
    (9, "ט"),
    (8, "ח"),
    (7, "ז"),
    (6, "ו"),
    (5, "ה"),
    (4, "ד"),
    (3, "ג"),
    (2, "ב"),
    (1, "א"),
];

/// The Armenian letters stand for 1 to 9, 10 to 90, 100 to 900 and 1000 to 9000 in their order.
fn armenian(value: i32, first: u32) -> String {
    if !(1..=9999).contains(&value) {
        return value.to_string();
    }
    let mut text = String::new();
    for place in (0..4).rev() {
        let digit = value / 10_i32.pow(place) % 10;
        if digit > 0 {
            let letter = first + place * 9 + digit as u32 - 1;
            text.extend(char::from_u32(letter));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_their_systems() {
        assert_eq!(named("upper-roman", 1994).0, "MCMXCIV");
        assert_eq!(named("lower-alpha", 28).0, "ab");
        assert_eq!(named("lower-alpha", 0).0, "0");
        assert_eq!(named("decimal-leading-zero", -3).0, "-03");
        assert_eq!(named("arabic-indic", 42).0, "٤٢");
        assert_eq!(named("hebrew", 15).0, "טו");
        assert_eq!(named("upper-armenian", 1).0, "Ա");
        assert_eq!(named("no-such-style", 7), ("7".to_owned(), ". "));
    }
}

//! `text-transform` (CSS Text 3 section 2.1; SpecialCasing of Unicode).

use style::values::specified::text::TextTransform;

/// Languages with rules of their own for upper and lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CaseLanguage {
    /// None.
    #[default]
    Other,
    /// Turkish and Azeri: dotted and dotless i.
    Turkic,
    /// Lithuanian: the dot stays under accents.
    Lithuanian,
    /// Greek: capitals without accents.
    Greek,
    /// Dutch: ij is one letter.
    Dutch,
}

impl CaseLanguage {
    /// From a language tag (BCP 47).
    pub fn of(tag: &str) -> CaseLanguage {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "tr" | "az" | "crh" | "tt" | "ba" => CaseLanguage::Turkic,
            "lt" => CaseLanguage::Lithuanian,
            "el" => CaseLanguage::Greek,
            "nl" => CaseLanguage::Dutch,
            _ => CaseLanguage::Other,
        }
    }
}

/// The transformed text; `before` is the character that stands before it.
pub fn transform(
    source: &str,
    how: TextTransform,
    language: CaseLanguage,
    before: Option<char>,
) -> String {
    let mut text = if how.contains(TextTransform::UPPERCASE) {
        uppercase(source, language)
    } else if how.contains(TextTransform::LOWERCASE) {
        lowercase(source, language)
    } else if how.contains(TextTransform::CAPITALIZE) {
        capitalize(source, language, before)
    } else {
        source.to_owned()
    };
    if how.contains(TextTransform::FULL_WIDTH) {
        text = text.chars().map(full_width).collect();
    }
    if how.contains(TextTransform::FULL_SIZE_KANA) {
        text = text.chars().map(full_size_kana).collect();
    }
    text
}

fn uppercase(source: &str, language: CaseLanguage) -> String {
    match language {
        CaseLanguage::Turkic => source.replace('i', "\u{130}").to_uppercase(),
        CaseLanguage::Greek => greek_uppercase(source),
        CaseLanguage::Lithuanian => {
            let mut out = String::with_capacity(source.len());
            let mut dotted = false;
            for c in source.chars() {
                if c != '\u{307}' || !dotted {
                    out.extend(c.to_uppercase());
                }
                dotted = matches!(c, 'i' | 'j' | '\u{12f}');
            }
            out
        }
        _ => source.to_uppercase(),
    }
}

fn lowercase(source: &str, language: CaseLanguage) -> String {
    match language {
        CaseLanguage::Turkic => source
            .replace("I\u{307}", "i")
            .replace('\u{130}', "i")
            .replace('I', "\u{131}")
            .to_lowercase(),
        CaseLanguage::Lithuanian => {
            let mut out = String::with_capacity(source.len());
            let mut rest = source.chars().peekable();
            while let Some(c) = rest.next() {
                let above = rest
                    .peek()
                    .is_some_and(|c| matches!(*c as u32, 0x300..=0x314));
                match c {
                    'I' | 'J' | '\u{12e}' if above => {
                        out.extend(c.to_lowercase());
                        out.push('\u{307}');
                    }
                    '\u{cc}' => out.push_str("i\u{307}\u{300}"),
                    '\u{cd}' => out.push_str("i\u{307}\u{301}"),
                    '\u{128}' => out.push_str("i\u{307}\u{303}"),
                    c => out.extend(c.to_lowercase()),
                }
            }
            out
        }
        _ => source.to_lowercase(),
    }
}

fn capitalize(source: &str, language: CaseLanguage, before: Option<char>) -> String {
    let mut inside = before.is_some_and(is_in_word);
    let mut out = String::with_capacity(source.len());
    let mut rest = source.chars().peekable();
    while let Some(c) = rest.next() {
        let goes_on =
            inside && matches!(c, '\'' | '\u{2019}' | '\u{ad}' | '\u{b7}' | '.' | ':' | '_');
        let goes_on = goes_on && rest.peek().is_some_and(|c| c.is_alphanumeric());
        let letter = is_in_word(c) || goes_on;
        if !letter || inside {
            out.push(c);
        } else if c == 'i' && language == CaseLanguage::Turkic {
            out.push('\u{130}');
        } else if language == CaseLanguage::Dutch && c == 'i' && rest.peek() == Some(&'j') {
            rest.next();
            out.push_str("IJ");
        } else {
            titlecase(c, &mut out);
        }
        inside = letter;
    }
    out
}

/// Letters, numbers and what combines with them.
fn is_in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c as u32, 0x300..=0x36f | 0x200c | 0x200d)
}

fn titlecase(c: char, out: &mut String) {
    let code = c as u32;
    let other = match code {
        0x1c4..=0x1c6 => 0x1c5,
        0x1c7..=0x1c9 => 0x1c8,
        0x1ca..=0x1cc => 0x1cb,
        0x1f1..=0x1f3 => 0x1f2,
        0x1f80..=0x1f87 | 0x1f90..=0x1f97 | 0x1fa0..=0x1fa7 => code + 8,
        0x1fb3 | 0x1fc3 | 0x1ff3 => code + 9,
        0x10d0..=0x10fa | 0x10fd..=0x10ff => code,
        _ => 0,
    };
    if let Some(title) = char::from_u32(other).filter(|c| *c != '\0') {
        return out.push(title);
    }
    let mut upper = c.to_uppercase();
    out.extend(upper.next());
    out.extend(upper.flat_map(char::to_lowercase));
}

/// Capitals without accents; a dialytika stays, and comes where an accent kept two vowels apart.
fn greek_uppercase(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let letters: Vec<char> = source.chars().collect();
    let in_word = |at: Option<&char>| at.is_some_and(|c| c.is_alphabetic());
    let mut accented = false;
    for (at, c) in letters.iter().copied().enumerate() {
        let alone = !in_word(at.checked_sub(1).and_then(|at| letters.get(at)))
            && !in_word(letters.get(at + 1));
        if c == '\u{3ae}' && alone {
            out.push('\u{389}');
            continue;
        }
        let Some((base, iota, accent)) = greek_base(c) else {
            if !matches!(
                c as u32,
                0x300 | 0x301 | 0x303 | 0x304 | 0x306 | 0x313 | 0x314 | 0x342 | 0x343
            ) {
                let kept = match (accented, c) {
                    (true, '\u{3b9}' | '\u{399}') => "\u{3aa}".to_owned(),
                    (true, '\u{3c5}' | '\u{3a5}') => "\u{3ab}".to_owned(),
                    _ => c.to_uppercase().collect(),
                };
                out.push_str(&kept);
                accented = false;
            }
            continue;
        };
        out.push(base);
        if iota {
            out.push('\u{399}');
        }
        accented = accent
            && matches!(
                base,
                '\u{391}' | '\u{395}' | '\u{39f}' | '\u{397}' | '\u{3a5}'
            );
    }
    out
}

/// The capital without accents of an accented Greek letter, whether an iota is written below it,
/// and whether an acute accent was on it.
fn greek_base(c: char) -> Option<(char, bool, bool)> {
    let code = c as u32;
    let vowel = match code {
        0x386 | 0x3ac => 'Α',
        0x388 | 0x3ad => 'Ε',
        0x389 | 0x3ae => 'Η',
        0x38a | 0x3af => 'Ι',
        0x38c | 0x3cc => 'Ο',
        0x38e | 0x3cd => 'Υ',
        0x38f | 0x3ce => 'Ω',
        0x390 | 0x1fd2 | 0x1fd3 | 0x1fd7 => 'Ϊ',
        0x3b0 | 0x1fe2 | 0x1fe3 | 0x1fe7 => 'Ϋ',
        0x1f00..=0x1f0f | 0x1f70 | 0x1f71 | 0x1f80..=0x1f8f | 0x1fb0..=0x1fbc => 'Α',
        0x1f10..=0x1f1f | 0x1f72 | 0x1f73 | 0x1fc8 | 0x1fc9 => 'Ε',
        0x1f20..=0x1f2f | 0x1f74 | 0x1f75 | 0x1f90..=0x1f9f => 'Η',
        0x1fc2..=0x1fc7 | 0x1fca..=0x1fcc => 'Η',
        0x1f30..=0x1f3f | 0x1f76 | 0x1f77 | 0x1fd0..=0x1fdb => 'Ι',
        0x1f40..=0x1f4f | 0x1f78 | 0x1f79 | 0x1ff8 | 0x1ff9 => 'Ο',
        0x1f50..=0x1f5f | 0x1f7a | 0x1f7b | 0x1fe0 | 0x1fe1 | 0x1fe6 | 0x1fe8..=0x1feb => 'Υ',
        0x1fe4 | 0x1fe5 | 0x1fec => 'Ρ',
        0x1f60..=0x1f6f | 0x1f7c | 0x1f7d | 0x1fa0..=0x1faf => 'Ω',
        0x1ff2..=0x1ff7 | 0x1ffa..=0x1ffc => 'Ω',
        _ => return None,
    };
    let iota = matches!(code, 0x1f80..=0x1faf | 0x1fb2..=0x1fb4 | 0x1fb7 | 0x1fbc | 0x1fc2..=0x1fc4
        | 0x1fc7 | 0x1fcc | 0x1ff2..=0x1ff4 | 0x1ff7 | 0x1ffc);
    let accent = matches!(code, 0x386..=0x38f | 0x3ac..=0x3af | 0x3cc..=0x3ce | 0x1f70..=0x1f7d);
    Some((vowel, iota, accent))
}

/// Halfwidth katakana and their like in code order from U+FF61.
const WIDE_KATAKANA: &str = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゙゚";
/// Signs and their fullwidth forms.
const WIDE_SIGNS: [(char, char); 16] = [
    ('¢', '￠'),
    ('£', '￡'),
    ('¬', '￢'),
    ('¯', '￣'),
    ('¦', '￤'),
    ('¥', '￥'),
    ('₩', '￦'),
    ('\u{2985}', '\u{ff5f}'),
    ('\u{2986}', '\u{ff60}'),
    ('\u{ffe8}', '│'),
    ('\u{ffe9}', '←'),
    ('\u{ffea}', '↑'),
    ('\u{ffeb}', '→'),
    ('\u{ffec}', '↓'),
    ('\u{ffed}', '■'),
    ('\u{ffee}', '○'),
];

fn full_width(c: char) -> char {
    let code = c as u32;
    let wide = match code {
        0x21..=0x7e => char::from_u32(code + 0xfee0),
        0xff61..=0xff9f => WIDE_KATAKANA.chars().nth((code - 0xff61) as usize),
        0xffa0 => Some('\u{3164}'),
        0xffa1..=0xffbe => char::from_u32(code - 0xffa1 + 0x3131),
        0xffc2..=0xffc7 => char::from_u32(code - 0xffc2 + 0x314f),
        0xffca..=0xffcf => char::from_u32(code - 0xffca + 0x3155),
        0xffd2..=0xffd7 => char::from_u32(code - 0xffd2 + 0x315b),
        0xffda..=0xffdc => char::from_u32(code - 0xffda + 0x3161),
        _ => WIDE_SIGNS
            .iter()
            .find(|sign| sign.0 == c)
            .map(|sign| sign.1),
    };
    wide.unwrap_or(c)
}

/// Small kana, each followed by the same in full size.
const KANA: &str = "ぁあぃいぅうぇえぉおっつゃやゅゆょよゎわゕかゖけァアィイゥウェエォオッツャヤュユョヨヮワヵカヶケㇰクㇱシㇲスㇳトㇴヌㇵハㇶヒㇷフㇸヘㇹホㇺムㇻラㇼリㇽルㇾレㇿロｧｱｨｲｩｳｪｴｫｵｯﾂｬﾔｭﾕｮﾖ\u{1b132}こ\u{1b150}ゐ\u{1b151}ゑ\u{1b152}を\u{1b155}コ\u{1b164}ヰ\u{1b165}ヱ\u{1b166}ヲ\u{1b167}ン";

fn full_size_kana(c: char) -> char {
    let code = c as u32;
    if !matches!(code, 0x3041..=0x31ff | 0xff67..=0xff6f | 0x1b132..=0x1b167) {
        return c;
    }
    let mut all = KANA.chars();
    while let (Some(small), Some(full)) = (all.next(), all.next()) {
        if small == c {
            return full;
        }
    }
    c
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upper(text: &str, language: &str) -> String {
        transform(
            text,
            TextTransform::UPPERCASE,
            CaseLanguage::of(language),
            None,
        )
    }

    #[test]
    fn languages_have_their_own_capitals() {
        assert_eq!(upper("iı", "tr-TR"), "İI");
        assert_eq!(upper("straße", "de"), "STRASSE");
        assert_eq!(upper("άλφα ΐ ή", "el"), "ΑΛΦΑ Ϊ Ή");
        assert_eq!(upper("μάιος", "el"), "ΜΑΪΟΣ");
        assert_eq!(upper("i\u{307}\u{300}", "lt"), "I\u{300}");
    }

    #[test]
    fn the_first_letter_of_each_word_is_capital() {
        let title = |text, language| {
            transform(
                text,
                TextTransform::CAPITALIZE,
                CaseLanguage::of(language),
                None,
            )
        };
        assert_eq!(title("it's ǆ ﬁn 2nd", "en"), "It's ǅ Fin 2nd");
        assert_eq!(title("ijs", "nl"), "IJs");
        let inside = transform(
            "b c",
            TextTransform::CAPITALIZE,
            CaseLanguage::Other,
            Some('a'),
        );
        assert_eq!(inside, "b C");
    }

    #[test]
    fn narrow_and_small_letters_grow() {
        let wide = |t| transform(t, TextTransform::FULL_WIDTH, CaseLanguage::Other, None);
        assert_eq!(wide("a ｱ1"), "ａ ア１");
        let kana = |t| transform(t, TextTransform::FULL_SIZE_KANA, CaseLanguage::Other, None);
        assert_eq!(kana("ょｮㇰ漢"), "よﾖク漢");
    }
}

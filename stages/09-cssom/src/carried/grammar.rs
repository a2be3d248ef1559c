use super::Carried;

/// What a value of a shorthand or of another name stands for; `""` asks for the names alone.
pub(super) type Expand = fn(&str) -> Option<Vec<(&'static str, String)>>;

/// The value in the form that its custom property takes.
pub(super) fn normal(which: Carried, value: &str) -> String {
    match which {
        Carried::ColumnRuleWidth => width_keyword(value),
        // Nothing is remembered from an earlier layout, so `auto` adds nothing
        // (CSS Sizing 4 section 5.2.1).
        Carried::ContainIntrinsicWidth | Carried::ContainIntrinsicHeight => {
            match words(value).split_first() {
                Some((first, rest)) if first.eq_ignore_ascii_case("auto") => rest.join(" "),
                _ => value.to_owned(),
            }
        }
        _ => value.to_owned(),
    }
}

fn width_keyword(value: &str) -> String {
    match value.to_ascii_lowercase().as_str() {
        "thin" => "1px".to_owned(),
        "medium" => "3px".to_owned(),
        "thick" => "5px".to_owned(),
        _ => value.to_owned(),
    }
}

/// Splits at white space outside parentheses and strings.
pub(super) fn words(value: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut start, mut depth, mut quote) = (None, 0u32, None);
    for (at, c) in value.char_indices() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '(' => depth += 1,
            None if c == ')' => depth = depth.saturating_sub(1),
            None => {}
        }
        if c.is_ascii_whitespace() && depth == 0 && quote.is_none() {
            if let Some(from) = start.take() {
                out.push(&value[from..at]);
            }
        } else if start.is_none() {
            start = Some(at);
        }
    }
    if let Some(from) = start {
        out.push(&value[from..]);
    }
    out
}

fn one_of(value: &str, keywords: &[&str]) -> bool {
    keywords.iter().any(|k| value.eq_ignore_ascii_case(k))
}

/// A list of blend modes (Compositing 1 section 4).
pub(super) fn blend_modes(value: &str) -> bool {
    const MODES: [&str; 16] = [
        "normal",
        "multiply",
        "screen",
        "overlay",
        "darken",
        "lighten",
        "color-dodge",
        "color-burn",
        "hard-light",
        "soft-light",
        "difference",
        "exclusion",
        "hue",
        "saturation",
        "color",
        "luminosity",
    ];
    value.split(',').all(|mode| one_of(mode.trim(), &MODES))
}

pub(super) fn text_orientation(value: &str) -> bool {
    one_of(value, &["mixed", "upright", "sideways", "sideways-right"])
}

pub(super) fn hyphens(value: &str) -> bool {
    one_of(value, &["none", "manual", "auto"])
}

pub(super) fn auto_or_string(value: &str) -> bool {
    let quoted = |q: char| value.len() > 1 && value.starts_with(q) && value.ends_with(q);
    one_of(value, &["auto"]) || ((quoted('"') || quoted('\'')) && words(value).len() == 1)
}

pub(super) fn text_wrap_style(value: &str) -> bool {
    one_of(
        value,
        &["auto", "balance", "stable", "pretty", "avoid-orphans"],
    )
}

pub(super) fn column_fill(value: &str) -> bool {
    one_of(value, &["auto", "balance", "balance-all"])
}

/// A length, as far as it can be told without computing it: stylo judges the rest.
fn length(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_math = ["calc(", "min(", "max(", "clamp("]
        .iter()
        .any(|f| lower.starts_with(f));
    let digits = lower.trim_start_matches(['+', '.']);
    is_math
        || lower == "0"
        || (digits.starts_with(|c: char| c.is_ascii_digit())
            && lower.ends_with(|c: char| c.is_ascii_alphabetic()))
}

pub(super) fn line_width(value: &str) -> bool {
    words(value).len() == 1 && length(value)
}

pub(super) fn line_style(value: &str) -> bool {
    one_of(
        value,
        &[
            "none", "hidden", "dotted", "dashed", "solid", "double", "groove", "ridge", "inset",
            "outset",
        ],
    )
}

pub(super) fn color(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    words(value).len() == 1
        && (lower.starts_with('#')
            || lower.ends_with(')')
            || lower == "currentcolor"
            || lower == "transparent"
            || cssparser::color::parse_named_color(&lower).is_ok())
}

pub(super) fn break_between(value: &str) -> bool {
    one_of(
        value,
        &[
            "auto",
            "avoid",
            "avoid-page",
            "avoid-column",
            "page",
            "left",
            "right",
            "recto",
            "verso",
            "column",
            "always",
            "all",
        ],
    )
}

pub(super) fn break_inside(value: &str) -> bool {
    one_of(value, &["auto", "avoid", "avoid-page", "avoid-column"])
}

pub(super) fn counters(value: &str) -> bool {
    if one_of(value, &["none"]) {
        return true;
    }
    let mut names = 0;
    let mut before_is_name = false;
    for word in words(value) {
        if word.parse::<i32>().is_ok() {
            if !before_is_name {
                return false;
            }
            before_is_name = false;
        } else if word.starts_with(|c: char| c.is_alphabetic() || c == '-' || c == '_')
            && !one_of(word, &["none", "inherit", "initial", "unset", "default"])
        {
            names += 1;
            before_is_name = true;
        } else {
            return false;
        }
    }
    names > 0
}

pub(super) fn none_or_length(value: &str) -> bool {
    one_of(value, &["none"]) || line_width(value)
}

pub(super) fn content_visibility(value: &str) -> bool {
    one_of(value, &["visible", "auto", "hidden"])
}

pub(super) fn scrollbar_gutter(value: &str) -> bool {
    match words(value).as_slice() {
        [one] => one_of(one, &["auto", "stable"]),
        [a, b] => {
            (one_of(a, &["stable"]) && one_of(b, &["both-edges"]))
                || (one_of(b, &["stable"]) && one_of(a, &["both-edges"]))
        }
        _ => false,
    }
}

pub(super) fn transform_box(value: &str) -> bool {
    one_of(
        value,
        &[
            "content-box",
            "border-box",
            "fill-box",
            "stroke-box",
            "view-box",
        ],
    )
}

pub(super) fn skip_ink(value: &str) -> bool {
    one_of(value, &["auto", "none", "all"])
}

pub(super) fn text_anchor(value: &str) -> bool {
    one_of(value, &["start", "middle", "end"])
}

pub(super) fn number(value: &str) -> bool {
    value.trim_end_matches('%').parse::<f32>().is_ok()
}

pub(super) fn fill_rule(value: &str) -> bool {
    one_of(value, &["nonzero", "evenodd"])
}

pub(super) fn paint_order(value: &str) -> bool {
    let parts = words(value);
    one_of(value, &["normal"])
        || (!parts.is_empty()
            && parts.len() <= 3
            && parts
                .iter()
                .all(|p| one_of(p, &["fill", "stroke", "markers"])))
}

pub(super) fn dominant_baseline(value: &str) -> bool {
    one_of(
        value,
        &[
            "auto",
            "text-bottom",
            "alphabetic",
            "ideographic",
            "middle",
            "central",
            "mathematical",
            "hanging",
            "text-top",
        ],
    )
}

/// The part of a property that stylo knows: nobody writes it.
pub(super) fn keyword_part(_: &str) -> bool {
    true
}

pub(super) fn ruby_position(value: &str) -> bool {
    let parts = words(value);
    let side = |p: &str| one_of(p, &["over", "under"]);
    one_of(value, &["inter-character", "alternate", "over", "under"])
        || (parts.len() == 2
            && parts.iter().any(|p| one_of(p, &["alternate"]))
            && parts.iter().any(|p| side(p)))
}

pub(super) fn ruby_align(value: &str) -> bool {
    one_of(value, &["start", "center", "space-between", "space-around"])
}

/// CSS Text 3 section 8.2: `none | [ first || [ force-end | allow-end ] || last ]`.
pub(super) fn hanging_punctuation(value: &str) -> bool {
    let parts = words(value);
    let count = |names: &[&str]| parts.iter().filter(|p| one_of(p, names)).count();
    let (first, end, last) = (
        count(&["first"]),
        count(&["force-end", "allow-end"]),
        count(&["last"]),
    );
    one_of(value, &["none"])
        || (first <= 1
            && end <= 1
            && last <= 1
            && !parts.is_empty()
            && first + end + last == parts.len())
}

/// CSS Fonts 4 section 6.6: stylo knows `normal` and `small-caps`.
pub(super) fn font_variant_caps(value: &str) -> Option<Vec<(&'static str, String)>> {
    let own = match value.to_ascii_lowercase().as_str() {
        "all-small-caps" | "petite-caps" | "all-petite-caps" | "unicase" | "small-caps" => {
            "small-caps"
        }
        "titling-caps" | "normal" => "normal",
        "" => "",
        _ => return None,
    };
    Some(vec![
        ("font-variant-caps", own.to_owned()),
        ("caps-kind", value.to_ascii_lowercase()),
    ])
}

/// CSS Fonts 4 section 6.11, where it holds one of the values that stylo does not know.
pub(super) fn font_variant(value: &str) -> Option<Vec<(&'static str, String)>> {
    let known = [
        "all-small-caps",
        "petite-caps",
        "all-petite-caps",
        "unicase",
        "titling-caps",
    ];
    let (caps, rest): (Vec<&str>, Vec<&str>) = words(value)
        .into_iter()
        .partition(|word| one_of(word, &known));
    let [caps] = caps[..] else { return None };
    let rest = match rest.is_empty() {
        true => "normal".to_owned(),
        false => rest.join(" "),
    };
    let mut parts = vec![("font-variant", rest)];
    parts.extend(font_variant_caps(caps)?);
    Some(parts)
}

/// CSS Text 3 section 8.1: stylo knows the length alone.
pub(super) fn text_indent(value: &str) -> Option<Vec<(&'static str, String)>> {
    let (keywords, rest): (Vec<&str>, Vec<&str>) = words(value)
        .into_iter()
        .partition(|word| one_of(word, &["hanging", "each-line"]));
    let twice = keywords.len() == 2 && keywords[0].eq_ignore_ascii_case(keywords[1]);
    if keywords.len() > 2 || twice || rest.len() > 1 {
        return None;
    }
    Some(vec![
        ("text-indent", rest.join(" ")),
        (
            "indent-keywords",
            match (value.is_empty(), keywords.is_empty()) {
                (false, true) => "none".to_owned(),
                _ => keywords.join(" ").to_ascii_lowercase(),
            },
        ),
    ])
}

/// CSS Text 3 section 6.1: `justify-all` sets both longhands, which stylo knows.
pub(super) fn justify_all(value: &str) -> Option<Vec<(&'static str, String)>> {
    let both = ["text-align", "text-align-last"].map(|name| (name, "justify".to_owned()));
    one_of(value, &["justify-all"]).then(|| both.to_vec())
}

/// CSS Ruby 1 section 2.1, which stylo's Servo build does not know. What stands for them in the cascade is told from
/// an author's own `inline` and `table-column` by the carried part: of a ruby container alone the difference is lost,
/// and it does not matter, as annotations in an inline box get a ruby around them.
fn ruby_display(value: &str) -> Option<Vec<(&'static str, String)>> {
    let value = words(value).join(" ").to_ascii_lowercase();
    let (stand_in, which) = match value.as_str() {
        "ruby" | "inline ruby" | "ruby inline" => ("inline", "container"),
        "ruby-base" => ("table-column", "base"),
        "ruby-text" => ("table-column", "text"),
        "ruby-base-container" => ("table-column", "base-container"),
        "ruby-text-container" => ("table-column", "text-container"),
        _ => return None,
    };
    Some(vec![
        ("display", stand_in.to_owned()),
        ("ruby-display", which.to_owned()),
    ])
}

/// What stylo knows no word for in `display`.
pub(super) fn display(value: &str) -> Option<Vec<(&'static str, String)>> {
    ruby_display(value).or_else(|| webkit_box(value))
}

/// CSS Text 4 section 6.4: `text-wrap`.
pub(super) fn text_wrap(value: &str) -> Option<Vec<(&'static str, String)>> {
    let (mut mode, mut style) = (None, None);
    for word in words(value) {
        if one_of(word, &["wrap", "nowrap"]) && mode.is_none() {
            mode = Some(word);
        } else if text_wrap_style(word) && style.is_none() {
            style = Some(word);
        } else {
            return None;
        }
    }
    Some(vec![
        ("text-wrap-mode", mode.unwrap_or("wrap").to_owned()),
        ("text-wrap-style", style.unwrap_or("auto").to_owned()),
    ])
}

/// CSS Multi-column 1 section 4.5: `column-rule`.
pub(super) fn column_rule(value: &str) -> Option<Vec<(&'static str, String)>> {
    let (mut width, mut style, mut tint) = (None, None, None);
    for word in words(value) {
        let as_width = width_keyword(word);
        if line_style(word) && style.is_none() {
            style = Some(word);
        } else if length(&as_width) && width.is_none() {
            width = Some(as_width);
        } else if color(word) && tint.is_none() {
            tint = Some(word);
        } else {
            return None;
        }
    }
    Some(vec![
        ("column-rule-width", width.unwrap_or("3px".to_owned())),
        ("column-rule-style", style.unwrap_or("none").to_owned()),
        (
            "column-rule-color",
            tint.unwrap_or("currentcolor").to_owned(),
        ),
    ])
}

fn page_break(name: &'static str, value: &str) -> Option<Vec<(&'static str, String)>> {
    let value = match value.to_ascii_lowercase().as_str() {
        "always" => "page",
        same @ ("auto" | "left" | "right" | "avoid" | "") => {
            return Some(vec![(name, same.to_owned())]);
        }
        _ => return None,
    };
    Some(vec![(name, value.to_owned())])
}

/// CSS Fragmentation 3 section 3.4.
pub(super) fn page_break_before(value: &str) -> Option<Vec<(&'static str, String)>> {
    page_break("break-before", value)
}

/// CSS Fragmentation 3 section 3.4.
pub(super) fn page_break_after(value: &str) -> Option<Vec<(&'static str, String)>> {
    page_break("break-after", value)
}

/// CSS Fragmentation 3 section 3.4.
pub(super) fn page_break_inside(value: &str) -> Option<Vec<(&'static str, String)>> {
    let value = value.to_ascii_lowercase();
    one_of(&value, &["auto", "avoid", ""]).then(|| vec![("break-inside", value)])
}

/// CSS Sizing 4 section 5.2: one or two of `auto? [none | <length>]`.
pub(super) fn contain_intrinsic_size(value: &str) -> Option<Vec<(&'static str, String)>> {
    let mut sizes = Vec::new();
    for word in words(value) {
        if one_of(word, &["auto"]) {
            continue;
        }
        if !none_or_length(word) {
            return None;
        }
        sizes.push(word.to_owned());
    }
    if sizes.len() > 2 || (sizes.is_empty() && !value.is_empty()) {
        return None;
    }
    let width = sizes.first().cloned().unwrap_or_default();
    let height = sizes.get(1).cloned().unwrap_or_else(|| width.clone());
    Some(vec![
        ("contain-intrinsic-width", width),
        ("contain-intrinsic-height", height),
    ])
}

fn one_size(name: &'static str, value: &str) -> Option<Vec<(&'static str, String)>> {
    let value = normal(Carried::ContainIntrinsicWidth, value);
    (value.is_empty() || none_or_length(&value)).then(|| vec![(name, value)])
}

pub(super) fn contain_width(value: &str) -> Option<Vec<(&'static str, String)>> {
    one_size("contain-intrinsic-width", value)
}

pub(super) fn contain_height(value: &str) -> Option<Vec<(&'static str, String)>> {
    one_size("contain-intrinsic-height", value)
}

/// `none`, or a number of lines or `auto` beside what stands for the rest.
pub(super) fn line_clamp(value: &str) -> bool {
    if one_of(value, &["none"]) {
        return true;
    }
    let (mut lines, mut sign, mut legacy) = (false, false, false);
    for word in words(value) {
        let count = word.parse::<u32>().is_ok_and(|n| n > 0);
        let stands = auto_or_string(word) || one_of(word, &["no-ellipsis", "ellipsis"]);
        let taken = if (count || one_of(word, &["auto"])) && !lines {
            &mut lines
        } else if stands && !sign {
            &mut sign
        } else if one_of(word, &["-webkit-legacy"]) && !legacy {
            &mut legacy
        } else {
            return false;
        };
        *taken = true;
    }
    lines || sign
}

/// CSS Overflow 4 section 5.5: `-webkit-line-clamp`.
pub(super) fn webkit_line_clamp(value: &str) -> Option<Vec<(&'static str, String)>> {
    let value = match value {
        "" => String::new(),
        none if one_of(none, &["none"]) => "none".to_owned(),
        count if count.parse::<u32>().is_ok_and(|n| n > 0) => format!("{count} -webkit-legacy"),
        _ => return None,
    };
    Some(vec![("line-clamp", value)])
}

/// CSS Conditional 5 section 5.2: `container` of a name and perhaps a type.
pub(super) fn container(value: &str) -> Option<Vec<(&'static str, String)>> {
    let (name, kind) = match value.split_once('/') {
        Some((name, kind)) => (name.trim(), kind.trim()),
        None if value.is_empty() => ("", ""),
        None => (value.trim(), "normal"),
    };
    Some(vec![
        ("container-name", name.to_owned()),
        ("container-type", kind.to_owned()),
    ])
}

pub(super) fn is_box(value: &str) -> bool {
    one_of(value, &["box"])
}

pub(super) fn box_orient(value: &str) -> bool {
    one_of(
        value,
        &["horizontal", "vertical", "inline-axis", "block-axis"],
    )
}

/// `display: -webkit-box`, which is used for `-webkit-line-clamp` alone today. DEVIATION: it is a block container and
/// no flex container where it is used without.
fn webkit_box(value: &str) -> Option<Vec<(&'static str, String)>> {
    let display = match value.to_ascii_lowercase().as_str() {
        "-webkit-box" => "flow-root",
        "-webkit-inline-box" => "inline-block",
        _ => return None,
    };
    Some(vec![
        ("display", display.to_owned()),
        ("webkit-box", "box".to_owned()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_hold_functions_and_strings_together() {
        assert_eq!(
            words(" a rgb(1, 2, 3)  \"x y\""),
            ["a", "rgb(1, 2, 3)", "\"x y\""]
        );
    }

    #[test]
    fn counters_are_names_with_numbers() {
        assert!(counters("a 1 b -2 c"));
        assert!(counters("none"));
        assert!(!counters("1 a"));
        assert!(!counters("a 1 2"));
    }

    #[test]
    fn clamps_are_lines_and_a_sign() {
        for valid in ["none", "3", "auto", "2 \"...\"", "no-ellipsis 2"] {
            assert!(line_clamp(valid), "{valid}");
        }
        for wrong in ["0", "-1", "3 4", "lines", ""] {
            assert!(!line_clamp(wrong), "{wrong}");
        }
        let parts = webkit_line_clamp("3").expect("valid");
        assert_eq!(parts[0].1, "3 -webkit-legacy");
    }

    #[test]
    fn auto_of_contain_intrinsic_size_is_dropped() {
        let parts = contain_intrinsic_size("auto 10px auto 2em").expect("valid");
        assert_eq!(parts[0].1, "10px");
        assert_eq!(parts[1].1, "2em");
        assert!(contain_intrinsic_size("10px 2px 3px").is_none());
    }
}

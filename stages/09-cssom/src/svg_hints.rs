use std::fmt::Write;
use thru_dom::Element;

/// Presentation attributes that take lengths without a unit (SVG 2 section 6.6).
const LENGTHS: [&str; 7] = [
    "font-size",
    "letter-spacing",
    "word-spacing",
    "stroke-width",
    "stroke-dashoffset",
    "width",
    "height",
];

/// The other presentation attributes.
const OTHERS: [&str; 42] = [
    "clip-path",
    "clip-rule",
    "color",
    "cursor",
    "direction",
    "display",
    "dominant-baseline",
    "fill",
    "fill-opacity",
    "fill-rule",
    "filter",
    "font-family",
    "font-stretch",
    "font-style",
    "font-variant",
    "font-weight",
    "image-rendering",
    "mask",
    "mask-type",
    "opacity",
    "overflow",
    "paint-order",
    "pointer-events",
    "shape-rendering",
    "stop-color",
    "stop-opacity",
    "stroke",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-miterlimit",
    "stroke-opacity",
    "text-anchor",
    "text-decoration",
    "text-rendering",
    "transform-origin",
    "unicode-bidi",
    "vector-effect",
    "visibility",
    "white-space",
    "writing-mode",
    "text-overflow",
];

/// Presentation attributes of an SVG element as declarations (SVG 2 section 6.6).
pub(crate) fn declarations(element: &Element, css: &mut String) {
    for attribute in &element.attributes {
        let name = &*attribute.name.local;
        let value = attribute.value.trim();
        if !attribute.name.ns.is_empty() || value.contains([';', '{', '}']) {
            continue;
        }
        if matches!(name, "transform" | "gradientTransform" | "patternTransform") {
            if let Some(m) = transform_list(value) {
                let [a, b, c, d, e, f] = m;
                let _ = write!(css, "transform:matrix({a},{b},{c},{d},{e},{f});");
            }
        } else if name == "transform-origin" {
            let _ = write!(css, "transform-origin:{};", with_units(value));
        } else if LENGTHS.contains(&name) {
            if is_sized(element.local()) || !matches!(name, "width" | "height") {
                let unit = if value.parse::<f32>().is_ok() {
                    "px"
                } else {
                    ""
                };
                let _ = write!(css, "{name}:{value}{unit};");
            }
        } else if OTHERS.contains(&name) {
            let _ = write!(css, "{name}:{value};");
        }
    }
}

/// Elements whose `width` and `height` are properties (SVG 2 section 7.2).
fn is_sized(local: &str) -> bool {
    matches!(local, "svg" | "rect" | "image" | "foreignObject" | "use")
}

/// Numbers get px.
fn with_units(value: &str) -> String {
    let words: Vec<String> = value
        .split_ascii_whitespace()
        .map(|word| match word.parse::<f32>() {
            Ok(_) => format!("{word}px"),
            Err(_) => word.to_owned(),
        })
        .collect();
    words.join(" ")
}

/// The most functions of one `transform` attribute; more make it invalid.
const FUNCTIONS_LIMIT: usize = 1000;

/// The matrix of a `transform` attribute (CSS Transforms 1 section 8); `None` if it is invalid.
fn transform_list(text: &str) -> Option<[f64; 6]> {
    let mut matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
    let mut rest = text.trim();
    let mut count = 0;
    while !rest.is_empty() {
        let open = rest.find('(')?;
        let close = open + rest[open..].find(')')?;
        let numbers = numbers(&rest[open + 1..close])?;
        matrix = multiply(matrix, function(rest[..open].trim(), &numbers)?);
        rest = rest[close + 1..].trim_start();
        if let Some(after) = rest.strip_prefix(',') {
            rest = after.trim_start();
            if rest.is_empty() {
                return None;
            }
        }
        count += 1;
        if count > FUNCTIONS_LIMIT {
            return None;
        }
    }
    Some(matrix)
}

fn function(name: &str, n: &[f64]) -> Option<[f64; 6]> {
    Some(match (name, n) {
        ("matrix", &[a, b, c, d, e, f]) => [a, b, c, d, e, f],
        ("translate", &[x]) => [1.0, 0.0, 0.0, 1.0, x, 0.0],
        ("translate", &[x, y]) => [1.0, 0.0, 0.0, 1.0, x, y],
        ("scale", &[s]) => [s, 0.0, 0.0, s, 0.0, 0.0],
        ("scale", &[x, y]) => [x, 0.0, 0.0, y, 0.0, 0.0],
        ("rotate", &[angle]) => rotation(angle),
        ("rotate", &[angle, x, y]) => multiply(
            multiply([1.0, 0.0, 0.0, 1.0, x, y], rotation(angle)),
            [1.0, 0.0, 0.0, 1.0, -x, -y],
        ),
        ("skewX", &[angle]) => [1.0, 0.0, angle.to_radians().tan(), 1.0, 0.0, 0.0],
        ("skewY", &[angle]) => [1.0, angle.to_radians().tan(), 0.0, 1.0, 0.0, 0.0],
        _ => return None,
    })
}

fn rotation(angle: f64) -> [f64; 6] {
    let (sin, cos) = angle.to_radians().sin_cos();
    [cos, sin, -sin, cos, 0.0, 0.0]
}

fn multiply(m: [f64; 6], n: [f64; 6]) -> [f64; 6] {
    [
        m[0] * n[0] + m[2] * n[1],
        m[1] * n[0] + m[3] * n[1],
        m[0] * n[2] + m[2] * n[3],
        m[1] * n[2] + m[3] * n[3],
        m[0] * n[4] + m[2] * n[5] + m[4],
        m[1] * n[4] + m[3] * n[5] + m[5],
    ]
}

/// Numbers between commas or white space, or right after each other (`1-2`, `.5.5`).
fn numbers(text: &str) -> Option<Vec<f64>> {
    let mut out = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = number_end(rest);
        let number: f64 = rest[..end].parse().ok()?;
        if !number.is_finite() || out.len() == 6 {
            return None;
        }
        out.push(number);
        rest = rest[end..].trim_start();
        if let Some(after) = rest.strip_prefix(',') {
            rest = after.trim_start();
            if rest.is_empty() {
                return None;
            }
        }
    }
    Some(out)
}

/// Where the number at the start of a text ends.
fn number_end(text: &str) -> usize {
    let octets = text.as_bytes();
    let digits = |mut at: usize| {
        while octets.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let mut at = usize::from(matches!(octets.first(), Some(b'+' | b'-')));
    at = digits(at);
    if octets.get(at) == Some(&b'.') {
        at = digits(at + 1);
    }
    if matches!(octets.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(octets.get(at + 1), Some(b'+' | b'-')));
        let end = digits(at + 1 + sign);
        if end > at + 1 + sign {
            at = end;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_follow_each_other_in_many_ways() {
        let expected = Some([1.0, 0.0, 0.0, 1.0, 30.0, 20.0]);
        for text in [
            "translate(10 20)translate(20)",
            "translate(10,20),translate(20)",
            " translate( 10 , 20 )\n, translate(2e1)",
            "translate(10+20) translate(20)",
        ] {
            assert_eq!(transform_list(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_list_is_no_transform() {
        for text in [
            "translate(10px)",
            "translate(1,2,3)",
            "translate(10,)",
            "scale(2),",
            "turn(2)",
            "scale",
            "scale(",
            "skewX(1 2)",
        ] {
            assert_eq!(transform_list(text), None, "{text}");
        }
    }

    #[test]
    fn rotation_may_have_a_centre() {
        let m = transform_list("rotate(90 20 20)").expect("valid");
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(near(m[4], 40.0) && near(m[5], 0.0), "{m:?}");
    }
}

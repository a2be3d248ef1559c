//! Which features of CSS the published stylo knows with its preferences as we set them: the table
//! in `docs/09-cssom.md` says the same.

use thru_cssom::{Carried, Pseudo, Screen, StyleSet, Styled};
use thru_dom::{Document, NodeId, Options, parse};
use thru_events::Tap;
use url::Url;

const SCREEN: Screen = Screen {
    width: 1280.0,
    height: 1024.0,
    scale: 1.0,
    print: false,
};

fn styled(css: &str, body: &str) -> (Document, Styled) {
    let tap = Tap::off();
    let html = format!("<!DOCTYPE html><style>{css}</style><body>{body}");
    let (document, _) = parse(html.as_bytes(), None, Options::default(), &tap, None);
    let url = Url::parse("http://a.example/").expect("a constant URL parses");
    let mut set = StyleSet::new(SCREEN, document.quirks, &tap);
    set.append(css, &url, "", "<style>", None);
    let styled = thru_cssom::run(set, &document, &url, &url, &tap, None);
    (document, styled)
}

fn element(document: &Document, local: &str) -> NodeId {
    document
        .descendants(NodeId::DOCUMENT)
        .find(|node| document.element(*node).is_some_and(|e| e.local() == local))
        .expect("the page has that element")
}

/// Whether the `<i>` is green under these rules.
fn is_green(css: &str) -> bool {
    let (document, styled) = styled(css, "<p class=a><i>x</i></p>");
    let style = styled.computed(element(&document, "i")).expect("shown");
    let green = thru_cssom::style::color::AbsoluteColor::srgb_legacy(0, 128, 0, 1.0);
    style.get_inherited_text().color == green
}

#[test]
fn rules_that_stylo_knows() {
    for (feature, css) in [
        (
            "layers",
            "@layer x { i { color: red } } @layer y { i { color: green } }",
        ),
        ("scope", "@scope (p) { i { color: green } }"),
        ("media", "@media (width > 100px) { i { color: green } }"),
        (
            "supports",
            "@supports (display: grid) { i { color: green } }",
        ),
        (
            "custom properties",
            "p { --x: green } i { color: var(--x) }",
        ),
        (
            "@property",
            "@property --y { syntax: '<color>'; inherits: false; initial-value: green } i { color: var(--y) }",
        ),
        (":has()", "p:has(i) { color: green }"),
        ("nesting", "p { & i { color: green } }"),
        (":is() and :where()", ":is(p, b) :where(i) { color: green }"),
        (":nth-child(of)", "i:nth-child(1 of i) { color: green }"),
        (
            "color-mix()",
            "i { color: color-mix(in srgb, green, green) }",
        ),
        ("light-dark()", "i { color: light-dark(green, red) }"),
        ("relative colours", "i { color: rgb(from green r g b) }"),
    ] {
        assert!(is_green(css), "{feature}");
    }
}

#[test]
fn values_and_properties_that_stylo_knows() {
    for value in [
        "width: calc(1px + 2%)",
        "width: min(1px, 2%)",
        "width: round(up, 1.5px, 1px)",
        "width: calc(1px * sin(30deg))",
        "margin-inline-start: 1px",
        "color: oklch(50% 0.1 20)",
        "color: color(display-p3 1 0 0)",
        "writing-mode: vertical-rl",
        "aspect-ratio: 1 / 2",
        "grid-template-columns: subgrid [a] repeat(auto-fill, [b])",
        "mask-image: none",
        "backdrop-filter: blur(1px)",
        "contain: layout",
        "text-overflow: ellipsis",
        "columns: 2",
        "clip-path: circle(1px)",
        "transform-style: preserve-3d",
        "fill: red",
    ] {
        let css = format!("@supports ({value}) {{ i {{ color: green }} }}");
        assert!(is_green(&css), "{value}");
    }
}

#[test]
fn what_stylo_does_not_know() {
    for value in [
        "shape-outside: circle()",
        "initial-letter: 2",
        "text-emphasis: dot",
        "offset-rotate: auto",
        "background-clip: text",
        "anchor-name: --a",
    ] {
        let css = format!("@supports ({value}) {{ i {{ color: green }} }}");
        assert!(!is_green(&css), "{value}");
    }
}

#[test]
fn what_is_carried_cascades_like_anything_else() {
    let css = "p { hyphens: auto; column-fill: balance } i { hyphens: inherit } \
               @supports (hyphens: auto) { i { column-fill: auto !important } i { column-fill: balance } }";
    let (document, styled) = styled(css, "<p><i>x</i></p>");
    let style = styled.computed(element(&document, "i")).expect("shown");
    assert_eq!(Carried::Hyphens.of(&style).as_deref(), Some("auto"));
    assert_eq!(Carried::ColumnFill.of(&style).as_deref(), Some("auto"));
    assert_eq!(Carried::CounterSet.of(&style), None);
}

#[test]
fn lengths_and_colours_of_carried_properties_are_computed() {
    let css =
        "p { font-size: 10px; column-rule: 2em solid green; contain-intrinsic-size: auto 3em }";
    let (document, styled) = styled(css, "<p>x</p>");
    let style = styled.computed(element(&document, "p")).expect("shown");
    assert_eq!(Carried::ColumnRuleWidth.px(&style), Some(20.0));
    assert!(Carried::ColumnRuleStyle.is(&style, "solid"));
    assert_eq!(
        Carried::ColumnRuleColor.of(&style).as_deref(),
        Some("rgb(0, 128, 0)")
    );
    assert_eq!(Carried::ContainIntrinsicHeight.px(&style), Some(30.0));
}

#[test]
fn a_first_line_has_a_style_where_there_is_a_rule() {
    let (document, styled) = styled("p:first-line { color: green }", "<p>x</p><div>y</div>");
    let p = styled.pseudo(element(&document, "p"), Pseudo::FirstLine);
    let green = thru_cssom::style::color::AbsoluteColor::srgb_legacy(0, 128, 0, 1.0);
    assert_eq!(p.map(|s| s.get_inherited_text().color), Some(green));
    assert!(
        styled
            .pseudo(element(&document, "div"), Pseudo::FirstLine)
            .is_none()
    );
}

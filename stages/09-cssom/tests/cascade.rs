//! The cascade, from a small page to computed values.

use thru_cssom::{Pseudo, Screen, StyleSet, Styled, style::color::AbsoluteColor};
use thru_dom::{Document, NodeId, Options, parse};
use thru_events::Tap;
use url::Url;

const SCREEN: Screen = Screen {
    width: 1280.0,
    height: 1024.0,
    scale: 1.0,
    print: false,
};

fn styled(html: &str) -> (Document, Styled) {
    let tap = Tap::off();
    let (document, _) = parse(
        html.as_bytes(),
        Some("text/html;charset=utf-8"),
        Options::default(),
        &tap,
        None,
    );
    let url = Url::parse("http://a.example/page#there").expect("a constant URL parses");
    let mut set = StyleSet::new(SCREEN, document.quirks, &tap);
    let found = thru_dom::scan(&document, &url, SCREEN.width, &tap, None);
    for sheet in found.sheets {
        if let thru_dom::FoundSheet::Inline { text, media, .. } = sheet {
            set.append(&text, &url, &media, "<style>", None);
        }
    }
    let styled = thru_cssom::run(set, &document, &url, &url, &tap, None);
    (document, styled)
}

fn by_id(document: &Document, id: &str) -> NodeId {
    document
        .descendants(NodeId::DOCUMENT)
        .find(|node| {
            document
                .element(*node)
                .is_some_and(|e| e.get("id") == Some(id))
        })
        .expect("the test page has that id")
}

fn colour(page: &str, id: &str) -> AbsoluteColor {
    let (document, styled) = styled(page);
    let style = styled.computed(by_id(&document, id)).expect("it is shown");
    style.get_inherited_text().color
}

fn rgb(r: u8, g: u8, b: u8) -> AbsoluteColor {
    AbsoluteColor::srgb_legacy(r, g, b, 1.0)
}

fn font_size(page: &str, id: &str) -> f32 {
    let (document, styled) = styled(page);
    let style = styled.computed(by_id(&document, id)).expect("it is shown");
    style.get_font().font_size.computed_size().px()
}

#[test]
fn the_more_specific_rule_wins() {
    let page = "<!doctype html><style>#a{color:#010203} p{color:red}</style><p id=a>x";
    assert_eq!(colour(page, "a"), rgb(1, 2, 3));
}

#[test]
fn a_style_attribute_wins_over_a_sheet() {
    let page = "<!doctype html><style>#a{color:red}</style><p id=a style='color:#040506'>x";
    assert_eq!(colour(page, "a"), rgb(4, 5, 6));
}

#[test]
fn old_attributes_count_less_than_any_sheet() {
    let page = "<!doctype html><style>*{color:#010101}</style><font id=a color=red>x";
    assert_eq!(colour(page, "a"), rgb(1, 1, 1));
    assert_eq!(
        colour("<!doctype html><font id=a color='#070809'>x", "a"),
        rgb(7, 8, 9)
    );
}

#[test]
fn has_and_nesting_and_target_match() {
    let page = "<!doctype html><style>div:has(> b) { & p { color: #0a0b0c } }
        #there:target { color: #0d0e0f }</style><div><b>x</b><p id=a>y</div><p id=there>z";
    assert_eq!(colour(page, "a"), rgb(10, 11, 12));
    assert_eq!(colour(page, "there"), rgb(13, 14, 15));
}

#[test]
fn media_of_another_width_does_not_apply() {
    let page = "<!doctype html><style>@media (max-width: 600px) { #a { color: red } }
        @media (min-width: 601px) { #a { color: #010203 } }</style><p id=a>x";
    assert_eq!(colour(page, "a"), rgb(1, 2, 3));
}

#[test]
fn monospace_is_13_px_where_no_size_is_given() {
    assert_eq!(font_size("<!doctype html><code id=a>x", "a"), 13.0);
    assert_eq!(font_size("<!doctype html><p id=a>x", "a"), 16.0);
    let sized = "<!doctype html><style>code{font-size:20px}</style><code id=a>x";
    assert_eq!(font_size(sized, "a"), 20.0);
    assert_eq!(font_size("<!doctype html><h1 id=a>x", "a"), 32.0);
}

#[test]
fn pseudo_elements_have_their_own_values() {
    let page = "<!doctype html><style>p::before{content:'>';color:#010203}
        li::marker{color:#040506}</style><p id=a>x<ul><li id=b>y</ul><p id=c>z";
    let (document, styled) = styled(page);
    let before = styled.pseudo(by_id(&document, "a"), Pseudo::Before);
    assert_eq!(
        before.map(|s| s.get_inherited_text().color),
        Some(rgb(1, 2, 3))
    );
    let marker = styled.pseudo(by_id(&document, "b"), Pseudo::Marker);
    assert_eq!(
        marker.map(|s| s.get_inherited_text().color),
        Some(rgb(4, 5, 6))
    );
    assert!(
        styled
            .pseudo(by_id(&document, "c"), Pseudo::After)
            .is_none()
    );
}

#[test]
fn nothing_inside_a_hidden_element_has_values() {
    let (document, styled) = styled("<!doctype html><div style='display:none'><p id=a>x</div>");
    assert!(styled.computed(by_id(&document, "a")).is_none());
}

#[test]
fn font_faces_and_images_are_collected() {
    let page = "<!doctype html><style>@font-face{font-family:Own;src:url(own.woff);font-weight:700}
        body{background:url(back.png)}</style>x";
    let (_, styled) = styled(page);
    assert_eq!(styled.font_faces.len(), 1);
    assert_eq!(styled.font_faces[0].family, "Own");
    assert_eq!(
        styled.font_faces[0].urls[0].as_str(),
        "http://a.example/own.woff"
    );
    assert_eq!(styled.font_faces[0].weight, (700.0, 700.0));
    assert_eq!(styled.image_urls()[0].as_str(), "http://a.example/back.png");
}

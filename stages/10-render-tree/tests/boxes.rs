//! From a small page to its tree of boxes.

use expect_test::{Expect, expect};
use std::rc::Rc;
use thru_cssom::{Screen, StyleSet};
use thru_dom::{Options, parse};
use thru_events::Tap;
use thru_render_tree::{BoxId, BoxKind, Generated, ImageSources, Images, Level, RenderTree, build};
use url::Url;

fn tree_of(html: &str) -> RenderTree {
    let tap = Tap::off();
    let (document, _) = parse(
        html.as_bytes(),
        Some("text/html;charset=utf-8"),
        Options::default(),
        &tap,
        None,
    );
    let url = Url::parse("http://a.example/").expect("a constant URL parses");
    let screen = Screen {
        width: 800.0,
        height: 600.0,
        scale: 1.0,
        print: false,
    };
    let mut set = StyleSet::new(screen, document.quirks, &tap);
    for sheet in thru_dom::scan(&document, &url, 800.0, &tap, None).sheets {
        if let thru_dom::FoundSheet::Inline { text, media, .. } = sheet {
            set.append(&text, &url, &media, "<style>", None);
        }
    }
    let styled = thru_cssom::run(set, &document, &url, &url, &tap, None);
    let sources = ImageSources::default();
    build(
        &document,
        &styled,
        Rc::new(Images::default()),
        &sources,
        &tap,
        None,
    )
    .0
}

fn dump(tree: &RenderTree, id: BoxId, depth: usize, out: &mut String) {
    let at = tree.get(id);
    let kind = match &at.kind {
        BoxKind::Text(text) => format!("{text:?}"),
        BoxKind::Inline { starts, ends } => {
            let open = if *starts { "" } else { "..." };
            let close = if *ends { "" } else { "..." };
            format!("{open}Inline{close}")
        }
        other => {
            let text = format!("{other:?}");
            text.split([' ', '(']).next().unwrap_or("").to_owned()
        }
    };
    let generated = match at.generated {
        Some(Generated::Anonymous) => " anonymous",
        Some(Generated::Before) => " ::before",
        Some(Generated::After) => " ::after",
        Some(Generated::Marker) => " ::marker",
        Some(Generated::FirstLetter) => " ::first-letter",
        Some(Generated::FirstLine) => " ::first-line",
        Some(Generated::Placeholder) => " ::placeholder",
        Some(Generated::DetailsContent) => " ::details-content",
        None => "",
    };
    let level = match at.level {
        Level::Block => "block",
        Level::Inline => "inline",
        Level::Table => "table",
    };
    out.push_str(&format!(
        "{}{kind} {level}{generated}\n",
        "  ".repeat(depth)
    ));
    for child in &at.children {
        assert_eq!(
            tree.get(*child).parent,
            Some(id),
            "a child knows its parent"
        );
        dump(tree, *child, depth + 1, out);
    }
}

fn check(body: &str, expected: Expect) {
    let tree = tree_of(&format!("<!doctype html><body>{body}"));
    let root = tree.root.expect("html has a box");
    let body = tree.get(root).children[0];
    let mut out = String::new();
    for child in &tree.get(body).children {
        dump(&tree, *child, 0, &mut out);
    }
    expected.assert_eq(&out);
}

#[test]
fn text_beside_a_block_gets_an_anonymous_block() {
    check(
        "text<p>inside</p> ",
        expect![[r#"
        BlockContainer block anonymous
          "text" inline
        BlockContainer block
          "inside" inline
    "#]],
    );
}

#[test]
fn a_block_breaks_an_inline_box_into_parts() {
    check(
        "<span>before<div>block</div>after</span>",
        expect![[r#"
        BlockContainer block anonymous
          Inline... inline
            "before" inline
        BlockContainer block
          "block" inline
        BlockContainer block anonymous
          ...Inline inline
            "after" inline
    "#]],
    );
}

#[test]
fn cells_without_a_table_get_rows_and_a_table() {
    check(
        "<div style='display:table-cell'>a</div> <div style='display:table-cell'>b</div>",
        expect![[r#"
            Table block anonymous
              TableRowGroup table anonymous
                TableRow table anonymous
                  TableCell table
                    "a" inline
                  TableCell table
                    "b" inline
        "#]],
    );
}

#[test]
fn rows_get_a_row_group_and_white_space_goes() {
    check(
        "<table>\n<tr>\n<td>a</td>\n</tr></table>",
        expect![[r#"
        Table block
          TableRowGroup table
            TableRow table
              TableCell table
                "a" inline
    "#]],
    );
}

#[test]
fn list_items_count_and_nest() {
    check(
        "<ol start=3><li>a<li value=9>b<li>c<ul><li>d</ul></ol>",
        expect![[r#"
            BlockContainer block
              BlockContainer block
                OutsideMarker inline ::marker
                  "3. " inline
                "a" inline
              BlockContainer block
                OutsideMarker inline ::marker
                  "9. " inline
                "b" inline
              BlockContainer block
                OutsideMarker inline ::marker
                  "10. " inline
                BlockContainer block anonymous
                  "c" inline
                BlockContainer block
                  BlockContainer block
                    OutsideMarker inline ::marker
                      "◦ " inline
                    "d" inline
        "#]],
    );
}

fn texts(html: &str) -> Vec<String> {
    let tree = tree_of(html);
    let text = |id| match &tree.get(id).kind {
        BoxKind::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        _ => None,
    };
    tree.ids().filter_map(text).collect()
}

#[test]
fn a_counter_is_seen_in_its_parent_before_that_of_a_sibling() {
    let css = "<style>body{counter-reset:c} i{counter-increment:c} i::before{content:counters(c,'.')}</style>";
    let html = format!("{css}<i></i><i style='counter-reset:c 98'></i><i></i>");
    assert_eq!(texts(&html), ["1", "1.99", "2"]);
    let set = format!("{css}<i style='counter-set:c 7'></i><i></i>");
    assert_eq!(texts(&set), ["7", "8"]);
}

#[test]
fn a_reversed_list_counts_down_to_its_last_item() {
    let css = "<style>li::marker{content:counter(list-item)}</style>";
    let html = format!("{css}<ol reversed><li><li value=6><li></ol>");
    assert_eq!(texts(&html), ["7", "6", "5"]);
    let css = "<style>ol{counter-reset:reversed(n)} li{counter-increment:n -2} li::marker{content:counter(n)}</style>";
    assert_eq!(texts(&format!("{css}<ol><li><li></ol>")), ["4", "2"]);
}

#[test]
fn a_first_line_has_boxes_that_stand_in_for_those_on_it() {
    let css = "<style>p::first-line{color:red} b{color:blue}</style>";
    let tree = tree_of(&format!("{css}<div><p>a<b>b</b><i>c</i></p></div>"));
    let (_, line) = tree.first_lines.iter().next().expect("a first line");
    let color = |id: BoxId| tree.get(id).style.get_inherited_text().color;
    let red = color(line.root);
    let own: Vec<bool> = line.instead.values().map(|id| color(*id) == red).collect();
    assert_eq!(
        own,
        [false, true],
        "what is set wins, what is inherited is the line's"
    );
    assert!(
        line.instead
            .iter()
            .all(|(of, id)| tree.original(*id) == *of)
    );
}

#[test]
fn counters_and_quotes_are_generated() {
    check(
        "<style>h2::before{counter-increment:part;content:counter(part,upper-roman) '. '}
         p::after{content:attr(title)}</style><h2>a</h2><h2>b</h2><p title=t><q>x <q>y</q></q></p>",
        expect![[r#"
            BlockContainer block
              Inline inline ::before
                "I. " inline
              "a" inline
            BlockContainer block
              Inline inline ::before
                "I. " inline
              "b" inline
            BlockContainer block
              Inline inline
                Inline inline ::before
                  "“" inline
                "x " inline
                Inline inline
                  Inline inline ::before
                    "‘" inline
                  "y" inline
                  Inline inline ::after
                    "’" inline
                Inline inline ::after
                  "”" inline
              Inline inline ::after
                "t" inline
        "#]],
    );
}

#[test]
fn items_of_a_flex_container_are_blocks() {
    check(
        "<div style='display:flex'>text <b>bold</b> <i>slanted</i></div>",
        expect![[r#"
            Flex block
              BlockContainer block anonymous
                "text " inline
              BlockContainer block
                "bold" inline
              BlockContainer block
                "slanted" inline
        "#]],
    );
}

#[test]
fn contents_has_no_box_of_its_own() {
    check(
        "<div style='display:contents'><p>a</p></div><p style='display:none'>b</p>",
        expect![[r#"
            BlockContainer block
              "a" inline
        "#]],
    );
}

#[test]
fn the_first_letter_has_its_box() {
    check(
        "<style>p::first-letter{color:red}</style><p><b>\"Once</b> upon</p>",
        expect![[r#"
            BlockContainer block
              Inline inline
                Inline inline ::first-letter
                  "\"O" inline
                "nce" inline
              " upon" inline
        "#]],
    );
}

#[test]
fn controls_and_missing_images_have_boxes() {
    check(
        "<input value=x><button>b</button><img src=gone.png alt=gone><img src=gone.png alt=''><br>",
        expect![[r#"
            Control inline
            BlockContainer inline
              "b" inline
            BlockContainer inline
              Replaced inline anonymous
              "gone" inline
            Inline inline
            LineBreak inline
        "#]],
    );
}

#[test]
fn a_tree_of_five_hundred_levels_is_built() {
    let tree = tree_of(&format!("<!doctype html>{}", "<div>".repeat(30_000)));
    assert!(tree.len() > 29_000);
}

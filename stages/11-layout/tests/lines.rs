//! Lines: the order of what is in them, where they end, how high they are.

#[allow(dead_code)]
mod page;

use page::Page;

const BOXES: &str = "i{display:inline-block;width:10px;height:10px} p{margin:0;font-size:0}";

#[test]
fn a_right_to_left_paragraph_runs_from_the_right() {
    let html = "<p dir=rtl><i id=a></i><i id=b></i></p>";
    let css = format!("{BOXES} p{{direction:rtl;width:100px}}");
    let page = Page::new(html).css(&css);
    assert_eq!(page.at("a")[0], 90.);
    assert_eq!(page.at("b")[0], 80.);
}

#[test]
fn the_edges_of_a_box_are_at_its_outer_ends_in_visual_order() {
    let html = "<p><b id=s><i id=a></i><i id=b></i></b></p>";
    let css = "p{width:100px;direction:rtl} b{padding-left:5px;padding-right:7px}";
    let page = Page::new(html).css(&format!("{BOXES}{css}"));
    assert_eq!(page.at("s")[0], 68.);
    assert_eq!(page.at("s")[2], 32.);
    assert_eq!(page.at("a")[0], 83.);
}

#[test]
fn what_is_aligned_with_the_top_takes_its_subtree_along() {
    let html = "<p><i id=tall></i><b id=s><i id=in></i></b></p>";
    let css = "#tall{height:50px} b{vertical-align:top} #in{height:20px}";
    let page = Page::new(html).css(&format!("{BOXES}{css}"));
    assert_eq!(page.at("tall")[1], 0.);
    assert_eq!(page.at("in")[1], 0.);
}

#[test]
fn the_box_around_both_decides_whether_a_line_ends_between_them() {
    let html = "<p><b><i id=a></i></b><i id=b></i></p>";
    let css = "p{width:15px} b{white-space:nowrap}";
    let wraps = Page::new(html).css(&format!("{BOXES}{css}"));
    assert!(wraps.at("b")[1] > wraps.at("a")[1]);
    let whole = Page::new(html).css(&format!("{BOXES}{css} p{{white-space:nowrap}}"));
    assert_eq!(whole.at("b")[1], whole.at("a")[1]);
}

#[test]
fn justified_boxes_stand_apart_by_the_free_space() {
    let html = "<p><i id=a></i> <i id=b></i> <i id=c></i></p>";
    let css = "p{text-align:justify;text-align-last:justify;width:100px}";
    let page = Page::new(html).css(&format!("{BOXES}{css}"));
    assert_eq!(page.at("c")[0], 90.);
}

#[test]
fn an_annotation_stands_over_its_base_and_moves_the_line_down() {
    let html = "<p><ruby id=r>ab<rt id=t>abcdefgh</rt></ruby></p><p id=next>x</p>";
    let page = Page::new(html).css("rt{font-size:10px}");
    let (ruby, text) = (page.at("r"), page.at("t"));
    // The annotation is wider: its column is as wide, the base stands in the middle.
    assert!((text[2] - 8.0 * 6.02).abs() < 0.1, "{text:?}");
    assert_eq!(ruby[2], text[2]);
    // No room above the first line: the annotation's letters begin at its top.
    assert!(text[1] < ruby[1] && ruby[1] > 0.0, "{ruby:?} {text:?}");
    assert!(page.at("next")[1] > 20.0);
    let roomy = Page::new(html).css("rt{font-size:10px} p{line-height:60px}");
    assert_eq!(roomy.at("next")[1], 60.0);
}

#[test]
fn bases_and_annotations_are_paired() {
    let html = "<p><ruby><rb>a</rb><rb>b</rb><rt id=s>1</rt><rt id=t>2</rt></ruby></p>";
    let page = Page::new(html);
    let (first, second) = (page.at("s"), page.at("t"));
    assert_eq!(first[0] + first[2], second[0]);
    assert_eq!(first[1], second[1]);
}

#[test]
fn annotations_under_the_base_make_room_below() {
    let html = "<p id=p><ruby>a<rt id=t>x</rt></ruby></p>";
    let page = Page::new(html).css("rt{ruby-position:under}");
    assert!(page.at("t")[1] > 10.0);
    assert!(page.at("p")[3] > 20.0);
}

#[test]
fn upright_letters_take_the_height_of_the_font_on_a_vertical_line() {
    let html = "<p id=p>ab</p>";
    let css = "#p{writing-mode:vertical-rl;float:left} p{text-orientation:upright}";
    let lying = Page::new(html).css("#p{writing-mode:vertical-rl;float:left}");
    assert!((lying.at("p")[3] - 24.08).abs() < 0.1);
    // DejaVu Sans Mono: ascent 19 and descent 5 px at 20 px.
    assert_eq!(Page::new(html).css(css).at("p")[3], 48.0);
}

#[test]
fn all_lines_but_the_first_are_indented_by_hanging() {
    let css = "p{width:100px;text-indent:24px hanging} i{display:inline-block;width:60px}";
    let page = Page::new("<p><i id=a></i> <i id=b></i></p>").css(css);
    assert_eq!([page.at("a")[0], page.at("b")[0]], [0.0, 24.0]);
    let css = "p{text-indent:24px each-line}";
    let page = Page::new("<p><i id=a>a</i><br><i id=b>b</i></p>").css(css);
    assert_eq!([page.at("a")[0], page.at("b")[0]], [24.0, 24.0]);
}

#[test]
fn the_first_line_is_set_in_its_own_style() {
    let html = "<p id=p>aaaa <b id=b>bbbb cccc</b> dddd</p>";
    let plain = Page::new(html).css("p{width:100px}");
    assert_eq!(plain.at("p")[3], 80.0);
    // Half the size: all but the last word fit, and the next line goes on where this one ends.
    let css = "p{width:100px} b{font:inherit} p::first-line{font-size:10px;line-height:10px}";
    let page = Page::new(html).css(css);
    assert_eq!(page.at("p")[3], 30.0);
    let b = page.at("b");
    assert!((b[0] - 5.0 * 6.02).abs() < 0.1 && b[1] < 10.0, "{b:?}");
}

#[test]
fn a_first_line_may_end_inside_of_a_box() {
    let html = "<p id=p>aaaa <b id=b>bbbb cccc dddd</b></p>";
    let css = "p{width:120px} b{letter-spacing:inherit} p::first-line{text-transform:uppercase;letter-spacing:2px}";
    let page = Page::new(html).css(css);
    assert_eq!(page.at("p")[3], 60.0);
    assert_eq!(page.at("b")[0], 0.0);
}

#[test]
fn soft_hyphens_end_lines_unless_hyphens_are_off() {
    let html = "<p id=p>aaaa&shy;bbbb</p>";
    let page = |css: &str| {
        Page::new(html)
            .css(&format!("p{{width:70px}} {css}"))
            .at("p")[3]
    };
    assert_eq!(page(""), 40.0);
    assert_eq!(page("p{hyphens:none}"), 20.0);
    // A hyphen that does not fit lets no line end there.
    assert_eq!(page("p{hyphenate-character:'----'}"), 20.0);
}

#[test]
fn balanced_lines_are_alike() {
    let html = "<p id=p>aaaa bbbb cccc <b id=b>dddd</b> eeee</p>";
    let page = |css: &str| Page::new(html).css(&format!("p{{width:250px}} {css}"));
    let balanced = page("p{text-wrap:balance}");
    assert_eq!(balanced.at("p")[3], 40.0);
    assert_eq!(balanced.at("b")[0], 0.0, "three words and two");
}

#[test]
fn justify_all_reaches_the_last_line() {
    let html = "<p><i id=a></i> <i id=b></i></p>";
    let css = format!("{BOXES} p{{width:100px;text-align:justify-all}}");
    assert_eq!(Page::new(html).css(&css).at("b")[0], 90.0);
}

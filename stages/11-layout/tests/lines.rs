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

//! Items of flex and grid containers on common baselines.

#[allow(dead_code)]
mod page;

use page::Page;

const TWO: &str = "<div id=c><div id=a></div><div id=b></div></div>";

#[test]
fn last_baselines_of_a_row_align_from_below() {
    let page = Page::new(TWO).css(
        "#c{display:flex;align-items:last baseline;height:100px}
         #a{width:10px;height:40px;margin-bottom:10px} #b{width:10px;height:20px}",
    );
    assert_eq!(page.at("a"), [0., 50., 10., 40.]);
    assert_eq!(page.at("b"), [10., 70., 10., 20.]);
}

#[test]
fn a_column_of_items_shares_baselines_along_the_inline_axis() {
    let page = Page::new(TWO).css(
        "#c{display:flex;flex-direction:column;align-items:baseline}
         #a{width:10px;height:10px;margin-left:30px} #b{width:10px;height:10px}",
    );
    assert_eq!(page.at("a")[0], 30.);
    assert_eq!(page.at("b")[0], 30.);
}

#[test]
fn a_column_of_a_grid_is_widened_by_its_baselines() {
    let page = Page::new(TWO).css(
        "#c{display:inline-grid;justify-items:baseline}
         #a{width:10px;height:10px;margin-left:30px} #b{width:40px;height:10px}",
    );
    assert_eq!(page.at("b")[0], 30.);
    assert_eq!(page.at("c")[2], 70.);
}

#[test]
fn an_item_whose_share_depends_on_its_own_row_takes_no_part() {
    let page = Page::new(TWO).css(
        "#c{display:grid;grid-template-columns:50px 50px;align-items:baseline}
         #a{height:50px} #b{height:200%}",
    );
    assert_eq!(page.at("a")[1], 0.);
    assert_eq!(page.at("b"), [50., 0., 50., 100.]);
}

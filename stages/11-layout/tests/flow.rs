//! Floats, clearance, margins, static positions and ratios on small pages.

mod page;

use page::Page;

#[test]
fn a_static_position_is_the_right_edge_where_text_runs_to_the_left() {
    let page = Page::new("<div id=p><div id=a></div></div>")
        .css("#p{direction:rtl} #a{position:absolute;width:50px;height:10px}");
    assert_eq!(page.at("a"), [350., 0., 50., 10.]);
}

#[test]
fn a_block_out_of_flow_stands_below_the_line_it_is_in_and_an_inline_one_on_it() {
    let html = "<p>aa<b id=a></b></p>";
    let css = "#a{position:absolute;width:5px;height:5px;";
    let inline = Page::new(html).css(&format!("{css}}}"));
    assert_eq!(inline.at("a")[1], 0.);
    assert!(inline.at("a")[0] > 20.);
    let block = Page::new(html).css(&format!("{css}display:block}}"));
    assert_eq!(block.at("a")[..2], [0., 20.]);
}

#[test]
fn the_containing_block_of_a_box_in_a_float_can_be_an_inline_box() {
    let page = Page::new("<div><span id=s>xx<i id=f><b id=a></b></i></span></div>").css(
        "#s{position:relative;padding-left:100px} #f{float:left;width:10px;height:10px} \
         #a{position:absolute;left:0;right:0;height:5px}",
    );
    assert_eq!(page.at("a")[2], page.at("s")[2]);
}

#[test]
fn auto_margins_of_an_absolute_box_share_what_is_free() {
    let page = Page::new("<div id=p><div id=a></div></div>").css(
        "#p{position:relative;height:100px} \
         #a{position:absolute;inset:0;width:100px;height:40px;margin:auto}",
    );
    assert_eq!(page.at("a"), [150., 30., 100., 40.]);
}

#[test]
fn clearance_keeps_a_first_childs_margin_from_its_parent() {
    let page = Page::new("<div id=p><div id=f></div><div id=c></div></div>").css(
        "#f{float:left;width:10px;height:50px} \
         #c{clear:left;margin-top:30px;height:10px} #p{margin-top:5px}",
    );
    assert_eq!(page.at("p")[1], 5.);
    assert_eq!(page.at("f")[1], 5.);
    assert_eq!(page.at("c")[1], 55.);
}

#[test]
fn a_float_without_height_gives_no_clearance() {
    let page = Page::new("<div id=p><div id=f></div><div id=c></div></div>")
        .css("#f{float:left;width:10px} #c{clear:left;margin-top:30px;height:10px}");
    assert_eq!(page.at("p")[1], 30.);
    assert_eq!(page.at("c")[1], 30.);
}

#[test]
fn a_last_childs_margin_stays_in_a_box_that_a_bound_makes_higher_or_lower() {
    let html = "<div id=p><div id=c></div></div><div id=n></div>";
    let css = "#c{height:30px;margin-bottom:70px} #n{height:5px}";
    assert_eq!(Page::new(html).css(css).at("n")[1], 100.);
    let lower = Page::new(html).css(&format!("{css} #p{{max-height:20px}}"));
    assert_eq!(lower.at("n")[1], 20.);
    let higher = Page::new(html).css(&format!("{css} #p{{min-height:40px}}"));
    assert_eq!(higher.at("n")[1], 40.);
}

#[test]
fn a_formatting_context_that_goes_below_a_float_leaves_it_where_it_is() {
    let page = Page::new("<div id=p><div><div id=f></div></div><div id=r></div></div>").css(
        "#f{float:left;width:400px;height:50px}          #r{overflow:hidden;width:100px;height:10px;margin-top:300px}",
    );
    assert_eq!(page.at("f")[1], 0.);
    assert_eq!(page.at("r")[1], 50.);
}

#[test]
fn clearance_sees_floats_of_the_blocks_before() {
    let page = Page::new("<div id=p><div><div id=f></div></div><div id=c></div></div>")
        .css("#f{float:left;width:10px;height:50px} #c{clear:left;height:9px;margin-top:300px}");
    assert_eq!(page.at("f")[1], 0.);
    assert_eq!(page.at("c")[1], 50.);
}

#[test]
fn a_margin_on_the_far_side_does_not_push_a_box_below_a_float() {
    let page = Page::new("<div id=f></div><div id=r></div>").css(
        "#f{float:left;width:300px;height:50px}          #r{overflow:hidden;width:100px;height:10px;margin-right:40px}",
    );
    assert_eq!(page.at("r"), [300., 0., 100., 10.]);
}

#[test]
fn form_controls_fill_the_room_between_insets() {
    let page = Page::new("<div id=p><input id=a><button id=b></button></div>").css(
        "#p{position:relative;height:100px}          #a,#b{position:absolute;inset:10px;margin:0;box-sizing:border-box}",
    );
    assert_eq!(page.at("a"), [10., 10., 380., 80.]);
    assert_eq!(page.at("b"), [10., 10., 380., 80.]);
}

#[test]
fn a_formatting_context_goes_below_floats_that_leave_too_little_room() {
    let page = Page::new("<div id=f></div><div id=g></div><div id=r></div>").css(
        "#f,#g{float:left;height:20px;width:250px} #g{width:100px;height:60px} \
         #r{overflow:hidden;width:200px;height:10px}",
    );
    assert_eq!(page.at("r"), [0., 60., 200., 10.]);
}

#[test]
fn a_margin_beside_a_float_is_counted_from_the_containing_block() {
    let page = Page::new("<div id=f></div><div id=r></div>").css(
        "#f{float:left;height:20px;width:80px} #r{display:flow-root;margin:0 50px;height:9px}",
    );
    assert_eq!(page.at("r"), [80., 0., 270., 9.]);
}

#[test]
fn percentages_refer_to_the_height_that_a_ratio_gives() {
    let page = Page::new("<div id=p><div id=c></div></div>")
        .css("#p{width:120px;aspect-ratio:2/1} #c{height:50%}");
    assert_eq!(page.at("p"), [0., 0., 120., 60.]);
    assert_eq!(page.at("c"), [0., 0., 120., 30.]);
}

#[test]
fn a_ratio_transfers_the_bounds_of_the_height() {
    let page = Page::new("<div id=a></div><div id=b></div>")
        .css("div{aspect-ratio:1/1} #a{max-height:40px} #b{float:left;min-height:70px}");
    assert_eq!(page.at("a"), [0., 0., 40., 40.]);
    assert_eq!(page.at("b"), [0., 40., 70., 70.]);
}

#[test]
fn a_box_with_size_containment_is_as_large_as_without_content() {
    let page = Page::new("<div id=a>text</div>").css("#a{contain:size;float:left;padding:3px}");
    assert_eq!(page.at("a"), [0., 0., 6., 6.]);
    assert!(page.unsupported().is_empty());
}

#[test]
fn rows_are_moved_by_relative_positioning() {
    let page = Page::new("<table><tr id=r><td id=c></td></tr></table>").css(
        "table{border-spacing:0} td{padding:0;width:30px;height:10px} \
         tr{position:relative;left:7px;top:4px}",
    );
    assert_eq!(page.at("c"), [7., 4., 30., 10.]);
}

#[test]
fn a_line_that_is_higher_than_its_text_goes_below_floats_that_begin_beside_it() {
    let page = Page::new("<div id=f></div><div id=g></div><b id=a></b> <b id=b></b>").css(
        "#f{float:left;width:250px;height:75px} #g{float:right;width:250px;height:75px} \
         b{display:inline-block;vertical-align:top;width:100px;height:50px}",
    );
    assert_eq!(page.at("a"), [250., 0., 100., 50.]);
    assert_eq!(page.at("b"), [0., 75., 100., 50.]);
}

#[test]
fn what_does_not_fit_beside_a_float_at_the_start_of_its_line_goes_below_it() {
    let page = Page::new("<p><i id=f></i><b id=a></b></p>").css(
        "#f{float:left;width:100px;height:30px} \
         #a{display:inline-block;width:400px;height:20px}",
    );
    assert_eq!(page.at("a")[..2], [0., 30.]);
}

#[test]
fn a_block_moves_with_the_inline_box_that_it_broke() {
    let html = "<div><span id=s>a<div id=b><i id=c></i></div>b</span></div>";
    let page = Page::new(html).css(
        "#s{position:relative;left:30px;top:5px} #b{height:10px} \
         #c{position:absolute;left:0;top:0;width:9px;height:9px}",
    );
    assert_eq!(page.at("b"), [30., 25., 400., 10.]);
    // The inline box is 3 px higher than its line of 20 px.
    assert_eq!(page.at("c")[..2], [30., 3.]);
}

#[test]
fn percentages_of_heights_look_through_anonymous_boxes() {
    let page = Page::new("<div id=p>x<b id=a></b><p>y</p></div>")
        .css("#p{height:200px} #a{display:inline-block;width:10px;height:50%}");
    assert_eq!(page.at("a")[3], 100.);
}

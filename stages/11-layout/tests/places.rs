//! Small pages and where their boxes must be.

mod page;

use page::Page;

#[test]
fn margins_of_siblings_collapse_to_the_greater() {
    let page = Page::new("<div id=a></div><div id=b></div>")
        .css("div{height:10px} #a{margin-bottom:30px} #b{margin-top:20px}");
    assert_eq!(page.at("a"), [0., 0., 400., 10.]);
    assert_eq!(page.at("b"), [0., 40., 400., 10.]);
}

#[test]
fn a_negative_margin_is_added_to_the_greatest_positive_one() {
    let page = Page::new("<div id=a></div><div id=b></div>")
        .css("div{height:10px} #a{margin-bottom:30px} #b{margin-top:-20px}");
    assert_eq!(page.at("b"), [0., 20., 400., 10.]);
}

#[test]
fn a_first_childs_margin_leaves_its_parent_unless_something_is_between() {
    let html = "<div id=p><div id=c></div></div>";
    let css = "#c{height:10px;margin:15px 0}";
    let open = Page::new(html).css(css);
    assert_eq!(open.at("p"), [0., 15., 400., 10.]);
    let padded = Page::new(html).css(&format!("{css} #p{{padding:1px 0}}"));
    assert_eq!(padded.at("p"), [0., 0., 400., 42.]);
    let root = Page::new(html).css(&format!("{css} #p{{overflow:hidden}}"));
    assert_eq!(root.at("p"), [0., 0., 400., 40.]);
}

#[test]
fn margins_go_through_an_empty_block() {
    let page = Page::new("<div id=a></div><p id=e></p><div id=b></div>")
        .css("div{height:10px} #a{margin-bottom:5px} #e{margin:25px 0} #b{margin-top:12px}");
    assert_eq!(page.at("b")[1], 35.);
}

#[test]
fn floats_stand_side_by_side_then_below() {
    let page = Page::new("<div id=a></div><div id=b></div><div id=c></div>")
        .css("div{float:left;width:150px;height:20px} #a{height:30px}");
    assert_eq!(page.at("a"), [0., 0., 150., 30.]);
    assert_eq!(page.at("b"), [150., 0., 150., 20.]);
    assert_eq!(page.at("c"), [150., 20., 150., 20.]);
}

#[test]
fn clearance_puts_a_block_below_the_floats() {
    let page = Page::new("<div id=f></div><div id=c></div>")
        .css("#f{float:right;width:50px;height:70px} #c{clear:both;height:10px;margin-top:20px}");
    assert_eq!(page.at("f"), [350., 0., 50., 70.]);
    assert_eq!(page.at("c"), [0., 70., 400., 10.]);
}

#[test]
fn a_formatting_context_stands_beside_a_float_and_holds_its_own() {
    let page = Page::new("<div id=f></div><div id=r><div id=g></div></div>").css(
        "#f{float:left;width:100px;height:50px} #r{display:flow-root} \
         #g{float:left;width:10px;height:80px}",
    );
    assert_eq!(page.at("r"), [100., 0., 300., 80.]);
}

#[test]
fn lines_go_around_a_float() {
    let page = Page::new("<div id=f></div><span id=s>aaaa</span> bbbb<br><b id=t>cc</b>")
        .css("#f{float:left;width:350px;height:20px}");
    // A word is 48 px: it fits beside the float, two do not.
    assert_eq!(page.at("s")[0], 350.);
    assert_eq!(page.at("t")[..2], [0., page.at("t")[1]]);
    assert_eq!(page.at("t")[1] - page.at("s")[1], 40.);
}

#[test]
fn text_wraps_where_the_next_word_does_not_fit() {
    let page = Page::new("<p id=p>aaa bbb ccc ddd</p>").css("#p{width:100px}");
    assert_eq!(page.at("p"), [0., 0., 100., 40.]);
}

#[test]
fn flex_items_grow_and_shrink_by_their_factors() {
    let html = "<div id=f><i id=a></i><i id=b></i></div>";
    let grow = Page::new(html).css("#f{display:flex} #a{flex:1} #b{flex:3}");
    assert_eq!(grow.at("a")[2], 100.);
    assert_eq!(grow.at("b")[..3], [100., 0., 300.]);
    let shrink = Page::new(html).css("#f{display:flex} i{width:300px;height:5px}");
    assert_eq!(shrink.at("a"), [0., 0., 200., 5.]);
    assert_eq!(shrink.at("b")[0], 200.);
}

#[test]
fn flex_lines_wrap_and_items_align() {
    let page = Page::new("<div id=f><i id=a></i><i id=b></i><i id=c></i></div>").css(
        "#f{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between} \
         i{width:150px;height:20px} #b{height:40px}",
    );
    assert_eq!(page.at("a"), [0., 10., 150., 20.]);
    assert_eq!(page.at("b"), [250., 0., 150., 40.]);
    assert_eq!(page.at("c"), [0., 40., 150., 20.]);
}

#[test]
fn grid_tracks_take_fixed_and_shared_room() {
    let page = Page::new("<div id=g><i id=a></i><i id=b></i><i id=c></i></div>").css(
        "#g{display:grid;grid-template-columns:100px 1fr 2fr;column-gap:15px;\
         grid-auto-rows:30px;row-gap:5px} #c{grid-column:2/4;grid-row:2}",
    );
    assert_eq!(page.at("a"), [0., 0., 100., 30.]);
    assert_eq!(page.at("b"), [115., 0., 90., 30.]);
    assert_eq!(page.at("c"), [115., 35., 285., 30.]);
}

#[test]
fn table_columns_and_spans() {
    let page = Page::new(
        "<table id=t><tr><td id=a rowspan=2></td><td id=b></td></tr><tr><td id=c></td></tr></table>",
    )
    .css("table{border-spacing:4px} td{padding:0;width:50px;height:20px} #b{width:80px}");
    assert_eq!(page.at("t"), [0., 0., 142., 52.]);
    assert_eq!(page.at("a"), [4., 4., 50., 44.]);
    assert_eq!(page.at("b"), [58., 4., 80., 20.]);
    assert_eq!(page.at("c"), [58., 28., 80., 20.]);
}

#[test]
fn collapsed_borders_are_shared() {
    let page = Page::new("<table id=t><tr><td id=a></td><td id=b></td></tr></table>").css(
        "table{border-collapse:collapse} td{padding:0;width:50px;height:20px;border:2px solid}",
    );
    assert_eq!(page.at("t"), [0., 0., 106., 24.]);
    assert_eq!(page.at("a"), [1., 1., 52., 22.]);
    assert_eq!(page.at("b"), [53., 1., 52., 22.]);
}

#[test]
fn columns_are_balanced_between_blocks() {
    let page = Page::new("<div id=m><p id=a></p><p id=b></p><p id=c></p><p id=d></p></div>")
        .css("#m{columns:2;column-gap:20px} p{height:30px;margin:0}");
    assert_eq!(page.at("m"), [0., 0., 400., 60.]);
    assert_eq!(page.at("b"), [0., 30., 190., 30.]);
    assert_eq!(page.at("c"), [210., 0., 190., 30.]);
    assert_eq!(page.at("d"), [210., 30., 190., 30.]);
}

#[test]
fn a_paragraph_is_cut_between_lines_but_not_after_one() {
    let html = "<div id=m><p>a<br>b<br>c<br>d<br>e<br><b id=x>f</b></p></div>";
    let six = Page::new(html).css("#m{columns:2;column-gap:0} p{margin:0}");
    assert_eq!(six.at("m")[3], 60.);
    assert_eq!(six.at("x")[0], 200.);
    // Three lines: two and one would leave one alone, so all stay in the first column.
    let html = "<div id=m><p>a<br>b<br><b id=x>c</b></p></div>";
    let three = Page::new(html).css("#m{columns:2;column-gap:0} p{margin:0}");
    assert_eq!(three.at("m")[3], 40.);
}

#[test]
fn a_spanning_child_divides_the_columns() {
    let page =
        Page::new("<div id=m><p id=a></p><p id=b></p><h2 id=s></h2><p id=c></p><p id=d></p></div>")
            .css(
                "#m{columns:2;column-gap:0} p{height:30px;margin:0} \
         h2{column-span:all;height:10px;margin:5px 0}",
            );
    assert_eq!(page.at("b"), [200., 0., 200., 30.]);
    assert_eq!(page.at("s"), [0., 35., 400., 10.]);
    assert_eq!(page.at("c"), [0., 50., 200., 30.]);
    assert_eq!(page.at("d"), [200., 50., 200., 30.]);
    assert_eq!(page.at("m")[3], 80.);
}

#[test]
fn far_content_has_the_size_that_was_told_beforehand_and_near_content_its_own() {
    let section = |id| format!("<section id={id}><p></p></section>");
    let html = section("a") + "<div></div>" + &section("b") + &section("c");
    let css = "section{content-visibility:auto;contain-intrinsic-size:1px 5000px} \
               p{margin:0;height:100px} div{height:";
    let near = Page::new(&html).css(&format!("{css} 100px}}"));
    assert_eq!(near.at("a")[3], 100.);
    assert_eq!(near.at("b")[1..], [200., 400., 100.]);
    assert_eq!(near.at("c")[3], 100.);
    let far = Page::new(&html).css(&format!("{css} 9000px}}"));
    assert_eq!(far.at("b")[1..], [9100., 400., 5000.]);
    assert_eq!(far.at("c")[1], 14100.);
    let hidden = Page::new(&section("a")).css("section{content-visibility:hidden} p{height:9px}");
    assert_eq!(hidden.at("a"), [0., 0., 400., 0.]);
}

#[test]
fn a_space_at_the_end_of_a_shrunk_line_has_no_room() {
    let page = Page::new("<b id=f>ab <i></i> </b>").css("#f{float:left;white-space:nowrap}");
    let bare = Page::new("<b id=f>ab</b>").css("#f{float:left}");
    assert_eq!(page.at("f")[2], bare.at("f")[2]);
}

#[test]
fn an_absolute_box_refers_to_the_nearest_positioned_one() {
    let page = Page::new("<div id=r><div id=s><div id=a></div></div></div>").css(
        "#r{position:relative;margin:20px;height:100px;border:5px solid} #s{height:10px} \
         #a{position:absolute;right:10px;bottom:0;width:30px;height:40px}",
    );
    assert_eq!(page.at("r"), [20., 20., 360., 110.]);
    assert_eq!(page.at("a"), [335., 85., 30., 40.]);
}

#[test]
fn what_is_not_built_is_said_once_with_its_count() {
    let page = Page::new("<p class=v>a<b>b</b></p><p class=s></p><p class=s></p>")
        .css(".v{mask-image:linear-gradient(red,blue)} .s{backdrop-filter:blur(1px);top:0}");
    assert_eq!(
        page.unsupported(),
        [
            ("backdrop-filter".to_owned(), 2),
            ("mask-image".to_owned(), 1)
        ]
    );
    assert!(
        Page::new("<p>plain</p>")
            .css("p{color:red}")
            .unsupported()
            .is_empty()
    );
}

#[test]
fn a_deep_tree_does_not_overflow_the_stack() {
    let mut html = "<div>".repeat(500);
    html.push_str("<div id=deep>x</div>");
    let page = Page::new(&html);
    assert_eq!(page.at("deep"), [0., 0., 400., 20.]);
}

#[test]
fn a_cell_is_as_high_as_its_content_even_if_its_height_is_less() {
    let page = Page::new("<table id=t><tr><td id=c><div></div></table>")
        .css("#t{border-collapse:collapse} #c{height:10px;padding:0} div{height:40px;width:10px}");
    assert_eq!(page.at("c")[3], 40.);
}

#[test]
fn a_shrunk_box_has_room_for_its_percentage_of_padding() {
    let page = Page::new("<div id=f><div id=c></div></div>")
        .css("#f{float:left;padding-left:25%} #c{width:30px;height:10px}");
    assert_eq!(page.at("f")[2], 130.);
}

#[test]
fn what_does_not_count_its_content_is_as_large_as_it_says() {
    let page = Page::new("<div id=f><div id=c></div></div>").css(
        "#f{float:left;contain:size;contain-intrinsic-size:70px 20px} #c{width:30px;height:90px}",
    );
    assert_eq!(page.at("f"), [0., 0., 70., 20.]);
}

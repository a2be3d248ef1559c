//! Subgrids, columns that end where they are told, sticky boxes, clamped lines: where their boxes must be.

mod page;

use page::Page;

#[test]
fn an_item_of_a_subgrid_widens_the_column_around_with_the_subgrids_edges() {
    let html = "<div id=g><div id=s><div id=a></div><div id=b></div></div><div id=c></div></div>";
    let page = Page::new(html).css(
        "#g{display:grid;grid-template-columns:auto auto;justify-content:start;column-gap:10px} \
         #s{display:grid;grid-template-columns:subgrid;grid-column:1/-1;padding:0 5px 0 7px} \
         #a{width:40px;height:10px} #b{width:60px} #c{width:10px}",
    );
    assert_eq!(page.at("s"), [0., 0., 122., 10.]);
    assert_eq!(page.at("a")[0], 7.);
    assert_eq!(page.at("b")[0], 57.);
    assert!(page.unsupported().is_empty());
}

#[test]
fn a_subgrids_wider_gap_takes_half_from_the_tracks_at_each_side() {
    let html = "<div id=g><div id=s><div id=a></div><div id=b></div></div></div>";
    let page = Page::new(html).css(
        "#g{display:grid;grid-template-columns:100px 100px;column-gap:10px} \
         #s{display:grid;grid-template-columns:subgrid;grid-column:span 2;column-gap:30px} \
         #a,#b{height:10px}",
    );
    assert_eq!(page.at("a"), [0., 0., 90., 10.]);
    assert_eq!(page.at("b"), [120., 0., 90., 10.]);
}

#[test]
fn rows_of_a_subgrid_are_as_high_as_its_items_in_its_own_columns() {
    let html = "<div id=g><div id=s><div id=a>x x</div><div id=b>y</div></div></div>";
    let page = Page::new(html).css(
        "#g{display:grid;width:200px} \
         #s{display:grid;grid-template-rows:subgrid;grid-row:span 2;grid-template-columns:20px}",
    );
    // A letter is 12 px wide: both words do not fit beside each other.
    assert_eq!(page.at("a"), [0., 0., 20., 40.]);
    assert_eq!(page.at("b"), [0., 40., 20., 20.]);
}

#[test]
fn a_subgrid_in_a_subgrid_takes_its_lines_by_their_names() {
    let html = "<div id=g><div id=s><div id=t><div id=a></div></div></div></div>";
    let page = Page::new(html).css(
        "#g{display:grid;grid-template-columns:10px 20px [here] 30px 40px} \
         #s{display:grid;grid-column:2/5;grid-template-columns:subgrid} \
         #t{display:grid;grid-column:1/-1;grid-template-columns:subgrid} \
         #a{grid-column:here;height:10px}",
    );
    assert_eq!(page.at("a"), [30., 0., 30., 10.]);
}

#[test]
fn a_sticky_box_moves_into_view_but_not_out_of_its_block() {
    let html = "<div id=v><div id=b><div id=t></div><div id=s></div></div></div>";
    let css = "#v{height:100px;overflow:hidden} #b{height:160px} #t{height:130px} \
               #s{position:sticky;height:20px}";
    let down = Page::new(html).css(&format!("{css} #s{{bottom:5px}}"));
    assert_eq!(down.at("s")[1], 75.);
    let up = Page::new(html).css(&format!("{css} #s{{top:145px}}"));
    assert_eq!(up.at("s")[1], 140.);
}

#[test]
fn columns_end_at_forced_breaks() {
    let html = "<div id=m><div id=a></div><div id=b></div><div id=c></div></div>";
    let page = Page::new(html).css(
        "#m{columns:2;column-gap:0} #m div{height:20px} #b{break-before:column} #c{break-after:column}",
    );
    assert_eq!(page.at("m")[3], 40.);
    assert_eq!(page.at("b"), [200., 0., 200., 20.]);
    assert_eq!(page.at("c"), [200., 20., 200., 20.]);
}

#[test]
fn a_box_that_avoids_breaks_goes_to_the_next_column_whole() {
    let html = "<div id=m><div id=a></div><div id=b><div id=x></div><div id=y></div></div></div>";
    let page = Page::new(html).css(
        "#m{columns:2;column-gap:0;height:50px;column-fill:auto} #a,#x,#y{height:20px} \
         #b{break-inside:avoid}",
    );
    assert_eq!(page.at("b"), [200., 0., 200., 40.]);
}

#[test]
fn what_is_behind_the_clamp_point_takes_no_room() {
    let html = "<div id=k>a<br>b<div id=d>c<br>d</div><div id=e>e</div></div><div id=after>f</div>";
    let page = Page::new(html).css("#k{line-clamp:3;padding:5px}");
    assert_eq!(page.at("k")[3], 70.);
    assert_eq!(page.at("d")[3], 20.);
    assert_eq!(page.at("after")[1], 70.);
}

#[test]
fn the_old_property_asks_for_the_old_box() {
    let html = "<div id=k>a<br>b<br>c</div>";
    let plain = Page::new(html).css("#k{-webkit-line-clamp:2}");
    assert_eq!(plain.at("k")[3], 60.);
    let old = "#k{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2}";
    assert_eq!(Page::new(html).css(old).at("k")[3], 40.);
}

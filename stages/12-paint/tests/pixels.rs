//! Small pages without text, and which colour some of their pixels must have.

use std::rc::Rc;
use thru_cssom::{Screen, StyleSet};
use thru_dom::Options;
use thru_events::Tap;
use thru_layout::text::Fonts;
use thru_paint::{Area, Picture};
use thru_render_tree::{ImageSources, Images};
use url::Url;

const SIDE: u32 = 100;
const WHITE: [u8; 3] = [255, 255, 255];
const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 128, 0];
const BLUE: [u8; 3] = [0, 0, 255];

/// The window, 100 px wide and high, of a page without margins.
fn painted(css: &str, html: &str, scale: f32) -> Picture {
    let url = Url::parse("http://page.example/").expect("a constant URL parses");
    let off = Tap::off();
    let source = format!("<!DOCTYPE html><body>{html}");
    let kind = Some("text/html");
    let (document, _) = thru_dom::parse(source.as_bytes(), kind, Options::default(), &off, None);
    let screen = Screen {
        width: SIDE as f32,
        height: SIDE as f32,
        scale,
        print: false,
    };
    let mut set = StyleSet::new(screen, document.quirks, &off);
    for text in ["body{margin:0} div{width:40px;height:40px}", css] {
        set.append(text, &url, "", "<style>", None);
    }
    let styled = thru_cssom::run(set, &document, &url, &url, &off, None);
    let sources = ImageSources::default();
    let images = Rc::new(Images::default());
    let (tree, _) = thru_render_tree::build(&document, &styled, images, &sources, &off, None);
    let fonts = Fonts::new(&[]);
    let (placed, _) = thru_layout::run(&tree, &fonts, (SIDE, SIDE), &off, None);
    let area = Area {
        full_page: false,
        scale,
        transparent: false,
    };
    thru_paint::paint(&tree, &placed, &fonts, area, &off, None).0
}

/// The colours at these places.
fn colors<const N: usize>(css: &str, html: &str, places: [(u32, u32); N]) -> [[u8; 3]; N] {
    let picture = painted(css, html, 1.0);
    places.map(|place| color(&picture, place))
}

fn color(picture: &Picture, (x, y): (u32, u32)) -> [u8; 3] {
    let at = ((y * picture.width + x) * 4) as usize;
    [0, 1, 2].map(|channel| picture.rgba[at + channel])
}

/// Within what rounding of a mixture may differ.
fn is_near(found: [u8; 3], wanted: [u8; 3]) -> bool {
    found.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 1)
}

#[test]
fn layers_lie_in_the_order_of_appendix_e() {
    // Each of five boxes in one place is 5 px narrower than the one that must lie below it; the
    // source has them in another order.
    let css = "div{position:absolute;top:0;left:0;height:20px;background:gray}\
        .flow{position:static;width:35px;background:green}\
        .float{position:static;float:left;width:30px;margin-top:-20px;background:red}\
        .auto{width:25px;background:blue}\
        .one{z-index:1;width:20px;background:yellow}\
        .below{z-index:-1;width:40px;background:purple}";
    let html = "<div class=one></div><div class=auto></div><div class=flow></div>\
        <div class=float></div><div class=below></div>";
    let found = colors(
        css,
        html,
        [(2, 5), (22, 5), (27, 5), (32, 5), (37, 5), (45, 5)],
    );
    let yellow = [255, 255, 0];
    let purple = [128, 0, 128];
    assert_eq!(found, [yellow, BLUE, RED, GREEN, purple, WHITE]);
}

#[test]
fn nothing_leaves_its_stacking_context() {
    let css = "div{position:absolute} .low{z-index:1} .low>div{z-index:100;background:red}\
        .high{z-index:2;background:green}";
    let html = "<div class=high></div><div class=low><div></div></div>";
    assert_eq!(colors(css, html, [(5, 5)]), [GREEN]);
    // Without a z-index of its own the parent is no context, and the child passes.
    let css = css.replace(".low{z-index:1}", "");
    assert_eq!(colors(&css, html, [(5, 5)]), [RED]);
}

#[test]
fn opacity_is_a_context_of_its_own() {
    let css = ".first{position:relative;background:red}\
        .second{opacity:0.999;background:green;margin-top:-40px}";
    let html = "<div class=first></div><div class=second></div>";
    let [found] = colors(css, html, [(5, 5)]);
    assert!(is_near(found, GREEN), "{found:?}");
}

#[test]
fn a_group_is_painted_whole_before_it_fades() {
    let css = ".group{opacity:0.5} .group>div{background:green} .group>.over{background:red;\
        margin-top:-20px}";
    let html = "<div class=group><div></div><div class=over></div></div>";
    let [green, red, both] = colors(css, html, [(5, 5), (5, 50), (5, 30)]);
    assert!(is_near(green, [127, 191, 127]), "{green:?}");
    assert!(is_near(red, [255, 127, 127]), "{red:?}");
    assert_eq!(both, red, "what lies below in the group does not show");
}

#[test]
fn what_has_no_opacity_is_not_there() {
    let css = "div{background:red} .a{opacity:0} .b{visibility:hidden}\
        .b>div{visibility:visible;background:blue;width:10px;height:10px}";
    let html = "<div class=a></div><div class=b><div></div></div>";
    let found = colors(css, html, [(5, 5), (5, 45), (20, 60)]);
    assert_eq!(found, [WHITE, BLUE, WHITE]);
}

#[test]
fn borders_of_two_colours_meet_on_the_diagonal() {
    let css = "div{width:20px;height:20px;border:20px solid;\
        border-color:red green blue gray;background:white}";
    let found = colors(
        css,
        "<div></div>",
        [(12, 4), (4, 12), (55, 12), (12, 55), (48, 4), (30, 30)],
    );
    let gray = [128, 128, 128];
    assert_eq!(found, [RED, gray, GREEN, BLUE, RED, WHITE]);
}

#[test]
fn borders_around_nothing_are_triangles() {
    let css = "div{width:0;height:0;border:20px solid transparent;border-bottom-color:red}";
    let found = colors(css, "<div></div>", [(20, 35), (20, 25), (3, 25), (20, 5)]);
    assert_eq!(found, [RED, RED, WHITE, WHITE]);
}

#[test]
fn a_background_lies_below_the_border_and_is_clipped_as_asked() {
    let css = "div{border:10px dashed transparent;background:red;width:20px;height:20px}";
    assert_eq!(colors(css, "<div></div>", [(5, 5), (15, 15)]), [RED, RED]);
    let inside = format!("{css} div{{background-clip:padding-box}}");
    assert_eq!(
        colors(&inside, "<div></div>", [(5, 5), (15, 15)]),
        [WHITE, RED]
    );
}

#[test]
fn overflow_cuts_at_the_padding_box_and_not_what_is_placed_from_outside() {
    let css = ".clip{overflow:hidden;border:5px solid blue;width:20px;height:20px}\
        .clip>div{background:red;width:90px;height:90px}\
        .clip>.out{position:absolute;left:60px;top:60px;width:10px;height:10px;background:green}";
    let html = "<div class=clip><div class=out></div><div></div></div>";
    let found = colors(css, html, [(2, 2), (24, 24), (27, 24), (35, 10), (65, 65)]);
    assert_eq!(found, [BLUE, RED, BLUE, WHITE, GREEN]);
}

#[test]
fn round_corners_cut_the_box_and_what_overflows() {
    let css = ".clip{overflow:hidden;border-radius:20px} .clip>div{background:red;width:90px}";
    let html = "<div class=clip><div></div></div>";
    let found = colors(css, html, [(1, 1), (38, 1), (20, 20), (20, 1), (45, 20)]);
    assert_eq!(found, [WHITE, WHITE, RED, RED, WHITE]);
}

#[test]
fn what_is_mixed_is_mixed_with_its_group_only() {
    // Nothing is below the element in the page's group: the white under the page does not count.
    let css = "div{background:red;mix-blend-mode:difference}";
    assert_eq!(colors(css, "<div></div>", [(5, 5)]), [RED]);
    // Difference with the same colour is black, in the parent's group.
    let css = "body{background:red} div{background:red;mix-blend-mode:difference}";
    assert_ne!(colors(css, "<div></div>", [(5, 5)]), [RED]);
}

#[test]
fn layers_of_a_background_are_mixed_with_each_other() {
    let layers = "linear-gradient(red,red),linear-gradient(red,red)";
    let css = format!("div{{background:{layers};background-blend-mode:difference,normal}}");
    assert_ne!(colors(&css, "<div></div>", [(5, 5)]), [RED]);
    let css = format!("div{{background:{layers};background-blend-mode:multiply,normal}}");
    assert_eq!(colors(&css, "<div></div>", [(5, 5)]), [RED]);
}

#[test]
fn the_bodys_background_is_the_canvas() {
    let found = colors(
        "body{background:green} div{background:red}",
        "<div></div>",
        [(5, 5), (99, 99)],
    );
    assert_eq!(found, [RED, GREEN]);
}

#[test]
fn outlines_and_shadows_lie_outside_and_take_no_room() {
    let css = "div{margin:20px;background:white;width:20px;height:20px}\
        .o{outline:5px solid red} .s{box-shadow:10px 0 blue}";
    let found = colors(css, "<div class=o></div>", [(17, 30), (12, 30), (30, 30)]);
    assert_eq!(found, [RED, WHITE, WHITE]);
    let found = colors(css, "<div class=s></div>", [(45, 30), (30, 30), (15, 30)]);
    assert_eq!(found, [BLUE, WHITE, WHITE]);
}

#[test]
fn a_transform_moves_pixels_and_not_the_place() {
    let css = ".a{background:red;transform:translate(50px,50px)} .b{background:blue}";
    let html = "<div class=a></div><div class=b></div>";
    let found = colors(css, html, [(5, 5), (55, 55), (5, 45)]);
    assert_eq!(found, [WHITE, RED, BLUE]);
}

#[test]
fn a_gradient_runs_from_one_end_to_the_other() {
    let css = "div{width:100px;background:linear-gradient(to right, red, blue)}";
    let [left, middle, right] = colors(css, "<div></div>", [(0, 5), (50, 5), (99, 5)]);
    assert!(left[0] > 250 && left[2] < 5, "{left:?}");
    assert!(
        middle[0].abs_diff(127) < 4 && middle[2].abs_diff(127) < 4,
        "{middle:?}"
    );
    assert!(right[0] < 5 && right[2] > 250, "{right:?}");
}

#[test]
fn scale_makes_more_pixels_of_the_same_page() {
    let picture = painted("div{background:red}", "<div></div>", 2.0);
    assert_eq!((picture.width, picture.height), (2 * SIDE, 2 * SIDE));
    assert_eq!(color(&picture, (79, 79)), RED);
    assert_eq!(color(&picture, (80, 80)), WHITE);
}

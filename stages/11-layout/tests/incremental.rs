//! A layout that stays gives what a new one gives, and lays out only what a change reaches.

mod late;
#[allow(dead_code)]
mod page;

use late::Late;

/// Pages whose images may get any size, with what is around images in the wild.
const PAGES: [(&str, &str); 9] = [
    (
        "<p>aa <img> bb</p><div><p>cc</p><div><img>dd</div></div><p>ee</p>",
        "p{margin:10px 0}",
    ),
    (
        "<div id=a><img>text beside it that goes on for a while and then some more</div><p>after</p><div><p>x</p></div>",
        "img{float:left}",
    ),
    (
        "<table><tr><td><img><td>aa bb<tr><td>cc<td><img> dd</table><p>after</p>",
        "td{padding:3px}",
    ),
    (
        "<div id=f><div><img></div><div>some words</div><div><p>a</p><p>b</p></div></div><p>after</p>",
        "#f{display:flex;align-items:center}",
    ),
    (
        "<div id=g><div><img></div><div>some words</div><div><p>a</p></div></div><p>after</p>",
        "#g{display:grid;grid-template-columns:auto 1fr auto}",
    ),
    (
        "<div id=c><p>aa bb cc dd ee ff gg</p><img><p>hh ii jj kk</p></div><p>after</p>",
        "#c{columns:2}",
    ),
    (
        "<div id=r><b><img></b><div id=abs><img></div></div><p>after</p><div id=s>aa<img></div>",
        "#r{position:relative;display:inline-block} #abs{position:absolute;bottom:0;right:0} #s{float:right}",
    ),
    (
        "<div><div id=n><p>up</p></div></div><div id=fl><img></div><div id=m><p>aa</p><div id=v><img>bb</div></div>",
        "#fl{float:left} #m{margin-top:30px} #v{margin-top:-50px;clear:none} #n{margin-bottom:-10px}",
    ),
    (
        "<div id=w>aa<img></div><div id=h><img></div><p>after</p>",
        "#w{writing-mode:vertical-rl;height:100px} #h{height:50%;width:fit-content;border:1px solid}",
    ),
];

const SIZES: [Option<(f32, f32)>; 5] = [
    None,
    Some((30.0, 20.0)),
    Some((300.0, 10.0)),
    Some((10.0, 200.0)),
    Some((500.0, 500.0)),
];

#[test]
fn a_changed_image_leads_to_the_layout_that_a_new_one_gives() {
    for (html, css) in PAGES {
        let mut late = Late::new(html, css);
        let images = late.images();
        let mut size = 1;
        for round in 0..4 {
            for image in 0..images {
                size = (size * 3 + image + round) % SIZES.len();
                late.resize(image, SIZES[size]);
                let (again, anew) = (late.lay_out_again(), late.lay_out_anew());
                assert_eq!(again, anew, "{html} {css}: image {image} {:?}", SIZES[size]);
            }
        }
    }
}

#[test]
fn several_changes_are_laid_out_at_once() {
    let (html, css) = PAGES[0];
    let mut late = Late::new(html, css);
    late.resize(0, SIZES[2]);
    late.resize(1, SIZES[3]);
    let (again, anew) = (late.lay_out_again(), late.lay_out_anew());
    assert_eq!(again, anew);
}

#[test]
fn only_what_a_change_reaches_is_laid_out() {
    let many = "<div><p>one <b>two</b></p><p>three</p></div>".repeat(100);
    let html = format!("{many}<section><p>aa <img> bb</p></section>{many}");
    let mut late = Late::new(&html, "");
    late.lay_out_again();
    assert_eq!(late.counted(), late.boxes(), "at first everything");
    late.resize(0, Some((40.0, 40.0)));
    late.lay_out_again();
    // html, body, section, p, the image and the two texts beside it.
    assert_eq!(late.counted(), 7);
    late.lay_out_again();
    assert_eq!(late.counted(), 0, "nothing changed");
}

/// Numbers that look like chance and are the same in every run (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

/// Styles that make boxes depend on each other in different ways.
const STYLES: [&str; 22] = [
    "",
    "",
    "margin:10px",
    "margin-top:-30px",
    "margin-bottom:-15px",
    "padding:5px",
    "border:1px solid",
    "float:left",
    "float:right",
    "clear:both",
    "overflow:hidden",
    "display:inline-block",
    "display:flex",
    "display:flex;flex-direction:column;align-items:center",
    "display:grid;grid-template-columns:1fr auto",
    "display:table",
    "position:relative;top:5px",
    "position:absolute;bottom:0",
    "width:50%",
    "height:60px",
    "max-height:40px",
    "text-align:center",
];

fn tree(chance: &mut Chance, depth: usize, html: &mut String) {
    for _ in 0..1 + chance.below(4) {
        match chance.below(6) {
            0 => html.push_str("aa bb "),
            1 => html.push_str("<img>"),
            _ if depth == 0 => html.push_str("<p>cc dd</p>"),
            _ => {
                let style = STYLES[chance.below(STYLES.len())];
                *html += &format!("<div style='{style}'>");
                tree(chance, depth - 1, html);
                *html += "</div>";
            }
        }
    }
}

#[test]
fn pages_by_chance_are_laid_out_alike_after_a_change_and_anew() {
    for seed in 1..=150 {
        let mut chance = Chance(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed));
        let mut html = String::new();
        tree(&mut chance, 5, &mut html);
        let mut late = Late::new(&html, "");
        late.lay_out_again();
        for _ in 0..late.images().min(6) {
            let image = chance.below(late.images());
            let size = SIZES[chance.below(SIZES.len())];
            late.resize(image, size);
            let (again, anew) = (late.lay_out_again(), late.lay_out_anew());
            assert_eq!(again, anew, "seed {seed}: {html} image {image} {size:?}");
        }
    }
}

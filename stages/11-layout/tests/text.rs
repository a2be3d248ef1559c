//! Words and fonts against what Chromium measured with the same files.

use thru_layout::text::{
    BreakRules, Caps, FamilyName, FontRequest, FontSource, Fonts, break_opportunities,
};

fn installed() -> Fonts {
    let files = [
        "liberation/LiberationSerif-Regular.ttf",
        "liberation/LiberationSans-Regular.ttf",
        "liberation/LiberationMono-Regular.ttf",
        "dejavu/DejaVuSans.ttf",
        "dejavu/DejaVuSansMono.ttf",
    ];
    let read = |path: &str| {
        let bytes = std::fs::read(format!("/usr/share/fonts/truetype/{path}"));
        FontSource::new(path, bytes.expect("an installed font"))
    };
    Fonts::new(&files.map(read))
}

fn bundled() -> Fonts {
    let source = |bytes| FontSource::new("bundled", bytes);
    Fonts::new(&typst_assets::fonts().map(source).collect::<Vec<_>>())
}

fn request(family: FamilyName, size: f32) -> FontRequest {
    FontRequest {
        families: vec![family],
        size,
        ..FontRequest::default()
    }
}

fn width(fonts: &Fonts, text: &str) -> f32 {
    let font = fonts.font(&request(FamilyName::Serif, 16.0));
    let face = font.faces[0];
    let space = fonts.word(&font, face, " ", false).width;
    let words: Vec<f32> = text
        .split(' ')
        .map(|w| fonts.word(&font, face, w, false).width)
        .collect();
    words.iter().sum::<f32>() + space * (words.len() - 1) as f32
}

#[test]
#[ignore = "needs Debian's fonts-liberation and fonts-dejavu-core"]
fn a_sentence_is_as_wide_as_in_chromium() {
    let fonts = installed();
    let text = "The quick brown fox jumps over the lazy dog";
    assert_eq!(width(&fonts, text), 292.375);
    let shaped = fonts.shaped();
    assert_eq!(width(&fonts, text), 292.375);
    assert_eq!(fonts.shaped(), shaped, "a word is shaped once");
}

#[test]
#[ignore = "needs Debian's fonts-liberation and fonts-dejavu-core"]
fn ascent_descent_and_gap_are_whole_px() {
    let fonts = installed();
    let heights = |family, size| {
        let m = fonts.font(&request(family, size)).metrics;
        (
            (m.ascent + m.descent).to_px(),
            m.normal_line_height().to_px(),
        )
    };
    assert_eq!(heights(FamilyName::Serif, 16.0), (17.0, 18.0));
    assert_eq!(heights(FamilyName::Serif, 24.0), (26.0, 27.0));
    assert_eq!(heights(FamilyName::Serif, 32.0), (36.0, 37.0));
    assert_eq!(heights(FamilyName::SansSerif, 14.0), (16.0, 16.0));
    assert_eq!(heights(FamilyName::SansSerif, 24.0), (27.0, 28.0));
    assert_eq!(heights(FamilyName::SystemUi, 16.0), (19.0, 19.0));
    assert_eq!(heights(FamilyName::Monospace, 13.0), (15.0, 15.0));
    assert_eq!(
        heights(FamilyName::Named("Courier".into()), 16.0),
        (18.0, 18.0)
    );
}

#[test]
fn lines_break_after_spaces_and_hyphens_only() {
    let breaks = |text| break_opportunities(text, BreakRules::default());
    assert_eq!(
        breaks("a well-known http://x/y -1 f(x)"),
        [2, 7, 13, 24, 27]
    );
    assert_eq!(breaks("日本 x"), [3, 7]);
}

#[test]
fn the_bundled_monospace_font_has_the_measures_chromium_gives_it() {
    let fonts = bundled();
    let font = fonts.font(&request(FamilyName::Monospace, 13.0));
    let m = font.metrics;
    assert_eq!((m.ascent + m.descent).to_px(), 15.0);
    assert_eq!(m.normal_line_height().to_px(), 15.0);
    let word = fonts.word(&font, font.faces[0], "twelve chars", false);
    assert_eq!(word.glyphs.len(), 12);
    assert!((word.width - 12.0 * 13.0 * 1233.0 / 2048.0).abs() < 0.01);
}

#[test]
fn a_word_is_shaped_once() {
    let fonts = bundled();
    let font = fonts.font(&request(FamilyName::Monospace, 16.0));
    let first = fonts.word(&font, font.faces[0], "again", false);
    let shaped = fonts.shaped();
    let second = fonts.word(&font, font.faces[0], "again", false);
    assert!(std::rc::Rc::ptr_eq(&first, &second));
    assert_eq!(fonts.shaped(), shaped);
}

#[test]
fn small_capitals_are_made_of_smaller_ones_where_the_font_has_none() {
    let fonts = bundled();
    let asked = |family, caps| {
        fonts.font(&FontRequest {
            caps,
            ..request(family, 20.0)
        })
    };
    let made = asked(FamilyName::Monospace, Caps::Small);
    let small = made.small.as_ref().expect("DejaVu Sans Mono has none");
    assert_eq!(small.font.size, 14.0);
    assert_eq!(
        small.parts("Ab c"),
        [("A", false), ("b", true), (" ", false), ("c", true)]
    );
    let all = asked(FamilyName::Monospace, Caps::AllSmall);
    let all = all.small.as_ref().expect("nor these");
    assert_eq!(all.parts("Ab1"), [("Ab", true), ("1", false)]);
    let own = asked(FamilyName::Serif, Caps::Small);
    assert!(own.small.is_none(), "Libertinus Serif has small capitals");
    let plain = asked(FamilyName::Serif, Caps::Normal);
    let glyph = |font| fonts.word(font, plain.faces[0], "a", false).glyphs[0].id;
    assert_ne!(glyph(&own), glyph(&plain));
}

#[test]
fn upright_letters_are_as_high_as_the_font_and_stand_in_the_middle() {
    let fonts = bundled();
    let upright = fonts.font(&FontRequest {
        upright: true,
        ..request(FamilyName::Monospace, 20.0)
    });
    let (face, metrics) = (upright.faces[0], upright.metrics);
    let word = fonts.word(&upright, face, "ab", false);
    let height = (metrics.ascent + metrics.descent).to_px();
    assert_eq!(word.width, 2.0 * height);
    let across = fonts.font(&request(FamilyName::Monospace, 20.0));
    let width = fonts.word(&across, face, "a", false).width;
    let (down, over) = word.glyphs[0].offset;
    assert_eq!(down, metrics.ascent.to_px());
    let middle = (metrics.ascent - metrics.descent).to_px() / 2.0;
    assert!((over - (middle - width / 2.0)).abs() < 0.02, "{over}");
}

//! 11: places.

vocabulary! {
    /// Events of layout (CSS 2, CSS Inline, Flexbox, Grid).
    LayoutEvent => Layout {
        /// A font was chosen for a family name.
        FontChosen { /** Asked for. */ family: String, /** Used. */ used: String },
        /// No installed font has a character.
        GlyphMissing { /** The character. */ character: char, /** Font that was tried last. */ font: String },
        /// Something that the page asks for is not built in layout.
        FeatureUnsupported { /** What. */ what: String, /** How often it was met. */ count: u32 },
        /// Everything has its place.
        LaidOut { /** Boxes placed. */ boxes: u32, /** Lines of text. */ lines: u32, /** Fonts used. */ fonts: u32, /** Document width, CSS px. */ width: f32, /** Document height, CSS px. */ height: f32 },
    }
}

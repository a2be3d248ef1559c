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
        /// What decided a box's size; stated of elements that were asked for. Lengths are CSS px; edges are top, right, bottom, left.
        SizeDecided { /** Path of the element. */ element: String, /** What kind of box it is. */ kind: String, /** Border box: x, y, width, height, from the document's corner. */ area: [f32; 4], /** Used margins. */ margin: [f32; 4], /** Used border widths. */ border: [f32; 4], /** Used padding. */ padding: [f32; 4], /** Path of the element whose box is the containing block; empty for the initial one. */ containing: String, /** Width and height of the containing block. */ containing_size: [f32; 2], /** What decided the width. */ width_by: String, /** What decided the height. */ height_by: String },
        /// An element that was asked for has no box.
        NoBox { /** Path of the element. */ element: String, /** Why. */ why: String },
        /// Everything has its place.
        LaidOut { /** Boxes placed. */ boxes: u32, /** Those of them that were laid out for it; the others stayed as they were. */ laid_out: u32, /** Lines of text. */ lines: u32, /** Fonts used. */ fonts: u32, /** Document width, CSS px. */ width: f32, /** Document height, CSS px. */ height: f32 },
    }
}

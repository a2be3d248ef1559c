//! 12: pixels.

vocabulary! {
    /// Events of painting (CSS 2 appendix E).
    PaintEvent => Paint {
        /// The display list is complete.
        DisplayListBuilt { /** Items. */ items: u32 },
        /// The first picture with content.
        FirstPainted { /** Items. */ items: u32 },
        /// The page is larger than the largest picture; the rest was cut off.
        PictureCut { /** Longest side, px. */ limit: u32 },
        /// A picture was drawn; its span is the PNG. The last one of a trip is what is shown.
        Painted { /** Pixels. */ width: u32, /** Pixels. */ height: u32, /** Items drawn. */ items: u32 },
    }
}

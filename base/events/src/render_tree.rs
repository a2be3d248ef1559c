//! 10: boxes.

vocabulary! {
    /// Events of box construction (CSS Display).
    RenderTreeEvent => RenderTree {
        /// The tree of boxes is complete.
        TreeBuilt { /** Boxes. */ boxes: u32, /** Elements that are not shown. */ hidden: u32, /** Anonymous boxes. */ anonymous: u32, /** Generated boxes (`::before` and the like). */ generated: u32 },
        /// An image was decoded.
        ImageDecoded { /** URL. */ url: String, /** Pixels. */ width: u32, /** Pixels. */ height: u32, /** Format. */ format: String },
        /// An image could not be decoded.
        ImageBroken { /** URL. */ url: String, /** Why. */ why: String },
        /// Something that the page asks for is not built.
        FeatureUnsupported { /** What. */ what: String },
    }
}

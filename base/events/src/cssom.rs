//! 09: style sheets and cascade.

vocabulary! {
    /// Events of style (CSS Cascade, CSS Syntax).
    CssomEvent => Cssom {
        /// A style sheet was parsed.
        SheetParsed { /** URL or `<style>`. */ source: String, /** Rules. */ rules: u32, /** Octets. */ length: u64 },
        /// Something in a sheet is not understood and was passed over.
        DeclarationIgnored { /** Sheet. */ source: String, /** Line, from 1. */ line: u32, /** What. */ what: String },
        /// Every element has its computed values.
        StylesComputed { /** Elements. */ elements: u32, /** Author sheets. */ sheets: u32, /** Rules at the top level of them. */ rules: u32 },
        /// A declaration decided an element's property; stated of elements that were asked for.
        DeclarationWon { /** Path of the element. */ element: String, /** Property. */ property: String, /** Specified value. */ value: String, /** Computed value. */ computed: String, /** `!important`. */ important: bool, /** Selectors. */ rule: String, /** Cascade origin. */ origin: String, /** Sheet; empty for an attribute. */ source: String, /** Line, from 1; 0 for an attribute. */ line: u32 },
        /// A declaration applied and a stronger one of the same property won.
        DeclarationLost { /** Path of the element. */ element: String, /** Property. */ property: String, /** Specified value. */ value: String, /** `!important`. */ important: bool, /** Selectors. */ rule: String, /** Cascade origin. */ origin: String, /** Sheet; empty for an attribute. */ source: String, /** Line, from 1; 0 for an attribute. */ line: u32, /** The rule that won. */ by: String },
        /// A font face was asked for by the style.
        FontFaceFound { /** Family. */ family: String, /** URL. */ url: String },
    }
}

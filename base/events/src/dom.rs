//! 08: tokens and tree.

use crate::Text;

vocabulary! {
    /// Events of parsing (HTML standard, section 13).
    DomEvent => Dom {
        /// The character encoding was decided.
        EncodingDecided { /** Its name. */ encoding: String, /** By what: BOM, HTTP, meta, default. */ by: Text },
        /// The input does not follow the standard here; it was mended as the standard says.
        ParseError { /** Line, from 1. */ line: u32, /** What. */ what: String },
        /// A resource was found in the document.
        ResourceFound { /** URL. */ url: String, /** Kind. */ kind: Text, /** Element. */ element: Text, /** Line, from 1. */ line: u32 },
        /// The tree is complete.
        TreeBuilt { /** Elements. */ elements: u32, /** Text nodes. */ texts: u32, /** Deepest element. */ depth: u32, /** Parse errors. */ errors: u32, /** `no-quirks`, `limited-quirks`, `quirks`. */ mode: Text, /** Title. */ title: Option<String> },
    }
}

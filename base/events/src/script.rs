//! 13: JavaScript. Not built: the events say what was passed over.

vocabulary! {
    /// Events of script.
    ScriptEvent => Script {
        /// A script was found and not run.
        Passed { /** URL or `inline`. */ source: String },
    }
}

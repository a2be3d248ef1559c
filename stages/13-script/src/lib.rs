//! JavaScript. Not built: scripts are found, named and passed over.
//!
//! Stage: stage 13, HTML standard section 8.
//! In: script elements. Out: nothing.
//! Emits: `ScriptEvent`.
//! How it works: the room and its door stand; `PASSED_OVER` says what a view may say.
//! Not here: everything else.

//! `thru view`. Not built.
//!
//! Stage: the near side.
//! In: a trip. Out: a window.
//! Emits: nothing.
//! How it works: the room stands.
//! Not here: everything else.

//! Style sheets and the cascade.
//!
//! Stage: stage 09, CSS Cascade, CSS Syntax.
//! In: the tree, style sheets. Out: computed values of every element.
//! Emits: `CssomEvent`.
//! How it works: stylo inside.
//! Not here: boxes (10).

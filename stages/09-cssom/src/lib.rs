//! Style sheets and the cascade.
//!
//! Stage: stage 09, CSS Cascade, CSS Syntax.
//! In: the tree, style sheets. Out: computed values of every element.
//! Emits: `CssomEvent`.
//! How it works: stylo inside.
//! Not here: boxes (10).

pub use servo_arc::Arc;
pub use style;
pub use style::properties::ComputedValues;

/// The computed values of one element or pseudo-element, shared.
pub type Style = Arc<ComputedValues>;

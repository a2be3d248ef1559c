//! Conversations of one interface with its link, named for their situation, by section of the
//! specification. `talk.rs` says how they are written.

/// Each script is a test.
macro_rules! conversations {
    ($($(#[$doc:meta])* $name:ident: $script:expr;)*) => {
        $($(#[$doc])* #[test] fn $name() { crate::talk::talk($script); })*
    };
}

mod address_conflict;
mod address_resolution;
mod neighbour_states;
mod talk;

//! Conversations of one machine about packets, routes and addresses, named for their situation, by
//! section of the specification. `talk.rs` says how they are written.

/// Each script is a test.
macro_rules! conversations {
    ($($(#[$doc:meta])* $name:ident: $script:expr;)*) => {
        $($(#[$doc])* #[test] fn $name() { crate::talk::talk($script); })*
    };
}

mod autoconfiguration;
mod fragments;
mod lease;
mod lending;
mod redirects;
mod routes;
mod talk;

//! Conversations of one machine about packets, routes and addresses, named for their situation, by
//! section of the specification. `talk.rs` says how they are written.

#[macro_use(conversations)]
extern crate thru_conversation;

mod autoconfiguration;
mod fragments;
mod lease;
mod lending;
mod redirects;
mod routes;
mod talk;

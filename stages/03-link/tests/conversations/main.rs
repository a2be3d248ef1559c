//! Conversations of one interface with its link, named for their situation, by section of the
//! specification. `talk.rs` says how they are written.

#[macro_use(conversations)]
extern crate thru_conversation;

mod address_conflict;
mod address_resolution;
mod neighbour_states;
mod talk;

//! Conversations of one connection with its peer, named for their situation, by section of the
//! specification. `talk.rs` says how they are written.

#[macro_use(conversations)]
extern crate thru_conversation;

mod acceptance;
mod blind_attacks;
mod closing;
mod congestion;
mod cookies;
mod delayed_ack;
mod ecn;
mod fast_open;
mod fast_retransmit;
mod keepalive;
mod opening;
mod path_mtu;
mod rack;
mod reuse;
mod sack;
mod talk;
mod time_out;
mod timestamps;
mod windows;

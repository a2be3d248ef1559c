//! The far side's servers, tried in a world in memory.

mod authority;
mod malformed;
mod shop;
mod world;

//! The far side's servers, tried in a world in memory.

mod authority;
mod shop;
mod world;

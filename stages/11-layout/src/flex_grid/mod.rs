//! Flex and grid containers, by taffy.
//!
//! Stage: stage 11, CSS Flexbox 1, CSS Grid 2.
//! In: a container box. Out: its fragment.
//! Emits: nothing.
//! How it works: `container` shows taffy one container and its items; an item is measured and laid out by
//! the engine, so a container in a container is a container of its own. `convert` writes styles as taffy reads them.
//! `absolute` gives what is out of flow its static position, and grid areas as containing blocks.
//! `baseline` aligns items by their baselines and gives those of the container: taffy is told the moves as margins.
//! `collapsed` makes struts of collapsed flex items.
//! `subgrid` is what a subgrid takes over from the grid around it, `subgrid_items` how its items take part there.
//! Not here: what is inside the items.

pub(crate) mod absolute;
mod baseline;
mod collapsed;
mod container;
mod convert;
pub(crate) mod subgrid;
mod subgrid_items;
mod tree;

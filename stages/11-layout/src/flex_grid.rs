//! Flex and grid containers, by taffy.
use crate::{
    engine::{Engine, Space},
    fragment::Fragment,
    intrinsic::MinMax,
};
use thru_render_tree::BoxId;
impl Engine<'_> {
    pub(crate) fn flex_or_grid(&mut self, id: BoxId, space: &Space) -> Fragment {
        self.missing("flex");
        self.block_root(id, space)
    }
    pub(crate) fn flex_or_grid_intrinsic(&mut self, _id: BoxId) -> MinMax {
        MinMax::default()
    }
}

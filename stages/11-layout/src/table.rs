//! Tables.
use crate::{
    engine::{Engine, Space},
    fragment::Fragment,
    intrinsic::MinMax,
};
use thru_render_tree::BoxId;
impl Engine<'_> {
    pub(crate) fn table(&mut self, id: BoxId, space: &Space) -> Fragment {
        self.missing("table");
        self.block_root(id, space)
    }
    pub(crate) fn table_intrinsic(&mut self, _id: BoxId) -> MinMax {
        MinMax::default()
    }
}

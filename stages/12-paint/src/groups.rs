//! What a stacking context shows of its content, and whether it needs a group of its own.

use crate::stacking::Painter;
use style::properties::ComputedValues;
use thru_layout::FragmentIndex;

/// Whether an element is mixed with what is below it (Compositing 1 section 5).
pub(crate) fn is_blended(style: &ComputedValues) -> bool {
    style.get_effects().mix_blend_mode != style::computed_values::mix_blend_mode::T::Normal
}

impl Painter<'_> {
    /// Whether what is in a box is not painted (CSS Containment 2 section 4.1).
    pub(crate) fn skips_content(&self, index: FragmentIndex) -> bool {
        let bounded = &self.placed.bounded;
        let id = (!bounded.is_empty()).then(|| self.boxed(index)).flatten();
        id.is_some_and(|id| bounded.get(&id) == Some(&true))
    }

    /// Whether a part of a stacking context is mixed with what is below it.
    pub(crate) fn mixes(&self, levels: &[(i32, FragmentIndex)]) -> bool {
        let mut boxes = levels.iter().filter_map(|(_, at)| self.boxed(*at));
        boxes.any(|id| is_blended(self.style(id)))
    }
}

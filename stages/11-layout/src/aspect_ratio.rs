//! Preferred aspect ratios (CSS Sizing 4 section 5.1).

use crate::{
    engine::{Engine, Space},
    style::Sizing,
    unit::LayoutUnit,
};
use thru_render_tree::BoxId;

/// A ratio of a box in a certain space: one side of its border box from the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    /// Width by height.
    share: f32,
    /// Border and padding, horizontal and vertical: not part of what has the ratio.
    outside: [LayoutUnit; 2],
}

impl Ratio {
    /// The border box's height for a border-box width.
    pub fn height(&self, width: LayoutUnit) -> LayoutUnit {
        (width - self.outside[0])
            .at_least_zero()
            .scaled(1.0 / self.share)
            + self.outside[1]
    }

    /// The border box's width for a border-box height.
    pub fn width(&self, height: LayoutUnit) -> LayoutUnit {
        (height - self.outside[1])
            .at_least_zero()
            .scaled(self.share)
            + self.outside[0]
    }
}

impl Engine<'_> {
    /// The ratio that a box has by its style.
    pub(crate) fn ratio(&self, id: BoxId, space: &Space) -> Option<Ratio> {
        self.ratio_of(id, self.style(id).ratio?, space)
    }

    /// A given ratio, of the box that `box-sizing` names.
    pub(crate) fn ratio_of(&self, id: BoxId, share: f32, space: &Space) -> Option<Ratio> {
        let style = self.style(id);
        if style.border_box && style.ratio_rules {
            let outside = [LayoutUnit::ZERO; 2];
            return Some(Ratio { share, outside });
        }
        let padding = style.padding(space.width);
        let outside = [
            style.border.horizontal() + padding.horizontal(),
            style.border.vertical() + padding.vertical(),
        ];
        Some(Ratio { share, outside })
    }

    /// The border-box width that the ratio gives for a height that is known: not below what the content needs unless
    /// `min-width` says otherwise (section 5.1.2).
    pub(crate) fn width_by_ratio(&mut self, id: BoxId, space: &Space) -> Option<LayoutUnit> {
        let ratio = self.ratio(id, space)?;
        let height = self.definite_height(id, space)?;
        Some(self.not_below_content(id, ratio.width(height)))
    }

    fn not_below_content(&mut self, id: BoxId, width: LayoutUnit) -> LayoutUnit {
        let style = self.style(id);
        if style.min[0].is_auto() && !style.scrolls {
            width.max(self.intrinsic(id).min)
        } else {
            width
        }
    }

    /// An automatic width within `min-height` and `max-height`, as the ratio transfers them (section 5.1.3).
    pub(crate) fn within_transferred(
        &mut self,
        id: BoxId,
        width: LayoutUnit,
        space: &Space,
    ) -> LayoutUnit {
        let Some(ratio) = self.ratio(id, space) else {
            return width;
        };
        let style = self.style(id).clone();
        let mut used = width;
        if let Some(max) = self.height_from(&style.max[1], id, space) {
            used = used.min(ratio.width(max));
        }
        if used < width {
            used = self.not_below_content(id, used);
        }
        match self.height_from(&style.min[1], id, space) {
            Some(min) if !matches!(style.min[1], Sizing::Auto) => used.max(ratio.width(min)),
            _ => used,
        }
    }

    /// The height that percentages in a box refer to: its own if that is known before its content is.
    pub(crate) fn percentage_height(
        &self,
        id: BoxId,
        width: LayoutUnit,
        space: &Space,
    ) -> Option<LayoutUnit> {
        if space.loose_height && space.fixed_height.is_some() {
            return None;
        }
        let definite = self.definite_height(id, space);
        if definite.is_some() {
            return definite;
        }
        let height = self.ratio(id, space)?.height(width);
        Some(self.bound_height(id, height, space))
    }
}

//! Which baseline lines stand on (CSS Writing Modes 4 section 4.2).

use crate::{style::LayoutStyle, text::FontMetrics, writing_mode::WritingMode};
use style::properties::ComputedValues;
use thru_cssom::Carried;

/// Whether the lines of a style stand on the central baseline.
pub(crate) fn is_central(style: &ComputedValues) -> bool {
    let sideways = |keyword| Carried::TextOrientation.is(style, keyword);
    WritingMode::of(style).is_vertical() && !sideways("sideways") && !sideways("sideways-right")
}

/// Whether all letters of a style stand upright in vertical lines.
pub(crate) fn is_upright(style: &ComputedValues) -> bool {
    WritingMode::of(style).is_vertical() && Carried::TextOrientation.is(style, "upright")
}

impl LayoutStyle {
    /// The font's reach over and under the baseline that its lines stand on.
    pub(crate) fn line_metrics(&self) -> FontMetrics {
        self.on_baseline(self.font.metrics)
    }

    /// Measures from the alphabetic baseline, from the one that lines stand on.
    pub(crate) fn on_baseline(&self, metrics: FontMetrics) -> FontMetrics {
        if !self.central {
            return metrics;
        }
        let whole = metrics.ascent + metrics.descent;
        let below = whole.half().floor();
        FontMetrics {
            ascent: whole - below,
            descent: below,
            ..metrics
        }
    }
}

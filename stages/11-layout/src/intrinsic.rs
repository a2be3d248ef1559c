//! Widths that content asks for by itself (CSS Sizing 3 section 5).

use crate::{
    engine::{Engine, Space},
    flow::inline_content::AtomKind,
    style::{Length, Sizing, Spaces},
    unit::LayoutUnit,
};
use thru_render_tree::{BoxId, BoxKind};

/// The narrowest and the widest border box that content asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MinMax {
    /// min-content.
    pub min: LayoutUnit,
    /// max-content.
    pub max: LayoutUnit,
}

impl MinMax {
    /// Shrink to fit (CSS 2 section 10.3.5).
    pub fn fit(self, available: LayoutUnit) -> LayoutUnit {
        self.max.min(available.max(self.min))
    }
}

impl Engine<'_> {
    /// The intrinsic widths of a box's border box, from its content alone: `width` is not asked.
    pub(crate) fn intrinsic(&mut self, id: BoxId) -> MinMax {
        if let Some(known) = self.known.intrinsic[id.index()] {
            return known;
        }
        if self.depth >= crate::engine::MAX_DEPTH {
            return MinMax::default();
        }
        self.depth += 1;
        let crosses = self.is_seen_across(id);
        let found = match self.kind(id) {
            BoxKind::Replaced(_) | BoxKind::Control(_) => {
                let space = Space {
                    shrink: true,
                    indefinite: true,
                    ..Space::default()
                };
                let width = self.lay_out(id, &space).size.width;
                MinMax {
                    min: width,
                    max: width,
                }
            }
            _ if crosses => self.turned_intrinsic(id),
            BoxKind::Flex | BoxKind::Grid if !self.style(id).contains_size[0] => {
                self.flex_or_grid_intrinsic(id)
            }
            BoxKind::Table => self.table_intrinsic(id),
            BoxKind::RubyColumn => self.ruby_intrinsic(id),
            _ => {
                let inner = if self.style(id).contains_size[0] {
                    let width = self.style(id).contained_size[0];
                    MinMax {
                        min: width,
                        max: width,
                    }
                } else if self.has_inline_children(id) {
                    self.inline_intrinsic(id)
                } else {
                    self.block_intrinsic(id)
                };
                let inner = self.in_columns(id, inner);
                let style = self.style(id);
                let edges =
                    style.border.horizontal() + style.padding(LayoutUnit::ZERO).horizontal();
                MinMax {
                    min: inner.min + edges,
                    max: inner.max + edges,
                }
            }
        };
        self.depth -= 1;
        self.known.intrinsic[id.index()] = Some(found);
        found
    }

    /// CSS Multi-column 1 section 3.4: what the content of one column makes of all of them.
    fn in_columns(&self, id: BoxId, inner: MinMax) -> MinMax {
        let style = self.style(id);
        let (count, width) = style.columns;
        if count.is_none() && width.is_none() {
            return inner;
        }
        let gap = style
            .column_gap
            .as_ref()
            .map_or(LayoutUnit::from_px(style.font_size), |g| {
                g.against(LayoutUnit::ZERO)
            });
        let count = count.unwrap_or(1) as i32;
        let all = |one: LayoutUnit| {
            let gaps = gap.0.saturating_mul(count - 1);
            LayoutUnit(one.0.saturating_mul(count).saturating_add(gaps))
        };
        match width {
            Some(width) => MinMax {
                min: inner.min.min(width),
                max: all(inner.max.max(width)),
            },
            None => MinMax {
                min: all(inner.min),
                max: all(inner.max),
            },
        }
    }

    /// What a box adds to its parent's intrinsic widths: margin box, with its own `width` and bounds.
    pub(crate) fn contribution(&mut self, id: BoxId) -> MinMax {
        let style = self.style(id).clone();
        let edges = style.border.horizontal() + style.padding(LayoutUnit::ZERO).horizontal();
        let outer = |length: LayoutUnit| {
            if style.border_box {
                length.max(edges)
            } else {
                length + edges
            }
        };
        let fixed = |sizing: &Sizing| match sizing {
            Sizing::Length(Length::Px(px)) => Some(outer(px.at_least_zero())),
            _ => None,
        };
        let mut found = match (&style.size[0], fixed(&style.size[0])) {
            (_, Some(width)) => MinMax {
                min: width,
                max: width,
            },
            (Sizing::MinContent, _) => {
                let own = self.intrinsic_in(id, &Space::default());
                MinMax {
                    min: own.min,
                    max: own.min,
                }
            }
            (Sizing::MaxContent, _) => {
                let own = self.intrinsic_in(id, &Space::default());
                MinMax {
                    min: own.max,
                    max: own.max,
                }
            }
            (Sizing::FitContent(Some(Length::Px(limit))), _) => {
                let own = self.intrinsic_in(id, &Space::default());
                let width = own.fit(outer(*limit));
                MinMax {
                    min: width,
                    max: width,
                }
            }
            _ => self.intrinsic_in(id, &Space::default()),
        };
        let percent =
            |s: &Sizing| matches!(s, Sizing::Length(Length::Percent(_) | Length::Calc(_)));
        let replaced = matches!(self.kind(id), BoxKind::Replaced(_) | BoxKind::Control(_));
        if replaced && (percent(&style.size[0]) || percent(&style.max[0])) {
            found.min = LayoutUnit::ZERO;
        }
        let outer = |length: &Length| match length {
            Length::Px(px) => Some(outer(px.at_least_zero())),
            _ => None,
        };
        if let Some(max) = self.bound_contribution(id, &style.max[0], true, outer) {
            found = MinMax {
                min: found.min.min(max.min),
                max: found.max.min(max.max),
            };
        }
        if let Some(min) = self.bound_contribution(id, &style.min[0], false, outer) {
            found = MinMax {
                min: found.min.max(min.min),
                max: found.max.max(min.max),
            };
        }
        let margin = style.margin(LayoutUnit::ZERO).horizontal();
        MinMax {
            min: found.min + margin,
            max: found.max + margin,
        }
    }

    /// What `min-width` or `max-width` asks for under a min-content and under a max-content constraint; `None` if it
    /// asks for nothing.
    fn bound_contribution(
        &mut self,
        id: BoxId,
        sizing: &Sizing,
        is_max: bool,
        outer: impl Fn(&Length) -> Option<LayoutUnit>,
    ) -> Option<MinMax> {
        let both = |width| MinMax {
            min: width,
            max: width,
        };
        match sizing {
            Sizing::Length(length) => outer(length).map(both),
            Sizing::MinContent => Some(both(self.intrinsic_in(id, &Space::default()).min)),
            Sizing::MaxContent => Some(both(self.intrinsic_in(id, &Space::default()).max)),
            Sizing::FitContent(None) => Some(self.intrinsic_in(id, &Space::default())),
            Sizing::FitContent(Some(limit)) => {
                let own = self.intrinsic_in(id, &Space::default());
                let unknown = if is_max { own.max } else { own.min };
                Some(both(outer(limit).map_or(unknown, |limit| own.fit(limit))))
            }
            Sizing::Auto | Sizing::Stretch => None,
        }
    }

    /// The intrinsic widths of a border box in a space: a height that is known rules through the preferred aspect ratio
    /// (CSS Sizing 4 section 5.1.1).
    pub(crate) fn intrinsic_in(&mut self, id: BoxId, space: &Space) -> MinMax {
        let flows = matches!(
            self.kind(id),
            BoxKind::BlockContainer | BoxKind::Flex | BoxKind::Grid
        );
        if flows && self.style(id).ratio.is_some() {
            if let Some(width) = self.width_by_ratio(id, space) {
                return MinMax {
                    min: width,
                    max: width,
                };
            }
            let own = self.intrinsic_at(id, space);
            return MinMax {
                min: self.within_transferred(id, own.min, space),
                max: self.within_transferred(id, own.max, space),
            };
        }
        self.intrinsic_at(id, space)
    }

    /// The intrinsic widths of a border box with percentages of padding resolved, where they can be.
    pub(crate) fn intrinsic_at(&mut self, id: BoxId, space: &Space) -> MinMax {
        let own = self.intrinsic(id);
        let style = self.style(id);
        if space.indefinite || style.padding[1].is_fixed() && style.padding[3].is_fixed() {
            return own;
        }
        let known = style.padding(LayoutUnit::ZERO).horizontal();
        let more = style.padding(space.width).horizontal() - known;
        MinMax {
            min: own.min + more,
            max: own.max + more,
        }
    }

    fn block_intrinsic(&mut self, id: BoxId) -> MinMax {
        let tree = self.tree;
        let mut found = MinMax::default();
        let mut floats = LayoutUnit::ZERO;
        for child in tree.get(id).children.iter().copied() {
            let style = self.style(child).clone();
            if style.out_of_flow() || matches!(self.kind(child), BoxKind::OutsideMarker) {
                continue;
            }
            let own = self.contribution(child);
            found.min = found.min.max(own.min);
            if style.float.is_some() {
                if style.clear.left || style.clear.right {
                    floats = LayoutUnit::ZERO;
                }
                floats += own.max;
                found.max = found.max.max(floats);
            } else {
                let beside = if self.is_independent(child) {
                    floats
                } else {
                    LayoutUnit::ZERO
                };
                found.max = found.max.max(own.max + beside);
                floats = LayoutUnit::ZERO;
            }
        }
        found
    }

    fn inline_intrinsic(&mut self, id: BoxId) -> MinMax {
        let content = self.inline_content(id);
        let indent = self.style(id).indent.against(LayoutUnit::ZERO).to_px();
        let (mut min, mut max) = (0f32, 0f32);
        let (mut piece, mut line, mut hanging) = (indent, indent, 0f32);
        // A space that cannot be broken at, until something stands behind it.
        let mut held = 0f32;
        let mut floats = 0f32;
        let mut has_content = false;
        for atom in &content.atoms {
            let width;
            if atom.breaks {
                min = min.max(piece);
                (piece, held) = (0.0, 0.0);
            }
            match &atom.kind {
                AtomKind::Word(word, from, to) => {
                    width = word.width_of(word.glyph_range(*from, *to));
                    if self.style(atom.owner).break_counts {
                        let widest = word.glyphs.iter().map(|g| g.advance).fold(0.0, f32::max);
                        min = min.max(piece.min(widest).max(widest));
                        line += hanging + width;
                        hanging = 0.0;
                        piece = 0.0;
                        has_content = true;
                        continue;
                    }
                }
                AtomKind::Space(space, hangs) => {
                    let style = self.style(atom.owner);
                    let collapses = style.collapses();
                    if !has_content && *hangs && collapses {
                        continue;
                    }
                    if *hangs {
                        // Preserved spaces hang only where there is no room (CSS Text 3 section 8.2).
                        if collapses {
                            hanging += space;
                        } else {
                            line += hanging + space;
                            hanging = 0.0;
                            has_content = true;
                        }
                        match (style.wraps, collapses) {
                            (true, _) => {}
                            (false, true) => held += space,
                            (false, false) => piece += space,
                        }
                        continue;
                    }
                    width = *space;
                }
                AtomKind::Separator(_, word) => {
                    let style = self.style(atom.owner);
                    if style.collapses() || (style.wraps && style.spaces == Spaces::Preserve) {
                        hanging += word.width;
                        continue;
                    }
                    width = word.width;
                }
                AtomKind::Tab => width = self.tab_width(atom, line),
                AtomKind::Newline => {
                    min = min.max(piece);
                    max = max.max(line);
                    (piece, line, hanging, held) = (0.0, 0.0, 0.0, 0.0);
                    has_content = false;
                    continue;
                }
                AtomKind::Open(_) | AtomKind::Close(_) => {
                    // A space that may be the last of its line waits for content, not for an edge.
                    let edge = self.edge_width(atom, LayoutUnit::ZERO);
                    piece += edge;
                    line += edge;
                    continue;
                }
                AtomKind::Atomic(child) => {
                    let own = self.contribution(*child);
                    line += hanging + own.max.to_px();
                    hanging = 0.0;
                    piece += held + own.min.to_px();
                    held = 0.0;
                    has_content = true;
                    continue;
                }
                AtomKind::Float(child) => {
                    let own = self.contribution(*child);
                    min = min.max(own.min.to_px());
                    floats += own.max.to_px();
                    continue;
                }
                AtomKind::SoftHyphen(hyphen) => {
                    min = min.max(piece + hyphen.width);
                    piece = 0.0;
                    continue;
                }
                AtomKind::OutOfFlow(_) => continue,
            }
            has_content |= matches!(
                atom.kind,
                AtomKind::Word(..) | AtomKind::Tab | AtomKind::Space(..)
            );
            piece += held + width;
            line += hanging + width;
            (hanging, held) = (0.0, 0.0);
        }
        min = min.max(piece);
        max = max.max(line) + floats;
        MinMax {
            min: LayoutUnit::ceil_px(min),
            max: LayoutUnit::ceil_px(max.max(min)),
        }
    }
}

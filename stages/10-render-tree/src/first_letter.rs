use crate::build::{Builder, Origin};
use crate::{BoxId, BoxKind, Generated, Level, Manner};
use icu_properties::{CodePointMapData, props::GeneralCategory};
use icu_segmenter::GraphemeClusterSegmenter;
use std::rc::Rc;
use thru_cssom::Pseudo;
use thru_cssom::style::values::specified::box_::DisplayOutside;

impl Builder<'_> {
    /// Gives the first letter of a block its own box, if `::first-letter` has a style
    /// (CSS Pseudo-Elements section 2.2). GAP: a letter whose punctuation lies in another text
    /// node stands alone.
    pub(crate) fn first_letter(&mut self, block: BoxId) {
        let node = self.tree.get(block).node;
        let Some(style) = self.styled.pseudo(node, Pseudo::FirstLetter) else {
            return;
        };
        let Some(text_box) = self.first_text(block) else {
            return;
        };
        let BoxKind::Text(text) = self.tree.get(text_box).kind.clone() else {
            return;
        };
        let Some((start, end)) = letter(&text) else {
            return;
        };
        let parent = self.tree.get(text_box).parent;
        let around = parent.map(|parent| self.tree.get(parent).generated);
        if around == Some(Some(Generated::FirstLetter)) {
            return;
        }
        let text_node = self.tree.get(text_box).node;
        let generated = Some(Generated::FirstLetter);
        let origin = Origin {
            node,
            generated,
            manner: Manner::default(),
        };
        let is_block = style.get_box().display.outside() == DisplayOutside::Block;
        let (kind, level) = if is_block {
            (BoxKind::BlockContainer, Level::Block)
        } else {
            (
                BoxKind::Inline {
                    starts: true,
                    ends: true,
                },
                Level::Inline,
            )
        };
        let letter_box = self.create(kind, level, origin, &style);
        let letter_text = self.text(&text[start..end], text_node, &style);
        self.adopt(letter_box, vec![letter_text]);
        self.tree.get_mut(text_box).kind = BoxKind::Text(Rc::from(&text[end..]));
        self.tree.get_mut(letter_box).parent = parent;
        if let Some(parent) = parent {
            let children = &mut self.tree.get_mut(parent).children;
            let at = children
                .iter()
                .position(|child| *child == text_box)
                .unwrap_or(0);
            children.insert(at, letter_box);
        }
    }

    /// The first text in flow that is not only white space.
    fn first_text(&self, parent: BoxId) -> Option<BoxId> {
        for child in &self.tree.get(parent).children {
            let at = self.tree.get(*child);
            match &at.kind {
                BoxKind::Text(text) if text.trim().is_empty() => {}
                BoxKind::Text(_) => return Some(*child),
                BoxKind::OutsideMarker => {}
                _ if !at.is_in_flow() || at.generated == Some(Generated::Marker) => {}
                BoxKind::Inline { .. } => {
                    if let Some(found) = self.first_text(*child) {
                        return Some(found);
                    }
                }
                BoxKind::BlockContainer if at.level == Level::Block => {
                    return self.first_text(*child);
                }
                _ => return None,
            }
        }
        None
    }
}

/// Where the first letter with its punctuation stands in a text. The letter is a typographic
/// character unit: a grapheme cluster. CSS 2 section 5.12.2 takes every kind of punctuation but
/// dashes and connectors on both sides; DEVIATION from the draft of CSS Pseudo-Elements 4, which
/// leaves out opening punctuation after the letter.
fn letter(text: &str) -> Option<(usize, usize)> {
    let start = text.find(|c: char| !is_space(c))?;
    let mut rest = text[start..].char_indices();
    let (at, first) = rest.find(|(_, c)| !is_punctuation(*c))?;
    if is_space(first) {
        return None;
    }
    let from = start + at;
    let segmenter = GraphemeClusterSegmenter::new();
    let cluster = segmenter.segment_str(&text[from..]).find(|end| *end > 0)?;
    let past = from + cluster;
    let after = text[past..].chars().take_while(|c| is_punctuation(*c));
    Some((start, past + after.map(char::len_utf8).sum::<usize>()))
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

/// Unicode's general categories Ps, Pe, Pi, Pf and Po.
fn is_punctuation(c: char) -> bool {
    use GeneralCategory as Category;
    matches!(
        CodePointMapData::<Category>::new().get(c),
        Category::OpenPunctuation
            | Category::ClosePunctuation
            | Category::InitialPunctuation
            | Category::FinalPunctuation
            | Category::OtherPunctuation
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_belongs_to_the_letter() {
        assert_eq!(letter("  \"Hello"), Some((2, 4)));
        assert_eq!(letter("A.b"), Some((0, 2)));
        assert_eq!(letter("Ét"), Some((0, 2)));
        assert_eq!(letter("  "), None);
        assert_eq!(letter("(A)(b"), Some((0, 4)));
        assert_eq!(letter("a\u{301}b"), Some((0, 3)));
        assert_eq!(letter("-a"), Some((0, 1)));
        assert_eq!(letter("( a"), None);
    }
}

//! What the first line of a block has another style for (CSS Pseudo-Elements 4 section 2.1).

use crate::build::{Builder, Origin};
use crate::{BoxId, BoxKind, Generated, Level, Manner};
use std::collections::BTreeMap;
use thru_cssom::{Pseudo, Style};

/// Most inline boxes of one block that have a style of their own on its first line; further ones keep theirs.
const FIRST_LINE_BOXES_LIMIT: usize = 1024;

/// The boxes that stand in for others on the first line of a block.
#[derive(Clone, Debug)]
pub struct FirstLine {
    /// For the block: an inline box around the whole line.
    pub root: BoxId,
    /// For inline boxes.
    pub instead: BTreeMap<BoxId, BoxId>,
}

impl Builder<'_> {
    /// Makes the boxes for all first lines that have a style. They are no children of others, their parents are
    /// those that they have on the line.
    pub(crate) fn first_lines(&mut self) {
        if !self.styled.has_any(Pseudo::FirstLine) {
            return;
        }
        let mut asked: BTreeMap<BoxId, Vec<Style>> = BTreeMap::new();
        // A box comes after those in it: the outermost first.
        let blocks: Vec<BoxId> = self.tree.ids().collect();
        for id in blocks.into_iter().rev() {
            let source = self.tree.get(id);
            let is_block = matches!(
                source.kind,
                BoxKind::BlockContainer | BoxKind::TableCell { .. } | BoxKind::TableCaption
            );
            if !is_block || !source.is_principal() {
                continue;
            }
            let Some(style) = self.styled.pseudo(source.node, Pseudo::FirstLine) else {
                continue;
            };
            if let Some(block) = self.with_first_line(id) {
                asked.entry(block).or_default().push(style);
            }
        }
        for (block, styles) in asked {
            self.first_line(block, &styles);
        }
    }

    /// The block whose first line is that of another: the first block in it that has lines.
    fn with_first_line(&self, block: BoxId) -> Option<BoxId> {
        let mut rest = vec![block];
        while let Some(id) = rest.pop() {
            let in_flow: Vec<BoxId> = {
                let children = self.tree.get(id).children.iter().copied();
                children.filter(|child| self.counts(*child)).collect()
            };
            if in_flow
                .iter()
                .any(|child| self.tree.get(*child).level == Level::Inline)
            {
                return Some(id);
            }
            for child in in_flow.iter().rev() {
                if !matches!(self.tree.get(*child).kind, BoxKind::BlockContainer) {
                    // What is before it may still have a line.
                    rest.clear();
                    continue;
                }
                rest.push(*child);
            }
        }
        None
    }

    fn counts(&self, id: BoxId) -> bool {
        let child = self.tree.get(id);
        child.is_in_flow() && !matches!(child.kind, BoxKind::OutsideMarker)
    }

    fn first_line(&mut self, block: BoxId, styles: &[Style]) {
        let mut style = self.tree.get(block).style.clone();
        for own in styles {
            style = self.styled.reparented(own, &style);
        }
        let kind = BoxKind::Inline {
            starts: true,
            ends: true,
        };
        let origin = Origin {
            node: self.tree.get(block).node,
            generated: Some(Generated::FirstLine),
            manner: Manner::default(),
        };
        let root = self.create(kind, Level::Inline, origin, &style);
        self.tree.get_mut(root).parent = Some(block);
        let mut instead = BTreeMap::new();
        let mut rest = vec![(block, root)];
        while let Some((id, around)) = rest.pop() {
            for child in self.tree.get(id).children.clone() {
                let source = self.tree.get(child);
                let is_inline = matches!(source.kind, BoxKind::Inline { .. });
                if !is_inline || !source.is_in_flow() || instead.len() >= FIRST_LINE_BOXES_LIMIT {
                    continue;
                }
                let own = self.stand_in(child, around);
                instead.insert(child, own);
                rest.push((child, own));
            }
        }
        let first_line = FirstLine { root, instead };
        self.tree.first_lines.insert(block, first_line);
    }

    /// The same inline box in another one.
    fn stand_in(&mut self, id: BoxId, around: BoxId) -> BoxId {
        let source = self.tree.get(id).clone();
        let parent = self.tree.get(around).style.clone();
        let style = self.styled.reparented(&source.style, &parent);
        let origin = Origin {
            node: source.node,
            generated: source.generated,
            manner: source.manner,
        };
        let own = self.create(source.kind, source.level, origin, &style);
        let new = self.tree.get_mut(own);
        new.parent = Some(around);
        new.instead_of = Some(id);
        own
    }
}

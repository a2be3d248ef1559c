//! The boxes of ruby annotations (CSS Ruby 1 section 2).

use crate::build::{Builder, Origin};
use crate::{BoxId, BoxKind, Generated, Level, Manner};
use thru_cssom::style::values::specified::box_::{DisplayInside, DisplayOutside};
use thru_cssom::{Anonymous, Carried, Style};

/// What a box is to a ruby.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RubyPart {
    /// `ruby`.
    Container,
    /// `ruby-base`.
    Base,
    /// `ruby-text`.
    Text,
    /// `ruby-base-container`.
    BaseContainer,
    /// `ruby-text-container`.
    TextContainer,
}

/// Most columns of one segment of a ruby; what is more stands in the last.
const RUBY_COLUMNS_LIMIT: usize = 1024;

/// What a style's `display` says of a ruby. Floats and what is positioned absolutely are no parts of one.
pub(crate) fn part_of(style: &Style) -> Option<RubyPart> {
    let display = style.get_box().display;
    let stands_in = match (display.outside(), display.inside()) {
        (DisplayOutside::Inline, DisplayInside::Flow) => RubyPart::Container,
        (DisplayOutside::InternalTable, DisplayInside::TableColumn) => RubyPart::Base,
        _ => return None,
    };
    let part = match Carried::RubyDisplay.of(style)?.as_str() {
        "container" => RubyPart::Container,
        "base" => RubyPart::Base,
        "text" => RubyPart::Text,
        "base-container" => RubyPart::BaseContainer,
        "text-container" => RubyPart::TextContainer,
        _ => return None,
    };
    let fits = (part == RubyPart::Container) == (stands_in == RubyPart::Container);
    fits.then_some(part)
}

/// One level of annotations over or under the bases of a segment.
struct Annotations {
    boxes: Vec<BoxId>,
    /// One annotation for all bases.
    spans: bool,
}

/// Bases and their annotations.
#[derive(Default)]
struct Segment {
    bases: Vec<Vec<BoxId>>,
    /// The last base is anonymous and still open.
    open: bool,
    levels: Vec<Annotations>,
    /// The last level holds annotations that stand in the ruby itself.
    loose: bool,
}

impl Builder<'_> {
    /// The box of an element that is a part of a ruby: an inline box, which the ruby around it puts into a column.
    /// What is block-level in it becomes inline-level (section 2.2).
    pub(crate) fn ruby_part(
        &mut self,
        part: RubyPart,
        mut origin: Origin,
        style: &Style,
        children: Vec<BoxId>,
        out: &mut Vec<BoxId>,
    ) {
        origin.manner.ruby = Some(part);
        for child in &children {
            let child = self.tree.get_mut(*child);
            if child.level == Level::Block && child.is_in_flow() {
                child.level = Level::Inline;
            }
        }
        let children = match part {
            RubyPart::Container => self.columns(origin, style, children),
            _ => children,
        };
        self.inline(origin, style, children, out);
    }

    /// The columns of a ruby: each segment's bases paired with its annotations (sections 2.2 and 2.3).
    fn columns(&mut self, origin: Origin, style: &Style, children: Vec<BoxId>) -> Vec<BoxId> {
        let mut out = Vec::new();
        let mut segment = Segment::default();
        let children = self.without_base_containers(children);
        let mut rest = children.into_iter().peekable();
        while let Some(child) = rest.next() {
            let part = self.tree.get(child).manner.ruby;
            let annotates = |part| matches!(part, Some(RubyPart::Text | RubyPart::TextContainer));
            if annotates(part) {
                self.annotate(&mut segment, child, part == Some(RubyPart::Text));
                continue;
            }
            let space = self.is_collapsible_space(child);
            let next = rest
                .peek()
                .and_then(|next| self.tree.get(*next).manner.ruby);
            let is_last = rest.peek().is_none();
            let is_first = out.is_empty() && segment.bases.is_empty() && segment.levels.is_empty();
            if space && (annotates(next) || is_first || is_last && !segment.levels.is_empty()) {
                // Beside an annotation and at the ruby's ends white space is not there.
                continue;
            }
            if !segment.levels.is_empty() || space && !segment.open {
                self.close(origin, style, std::mem::take(&mut segment), &mut out);
            }
            if space && !segment.open && segment.bases.is_empty() {
                // Between segments white space is as elsewhere.
                out.push(child);
            } else if part == Some(RubyPart::Base) {
                segment.bases.push(vec![child]);
                segment.open = false;
            } else {
                segment.add(child);
            }
        }
        self.close(origin, style, segment, &mut out);
        out
    }

    /// Containers of bases only group them.
    fn without_base_containers(&self, children: Vec<BoxId>) -> Vec<BoxId> {
        let mut out = Vec::with_capacity(children.len());
        for child in children {
            let at = self.tree.get(child);
            match at.manner.ruby {
                Some(RubyPart::BaseContainer) => out.extend(at.children.iter().copied()),
                _ => out.push(child),
            }
        }
        out
    }

    /// Adds an annotation, or a container of annotations, to a segment.
    fn annotate(&mut self, segment: &mut Segment, child: BoxId, loose: bool) {
        if loose {
            match segment.levels.last_mut().filter(|_| segment.loose) {
                Some(level) => level.boxes.push(child),
                None => segment.levels.push(Annotations {
                    boxes: vec![child],
                    spans: false,
                }),
            }
            segment.loose = true;
            return;
        }
        segment.loose = false;
        let at = self.tree.get(child);
        let is_text = |id: &BoxId| self.tree.get(*id).manner.ruby == Some(RubyPart::Text);
        let texts: Vec<BoxId> = at.children.iter().copied().filter(is_text).collect();
        segment.levels.push(match texts.is_empty() {
            true => Annotations {
                boxes: vec![child],
                spans: true,
            },
            false => Annotations {
                boxes: texts,
                spans: false,
            },
        });
    }

    /// Makes the columns of a segment.
    fn close(&mut self, origin: Origin, style: &Style, segment: Segment, out: &mut Vec<BoxId>) {
        let Segment {
            mut bases, levels, ..
        } = segment;
        if levels.is_empty() {
            // Without annotation there is nothing to be placed.
            return out.extend(bases.into_iter().flatten());
        }
        let spans = levels.iter().any(|level| level.spans);
        let most = levels.iter().map(|level| level.boxes.len()).max();
        let count = match spans {
            true => 1,
            false => bases.len().max(most.unwrap_or(0)),
        };
        let count = count.clamp(1, RUBY_COLUMNS_LIMIT);
        if bases.len() > count {
            let more = bases.split_off(count).into_iter().flatten();
            bases[count - 1].extend(more);
        }
        bases.resize_with(count, Vec::new);
        for (at, base) in bases.into_iter().enumerate() {
            let annotations = levels.iter().map(|level| match at + 1 == count {
                true => level.boxes.get(at..).unwrap_or_default(),
                false => level.boxes.get(at..=at).unwrap_or_default(),
            });
            let annotations = annotations.map(<[BoxId]>::to_vec).collect();
            let column = self.column(origin, style, base, annotations);
            out.push(column);
        }
    }

    /// A column: a block for the base, and one for each annotation.
    fn column(
        &mut self,
        origin: Origin,
        style: &Style,
        base: Vec<BoxId>,
        annotations: Vec<Vec<BoxId>>,
    ) -> BoxId {
        let own = self.styled.anonymous(style, Anonymous::Block);
        let column = self.ruby_box(BoxKind::RubyColumn, Level::Inline, origin, &own, None);
        let mut blocks = vec![self.ruby_block(origin, style, RubyPart::Base, base)];
        for annotation in annotations {
            let style = match annotation.first() {
                Some(first) => self.tree.get(*first).style.clone(),
                None => continue,
            };
            blocks.push(self.ruby_block(origin, &style, RubyPart::Text, annotation));
        }
        self.adopt(column, blocks);
        column
    }

    fn ruby_block(
        &mut self,
        origin: Origin,
        style: &Style,
        part: RubyPart,
        inside: Vec<BoxId>,
    ) -> BoxId {
        let style = self.styled.anonymous(style, Anonymous::Block);
        let kind = BoxKind::BlockContainer;
        let block = self.ruby_box(kind, Level::Block, origin, &style, Some(part));
        self.adopt(block, inside);
        block
    }

    fn ruby_box(
        &mut self,
        kind: BoxKind,
        level: Level,
        origin: Origin,
        style: &Style,
        ruby: Option<RubyPart>,
    ) -> BoxId {
        let origin = Origin {
            node: origin.node,
            generated: Some(Generated::Anonymous),
            manner: Manner {
                ruby,
                ..Manner::default()
            },
        };
        self.create(kind, level, origin, style)
    }
}

impl Segment {
    /// Adds what is in no base of its own to an anonymous one.
    fn add(&mut self, child: BoxId) {
        match self.bases.last_mut().filter(|_| self.open) {
            Some(base) => base.push(child),
            None => self.bases.push(vec![child]),
        }
        self.open = true;
    }
}

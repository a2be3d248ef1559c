use crate::build::{Builder, Origin};
use crate::{BoxId, BoxKind, Generated, Level, Manner};
use thru_cssom::style::computed_values::white_space_collapse::T as WhiteSpaceCollapse;
use thru_cssom::{Anonymous, Style};

/// What sort of place children are put into.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Block,
    Items,
    Table,
    RowGroup,
    Row,
    ColumnGroup,
}

impl Builder<'_> {
    /// Puts children into a container with the anonymous boxes that it needs.
    pub(crate) fn furnish(&mut self, parent: BoxId, children: Vec<BoxId>) {
        let place = match self.tree.get(parent).kind {
            BoxKind::Flex | BoxKind::Grid => Place::Items,
            BoxKind::Table => Place::Table,
            BoxKind::TableRowGroup => Place::RowGroup,
            BoxKind::TableRow => Place::Row,
            BoxKind::TableColumnGroup { .. } => Place::ColumnGroup,
            BoxKind::TableColumn { .. } => return,
            _ => Place::Block,
        };
        let children = match place {
            Place::Table => self.table_children(parent, children),
            Place::RowGroup => self.row_group_children(parent, children),
            Place::Row => self.row_children(parent, children),
            Place::ColumnGroup => self.only_columns(children),
            Place::Items => self.items(parent, children),
            Place::Block => self.block_children(parent, children),
        };
        self.adopt(parent, children);
    }

    /// An inline box; a block-level child breaks it into parts (CSS 2 section 9.2.1.1).
    pub(crate) fn inline(
        &mut self,
        origin: Origin,
        style: &Style,
        children: Vec<BoxId>,
        out: &mut Vec<BoxId>,
    ) {
        let children = self.wrap_table_parts(origin, style, children, Level::Inline);
        let breaks = |builder: &Builder<'_>, child: &BoxId| {
            let child = builder.tree.get(*child);
            child.level == Level::Block && child.is_in_flow()
        };
        if !children.iter().any(|child| breaks(self, child)) {
            let kind = BoxKind::Inline {
                starts: true,
                ends: true,
            };
            let id = self.create(kind, Level::Inline, origin, style);
            self.adopt(id, children);
            out.push(id);
            return;
        }
        let mut run = Vec::new();
        let mut starts = true;
        for child in children {
            if breaks(self, &child) {
                let part = self.inline_part(
                    origin,
                    style,
                    std::mem::take(&mut run),
                    (starts, false),
                    out,
                );
                starts = false;
                self.tree.get_mut(child).broke.get_or_insert(part);
                out.push(child);
            } else {
                run.push(child);
            }
        }
        self.inline_part(origin, style, run, (starts, true), out);
    }

    fn inline_part(
        &mut self,
        origin: Origin,
        style: &Style,
        children: Vec<BoxId>,
        (starts, ends): (bool, bool),
        out: &mut Vec<BoxId>,
    ) -> BoxId {
        let id = self.create(
            BoxKind::Inline { starts, ends },
            Level::Inline,
            origin,
            style,
        );
        self.adopt(id, children);
        out.push(id);
        id
    }

    fn anonymous(&mut self, parent: BoxId, kind: BoxKind, level: Level, which: Anonymous) -> BoxId {
        let (node, parent_style) = {
            let parent = self.tree.get(parent);
            (parent.node, parent.style.clone())
        };
        let style = self.styled.anonymous(&parent_style, which);
        let origin = Origin {
            node,
            generated: Some(Generated::Anonymous),
            manner: Manner::default(),
        };
        self.create(kind, level, origin, &style)
    }

    /// Whether a box is white space that collapses away where no line is.
    pub(crate) fn is_collapsible_space(&self, id: BoxId) -> bool {
        let at = self.tree.get(id);
        let BoxKind::Text(text) = &at.kind else {
            return false;
        };
        let collapse = at.style.get_inherited_text().white_space_collapse;
        match collapse {
            WhiteSpaceCollapse::Collapse => text.chars().all(is_document_space),
            WhiteSpaceCollapse::PreserveBreaks => {
                text.chars().all(|c| is_document_space(c) && c != '\n')
            }
            _ => false,
        }
    }

    fn is_out_of_flow(&self, id: BoxId) -> bool {
        !self.tree.get(id).is_in_flow()
    }

    fn is_in_flow_block(&self, id: BoxId) -> bool {
        self.tree.get(id).level == Level::Block && self.tree.get(id).is_in_flow()
    }

    /// All block-level or all inline-level: runs of inline-level boxes beside block-level ones
    /// are wrapped.
    fn block_children(&mut self, parent: BoxId, children: Vec<BoxId>) -> Vec<BoxId> {
        let (origin, style) = {
            let at = self.tree.get(parent);
            let origin = Origin {
                node: at.node,
                generated: None,
                manner: Manner::default(),
            };
            (origin, at.style.clone())
        };
        // Only in an inline box is such a table inline-level (CSS 2 section 17.2.1, step 3).
        let children = self.wrap_table_parts(origin, &style, children, Level::Block);
        if !children.iter().any(|child| self.is_in_flow_block(*child)) {
            return children;
        }
        let mut out = Vec::new();
        let mut run: Vec<BoxId> = Vec::new();
        for child in children {
            let is_marker = matches!(self.tree.get(child).kind, BoxKind::OutsideMarker);
            if self.is_in_flow_block(child) || is_marker {
                self.close_run(parent, &mut run, &mut out);
                out.push(child);
            } else {
                run.push(child);
            }
        }
        self.close_run(parent, &mut run, &mut out);
        out
    }

    /// Wraps a run of inline-level boxes; a run without content only keeps what is out of flow.
    fn close_run(&mut self, parent: BoxId, run: &mut Vec<BoxId>, out: &mut Vec<BoxId>) {
        let run = std::mem::take(run);
        let is_empty = run
            .iter()
            .all(|child| self.is_collapsible_space(*child) || self.is_out_of_flow(*child));
        if is_empty {
            out.extend(run.into_iter().filter(|child| self.is_out_of_flow(*child)));
            return;
        }
        let kind = BoxKind::BlockContainer;
        let wrapper = self.anonymous(parent, kind, Level::Block, Anonymous::Block);
        self.adopt(wrapper, run);
        out.push(wrapper);
    }

    /// Items of a flex or grid container: runs of text are wrapped, white space is dropped.
    fn items(&mut self, parent: BoxId, children: Vec<BoxId>) -> Vec<BoxId> {
        let mut out = Vec::new();
        let mut run = Vec::new();
        for child in children {
            if self.tree.get(child).is_text() {
                run.push(child);
                continue;
            }
            self.close_run(parent, &mut run, &mut out);
            // Generated boxes are not always made block-level by the cascade.
            let at = self.tree.get_mut(child);
            at.level = Level::Block;
            if matches!(at.kind, BoxKind::Inline { .. }) {
                at.kind = BoxKind::BlockContainer;
            }
            out.push(child);
        }
        self.close_run(parent, &mut run, &mut out);
        out
    }

    fn only_columns(&mut self, children: Vec<BoxId>) -> Vec<BoxId> {
        let is_column =
            |child: &BoxId| matches!(self.tree.get(*child).kind, BoxKind::TableColumn { .. });
        children.into_iter().filter(is_column).collect()
    }

    /// CSS 2 section 17.2.1, steps 1.3, 2.1 and 2.2 for a table; rows get a row group too.
    fn table_children(&mut self, parent: BoxId, children: Vec<BoxId>) -> Vec<BoxId> {
        let mut out = Vec::new();
        let mut rows = Vec::new();
        let mut cells = Vec::new();
        for child in children {
            match self.tree.get(child).kind {
                BoxKind::TableCaption
                | BoxKind::TableColumn { .. }
                | BoxKind::TableColumnGroup { .. }
                | BoxKind::TableRowGroup => {
                    self.close_cells(parent, &mut cells, &mut rows);
                    self.close_rows(parent, &mut rows, &mut out);
                    out.push(child);
                }
                BoxKind::TableRow => {
                    self.close_cells(parent, &mut cells, &mut rows);
                    rows.push(child);
                }
                _ => cells.push(child),
            }
        }
        self.close_cells(parent, &mut cells, &mut rows);
        self.close_rows(parent, &mut rows, &mut out);
        out
    }

    fn close_cells(&mut self, parent: BoxId, cells: &mut Vec<BoxId>, rows: &mut Vec<BoxId>) {
        let cells = std::mem::take(cells);
        if cells.iter().all(|child| self.is_collapsible_space(*child)) {
            return;
        }
        let row = self.anonymous(parent, BoxKind::TableRow, Level::Table, Anonymous::Row);
        let inside = self.row_children(row, cells);
        self.adopt(row, inside);
        rows.push(row);
    }

    fn close_rows(&mut self, parent: BoxId, rows: &mut Vec<BoxId>, out: &mut Vec<BoxId>) {
        let rows = std::mem::take(rows);
        if rows.is_empty() {
            return;
        }
        let kind = BoxKind::TableRowGroup;
        let group = self.anonymous(parent, kind, Level::Table, Anonymous::Block);
        self.adopt(group, rows);
        out.push(group);
    }

    fn row_group_children(&mut self, parent: BoxId, children: Vec<BoxId>) -> Vec<BoxId> {
        let mut rows = Vec::new();
        let mut cells = Vec::new();
        for child in children {
            if matches!(self.tree.get(child).kind, BoxKind::TableRow) {
                self.close_cells(parent, &mut cells, &mut rows);
                rows.push(child);
            } else {
                cells.push(child);
            }
        }
        self.close_cells(parent, &mut cells, &mut rows);
        rows
    }

    fn row_children(&mut self, parent: BoxId, children: Vec<BoxId>) -> Vec<BoxId> {
        let mut out = Vec::new();
        let mut loose = Vec::new();
        for child in children {
            if matches!(self.tree.get(child).kind, BoxKind::TableCell { .. }) {
                self.close_loose(parent, &mut loose, &mut out);
                out.push(child);
            } else {
                loose.push(child);
            }
        }
        self.close_loose(parent, &mut loose, &mut out);
        out
    }

    /// Wraps what is no cell into one.
    fn close_loose(&mut self, row: BoxId, loose: &mut Vec<BoxId>, out: &mut Vec<BoxId>) {
        let loose = std::mem::take(loose);
        if loose.iter().all(|child| self.is_collapsible_space(*child)) {
            return;
        }
        let kind = BoxKind::TableCell {
            columns: 1,
            rows: 1,
        };
        let cell = self.anonymous(row, kind, Level::Table, Anonymous::Cell);
        self.furnish(cell, loose);
        out.push(cell);
    }

    /// Parts of a table outside any table get one (CSS 2 section 17.2.1, step 3).
    fn wrap_table_parts(
        &mut self,
        origin: Origin,
        style: &Style,
        children: Vec<BoxId>,
        level: Level,
    ) -> Vec<BoxId> {
        let is_part = |builder: &Builder<'_>, id: BoxId| builder.tree.get(id).level == Level::Table;
        if !children.iter().any(|child| is_part(self, *child)) {
            return children;
        }
        let mut out = Vec::new();
        let mut parts: Vec<BoxId> = Vec::new();
        let mut spaces: Vec<BoxId> = Vec::new();
        for child in children {
            if is_part(self, child) {
                parts.append(&mut spaces);
                parts.push(child);
            } else if !parts.is_empty() && self.is_collapsible_space(child) {
                spaces.push(child);
            } else {
                self.close_parts(origin, style, &mut parts, level, &mut out);
                out.append(&mut spaces);
                out.push(child);
            }
        }
        self.close_parts(origin, style, &mut parts, level, &mut out);
        out.append(&mut spaces);
        out
    }

    fn close_parts(
        &mut self,
        origin: Origin,
        style: &Style,
        parts: &mut Vec<BoxId>,
        level: Level,
        out: &mut Vec<BoxId>,
    ) {
        let parts = std::mem::take(parts);
        if parts.is_empty() {
            return;
        }
        let style = self.styled.anonymous(style, Anonymous::Table);
        let origin = Origin {
            node: origin.node,
            generated: Some(Generated::Anonymous),
            manner: Manner::default(),
        };
        let table = self.create(BoxKind::Table, level, origin, &style);
        self.furnish(table, parts);
        out.push(table);
    }
}

fn is_document_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

use std::fmt;

/// A topology cannot be used: where in its text, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopologyError {
    /// Line and column, from 1; unknown if the topology did not come from a text.
    pub at: Option<(usize, usize)>,
    /// What is wrong.
    pub message: String,
    /// The words of the text that are wrong.
    pub(crate) words: String,
    /// The table of the text that has the words: its head, and which of its kind, from 0.
    pub(crate) table: Option<(&'static str, usize)>,
}

impl TopologyError {
    /// `words` is what stands in the text, so that it can be pointed at.
    pub(crate) fn new(words: &str, message: impl Into<String>) -> TopologyError {
        TopologyError {
            at: None,
            message: message.into(),
            words: words.to_owned(),
            table: None,
        }
    }

    /// `words` is what stands at the wire of this number, from 0.
    pub(crate) fn of_wire(wire: usize, words: &str, message: impl Into<String>) -> TopologyError {
        TopologyError::new(words, message).in_wire(wire)
    }

    /// The words stand at the wire of this number, from 0.
    pub(crate) fn in_wire(mut self, wire: usize) -> TopologyError {
        self.table = self.table.or(Some(("[[wire]]", wire)));
        self
    }

    /// The words stand at the machine of this number, from 0.
    pub(crate) fn in_machine(mut self, machine: usize) -> TopologyError {
        self.table = self.table.or(Some(("[[machine]]", machine)));
        self
    }

    /// The words stand at the zone of this number, from 0.
    pub(crate) fn in_zone(mut self, zone: usize) -> TopologyError {
        self.table = self.table.or(Some(("[[zone]]", zone)));
        self
    }

    pub(crate) fn of_toml(text: &str, error: &toml::de::Error) -> TopologyError {
        TopologyError {
            at: error.span().map(|span| line_and_column(text, span.start)),
            message: error.message().to_owned(),
            words: String::new(),
            table: None,
        }
    }

    /// Points at the words: the last place where they stand as a whole value, as a name is
    /// introduced before it is used.
    pub(crate) fn located_in(mut self, text: &str) -> TopologyError {
        let quoted = format!("\"{}\"", self.words);
        let table = self
            .table
            .and_then(|(head, number)| table(text, head, number));
        if let Some((start, end)) = table {
            let within = &text[start..end];
            let line = line_of(within, &self.words);
            let found = line.or_else(|| Some(within.find(&quoted)? + 1));
            if let Some(at) = found.or_else(|| within.find(&self.words)) {
                self.at = Some(line_and_column(text, start + at));
                return self;
            }
        }
        let found = text.rfind(&quoted).map(|at| at + 1);
        let found = found.or_else(|| text.rfind(&self.words));
        self.at = found.map(|at| line_and_column(text, at));
        self
    }
}

/// Where the table of this number stands, if tables of its kind are written with a head of their
/// own: up to the next of its kind.
fn table(text: &str, head: &str, number: usize) -> Option<(usize, usize)> {
    let mut offset = 0;
    let mut starts = text.split_inclusive('\n').filter_map(|line| {
        let start = offset;
        offset += line.len();
        line.trim_start().starts_with(head).then_some(start)
    });
    let start = starts.nth(number)?;
    Some((start, starts.next().unwrap_or(text.len())))
}

/// Where the words are all that a line has, as in a text of many lines.
fn line_of(text: &str, words: &str) -> Option<usize> {
    let mut offset = 0;
    let mut lines = text.split_inclusive('\n').map(|line| {
        let start = offset + line.len() - line.trim_start().len();
        offset += line.len();
        (start, line.trim())
    });
    lines
        .find(|(_, line)| *line == words)
        .map(|(start, _)| start)
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before[start..].chars().count() + 1)
}

impl fmt::Display for TopologyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.at {
            write!(f, "line {line}, column {column}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for TopologyError {}

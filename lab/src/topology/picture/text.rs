use super::{Tree, addresses, line, roles};
use crate::Topology;
use std::fmt::Write as _;

/// Columns between the names and what is said of them.
const GAP: usize = 2;

struct Row {
    drawn: String,
    wire: String,
    said: String,
}

/// A row a machine, in the tree's order.
pub(super) fn draw(topology: &Topology, tree: &Tree) -> String {
    let mut rows = Vec::new();
    for root in &tree.roots {
        rows.push(row(topology, *root, String::new(), String::new()));
        below(topology, tree, *root, &mut rows);
    }
    let width = |of: fn(&Row) -> &str| {
        let widths = rows.iter().map(|row| of(row).chars().count());
        widths.max().unwrap_or_default() + GAP
    };
    let (drawn, wire) = (width(|row| &row.drawn), width(|row| &row.wire));
    let mut text = String::new();
    for row in &rows {
        let line = format!("{:drawn$}{:wire$}{}", row.drawn, row.wire, row.said);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    for number in &tree.circles {
        let wire = &topology.wire[*number];
        let _ = writeln!(
            text,
            "and a wire {} – {}: {}",
            wire.from,
            wire.to,
            line(wire)
        );
    }
    text
}

fn row(topology: &Topology, number: usize, drawn: String, wire: String) -> Row {
    let machine = &topology.machine[number];
    let said = [
        addresses(machine).join(" · "),
        roles(topology, machine).join(", "),
    ];
    let said: Vec<String> = said.into_iter().filter(|part| !part.is_empty()).collect();
    Row {
        drawn: format!("{drawn}{}", machine.name),
        wire,
        said: said.join("   "),
    }
}

/// What is left to draw: a machine, the wire to it, and what stands before its name.
struct Ahead {
    number: usize,
    wire: usize,
    before: String,
    last: bool,
}

fn below(topology: &Topology, tree: &Tree, root: usize, rows: &mut Vec<Row>) {
    let ahead = |number: usize, before: &str| {
        let below = &tree.nodes[number].below;
        let each = below.iter().enumerate().map(|(at, (number, wire))| Ahead {
            number: *number,
            wire: *wire,
            before: before.to_owned(),
            last: at + 1 == below.len(),
        });
        each.rev().collect::<Vec<_>>()
    };
    let mut stack = ahead(root, "");
    while let Some(next) = stack.pop() {
        let (branch, on) = match next.last {
            true => ("└─ ", "   "),
            false => ("├─ ", "│  "),
        };
        let drawn = format!("{}{branch}", next.before);
        let wire = line(&topology.wire[next.wire]);
        rows.push(row(topology, next.number, drawn, wire));
        stack.extend(ahead(next.number, &format!("{}{on}", next.before)));
    }
}

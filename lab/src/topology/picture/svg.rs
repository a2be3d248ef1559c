use super::{Tree, addresses, line, roles};
use crate::Topology;
use std::{collections::BTreeMap, fmt::Write as _};

/// Width and height of a machine's box, and the room between boxes, px.
const BOX: (usize, usize) = (168, 58);
const ROOM: (usize, usize) = (92, 16);
const MARGIN: usize = 16;

/// How far from the box on the left a wire turns; its words stand behind the turn.
const BEND: usize = 20;

/// How far a wire stands from another between the same two boxes, px; how many so side by side.
const BESIDE: usize = 8;
const MOST_BESIDE: usize = 4;

/// Characters that fit into a box.
const FIT: usize = 27;

const STYLE: &str = "\
text{font:12px system-ui,sans-serif;fill:#1d2330}\
.name{font-weight:600;font-size:13px}.small{fill:#5b6472;font-size:11px}\
rect{fill:#fff;stroke:#aab2bf}.near rect{stroke:#2f6fed;stroke-width:2}\
path{fill:none;stroke:#aab2bf;stroke-width:1.5}.circle path{stroke-dasharray:4 3}\
@media(prefers-color-scheme:dark){text{fill:#e6e9ef}.small{fill:#9aa4b2}rect{fill:#1d2330;stroke:#4a5361}path{stroke:#4a5361}}";

/// Where the boxes stand: left edge and top edge.
struct Places(Vec<(usize, usize)>);

pub(super) fn draw(topology: &Topology, tree: &Tree) -> String {
    let places = Places::of(tree);
    let (width, height) = places.size();
    // How many wires each two boxes have between them.
    let mut drawn: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\"><title>The lab as it is wired</title>\
         <style>{STYLE}</style>\n"
    );
    for (number, node) in tree.nodes.iter().enumerate() {
        for (other, wire) in &node.below {
            let words = line(&topology.wire[*wire]);
            let ends = (places.0[number], places.0[*other]);
            cable(&mut svg, ends, 0, &words, "wire");
            drawn.insert((number.min(*other), number.max(*other)), 1);
        }
    }
    for wire in &tree.circles {
        let wire = &topology.wire[*wire];
        let number = |name: &str| {
            let machines = topology.machine.iter();
            machines.map(|own| &own.name).position(|own| own == name)
        };
        let both = number(&wire.from.machine).zip(number(&wire.to.machine));
        if let Some((from, to)) = both {
            let pair = drawn.entry((from.min(to), from.max(to))).or_insert(0);
            let ends = (places.0[from], places.0[to]);
            cable(&mut svg, ends, *pair * BESIDE, &line(wire), "circle");
            *pair = (*pair + 1) % MOST_BESIDE;
        }
    }
    for (number, place) in places.0.iter().enumerate() {
        machine(&mut svg, topology, number, *place);
    }
    svg += "</svg>\n";
    svg
}

impl Places {
    /// A leaf takes a row of its own; what has others below it stands in their middle.
    fn of(tree: &Tree) -> Places {
        let mut tops = vec![0; tree.nodes.len()];
        let mut rows = 0;
        for root in &tree.roots {
            // Children come after their parent, so that backwards they are placed already.
            let mut order = vec![*root];
            let mut at = 0;
            while at < order.len() {
                order.extend(tree.nodes[order[at]].below.iter().map(|(below, _)| *below));
                at += 1;
            }
            for leaf in leaves(tree, *root) {
                tops[leaf] = MARGIN + rows * (BOX.1 + ROOM.1);
                rows += 1;
            }
            for number in order.into_iter().rev() {
                let below = &tree.nodes[number].below;
                if let (Some((first, _)), Some((last, _))) = (below.first(), below.last()) {
                    tops[number] = usize::midpoint(tops[*first], tops[*last]);
                }
            }
        }
        let left = |depth: usize| MARGIN + depth * (BOX.0 + ROOM.0);
        let nodes = tree.nodes.iter().zip(tops);
        Places(nodes.map(|(node, top)| (left(node.depth), top)).collect())
    }

    fn size(&self) -> (usize, usize) {
        let right = self.0.iter().map(|(left, _)| left + BOX.0 + MARGIN);
        let bottom = self.0.iter().map(|(_, top)| top + BOX.1 + MARGIN);
        (right.max().unwrap_or(1), bottom.max().unwrap_or(1))
    }
}

/// Machines with none below them, from the top down.
fn leaves(tree: &Tree, root: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut stack = vec![root];
    while let Some(number) = stack.pop() {
        let below = &tree.nodes[number].below;
        match below.is_empty() {
            true => found.push(number),
            false => stack.extend(below.iter().rev().map(|(below, _)| *below)),
        }
    }
    found
}

/// A wire of the tree begins in the middle of a box; one beside others stands so many px lower.
fn cable(
    svg: &mut String,
    (from, to): ((usize, usize), (usize, usize)),
    beside: usize,
    words: &str,
    class: &str,
) {
    let (from, to) = if from.0 > to.0 {
        (to, from)
    } else {
        (from, to)
    };
    let (x1, y1) = (from.0 + BOX.0, from.1 + BOX.1 / 2 + beside);
    // Between two of the same column it goes round on the right.
    let (x2, y2) = match to.0 > from.0 {
        true => (to.0, to.1 + BOX.1 / 2 + beside),
        false => (to.0 + BOX.0, to.1 + BOX.1 / 2 + beside),
    };
    let bend = x1 + BEND + beside;
    let _ = writeln!(
        svg,
        "<g class=\"{class}\"><path d=\"M{x1} {y1}H{bend}V{y2}H{x2}\"/><title>{}</title></g>",
        escaped(words)
    );
    if class == "wire" {
        let short = words.replace(", ", " · ");
        for (at, part) in short.split(" · ").take(2).enumerate() {
            let (x, y) = (x2.saturating_sub(4), y2 + 13 * at);
            let y = if at == 0 { y - 5 } else { y };
            let _ = writeln!(
                svg,
                "<text class=\"small\" x=\"{x}\" y=\"{y}\" text-anchor=\"end\" font-size=\"9\">{}</text>",
                escaped(part)
            );
        }
    }
}

fn machine(svg: &mut String, topology: &Topology, number: usize, (left, top): (usize, usize)) {
    let machine = &topology.machine[number];
    let class = match machine.name == topology.near {
        true => "near",
        false => "machine",
    };
    let (roles, addresses) = (roles(topology, machine), addresses(machine));
    let (roles, addresses) = (roles.join(", "), addresses.join(" · "));
    let said = escaped(&format!("{}: {roles}; {addresses}", machine.name));
    let _ = writeln!(
        svg,
        "<g class=\"{class}\"><title>{said}</title>\
         <rect x=\"{left}\" y=\"{top}\" width=\"{}\" height=\"{}\" rx=\"8\"/>",
        BOX.0, BOX.1
    );
    let lines = [
        ("name", &machine.name),
        ("small", &roles),
        ("small", &addresses),
    ];
    for (at, (class, words)) in lines.into_iter().enumerate() {
        let _ = writeln!(
            svg,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>",
            left + 10,
            top + 19 + 15 * at,
            escaped(&fitting(words))
        );
    }
    *svg += "</g>\n";
}

/// As much as fits into a box.
fn fitting(words: &str) -> String {
    match words.chars().count() > FIT {
        true => words.chars().take(FIT - 1).chain(['…']).collect(),
        false => words.to_owned(),
    }
}

fn escaped(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    for character in words.chars() {
        match character {
            '&' => text += "&amp;",
            '<' => text += "&lt;",
            '>' => text += "&gt;",
            '"' => text += "&quot;",
            character if character.is_control() => {}
            character => text.push(character),
        }
    }
    text
}

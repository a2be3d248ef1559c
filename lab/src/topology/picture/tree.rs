use crate::Topology;
use std::collections::{BTreeMap, VecDeque};

/// Machines as they hang on each other, from the browser's outwards.
pub(super) struct Tree {
    /// The browser's machine first; then what no wire joins to it.
    pub(super) roots: Vec<usize>,
    pub(super) nodes: Vec<Node>,
    /// Wires, by number, that lead back into the tree.
    pub(super) circles: Vec<usize>,
}

/// One machine; its number is its place in the list.
#[derive(Default)]
pub(super) struct Node {
    /// Machines that were met from here, and the wires to them.
    pub(super) below: Vec<(usize, usize)>,
    /// Wires between it and the root.
    pub(super) depth: usize,
}

impl Tree {
    pub(super) fn of(topology: &Topology) -> Tree {
        let names = topology.machine.iter().map(|machine| &*machine.name);
        let number: BTreeMap<&str, usize> =
            names.enumerate().map(|(at, name)| (name, at)).collect();
        let mut wired: Vec<Vec<(usize, usize)>> = vec![Vec::new(); topology.machine.len()];
        for (wire, ends) in topology.wire.iter().enumerate() {
            let end = |name: &str| number.get(name).copied();
            if let Some((from, to)) = end(&ends.from.machine).zip(end(&ends.to.machine)) {
                wired[from].push((to, wire));
                wired[to].push((from, wire));
            }
        }
        let mut tree = Tree {
            roots: Vec::new(),
            nodes: topology.machine.iter().map(|_| Node::default()).collect(),
            circles: Vec::new(),
        };
        let mut met = vec![false; topology.machine.len()];
        let mut used = vec![false; topology.wire.len()];
        let near = number.get(topology.near.as_str()).copied();
        for root in near.into_iter().chain(0..topology.machine.len()) {
            if !met[root] {
                tree.roots.push(root);
                tree.grow(root, &wired, &mut met, &mut used);
            }
        }
        let all = 0..topology.wire.len();
        tree.circles = all.filter(|wire| !used[*wire]).collect();
        tree
    }

    /// Breadth first: a machine hangs on the nearest one.
    fn grow(
        &mut self,
        root: usize,
        wired: &[Vec<(usize, usize)>],
        met: &mut [bool],
        used: &mut [bool],
    ) {
        met[root] = true;
        let mut next = VecDeque::from([root]);
        while let Some(at) = next.pop_front() {
            for (other, wire) in &wired[at] {
                if !std::mem::replace(&mut met[*other], true) {
                    used[*wire] = true;
                    self.nodes[*other].depth = self.nodes[at].depth + 1;
                    self.nodes[at].below.push((*other, *wire));
                    next.push_back(*other);
                }
            }
        }
    }
}

use crate::element::ElementRef;
use crate::node::NodeRef;
use style::animation::DocumentAnimationSet;
use style::context::{
    RegisteredSpeculativePainter, RegisteredSpeculativePainters, SharedStyleContext, StyleContext,
};
use style::dom::{TElement, TNode};
use style::selector_parser::SnapshotMap;
use style::shared_lock::StylesheetGuards;
use style::stylist::Stylist;
use style::thread_state::{self, ThreadState};
use style::traversal::{DomTraversal, recalc_style_at};
use style::traversal_flags::TraversalFlags;
use stylo_atoms::Atom;

struct NoPainters;

impl RegisteredSpeculativePainters for NoPainters {
    fn get(&self, _: &Atom) -> Option<&dyn RegisteredSpeculativePainter> {
        None
    }
}

struct Recalc<'a> {
    shared: SharedStyleContext<'a>,
}

impl<'e> DomTraversal<ElementRef<'e>> for Recalc<'_> {
    fn process_preorder<F: FnMut(NodeRef<'e>)>(
        &self,
        context: &mut StyleContext<ElementRef<'e>>,
        node: NodeRef<'e>,
        note_child: F,
    ) {
        let Some(element) = node.as_element() else {
            return;
        };
        // SAFETY: one thread styles, and the element is visited once.
        unsafe {
            let mut data = element.ensure_data();
            recalc_style_at(self, context, element, &mut data, note_child);
            element.unset_dirty_descendants();
        }
    }

    fn process_postorder(&self, _: &mut StyleContext<ElementRef<'e>>, _: NodeRef<'e>) {}

    fn needs_postorder_traversal() -> bool {
        false
    }

    fn shared_context(&self) -> &SharedStyleContext<'_> {
        &self.shared
    }
}

/// Styles everything below `root`, one element after the other.
pub(crate) fn traverse(stylist: &Stylist, guards: StylesheetGuards<'_>, root: ElementRef<'_>) {
    let snapshot_map = SnapshotMap::new();
    let shared = SharedStyleContext {
        stylist,
        visited_styles_enabled: false,
        options: Default::default(),
        guards,
        current_time_for_animations: 0.0,
        traversal_flags: TraversalFlags::empty(),
        snapshot_map: &snapshot_map,
        animations: DocumentAnimationSet::default(),
        registered_speculative_painters: &NoPainters,
    };
    thread_state::enter(ThreadState::LAYOUT);
    let token = Recalc::pre_traverse(root, &shared);
    if token.should_traverse() {
        style::driver::traverse_dom(&Recalc { shared }, token, None);
    }
    thread_state::exit(ThreadState::LAYOUT);
}

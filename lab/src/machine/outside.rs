use super::WireEnd;
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};
use thru_events::Tap;

/// Frames that wait to be taken, in each direction; what comes when there are as many is lost.
const FRAMES: usize = 4096;

/// Octets of a frame at most: the largest packet, and its header.
const LARGEST: usize = 65_535 + 14;

/// Octets of a frame at least: its header.
const SMALLEST: usize = 14;

/// The end of the lab at which a wire leads outside.
pub(crate) struct Gap {
    pub(crate) tap: Tap,
    wire: Cell<Option<WireEnd>>,
    inwards: RefCell<VecDeque<Vec<u8>>>,
    outwards: RefCell<VecDeque<Vec<u8>>>,
    lost: Cell<u64>,
}

impl Gap {
    pub(crate) fn new(tap: Tap) -> Gap {
        Gap {
            tap,
            wire: Cell::new(None),
            inwards: RefCell::default(),
            outwards: RefCell::default(),
            lost: Cell::new(0),
        }
    }

    pub(crate) fn attach(&self, end: WireEnd) {
        self.wire.set(Some(end));
    }

    /// A frame came off the wire.
    pub(crate) fn leave(&self, frame: Vec<u8>) {
        self.push(&self.outwards, frame);
    }

    /// The next frame from outside, and the wire that it goes into.
    pub(crate) fn enter(&self) -> Option<(WireEnd, Vec<u8>)> {
        Some((self.wire.get()?, self.inwards.borrow_mut().pop_front()?))
    }

    fn push(&self, queue: &RefCell<VecDeque<Vec<u8>>>, frame: Vec<u8>) {
        let mut queue = queue.borrow_mut();
        match queue.len() < FRAMES {
            true => queue.push_back(frame),
            false => self.lost.set(self.lost.get() + 1),
        }
    }
}

/// What a device of the outside holds: frames go in and come out, without check sequences.
#[derive(Clone)]
pub struct Plug {
    gap: Rc<Gap>,
}

impl Plug {
    pub(crate) fn new(gap: Rc<Gap>) -> Plug {
        Plug { gap }
    }

    /// Hands a frame to the lab. It goes on the wire when the world looks outside the next time.
    /// What can be no frame is refused.
    pub fn hand_in(&self, frame: &[u8]) -> bool {
        let fits = (SMALLEST..=LARGEST).contains(&frame.len());
        if fits {
            self.gap.push(&self.gap.inwards, frame.to_vec());
        }
        fits
    }

    /// The next frame that came out of the lab.
    pub fn take_out(&self) -> Option<Vec<u8>> {
        self.gap.outwards.borrow_mut().pop_front()
    }

    /// Frames that found no room, in either direction.
    pub fn lost(&self) -> u64 {
        self.gap.lost.get()
    }
}

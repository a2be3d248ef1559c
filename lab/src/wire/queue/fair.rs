//! One queue for each flow, and whose turn it is (RFC 8290, section 4): deficit round robin in
//! which flows that have just begun go first.

use super::codel::CoDel;
use crate::{flow, wire::Carried};
use std::{collections::VecDeque, net::IpAddr};
use thru_events::Time;

/// Queues (RFC 8290, section 5.2.4).
const QUEUES: usize = 1024;

/// Octets that a flow may send in its turn: a full frame (RFC 8290, section 5.2.3).
const QUANTUM: i64 = 1514;

/// A frame that waits.
pub(super) struct Waiting {
    pub(super) carried: Carried,
    pub(super) since: Time,
}

/// The frames of one flow, or of several that share a queue by chance.
#[derive(Default)]
pub(super) struct FlowQueue {
    pub(super) frames: VecDeque<Waiting>,
    pub(super) octets: usize,
    pub(super) codel: CoDel,
    deficit: i64,
    listed: bool,
}

impl FlowQueue {
    pub(super) fn push(&mut self, waiting: Waiting) {
        self.octets += waiting.carried.frame.len();
        self.frames.push_back(waiting);
    }

    pub(super) fn pop(&mut self) -> Option<Waiting> {
        let waiting = self.frames.pop_front()?;
        self.octets -= waiting.carried.frame.len();
        Some(waiting)
    }
}

/// All flows of a line.
pub(super) struct Flows {
    queues: Vec<FlowQueue>,
    fresh: VecDeque<usize>,
    old: VecDeque<usize>,
    salt: u64,
}

impl Flows {
    pub(super) fn new(salt: u64) -> Flows {
        Flows {
            queues: (0..QUEUES).map(|_| FlowQueue::default()).collect(),
            fresh: VecDeque::new(),
            old: VecDeque::new(),
            salt,
        }
    }

    pub(super) fn push(&mut self, waiting: Waiting) {
        let number = bucket(&waiting.carried.frame, self.salt);
        let queue = &mut self.queues[number];
        queue.push(waiting);
        if !queue.listed {
            queue.listed = true;
            queue.deficit = QUANTUM;
            self.fresh.push_back(number);
        }
    }

    /// The flow whose turn it is. Each turn that is over brings a flow closer to its own, so that
    /// the loop ends.
    pub(super) fn turn(&mut self) -> Option<&mut FlowQueue> {
        loop {
            let from_fresh = !self.fresh.is_empty();
            let number = *self.fresh.front().or(self.old.front())?;
            let queue = &mut self.queues[number];
            if queue.deficit > 0 && !queue.frames.is_empty() {
                return Some(&mut self.queues[number]);
            }
            let list = match from_fresh {
                true => &mut self.fresh,
                false => &mut self.old,
            };
            list.pop_front();
            if queue.frames.is_empty() && !from_fresh {
                // A flow that has just begun goes through the old ones once before it is
                // forgotten, or it would always be first (RFC 8290, section 4.2).
                queue.listed = false;
                queue.codel.emptied();
            } else {
                if queue.deficit <= 0 {
                    queue.deficit += QUANTUM;
                }
                self.old.push_back(number);
            }
        }
    }

    /// The queue with the most octets.
    pub(super) fn fattest(&mut self) -> Option<&mut FlowQueue> {
        self.queues.iter_mut().max_by_key(|queue| queue.octets)
    }
}

impl FlowQueue {
    /// So much of its turn is used.
    pub(super) fn charge(&mut self, octets: usize) {
        self.deficit -= octets as i64;
    }
}

/// The EtherTypes of IPv4 and IPv6.
const IP: [[u8; 2]; 2] = [[0x08, 0x00], [0x86, 0xdd]];

/// The queue of a frame: by protocol, addresses and ports, mixed with chance of the lab's.
fn bucket(frame: &[u8], salt: u64) -> usize {
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325 ^ salt);
    match frame.get(14..).map(flow::read) {
        Some(Ok((flow, _))) if IP.iter().any(|kind| frame.get(12..14) == Some(kind)) => {
            hash.mix(&[flow.protocol]);
            for end in [flow.source, flow.destination] {
                match end.ip() {
                    IpAddr::V4(address) => hash.mix(&address.octets()),
                    IpAddr::V6(address) => hash.mix(&address.octets()),
                }
                hash.mix(&end.port().to_be_bytes());
            }
        }
        // Fragments and what is no packet: by the hardware addresses and the EtherType.
        _ => hash.mix(frame.get(..14).unwrap_or_default()),
    }
    (hash.0 >> 32) as usize % QUEUES
}

/// FNV-1a.
struct Fnv(u64);

impl Fnv {
    fn mix(&mut self, octets: &[u8]) {
        for octet in octets {
            self.0 = (self.0 ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

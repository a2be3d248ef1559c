use crate::{
    firewall::{Filter, Verdict},
    router::{Nat, Outcome},
};
use thru_events::{Cause, Tap, Time};
use thru_stack::{Forwarding, PathVerdict, Rejection};

/// A home router's way between inside and outside: addresses of IPv4 are translated. Those of IPv6
/// are not, there are enough of them; what outside begins is dropped nevertheless (RFC 6092).
pub(crate) struct NatPath {
    pub(crate) nat: Nat,
    /// The interface to the outside.
    pub(crate) outside_interface: usize,
    /// The interface that the packet at hand came in by.
    pub(crate) came_by: usize,
    /// What was begun inside, by IPv6.
    pub(crate) begun_inside: Filter,
}

/// Who crosses a home router by IPv6.
impl NatPath {
    fn outbound_ipv6(
        &mut self,
        now: Time,
        interface: usize,
        packet: &[u8],
        cause: Cause,
    ) -> PathVerdict {
        let outside = self.outside_interface;
        match (self.came_by == outside, interface == outside) {
            // Between two networks inside, or back to the outside.
            (false, false) | (true, true) => PathVerdict::Continue(cause),
            (from_outside, _) => {
                let judged = match from_outside {
                    true => self.begun_inside.judge_answer(now, packet, cause),
                    false => self.begun_inside.judge(now, packet, cause),
                };
                filtered(judged, cause)
            }
        }
    }
}

impl Forwarding for NatPath {
    fn inbound(
        &mut self,
        now: Time,
        interface: usize,
        packet: &mut Vec<u8>,
        cause: Cause,
        _: &Tap,
    ) -> PathVerdict {
        self.came_by = interface;
        if is_ipv6(packet) {
            return PathVerdict::Continue(cause);
        }
        let outside = self.nat.outside().octets();
        if packet.get(16..20) != Some(&outside) {
            return PathVerdict::Continue(cause);
        }
        let outcome = match interface == self.outside_interface {
            true => self.nat.inbound(now, packet, cause),
            false => self.nat.hairpin(now, packet, cause),
        };
        carry_out(outcome, cause)
    }

    fn outbound(
        &mut self,
        now: Time,
        interface: usize,
        packet: &mut Vec<u8>,
        cause: Cause,
        _: &Tap,
    ) -> PathVerdict {
        if is_ipv6(packet) {
            return self.outbound_ipv6(now, interface, packet, cause);
        }
        if interface != self.outside_interface {
            return PathVerdict::Continue(cause);
        }
        carry_out(self.nat.outbound(now, packet, cause), cause)
    }
}

fn is_ipv6(packet: &[u8]) -> bool {
    packet.first().is_some_and(|first| first >> 4 == 6)
}

fn carry_out(outcome: Outcome, cause: Cause) -> PathVerdict {
    match outcome {
        Outcome::Translated(stated) => PathVerdict::Continue(stated.or(cause)),
        Outcome::NotOurs => PathVerdict::Continue(cause),
        Outcome::Drop(why) => PathVerdict::Drop {
            why: why.into(),
            cause,
        },
    }
}

/// A packet filter on a firewall's way, for both families. It looks at packets as they come in,
/// before the hop limit is taken: what it drops gets no answer at all.
pub(crate) struct FilterPath {
    pub(crate) filter: Filter,
}

impl Forwarding for FilterPath {
    fn inbound(
        &mut self,
        now: Time,
        _: usize,
        packet: &mut Vec<u8>,
        cause: Cause,
        _: &Tap,
    ) -> PathVerdict {
        filtered(self.filter.judge(now, packet, cause), cause)
    }

    fn outbound(
        &mut self,
        _: Time,
        _: usize,
        _: &mut Vec<u8>,
        cause: Cause,
        _: &Tap,
    ) -> PathVerdict {
        PathVerdict::Continue(cause)
    }
}

fn filtered(verdict: Verdict, cause: Cause) -> PathVerdict {
    match verdict {
        Verdict::Pass(stated) => PathVerdict::Continue(stated.or(cause)),
        Verdict::Drop(stated) => PathVerdict::Drop {
            why: "the firewall drops it".into(),
            cause: stated.or(cause),
        },
        Verdict::Reset(stated) => reject(Rejection::Reset, stated.or(cause)),
        Verdict::Unreachable(code, stated) => reject(Rejection::Icmp(code), stated.or(cause)),
    }
}

fn reject(how: Rejection, cause: Cause) -> PathVerdict {
    PathVerdict::Reject { how, cause }
}

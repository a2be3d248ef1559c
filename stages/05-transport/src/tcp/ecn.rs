//! Explicit congestion notification (RFC 3168): routers mark packets instead of dropping them.

use super::{Connection, Ecn, Flags, Segment, State};
use thru_events::Cause;

/// What is known of congestion marks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EcnState {
    /// Both SYNs asked for it.
    pub(super) agreed: bool,
    /// A marked packet came: every acknowledgement says so until the peer answers with CWR.
    pub(super) echo: bool,
    /// The peer is to be told that the window came down.
    pub(super) told: bool,
}

impl Connection {
    /// The bits of our SYN or SYN-ACK (section 6.1.1).
    pub(super) fn ecn_syn_flags(&self) -> Flags {
        match self.state {
            State::SynSent if self.config.settings.ecn == Ecn::Ask => Flags::ECE.and(Flags::CWR),
            State::SynReceived if self.ecn.agreed => Flags::ECE,
            _ => Flags::default(),
        }
    }

    /// The peer's SYN asks with both bits, its SYN-ACK agrees with ECE alone.
    pub(super) fn take_ecn_syn(&mut self, syn: &Segment<'_>) {
        let flags = syn.header.flags;
        let (ece, cwr) = (flags.has(Flags::ECE), flags.has(Flags::CWR));
        self.ecn.agreed = match self.config.settings.ecn {
            Ecn::Off => false,
            _ if !flags.has(Flags::ACK) => ece && cwr,
            Ecn::Ask => ece && !cwr,
            Ecn::Answer => false,
        };
    }

    /// The bits of every other segment (section 6.1.2 and 6.1.3).
    pub(super) fn ecn_flags(&mut self, new_data: bool) -> Flags {
        let mut flags = Flags::default();
        if self.ecn.echo {
            flags = flags.and(Flags::ECE);
        }
        if new_data && std::mem::take(&mut self.ecn.told) {
            flags = flags.and(Flags::CWR);
        }
        flags
    }

    /// A segment that is taken in: its mark, and the peer's answer to ours (section 6.1.3).
    pub(super) fn note_mark(&mut self, segment: &Segment<'_>) {
        if !self.ecn.agreed {
            return;
        }
        if segment.header.flags.has(Flags::CWR) {
            self.ecn.echo = false;
        }
        self.ecn.echo |= segment.marked;
    }

    /// The peer says that our packets come marked: as good as a loss, once for each window
    /// (section 6.1.2).
    pub(super) fn on_echoed_mark(&mut self, segment: &Segment<'_>, cause: Cause) {
        if self.ecn.agreed && segment.header.flags.has(Flags::ECE) {
            self.reduce_once("a router marked a packet of ours (ECN)", cause);
        }
    }
}

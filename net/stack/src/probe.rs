//! Probes with a small hop limit: who is on the way?

use crate::{
    SendError, Stack, segments::no_data, send::Outbound, stack::limits, tcp_sockets::plain,
    udp_sockets::dynamic_ports,
};
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    task::Waker,
};
use thru_events::{Cause, Text, Time, ip::IpEvent};
use thru_ip::{IcmpError, PROTOCOL_TCP, Quoted};
use thru_transport::tcp::{Flags, Options, Segment, SegmentHeader, Seq, reset_for};

/// A probe of one stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProbeId(pub u32);

/// What came back for a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeAnswer {
    /// A router on the way said that the hop limit ran out.
    Hop(IpAddr),
    /// The destination itself answered.
    Destination(IpAddr),
    /// Someone said that it cannot be reached.
    Unreachable(IpAddr),
}

struct Probe {
    local: SocketAddr,
    remote: SocketAddr,
    ttl: u8,
    sent: Time,
    cause: Cause,
    answer: Option<(ProbeAnswer, Cause)>,
    waker: Option<Waker>,
}

#[derive(Default)]
pub(crate) struct Probes {
    probes: BTreeMap<ProbeId, Probe>,
    next: u32,
}

impl Probes {
    fn find(&self, local: SocketAddr, remote: SocketAddr) -> Option<ProbeId> {
        let fits = |probe: &Probe| probe.local == local && probe.remote == remote;
        self.probes
            .iter()
            .find(|(_, probe)| fits(probe))
            .map(|(id, _)| *id)
    }
}

fn answered(probe: &Probe, answer: ProbeAnswer, said: Text, rtt_us: u64) -> IpEvent {
    let (remote, ttl) = (probe.remote, probe.ttl);
    match answer {
        ProbeAnswer::Hop(hop) | ProbeAnswer::Unreachable(hop) => IpEvent::HopAnswered {
            remote,
            ttl,
            hop,
            said,
            rtt_us,
        },
        ProbeAnswer::Destination(_) => IpEvent::DestinationAnswered {
            remote,
            ttl,
            said,
            rtt_us,
        },
    }
}

impl Stack {
    /// Sends a SYN with hop limit `ttl` towards `remote`. The answer is asked for with
    /// [`Stack::probe_answer`]; the asker ends it with [`Stack::probe_end`].
    pub fn probe(
        &mut self,
        now: Time,
        remote: SocketAddr,
        ttl: u8,
        cause: Cause,
    ) -> Result<ProbeId, SendError> {
        let remote = plain(remote);
        if self.probes.probes.len() >= limits::PROBES {
            return Err(SendError::Closed);
        }
        let (way, cause) = self.choose_way(remote.ip(), cause)?;
        let start = self.chance.next_u32();
        let end = |port| SocketAddr::new(way.source, port);
        let free = |port: &u16| {
            self.tcp.find(end(*port), remote).is_none()
                && self.probes.find(end(*port), remote).is_none()
        };
        let local = end(dynamic_ports(start).find(free).ok_or(SendError::Closed)?);
        let syn = SegmentHeader {
            source_port: local.port(),
            destination_port: remote.port(),
            seq: Seq(self.chance.next_u32()),
            ack: Seq(0),
            flags: Flags::SYN,
            window: 0xffff,
            options: Options {
                mss: Some(1460),
                ..Options::default()
            },
        };
        let outbound = Outbound {
            ttl,
            ..Outbound::new(way.source, remote.ip(), PROTOCOL_TCP)
        };
        let octets = syn.encode(way.source, remote.ip(), &[]);
        self.send_packet(now, outbound, octets, true, cause)?;
        let id = ProbeId(self.probes.next);
        self.probes.next += 1;
        let probe = Probe {
            local,
            remote,
            ttl,
            sent: now,
            cause,
            answer: None,
            waker: None,
        };
        self.probes.probes.insert(id, probe);
        Ok(id)
    }

    /// What came back so far, and the event that says so.
    pub fn probe_answer(&self, id: ProbeId) -> Option<(ProbeAnswer, Cause)> {
        self.probes.probes.get(&id)?.answer
    }

    /// Wakes `waker` when the probe is answered; at once if it is.
    pub fn register_probe_waker(&mut self, id: ProbeId, waker: &Waker) {
        match self.probes.probes.get_mut(&id) {
            Some(probe) if probe.answer.is_none() => probe.waker = Some(waker.clone()),
            _ => waker.wake_by_ref(),
        }
    }

    /// The asker waits no longer, and the probe is forgotten. One without answer is stated as
    /// silent; gives that event.
    pub fn probe_end(&mut self, id: ProbeId) -> Cause {
        let probe = self.probes.probes.remove(&id)?;
        match probe.answer {
            Some((_, cause)) => cause,
            None => self.tap.emit(probe.cause, || IpEvent::HopSilent {
                remote: probe.remote,
                ttl: probe.ttl,
            }),
        }
    }

    fn answer_probe(
        &mut self,
        now: Time,
        id: ProbeId,
        answer: ProbeAnswer,
        said: Text,
        cause: Cause,
    ) -> Cause {
        let probe = self.probes.probes.get_mut(&id)?;
        let rtt_us = now.since(probe.sent).as_micros() as u64;
        let event = self
            .tap
            .emit(cause, || answered(probe, answer, said, rtt_us));
        probe.answer = Some((answer, event));
        if let Some(waker) = probe.waker.take() {
            waker.wake();
        }
        event
    }

    /// An ICMP error about a probe; false if it is about something else.
    pub(crate) fn probe_hop(
        &mut self,
        now: Time,
        from: IpAddr,
        error: IcmpError,
        quoted: &Quoted,
        cause: Cause,
    ) -> bool {
        let end = |(address, port)| SocketAddr::new(address, port);
        let flow = quoted.flow().filter(|flow| flow.protocol == PROTOCOL_TCP);
        let Some(id) =
            flow.and_then(|flow| self.probes.find(end(flow.source), end(flow.destination)))
        else {
            return false;
        };
        let (answer, said) = match error {
            IcmpError::TimeExceeded => (ProbeAnswer::Hop(from), "time exceeded"),
            _ => (ProbeAnswer::Unreachable(from), "unreachable"),
        };
        self.answer_probe(now, id, answer, said.into(), cause);
        true
    }

    /// A segment that answers a probe; false if it is for someone else. A SYN-ACK is reset: no
    /// connection was wanted.
    pub(crate) fn probe_segment(
        &mut self,
        now: Time,
        local: SocketAddr,
        remote: SocketAddr,
        segment: &Segment<'_>,
        cause: Cause,
    ) -> bool {
        let Some(id) = self.probes.find(local, remote) else {
            return false;
        };
        let from = remote.ip();
        let answer = ProbeAnswer::Destination(from);
        let said = segment.header.flags.text();
        let event = self.answer_probe(now, id, answer, said, cause);
        if let Some(reset) = reset_for(segment) {
            self.send_segment(now, local, remote, reset, no_data(), event);
        }
        true
    }
}

//! The states of a neighbour (RFC 4861, section 7.3).

use crate::{Released, Resolution};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::Ipv6Addr,
    time::Duration,
};
use thru_events::{Cause, MacAddress, Stage, Tap, Time, link::LinkEvent, trip::TripEvent};

/// Named limits of the cache (RFC 4861, section 10).
pub mod limits {
    use std::time::Duration;

    /// Solicitations to the group before a neighbour counts as silent: MAX_MULTICAST_SOLICIT.
    pub const MULTICAST_SOLICITATIONS: u32 = 3;
    /// Solicitations to a neighbour that was there: MAX_UNICAST_SOLICIT.
    pub const UNICAST_SOLICITATIONS: u32 = 3;
    /// RETRANS_TIMER, unless a router says otherwise.
    pub const RETRANSMIT: Duration = Duration::from_secs(1);
    /// REACHABLE_TIME, unless a router says otherwise. DEVIATION: not spread by chance, as the
    /// cache draws none.
    pub const REACHABLE: Duration = Duration::from_secs(30);
    /// DELAY_FIRST_PROBE_TIME.
    pub const DELAY: Duration = Duration::from_secs(5);
    /// Packets held for one address while it is asked for; the oldest goes first.
    pub const PENDING_PACKETS: usize = 64;
    /// Lines of the cache; the one used longest ago goes first. Lines still asked for stay.
    pub const LINES: usize = 1024;
}

/// What is known of a neighbour (RFC 4861, section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reachability {
    /// It is asked for.
    Incomplete,
    /// It answered not long ago.
    Reachable,
    /// It was there some time ago.
    Stale,
    /// It is used again; perhaps the stages above hear from it.
    Delay,
    /// It is asked whether it is still there.
    Probe,
}

impl Reachability {
    /// The name by RFC 4861.
    pub fn name(self) -> &'static str {
        match self {
            Reachability::Incomplete => "INCOMPLETE",
            Reachability::Reachable => "REACHABLE",
            Reachability::Stale => "STALE",
            Reachability::Delay => "DELAY",
            Reachability::Probe => "PROBE",
        }
    }
}

/// What the cache wants done.
#[derive(Debug, PartialEq, Eq)]
pub enum CacheOutput<P> {
    /// Send a solicitation for `address`.
    Solicit {
        /// Whose hardware address is wanted.
        address: Ipv6Addr,
        /// To this machine alone; none: to the group of the address.
        to: Option<MacAddress>,
        /// `NeighbourSolicited`.
        cause: Cause,
    },
    /// Nobody answered; these packets cannot go.
    GaveUp {
        /// Who was asked for.
        address: Ipv6Addr,
        /// What waited.
        packets: Vec<P>,
        /// `NeighbourUnanswered`.
        cause: Cause,
    },
}

struct Line<P> {
    state: Reachability,
    /// Known in every state but INCOMPLETE.
    mac: MacAddress,
    router: bool,
    attempt: u32,
    /// When its state has something due; REACHABLE ends without waking anyone.
    due: Option<Time>,
    until: Time,
    used: Time,
    waiting: VecDeque<P>,
    /// The last event about it.
    cause: Cause,
}

/// The neighbour cache of one interface. `P` is what waits in it.
pub struct NeighbourCache<P> {
    lines: BTreeMap<Ipv6Addr, Line<P>>,
    timers: BTreeSet<(Time, Ipv6Addr)>,
    reachable: Duration,
    retransmit: Duration,
}

impl<P> Default for NeighbourCache<P> {
    fn default() -> NeighbourCache<P> {
        NeighbourCache {
            lines: BTreeMap::new(),
            timers: BTreeSet::new(),
            reachable: limits::REACHABLE,
            retransmit: limits::RETRANSMIT,
        }
    }
}

impl<P> NeighbourCache<P> {
    /// An empty cache.
    pub fn new() -> NeighbourCache<P> {
        NeighbourCache::default()
    }

    /// What a router says about its link, milliseconds; 0 says nothing (RFC 4861, section 6.3.4).
    pub fn use_times(&mut self, reachable_ms: u32, retransmit_ms: u32) {
        if reachable_ms != 0 {
            self.reachable = Duration::from_millis(reachable_ms.into());
        }
        if retransmit_ms != 0 {
            self.retransmit = Duration::from_millis(retransmit_ms.into());
        }
    }

    /// State and hardware address of a neighbour.
    pub fn lookup(&self, now: Time, address: Ipv6Addr) -> Option<(Reachability, MacAddress)> {
        let line = self.lines.get(&address)?;
        let over = line.state == Reachability::Reachable && line.until <= now;
        let state = if over {
            Reachability::Stale
        } else {
            line.state
        };
        Some((state, line.mac))
    }

    /// Whether the neighbour said that it is a router.
    pub fn is_router(&self, address: Ipv6Addr) -> bool {
        self.lines.get(&address).is_some_and(|line| line.router)
    }

    /// Number of lines.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether nobody is known or asked for.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Wants to send `packet` to the neighbour `address`. `say_known` states a hit as an event.
    pub fn resolve(
        &mut self,
        now: Time,
        address: Ipv6Addr,
        packet: P,
        say_known: bool,
        cause: Cause,
        tap: &Tap,
    ) -> Resolution<P> {
        self.grow_stale(now, address, tap);
        let Some(line) = self.lines.get_mut(&address) else {
            let cause = match self.make_room(cause, tap) {
                Ok(cause) => cause,
                Err(cause) => return Resolution::Full { packet, cause },
            };
            let mut line = Line::asked_for(now, cause);
            line.waiting.push_back(packet);
            self.put(address, line);
            return Resolution::Waiting { dropped: None };
        };
        line.used = now;
        if line.state == Reachability::Incomplete {
            line.waiting.push_back(packet);
            let full = line.waiting.len() > limits::PENDING_PACKETS;
            return Resolution::Waiting {
                dropped: if full { line.waiting.pop_front() } else { None },
            };
        }
        let mac = line.mac;
        let ip = address.into();
        let cause = match say_known {
            true => tap.emit(cause, || LinkEvent::NeighbourKnown { address: ip, mac }),
            false => cause,
        };
        if line.state == Reachability::Stale {
            let due = now.after(limits::DELAY);
            self.enter(
                address,
                Reachability::Delay,
                Some(due),
                "it is used again",
                cause,
                tap,
            );
        }
        Resolution::Known(Released { packet, mac, cause })
    }

    /// A solicitation or a router's message named its sender's hardware address (RFC 4861,
    /// section 7.2.3): it is there, but nobody knows whether it hears us.
    pub fn learn(
        &mut self,
        now: Time,
        address: Ipv6Addr,
        mac: MacAddress,
        router: Option<bool>,
        cause: Cause,
        tap: &Tap,
    ) -> Vec<Released<P>> {
        if address.is_unspecified() || address.is_multicast() || mac.is_group() {
            return Vec::new();
        }
        if !self.lines.contains_key(&address) {
            let Ok(cause) = self.make_room(cause, tap) else {
                return Vec::new();
            };
            self.put(address, Line::asked_for(now, cause));
        }
        let Some(line) = self.lines.get_mut(&address) else {
            return Vec::new();
        };
        line.router = router.unwrap_or(line.router);
        if line.state != Reachability::Incomplete && line.mac == mac {
            return Vec::new();
        }
        self.found(
            now,
            address,
            mac,
            Reachability::Stale,
            "it spoke",
            cause,
            tap,
        )
    }

    /// An advertisement of a neighbour (RFC 4861, section 7.2.5).
    pub fn handle_advertisement(
        &mut self,
        now: Time,
        advertisement: Advertisement,
        cause: Cause,
        tap: &Tap,
    ) -> Vec<Released<P>> {
        let Advertisement {
            address,
            mac,
            router,
            solicited,
            replace,
        } = advertisement;
        self.grow_stale(now, address, tap);
        // Nobody asked for it: no line is made.
        let Some(line) = self.lines.get_mut(&address) else {
            return Vec::new();
        };
        let told = mac.filter(|mac| !mac.is_group());
        if line.state == Reachability::Incomplete {
            let Some(mac) = told else {
                return Vec::new();
            };
            line.router = router;
            let state = match solicited {
                true => Reachability::Reachable,
                false => Reachability::Stale,
            };
            return self.found(now, address, mac, state, "it answered", cause, tap);
        }
        let other = told.filter(|mac| *mac != line.mac);
        if other.is_some() && !replace {
            // Two speak for one address: what is known stays, but is trusted less.
            if line.state == Reachability::Reachable {
                let why = "another machine advertised its address";
                self.enter(address, Reachability::Stale, None, why, cause, tap);
            }
            return Vec::new();
        }
        line.router = router;
        match (solicited, other) {
            (true, Some(mac)) => {
                let why = "it answered from another place";
                self.found(now, address, mac, Reachability::Reachable, why, cause, tap)
            }
            (false, Some(mac)) => {
                let why = "it moved";
                self.found(now, address, mac, Reachability::Stale, why, cause, tap)
            }
            (true, None) => {
                self.reached(now, address, "it answered", cause, tap);
                Vec::new()
            }
            (false, None) => Vec::new(),
        }
    }

    /// A stage above heard that what was sent to `address` arrived (RFC 4861, section 7.3.1).
    pub fn confirm(&mut self, now: Time, address: Ipv6Addr, cause: Cause, tap: &Tap) {
        self.grow_stale(now, address, tap);
        let known = self.lines.get(&address);
        if known.is_some_and(|line| line.state != Reachability::Incomplete) {
            self.reached(now, address, "what was sent to it arrived", cause, tap);
        }
    }

    /// What is due now; call until it gives `None`.
    pub fn poll(&mut self, now: Time, tap: &Tap) -> Option<CacheOutput<P>> {
        let (at, address) = self.timers.first().copied()?;
        if at > now {
            return None;
        }
        let line = self.lines.get(&address)?;
        if line.state == Reachability::Delay {
            let (why, cause) = ("nobody above heard from it", line.cause);
            self.enter(address, Reachability::Probe, Some(now), why, cause, tap);
        }
        let retransmit = self.retransmit;
        let line = self.lines.get_mut(&address)?;
        let (most, to) = match line.state {
            Reachability::Incomplete => (limits::MULTICAST_SOLICITATIONS, None),
            _ => (limits::UNICAST_SOLICITATIONS, Some(line.mac)),
        };
        if line.attempt >= most {
            return Some(self.give_up(address, tap));
        }
        line.attempt += 1;
        let (attempt, to_all) = (line.attempt, to.is_none());
        line.cause = tap.emit(line.cause, || LinkEvent::NeighbourSolicited {
            address: address.into(),
            attempt,
            to_all,
        });
        let cause = line.cause;
        self.arm(address, Some(now.after(retransmit)));
        Some(CacheOutput::Solicit { address, to, cause })
    }

    /// When [`NeighbourCache::poll`] has something to do.
    pub fn wake_at(&self) -> Option<Time> {
        self.timers.first().map(|(at, _)| *at)
    }

    fn give_up(&mut self, address: Ipv6Addr, tap: &Tap) -> CacheOutput<P> {
        self.arm(address, None);
        let line = self.lines.remove(&address);
        let (attempts, asked) = line.as_ref().map_or((0, None), |it| (it.attempt, it.cause));
        let cause = tap.emit(asked, || LinkEvent::NeighbourUnanswered {
            address: address.into(),
            attempts,
        });
        CacheOutput::GaveUp {
            address,
            packets: line.map_or_else(Vec::new, |line| line.waiting.into()),
            cause,
        }
    }

    /// A hardware address is known, or another one than before.
    #[allow(clippy::too_many_arguments)]
    fn found(
        &mut self,
        now: Time,
        address: Ipv6Addr,
        mac: MacAddress,
        state: Reachability,
        why: &'static str,
        cause: Cause,
        tap: &Tap,
    ) -> Vec<Released<P>> {
        let Some(line) = self.lines.get_mut(&address) else {
            return Vec::new();
        };
        line.mac = mac;
        let waiting = std::mem::take(&mut line.waiting);
        let ip = address.into();
        let learned = tap.emit(cause, || LinkEvent::NeighbourLearned { address: ip, mac });
        match state {
            Reachability::Reachable => self.reached(now, address, why, learned, tap),
            _ => self.enter(address, state, None, why, learned, tap),
        }
        // What waited uses it: it is asked soon whether it is there (RFC 4861, section 7.3.3).
        if state == Reachability::Stale && !waiting.is_empty() {
            let due = now.after(limits::DELAY);
            self.enter(
                address,
                Reachability::Delay,
                Some(due),
                "it is used",
                learned,
                tap,
            );
        }
        let release = |packet| Released {
            packet,
            mac,
            cause: learned,
        };
        waiting.into_iter().map(release).collect()
    }

    fn reached(
        &mut self,
        now: Time,
        address: Ipv6Addr,
        why: &'static str,
        cause: Cause,
        tap: &Tap,
    ) {
        let until = now.after(self.reachable);
        if let Some(line) = self.lines.get_mut(&address) {
            line.until = until;
        }
        self.enter(address, Reachability::Reachable, None, why, cause, tap);
    }

    /// REACHABLE lasts so long; nobody is woken for its end.
    fn grow_stale(&mut self, now: Time, address: Ipv6Addr, tap: &Tap) {
        let Some(line) = self.lines.get(&address) else {
            return;
        };
        if line.state == Reachability::Reachable && line.until <= now {
            let cause = line.cause;
            let why = "it was not heard of for a while";
            self.enter(address, Reachability::Stale, None, why, cause, tap);
        }
    }

    fn enter(
        &mut self,
        address: Ipv6Addr,
        state: Reachability,
        due: Option<Time>,
        why: &'static str,
        cause: Cause,
        tap: &Tap,
    ) {
        self.arm(address, due);
        let Some(line) = self.lines.get_mut(&address) else {
            return;
        };
        let from = line.state;
        line.attempt = 0;
        if from == state {
            return;
        }
        line.state = state;
        line.cause = tap.emit(cause, || LinkEvent::NeighbourStateChanged {
            address: address.into(),
            from: from.name().into(),
            to: state.name().into(),
            why: why.into(),
        });
    }

    fn put(&mut self, address: Ipv6Addr, line: Line<P>) {
        let due = line.due;
        self.lines.insert(address, Line { due: None, ..line });
        self.arm(address, due);
    }

    fn arm(&mut self, address: Ipv6Addr, due: Option<Time>) {
        let Some(line) = self.lines.get_mut(&address) else {
            return;
        };
        if let Some(before) = std::mem::replace(&mut line.due, due) {
            self.timers.remove(&(before, address));
        }
        if let Some(due) = due {
            self.timers.insert((due, address));
        }
    }

    /// Forgets the line used longest ago when the cache is full; `Err` if all are asked for.
    fn make_room(&mut self, cause: Cause, tap: &Tap) -> Result<Cause, Cause> {
        if self.lines.len() < limits::LINES {
            return Ok(cause);
        }
        let cause = tap.emit(cause, || TripEvent::LimitReached {
            stage: Stage::Link,
            limit: "lines of the neighbour cache".into(),
            value: limits::LINES as u64,
        });
        let known = self.lines.iter();
        let known = known.filter(|(_, line)| line.state != Reachability::Incomplete);
        let Some((_, oldest)) = known.map(|(address, line)| (line.used, *address)).min() else {
            return Err(cause);
        };
        self.arm(oldest, None);
        self.lines.remove(&oldest);
        let address = oldest.into();
        Ok(tap.emit(cause, || LinkEvent::NeighbourExpired { address }))
    }
}

/// What a neighbour's advertisement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advertisement {
    /// The target.
    pub address: Ipv6Addr,
    /// Its hardware address, if it is named.
    pub mac: Option<MacAddress>,
    /// It is a router.
    pub router: bool,
    /// It answers a solicitation.
    pub solicited: bool,
    /// What is known is to be forgotten.
    pub replace: bool,
}

impl<P> Line<P> {
    fn asked_for(now: Time, cause: Cause) -> Line<P> {
        Line {
            state: Reachability::Incomplete,
            mac: MacAddress([0; 6]),
            router: false,
            attempt: 0,
            due: Some(now),
            until: now,
            used: now,
            waiting: VecDeque::new(),
            cause,
        }
    }
}

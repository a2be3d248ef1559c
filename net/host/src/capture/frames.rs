//! What the sockets hold: a way to say what they do, and the reader of the ring beside it.

use super::{
    FramesWanted,
    filter::Filter,
    limits::{EXPECTED, FRAME_OCTETS, FRAMES, GOODBYE_MS, OCTETS, RING_WAIT_MS},
    matcher::{Judged, Key, Matcher, Place},
    put_together::{self, Conversation, Made},
    reading::Seen,
    ring::{Raw, Refused, Ring},
    words,
};
use crate::{clock, interfaces, netlink};
use std::{
    borrow::Cow,
    cell::{Cell, OnceCell, RefCell},
    collections::{BTreeMap, BTreeSet},
    io,
    net::{IpAddr, SocketAddr, UdpSocket},
    rc::Rc,
    time::Duration,
};
use thru_events::{
    Cause, Clock, Provenance, Stage, Tap, Text, Time, link::LinkEvent, trip::TripEvent,
};
use thru_ip::{PROTOCOL_TCP, PROTOCOL_UDP};
use tokio::io::{Interest, unix::AsyncFd};

/// Octets of an Ethernet header with a VLAN tag: what a frame may have beyond the MTU.
const LINK_HEADER: u32 = 18;
/// Octets of two hardware addresses.
const ADDRESSES: usize = 12;
/// Nanoseconds of a second.
const SECOND: i128 = 1_000_000_000;

/// What captures the frames of one load, opened before it: the kernel takes its time to make room.
/// The default captures nothing.
#[derive(Clone, Default)]
pub struct Capture(Option<Rc<RefCell<Opened>>>);

impl Capture {
    /// Opens what is wanted. Where the kernel refuses, the load will say so.
    pub fn open(wanted: FramesWanted) -> Capture {
        let opened = match wanted {
            FramesWanted::No => return Capture(None),
            FramesWanted::PutTogether => Opened::NotAsked,
            FramesWanted::Yes => match Ring::open(&mut Filter::default().program()) {
                Ok(ring) => Opened::Ring(ring),
                Err(refused) => Opened::Refused(refused),
            },
        };
        Capture(Some(Rc::new(RefCell::new(opened))))
    }
}

/// What came of it.
#[derive(Default)]
enum Opened {
    Ring(Ring),
    Refused(Refused),
    #[default]
    NotAsked,
}

/// The frames of one load. Off, it holds nothing and does nothing.
#[derive(Clone, Default)]
pub(crate) struct Frames(Option<Rc<Inner>>);

struct Inner {
    /// What was opened before the load; taken when it begins.
    capture: RefCell<Opened>,
    /// Observed.
    tap: Tap,
    clock: crate::HostClock,
    began: OnceCell<How>,
    /// The first event that asked for frames.
    first: Cell<Cause>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    matcher: Matcher,
    filter: Filter,
    /// Addresses that the load speaks with.
    expected: BTreeSet<IpAddr>,
    /// The kernel refused a filter, and that is said.
    filter_refused: bool,
    /// Names and MTUs of interfaces, by number.
    interfaces: BTreeMap<u32, (String, Option<u32>)>,
    frames: u32,
    octets: usize,
    full: bool,
    flows_left_out: bool,
}

enum How {
    Captured {
        ring: RefCell<Ring>,
        /// The calendar at the key press, nanoseconds since 1970.
        key_press: i128,
    },
    PutTogether,
}

/// A frame that is stated.
struct Passed<'a> {
    interface: &'a str,
    outgoing: bool,
    at: Time,
    octets: &'a [u8],
    length: u32,
    note: Text,
}

impl Frames {
    /// Frames as `capture` was opened for, stated through `tap`; off where events are not recorded.
    pub fn new(capture: &Capture, tap: &Tap, clock: crate::HostClock) -> Frames {
        let opened = capture.0.as_ref().filter(|_| tap.is_on());
        let Some(opened) = opened else {
            return Frames(None);
        };
        Frames(Some(Rc::new(Inner {
            capture: RefCell::new(opened.take()),
            tap: tap.known_as(Provenance::Observed),
            clock,
            began: OnceCell::new(),
            first: Cell::new(None),
            state: RefCell::default(),
        })))
    }

    /// Begins, once: reads the ring, or says why nothing is captured.
    pub fn begin(&self, cause: Cause) {
        if let Some(inner) = &self.0 {
            Inner::begin(inner, cause);
        }
    }

    /// Whether frames are wanted.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// The load is going to speak with this address: its frames may come up from now on, and ARP and
    /// NDP of who is asked for the way to it.
    pub fn expect(&self, remote: IpAddr, cause: Cause) {
        let Some(inner) = &self.0 else { return };
        Inner::begin(inner, cause);
        let state = &mut *inner.state.borrow_mut();
        if state.expected.len() >= EXPECTED || !state.expected.insert(remote) {
            return;
        }
        let another = state.filter.add(remote);
        let Some(How::Captured { ring, .. }) = inner.began.get() else {
            return;
        };
        state.expect_next_hop(remote, cause);
        if !another || state.filter_refused {
            return;
        }
        // The old filter stays if the new one is refused: less is seen, nothing too much.
        if let Err(error) = ring.borrow().filter(&mut state.filter.program()) {
            state.filter_refused = true;
            inner.filter_refused(remote, &error);
        }
    }

    /// The next hop towards an address of the load: its ARP and NDP belong to the load.
    pub fn next_hop(&self, hop: IpAddr, cause: Cause) {
        if let Some(inner) = &self.0 {
            inner.state.borrow_mut().matcher.add_hop(hop, cause);
        }
    }

    /// What the kernel says of an interface.
    pub fn interface(&self, index: u32, name: &str, mtu: u32) {
        if let Some(inner) = &self.0 {
            let interfaces = &mut inner.state.borrow_mut().interfaces;
            interfaces.insert(index, (name.to_owned(), Some(mtu)));
        }
    }

    /// A connection that was asked for.
    pub fn asked(&self, local: SocketAddr, remote: SocketAddr, cause: Cause) -> Flow {
        let Some(inner) = &self.0 else {
            return Flow::default();
        };
        let key = key(PROTOCOL_TCP, local, remote);
        inner.follow(key, cause, inner.clock.now());
        let mut flow = Flow {
            frames: self.clone(),
            key: Some(key),
            talk: inner.talk(local, remote),
        };
        flow.state(cause, Conversation::asks);
        flow
    }

    /// A datagram that went (`sent`: when that was asked of the kernel) or came.
    pub fn datagram(
        &self,
        ends: (SocketAddr, SocketAddr),
        sent: Option<Time>,
        octets: &[u8],
        cause: Cause,
    ) {
        let Some(inner) = &self.0 else { return };
        let (local, remote) = ends;
        let outgoing = sent.is_some();
        if let Some(at) = sent {
            inner.follow(key(PROTOCOL_UDP, local, remote), cause, at);
        }
        if let Some(How::PutTogether) = inner.began.get() {
            let local = own_end(local, remote);
            let frame = put_together::datagram(local, remote, outgoing, octets);
            inner.made(vec![(outgoing, frame)], cause);
        }
    }

    /// Waits a moment for the last goodbyes and reads what is still there. For the end of a load.
    pub async fn end(&self) {
        let Some(inner) = &self.0 else { return };
        let Some(How::Captured { ring, .. }) = inner.began.get() else {
            return;
        };
        let began = inner.clock.now();
        let limit = Duration::from_millis(GOODBYE_MS);
        loop {
            // A block that is not full is handed over after this time.
            tokio::time::sleep(Duration::from_millis(u64::from(RING_WAIT_MS) * 2)).await;
            inner.drain();
            let over = inner.clock.now().since(began) >= limit || inner.state.borrow().full;
            if over || inner.state.borrow().matcher.all_ended() {
                break;
            }
        }
        let dropped = ring.borrow().dropped();
        // What was dropped after the limit of a trip is no news.
        if dropped > 0 && !inner.state.borrow().full {
            let limit = format!(
                "octets of frames that wait to be read (the kernel dropped {dropped} frames)"
            );
            let value = u64::from(super::limits::RING_BLOCKS * super::limits::RING_BLOCK_OCTETS);
            inner.limit(limit, value);
        }
    }
}

fn key(protocol: u8, local: SocketAddr, remote: SocketAddr) -> Key {
    let own = local.ip();
    Key {
        protocol,
        local: (!own.is_unspecified()).then_some(own),
        local_port: local.port(),
        remote: SocketAddr::new(remote.ip(), remote.port()),
    }
}

/// The address that the kernel would send from, where a socket leaves it open. Nothing is sent.
fn own_end(local: SocketAddr, remote: SocketAddr) -> SocketAddr {
    if !local.ip().is_unspecified() {
        return local;
    }
    let asked = UdpSocket::bind(SocketAddr::new(local.ip(), 0))
        .and_then(|socket| socket.connect(remote).and_then(|()| socket.local_addr()));
    asked.map_or(local, |own| SocketAddr::new(own.ip(), local.port()))
}

impl State {
    /// The address itself on a network of this machine, else the default routers. Where another route
    /// leads to it, [`Frames::next_hop`] says so later.
    fn expect_next_hop(&mut self, remote: IpAddr, cause: Cause) {
        let own = interfaces::own_addresses();
        self.matcher.own(own.iter().map(|own| own.address));
        let mut own = own.into_iter();
        if own.any(|own| interfaces::is_in_network(remote, own.address, own.prefix)) {
            return self.matcher.add_hop(remote, cause);
        }
        let routers = interfaces::default_routers().into_iter();
        for router in routers.filter(|router| router.is_ipv4() == remote.is_ipv4()) {
            self.matcher.add_hop(router, cause);
        }
    }
}

impl Inner {
    fn begin(inner: &Rc<Inner>, cause: Cause) {
        if inner.began.get().is_some() {
            return;
        }
        inner.first.set(cause);
        let how = inner.how();
        if inner.began.set(how).is_ok() {
            Inner::listen(inner.clone());
        }
    }

    fn how(&self) -> How {
        match self.capture.take() {
            Opened::Ring(ring) => How::Captured {
                ring: RefCell::new(ring),
                key_press: key_press(self.clock.now()),
            },
            Opened::NotAsked => {
                self.unseen("as was asked for");
                How::PutTogether
            }
            Opened::Refused(Refused::NoRight) => {
                self.unseen("the right is missing (CAP_NET_RAW)");
                How::PutTogether
            }
            Opened::Refused(Refused::Other(words)) => {
                self.unseen(&format!("the kernel opens no packet socket: {words}"));
                How::PutTogether
            }
        }
    }

    fn unseen(&self, why: &str) {
        let tap = self.tap.known_as(Provenance::Reported);
        tap.emit(self.first.get(), || TripEvent::StageUnseen {
            stage: Stage::Link,
            why: format!(
                "no frame was captured, {why}; frames are put together from what the sockets carried; thru doctor says how to see the real ones"
            )
            .into(),
        });
    }

    fn filter_refused(&self, remote: IpAddr, error: &io::Error) {
        let tap = self.tap.known_as(Provenance::Reported);
        tap.emit(self.first.get(), || TripEvent::StageUnseen {
            stage: Stage::Link,
            why: format!(
                "frames of {remote} and of addresses after it are not captured: the kernel took no new filter: {error}"
            )
            .into(),
        });
    }

    /// Reads the ring whenever a block of it is ready.
    fn listen(inner: Rc<Inner>) {
        let Some(How::Captured { ring, .. }) = inner.began.get() else {
            return;
        };
        let waiting = ring.borrow().handle();
        // Without a wake-up the ring is read at the end.
        let Ok(waiting) = waiting else { return };
        // SAFETY: the descriptor is owned by what is made here and stays open as long.
        let waiting = unsafe { AsyncFd::register_with_interest(waiting, Interest::READABLE) };
        let Ok(waiting) = waiting else { return };
        tokio::task::spawn_local(async move {
            while let Ok(mut ready) = waiting.readable().await {
                inner.drain();
                ready.clear_ready();
                if inner.state.borrow().full {
                    return;
                }
            }
        });
    }

    fn drain(&self) {
        if let Some(How::Captured { ring, key_press }) = self.began.get() {
            ring.borrow_mut().drain(|raw| self.take(raw, *key_press));
        }
    }

    /// One frame of the ring: whose it is, and what there is to say of it.
    fn take(&self, raw: Raw<'_>, key_press: i128) {
        let outgoing = raw.kind == libc::PACKET_OUTGOING;
        if self.state.borrow().full || raw.kind == libc::PACKET_OTHERHOST {
            return;
        }
        let mut notes = Vec::new();
        let octets = as_ethernet(&raw, &mut notes);
        let Some(seen) = Seen::read(&octets) else {
            return;
        };
        let at = i128::from(raw.at.0) * SECOND + i128::from(raw.at.1) - key_press;
        let at = Time(u64::try_from(at).unwrap_or_default());
        let place = Place {
            interface: raw.interface,
            outgoing,
            at,
        };
        let judged = self.state.borrow_mut().matcher.judge(&seen, place);
        let Judged::Ours(cause) = judged else { return };
        let added = octets.len() - raw.octets.len();
        let length = raw.length + added as u32;
        let (interface, mtu) = self.interface_of(raw.interface);
        self.state_of(&raw, mtu, &mut notes);
        let passed = Passed {
            interface: &interface,
            outgoing,
            at,
            octets: &octets,
            length,
            note: notes.join("; ").into(),
        };
        self.pass(&self.tap, passed, cause);
    }

    fn interface_of(&self, index: u32) -> (String, Option<u32>) {
        let interfaces = &mut self.state.borrow_mut().interfaces;
        let known = interfaces.entry(index);
        known
            .or_insert_with(|| (netlink::interface_name(index), None))
            .clone()
    }

    /// What a reader of the octets has to know.
    fn state_of(&self, raw: &Raw<'_>, mtu: Option<u32>, notes: &mut Vec<String>) {
        if raw.status & libc::TP_STATUS_CSUMNOTREADY != 0 {
            let why = "its checksum is left to the adapter (offload): not computed yet";
            notes.push(why.to_owned());
        }
        if let Some(mtu) = mtu.filter(|mtu| raw.length > mtu + LINK_HEADER) {
            notes.push(format!(
                "longer than the MTU of {mtu}: the kernel hands on a run of segments as one (GSO, GRO)"
            ));
        }
        if (raw.octets.len() as u32) < raw.length {
            notes.push(format!(
                "only the first {} octets are kept",
                raw.octets.len()
            ));
        }
    }

    fn talk(&self, local: SocketAddr, remote: SocketAddr) -> Option<Conversation> {
        let made = matches!(self.began.get(), Some(How::PutTogether));
        made.then(|| Conversation::new(local, remote))
    }

    /// States frames that were put together.
    fn made(&self, frames: Vec<Made>, cause: Cause) {
        let tap = self.tap.known_as(Provenance::Inferred);
        for (outgoing, octets) in frames {
            let passed = Passed {
                interface: "",
                outgoing,
                at: self.clock.now(),
                octets: &octets,
                length: octets.len() as u32,
                note: "put together from what the socket carried, not seen".into(),
            };
            self.pass(&tap, passed, cause);
        }
    }

    fn pass(&self, tap: &Tap, passed: Passed<'_>, cause: Cause) {
        let state = &mut *self.state.borrow_mut();
        if state.full {
            return;
        }
        let Some(seen) = Seen::read(passed.octets) else {
            return;
        };
        state.frames += 1;
        state.octets += passed.octets.len();
        state.full = state.frames >= FRAMES || state.octets >= OCTETS;
        let span = tap.keep(passed.octets);
        tap.emit_with_span(cause.or(self.first.get()), span, || {
            LinkEvent::FramePassed {
                interface: passed.interface.to_owned(),
                outgoing: passed.outgoing,
                passed: passed.at,
                destination: seen.destination,
                source: seen.source,
                ethertype: seen.ethertype,
                length: passed.length,
                says: words::words(&seen),
                note: passed.note,
            }
        });
        match (state.full, state.frames >= FRAMES) {
            (true, true) => self.limit("frames kept of a trip".to_owned(), u64::from(FRAMES)),
            (true, false) => {
                self.limit("octets of frames kept of a trip".to_owned(), OCTETS as u64)
            }
            _ => {}
        }
    }

    /// A flow's frames belong to the load, and follow from `cause` since `at`.
    fn follow(&self, key: Key, cause: Cause, at: Time) {
        let state = &mut *self.state.borrow_mut();
        if !state.matcher.add(key, cause, at) && !std::mem::replace(&mut state.flows_left_out, true)
        {
            let limit = "connections whose frames are captured".to_owned();
            self.limit(limit, super::limits::FLOWS as u64);
        }
    }

    fn limit(&self, limit: String, value: u64) {
        self.tap.emit(self.first.get(), || TripEvent::LimitReached {
            stage: Stage::Link,
            limit: limit.into(),
            value,
        });
    }
}

/// The calendar at the key press, nanoseconds since 1970. A clock that is set meanwhile moves the
/// frames that come after.
fn key_press(now: Time) -> i128 {
    let calendar = clock::calendar();
    i128::from(calendar.seconds) * SECOND + i128::from(calendar.nanos) - i128::from(now.0)
}

/// The frame as Ethernet has it: a VLAN tag that the kernel took off stands at its place again, and
/// an interface without link header gets one with empty addresses.
fn as_ethernet<'a>(raw: &Raw<'a>, notes: &mut Vec<String>) -> Cow<'a, [u8]> {
    let octets = match raw.hardware {
        libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK => Cow::Borrowed(raw.octets),
        _ => {
            notes.push("its interface has no Ethernet: the first 14 octets were added".to_owned());
            let mut whole = vec![0; ADDRESSES];
            whole.extend(raw.ethertype.to_be_bytes());
            whole.extend(raw.octets);
            Cow::Owned(whole)
        }
    };
    let Some((tpid, tag)) = raw.vlan.filter(|_| octets.len() >= ADDRESSES) else {
        return octets;
    };
    notes.push("the kernel took its VLAN tag off; it is put back".to_owned());
    let mut whole = octets[..ADDRESSES].to_vec();
    whole.extend(tpid.to_be_bytes());
    whole.extend(tag.to_be_bytes());
    whole.extend(&octets[ADDRESSES..]);
    whole.truncate(FRAME_OCTETS + 4);
    Cow::Owned(whole)
}

/// What a connection's socket does, told to the frames. Off, every call does nothing.
#[derive(Default)]
pub(crate) struct Flow {
    frames: Frames,
    key: Option<Key>,
    /// Where frames are put together.
    talk: Option<Conversation>,
}

impl Flow {
    /// What follows is done because of `cause`.
    pub fn because(&self, cause: Cause) {
        if let (Some(inner), Some(key)) = (&self.frames.0, self.key) {
            inner.follow(key, cause, inner.clock.now());
        }
    }

    /// The connection opened.
    pub fn opened(&mut self, cause: Cause) {
        self.because(cause);
        self.state(cause, Conversation::opens);
    }

    /// Octets were taken for sending.
    pub fn wrote(&mut self, octets: &[u8], cause: Cause) {
        self.state(cause, |talk| talk.carries(true, octets));
    }

    /// Octets came.
    pub fn read(&mut self, octets: &[u8], cause: Cause) {
        self.state(cause, |talk| talk.carries(false, octets));
    }

    /// One end has nothing more to send.
    pub fn finished(&mut self, outgoing: bool, cause: Cause) {
        self.state(cause, |talk| talk.finishes(outgoing));
    }

    /// One end broke it off.
    pub fn reset(&mut self, outgoing: bool, cause: Cause) {
        self.state(cause, |talk| talk.resets(outgoing));
    }

    fn state(&mut self, cause: Cause, make: impl FnOnce(&mut Conversation) -> Vec<Made>) {
        if let (Some(inner), Some(talk)) = (&self.frames.0, &mut self.talk) {
            inner.made(make(talk), cause);
        }
    }
}

#[cfg(test)]
#[path = "frames_tests.rs"]
mod tests;

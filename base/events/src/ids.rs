use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, num::NonZeroU32};

/// A short text: borrowed when it is written in the code, owned when it was read.
pub type Text = Cow<'static, str>;

/// An event's place in the journal, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventId(pub NonZeroU32);

impl EventId {
    /// The id of the `index`-th event, counted from 0. `None` past the largest id.
    pub fn from_index(index: usize) -> Option<EventId> {
        let id = u32::try_from(index).ok()?.checked_add(1)?;
        NonZeroU32::new(id).map(EventId)
    }

    /// The index, counted from 0.
    pub fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// The earlier event that made something happen. `None` only for the first event of a trip, and
/// everywhere when recording is off.
pub type Cause = Option<EventId>;

/// A moment on the trip's clock: nanoseconds since the key press.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Time(pub u64);

impl Time {
    /// The key press.
    pub const ZERO: Time = Time(0);

    /// This moment plus `duration`; stays at the end of time instead of wrapping.
    pub fn after(self, duration: std::time::Duration) -> Time {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Time(self.0.saturating_add(nanos))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub fn since(self, earlier: Time) -> std::time::Duration {
        std::time::Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Milliseconds since the key press.
    pub fn as_ms(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

/// How an event is known (DESIGN, invariant 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Provenance {
    /// The bytes were handled here, in the host world.
    Observed,
    /// The operating system or a peer said so.
    Reported,
    /// It happened in the lab.
    Simulated,
    /// It follows from what is known, and was not seen.
    Inferred,
}

/// Index into the journal's list of node names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NodeId(pub u16);

/// Where an event happened: on the near side, or in a node of the lab (DESIGN, invariant 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Vantage {
    /// The browser's own machine.
    Near,
    /// Any other machine or device.
    Node(NodeId),
}

/// One transport connection of one trip, as one of its ends counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ConnectionId(pub u32);

/// One HTTP request of one trip; a redirect is a request of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RequestId(pub u32);

impl RequestId {
    /// Requests that ask a name server (RFC 8484) are numbered from here: they are no parts of a page.
    pub const FIRST_OF_NAMES: RequestId = RequestId(1 << 30);

    /// Whether the request asks a name server.
    pub fn is_of_names(self) -> bool {
        self >= RequestId::FIRST_OF_NAMES
    }
}

/// A 48-bit hardware address.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MacAddress(pub [u8; 6]);

impl MacAddress {
    /// ff:ff:ff:ff:ff:ff
    pub const BROADCAST: MacAddress = MacAddress([0xff; 6]);

    /// Broadcast and multicast addresses have the group bit set (IEEE 802).
    pub fn is_group(self) -> bool {
        self.0[0] & 1 == 1
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

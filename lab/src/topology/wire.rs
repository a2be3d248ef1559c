use super::{Delay, Place, Rate, Size, TopologyError};
use serde::{Deserialize, Serialize};

/// A wire. What it is like goes for both directions, but for what stands in `back`. Shares are
/// probabilities from 0 to 1, drawn for each frame anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wire {
    /// One end.
    pub from: Place,
    /// The other end.
    pub to: Place,
    /// Line rate.
    #[serde(default)]
    pub rate: Rate,
    /// Time from end to end.
    #[serde(default)]
    pub latency: Delay,
    /// Up to so much is added to each frame's time; the order stays.
    #[serde(default, skip_serializing_if = "is_default")]
    pub jitter: Delay,
    /// Frames that may wait before the wire.
    #[serde(default = "queue")]
    pub queue: usize,
    /// Octets that may wait before the wire; no limit if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_size: Option<Size>,
    /// Who waits, who goes next, who is dropped.
    #[serde(default, skip_serializing_if = "is_default")]
    pub queue_kind: QueueKind,
    /// Share of frames that are lost.
    #[serde(default)]
    pub loss: f64,
    /// Frames that are lost by number, counted from 1 at the key press, each direction for itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lose: Vec<u64>,
    /// Every so-many-th frame is lost; 0 is none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lose_every: u64,
    /// Share of frames in which a bit flips; the frame check finds it.
    #[serde(default)]
    pub bit_error: f64,
    /// Share of frames in which a bit flips where the frame check does not see it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub corrupt: f64,
    /// Share of frames that arrive twice.
    #[serde(default, skip_serializing_if = "is_default")]
    pub duplicate: f64,
    /// Share of frames that are held back, so that those behind them overtake them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reorder: f64,
    /// For how long they are held back.
    #[serde(default = "reorder_by", skip_serializing_if = "is_reorder_by")]
    pub reorder_by: Delay,
    /// What is different on the way from `to` to `from`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<Back>,
}

/// What is different on a wire's way back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Back {
    /// Line rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// Time from end to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Delay>,
    /// Up to so much is added to each frame's time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter: Option<Delay>,
    /// Frames that may wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<usize>,
    /// Octets that may wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_size: Option<Size>,
    /// Who waits, who goes next, who is dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_kind: Option<QueueKind>,
    /// Share of frames that are lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<f64>,
    /// Frames that are lost by number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lose: Option<Vec<u64>>,
    /// Every so-many-th frame is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lose_every: Option<u64>,
    /// Share of frames in which a bit flips.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bit_error: Option<f64>,
    /// The same, unseen by the frame check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrupt: Option<f64>,
    /// Share of frames that arrive twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate: Option<f64>,
    /// Share of frames that are held back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reorder: Option<f64>,
    /// For how long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reorder_by: Option<Delay>,
}

/// One direction of a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// From `from` to `to`.
    There,
    /// From `to` to `from`.
    Back,
}

impl Wire {
    /// The wire as it is in one direction: `back` is applied, and is gone.
    pub(crate) fn one_way(&self, way: Way) -> Wire {
        let mut wire = self.clone();
        let back = wire.back.take().filter(|_| way == Way::Back);
        let back = back.unwrap_or_default();
        let set = |to: &mut f64, from: Option<f64>| *to = from.unwrap_or(*to);
        set(&mut wire.loss, back.loss);
        set(&mut wire.bit_error, back.bit_error);
        set(&mut wire.corrupt, back.corrupt);
        set(&mut wire.duplicate, back.duplicate);
        set(&mut wire.reorder, back.reorder);
        wire.rate = back.rate.unwrap_or(wire.rate);
        wire.latency = back.latency.unwrap_or(wire.latency);
        wire.jitter = back.jitter.unwrap_or(wire.jitter);
        wire.queue = back.queue.unwrap_or(wire.queue);
        wire.queue_size = back.queue_size.or(wire.queue_size);
        wire.queue_kind = back.queue_kind.unwrap_or(wire.queue_kind);
        wire.lose = back.lose.unwrap_or(wire.lose);
        wire.lose_every = back.lose_every.unwrap_or(wire.lose_every);
        wire.reorder_by = back.reorder_by.unwrap_or(wire.reorder_by);
        wire
    }

    /// Makes one direction as `changed` is, and leaves the other.
    pub(crate) fn set_one_way(&mut self, way: Way, changed: &Wire) {
        let (there, back) = match way {
            Way::There => (changed.clone(), self.one_way(Way::Back)),
            Way::Back => (self.one_way(Way::There), changed.clone()),
        };
        let differs = Back {
            rate: (back.rate != there.rate).then_some(back.rate),
            latency: (back.latency != there.latency).then_some(back.latency),
            jitter: (back.jitter != there.jitter).then_some(back.jitter),
            queue: (back.queue != there.queue).then_some(back.queue),
            // A size cannot be taken away; a large one is as none.
            queue_size: match (back.queue_size, there.queue_size) {
                (back, there) if back == there => None,
                (None, _) => Some(Size { octets: 1 << 40 }),
                (some, _) => some,
            },
            queue_kind: (back.queue_kind != there.queue_kind).then_some(back.queue_kind),
            loss: (back.loss != there.loss).then_some(back.loss),
            lose: (back.lose != there.lose).then_some(back.lose),
            lose_every: (back.lose_every != there.lose_every).then_some(back.lose_every),
            bit_error: (back.bit_error != there.bit_error).then_some(back.bit_error),
            corrupt: (back.corrupt != there.corrupt).then_some(back.corrupt),
            duplicate: (back.duplicate != there.duplicate).then_some(back.duplicate),
            reorder: (back.reorder != there.reorder).then_some(back.reorder),
            reorder_by: (back.reorder_by != there.reorder_by).then_some(back.reorder_by),
        };
        *self = there;
        self.back = (differs != Back::default()).then_some(differs);
    }
}

/// Who waits before a wire, who goes next, who is dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QueueKind {
    /// First in, first out; what finds no room is dropped.
    #[default]
    TailDrop,
    /// Waits are kept short (RFC 8289).
    Codel,
    /// A queue for each flow, taking turns, their waits kept short (RFC 8290).
    FqCodel,
}

fn queue() -> usize {
    256
}

fn reorder_by() -> Delay {
    Delay(std::time::Duration::from_millis(1))
}

fn is_reorder_by(delay: &Delay) -> bool {
    *delay == reorder_by()
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Wire {
    /// Whether every share is one, in both directions. `number` is the wire's, from 0.
    pub(super) fn check(&self, number: usize) -> Result<(), TopologyError> {
        let ways = [self.one_way(Way::There), self.one_way(Way::Back)];
        ways.iter().try_for_each(|way| way.check_one_way(number))
    }

    fn check_one_way(&self, number: usize) -> Result<(), TopologyError> {
        let shares = [
            ("loss", self.loss),
            ("bit_error", self.bit_error),
            ("corrupt", self.corrupt),
            ("duplicate", self.duplicate),
            ("reorder", self.reorder),
        ];
        let wrong = shares
            .iter()
            .find(|(_, share)| !(0.0..=1.0).contains(share));
        match wrong {
            None if self.queue == 0 && self.queue_kind != QueueKind::TailDrop => {
                let message =
                    "queue = 0: a queue that is managed needs room for a frame".to_owned();
                Err(TopologyError::of_wire(number, "queue", message))
            }
            None => Ok(()),
            Some((key, share)) => {
                let message = format!("{key} = {share}: a share is from 0 to 1");
                Err(TopologyError::of_wire(number, key, message))
            }
        }
    }
}

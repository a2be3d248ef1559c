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
    /// Frames that may wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<usize>,
    /// Share of frames that are lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<f64>,
    /// Frames that are lost by number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lose: Option<Vec<u64>>,
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
    /// Whether every share is one. `number` is the wire's, from 0.
    pub(super) fn check(&self, number: usize) -> Result<(), TopologyError> {
        let back = self.back.as_ref().and_then(|back| back.loss);
        let shares = [
            ("loss", self.loss),
            ("loss", back.unwrap_or_default()),
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

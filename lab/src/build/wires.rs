use crate::{
    topology::{Back, QueueKind, Wire},
    wire::{Discipline, Mishaps, Properties, QueueLimits},
};

/// What one direction of a wire is like; `back` is that from `to` to `from`.
pub(super) fn properties(wire: &Wire, back: bool) -> Properties {
    let other = wire.back.clone().filter(|_| back);
    let Back {
        rate,
        latency,
        queue,
        loss,
        lose,
    } = other.unwrap_or_default();
    let mut lose = lose.unwrap_or_else(|| wire.lose.clone());
    lose.sort_unstable();
    let size = wire.queue_size.map(|size| size.octets);
    Properties {
        rate: rate.unwrap_or(wire.rate).bits_per_second,
        latency: latency.unwrap_or(wire.latency).0,
        limits: QueueLimits {
            frames: queue.unwrap_or(wire.queue),
            octets: size.map_or(usize::MAX, |octets| octets as usize),
        },
        discipline: match wire.queue_kind {
            QueueKind::TailDrop => Discipline::TailDrop,
            QueueKind::Codel => Discipline::CoDel,
            QueueKind::FqCodel => Discipline::FairCoDel,
        },
        mishaps: Mishaps {
            loss: loss.unwrap_or(wire.loss),
            lose,
            lose_every: wire.lose_every,
            bit_error: wire.bit_error,
            corrupt: wire.corrupt,
            duplicate: wire.duplicate,
            reorder: wire.reorder,
            reorder_by: wire.reorder_by.0,
            jitter: wire.jitter.0,
        },
    }
}

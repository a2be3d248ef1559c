use crate::{
    topology::{QueueKind, Way, Wire},
    wire::{Discipline, Mishaps, Properties, QueueLimits},
};

/// What one direction of a wire is like.
pub(super) fn properties(wire: &Wire, way: Way) -> Properties {
    let wire = wire.one_way(way);
    let mut lose = wire.lose;
    lose.sort_unstable();
    let size = wire.queue_size.map(|size| size.octets);
    Properties {
        rate: wire.rate.bits_per_second,
        latency: wire.latency.0,
        limits: QueueLimits {
            frames: wire.queue,
            octets: size.map_or(usize::MAX, |octets| {
                usize::try_from(octets).unwrap_or(usize::MAX)
            }),
        },
        discipline: match wire.queue_kind {
            QueueKind::TailDrop => Discipline::TailDrop,
            QueueKind::Codel => Discipline::CoDel,
            QueueKind::FqCodel => Discipline::FairCoDel,
        },
        mishaps: Mishaps {
            loss: wire.loss,
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

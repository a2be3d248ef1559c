//! Damage to wires: `end of the wire/value`, in both directions; with `/out` after it only what that
//! end sends, with `/in` only what it receives.

use super::apply::Done;
use crate::{
    Topology,
    topology::{Delay, QueueKind, Rate, Size, Way, Wire},
};

const SHARE: &str = "share from 0 to 1";
const TIME: &str = "time like 5 ms";

/// Splits the value, finds the wire, lets `damage` do what the second part says.
fn on_wire(
    topology: &mut Topology,
    value: &str,
    kind: &str,
    damage: impl Fn(&mut Wire, &str) -> Option<()>,
) -> Done {
    let (place, how) = value
        .split_once('/')
        .ok_or_else(|| format!("“{value}” is not like home-router:wan0/0.05"))?;
    let (how, leaves) = match how.rsplit_once('/') {
        Some((how, "out")) => (how, Some(true)),
        Some((how, "in")) => (how, Some(false)),
        // A rate has a stroke of its own.
        _ => (how, None),
    };
    let named = |wire: &&mut Wire| wire.from.to_string() == place || wire.to.to_string() == place;
    let wire = topology.wire.iter_mut().find(named);
    let wire = wire.ok_or_else(|| format!("no wire is plugged into “{place}”"))?;
    let from_here = wire.from.to_string() == place;
    let ways = match leaves {
        None => &[Way::There, Way::Back][..],
        Some(leaves) if leaves == from_here => &[Way::There],
        Some(_) => &[Way::Back],
    };
    for way in ways {
        let mut changed = wire.one_way(*way);
        damage(&mut changed, how).ok_or_else(|| format!("“{how}” is no {kind}"))?;
        wire.set_one_way(*way, &changed);
    }
    Ok(())
}

fn share(how: &str) -> Option<f64> {
    how.parse().ok().filter(|share| (0.0..=1.0).contains(share))
}

fn delay(how: &str) -> Option<Delay> {
    Delay::try_from(how.to_owned()).ok()
}

pub(super) fn wire_loss(topology: &mut Topology, value: &str) -> Done {
    on_wire(topology, value, SHARE, |wire, how| {
        wire.loss = share(how)?;
        Some(())
    })
}

pub(super) fn wire_bit_error(topology: &mut Topology, value: &str) -> Done {
    on_wire(topology, value, SHARE, |wire, how| {
        wire.bit_error = share(how)?;
        Some(())
    })
}

pub(super) fn wire_corrupt(topology: &mut Topology, value: &str) -> Done {
    on_wire(topology, value, SHARE, |wire, how| {
        wire.corrupt = share(how)?;
        Some(())
    })
}

pub(super) fn wire_duplicate(topology: &mut Topology, value: &str) -> Done {
    on_wire(topology, value, SHARE, |wire, how| {
        wire.duplicate = share(how)?;
        Some(())
    })
}

pub(super) fn wire_reorder(topology: &mut Topology, value: &str) -> Done {
    on_wire(topology, value, SHARE, |wire, how| {
        wire.reorder = share(how)?;
        Some(())
    })
}

pub(super) fn wire_latency(topology: &mut Topology, value: &str) -> Done {
    on_wire(topology, value, TIME, |wire, how| {
        wire.latency = delay(how)?;
        Some(())
    })
}

pub(super) fn wire_jitter(topology: &mut Topology, value: &str) -> Done {
    on_wire(topology, value, TIME, |wire, how| {
        wire.jitter = delay(how)?;
        Some(())
    })
}

pub(super) fn wire_rate(topology: &mut Topology, value: &str) -> Done {
    on_wire(topology, value, "rate like 1 Mbit/s", |wire, how| {
        wire.rate = Rate::try_from(how.to_owned()).ok()?;
        Some(())
    })
}

/// A number of frames, or a size.
pub(super) fn wire_queue(topology: &mut Topology, value: &str) -> Done {
    on_wire(
        topology,
        value,
        "number of frames, nor a size like 64 KiB",
        |wire, how| {
            match how.parse() {
                Ok(frames) => wire.queue = frames,
                Err(_) => wire.queue_size = Some(Size::try_from(how.to_owned()).ok()?),
            }
            Some(())
        },
    )
}

pub(super) fn wire_queue_kind(topology: &mut Topology, value: &str) -> Done {
    on_wire(
        topology,
        value,
        "tail-drop, codel or fq-codel",
        |wire, how| {
            wire.queue_kind = match how {
                "tail-drop" => QueueKind::TailDrop,
                "codel" => QueueKind::Codel,
                "fq-codel" => QueueKind::FqCodel,
                _ => return None,
            };
            Some(())
        },
    )
}

/// Numbers with commas between them.
pub(super) fn wire_lose(topology: &mut Topology, value: &str) -> Done {
    on_wire(
        topology,
        value,
        "list of numbers like 10,11",
        |wire, how| {
            let numbers = how.split(',').map(|number| number.trim().parse().ok());
            wire.lose = numbers.collect::<Option<_>>()?;
            Some(())
        },
    )
}

pub(super) fn wire_lose_every(topology: &mut Topology, value: &str) -> Done {
    on_wire(topology, value, "number", |wire, how| {
        wire.lose_every = how.parse().ok()?;
        Some(())
    })
}

use crate::tcp::octet_queue::OctetQueue;
use std::collections::VecDeque;
use thru_events::Cause;
use thru_octets::PacketBuffer;

/// Octets taken for sending, from the first one not acknowledged, and why each was written.
#[derive(Debug, Default)]
pub(in crate::tcp) struct SendBuffer {
    octets: OctetQueue,
    /// Stream offset of the first octet.
    start: u64,
    /// For each write its end as stream offset, and its cause.
    writes: VecDeque<(u64, Cause)>,
    room: usize,
}

impl SendBuffer {
    pub(in crate::tcp) fn with_room(room: usize) -> SendBuffer {
        SendBuffer {
            room: room.min(crate::tcp::limits::SEND_BUFFER),
            ..SendBuffer::default()
        }
    }

    /// Octets held.
    pub(in crate::tcp) fn len(&self) -> usize {
        self.octets.len()
    }

    /// Room left.
    pub(in crate::tcp) fn room(&self) -> usize {
        self.room.saturating_sub(self.octets.len())
    }

    /// Takes what fits; gives how much.
    pub(in crate::tcp) fn write(&mut self, octets: &[u8], cause: Cause) -> usize {
        let taken = octets.len().min(self.room());
        self.octets.extend(&octets[..taken]);
        let end = self.start + self.octets.len() as u64;
        match self.writes.back_mut() {
            Some((last, why)) if *why == cause => *last = end,
            _ if taken > 0 => self.writes.push_back((end, cause)),
            _ => {}
        }
        taken
    }

    /// Appends `length` octets, `from` octets after the first one held, to a packet.
    pub(in crate::tcp) fn copy_to(&self, from: usize, length: usize, packet: &mut PacketBuffer) {
        let append = |piece: &[u8]| packet.append(piece);
        self.octets.for_each(from, length, append);
    }

    /// Why the octet `from` octets after the first one was written.
    pub(in crate::tcp) fn cause_at(&self, from: usize) -> Cause {
        let offset = self.start + from as u64;
        let index = self.writes.partition_point(|(end, _)| *end <= offset);
        self.writes.get(index).and_then(|(_, cause)| *cause)
    }

    /// Forgets the first `count` octets: they were acknowledged.
    pub(in crate::tcp) fn acknowledge(&mut self, count: usize) {
        let count = count.min(self.octets.len());
        self.octets.forget(count);
        self.start += count as u64;
        while self
            .writes
            .front()
            .is_some_and(|(end, _)| *end <= self.start)
        {
            self.writes.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thru_events::EventId;

    #[test]
    fn each_octet_remembers_why_it_was_written() {
        let mut buffer = SendBuffer::with_room(1000);
        let (first, second) = (EventId::from_index(0), EventId::from_index(1));
        buffer.write(b"abc", first);
        buffer.write(b"de", second);
        assert_eq!((buffer.cause_at(2), buffer.cause_at(3)), (first, second));
        buffer.acknowledge(2);
        assert_eq!((buffer.cause_at(0), buffer.cause_at(1)), (first, second));
        let copy = |from, length| {
            let mut packet = PacketBuffer::default();
            buffer.copy_to(from, length, &mut packet);
            packet.finish()
        };
        assert_eq!(copy(0, 9), b"cde");
        assert_eq!(copy(1, 1), b"d");
    }
}

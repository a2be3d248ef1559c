use std::collections::VecDeque;

/// Octets of one piece of memory.
const CHUNK: usize = 16 * 1024;
/// Octets of the first piece, if no more are at hand: many connections carry little.
const FIRST_CHUNK: usize = 2048;

/// Octets that come in at the back and leave at the front. They lie in pieces, so that a queue
/// that grows copies nothing and one that is empty holds nothing.
#[derive(Debug, Default)]
pub(super) struct OctetQueue {
    /// All but the first have room for [`CHUNK`] octets, and all but the last are full.
    chunks: VecDeque<Vec<u8>>,
    /// Octets of the first piece that left already.
    gone: usize,
    len: usize,
}

impl OctetQueue {
    /// Octets held.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Takes octets in.
    pub(super) fn extend(&mut self, mut octets: &[u8]) {
        self.len += octets.len();
        while !octets.is_empty() {
            let room = self
                .chunks
                .back()
                .map_or(0, |last| last.capacity().min(CHUNK) - last.len());
            if room == 0 {
                let capacity = match self.chunks.is_empty() {
                    true => octets.len().clamp(FIRST_CHUNK, CHUNK),
                    false => CHUNK,
                };
                self.chunks.push_back(Vec::with_capacity(capacity));
                continue;
            }
            let (now, later) = octets.split_at(room.min(octets.len()));
            if let Some(last) = self.chunks.back_mut() {
                last.extend_from_slice(now);
            }
            octets = later;
        }
    }

    /// Hands out `length` octets, `from` octets after the first one, in as many pieces as they lie
    /// in; fewer, if fewer are held.
    pub(super) fn for_each(&self, from: usize, length: usize, mut take: impl FnMut(&[u8])) {
        let first = self
            .chunks
            .front()
            .map_or(0, |first| first.len() - self.gone);
        let (mut index, mut at) = match from.checked_sub(first) {
            None => (0, self.gone + from),
            Some(beyond) => (1 + beyond / CHUNK, beyond % CHUNK),
        };
        let mut left = length.min(self.len.saturating_sub(from));
        while left > 0
            && let Some(chunk) = self.chunks.get(index)
        {
            let piece = &chunk[at..chunk.len().min(at + left)];
            take(piece);
            left -= piece.len();
            (index, at) = (index + 1, 0);
        }
    }

    /// Moves octets into `buffer`; gives how many.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> usize {
        let mut count = 0;
        self.for_each(0, buffer.len(), |piece| {
            buffer[count..count + piece.len()].copy_from_slice(piece);
            count += piece.len();
        });
        self.forget(count);
        count
    }

    /// Lets the first `count` octets go.
    pub(super) fn forget(&mut self, count: usize) {
        self.len -= count.min(self.len);
        if self.len == 0 {
            *self = OctetQueue::default();
            return;
        }
        self.gone += count;
        while let Some(first) = self.chunks.front()
            && self.gone >= first.len()
        {
            self.gone -= first.len();
            self.chunks.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Octets whose values tell where they stand.
    fn numbered(from: usize, to: usize) -> Vec<u8> {
        (from..to).map(|at| (at % 251) as u8).collect()
    }

    fn copy(queue: &OctetQueue, from: usize, length: usize) -> Vec<u8> {
        let mut copy = Vec::new();
        queue.for_each(from, length, |piece| copy.extend_from_slice(piece));
        copy
    }

    #[test]
    fn octets_leave_as_they_came_across_all_pieces() {
        let mut queue = OctetQueue::default();
        let (mut came, mut left) = (0, 0);
        for step in 0..400 {
            let (more, fewer) = (step * 37 % 1500, step * 53 % 1400);
            queue.extend(&numbered(came, came + more));
            came += more;
            let mut buffer = vec![0; fewer];
            let count = queue.read(&mut buffer);
            assert_eq!(buffer[..count], numbered(left, left + count), "step {step}");
            left += count;
            assert_eq!(queue.len(), came - left);
            let from = step * 71 % (queue.len() + 1);
            let end = (left + from + 3000).min(came);
            assert_eq!(copy(&queue, from, 3000), numbered(left + from, end));
        }
        assert!(queue.len() > CHUNK, "several pieces were in use");
    }

    #[test]
    fn an_empty_queue_holds_no_memory_and_little_needs_little() {
        let mut queue = OctetQueue::default();
        queue.extend(b"abc");
        assert_eq!(queue.chunks[0].capacity(), FIRST_CHUNK);
        queue.forget(3);
        assert!(queue.len() == 0 && queue.chunks.capacity() == 0);
        queue.forget(1);
        assert_eq!(queue.read(&mut [0; 4]), 0);
    }

    #[test]
    fn what_is_asked_beyond_the_end_is_not_there() {
        let mut queue = OctetQueue::default();
        queue.extend(&numbered(0, 20_000));
        assert_eq!(copy(&queue, 19_990, 100), numbered(19_990, 20_000));
        assert!(copy(&queue, 20_000, 1).is_empty() && copy(&queue, 90_000, 1).is_empty());
    }
}

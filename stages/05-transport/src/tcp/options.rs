use super::{Connection, HEADER_LENGTH, Seq};
use thru_events::Time;
use thru_octets::{Malformed, Reader};

/// The options that are understood (RFC 9293 section 3.2, RFC 7323, RFC 2018).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Maximum segment size that the sender takes in, octets.
    pub mss: Option<u16>,
    /// Shift of the sender's windows.
    pub window_scale: Option<u8>,
    /// The sender understands SACK.
    pub sack_permitted: bool,
    /// What arrived out of order: first octet and one past the last.
    pub sack: [Option<(Seq, Seq)>; 4],
    /// Value and echo reply.
    pub timestamps: Option<(u32, u32)>,
}

impl Options {
    pub(super) fn parse(octets: &[u8]) -> Result<Options, Malformed> {
        let mut options = Options::default();
        let mut reader = Reader::new(octets);
        while !reader.is_empty() {
            let kind = reader.u8("option kind")?;
            match kind {
                0 => break,
                1 => continue,
                _ => {}
            }
            let at = reader.offset();
            let length = usize::from(reader.u8("option length")?);
            let Some(length) = length.checked_sub(2) else {
                return Err(Malformed {
                    offset: HEADER_LENGTH + at,
                    field: "option length",
                    found: length.to_string(),
                    expected: "2 or more",
                });
            };
            options.read_one(kind, reader.take(length, "option")?);
        }
        Ok(options)
    }

    /// Options of another length than theirs are passed over, as unknown ones are.
    fn read_one(&mut self, kind: u8, data: &[u8]) {
        match (kind, data) {
            (2, [high, low]) => self.mss = Some(u16::from_be_bytes([*high, *low])),
            // A shift over 14 means 14 (RFC 7323, section 2.3).
            (3, [shift]) => self.window_scale = Some((*shift).min(14)),
            (4, []) => self.sack_permitted = true,
            (5, blocks) => {
                for (slot, block) in self.sack.iter_mut().zip(blocks.chunks_exact(8)) {
                    *slot = Some((word(&block[..4]), word(&block[4..])));
                }
            }
            (8, data) if data.len() == 8 => {
                self.timestamps = Some((word(&data[..4]).0, word(&data[4..]).0));
            }
            _ => {}
        }
    }

    /// Octets that they take, padding included.
    pub(super) fn length(&self) -> usize {
        match self {
            // The usual ones, without the way by their octets.
            Options {
                mss: None,
                window_scale: None,
                sack_permitted: false,
                sack: [None, ..],
                timestamps,
            } => timestamps.map_or(0, |_| 12),
            others => others.encode().length,
        }
    }

    pub(super) fn encode(&self) -> EncodedOptions {
        let mut encoded = EncodedOptions::default();
        if let Some(mss) = self.mss {
            encoded.put(&[2, 4]).put(&mss.to_be_bytes());
        }
        if self.sack_permitted {
            encoded.put(&[4, 2]);
            if self.timestamps.is_none() {
                encoded.put(&[1, 1]);
            }
        }
        if let Some((value, echo)) = self.timestamps {
            if !self.sack_permitted {
                encoded.put(&[1, 1]);
            }
            encoded.put(&[8, 10]);
            encoded.put(&value.to_be_bytes()).put(&echo.to_be_bytes());
        }
        if let Some(shift) = self.window_scale {
            encoded.put(&[1, 3, 3, shift]);
        }
        let room = (MOST_OCTETS - encoded.length).saturating_sub(4) / 8;
        let blocks = self.sack.iter().flatten().take(room);
        let count = blocks.clone().count() as u8;
        if count > 0 {
            encoded.put(&[1, 1, 5, 2 + 8 * count]);
            for (start, end) in blocks {
                encoded
                    .put(&start.0.to_be_bytes())
                    .put(&end.0.to_be_bytes());
            }
        }
        encoded.length = encoded.length.next_multiple_of(4);
        encoded
    }
}

/// Octets of options that a header can hold (RFC 9293, section 3.1).
const MOST_OCTETS: usize = 40;

/// Options as they stand in a header, padded to whole words.
#[derive(Clone, Copy, Debug)]
pub(super) struct EncodedOptions {
    octets: [u8; MOST_OCTETS],
    length: usize,
}

impl Default for EncodedOptions {
    fn default() -> EncodedOptions {
        EncodedOptions {
            octets: [0; MOST_OCTETS],
            length: 0,
        }
    }
}

impl EncodedOptions {
    fn put(&mut self, octets: &[u8]) -> &mut EncodedOptions {
        self.octets[self.length..self.length + octets.len()].copy_from_slice(octets);
        self.length += octets.len();
        self
    }
}

impl std::ops::Deref for EncodedOptions {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.octets[..self.length]
    }
}

fn word(octets: &[u8]) -> Seq {
    let four: [u8; 4] = octets.try_into().unwrap_or_default();
    Seq(u32::from_be_bytes(four))
}

impl Connection {
    /// The options of a segment that is not a SYN and has `data` octets of data. SACK blocks go
    /// along as far as the segment stays within what the path takes; what arrived twice comes
    /// first (RFC 2883, section 4).
    pub(super) fn options(&mut self, now: Time, data: usize) -> Options {
        let mut options = Options::default();
        if self.timestamps {
            options.timestamps = Some((self.timestamp(now), self.ts_recent));
        }
        let twice = self.twice.take();
        if self.sack && (twice.is_some() || self.receive.has_holes()) {
            let room = self.mss.saturating_sub(data + 4) / 8;
            let held = self.receive.held_runs().into_iter();
            let runs = held.map(|(start, end)| (self.rcv_nxt + start, self.rcv_nxt + end));
            let blocks = twice.into_iter().chain(runs).take(room);
            for (slot, block) in options.sack.iter_mut().zip(blocks) {
                *slot = Some(block);
            }
        }
        options
    }

    /// The options of our SYN, or SYN-ACK (RFC 7323, sections 2.2 and 3.2; RFC 2018, section 2).
    pub(super) fn syn_options(&self, now: Time) -> Options {
        let settings = &self.config.settings;
        let answering = self.state != super::State::SynSent;
        let scale = if answering {
            self.rcv_scale > 0
        } else {
            settings.window_scaling
        };
        let stamps = if answering {
            self.timestamps
        } else {
            settings.timestamps
        };
        Options {
            mss: Some(
                self.config
                    .mtu
                    .saturating_sub(self.headers_before_data())
                    .min(0xffff) as u16,
            ),
            window_scale: scale.then_some(super::open::WINDOW_SHIFT),
            sack_permitted: if answering { self.sack } else { settings.sack },
            timestamps: stamps.then(|| (self.timestamp(now), self.ts_recent)),
            ..Options::default()
        }
    }
}

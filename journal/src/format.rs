//! The `.thru` file.
//!
//! ```text
//! magic (8 octets) version (u16) then batches:
//!   kind (1 octet) length (u32) crc-32 of kind, length and payload (u32) payload (postcard)
//! ```
//!
//! Integers are big-endian. Kinds: `H` header (the last one counts), `B` kept bytes, `E` entries,
//! `C` CPU figures, `Z` end. Entries and bytes stand in the order of their ids.

use crate::{Journal, TripHeader};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;
use thru_events::{Cause, CpuWork};
use thru_octets::Reader;

/// The first octets of every `.thru` file: not text, and not mangled by text tools unnoticed.
pub const MAGIC: [u8; 8] = *b"\x89THRU\r\n\x1a";

/// The only version written and read. It moves when the vocabulary or a batch changes its shape.
pub const FORMAT_VERSION: u16 = 4;

/// Largest batch that is read, in octets.
const MAX_BATCH: usize = 1 << 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Header = b'H' as isize,
    Bytes = b'B' as isize,
    Entries = b'E' as isize,
    Cpu = b'C' as isize,
    End = b'Z' as isize,
}

impl Kind {
    fn of(octet: u8) -> Option<Kind> {
        let kinds = [
            Kind::Header,
            Kind::Bytes,
            Kind::Entries,
            Kind::Cpu,
            Kind::End,
        ];
        kinds.into_iter().find(|kind| *kind as u8 == octet)
    }
}

/// Why a file is no trip that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// The first octets are something else; what, if it is well known.
    NotATrip {
        /// What the file looks like.
        looks_like: &'static str,
    },
    /// A trip of another version.
    OtherVersion {
        /// Its version.
        found: u16,
    },
    /// Not even the header is whole.
    NoHeader,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::NotATrip { looks_like } => write!(
                f,
                "this is no trip: its first octets are {looks_like}, a .thru file begins with 89 54 48 52 55"
            ),
            OpenError::OtherVersion { found } => write!(
                f,
                "this trip has format version {found}, this program reads version {FORMAT_VERSION}"
            ),
            OpenError::NoHeader => {
                f.write_str("this trip was cut off before its header was written")
            }
        }
    }
}

impl std::error::Error for OpenError {}

/// A trip that was read, and what had to be left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// What could be read.
    pub journal: Journal,
    /// Where and why reading stopped early; `None` if the file is whole.
    pub cut_off: Option<String>,
}

pub(crate) fn preamble() -> Vec<u8> {
    let mut octets = MAGIC.to_vec();
    octets.extend_from_slice(&FORMAT_VERSION.to_be_bytes());
    octets
}

pub(crate) fn batch<T: Serialize + ?Sized>(kind: Kind, content: &T) -> Vec<u8> {
    let payload = postcard::to_stdvec(content).expect("events always serialise");
    let mut octets = vec![kind as u8];
    octets.extend_from_slice(&(payload.len() as u32).to_be_bytes());
    octets.extend_from_slice(&checksum(&octets, &payload).to_be_bytes());
    octets.extend_from_slice(&payload);
    octets
}

fn checksum(head: &[u8], payload: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(head);
    crc.update(payload);
    crc.finalize()
}

/// The whole journal as a `.thru` file. With `with_cpu` off the section of measured CPU times is
/// left out: in the lab the rest is the same for the same seed.
pub fn encode(journal: &Journal, with_cpu: bool) -> Vec<u8> {
    let mut octets = preamble();
    octets.extend(batch(Kind::Header, &journal.header));
    if !journal.bytes.is_empty() {
        octets.extend(batch(Kind::Bytes, &journal.bytes));
    }
    octets.extend(batch(Kind::Entries, &journal.entries));
    if with_cpu {
        octets.extend(batch(Kind::Cpu, &journal.cpu));
    }
    if journal.complete {
        octets.extend(batch(Kind::End, &()));
    }
    octets
}

/// Reads a `.thru` file as far as its batches are whole.
pub fn open(octets: &[u8]) -> Result<Opened, OpenError> {
    let mut reader = Reader::new(octets);
    check_preamble(&mut reader, octets)?;
    let mut journal = Journal::default();
    let mut header = None::<TripHeader>;
    let cut_off = loop {
        if reader.is_empty() || journal.complete {
            let why = "the trip was not written to its end; what was written is whole";
            break (!journal.complete).then(|| why.to_owned());
        }
        let offset = reader.offset();
        if let Err(why) = read_batch(&mut reader, &mut journal, &mut header) {
            break Some(format!(
                "from octet {offset} on: {why}; all before it is whole"
            ));
        }
    };
    journal.header = header.ok_or(OpenError::NoHeader)?;
    Ok(Opened { journal, cut_off })
}

fn check_preamble(reader: &mut Reader<'_>, octets: &[u8]) -> Result<(), OpenError> {
    let magic = reader.array::<8>("magic").ok();
    if magic != Some(MAGIC) {
        let looks_like = looks_like(octets);
        return Err(OpenError::NotATrip { looks_like });
    }
    match reader.u16("version") {
        Ok(FORMAT_VERSION) => Ok(()),
        Ok(found) => Err(OpenError::OtherVersion { found }),
        Err(_) => Err(OpenError::NoHeader),
    }
}

fn looks_like(octets: &[u8]) -> &'static str {
    const KNOWN: [(&[u8], &str); 7] = [
        (b"\x89PNG", "those of a PNG picture"),
        (b"\x0a\x0d\x0d\x0a", "those of a pcapng capture"),
        (b"%PDF", "those of a PDF"),
        (b"{", "those of a JSON document"),
        (b"<", "those of HTML or XML"),
        (b"PK", "those of a ZIP archive"),
        (b"\x89THRU", "a trip's, mangled by a text transfer"),
    ];
    if octets.is_empty() {
        return "missing (the file is empty)";
    }
    let found = KNOWN.iter().find(|(start, _)| octets.starts_with(start));
    found.map_or("of no known kind", |(_, name)| name)
}

fn read_batch(
    reader: &mut Reader<'_>,
    journal: &mut Journal,
    header: &mut Option<TripHeader>,
) -> Result<(), String> {
    let head: [u8; 5] = reader.array("batch head").map_err(|_| "cut off")?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    let expected = reader.u32("checksum").map_err(|_| "cut off")?;
    if length > MAX_BATCH {
        return Err(format!("a batch claims {length} octets"));
    }
    let payload = reader.take(length, "batch").map_err(|_| "cut off")?;
    if checksum(&head, payload) != expected {
        return Err("the checksum does not fit".to_owned());
    }
    match Kind::of(head[0]) {
        Some(Kind::Header) => *header = Some(decode(payload)?),
        Some(Kind::Bytes) => journal.bytes.extend(decode::<Vec<Vec<u8>>>(payload)?),
        Some(Kind::Entries) => append(journal, payload)?,
        Some(Kind::Cpu) => journal
            .cpu
            .extend(decode::<Vec<(Cause, CpuWork)>>(payload)?),
        Some(Kind::End) => journal.complete = true,
        None => return Err(format!("a batch of unknown kind {:#04x}", head[0])),
    }
    Ok(())
}

fn append(journal: &mut Journal, payload: &[u8]) -> Result<(), String> {
    for entry in decode::<Vec<thru_events::Entry>>(payload)? {
        if entry.id.index() != journal.entries.len() {
            return Err(format!("event {} is out of order", entry.id));
        }
        journal.entries.push(entry);
    }
    Ok(())
}

fn decode<T: DeserializeOwned>(payload: &[u8]) -> Result<T, String> {
    postcard::from_bytes(payload).map_err(|error| format!("a batch cannot be decoded: {error}"))
}

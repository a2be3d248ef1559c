//! Where a message that cannot be read is wrong (RFC 1035, section 4.1).

use hickory_proto::op::Message;
use thru_octets::{Malformed, Reader};

/// Header: id, flags, four counts.
const HEADER: usize = 12;

const EXPECTED: &str = "a DNS message (RFC 1035, section 4)";

/// The entry (question or record) at which `octets` stop to be a message. `said` is what the
/// decoder says of it.
pub(super) fn locate(octets: &[u8], said: String) -> Malformed {
    let entries = match entries(octets) {
        Ok(entries) => entries,
        Err(malformed) => return malformed,
    };
    // Every entry lies within the message: the first with which it cannot be read is the bad one.
    let readable = |entry: &Entry| Message::from_vec(&up_to(octets, &entries, entry)).is_ok();
    let bad = entries.get(entries.partition_point(readable));
    let (offset, field) = bad.map_or((0, "header"), |entry| {
        (entry.start, SECTIONS[entry.section])
    });
    Malformed {
        offset,
        field,
        found: said,
        expected: EXPECTED,
    }
}

const SECTIONS: [&str; 4] = ["question", "answer", "authority", "additional"];

struct Entry {
    section: usize,
    start: usize,
    end: usize,
}

/// Walks over the sections without reading what is in them.
fn entries(octets: &[u8]) -> Result<Vec<Entry>, Malformed> {
    let mut reader = Reader::new(octets);
    reader.take(4, "header")?;
    let mut counts = [0; 4];
    for (count, field) in counts
        .iter_mut()
        .zip(["QDCOUNT", "ANCOUNT", "NSCOUNT", "ARCOUNT"])
    {
        *count = reader.u16(field)?;
    }
    let mut entries = Vec::new();
    for (section, count) in counts.into_iter().enumerate() {
        for _ in 0..count {
            let start = reader.offset();
            walk_name(&mut reader)?;
            reader.take(4, "TYPE and CLASS")?;
            if section > 0 {
                reader.take(4, "TTL")?;
                let length = reader.u16("RDLENGTH")?;
                reader.take(length.into(), "RDATA")?;
            }
            let end = reader.offset();
            entries.push(Entry {
                section,
                start,
                end,
            });
        }
    }
    Ok(entries)
}

/// Labels up to the root or a pointer.
fn walk_name(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    loop {
        let offset = reader.offset();
        match reader.u8("label")? {
            0 => return Ok(()),
            0xc0.. => return reader.u8("pointer").map(|_| ()),
            length @ 1..=63 => {
                reader.take(length.into(), "label")?;
            }
            other => {
                return Err(Malformed {
                    offset,
                    field: "label",
                    found: format!("{other:#04x}"),
                    expected: "a length up to 63, or a pointer (RFC 1035, section 4.1.4)",
                });
            }
        }
    }
}

/// The message with everything behind `last` cut off.
fn up_to(octets: &[u8], entries: &[Entry], last: &Entry) -> Vec<u8> {
    let mut cut = octets[..last.end].to_vec();
    for section in 0..4 {
        let within = |entry: &&Entry| entry.section == section && entry.end <= last.end;
        let count = entries.iter().filter(within).count() as u16;
        cut[4 + 2 * section..6 + 2 * section].copy_from_slice(&count.to_be_bytes());
    }
    debug_assert!(cut.len() >= HEADER, "an entry lies behind the header");
    cut
}

#[cfg(test)]
mod tests {
    use super::super::{absolute, decode, query};
    use hickory_proto::op::Query;
    use hickory_proto::rr::RecordType;

    /// `a.lab A?` with one answer: its name by a pointer, its data `data`.
    fn answer(data: &[u8]) -> Vec<u8> {
        let asked = Query::query(absolute("a.lab").unwrap(), RecordType::A);
        let mut octets = query(1, &asked, true, false);
        octets[7] = 1;
        octets.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, data.len() as u8]);
        octets.extend(data);
        octets
    }

    fn place(octets: &[u8]) -> (usize, &'static str) {
        let malformed = decode(octets).unwrap_err();
        (malformed.offset, malformed.field)
    }

    #[test]
    fn what_is_wrong_is_said_with_its_offset() {
        assert!(decode(&answer(&[192, 0, 2, 1])).is_ok());
        // The question is 11 octets long and follows the header.
        assert_eq!(place(&answer(&[192, 0, 2])), (23, "answer"));
        let mut short = answer(&[192, 0, 2, 1]);
        short.pop();
        assert_eq!(place(&short).1, "RDATA");
        let mut label = answer(&[192, 0, 2, 1]);
        label[12] = 0x80;
        assert_eq!(place(&label), (12, "label"));
        assert_eq!(place(&[0; 5]), (0, "header"));
    }
}

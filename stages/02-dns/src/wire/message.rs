//! Messages (RFC 1035, section 4; EDNS, RFC 6891).

use super::fields::{self, Field};
use super::{Kind, Name, Record};
use std::collections::BTreeMap;
use thru_octets::{Malformed, Reader, Writer};

/// Most pointers that are followed for one name.
const POINTER_LIMIT: usize = 64;
/// Octets of the header.
const HEADER: usize = 12;

/// Response codes (IANA's list).
#[allow(missing_docs)]
pub mod rcode {
    pub const NOERROR: u16 = 0;
    pub const FORMERR: u16 = 1;
    pub const SERVFAIL: u16 = 2;
    pub const NXDOMAIN: u16 = 3;
    pub const NOTIMP: u16 = 4;
    pub const REFUSED: u16 = 5;
    pub const YXDOMAIN: u16 = 6;
    pub const BADVERS: u16 = 16;
    pub const BADCOOKIE: u16 = 23;

    const NAMES: [(u16, &str); 13] = [
        (NOERROR, "NOERROR"),
        (FORMERR, "FORMERR"),
        (SERVFAIL, "SERVFAIL"),
        (NXDOMAIN, "NXDOMAIN"),
        (NOTIMP, "NOTIMP"),
        (REFUSED, "REFUSED"),
        (YXDOMAIN, "YXDOMAIN"),
        (7, "YXRRSET"),
        (8, "NXRRSET"),
        (9, "NOTAUTH"),
        (10, "NOTZONE"),
        (BADVERS, "BADVERS"),
        (BADCOOKIE, "BADCOOKIE"),
    ];

    /// As IANA writes it.
    pub fn text(code: u16) -> String {
        match NAMES.iter().find(|(known, _)| *known == code) {
            Some((_, name)) => (*name).into(),
            None => format!("RCODE{code}"),
        }
    }

    /// The code of that name.
    pub fn from_text(text: &str) -> Option<u16> {
        let known = NAMES
            .iter()
            .find(|(_, name)| name.eq_ignore_ascii_case(text));
        known.map(|(code, _)| *code)
    }
}

/// The header's bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// It is a response.
    pub qr: bool,
    /// Authoritative answer.
    pub aa: bool,
    /// Truncated.
    pub tc: bool,
    /// Recursion desired.
    pub rd: bool,
    /// Recursion available.
    pub ra: bool,
    /// Authentic data (RFC 4035, section 3.2.3).
    pub ad: bool,
    /// Checking disabled (RFC 4035, section 3.2.2).
    pub cd: bool,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Name.
    pub name: Name,
    /// Type.
    pub kind: Kind,
    /// Class, 1 for IN.
    pub class: u16,
}

/// The OPT record (RFC 6891).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edns {
    /// Largest message by UDP that the sender takes, octets.
    pub udp_payload: u16,
    /// Version, 0.
    pub version: u8,
    /// DNSSEC OK (RFC 3225).
    pub dnssec_ok: bool,
    /// Options: code and data.
    pub options: Vec<(u16, Vec<u8>)>,
}

impl Edns {
    /// The data of an option.
    pub fn option(&self, code: u16) -> Option<&[u8]> {
        let found = self.options.iter().find(|(known, _)| *known == code);
        found.map(|(_, data)| data.as_slice())
    }
}

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Id.
    pub id: u16,
    /// Operation, 0 for a query.
    pub opcode: u8,
    /// Header bits.
    pub flags: Flags,
    /// Response code, with the upper bits of EDNS.
    pub rcode: u16,
    /// Questions.
    pub questions: Vec<Asked>,
    /// Answer section.
    pub answers: Vec<Record>,
    /// Authority section.
    pub authorities: Vec<Record>,
    /// Additional section without the OPT record.
    pub additionals: Vec<Record>,
    /// The OPT record.
    pub edns: Option<Edns>,
    /// Records that were left out because their data does not fit their type.
    pub left_out: Vec<Malformed>,
}

impl Message {
    /// Reads a message. A record whose data does not fit its type is left out and said in
    /// [`Message::left_out`]; everything else that is wrong refuses the whole.
    ///
    /// # Errors
    /// Where and what.
    pub fn decode(octets: &[u8]) -> Result<Message, Malformed> {
        let mut reader = Reader::new(octets);
        let mut message = Message {
            id: reader.u16("id")?,
            ..Message::default()
        };
        let bits = reader.u16("flags")?;
        message.opcode = (bits >> 11 & 15) as u8;
        message.rcode = bits & 15;
        message.flags = flags_from(bits);
        let mut counts = [0; 4];
        for (count, field) in counts
            .iter_mut()
            .zip(["QDCOUNT", "ANCOUNT", "NSCOUNT", "ARCOUNT"])
        {
            *count = reader.u16(field)?;
        }
        for _ in 0..counts[0] {
            let name = name(octets, &mut reader, "question")?;
            let kind = Kind(reader.u16("QTYPE")?);
            let class = reader.u16("QCLASS")?;
            message.questions.push(Asked { name, kind, class });
        }
        for (section, count) in counts[1..].iter().enumerate() {
            for _ in 0..*count {
                message.read_record(octets, &mut reader, section)?;
            }
        }
        if !reader.is_empty() {
            return Err(malformed(
                reader.offset(),
                "end",
                format!("{} octets more", reader.remaining()),
                "the end of the message",
            ));
        }
        Ok(message)
    }

    fn read_record(
        &mut self,
        octets: &[u8],
        reader: &mut Reader<'_>,
        section: usize,
    ) -> Result<(), Malformed> {
        let field = ["answer", "authority", "additional"][section];
        let start = reader.offset();
        let name = name(octets, reader, field)?;
        let kind = Kind(reader.u16("TYPE")?);
        let class = reader.u16("CLASS")?;
        // RFC 2181, section 8: a TTL with the highest bit set counts as nought.
        let raw_ttl = reader.u32("TTL")?;
        let ttl = if raw_ttl > i32::MAX as u32 {
            0
        } else {
            raw_ttl
        };
        let length = usize::from(reader.u16("RDLENGTH")?);
        let at = reader.offset();
        let raw = reader.take(length, "RDATA")?;
        if kind == Kind::OPT && section == 2 {
            return self.read_opt(class, raw_ttl, raw, start);
        }
        let Some(data) = expanded(octets, kind, at, length) else {
            self.left_out.push(malformed(
                start,
                field,
                format!("{length} octets of data"),
                "data of the record's type",
            ));
            return Ok(());
        };
        let record = Record {
            name,
            kind,
            class,
            ttl,
            data,
        };
        [
            &mut self.answers,
            &mut self.authorities,
            &mut self.additionals,
        ][section]
            .push(record);
        Ok(())
    }

    fn read_opt(&mut self, class: u16, ttl: u32, raw: &[u8], at: usize) -> Result<(), Malformed> {
        if self.edns.is_some() {
            return Err(malformed(at, "OPT", "a second OPT record".into(), "one"));
        }
        let mut edns = Edns {
            udp_payload: class,
            version: (ttl >> 16) as u8,
            dnssec_ok: ttl & 0x8000 != 0,
            options: Vec::new(),
        };
        self.rcode |= (ttl >> 24 << 4) as u16;
        let mut reader = Reader::new(raw);
        while !reader.is_empty() {
            let code = reader.u16("option")?;
            let length = reader.u16("option length")?;
            let data = reader.take(length.into(), "option data")?;
            edns.options.push((code, data.to_vec()));
        }
        self.edns = Some(edns);
        Ok(())
    }

    /// Wire octets, whole.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = MessageWriter::default();
        let out = &mut writer.out;
        out.u16(self.id).u16(self.header_bits());
        for count in [
            self.questions.len(),
            self.answers.len(),
            self.authorities.len(),
            self.additionals.len() + usize::from(self.edns.is_some()),
        ] {
            out.u16(count as u16);
        }
        for asked in &self.questions {
            writer.name(&asked.name);
            writer.out.u16(asked.kind.0).u16(asked.class);
        }
        let sections = [&self.answers, &self.authorities, &self.additionals];
        for record in sections.into_iter().flatten() {
            writer.record(record);
        }
        if let Some(edns) = &self.edns {
            writer.opt(edns, self.rcode);
        }
        writer.out.finish()
    }

    /// Wire octets of at most `limit`: cut after whole records with TC set, but additional
    /// records go first and without TC (RFC 2181, section 9).
    pub fn encode_within(&self, limit: usize) -> Vec<u8> {
        let whole = self.encode();
        if whole.len() <= limit {
            return whole;
        }
        let mut cut = self.clone();
        cut.additionals.clear();
        let octets = cut.encode();
        if octets.len() <= limit {
            return octets;
        }
        cut.flags.tc = true;
        cut.authorities.clear();
        cut.answers.clear();
        cut.encode()
    }

    fn header_bits(&self) -> u16 {
        let flags = [
            (self.flags.qr, 15),
            (self.flags.aa, 10),
            (self.flags.tc, 9),
            (self.flags.rd, 8),
            (self.flags.ra, 7),
            (self.flags.ad, 5),
            (self.flags.cd, 4),
        ];
        let bits = flags.iter().map(|(set, at)| u16::from(*set) << at);
        bits.fold(
            u16::from(self.opcode & 15) << 11 | self.rcode & 15,
            |all, bit| all | bit,
        )
    }
}

fn flags_from(bits: u16) -> Flags {
    let bit = |at: u32| bits >> at & 1 == 1;
    Flags {
        qr: bit(15),
        aa: bit(10),
        tc: bit(9),
        rd: bit(8),
        ra: bit(7),
        ad: bit(5),
        cd: bit(4),
    }
}

fn malformed(
    offset: usize,
    field: &'static str,
    found: String,
    expected: &'static str,
) -> Malformed {
    Malformed {
        offset,
        field,
        found,
        expected,
    }
}

/// Reads a name and goes on behind it.
fn name(octets: &[u8], reader: &mut Reader<'_>, field: &'static str) -> Result<Name, Malformed> {
    let at = reader.offset();
    let found = name_at(octets, at);
    let (name, end) = found.map_err(|why| malformed(at, field, why.into(), "a name"))?;
    reader.take(end - at, field)?;
    Ok(name)
}

/// The name that begins at `start`, its pointers followed, and where it ends there.
fn name_at(octets: &[u8], start: usize) -> Result<(Name, usize), &'static str> {
    let mut out: Vec<u8> = Vec::with_capacity(32);
    let (mut at, mut end, mut pointers) = (start, None, 0);
    loop {
        let length = *octets.get(at).ok_or("a name beyond the end")?;
        match length {
            0 => {
                out.push(0);
                break;
            }
            1..=63 => {
                let label = octets
                    .get(at..=at + usize::from(length))
                    .ok_or("a label beyond the end")?;
                out.extend_from_slice(label);
                at += 1 + usize::from(length);
            }
            0xc0.. => {
                let low = *octets.get(at + 1).ok_or("half a pointer")?;
                end.get_or_insert(at + 2);
                let to = usize::from(length & 0x3f) << 8 | usize::from(low);
                pointers += 1;
                if to >= at || to < HEADER || pointers > POINTER_LIMIT {
                    return Err("a pointer that does not lead back");
                }
                at = to;
            }
            _ => return Err("a label of an unknown kind"),
        }
        // The root's octet is still to come.
        if out.len() >= 255 {
            return Err("a name of more than 255 octets");
        }
    }
    Ok((Name::from_checked(&out), end.unwrap_or(at + 1)))
}

/// The data of a record with its names expanded; `None` if it does not fit the type.
fn expanded(octets: &[u8], kind: Kind, at: usize, length: usize) -> Option<Vec<u8>> {
    let end = at + length;
    let Some(fields) = fields::fields(kind) else {
        return Some(octets[at..end].to_vec());
    };
    let mut data = Vec::with_capacity(length);
    let mut at = at;
    for field in fields {
        if *field == Field::Name {
            let (name, after) = name_at(octets, at).ok()?;
            if after > end {
                return None;
            }
            data.extend_from_slice(name.wire());
            at = after;
        } else {
            let length = fields::length(*field, &octets[at..end])?;
            data.extend_from_slice(&octets[at..at + length]);
            at += length;
        }
    }
    (at == end).then_some(data)
}

/// Writes names once and points back to them.
#[derive(Default)]
struct MessageWriter {
    out: Writer,
    written: BTreeMap<Vec<u8>, u16>,
}

impl MessageWriter {
    fn name(&mut self, name: &Name) {
        let wire = name.wire();
        let lowered = wire.to_ascii_lowercase();
        let mut at = 0;
        while wire[at] != 0 {
            if let Some(to) = self.written.get(&lowered[at..]) {
                self.out.u16(0xc000 | to);
                return;
            }
            let here = self.out.len();
            if here < 0x4000 {
                self.written.insert(lowered[at..].to_vec(), here as u16);
            }
            let next = at + 1 + usize::from(wire[at]);
            self.out.bytes(&wire[at..next]);
            at = next;
        }
        self.out.u8(0);
    }

    fn record(&mut self, record: &Record) {
        self.name(&record.name);
        self.out
            .u16(record.kind.0)
            .u16(record.class)
            .u32(record.ttl);
        let at = self.out.len();
        self.out.u16(0);
        self.data(record);
        let length = self.out.len() - at - 2;
        self.out.put_u16(at, length as u16);
    }

    fn data(&mut self, record: &Record) {
        let fields = fields::fields(record.kind).filter(|_| fields::is_compressed(record.kind));
        let mut rest = record.data.as_slice();
        for field in fields.unwrap_or_default() {
            let Some(length) = fields::length(*field, rest) else {
                break;
            };
            if *field == Field::Name {
                let name = Name::from_checked(&rest[..length]);
                self.name(&name);
            } else {
                self.out.bytes(&rest[..length]);
            }
            rest = &rest[length..];
        }
        self.out.bytes(rest);
    }

    fn opt(&mut self, edns: &Edns, rcode: u16) {
        self.out.u8(0).u16(Kind::OPT.0).u16(edns.udp_payload);
        self.out.u8((rcode >> 4) as u8).u8(edns.version);
        self.out.u16(if edns.dnssec_ok { 0x8000 } else { 0 });
        let length: usize = edns.options.iter().map(|(_, data)| 4 + data.len()).sum();
        self.out.u16(length as u16);
        for (code, data) in &edns.options {
            self.out.u16(*code).u16(data.len() as u16).bytes(data);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::data_from_words;

    fn name(text: &str) -> Name {
        Name::from_text(text, &Name::root()).unwrap()
    }

    fn record(owner: &str, kind: &str, data: &str) -> Record {
        let kind = Kind::from_text(kind).unwrap();
        let words: Vec<&str> = data.split(' ').collect();
        Record {
            name: name(owner),
            kind,
            class: 1,
            ttl: 300,
            data: data_from_words(kind, &words, &Name::root()).unwrap(),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let message = Message {
            id: 7,
            flags: Flags {
                qr: true,
                ad: true,
                ..Flags::default()
            },
            rcode: rcode::BADCOOKIE,
            questions: vec![Asked {
                name: name("www.example."),
                kind: Kind::MX,
                class: 1,
            }],
            answers: vec![
                record("www.example.", "MX", "10 mail.example."),
                record("www.example.", "SRV", "1 2 3 host.www.example."),
            ],
            authorities: vec![record(
                "example.",
                "SOA",
                "ns.example. me.example. 1 2 3 4 5",
            )],
            additionals: vec![record("mail.example.", "AAAA", "2001:db8::1")],
            edns: Some(Edns {
                udp_payload: 1232,
                version: 0,
                dnssec_ok: true,
                options: vec![(10, vec![1; 8])],
            }),
            ..Message::default()
        };
        let octets = message.encode();
        assert!(octets.len() < 190, "{}", octets.len());
        assert_eq!(Message::decode(&octets).unwrap(), message);
    }

    #[test]
    fn pointers_only_lead_back() {
        let mut octets = Message::default().encode();
        octets[5] = 1;
        octets.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1]);
        let refused = Message::decode(&octets).unwrap_err();
        assert_eq!((refused.offset, refused.field), (12, "question"));
    }

    #[test]
    fn a_record_of_a_wrong_length_is_left_out_and_said() {
        let mut message = Message::default();
        message.answers.push(record("a.example.", "A", "192.0.2.1"));
        message.answers[0].data.pop();
        let read = Message::decode(&message.encode()).unwrap();
        assert!(read.answers.is_empty());
        assert_eq!(read.left_out[0].offset, 12);
    }

    #[test]
    fn any_octets_are_read_or_refused() {
        let mut seed = Message::default();
        seed.answers
            .push(record("a.example.", "MX", "10 b.example."));
        let seed = seed.encode();
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as usize
        };
        for _ in 0..20_000 {
            let mut octets = seed.clone();
            for _ in 0..1 + random() % 6 {
                let at = random() % octets.len();
                octets[at] = random() as u8;
            }
            octets.truncate(1 + random() % octets.len());
            if let Ok(message) = Message::decode(&octets) {
                let _ = message.encode();
            }
        }
    }
}

//! A part, or a set, as octets: one piece of memory instead of a dozen.
//!
//! Numbers are big-endian; names are uncompressed wire format; lists have their count before them.

use super::super::part::{Ede, Part, Security};
use crate::wire::{Kind, Name, Rrset};
use thru_octets::{Malformed, Reader, Writer};

const ALIAS: u8 = 1;
const EXPLAINED: u8 = 2;
const FOUND: u8 = 4;
const SAID_AUTHENTIC: u8 = 8;
const STALE: u8 = 16;
const FORGED: u8 = 32;

/// The part as octets, without its cause.
pub(super) fn pack(part: &Part) -> Box<[u8]> {
    let mut writer = Writer::with_capacity(64);
    writer.u16(part.rcode);
    writer.u8(part.security as u8);
    let bits = [
        (part.alias.is_some(), ALIAS),
        (part.explained.is_some(), EXPLAINED),
        (part.found, FOUND),
        (part.said_authentic, SAID_AUTHENTIC),
        (part.stale_s.is_some(), STALE),
        (part.forged_alias, FORGED),
    ];
    writer.u8(bits.iter().map(|(set, bit)| u8::from(*set) * bit).sum());
    if let Some(alias) = &part.alias {
        writer.bytes(alias.wire());
    }
    if let Some(explained) = &part.explained {
        writer.u16(explained.code);
        piece(&mut writer, explained.text.as_bytes());
    }
    if let Some(since) = part.stale_s {
        writer.u32(since);
    }
    for sets in [&part.answers, &part.authorities, &part.additionals] {
        writer.u16(sets.len() as u16);
        for set in sets {
            write_set(&mut writer, set);
        }
    }
    writer.finish().into_boxed_slice()
}

/// The set as octets.
pub(super) fn pack_set(set: &Rrset) -> Box<[u8]> {
    let mut writer = Writer::with_capacity(64);
    write_set(&mut writer, set);
    writer.finish().into_boxed_slice()
}

/// The set that was packed.
pub(super) fn unpack_set(octets: &[u8]) -> Rrset {
    let mut packed = Packed {
        octets,
        reader: Reader::new(octets),
    };
    match packed.set() {
        Ok(set) => set,
        Err(malformed) => unreachable!("invariant: what was packed can be read: {malformed}"),
    }
}

fn write_set(writer: &mut Writer, set: &Rrset) {
    writer.bytes(set.name.wire());
    writer.u16(set.kind.0);
    writer.u16(set.class);
    writer.u32(set.ttl);
    for list in [&set.data, &set.signatures] {
        writer.u16(list.len() as u16);
        list.iter().for_each(|data| piece(writer, data));
    }
}

fn piece(writer: &mut Writer, octets: &[u8]) {
    let octets = &octets[..octets.len().min(usize::from(u16::MAX))];
    writer.u16(octets.len() as u16);
    writer.bytes(octets);
}

/// The part that was packed.
pub(super) fn unpack(octets: &[u8]) -> Part {
    match read(octets) {
        Ok(part) => part,
        Err(malformed) => unreachable!("invariant: what was packed can be read: {malformed}"),
    }
}

fn read(octets: &[u8]) -> Result<Part, Malformed> {
    let mut packed = Packed {
        octets,
        reader: Reader::new(octets),
    };
    let reader = &mut packed.reader;
    let mut part = Part::empty(reader.u16("rcode")?, None);
    let securities = [
        Security::Bogus,
        Security::Unchecked,
        Security::Insecure,
        Security::Secure,
    ];
    part.security = securities[usize::from(reader.u8("security")? & 3)];
    let bits = reader.u8("bits")?;
    part.found = bits & FOUND != 0;
    part.said_authentic = bits & SAID_AUTHENTIC != 0;
    part.forged_alias = bits & FORGED != 0;
    if bits & ALIAS != 0 {
        part.alias = Some(packed.name()?);
    }
    if bits & EXPLAINED != 0 {
        let code = packed.reader.u16("code")?;
        let text = packed.piece()?;
        part.explained = Some(Ede::new(code, String::from_utf8_lossy(text)));
    }
    if bits & STALE != 0 {
        part.stale_s = Some(packed.reader.u32("since")?);
    }
    for sets in [
        &mut part.answers,
        &mut part.authorities,
        &mut part.additionals,
    ] {
        let count = packed.reader.u16("sets")?;
        sets.reserve_exact(count.into());
        for _ in 0..count {
            sets.push(packed.set()?);
        }
    }
    Ok(part)
}

struct Packed<'a> {
    octets: &'a [u8],
    reader: Reader<'a>,
}

impl<'a> Packed<'a> {
    fn set(&mut self) -> Result<Rrset, Malformed> {
        Ok(Rrset {
            name: self.name()?,
            kind: Kind(self.reader.u16("type")?),
            class: self.reader.u16("class")?,
            ttl: self.reader.u32("TTL")?,
            data: self.list()?,
            signatures: self.list()?,
        })
    }

    fn list(&mut self) -> Result<Vec<Vec<u8>>, Malformed> {
        let count = self.reader.u16("count")?;
        let mut list = Vec::with_capacity(count.into());
        for _ in 0..count {
            list.push(self.piece()?.to_vec());
        }
        Ok(list)
    }

    fn piece(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.reader.u16("length")?;
        self.reader.take(length.into(), "data")
    }

    fn name(&mut self) -> Result<Name, Malformed> {
        let start = self.reader.offset();
        let Some((name, length)) = Name::from_wire(&self.octets[start..]) else {
            return Err(Malformed {
                offset: start,
                field: "name",
                found: "something else".into(),
                expected: "a name",
            });
        };
        self.reader.take(length, "name")?;
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_the_same_again() {
        let name = |text: &str| Name::from_text(text, &Name::root()).unwrap();
        let set = Rrset {
            name: name("www.Example."),
            kind: Kind::TXT,
            class: 1,
            ttl: 77,
            data: vec![vec![0; 300], Vec::new()],
            signatures: vec![vec![1, 2, 3]],
        };
        let mut part = Part::empty(3, None);
        part.security = Security::Secure;
        part.alias = Some(name("end.example."));
        part.explained = Some(Ede::new(3, "over"));
        part.stale_s = Some(9);
        part.found = true;
        part.said_authentic = true;
        assert_eq!(
            format!("{set:?}"),
            format!("{:?}", unpack_set(&pack_set(&set)))
        );
        part.answers = vec![set.clone(), set.clone()];
        part.authorities = vec![set];
        let again = unpack(&pack(&part));
        assert_eq!(format!("{part:?}"), format!("{again:?}"));
    }
}

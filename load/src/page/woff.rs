//! WOFF to OpenType: version 1 here, version 2 in `woff2`.

use super::woff2::woff2;
use flate2::read::ZlibDecoder;
use std::io::Read;
use thru_octets::Malformed;

/// Largest font after unpacking, octets.
pub(super) const FONT_LIMIT: usize = 32 << 20;

/// Most tables of a font.
pub(super) const TABLES_LIMIT: u16 = 256;

/// Gives the OpenType font in a file that may be WOFF (WOFF File Format 1.0 and 2.0).
pub(super) fn unpack(file: &[u8]) -> Result<Vec<u8>, String> {
    match file.get(..4) {
        Some(b"wOFF") => woff(file).map_err(|malformed| malformed.to_string()),
        Some(b"wOF2") => woff2(file).map_err(|malformed| malformed.to_string()),
        _ => Ok(file.to_vec()),
    }
}

pub(super) struct Table<'a> {
    pub tag: u32,
    pub checksum: u32,
    pub octets: std::borrow::Cow<'a, [u8]>,
}

pub(super) fn malformed(
    offset: usize,
    field: &'static str,
    found: impl ToString,
    expected: &'static str,
) -> Malformed {
    Malformed {
        offset,
        field,
        found: found.to_string(),
        expected,
    }
}

fn woff(file: &[u8]) -> Result<Vec<u8>, Malformed> {
    let number = |at: usize| -> Result<u32, Malformed> {
        let octets = file
            .get(at..at + 4)
            .ok_or_else(|| malformed(at, "number", "the end", "four octets"))?;
        Ok(u32::from_be_bytes([
            octets[0], octets[1], octets[2], octets[3],
        ]))
    };
    let flavor = number(4)?;
    let count = (number(12)? >> 16) as u16;
    if count == 0 || count > TABLES_LIMIT {
        return Err(malformed(12, "numTables", count, "1 to 256"));
    }
    let mut tables = Vec::new();
    let mut sum = 0;
    for index in 0..usize::from(count) {
        let at = 44 + index * 20;
        let (offset, packed, length) = (
            number(at + 4)? as usize,
            number(at + 8)? as usize,
            number(at + 12)? as usize,
        );
        sum += length;
        if sum > FONT_LIMIT {
            return Err(malformed(
                at + 12,
                "origLength",
                length,
                "a font within the limit",
            ));
        }
        let data = offset
            .checked_add(packed)
            .and_then(|end| file.get(offset..end));
        let data =
            data.ok_or_else(|| malformed(at + 4, "offset", offset, "a table within the file"))?;
        let octets = inflate(data, length).ok_or_else(|| {
            malformed(offset, "table", "bad zlib data", "as many octets as stated")
        })?;
        tables.push(Table {
            tag: number(at)?,
            checksum: number(at + 16)?,
            octets,
        });
    }
    Ok(write(flavor, &tables))
}

fn inflate(data: &[u8], length: usize) -> Option<std::borrow::Cow<'_, [u8]>> {
    if data.len() == length {
        return Some(data.into());
    }
    let mut octets = Vec::with_capacity(length);
    ZlibDecoder::new(data)
        .take(length as u64 + 1)
        .read_to_end(&mut octets)
        .ok()?;
    (octets.len() == length).then(|| octets.into())
}

/// Writes the tables as an OpenType file.
pub(super) fn write(flavor: u32, tables: &[Table<'_>]) -> Vec<u8> {
    let count = tables.len() as u16;
    let power = 15 - count.leading_zeros() as u16;
    let range = 16u16 << power;
    let mut file = flavor.to_be_bytes().to_vec();
    for number in [count, range, power, (count * 16).saturating_sub(range)] {
        file.extend(number.to_be_bytes());
    }
    let mut offset = 12 + tables.len() * 16;
    for table in tables {
        for number in [
            table.tag,
            table.checksum,
            offset as u32,
            table.octets.len() as u32,
        ] {
            file.extend(number.to_be_bytes());
        }
        offset += table.octets.len().next_multiple_of(4);
    }
    for table in tables {
        file.extend_from_slice(&table.octets);
        file.resize(file.len().next_multiple_of(4), 0);
    }
    file
}

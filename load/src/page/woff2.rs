//! WOFF 2 to OpenType (WOFF File Format 2.0): one Brotli stream, with outlines and widths in forms
//! of their own.

use super::woff::{FONT_LIMIT, TABLES_LIMIT, Table, malformed, write};
use std::io::Read;
use thru_octets::Malformed;

/// Octets that brotli reads at once.
const BROTLI_BUFFER: usize = 4096;

/// Tags by their number, four letters each (section 4.1).
const TAGS: &[u8] = b"cmapheadhheahmtxmaxpnameOS/2postcvt fpgmglyflocaprepCFF VORGEBDTEBLCgasphdmxkernLTSHPCLTVDMXvheavmtxBASEGDEFGPOSGSUBEBSCJSTFMATHCBDTCBLCCOLRCPALSVG sbixacntavarbdatblocbslncvarfdscfeatfmtxfvargvarhstyjustlcarmortmorxopbdproptrakZapfSilfGlatGlocFeatSill";

const GLYF: u32 = u32::from_be_bytes(*b"glyf");
const LOCA: u32 = u32::from_be_bytes(*b"loca");
const HMTX: u32 = u32::from_be_bytes(*b"hmtx");
const HEAD: u32 = u32::from_be_bytes(*b"head");
const HHEA: u32 = u32::from_be_bytes(*b"hhea");

struct Entry {
    tag: u32,
    transformed: bool,
    length: usize,
}

/// A reader over one of the streams.
#[derive(Clone)]
struct Stream<'a> {
    octets: &'a [u8],
    at: usize,
}

impl<'a> Stream<'a> {
    fn new(octets: &'a [u8]) -> Stream<'a> {
        Stream { octets, at: 0 }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at.checked_add(count);
        let taken = end.and_then(|end| self.octets.get(self.at..end));
        let taken = taken.ok_or_else(|| malformed(self.at, "stream", "the end", "more octets"))?;
        self.at += count;
        Ok(taken)
    }

    fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.take(1)?[0])
    }

    fn u16(&mut self) -> Result<u16, Malformed> {
        let octets = self.take(2)?;
        Ok(u16::from_be_bytes([octets[0], octets[1]]))
    }

    fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from(self.u16()?) << 16 | u32::from(self.u16()?))
    }

    /// 255UInt16 (section 4.2.1).
    fn short(&mut self) -> Result<u16, Malformed> {
        Ok(match self.u8()? {
            253 => self.u16()?,
            254 => 506 + u16::from(self.u8()?),
            255 => 253 + u16::from(self.u8()?),
            code => code.into(),
        })
    }

    /// UIntBase128 (section 4.1).
    fn base128(&mut self) -> Result<usize, Malformed> {
        let mut value = 0usize;
        for _ in 0..5 {
            let octet = self.u8()?;
            value = value << 7 | usize::from(octet & 0x7f);
            if octet & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(malformed(
            self.at,
            "UIntBase128",
            value,
            "at most five octets",
        ))
    }
}

/// The OpenType font in a WOFF 2 file. GAP: collections.
pub(super) fn woff2(file: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut header = Stream::new(file);
    header.take(4)?;
    let flavor = header.u32()?;
    header.take(4)?;
    let count = header.u16()?;
    if count == 0 || count > TABLES_LIMIT || flavor == u32::from_be_bytes(*b"ttcf") {
        return Err(malformed(
            12,
            "numTables",
            count,
            "one font of 1 to 256 tables",
        ));
    }
    header.take(6)?;
    let packed = header.u32()? as usize;
    header.take(24)?;
    let mut entries = Vec::new();
    let mut sum = 0usize;
    for _ in 0..count {
        let entry = entry(&mut header)?;
        sum = sum.saturating_add(entry.length);
        entries.push(entry);
    }
    if sum > FONT_LIMIT {
        return Err(malformed(
            48,
            "transformLength",
            sum,
            "a font within the limit",
        ));
    }
    let start = header.at;
    let data = header.take(packed)?;
    let mut octets = Vec::with_capacity(sum);
    brotli::Decompressor::new(data, BROTLI_BUFFER)
        .take(sum as u64)
        .read_to_end(&mut octets)
        .map_err(|_| malformed(start, "table data", "bad brotli data", "a brotli stream"))?;
    let mut tables = split(entries, &octets)?;
    rebuild(&mut tables)?;
    tables.sort_by_key(|table| table.0.tag);
    let tables: Vec<Table> = tables.into_iter().map(|table| table.0).collect();
    Ok(write(flavor, &tables))
}

fn entry(header: &mut Stream<'_>) -> Result<Entry, Malformed> {
    let flags = header.u8()?;
    let known = usize::from(flags & 0x3f) * 4;
    let tag = match TAGS.get(known..known + 4) {
        Some(tag) => u32::from_be_bytes([tag[0], tag[1], tag[2], tag[3]]),
        None => header.u32()?,
    };
    let original = header.base128()?;
    let version = flags >> 6;
    let transformed = match tag {
        GLYF | LOCA => version != 3,
        _ => version != 0,
    };
    let length = if transformed {
        header.base128()?
    } else {
        original
    };
    Ok(Entry {
        tag,
        transformed,
        length,
    })
}

fn split(entries: Vec<Entry>, octets: &[u8]) -> Result<Vec<(Table<'_>, bool)>, Malformed> {
    let mut data = Stream::new(octets);
    let table = |entry: Entry| {
        let table = Table {
            tag: entry.tag,
            checksum: 0,
            octets: data.take(entry.length)?.into(),
        };
        Ok((table, entry.transformed))
    };
    entries.into_iter().map(table).collect()
}

/// Puts transformed tables back into their own form.
fn rebuild(tables: &mut [(Table<'_>, bool)]) -> Result<(), Malformed> {
    let place = |tables: &[(Table<'_>, bool)], tag| tables.iter().position(|t| t.0.tag == tag);
    let mut left_edges = Vec::new();
    if let (Some(glyf), Some(loca)) = (place(tables, GLYF), place(tables, LOCA))
        && tables[glyf].1
    {
        let glyphs = glyphs(&tables[glyf].0.octets)?;
        tables[glyf].0.octets = glyphs.outlines.into();
        let offsets = glyphs.offsets.iter().flat_map(|at| at.to_be_bytes());
        tables[loca].0.octets = offsets.collect::<Vec<u8>>().into();
        if let Some(head) = place(tables, HEAD)
            && let Some(format) = tables[head].0.octets.to_mut().get_mut(50..52)
        {
            format.copy_from_slice(&[0, 1]);
        }
        left_edges = glyphs.left_edges;
    }
    let (Some(hmtx), Some(hhea)) = (place(tables, HMTX), place(tables, HHEA)) else {
        return Ok(());
    };
    if tables[hmtx].1 {
        let mut header = Stream::new(&tables[hhea].0.octets);
        header.take(34)?;
        let widths = usize::from(header.u16()?);
        let rebuilt = metrics(&tables[hmtx].0.octets, widths, &left_edges)?;
        tables[hmtx].0.octets = rebuilt.into();
    }
    Ok(())
}

/// The `hmtx` table (section 5.4): left side bearings that are the glyphs' left edges are left out.
fn metrics(octets: &[u8], widths: usize, left_edges: &[i16]) -> Result<Vec<u8>, Malformed> {
    let mut data = Stream::new(octets);
    let flags = data.u8()?;
    let advances: Vec<u16> = (0..widths).map(|_| data.u16()).collect::<Result<_, _>>()?;
    let mut out = Vec::new();
    for glyph in 0..left_edges.len().max(widths) {
        let left_out = flags & if glyph < widths { 1 } else { 2 } != 0;
        let bearing = match left_out {
            true => left_edges.get(glyph).copied().unwrap_or_default() as u16,
            false => data.u16()?,
        };
        if let Some(advance) = advances.get(glyph) {
            out.extend(advance.to_be_bytes());
        }
        out.extend(bearing.to_be_bytes());
    }
    Ok(out)
}

struct Glyphs {
    outlines: Vec<u8>,
    offsets: Vec<u32>,
    left_edges: Vec<i16>,
}

/// The streams of a transformed `glyf` table (section 5.1).
struct Streams<'a> {
    contours: Stream<'a>,
    points: Stream<'a>,
    flags: Stream<'a>,
    glyphs: Stream<'a>,
    composites: Stream<'a>,
    bounds: Stream<'a>,
    has_bounds: &'a [u8],
    instructions: Stream<'a>,
}

fn glyphs(octets: &[u8]) -> Result<Glyphs, Malformed> {
    let mut header = Stream::new(octets);
    header.take(4)?;
    let count = usize::from(header.u16()?);
    header.take(2)?;
    let mut sizes = [0usize; 7];
    for size in &mut sizes {
        *size = header.u32()? as usize;
    }
    let mut next = |size: usize| Ok::<_, Malformed>(Stream::new(header.take(size)?));
    let (contours, points, flags) = (next(sizes[0])?, next(sizes[1])?, next(sizes[2])?);
    let (glyphs, composites) = (next(sizes[3])?, next(sizes[4])?);
    let (mut bounds, instructions) = (next(sizes[5])?, next(sizes[6])?);
    let has_bounds = bounds.take(count.div_ceil(32) * 4)?;
    let mut streams = Streams {
        contours,
        points,
        flags,
        glyphs,
        composites,
        bounds,
        has_bounds,
        instructions,
    };
    let mut out = Glyphs {
        outlines: Vec::new(),
        offsets: vec![0],
        left_edges: Vec::with_capacity(count),
    };
    for glyph in 0..count {
        let left_edge = streams.glyph(glyph, &mut out.outlines)?;
        out.left_edges.push(left_edge);
        out.outlines
            .resize(out.outlines.len().next_multiple_of(4), 0);
        if out.outlines.len() > FONT_LIMIT {
            return Err(malformed(0, "glyf", glyph, "a font within the limit"));
        }
        out.offsets.push(out.outlines.len() as u32);
    }
    Ok(out)
}

impl Streams<'_> {
    /// Writes one glyph; gives its left edge.
    fn glyph(&mut self, glyph: usize, out: &mut Vec<u8>) -> Result<i16, Malformed> {
        let contours = self.contours.u16()?;
        let stated = self.has_bounds[glyph / 8] & (0x80 >> (glyph % 8)) != 0;
        let bounds = match stated {
            true => Some(self.bounds.take(8)?),
            false => None,
        };
        match contours {
            0 => return Ok(0),
            0xffff => self.composite(bounds.unwrap_or(&[0; 8]), out)?,
            _ => return self.simple(contours, bounds, out),
        }
        let left = bounds.unwrap_or(&[0; 8]);
        Ok(i16::from_be_bytes([left[0], left[1]]))
    }

    fn simple(
        &mut self,
        contours: u16,
        bounds: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) -> Result<i16, Malformed> {
        let mut ends = Vec::with_capacity(contours.into());
        let mut total = 0u16;
        for _ in 0..contours {
            total = total.wrapping_add(self.points.short()?);
            ends.push(total.wrapping_sub(1));
        }
        let (mut flags, mut xs, mut ys) = (Vec::new(), Vec::new(), Vec::new());
        let (mut x, mut y) = (0i32, 0i32);
        let mut edges: Option<[i32; 4]> = None;
        for _ in 0..total {
            let flag = self.flags.u8()?;
            let (dx, dy) = step(flag & 0x7f, &mut self.glyphs)?;
            (x, y) = (x + dx, y + dy);
            let [l, b, r, t] = edges.unwrap_or([x, y, x, y]);
            edges = Some([l.min(x), b.min(y), r.max(x), t.max(y)]);
            let mut written = u8::from(flag & 0x80 == 0);
            for (delta, same, list) in [(dx, 0x10, &mut xs), (dy, 0x20, &mut ys)] {
                match delta {
                    0 => written |= same,
                    _ => list.extend((delta as i16).to_be_bytes()),
                }
            }
            flags.push(written);
        }
        let length = self.glyphs.short()?;
        let instructions = self.instructions.take(length.into())?;
        let edges = edges.unwrap_or_default().map(|edge| edge as i16);
        let computed: Vec<u8> = edges.iter().flat_map(|edge| edge.to_be_bytes()).collect();
        let bounds = bounds.unwrap_or(&computed);
        out.extend(contours.to_be_bytes());
        out.extend(bounds);
        out.extend(ends.iter().flat_map(|end| end.to_be_bytes()));
        out.extend(length.to_be_bytes());
        out.extend(instructions);
        out.extend(flags);
        out.extend(xs);
        out.extend(ys);
        Ok(i16::from_be_bytes([bounds[0], bounds[1]]))
    }

    fn composite(&mut self, bounds: &[u8], out: &mut Vec<u8>) -> Result<(), Malformed> {
        out.extend(0xffffu16.to_be_bytes());
        out.extend(bounds);
        let mut instructed = false;
        loop {
            let flags = self.composites.clone().u16()?;
            let scale = match flags {
                _ if flags & 0x08 != 0 => 2,
                _ if flags & 0x40 != 0 => 4,
                _ if flags & 0x80 != 0 => 8,
                _ => 0,
            };
            let arguments = if flags & 1 != 0 { 4 } else { 2 };
            out.extend(self.composites.take(4 + arguments + scale)?);
            instructed |= flags & 0x100 != 0;
            if flags & 0x20 == 0 {
                break;
            }
        }
        if instructed {
            let length = self.glyphs.short()?;
            out.extend(length.to_be_bytes());
            out.extend(self.instructions.take(length.into())?);
        }
        Ok(())
    }
}

/// The way from one point to the next (section 5.2).
fn step(flag: u8, data: &mut Stream<'_>) -> Result<(i32, i32), Malformed> {
    let code = i32::from(flag);
    let mut byte = || Ok::<i32, Malformed>(data.u8()?.into());
    let sign = |bit: i32, length: i32| if bit & 1 == 1 { length } else { -length };
    Ok(match code {
        0..=9 => (0, sign(code, ((code & 14) << 7) + byte()?)),
        10..=19 => (sign(code, (((code - 10) & 14) << 7) + byte()?), 0),
        20..=83 => {
            let (high, low) = (code - 20, byte()?);
            let dx = 1 + (high & 0x30) + (low >> 4);
            let dy = 1 + ((high & 0x0c) << 2) + (low & 0x0f);
            (sign(code, dx), sign(code >> 1, dy))
        }
        84..=119 => {
            let high = code - 84;
            let dx = 1 + ((high / 12) << 8) + byte()?;
            let dy = 1 + (((high % 12) >> 2) << 8) + byte()?;
            (sign(code, dx), sign(code >> 1, dy))
        }
        120..=123 => {
            let (first, second, third) = (byte()?, byte()?, byte()?);
            let dx = (first << 4) + (second >> 4);
            let dy = ((second & 0x0f) << 8) + third;
            (sign(code, dx), sign(code >> 1, dy))
        }
        _ => {
            let dx = (byte()? << 8) + byte()?;
            let dy = (byte()? << 8) + byte()?;
            (sign(code, dx), sign(code >> 1, dy))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_lengths() {
        assert_eq!(Stream::new(&[0x81, 0x00]).base128(), Ok(128));
        assert_eq!(Stream::new(&[252]).short(), Ok(252));
        assert_eq!(Stream::new(&[255, 1]).short(), Ok(254));
        assert_eq!(Stream::new(&[254, 1]).short(), Ok(507));
        assert_eq!(Stream::new(&[253, 1, 2]).short(), Ok(258));
    }

    #[test]
    fn a_triangle_comes_out_as_points() {
        // One contour of three points: (5, 0), (5, 7), (0, 7); no instructions.
        let glyf = [
            &[0, 0, 0, 0, 0, 1, 0, 1][..],
            &[0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 4],
            &[0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0],
            &[0, 1, 3, 11, 1, 10, 5, 7, 5, 0, 0, 0, 0, 0],
        ]
        .concat();
        let glyphs = glyphs(&glyf).expect("a glyph");
        assert_eq!(glyphs.left_edges, [0]);
        let header = [0, 1, 0, 0, 0, 0, 0, 5, 0, 7, 0, 2, 0, 0];
        assert_eq!(glyphs.outlines[..14], header);
        assert_eq!(glyphs.outlines[14..17], [0x21, 0x11, 0x21]);
        assert_eq!(glyphs.offsets.len(), 2);
    }

    #[test]
    fn damaged_files_are_refused() {
        assert!(woff2(b"wOF2").is_err());
        assert!(woff2(&[0xff; 200]).is_err());
    }
}

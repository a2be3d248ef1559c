/// One captured frame.
pub struct Captured {
    /// The link's type, as the tcpdump group numbers them.
    pub link_type: u32,
    /// The octets that were kept.
    pub octets: Vec<u8>,
    /// Octets that it had on the wire.
    pub length: usize,
}

/// A longer frame ends the reading, as in libpcap.
const LONGEST: usize = 256 << 20;

/// Every frame of a pcap or pcapng file, up to where the file breaks off.
pub fn read(file: &[u8]) -> Vec<Captured> {
    match file.get(..4) {
        Some([0x0a, 0x0d, 0x0d, 0x0a]) => pcapng(file),
        Some([0xd4, 0xc3, 0xb2, 0xa1] | [0x4d, 0x3c, 0xb2, 0xa1]) => pcap(file, u32::from_le_bytes),
        Some([0xa1, 0xb2, 0xc3, 0xd4] | [0xa1, 0xb2, 0x3c, 0x4d]) => pcap(file, u32::from_be_bytes),
        _ => Vec::new(),
    }
}

type Order = fn([u8; 4]) -> u32;

fn word(file: &[u8], at: usize, order: Order) -> Option<u32> {
    let four = file.get(at..at.checked_add(4)?)?;
    Some(order(four.try_into().ok()?))
}

fn pcap(file: &[u8], order: Order) -> Vec<Captured> {
    let mut frames = Vec::new();
    // The upper bits tell of an FCS and its length.
    let Some(link_type) = word(file, 20, order).map(|word| word & 0x0fff_ffff & 0xffff) else {
        return frames;
    };
    let mut at = 24;
    while let (Some(kept), Some(length)) = (word(file, at + 8, order), word(file, at + 12, order)) {
        let kept = kept as usize;
        if kept > LONGEST {
            break;
        }
        let Some(octets) = file.get(at + 16..at + 16 + kept) else {
            break;
        };
        frames.push(Captured {
            link_type,
            octets: octets.to_vec(),
            length: length as usize,
        });
        at += 16 + kept;
    }
    frames
}

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const SIMPLE: u32 = 3;
const ENHANCED: u32 = 6;

fn pcapng(file: &[u8]) -> Vec<Captured> {
    let mut frames = Vec::new();
    let mut interfaces: Vec<u32> = Vec::new();
    let mut order: Order = u32::from_le_bytes;
    let mut at = 0;
    loop {
        let Some(mut kind) = word(file, at, order) else {
            return frames;
        };
        if kind == SECTION || kind == SECTION.swap_bytes() {
            kind = SECTION;
            interfaces.clear();
            order = match file.get(at + 8..at + 12) {
                Some([0x1a, 0x2b, 0x3c, 0x4d]) => u32::from_be_bytes,
                _ => u32::from_le_bytes,
            };
        }
        let length = word(file, at + 4, order).unwrap_or(0) as usize;
        let Some(block) = file
            .get(at..at.saturating_add(length))
            .filter(|_| length >= 12)
        else {
            return frames;
        };
        match kind {
            INTERFACE => interfaces.push(word(block, 8, order).unwrap_or(0)),
            ENHANCED => frames.extend(enhanced(block, order, &interfaces)),
            SIMPLE => frames.extend(simple(block, order, &interfaces)),
            _ => {}
        }
        at += length.next_multiple_of(4);
    }
}

/// The link type is the lower half of its word.
fn link_type(word: u32, order: Order) -> u32 {
    match order([1, 0, 0, 0]) {
        1 => word & 0xffff,
        _ => word >> 16,
    }
}

fn enhanced(block: &[u8], order: Order, interfaces: &[u32]) -> Option<Captured> {
    let interface = *interfaces.get(word(block, 8, order)? as usize)?;
    let kept = word(block, 20, order)? as usize;
    let octets = block.get(28..28usize.checked_add(kept)?)?.to_vec();
    Some(Captured {
        link_type: link_type(interface, order),
        octets,
        length: word(block, 24, order)? as usize,
    })
}

fn simple(block: &[u8], order: Order, interfaces: &[u32]) -> Option<Captured> {
    let length = word(block, 8, order)? as usize;
    let rest = block.get(12..block.len().checked_sub(4)?)?;
    Some(Captured {
        link_type: link_type(*interfaces.first()?, order),
        octets: rest[..length.min(rest.len())].to_vec(),
        length,
    })
}

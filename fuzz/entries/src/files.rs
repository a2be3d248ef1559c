use thru_lab::Topology;

/// A topology file: read, warned about, drawn, written again.
pub fn topology(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    let Ok(topology) = Topology::parse(&text) else {
        return;
    };
    topology.warnings(&text);
    topology.picture();
    topology.svg();
    let _ = Topology::parse(&topology.to_toml());
}

/// A certificate, DER.
pub fn certificate(octets: &[u8]) {
    thru_tls::facts(octets);
}

/// A journal file: magic and version, then batches of kind, length, check and payload.
pub fn journal(octets: &[u8]) {
    let mut right = octets.to_vec();
    let mut at = 10;
    while let Some(length) = right.get(at + 1..at + 5) {
        let length = length
            .iter()
            .fold(0, |sum, octet| sum << 8 | usize::from(*octet));
        let Some(payload) = right.get(at + 9..at + 9 + length) else {
            break;
        };
        // The same CRC-32 as a frame's.
        let checked = [&right[at..at + 5], payload].concat();
        let check = thru_link::frame_check_sequence(&checked).to_be_bytes();
        right[at + 5..at + 9].copy_from_slice(&check);
        at += 9 + length;
    }
    for octets in [octets, &right] {
        let _ = thru_journal::open(octets);
    }
}

/// A frame as the kernel hands it over, with what it quotes.
pub fn captured_frame(octets: &[u8]) {
    thru_host::understands_frame(octets);
}

use thru_dns::{
    CacheLimits, DnsCache, HostsFile, Zone, Zones,
    wire::{Message, Name, Rrset, data_to_text, words_of_line},
};
use thru_events::{Tap, Time};

/// What is typed into the address line.
pub fn url(octets: &[u8]) {
    let _ = thru_url::parse(&String::from_utf8_lossy(octets), &Tap::off(), None);
}

/// A DNS message: as a server reads it, as a resolver reads it, written again and read as text.
pub fn dns_message(octets: &[u8]) {
    let _ = thru_dns::failure_response(octets, "SERVFAIL");
    if let Ok(question) = thru_dns::read_question(octets) {
        Zones::new(Vec::new()).answer(&question, None).octets(true);
    }
    let Ok(message) = Message::decode(octets) else {
        return;
    };
    let again = message.encode();
    let _ = Message::decode(&again);
    message.encode_within(512);
    let sections = [&message.answers, &message.authorities, &message.additionals];
    for record in sections.into_iter().flatten() {
        record.text();
        record.target();
        record.soa();
        data_to_text(record.kind, &record.data);
    }
    Rrset::gather(message.answers.iter());
}

/// A saved cache; its checksum is put right.
pub fn dns_cache(octets: &[u8]) {
    let mut right = octets.to_vec();
    if let Some(body) = right.len().checked_sub(8) {
        // FNV-1a, 64 bits, over all that stands before it.
        let mix = |sum: u64, octet: &u8| (sum ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3);
        let sum = right[..body].iter().fold(0xcbf2_9ce4_8422_2325, mix);
        right[body..].copy_from_slice(&sum.to_be_bytes());
    }
    for octets in [octets, &right] {
        if let Ok(cache) = DnsCache::restore(octets, CacheLimits::default(), 1_700_000_000) {
            let again = cache.save(Time::ZERO);
            let mut other = DnsCache::new(CacheLimits::default(), 1_700_000_000);
            let _ = other.merge_saved(Time::ZERO, &again);
        }
    }
}

/// A master file, and a question to the zone that it makes.
pub fn zone(octets: &[u8]) {
    let Ok(zone) = Zone::parse(&String::from_utf8_lossy(octets)) else {
        return;
    };
    let name = Name::from_text(&zone.name(), &Name::root()).unwrap_or(Name::root());
    let zones = Zones::new(vec![zone]);
    for label in [&b"www"[..], b"*", b"a"] {
        let mut asked = vec![0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        let name = name.child(label).unwrap_or(name.clone());
        asked.extend_from_slice(name.wire());
        asked.extend_from_slice(&[0, 255, 0, 1]);
        if let Ok(question) = thru_dns::read_question(&asked) {
            zones.answer(&question, None).octets(true);
        }
    }
}

/// One line of a master file, cut into words.
pub fn master_file_line(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    let (mut depth, mut words) = (0, Vec::new());
    for line in text.lines().take(100) {
        match words_of_line(line, depth, &mut words) {
            Ok(after) => depth = after,
            Err(_) => break,
        }
    }
    let _ = Name::from_text(&text, &Name::root());
}

/// A hosts file.
pub fn hosts_file(octets: &[u8]) {
    HostsFile::parse(octets).find("localhost");
}

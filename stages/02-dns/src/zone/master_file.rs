//! Master files (RFC 1035, section 5).

use super::Zone;
use crate::message::shown;
use hickory_proto::rr::rdata::{A, AAAA, CNAME, MX, NS, PTR, SOA, SRV, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use std::collections::BTreeMap;

/// Most records in a zone.
const RECORD_LIMIT: usize = 1_000_000;

/// A master file that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneRefused {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, in words.
    pub why: String,
}

impl std::fmt::Display for ZoneRefused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for ZoneRefused {}

/// The words of one entry. An entry that begins with a blank belongs to the last owner.
struct Entry {
    line: usize,
    blank_first: bool,
    words: Vec<String>,
}

struct Parser {
    origin: Name,
    default_ttl: Option<u32>,
    last_ttl: Option<u32>,
    owner: Option<Name>,
}

pub(super) fn parse(text: &str) -> Result<Zone, ZoneRefused> {
    let mut parser = Parser {
        origin: Name::root(),
        default_ttl: None,
        last_ttl: None,
        owner: None,
    };
    let mut records: Vec<(usize, Record)> = Vec::new();
    for entry in entries(text)? {
        let line = entry.line;
        let refused = |why: String| ZoneRefused { line, why };
        if let Some(record) = parser.entry(&entry).map_err(refused)? {
            records.push((line, record));
        }
        if records.len() > RECORD_LIMIT {
            return Err(refused(format!("more than {RECORD_LIMIT} records")));
        }
    }
    zone(records)
}

/// Puts records together and checks what makes them one zone.
fn zone(records: Vec<(usize, Record)>) -> Result<Zone, ZoneRefused> {
    let soa = records
        .iter()
        .find(|(_, record)| record.record_type() == RecordType::SOA);
    let Some((_, soa)) = soa else {
        let why = "the zone has no SOA record".to_owned();
        return Err(ZoneRefused { line: 1, why });
    };
    let origin = soa.name.clone();
    let mut nodes: BTreeMap<Name, Vec<Record>> = BTreeMap::new();
    for (line, record) in records {
        let refused = |why: String| Err(ZoneRefused { line, why });
        if !origin.zone_of(&record.name) {
            return refused(format!(
                "{} is not in the zone {}",
                shown(&record.name),
                shown(&origin)
            ));
        }
        let node = nodes.entry(record.name.clone()).or_default();
        let kind = record.record_type();
        let single = [RecordType::SOA, RecordType::CNAME].contains(&kind);
        if single && node.iter().any(|other| other.record_type() == kind) {
            return refused(format!(
                "{} has a second {kind} record",
                shown(&record.name)
            ));
        }
        let alias = |kind: RecordType| kind == RecordType::CNAME;
        if node
            .iter()
            .any(|other| alias(other.record_type()) != alias(kind))
        {
            return refused(format!(
                "{} has a CNAME record beside others",
                shown(&record.name)
            ));
        }
        node.push(record);
    }
    Ok(Zone { origin, nodes })
}

/// Splits into words: quotes, escapes, comments, and parentheses that join lines.
fn entries(text: &str) -> Result<Vec<Entry>, ZoneRefused> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut depth = 0;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if depth == 0 {
            entries.push(Entry {
                line: number,
                blank_first: line.starts_with([' ', '\t']),
                words: Vec::new(),
            });
        }
        let Some(entry) = entries.last_mut() else {
            continue;
        };
        depth = words(line, depth, &mut entry.words)
            .map_err(|why| ZoneRefused { line: number, why })?;
    }
    if depth > 0 {
        let line = entries.last().map_or(1, |entry| entry.line);
        return Err(ZoneRefused {
            line,
            why: "the parenthesis is never closed".into(),
        });
    }
    entries.retain(|entry| !entry.words.is_empty());
    Ok(entries)
}

/// Adds the words of one line; gives the depth of parentheses after it.
fn words(line: &str, mut depth: u32, words: &mut Vec<String>) -> Result<u32, String> {
    let mut word = String::new();
    let mut quoted = false;
    let mut characters = line.chars();
    let end = |word: &mut String, words: &mut Vec<String>| {
        if !word.is_empty() {
            words.push(std::mem::take(word));
        }
    };
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted => {
                quoted = false;
                words.push(std::mem::take(&mut word));
            }
            _ if quoted => word.push(c),
            '"' => quoted = true,
            ';' => break,
            '(' => {
                end(&mut word, words);
                depth += 1;
            }
            ')' => {
                end(&mut word, words);
                depth = depth.checked_sub(1).ok_or("a ) without its (")?;
            }
            '\\' => {
                word.push(c);
                word.extend(characters.next());
            }
            ' ' | '\t' | '\r' => end(&mut word, words),
            _ => word.push(c),
        }
    }
    if quoted {
        return Err("the quotation mark is never closed".into());
    }
    end(&mut word, words);
    Ok(depth)
}

impl Parser {
    fn entry(&mut self, entry: &Entry) -> Result<Option<Record>, String> {
        let mut words = entry.words.iter().map(String::as_str);
        match entry.words[0].as_str() {
            "$ORIGIN" => {
                self.origin = self.name(entry.words.get(1).ok_or("$ORIGIN without a name")?)?;
                return Ok(None);
            }
            "$TTL" => {
                let text = entry.words.get(1).ok_or("$TTL without a time")?;
                self.default_ttl = Some(ttl(text).ok_or_else(|| format!("{text:?} is no time"))?);
                return Ok(None);
            }
            directive if directive.starts_with('$') => {
                return Err(format!("{directive} is not supported"));
            }
            _ => {}
        }
        if !entry.blank_first {
            let text = words.next().unwrap_or_default();
            self.owner = Some(self.name(text)?);
        }
        let owner = self.owner.clone().ok_or("the first record has no owner")?;
        let mut time = None;
        let mut word = words.next().ok_or("the record has no type")?;
        loop {
            match (word.to_ascii_uppercase().as_str(), ttl(word)) {
                ("IN", _) => {}
                ("CH" | "HS" | "CS", _) => {
                    return Err(format!("only class IN is supported, not {word}"));
                }
                (_, Some(value)) if time.is_none() => time = Some(value),
                _ => break,
            }
            word = words.next().ok_or("the record has no type")?;
        }
        let data: Vec<&str> = words.collect();
        let data = self.data(&word.to_ascii_uppercase(), &data)?;
        let soa_minimum = match &data {
            RData::SOA(soa) => Some(soa.minimum),
            _ => None,
        };
        let time = time.or(self.default_ttl).or(self.last_ttl).or(soa_minimum);
        let time = time.ok_or("the record has no TTL, and there is no $TTL")?;
        self.last_ttl = Some(time);
        Ok(Some(Record::from_rdata(owner, time, data)))
    }

    /// A name: `@` is the origin; without trailing dot it stands below the origin.
    fn name(&self, text: &str) -> Result<Name, String> {
        let name = match text {
            "@" => Ok(self.origin.clone()),
            _ => Name::parse(text, Some(&self.origin)),
        };
        let mut name = name.map_err(|error| format!("{text:?} is no name: {error}"))?;
        name.set_fqdn(true);
        Ok(name.to_lowercase())
    }

    fn data(&self, kind: &str, words: &[&str]) -> Result<RData, String> {
        let word = |index: usize, what: &str| {
            words
                .get(index)
                .copied()
                .ok_or_else(|| format!("{kind} without {what}"))
        };
        let number = |index: usize, what: &str| {
            let text = word(index, what)?;
            text.parse::<u16>()
                .map_err(|_| format!("{text:?} is no {what} from 0 to 65535"))
        };
        let count = |most: usize| match words.len() > most {
            true => Err(format!("{:?} is more than {kind} has", words[most])),
            false => Ok(()),
        };
        let target = |index: usize| self.name(word(index, "a name")?);
        Ok(match kind {
            "A" => {
                count(1)?;
                let text = word(0, "an address")?;
                RData::A(A(text
                    .parse()
                    .map_err(|_| format!("{text:?} is no IPv4 address"))?))
            }
            "AAAA" => {
                count(1)?;
                let text = word(0, "an address")?;
                RData::AAAA(AAAA(
                    text.parse()
                        .map_err(|_| format!("{text:?} is no IPv6 address"))?,
                ))
            }
            "NS" => count(1).and(Ok(RData::NS(NS(target(0)?))))?,
            "CNAME" => count(1).and(Ok(RData::CNAME(CNAME(target(0)?))))?,
            "PTR" => count(1).and(Ok(RData::PTR(PTR(target(0)?))))?,
            "MX" => count(2).and(Ok(RData::MX(MX::new(number(0, "preference")?, target(1)?))))?,
            "TXT" if words.is_empty() => return Err("TXT without a text".into()),
            "TXT" => {
                if let Some(long) = words.iter().find(|word| word.len() > 255) {
                    return Err(format!("a text of {} octets; at most 255", long.len()));
                }
                RData::TXT(TXT::new(
                    words.iter().map(|word| (*word).to_owned()).collect(),
                ))
            }
            "SRV" => {
                count(4)?;
                let (priority, weight) = (number(0, "priority")?, number(1, "weight")?);
                RData::SRV(SRV::new(priority, weight, number(2, "port")?, target(3)?))
            }
            "SOA" => self.soa(words)?,
            other => return Err(format!("records of type {other} are not supported")),
        })
    }

    fn soa(&self, words: &[&str]) -> Result<RData, String> {
        let [server, mailbox, serial, refresh, retry, expire, minimum] = words else {
            return Err(format!("SOA has 7 fields; here are {}", words.len()));
        };
        let time = |text: &str| ttl(text).ok_or_else(|| format!("{text:?} is no time"));
        let signed = |text: &str| time(text).map(|value| value as i32);
        let serial = serial
            .parse()
            .map_err(|_| format!("{serial:?} is no serial number"))?;
        let soa = SOA::new(
            self.name(server)?,
            self.name(mailbox)?,
            serial,
            signed(refresh)?,
            signed(retry)?,
            signed(expire)?,
            time(minimum)?,
        );
        Ok(RData::SOA(soa))
    }
}

/// Seconds, or numbers with s, m, h, d, w as other servers write them. At most 2^31 - 1 (RFC 2181).
fn ttl(text: &str) -> Option<u32> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut total: u64 = 0;
    let mut number: u64 = 0;
    let mut open = false;
    for c in text.chars() {
        let unit = match c.to_ascii_lowercase() {
            '0'..='9' => {
                number = number
                    .checked_mul(10)?
                    .checked_add(u64::from(c.to_digit(10)?))?;
                open = true;
                continue;
            }
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        if !open {
            return None;
        }
        total = total.checked_add(number.checked_mul(unit)?)?;
        number = 0;
        open = false;
    }
    let total = total.checked_add(number)?;
    u32::try_from(total)
        .ok()
        .filter(|total| *total <= i32::MAX as u32)
}

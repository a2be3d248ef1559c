//! Master files (RFC 1035, section 5; RFC 2308, section 4).

use super::Zone;
use crate::dnssec::Nsec3;
use crate::wire::{Kind, Name, Record, Rrset, Word, data_from_words, time_to_live, words_of_line};
use std::collections::BTreeMap;

/// Most records in a zone.
const RECORD_LIMIT: usize = 1_000_000;
/// Most files inside each other by `$INCLUDE`.
const INCLUDE_LIMIT: u32 = 8;

/// A master file that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneRefused {
    /// The included file it is in, empty for the zone's own.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1; the whole line if 0.
    pub column: usize,
    /// What is wrong, in words.
    pub why: String,
}

impl std::fmt::Display for ZoneRefused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}, ", self.file)?;
        }
        match self.column {
            0 => write!(f, "line {}: {}", self.line, self.why),
            column => write!(f, "line {}, column {column}: {}", self.line, self.why),
        }
    }
}

impl std::error::Error for ZoneRefused {}

/// What is wrong, and the column.
type Mistake = (usize, String);

/// Reads the files of includes.
type Include<'a> = &'a mut dyn FnMut(&str) -> Result<String, String>;

/// The words of one entry. An entry that begins with a blank belongs to the last owner.
struct Entry {
    line: usize,
    blank_first: bool,
    words: Vec<Word>,
}

struct Parser {
    origin: Name,
    default_ttl: Option<u32>,
    last_ttl: Option<u32>,
    owner: Option<Name>,
    records: Vec<(usize, Record)>,
}

/// Reads a zone. Records outside of it are refused, or left out and handed back with `left_out`.
pub(super) fn parse(
    text: &str,
    origin: &Name,
    include: Include<'_>,
    left_out: Option<&mut Vec<ZoneRefused>>,
) -> Result<Zone, ZoneRefused> {
    let mut parser = Parser {
        origin: origin.clone(),
        default_ttl: None,
        last_ttl: None,
        owner: None,
        records: Vec::new(),
    };
    parser.file("", text, include, 0)?;
    zone(parser.records, left_out)
}

fn refused(file: &str, line: usize, (column, why): Mistake) -> ZoneRefused {
    ZoneRefused {
        file: file.to_owned(),
        line,
        column,
        why,
    }
}

/// Puts records together and checks what makes them one zone.
fn zone(
    records: Vec<(usize, Record)>,
    mut left_out: Option<&mut Vec<ZoneRefused>>,
) -> Result<Zone, ZoneRefused> {
    let soa = records.iter().find(|(_, record)| record.kind == Kind::SOA);
    let Some((_, soa)) = soa else {
        return Err(refused("", 1, (0, "the zone has no SOA record".into())));
    };
    let origin = soa.name.clone();
    let mut by_name: BTreeMap<Name, Vec<Record>> = BTreeMap::new();
    for (line, record) in records {
        if let Some(left_out) = &mut left_out
            && let Some(why) = outside(&record, &origin)
        {
            left_out.push(refused("", line, (0, why)));
            continue;
        }
        check(&record, &origin, by_name.get(&record.name))
            .map_err(|why| refused("", line, (0, why)))?;
        by_name.entry(record.name.clone()).or_default().push(record);
    }
    let mut zone = Zone {
        origin,
        nodes: BTreeMap::new(),
        hashed: BTreeMap::new(),
    };
    for (name, records) in by_name {
        for set in Rrset::gather(records.iter()) {
            let hash = Nsec3::read(&set, &zone.origin).map(|nsec3| nsec3.owner);
            match hash {
                Some(hash) => {
                    zone.hashed.insert(hash, set);
                }
                None => zone.nodes.entry(name.clone()).or_default().push(set),
            }
        }
    }
    Ok(zone)
}

fn outside(record: &Record, origin: &Name) -> Option<String> {
    let (name, zone) = (record.name.shown(), origin.shown());
    (!record.name.is_within(origin)).then(|| format!("{name} is not in the zone {zone}"))
}

/// Whether a record may stand beside those that its name has.
fn check(record: &Record, origin: &Name, beside: Option<&Vec<Record>>) -> Result<(), String> {
    let (name, kind) = (record.name.shown(), record.kind);
    if let Some(why) = outside(record, origin) {
        return Err(why);
    }
    let beside = beside.map(Vec::as_slice).unwrap_or_default();
    let single = [Kind::SOA, Kind::CNAME, Kind::DNAME].contains(&kind);
    if single
        && beside
            .iter()
            .any(|other| other.kind == kind && other.data != record.data)
    {
        return Err(format!("{name} has a second {kind} record"));
    }
    // RFC 4034, section 4: an alias has these of its own.
    let counts = |kind: Kind| ![Kind::RRSIG, Kind::NSEC, Kind::NSEC3, Kind::KEY].contains(&kind);
    let alias = |kind: Kind| kind == Kind::CNAME;
    let other = beside
        .iter()
        .any(|other| counts(other.kind) && alias(other.kind) != alias(kind));
    if counts(kind) && other {
        return Err(format!("{name} has a CNAME record beside others"));
    }
    Ok(())
}

/// Splits into words: quotes, escapes, comments, and parentheses that join lines.
fn entries(file: &str, text: &str) -> Result<Vec<Entry>, ZoneRefused> {
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
        depth = words_of_line(line, depth, &mut entry.words)
            .map_err(|why| refused(file, number, (0, why)))?;
    }
    if depth > 0 {
        let line = entries.last().map_or(1, |entry| entry.line);
        return Err(refused(
            file,
            line,
            (0, "the parenthesis is never closed".into()),
        ));
    }
    entries.retain(|entry| !entry.words.is_empty());
    Ok(entries)
}

impl Parser {
    fn file(
        &mut self,
        file: &str,
        text: &str,
        include: Include<'_>,
        depth: u32,
    ) -> Result<(), ZoneRefused> {
        for entry in entries(file, text)? {
            let line = entry.line;
            if entry.words[0].text.eq_ignore_ascii_case("$INCLUDE") {
                self.include(file, &entry, include, depth)?;
                continue;
            }
            let record = self
                .entry(&entry)
                .map_err(|mistake| refused(file, line, mistake))?;
            self.records.extend(record.map(|record| (line, record)));
            if self.records.len() > RECORD_LIMIT {
                return Err(refused(
                    file,
                    line,
                    (0, format!("more than {RECORD_LIMIT} records")),
                ));
            }
        }
        Ok(())
    }

    /// RFC 1035, section 5.1: the origin of an included file does not outlast it.
    fn include(
        &mut self,
        file: &str,
        entry: &Entry,
        include: Include<'_>,
        depth: u32,
    ) -> Result<(), ZoneRefused> {
        let refuse = |column: usize, why: String| refused(file, entry.line, (column, why));
        let name = entry
            .words
            .get(1)
            .ok_or_else(|| refuse(1, "$INCLUDE without a file".into()))?;
        if depth >= INCLUDE_LIMIT {
            return Err(refuse(
                name.column,
                format!("more than {INCLUDE_LIMIT} files inside each other"),
            ));
        }
        let text = include(&name.text).map_err(|why| refuse(name.column, why))?;
        let before = (self.origin.clone(), self.owner.clone());
        if let Some(origin) = entry.words.get(2) {
            self.origin = self
                .name(origin)
                .map_err(|(column, why)| refuse(column, why))?;
        }
        self.file(&name.text, &text, include, depth + 1)?;
        (self.origin, self.owner) = before;
        Ok(())
    }

    fn entry(&mut self, entry: &Entry) -> Result<Option<Record>, Mistake> {
        let mut words = entry.words.iter();
        let first = &entry.words[0];
        match first.text.to_ascii_uppercase().as_str() {
            "$ORIGIN" => {
                let word = entry
                    .words
                    .get(1)
                    .ok_or((first.column, "$ORIGIN without a name".to_owned()))?;
                self.origin = self.name(word)?;
                return Ok(None);
            }
            "$TTL" => {
                let word = entry
                    .words
                    .get(1)
                    .ok_or((first.column, "$TTL without a time".to_owned()))?;
                let time = time_to_live(&word.text);
                self.default_ttl =
                    Some(time.ok_or_else(|| (word.column, format!("{:?} is no time", word.text)))?);
                return Ok(None);
            }
            directive if directive.starts_with('$') => {
                return Err((first.column, format!("{directive} is not supported")));
            }
            _ => {}
        }
        if !entry.blank_first {
            words.next();
            self.owner = Some(self.name(first)?);
        }
        let owner = self
            .owner
            .clone()
            .ok_or((first.column, "the first record has no owner".to_owned()))?;
        let no_type = || (first.column, "the record has no type".to_owned());
        let mut time = None;
        let mut word = words.next().ok_or_else(no_type)?;
        loop {
            match (
                word.text.to_ascii_uppercase().as_str(),
                time_to_live(&word.text),
            ) {
                ("IN", _) => {}
                ("CH" | "HS" | "CS", _) => {
                    return Err((
                        word.column,
                        format!("only class IN is supported, not {}", word.text),
                    ));
                }
                (_, Some(value)) if time.is_none() => time = Some(value),
                _ => break,
            }
            word = words.next().ok_or_else(no_type)?;
        }
        let kind = Kind::from_text(&word.text).filter(|kind| !kind.is_meta());
        let kind = kind.ok_or_else(|| {
            (
                word.column,
                format!("records of type {} are not supported", word.text),
            )
        })?;
        let rest: Vec<&Word> = words.collect();
        let texts: Vec<&str> = rest.iter().map(|word| word.text.as_str()).collect();
        let data = data_from_words(kind, &texts, &self.origin).map_err(|refused| {
            let at = rest
                .get(refused.word)
                .map_or(word.column, |word| word.column);
            (at, refused.why)
        })?;
        let soa_minimum = match kind {
            Kind::SOA => data
                .last_chunk::<4>()
                .map(|octets| u32::from_be_bytes(*octets)),
            _ => None,
        };
        let time = time.or(self.default_ttl).or(self.last_ttl).or(soa_minimum);
        let ttl = time.ok_or_else(|| {
            (
                first.column,
                "the record has no TTL, and there is no $TTL".to_owned(),
            )
        })?;
        self.last_ttl = Some(ttl);
        Ok(Some(Record {
            name: owner,
            kind,
            class: 1,
            ttl,
            data,
        }))
    }

    /// A name: `@` is the origin; without trailing dot it stands below the origin.
    fn name(&self, word: &Word) -> Result<Name, Mistake> {
        let name = Name::from_text(&word.text, &self.origin);
        name.map_err(|why| (word.column, format!("{:?} is no name: {why}", word.text)))
    }
}

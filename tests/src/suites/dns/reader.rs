//! Reads `.rpl` files.

use thru_dns::wire::{
    Asked, Edns, Kind, Message, Name, Record, Word, data_from_words, rcode, time_to_live,
    words_of_line,
};

/// TTL of records that have none.
const DEFAULT_TTL: u32 = 3600;

/// A scenario.
#[derive(Debug, Default)]
pub(super) struct Scenario {
    pub ranges: Vec<Range>,
    pub steps: Vec<Step>,
}

impl Scenario {
    /// Steps answer for the servers, so that a question's step cannot wait for its answer.
    pub(super) fn answers_by_steps(&self) -> bool {
        let by_step = |step: &Step| matches!(step.what, What::Reply(_) | What::CheckOutQuery(_));
        self.steps.iter().any(by_step)
    }
}

/// What servers answer during some steps.
#[derive(Debug, Default)]
pub(super) struct Range {
    pub from: u64,
    pub to: u64,
    /// Whose answers they are; everybody's if empty.
    pub addresses: Vec<std::net::IpAddr>,
    pub entries: Vec<Entry>,
}

/// A message, and how it is compared.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    pub matches: Vec<String>,
    pub adjusts: Vec<String>,
    pub message: Message,
    /// Octets instead of a message.
    pub raw: Option<Vec<u8>>,
    pub address: Option<std::net::IpAddr>,
    /// EDNS options stand in the file.
    pub edns_data: bool,
}

/// One step of the conversation.
#[derive(Debug)]
pub(super) struct Step {
    pub number: u64,
    pub what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Query(Entry),
    CheckAnswer(Entry),
    CheckOutQuery(Entry),
    Reply(Entry),
    /// Seconds.
    TimePasses(f64),
    Timeout,
    Unreachable,
    Nothing,
    Traffic,
    InfraRtt,
}

/// A file that is not played.
#[derive(Debug)]
pub(super) enum Unreadable {
    Needs(String),
    Mistake(String),
}

fn mistake<T>(line: usize, why: impl std::fmt::Display) -> Result<T, Unreadable> {
    Err(Unreadable::Mistake(format!("line {line}: {why}")))
}

struct Lines<'a> {
    lines: Vec<&'a str>,
    at: usize,
}

impl<'a> Lines<'a> {
    /// The next line that says something, without comment, and its number.
    fn next(&mut self) -> Option<(usize, &'a str)> {
        while self.at < self.lines.len() {
            let line = self.lines[self.at].trim();
            self.at += 1;
            if !line.is_empty() && !line.starts_with([';', '#']) {
                return Some((self.at, line));
            }
        }
        None
    }
}

/// The lines before `CONFIG_END`.
pub(super) fn config(text: &str) -> Vec<String> {
    let lines = text.lines().take_while(|line| line.trim() != "CONFIG_END");
    lines.map(str::to_owned).collect()
}

/// Reads a file.
pub(super) fn read(text: &str) -> Result<Scenario, Unreadable> {
    let mut scenario = Scenario::default();
    let mut lines = Lines {
        lines: text.lines().collect(),
        at: config(text).len() + 1,
    };
    while let Some((number, line)) = lines.next() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[0] {
            "SCENARIO_BEGIN" | "SCENARIO_END" | "RANGE_END" => {}
            "RANGE_BEGIN" => scenario.ranges.push(range(&words, number, &mut lines)?),
            "STEP" => {
                if let Some(step) = step(&words, number, &mut lines)? {
                    scenario.steps.push(step);
                }
            }
            "AUTOTRUST_FILE" => return Err(Unreadable::Needs("RFC 5011 rollover".into())),
            "TEMPFILE_NAME" | "TEMPFILE_CONTENTS" => {
                return Err(Unreadable::Needs("files of the peer's own kind".into()));
            }
            other => return mistake(number, format!("{other:?} is unknown")),
        }
    }
    Ok(scenario)
}

fn range(words: &[&str], number: usize, lines: &mut Lines<'_>) -> Result<Range, Unreadable> {
    let bound = |at: usize| words.get(at).and_then(|word| word.parse().ok());
    let (Some(from), Some(to)) = (bound(1), bound(2)) else {
        return mistake(number, "RANGE_BEGIN without its steps");
    };
    let mut range = Range {
        from,
        to,
        ..Range::default()
    };
    while let Some((number, line)) = lines.next() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[0] {
            "RANGE_END" => return Ok(range),
            "ADDRESS" => match words.get(1).and_then(|word| word.parse().ok()) {
                Some(address) => range.addresses.push(address),
                None => return mistake(number, "no address"),
            },
            "ENTRY_BEGIN" => range.entries.push(entry(lines)?),
            "$ORIGIN" | "$TTL" => {}
            other => return mistake(number, format!("{other:?} in a range")),
        }
    }
    mistake(number, "the range has no end")
}

fn step(words: &[&str], number: usize, lines: &mut Lines<'_>) -> Result<Option<Step>, Unreadable> {
    let Some(step) = words.get(1).and_then(|word| word.parse().ok()) else {
        return mistake(number, "STEP without number");
    };
    let kind = words.get(2).copied().unwrap_or_default();
    let mut address = words.iter().position(|word| *word == "ADDRESS");
    let address = address
        .take()
        .and_then(|at| words.get(at + 1)?.parse().ok());
    let mut with_entry = || -> Result<Entry, Unreadable> {
        match lines.next() {
            Some((_, "ENTRY_BEGIN")) => {
                let mut entry = entry(lines)?;
                entry.address = address.or(entry.address);
                Ok(entry)
            }
            _ => mistake(number, "the step has no entry"),
        }
    };
    let what = match kind {
        "QUERY" => What::Query(with_entry()?),
        "CHECK_ANSWER" => What::CheckAnswer(with_entry()?),
        "CHECK_OUT_QUERY" => What::CheckOutQuery(with_entry()?),
        "REPLY" => What::Reply(with_entry()?),
        "TIME_PASSES" if words.get(3) == Some(&"ELAPSE") => {
            let seconds = words.get(4).and_then(|word| word.parse().ok());
            match seconds {
                Some(seconds) => What::TimePasses(seconds),
                None => return mistake(number, "no time"),
            }
        }
        "TIME_PASSES" | "ASSIGN" => return Err(Unreadable::Needs("RFC 5011 rollover".into())),
        "TIMEOUT" => What::Timeout,
        "ERROR" => What::Unreachable,
        "NOTHING" => What::Nothing,
        "TRAFFIC" => What::Traffic,
        "INFRA_RTT" => What::InfraRtt,
        "CHECK_AUTOTRUST" => return Err(Unreadable::Needs("RFC 5011 rollover".into())),
        "CHECK_TEMPFILE" => return Err(Unreadable::Needs("files of the peer's own kind".into())),
        other => return mistake(number, format!("a step {other:?}")),
    };
    Ok(Some(Step { number: step, what }))
}

/// Reads up to `ENTRY_END`.
fn entry(lines: &mut Lines<'_>) -> Result<Entry, Unreadable> {
    let mut entry = Entry::default();
    let mut section = "";
    let mut records = RecordReader::new();
    while let Some((number, line)) = lines.next() {
        let words: Vec<&str> = line
            .split_whitespace()
            .take_while(|word| !word.starts_with(';'))
            .collect();
        match words[0] {
            "ENTRY_END" => return Ok(entry),
            "EXTRA_PACKET" => {
                return Err(Unreadable::Needs("several answers to one question".into()));
            }
            "MATCH" => entry
                .matches
                .extend(words[1..].iter().map(|word| word.to_ascii_lowercase())),
            "ADJUST" => entry
                .adjusts
                .extend(words[1..].iter().map(|word| word.to_ascii_lowercase())),
            "MANDATORY" => {}
            "REPLY" | "FLAGS" => flags(&words[1..], &mut entry.message, number)?,
            "SECTION" => section = words.get(1).copied().unwrap_or_default(),
            "RAW" => section = "RAW",
            "HEX_EDNSDATA_BEGIN" => edns_data(lines, &mut entry)?,
            "HEX_ANSWER_BEGIN" => entry.raw = Some(octets(lines, "HEX_ANSWER_END")?),
            "ADDRESS" if section.is_empty() => {
                entry.address = words.get(1).and_then(|word| word.parse().ok())
            }
            _ if section == "RAW" => {
                let digits: String = words.concat();
                entry.raw = Some(hex(&digits).ok_or_else(|| {
                    Unreadable::Mistake(format!("line {number}: no hexadecimal digits"))
                })?);
            }
            _ if section == "QUESTION" => entry.message.questions.push(question(&words, number)?),
            _ => {
                let record = records.read(lines, line, number)?;
                let Some(record) = record else { continue };
                match section {
                    "ANSWER" => entry.message.answers.push(record),
                    "AUTHORITY" => entry.message.authorities.push(record),
                    "ADDITIONAL" => entry.message.additionals.push(record),
                    other => return mistake(number, format!("a record in {other:?}")),
                }
            }
        }
    }
    mistake(lines.at, "the entry has no end")
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// Octets in hexadecimal digits, up to the line `end`.
fn octets(lines: &mut Lines<'_>, end: &str) -> Result<Vec<u8>, Unreadable> {
    let mut digits = String::new();
    while lines.at < lines.lines.len() {
        let line = lines.lines[lines.at];
        lines.at += 1;
        let line = line.split(';').next().unwrap_or_default().trim();
        if line == end {
            break;
        }
        digits.extend(line.split_whitespace());
    }
    hex(&digits).ok_or_else(|| Unreadable::Mistake(format!("no hexadecimal digits before {end}")))
}

fn edns_data(lines: &mut Lines<'_>, entry: &mut Entry) -> Result<(), Unreadable> {
    let octets = octets(lines, "HEX_EDNSDATA_END")?;
    let edns = entry.message.edns.get_or_insert_with(|| Edns {
        udp_payload: 4096,
        ..Edns::default()
    });
    entry.edns_data = true;
    let mut rest = octets.as_slice();
    while let [c1, c2, l1, l2, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*l1, *l2])).min(after.len());
        edns.options
            .push((u16::from_be_bytes([*c1, *c2]), after[..length].to_vec()));
        rest = &after[length..];
    }
    Ok(())
}

fn flags(words: &[&str], message: &mut Message, number: usize) -> Result<(), Unreadable> {
    for word in words {
        let flags = &mut message.flags;
        match word.to_ascii_uppercase().as_str() {
            "QR" => flags.qr = true,
            "AA" => flags.aa = true,
            "TC" => flags.tc = true,
            "RD" => flags.rd = true,
            "RA" => flags.ra = true,
            "AD" => flags.ad = true,
            "CD" => flags.cd = true,
            "DO" => {
                message.edns.get_or_insert_with(Edns::default).dnssec_ok = true;
                if let Some(edns) = &mut message.edns {
                    edns.udp_payload = 4096;
                }
            }
            "QUERY" => message.opcode = 0,
            "NOTIFY" => message.opcode = 4,
            "UPDATE" => message.opcode = 5,
            "NOTIMPL" => message.rcode = rcode::NOTIMP,
            other => match rcode::from_text(other) {
                Some(code) => message.rcode = code,
                None => return mistake(number, format!("a flag {other:?}")),
            },
        }
    }
    Ok(())
}

fn class(word: &str) -> Option<u16> {
    match word.to_ascii_uppercase().as_str() {
        "IN" => Some(1),
        "CH" => Some(3),
        "HS" => Some(4),
        "ANY" => Some(255),
        other => other.strip_prefix("CLASS")?.parse().ok(),
    }
}

fn question(words: &[&str], number: usize) -> Result<Asked, Unreadable> {
    let name = Name::from_text(words[0], &Name::root());
    let Ok(name) = name else {
        return mistake(number, format!("{:?} is no name", words[0]));
    };
    let (class, kind) = match words[1..] {
        [first, second, ..] => match class(first) {
            Some(class) => (class, Kind::from_text(second)),
            None => (1, Kind::from_text(first)),
        },
        [kind] => (1, Kind::from_text(kind)),
        [] => (1, None),
    };
    match kind {
        Some(kind) => Ok(Asked { name, kind, class }),
        None => mistake(number, "a question without type"),
    }
}

/// Reads records; owner and origin carry over.
struct RecordReader {
    origin: Name,
    owner: Name,
    ttl: u32,
}

impl RecordReader {
    fn new() -> RecordReader {
        RecordReader {
            origin: Name::root(),
            owner: Name::root(),
            ttl: DEFAULT_TTL,
        }
    }

    fn read(
        &mut self,
        lines: &mut Lines<'_>,
        line: &str,
        number: usize,
    ) -> Result<Option<Record>, Unreadable> {
        let mut words: Vec<Word> = Vec::new();
        let raw = lines.lines[lines.at - 1];
        let mut depth = 0;
        let take = |line: &str, depth: u32, words: &mut Vec<Word>| {
            words_of_line(line, depth, words)
                .map_err(|why| Unreadable::Mistake(format!("line {number}: {why}")))
        };
        depth = take(line, depth, &mut words)?;
        while depth > 0 && lines.at < lines.lines.len() {
            depth = take(lines.lines[lines.at], depth, &mut words)?;
            lines.at += 1;
        }
        let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        match words.as_slice() {
            [] => return Ok(None),
            ["$ORIGIN", origin, ..] => {
                self.origin =
                    Name::from_text(origin, &Name::root()).or_else(|why| mistake(number, why))?;
                return Ok(None);
            }
            ["$TTL", ttl, ..] => {
                self.ttl = time_to_live(ttl).unwrap_or(DEFAULT_TTL);
                return Ok(None);
            }
            _ => {}
        }
        let mut rest = words.as_slice();
        let without_owner = raw.starts_with([' ', '\t'])
            && (class(rest[0]).is_some()
                || time_to_live(rest[0]).is_some() && rest.len() > 2 && class(rest[1]).is_some());
        if !without_owner {
            self.owner =
                Name::from_text(rest[0], &self.origin).or_else(|why| mistake(number, why))?;
            rest = &rest[1..];
        }
        let (mut ttl, mut of_class) = (self.ttl, 1);
        loop {
            let Some((word, after)) = rest.split_first() else {
                return mistake(number, "a record without type");
            };
            match (class(word), time_to_live(word)) {
                (Some(class), _) => of_class = class,
                (_, Some(time)) => ttl = time,
                _ => break,
            }
            rest = after;
        }
        let Some(kind) = Kind::from_text(rest[0]) else {
            return mistake(number, format!("{:?} is no type", rest[0]));
        };
        let data = match rest.len() {
            1 => Vec::new(),
            // What stands behind whole data is left out, as the peer's own reader does.
            _ => data_from_words(kind, &rest[1..], &self.origin)
                .or_else(|more| data_from_words(kind, &rest[1..=more.word], &self.origin))
                .or_else(|refused| mistake(number, refused.why))?,
        };
        Ok(Some(Record {
            name: self.owner.clone(),
            kind,
            class: of_class,
            ttl,
            data,
        }))
    }
}

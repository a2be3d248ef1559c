//! Compares messages, as far as an entry says.

use super::reader::Entry;
/// Bits of a response code that stand in the header: entries know no others.
const HEADER_RCODE: u16 = 0xf;
/// Octets of a cookie of both, client and server.
const WHOLE_COOKIE: usize = 24;

use std::collections::BTreeSet;
use thru_dns::wire::{Kind, Message, Record, data_to_text, rcode};

/// Whether a question that our resolver asked is the one of an entry.
pub(super) fn is_asked(entry: &Entry, query: &Message, by_tcp: bool) -> bool {
    let (Some(asked), Some(expected)) = (query.questions.first(), entry.message.questions.first())
    else {
        return entry.message.questions.is_empty();
    };
    entry.matches.iter().all(|word| match word.as_str() {
        "qname" => asked.name == expected.name,
        "qtype" => asked.kind == expected.kind,
        "qclass" => asked.class == expected.class,
        "subdomain" => asked.name.is_within(&expected.name),
        "question" | "all" => asked == expected,
        "opcode" => query.opcode == entry.message.opcode,
        "udp" => !by_tcp,
        "tcp" => by_tcp,
        "do" => query.edns.as_ref().is_some_and(|edns| edns.dnssec_ok),
        "rd" | "flags" => query.flags.rd == entry.message.flags.rd,
        _ => true,
    })
}

fn shown(record: &Record, with_ttl: bool) -> String {
    let ttl = if with_ttl {
        record.ttl.to_string()
    } else {
        String::new()
    };
    let data = data_to_text(record.kind, &record.data);
    format!("{} {ttl} {} {data}", record.name.shown(), record.kind).to_ascii_lowercase()
}

fn section(
    what: &str,
    found: &[Record],
    expected: &[Record],
    with_ttl: bool,
) -> Result<(), String> {
    let set = |records: &[Record]| -> BTreeSet<String> {
        records
            .iter()
            .map(|record| shown(record, with_ttl))
            .collect()
    };
    let (found, expected) = (set(found), set(expected));
    let list = |records: Vec<&String>| {
        records
            .iter()
            .map(|record| record.chars().take(90).collect::<String>())
            .collect::<Vec<_>>()
            .join(" | ")
    };
    let missing: Vec<&String> = expected.difference(&found).collect();
    let more: Vec<&String> = found.difference(&expected).collect();
    match missing.is_empty() && more.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "{what}: missing [{}], not expected [{}]",
            list(missing),
            list(more)
        )),
    }
}

fn flags(message: &Message) -> String {
    let flags = message.flags;
    let all = [
        (flags.qr, "QR"),
        (flags.aa, "AA"),
        (flags.tc, "TC"),
        (flags.rd, "RD"),
        (flags.ra, "RA"),
        (flags.ad, "AD"),
        (flags.cd, "CD"),
    ];
    let set: Vec<&str> = all
        .iter()
        .filter(|(set, _)| *set)
        .map(|(_, name)| *name)
        .collect();
    set.join(" ")
}

/// Whether an answer is as an entry says.
pub(super) fn check(entry: &Entry, found: &Message) -> Result<(), String> {
    let expected = &entry.message;
    let has = |word: &str| entry.matches.iter().any(|known| known == word);
    let all = has("all");
    let same = |what: &str, found: String, expected: String| match found == expected {
        true => Ok(()),
        false => Err(format!("{what}: {found}, not {expected}")),
    };
    if all || has("rcode") {
        same(
            "rcode",
            rcode::text(found.rcode & HEADER_RCODE),
            rcode::text(expected.rcode & HEADER_RCODE),
        )?;
    }
    if all || has("opcode") {
        same(
            "opcode",
            found.opcode.to_string(),
            expected.opcode.to_string(),
        )?;
    }
    if all || has("flags") {
        same("flags", flags(found), flags(expected))?;
    }
    let asked = |message: &Message| {
        message
            .questions
            .first()
            .map(|asked| format!("{} {}", asked.name.shown(), asked.kind))
    };
    if all || has("question") {
        same(
            "question",
            format!("{:?}", asked(found)),
            format!("{:?}", asked(expected)),
        )?;
    }
    let ttl = has("ttl");
    if all || has("answer") {
        section("answer", &found.answers, &expected.answers, ttl)?;
    }
    if has("answerrrsigs") {
        section("answer", &signatures(found), &signatures(expected), ttl)?;
    }
    if all || has("authority") {
        section("authority", &found.authorities, &expected.authorities, ttl)?;
    }
    if all || has("additional") {
        section("additional", &found.additionals, &expected.additionals, ttl)?;
    }
    let dnssec_ok = |message: &Message| message.edns.as_ref().is_some_and(|edns| edns.dnssec_ok);
    if has("do") {
        same(
            "DO",
            dnssec_ok(found).to_string(),
            dnssec_ok(expected).to_string(),
        )?;
    }
    let option = |code: u16| found.edns.as_ref().and_then(|edns| edns.option(code));
    if has("server_cookie") && option(10).is_none_or(|data| data.len() != WHOLE_COOKIE) {
        return Err(format!("cookie: {:?}", option(10)));
    }
    if all || has("ednsdata") {
        let wanted = expected.edns.iter().flat_map(|edns| &edns.options);
        for (code, data) in wanted.filter(|(code, _)| *code != 15) {
            if option(*code) != Some(data) {
                return Err(format!("option {code}: {:?}, not {data:?}", option(*code)));
            }
        }
    }
    for word in &entry.matches {
        if let Some(code) = word.strip_prefix("ede=") {
            let option = found.edns.as_ref().and_then(|edns| edns.option(15));
            let text = option.and_then(|data| {
                Some(u16::from_be_bytes([*data.first()?, *data.get(1)?]).to_string())
            });
            let found = text.unwrap_or_else(|| "none".into());
            if code != "any" && found != code || code == "any" && found == "none" {
                return Err(format!("EDE: {found}, not {code}"));
            }
        }
    }
    Ok(())
}

fn signatures(message: &Message) -> Vec<Record> {
    let all = message
        .answers
        .iter()
        .filter(|record| record.kind == Kind::RRSIG);
    all.cloned().collect()
}

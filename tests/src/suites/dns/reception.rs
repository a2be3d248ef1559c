//! What a scenario's resolver says by itself: who may ask, its names, its own records.

use super::config::{Setting, name};
use thru_dns::{AccessRule, Admission, CookieSecret, LocalData, LocalKind, Network, Reception};

/// Kinds of local zones that pass on what they see, and say so to somebody.
const PASSING: &[&str] = &["nodefault", "inform"];

/// How long a connection may be idle, in units of 100 ms, as the peer's own tests have it.
const IDLE: u16 = 300;

/// The settings of the peer, as ours.
///
/// # Errors
/// What a scenario needs that we do not have.
pub(super) fn reception(settings: &[Setting], by_unbound: bool) -> Result<Reception, String> {
    let all = |key: &'static str| settings.iter().filter(move |setting| setting.key == key);
    let value = |key: &'static str| all(key).next_back().map(|setting| setting.value.as_str());
    let shown = |key, hidden| value(key).filter(|_| value(hidden) != Some("yes"));
    let mut reception = Reception {
        refuses_briefly: true,
        version: shown("version", "hide-version").map(str::to_owned),
        identity: shown("identity", "hide-identity").map(str::to_owned),
        nsid: value("nsid").map(nsid).unwrap_or_default(),
        idle: (value("edns-tcp-keepalive") == Some("yes")).then_some(IDLE),
        ..Reception::default()
    };
    for setting in all("access-control") {
        let words: Vec<&str> = setting.value.split_whitespace().collect();
        let [network, action] = words.as_slice() else {
            continue;
        };
        let network = network.parse::<Network>()?;
        let admission = match *action {
            "allow" | "allow_snoop" => Admission::Answers,
            "allow_cookie" => Admission::WantsCookie,
            "refuse" => Admission::Refuses,
            "deny" => Admission::Drops,
            other => return Err(format!("access control by {other}")),
        };
        reception.access.push(AccessRule { network, admission });
    }
    if by_unbound {
        reception.local = LocalData::at_home();
    }
    local(&mut reception.local, settings)?;
    Ok(reception)
}

fn local(data: &mut LocalData, settings: &[Setting]) -> Result<(), String> {
    let of = |key: &'static str| settings.iter().filter(move |setting| setting.key == key);
    let kind = |word: &str| {
        LocalKind::from_text(word).ok_or_else(|| format!("local zones of the kind {word}"))
    };
    for setting in of("local-zone") {
        let words: Vec<&str> = setting.value.split_whitespace().collect();
        match words.as_slice() {
            [zone, word] if PASSING.contains(word) => data.leave(&name(zone)),
            [zone, word] => {
                data.add_zone(name(zone), kind(word)?);
            }
            _ => {}
        }
    }
    for setting in of("local-zone-override") {
        let words: Vec<&str> = setting.value.split_whitespace().collect();
        if let [zone, network, word] = words.as_slice() {
            data.set_kind_for(name(zone), network.parse()?, kind(word)?);
        }
    }
    for setting in of("local-data") {
        let taken = data.add_record(&setting.value);
        taken.map_err(|refused| format!("local data: {refused}"))?;
    }
    Ok(())
}

/// The secret of the cookies that are handed out.
pub(super) fn cookies(settings: &[Setting]) -> Option<CookieSecret> {
    let secret = settings.iter().find(|it| it.key == "cookie-secret")?;
    let octets = <[u8; 16]>::try_from(octets_of(&secret.value)?).ok()?;
    Some(CookieSecret::new(octets))
}

fn nsid(text: &str) -> Vec<u8> {
    match text.strip_prefix("ascii_") {
        Some(text) => text.as_bytes().to_vec(),
        None => octets_of(text).unwrap_or_default(),
    }
}

fn octets_of(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    let octet = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(octet).collect()
}

//! What a server of the file says by itself: rules for clients, its names, its own records and zones.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::rc::Rc;
use thru_dns::wire::Name;
use thru_dns::{
    AccessRule, Admission, DigestCheck, LocalData, LocalKind, Network, OwnZone, Reception, Zone,
};

/// Most octets of an NSID: it has to fit beside an answer.
const NSID_LIMIT: usize = 64;
/// Octets of a text in a record.
const TEXT_LIMIT: usize = 255;

/// What is done with clients of a network.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Access {
    Answer,
    Cookie,
    Refuse,
    Drop,
}

/// For whom a resolver's own zones are.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum ZonesFor {
    /// They answer clients.
    Clients,
    /// They stand for the zones' servers.
    Servers,
    #[default]
    Both,
}

/// How far the digests of a resolver's own zones count.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Digest {
    Never,
    #[default]
    Present,
    Always,
}

/// What the file says of it.
pub(super) struct Said<'a> {
    /// Who may ask.
    pub allow: &'a [String],
    pub access: &'a BTreeMap<String, Access>,
    pub version: Option<&'a str>,
    pub identity: Option<&'a str>,
    pub nsid: Option<&'a str>,
    pub local: &'a [String],
    pub local_zones: &'a BTreeMap<String, String>,
    /// Names that stay at home are answered here,
    pub home: bool,
    /// but not those of zones that it has itself.
    pub own_zones: &'a [Rc<OwnZone>],
}

/// What the server says by itself.
pub(super) fn reception(said: &Said<'_>) -> Result<Reception, String> {
    let text = |word: &str, text: Option<&str>, limit: usize| match text {
        Some(text) if text.len() > limit => Err(format!("`{word}` of more than {limit} octets")),
        text => Ok(text.map(str::to_owned)),
    };
    let nsid = text("nsid", said.nsid, NSID_LIMIT)?;
    Ok(Reception {
        access: rules(said)?,
        version: text("version", said.version, TEXT_LIMIT)?,
        identity: text("identity", said.identity, TEXT_LIMIT)?,
        nsid: nsid.unwrap_or_default().into_bytes(),
        local: local(said)?,
        ..Reception::default()
    })
}

fn local(said: &Said<'_>) -> Result<LocalData, String> {
    let mut data = match said.home {
        true => LocalData::at_home(),
        false => LocalData::default(),
    };
    for own in said.own_zones {
        data.leave(own.name());
    }
    for (zone, word) in said.local_zones {
        let kind = LocalKind::from_text(&word.replace('-', "_"));
        let kind = kind.ok_or_else(|| format!("`local_zones`: {word:?} is no kind of a zone"))?;
        let name = Name::from_text(zone, &Name::root());
        let name = name.map_err(|why| format!("`local_zones`: {zone:?} is no name: {why}"))?;
        if !data.add_zone(name, kind) {
            return Err("`local_zones`: there are too many".to_owned());
        }
    }
    for line in said.local {
        let taken = data.add_record(line);
        taken.map_err(|refused| format!("`local`, {refused}"))?;
    }
    Ok(data)
}

/// One list of rules, of which the longest prefix counts, and of equals the last: all others are refused, `allow` lets in, and
/// `access` says more.
fn rules(said: &Said<'_>) -> Result<Vec<AccessRule>, String> {
    let rule = |network: &str, admission| {
        let network: Network = network.parse()?;
        Ok(AccessRule { network, admission })
    };
    let others = ["0.0.0.0/0", "::/0"].map(|network| rule(network, Admission::Refuses));
    let allowed = said.allow.iter();
    let allowed = allowed.map(|network| rule(network, Admission::Answers));
    let access = said.access.iter().map(|(network, access)| {
        let admission = match access {
            Access::Answer => Admission::Answers,
            Access::Cookie => Admission::WantsCookie,
            Access::Refuse => Admission::Refuses,
            Access::Drop => Admission::Drops,
        };
        rule(network, admission)
    });
    others.into_iter().chain(allowed).chain(access).collect()
}

/// A resolver's own zones, out of their master files.
pub(super) fn own_zones(
    texts: &[String],
    zones_for: ZonesFor,
    else_servers: bool,
    digest: Digest,
) -> Result<Vec<Rc<OwnZone>>, String> {
    let check = match digest {
        Digest::Never => DigestCheck::Never,
        Digest::Present => DigestCheck::WherePresent,
        Digest::Always => DigestCheck::Always,
    };
    let zones = texts.iter().map(|text| {
        let zone = Zone::parse(text).map_err(|refused| refused.to_string())?;
        let mut own = OwnZone::new(zone, check);
        own.answers_clients = zones_for != ZonesFor::Servers;
        own.replaces_servers = zones_for != ZonesFor::Clients;
        own.else_servers = else_servers;
        Ok(Rc::new(own))
    });
    zones.collect()
}

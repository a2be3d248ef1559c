//! Keys of the file that a server of its kind has no use for: they are refused, as who wrote them takes them for in force.

use super::file::Kind;
use serde::{Deserialize, de::IgnoredAny};
use std::collections::BTreeMap;
use toml::Spanned;

/// Keys that not every kind has, and the kinds that have them.
const OWN: [(&str, &[Kind]); 15] = [
    ("zones", &[Kind::Authoritative, Kind::Recursive]),
    ("records", &[Kind::Authoritative, Kind::Recursive]),
    ("to", &[Kind::Forwarder]),
    ("trust", &[Kind::Forwarder]),
    ("roots", &[Kind::Recursive]),
    ("anchors", &[Kind::Recursive]),
    ("stale", &[Kind::Recursive]),
    ("prefetch", &[Kind::Recursive]),
    ("home", &[Kind::Recursive]),
    ("private", &[Kind::Recursive]),
    ("private_names", &[Kind::Recursive]),
    ("dns64", &[Kind::Recursive]),
    ("zones_for", &[Kind::Recursive]),
    ("else_servers", &[Kind::Recursive]),
    ("digest", &[Kind::Recursive]),
];

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    dns: Vec<BTreeMap<Spanned<String>, IgnoredAny>>,
}

/// Says a key that its server does not use, with its line and where it belongs. `kinds`: of the servers in order.
pub(super) fn refuse_unused(text: &str, kinds: &[(&str, Kind)]) -> Result<(), String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    for (keys, (name, kind)) in file.dns.iter().zip(kinds) {
        for key in keys.keys() {
            let own = OWN.iter().find(|(own, _)| *own == key.get_ref());
            let Some((word, of)) = own.filter(|(_, of)| !of.contains(kind)) else {
                continue;
            };
            let line = 1 + text[..key.span().start].matches('\n').count();
            let of: Vec<String> = of.iter().map(|kind| format!("`{}`", kind.word())).collect();
            return Err(format!(
                "line {line}, {name}: `{word}` does nothing for a server of kind `{}`, but for {}; leave it out or change `kind`",
                kind.word(),
                of.join(" and ")
            ));
        }
    }
    Ok(())
}

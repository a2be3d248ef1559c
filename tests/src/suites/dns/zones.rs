//! Zones inside of a scenario's resolver, with the master files that stand in the scenario.

use super::config::{Setting, name};
use std::collections::BTreeMap;
use std::rc::Rc;
use thru_dns::{DigestCheck, OwnZone, Zone};

/// What fills a zone over the network.
const TRANSFERS: &[&str] = &["master", "primary", "url", "allow-notify"];

/// Takes the files that stand between the settings out of them; their names stay.
pub(super) fn without_files(lines: &[String]) -> (Vec<String>, BTreeMap<String, String>) {
    let (mut rest, mut files) = (Vec::new(), BTreeMap::new());
    let mut lines = lines.iter();
    while let Some(line) = lines.next() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["TEMPFILE_NAME", file] => rest.push(format!("\"{file}\"")),
            ["TEMPFILE_CONTENTS", file] => {
                let own = lines
                    .by_ref()
                    .take_while(|line| line.trim() != "TEMPFILE_END");
                let text: String = own.map(|line| format!("{line}\n")).collect();
                files.insert((*file).to_owned(), text);
            }
            _ => rest.push(line.clone()),
        }
    }
    (rest, files)
}

/// The zones of the sections `auth-zone`.
///
/// # Errors
/// What a zone needs that we do not have.
pub(super) fn own_zones(
    settings: &[Setting],
    files: &BTreeMap<String, String>,
) -> Result<Vec<Rc<OwnZone>>, String> {
    let permissive = settings
        .iter()
        .any(|setting| setting.key == "zonemd-permissive-mode" && setting.value == "yes");
    let begins = |setting: &Setting| {
        [
            "auth-zone",
            "stub-zone",
            "forward-zone",
            "server",
            "rpz",
            "view",
        ]
        .contains(&setting.key.as_str())
    };
    let mut zones = Vec::new();
    for (at, _) in settings
        .iter()
        .enumerate()
        .filter(|(_, it)| it.key == "auth-zone")
    {
        let section: Vec<&Setting> = settings[at + 1..]
            .iter()
            .take_while(|it| !begins(it))
            .collect();
        let value = |key: &str| {
            let own = section.iter().find(|setting| setting.key == key);
            own.map(|setting| setting.value.as_str())
        };
        if TRANSFERS.iter().any(|key| value(key).is_some()) {
            return Err("zones inside of a resolver that come by transfer (AXFR, HTTP)".into());
        }
        let origin = name(value("name").unwrap_or("."));
        let text = value("zonefile").and_then(|file| files.get(file));
        let text = text.ok_or("a zone without its file")?;
        let mut refuse = |_: &str| Err("no file".to_owned());
        let (zone, _) = Zone::parse_leaving_out(text, &origin, &mut refuse)
            .map_err(|refused| format!("a zone that can be read: {refused}"))?;
        let digest = match (value("zonemd-check"), value("zonemd-reject-absence")) {
            _ if permissive => DigestCheck::Never,
            (_, Some("yes")) => DigestCheck::Always,
            (Some("yes"), _) => DigestCheck::WherePresent,
            _ => DigestCheck::Never,
        };
        let mut own = OwnZone::new(zone, digest);
        own.answers_clients = value("for-downstream") != Some("no");
        own.replaces_servers = value("for-upstream") != Some("no");
        own.else_servers = value("fallback-enabled") == Some("yes");
        zones.push(Rc::new(own));
    }
    Ok(zones)
}

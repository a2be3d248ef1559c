//! Our recursor and unbound ask the same real name servers (NSD, Knot, unbound) about zones that
//! are signed well, badly, or not at all, and have to say the same of every answer.

mod servers;
mod zones;

use crate::{room::Room, served::in_namespaces, server::tool};
use std::{collections::BTreeMap, fs, path::Path};
use zones::{Case, TABLE};

/// What a resolver makes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// With AD.
    Secure,
    /// Without.
    Insecure,
    /// SERVFAIL.
    Bogus,
}

/// Asks both for everything and compares.
pub fn agree(room: &Room) {
    let folder = room.folder("witness");
    let mut delegations = String::new();
    for (number, case) in TABLE.iter().enumerate() {
        delegations += &make(&folder, number, case);
    }
    make_parents(&folder, &delegations);
    let questions = questions();
    let lines: Vec<String> = questions.iter().map(|(_, line, _)| line.clone()).collect();
    fs::write(folder.join("questions"), lines.join("\n") + "\n").expect("a temporary folder");
    let text = in_namespaces(
        &folder,
        "nameserver 192.0.2.53\n",
        &servers::script(&folder),
    );
    let part = |name: &str| {
        let from = text
            .find(&format!("= {name}\n"))
            .unwrap_or_else(|| panic!("{name}: {text}"));
        let rest = &text[from + 2..];
        said(&rest[..rest.find("\n= ").unwrap_or(rest.len())])
    };
    let (ours, theirs) = (part("ours"), part("unbound"));
    assert_eq!(ours.len(), questions.len(), "{text}");
    assert_eq!(theirs.len(), questions.len(), "{text}");
    let mut wrong = Vec::new();
    let mut counts: BTreeMap<Said, usize> = BTreeMap::new();
    for (((case, line, expected), ours), theirs) in questions.iter().zip(ours).zip(theirs) {
        *counts.entry(theirs).or_default() += 1;
        if ours != theirs || ours != *expected {
            wrong.push(format!(
                "{case}, {line}: ours {ours:?}, unbound {theirs:?}, expected {expected:?}"
            ));
        }
    }
    assert!(
        TABLE.len() >= 40 && counts.len() == 3,
        "{} zones, {counts:?}",
        TABLE.len()
    );
    assert!(
        wrong.is_empty(),
        "{counts:?}, {} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// For each zone: a name that is there, one that is not, a type that is not, a wildcard.
fn questions() -> Vec<(&'static str, String, Said)> {
    let mut questions = Vec::new();
    for (number, case) in TABLE.iter().enumerate() {
        let zone = zone_name(number);
        let kinds = [
            (format!("a.{zone} A"), case.positive),
            (format!("nobody.{zone} A"), case.no_name),
            (format!("a.{zone} TXT"), case.no_type),
            (format!("some.w.{zone} A"), case.wildcard),
        ];
        questions.extend(
            kinds
                .into_iter()
                .map(|(line, said)| (case.what, line, said)),
        );
    }
    questions
}

/// What dig prints of each answer.
fn said(text: &str) -> Vec<Said> {
    let mut found = Vec::new();
    let mut failed = false;
    for line in text.lines() {
        if line.starts_with(";; ->>HEADER<<-") {
            failed = line.contains("status: SERVFAIL");
        }
        if let Some(flags) = line.strip_prefix(";; flags:") {
            let flags = flags.split(';').next().unwrap_or_default();
            found.push(match (failed, flags.split(' ').any(|flag| flag == "ad")) {
                (true, _) => Said::Bogus,
                (false, true) => Said::Secure,
                (false, false) => Said::Insecure,
            });
        }
    }
    found
}

fn zone_name(number: usize) -> String {
    format!("z{number}.test")
}

fn run(folder: &Path, name: &str, arguments: &[&str]) -> String {
    let ran = tool(name, arguments).current_dir(folder).output();
    let ran = ran.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(ran.status.success(), "{name} {arguments:?}: {ran:?}");
    String::from_utf8_lossy(&ran.stdout).trim().to_owned()
}

/// A key of a zone, by the base name of its files.
fn key(folder: &Path, algorithm: &str, zone: &str) -> String {
    let bits = if algorithm.starts_with("RSA") {
        "2048"
    } else {
        "256"
    };
    run(
        folder,
        "ldns-keygen",
        &[
            "-k",
            "-a",
            algorithm,
            "-b",
            bits,
            "-r",
            "/dev/urandom",
            zone,
        ],
    )
}

fn read(folder: &Path, name: &str) -> String {
    let file = folder.join(name);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Writes a zone, signs it, damages it; gives the lines by which it is delegated.
fn make(folder: &Path, number: usize, case: &Case) -> String {
    let zone = zone_name(number);
    let server = servers::of_zone(number);
    let text = format!(
        "$ORIGIN {zone}.\n$TTL 60\n@ IN SOA ns admin 1 3600 600 86400 60\n@ IN NS ns\nns IN A {server}\n\
         a IN A 192.0.2.200\n*.w IN A 192.0.2.201\nzz IN A 192.0.2.202\n"
    );
    let file = format!("{zone}.zone");
    let write =
        |name: &str, text: &str| fs::write(folder.join(name), text).expect("a temporary folder");
    write(&file, &text);
    let delegation = format!("{zone}. 60 IN NS ns.{zone}.\nns.{zone}. 60 IN A {server}\n");
    let Some(algorithm) = case.algorithm else {
        return delegation;
    };
    let key = key(folder, algorithm, &zone);
    let other = case
        .signed_by_stranger
        .then(|| self::key(folder, algorithm, &zone));
    let signer = other.as_deref().unwrap_or(&key);
    let mut words = vec!["-o", &zone];
    words.extend(case.options);
    words.extend(["-f", "signed", &file, signer]);
    run(folder, "ldns-signzone", &words);
    let signed = read(folder, "signed");
    let lines: Vec<String> = signed.lines().map(str::to_owned).collect();
    let damaged = (case.damage)(lines);
    write(&file, &(damaged.join("\n") + "\n"));
    // A file of DS data by SHA-256; other digests are made from the key.
    let digest = case.digest.unwrap_or("-2");
    let vouched = run(
        folder,
        "ldns-key2ds",
        &["-n", digest, &format!("{key}.key")],
    );
    let vouching = vouched.lines().map(str::to_owned).collect();
    delegation + &(case.vouching)(vouching).join("\n") + "\n"
}

/// The root and `test`, signed as they should be.
fn make_parents(folder: &Path, delegations: &str) {
    let write =
        |name: &str, text: &str| fs::write(folder.join(name), text).expect("a temporary folder");
    let head = |origin: &str, address: &str| {
        format!(
            "$ORIGIN {origin}\n$TTL 60\n@ IN SOA ns.parent.test. admin.test. 1 3600 600 86400 60\n@ IN NS {address}\n"
        )
    };
    let test = head("test.", "ns.parent.test.")
        + &format!("ns.parent.test. 60 IN A {}\n", servers::TEST)
        + delegations;
    write("test.zone", &test);
    let key_of_test = key(folder, "ECDSAP256SHA256", "test");
    run(
        folder,
        "ldns-signzone",
        &["-o", "test", "-f", "test.signed", "test.zone", &key_of_test],
    );
    let vouched = run(
        folder,
        "ldns-key2ds",
        &["-n", "-2", &format!("{key_of_test}.key")],
    );
    let root = head(".", "ns.root.")
        + &format!("ns.root. 60 IN A {}\n", servers::ROOT)
        + &format!(
            "test. 60 IN NS ns.parent.test.\nns.parent.test. 60 IN A {}\n{vouched}\n",
            servers::TEST
        );
    write("root.zone", &root);
    let key_of_root = key(folder, "ECDSAP256SHA256", ".");
    run(
        folder,
        "ldns-signzone",
        &["-o", ".", "-f", "root.signed", "root.zone", &key_of_root],
    );
    let anchor = run(
        folder,
        "ldns-key2ds",
        &["-n", "-2", &format!("{key_of_root}.key")],
    );
    write("anchors", &(anchor + "\n"));
    let hints = format!(
        ". 3600 IN NS ns.root.\nns.root. 3600 IN A {}\n",
        servers::ROOT
    );
    write("hints", &hints);
}

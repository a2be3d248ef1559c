//! Certificates for the servers: good ones, and one damage each.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    date_time_ymd,
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The name that the good certificates are for.
pub const NAME: &str = "pages.test";

/// A certificate chain and its key, as PEM files.
pub struct Certificate {
    pub chain: PathBuf,
    pub key: PathBuf,
}

/// What the servers show, and what `--cacert` trusts.
pub struct Certificates {
    /// The root to trust.
    pub root: PathBuf,
    /// For [`NAME`], 127.0.0.1 and localhost, by the root.
    pub good: Certificate,
    /// For another name.
    pub other_name: Certificate,
    /// Over since 2001.
    pub expired: Certificate,
    /// By a root that nobody trusts.
    pub unknown_root: Certificate,
    /// By itself.
    pub self_signed: Certificate,
}

impl Certificates {
    /// Makes all of them in `folder`.
    pub fn make(folder: &Path) -> Certificates {
        let root = authority("Root of the real tests");
        let unknown = authority("Root that nobody trusts");
        let root_file = folder.join("root.pem");
        fs::write(&root_file, root.pem()).expect("a temporary folder can be written");
        let mut expired = for_names(&[NAME, "localhost", "127.0.0.1"]);
        expired.not_before = date_time_ymd(2000, 1, 1);
        expired.not_after = date_time_ymd(2001, 1, 1);
        let good = || for_names(&[NAME, "localhost", "127.0.0.1"]);
        let other = for_names(&["other.test"]);
        Certificates {
            root: root_file,
            good: issue(folder, "good", &good(), Some(&root)),
            other_name: issue(folder, "other-name", &other, Some(&root)),
            expired: issue(folder, "expired", &expired, Some(&root)),
            unknown_root: issue(folder, "unknown-root", &good(), Some(&unknown)),
            self_signed: issue(folder, "self-signed", &good(), None),
        }
    }
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = dated(CertificateParams::default());
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a P-256 key");
    CertifiedIssuer::self_signed(params, key).expect("a root")
}

fn for_names(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = dated(CertificateParams::new(names.clone()).expect("names of hosts"));
    params.distinguished_name = DistinguishedName::new();
    let first = names.into_iter().next().unwrap_or_default();
    params.distinguished_name.push(DnType::CommonName, first);
    params
}

/// Valid on any day that these tests may see.
fn dated(mut params: CertificateParams) -> CertificateParams {
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2099, 1, 1);
    params
}

fn issue(
    folder: &Path,
    name: &str,
    params: &CertificateParams,
    issuer: Option<&CertifiedIssuer<'static, KeyPair>>,
) -> Certificate {
    let key = KeyPair::generate().expect("a P-256 key");
    let made = match issuer {
        Some(issuer) => params.signed_by(&key, issuer),
        None => params.self_signed(&key),
    };
    let files = Certificate {
        chain: folder.join(format!("{name}.pem")),
        key: folder.join(format!("{name}.key")),
    };
    fs::write(&files.chain, made.expect("a certificate").pem()).expect("a temporary folder");
    fs::write(&files.key, key.serialize_pem()).expect("a temporary folder");
    files
}

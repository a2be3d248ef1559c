//! The authorities of a lab, and what they sign when it starts.

use super::LabFailure;
use crate::{
    Topology,
    chance::Chance,
    crypto::{self, SigningKey},
    topology::Certificate,
    world::World,
};
use rustls_pki_types::CertificateDer;
use std::sync::Arc;
use thru_far::certificate_authority::{Authority, AuthorityFailure, AuthorityNames, Validity};
use thru_port::UnixTime;
use thru_tls::{ServerSettings, ServerTls, TlsVersion};

/// An authority is older, and lasts longer, than any certificate that it signs, days.
const AUTHORITY_DAYS: i32 = 3650;

const DAY_S: i64 = 86_400;

/// The authorities by name.
pub(super) struct Authorities {
    founded: Vec<(String, Authority<SigningKey>)>,
    starts_at: UnixTime,
    seed: u64,
}

/// Founds every authority of the topology.
pub(super) fn found(
    world: &World,
    topology: &Topology,
    seed: u64,
) -> Result<Authorities, LabFailure> {
    let starts_at = world.starts_at;
    let mut founded = Vec::new();
    for authority in &topology.authority {
        let mut chance = Chance::new(seed, &format!("authority {}", authority.name));
        let names = AuthorityNames {
            root: authority.name.clone(),
            intermediate: format!("{} Intermediate", authority.name),
        };
        let (root, intermediate) = (SigningKey::draw(&mut chance), SigningKey::draw(&mut chance));
        let validity = validity(starts_at, -AUTHORITY_DAYS, 2 * AUTHORITY_DAYS as u32);
        let founding = Authority::found(names, root, intermediate, validity);
        let founding = founding.map_err(|error| failure(&authority.machine, error))?;
        founded.push((authority.name.clone(), founding));
    }
    Ok(Authorities {
        founded,
        starts_at,
        seed,
    })
}

fn validity(starts_at: UnixTime, from_day: i32, days: u32) -> Validity {
    let from = UnixTime {
        seconds: starts_at.seconds + i64::from(from_day) * DAY_S,
        nanos: 0,
    };
    Validity::days_from(from, days)
}

fn failure(machine: &str, error: AuthorityFailure) -> LabFailure {
    LabFailure::Service {
        machine: machine.to_owned(),
        why: error.to_string(),
    }
}

impl Authorities {
    fn by_name(&self, name: &str) -> Option<&Authority<SigningKey>> {
        let found = self.founded.iter().find(|(own, _)| own == name);
        found.map(|(_, authority)| authority)
    }

    /// The root certificate of an authority.
    pub(super) fn root(&self, name: &str) -> Option<CertificateDer<'static>> {
        Some(self.by_name(name)?.root().clone())
    }

    /// The intermediate certificate of an authority, which its servers send along.
    pub(super) fn intermediate(&self, name: &str) -> Option<CertificateDer<'static>> {
        Some(self.by_name(name)?.intermediate().clone())
    }

    /// A server's end of TLS with a certificate as ordered.
    pub(super) fn server_tls(
        &self,
        machine: &str,
        order: &Certificate,
    ) -> Result<ServerTls, LabFailure> {
        let failed = |why: String| LabFailure::Service {
            machine: machine.to_owned(),
            why,
        };
        let authority = self.by_name(&order.authority);
        let authority =
            authority.ok_or_else(|| failed(format!("no authority “{}”", order.authority)))?;
        let key = SigningKey::draw(&mut Chance::new(self.seed, &format!("key of {machine}")));
        let names: Vec<&str> = order.names.iter().map(String::as_str).collect();
        let validity = validity(self.starts_at, order.from_day, order.days);
        let issued = authority.issue(&names, &key, validity);
        let issued = issued.map_err(|error| failure(machine, error))?;
        let settings = ServerSettings {
            provider: crypto::provider(Chance::new(self.seed, &format!("tls of {machine}"))),
            chain: issued.chain,
            key: Arc::new(key),
            alpn: vec!["h2".to_owned(), "http/1.1".to_owned()],
            max_version: TlsVersion::Tls13,
        };
        ServerTls::new(settings).map_err(|error| failed(error.to_string()))
    }
}

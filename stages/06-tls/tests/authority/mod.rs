//! Certificates for tests.
#![allow(dead_code)]

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{crypto::CryptoProvider, pki_types::CertificateDer, pki_types::PrivateKeyDer};
use std::sync::Arc;
use thru_tls::{ClientSettings, ClientTls, ServerSettings, ServerTls, TlsVersion};

pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// A root, an intermediate, and leaves to order.
pub struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
}

fn named(name: &str, names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2025, 12, 1);
    params.not_after = rcgen::date_time_ymd(2026, 3, 1);
    params
}

fn ca(name: &str) -> CertificateParams {
    let mut params = named(name, &[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2040, 1, 1);
    params
}

/// What a server sends, and its key.
pub struct Identity {
    pub chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

impl Authority {
    pub fn new() -> Authority {
        let root = KeyPair::generate().unwrap();
        let root = CertifiedIssuer::self_signed(ca("Test Root"), root).unwrap();
        let key = KeyPair::generate().unwrap();
        let intermediate = CertifiedIssuer::signed_by(ca("Test Intermediate"), key, &root).unwrap();
        Authority { root, intermediate }
    }

    pub fn root(&self) -> CertificateDer<'static> {
        self.root.der().clone()
    }

    pub fn issue(&self, names: &[&str], change: impl Fn(&mut CertificateParams)) -> Identity {
        let key = KeyPair::generate().unwrap();
        let mut params = named(names[0], names);
        change(&mut params);
        let leaf = params.signed_by(&key, &self.intermediate).unwrap();
        let chain = vec![leaf.der().clone(), self.intermediate.der().clone()];
        Identity { chain, key }
    }

    pub fn client(&self) -> ClientTls {
        client(vec![self.root()], TlsVersion::Tls13, false)
    }
}

pub fn self_signed(name: &str) -> Identity {
    let key = KeyPair::generate().unwrap();
    let leaf = named(name, &[name]).self_signed(&key).unwrap();
    let chain = vec![leaf.der().clone()];
    Identity { chain, key }
}

pub fn client(
    roots: Vec<CertificateDer<'static>>,
    max_version: TlsVersion,
    insecure: bool,
) -> ClientTls {
    ClientTls::new(ClientSettings {
        provider: provider(),
        roots,
        alpn: vec!["h2".to_owned(), "http/1.1".to_owned()],
        insecure,
        max_version,
    })
    .unwrap()
}

impl Identity {
    pub fn server(&self, alpn: &[&str]) -> ServerTls {
        self.server_with(provider(), alpn)
    }

    pub fn server_with(&self, provider: Arc<CryptoProvider>, alpn: &[&str]) -> ServerTls {
        let key = PrivateKeyDer::Pkcs8(self.key.serialize_der().into());
        let key = provider.key_provider.load_private_key(key).unwrap();
        ServerTls::new(ServerSettings {
            provider,
            chain: self.chain.clone(),
            key,
            alpn: alpn.iter().map(|name| (*name).to_owned()).collect(),
            max_version: TlsVersion::Tls13,
        })
        .unwrap()
    }
}

use super::*;
use crate::chance::Chance;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection,
    pki_types::CertificateDer,
};
use std::sync::Arc;

/// 2026-01-01T00:00:00Z, always.
#[derive(Debug)]
struct NewYear;

impl rustls::time_provider::TimeProvider for NewYear {
    fn current_time(&self) -> Option<rustls::pki_types::UnixTime> {
        let since = std::time::Duration::from_secs(1_767_225_600);
        Some(rustls::pki_types::UnixTime::since_unix_epoch(since))
    }
}

struct Ends {
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
}

fn certificate(key: &SigningKey) -> CertificateDer<'static> {
    let mut params = rcgen::CertificateParams::new(vec!["shop.lab".to_owned()]).unwrap();
    params.serial_number = Some(7u64.into());
    params.self_signed(key).unwrap().der().clone()
}

/// Two ends whose chance comes from `seed`; key exchange by `group` alone if one is given.
fn ends(seed: u64, group: Option<rustls::NamedGroup>) -> Ends {
    let key = SigningKey::draw(&mut Chance::new(seed, "key"));
    let chain = vec![certificate(&key)];
    let mut roots = RootCertStore::empty();
    roots.add(chain[0].clone()).unwrap();
    let mut client_provider = (*provider(Chance::new(seed, "client"))).clone();
    client_provider
        .kx_groups
        .retain(|offered| group.is_none_or(|group| offered.name() == group));
    let time = Arc::new(NewYear);
    let client = ClientConfig::builder_with_details(client_provider.into(), time.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let certified = rustls::sign::CertifiedKey::new(chain, Arc::new(key));
    let mut server =
        ServerConfig::builder_with_details(provider(Chance::new(seed, "server")), time)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(certified)));
    server.session_storage = rustls::server::ServerSessionMemoryCache::new(16);
    Ends {
        client: Arc::new(client),
        server: Arc::new(server),
    }
}

/// Every octet that the two say to each other, in order, and whether it was a resumption.
fn talk(ends: &Ends) -> (Vec<u8>, bool) {
    let name = "shop.lab".try_into().unwrap();
    let mut client = ClientConnection::new(ends.client.clone(), name).unwrap();
    let mut server = ServerConnection::new(ends.server.clone()).unwrap();
    let mut said = Vec::new();
    while client.wants_write() || server.wants_write() {
        let mut out = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut out).unwrap();
        }
        said.extend_from_slice(&out);
        server.read_tls(&mut out.as_slice()).unwrap();
        server.process_new_packets().unwrap();
        let mut back = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut back).unwrap();
        }
        said.extend_from_slice(&back);
        client.read_tls(&mut back.as_slice()).unwrap();
        client.process_new_packets().unwrap();
    }
    assert!(!client.is_handshaking() && !server.is_handshaking());
    let resumed = client.handshake_kind() == Some(rustls::HandshakeKind::Resumed);
    (said, resumed)
}

#[test]
fn a_full_and_a_resumed_handshake_come_out_the_same_for_the_same_seed() {
    let (one, other) = (ends(7, None), ends(7, None));
    for expect_resumed in [false, true] {
        let (said, resumed) = talk(&one);
        assert_eq!(resumed, expect_resumed);
        assert_eq!((said, resumed), talk(&other));
    }
}

#[test]
fn another_seed_gives_another_handshake() {
    assert_ne!(talk(&ends(7, None)).0, talk(&ends(8, None)).0);
}

#[test]
fn both_groups_agree_on_a_key() {
    for group in [rustls::NamedGroup::X25519, rustls::NamedGroup::secp256r1] {
        let (said, _) = talk(&ends(7, Some(group)));
        assert!(!said.is_empty(), "{group:?}");
    }
}

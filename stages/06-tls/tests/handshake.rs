//! Handshakes between our two ends, and against ends that misbehave, in virtual time.

mod authority;

use authority::{Authority, Identity, client, provider, self_signed};
use rcgen::date_time_ymd;
use std::{rc::Rc, time::Duration};
use thru_events::{Code, Event, Failed, NodeId, Vantage, tls::TlsEvent};
use thru_memory::World;
use thru_port::{Port, PortFailureKind, Stream, read, shutdown, write_all};
use thru_tls::{ClientTls, Failure, Secured, ServerTls, TlsFailure, TlsVersion, accept, connect};

const LIMIT: Duration = Duration::from_secs(10);

struct Two {
    world: Rc<World>,
    near: Rc<dyn Port>,
    far: Rc<dyn Port>,
}

impl Two {
    fn new() -> Two {
        let world = World::new();
        let near = world.machine(Vantage::Near, [10, 0, 0, 23]);
        let far = world.machine(Vantage::Node(NodeId(1)), [203, 0, 113, 10]);
        Two { world, near, far }
    }

    /// Both ends shake hands; the server's end is given too when it came so far.
    fn shake(
        &self,
        client: &ClientTls,
        server: &ServerTls,
        name: &str,
    ) -> (Result<Secured, TlsFailure>, Result<Secured, TlsFailure>) {
        let (near, far) = self.world.pair(&self.near, &self.far);
        let cause = self.world.start();
        self.world.run(async {
            let accepting = accept(&self.far, far, server, LIMIT, cause);
            let connecting = connect(&self.near, near, client, name, LIMIT, cause);
            futures_util::join!(connecting, accepting)
        })
    }

    /// The client meets an end that `script` plays.
    fn meet(
        &self,
        client: &ClientTls,
        script: impl AsyncFnOnce(&mut dyn Stream),
    ) -> Result<Secured, TlsFailure> {
        let (near, mut far) = self.world.pair(&self.near, &self.far);
        let cause = self.world.start();
        far.write_because(cause);
        self.world.run(async {
            let connecting = connect(&self.near, near, client, "shop.lab", LIMIT, cause);
            futures_util::join!(connecting, script(&mut *far)).0
        })
    }

    fn messages(&self, vantage: Vantage) -> Vec<String> {
        self.world.record.all(|entry| match &entry.event {
            Event::Tls(TlsEvent::MessageSeen {
                direction, message, ..
            }) if entry.vantage == vantage => Some(format!("{direction} {message}")),
            _ => None,
        })
    }
}

fn failure(result: Result<Secured, TlsFailure>) -> TlsFailure {
    result.err().expect("a failed handshake")
}

#[test]
fn tls_1_3_says_what_was_agreed_and_why_it_trusts() {
    let authority = Authority::new();
    let two = Two::new();
    let server = authority.issue(&["shop.lab"], |_| {}).server(&["h2"]);
    let (near, far) = two.shake(&authority.client(), &server, "shop.lab");
    let (near, far) = (near.unwrap(), far.unwrap());
    assert_eq!(
        (near.alpn.as_deref(), near.version),
        (Some("h2"), TlsVersion::Tls13)
    );
    assert_eq!(far.server_name.as_deref(), Some("shop.lab"));
    let journal = &two.world.record;
    let Event::Tls(TlsEvent::HandshakeDone {
        version,
        cipher,
        group,
        resumed,
        ..
    }) = journal.of(near.done)
    else {
        panic!("done is HandshakeDone");
    };
    assert_eq!(
        (version.as_ref(), group.as_str(), resumed),
        ("TLS 1.3", "X25519", false)
    );
    // Our decoder and rustls read the same ServerHello.
    let decoded = journal.all(|entry| match &entry.event {
        Event::Tls(TlsEvent::MessageSeen {
            message, fields, ..
        }) if message == "ServerHello" => fields
            .iter()
            .find(|field| field.0 == "cipher_suite")
            .map(|field| field.1.clone()),
        _ => None,
    });
    assert_eq!(decoded, [cipher.clone(), cipher]);
    assert_eq!(
        two.messages(Vantage::Near),
        ["sent ClientHello", "received ServerHello"]
    );
    let trusted = journal.all(|entry| match &entry.event {
        Event::Tls(TlsEvent::ChainVerified { trusted, why, .. }) => Some((*trusted, why.clone())),
        _ => None,
    });
    assert_eq!(
        trusted,
        [(
            true,
            "it leads to \"Test Root\", which is trusted here".to_owned()
        )]
    );
    journal.check_causes();
}

#[test]
fn a_client_hello_is_decoded_to_its_fields_with_its_bytes() {
    let authority = Authority::new();
    let two = Two::new();
    let server = authority.issue(&["shop.lab"], |_| {}).server(&["h2"]);
    two.shake(&authority.client(), &server, "shop.lab")
        .0
        .unwrap();
    let journal = &two.world.record;
    let hellos = journal.all(|entry| match &entry.event {
        Event::Tls(TlsEvent::MessageSeen {
            message, fields, ..
        }) if message == "ClientHello" => Some((fields.clone(), entry.span)),
        _ => None,
    });
    let (fields, span) = &hellos[0];
    let field = |name: &str| fields.iter().find(|f| f.0 == name).map(|f| f.1.as_str());
    assert_eq!(field("server_name"), Some("shop.lab"));
    assert_eq!(field("supported_versions"), Some("TLS 1.3, TLS 1.2"));
    assert_eq!(
        field("application_layer_protocol_negotiation"),
        Some("h2, http/1.1")
    );
    assert!(
        field("cipher_suites")
            .unwrap()
            .contains("TLS_AES_128_GCM_SHA256")
    );
    assert!(field("supported_groups").unwrap().contains("X25519"));
    assert_eq!(
        journal.octets(span.unwrap())[0],
        1,
        "the bytes begin with the message's type"
    );
    let lines = journal.all(|entry| match &entry.event {
        Event::Tls(TlsEvent::KeyLogged { label, line, .. }) => {
            assert_eq!(line.to_string(), "(redacted)");
            Some((label.clone(), line.expose().split(' ').count()))
        }
        _ => None,
    });
    assert!(
        lines.contains(&("CLIENT_HANDSHAKE_TRAFFIC_SECRET".to_owned(), 3)),
        "{lines:?}"
    );
}

#[test]
fn tls_1_2_shows_its_whole_handshake_in_the_clear() {
    let authority = Authority::new();
    let two = Two::new();
    let server = authority.issue(&["shop.lab"], |_| {}).server(&["h2"]);
    let client = client(vec![authority.root()], TlsVersion::Tls12, false);
    let (near, _) = two.shake(&client, &server, "shop.lab");
    assert_eq!(near.unwrap().version, TlsVersion::Tls12);
    assert_eq!(
        two.messages(Vantage::Near),
        [
            "sent ClientHello",
            "received ServerHello",
            "received Certificate",
            "received ServerKeyExchange",
            "received ServerHelloDone",
            "sent ClientKeyExchange",
        ]
    );
    two.world.record.check_causes();
}

#[test]
fn a_second_handshake_resumes_the_first_ones_session() {
    for version in [TlsVersion::Tls13, TlsVersion::Tls12] {
        let authority = Authority::new();
        let two = Two::new();
        let server = authority.issue(&["shop.lab"], |_| {}).server(&["h2"]);
        let client = client(vec![authority.root()], version, false);
        let (near, far) = two.shake(&client, &server, "shop.lab");
        let (mut near, mut far) = (near.unwrap().stream, far.unwrap().stream);
        // The tickets of TLS 1.3 come with the first octets.
        two.world.run(async {
            write_all(&mut far, b"x").await.unwrap();
            read(&mut near, &mut [0; 1]).await.unwrap();
        });
        assert!(
            two.shake(&client, &server, "shop.lab").0.unwrap().resumed,
            "{version:?}"
        );
    }
}

#[test]
fn what_is_read_knows_its_record_and_the_record_its_delivery() {
    let authority = Authority::new();
    let two = Two::new();
    let server = authority.issue(&["shop.lab"], |_| {}).server(&["h2"]);
    let (near, far) = two.shake(&authority.client(), &server, "shop.lab");
    let (mut near, mut far) = (near.unwrap().stream, far.unwrap().stream);
    let journal = &two.world.record;
    two.world.run(async {
        let mut buffer = [0; 64];
        write_all(&mut near, b"ping").await.unwrap();
        assert_eq!(read(&mut far, &mut buffer).await.unwrap(), 4);
        let path = journal.path(far.read_cause());
        assert_eq!(path[..3], ["RecordSeen", "DataArrived", "RecordSeen"]);
        shutdown(&mut near).await.unwrap();
        assert_eq!(read(&mut far, &mut buffer).await.unwrap(), 0);
        let late = write_all(&mut near, b"late").await.unwrap_err();
        assert_eq!(late.kind, PortFailureKind::Closed);
    });
    let closes = journal.all(|entry| match &entry.event {
        Event::Tls(TlsEvent::AlertSeen {
            direction, alert, ..
        }) => Some(format!("{direction} {alert}")),
        _ => None,
    });
    assert_eq!(closes, ["sent close_notify", "received close_notify"]);
    journal.check_causes();
}

#[test]
fn an_end_without_close_notify_is_a_failure_and_no_end() {
    let authority = Authority::new();
    let two = Two::new();
    let server = authority.issue(&["shop.lab"], |_| {}).server(&["h2"]);
    let (near, far) = two.shake(&authority.client(), &server, "shop.lab");
    drop(far);
    let mut near = near.unwrap().stream;
    let cut = two.world.run(read(&mut near, &mut [0; 8])).unwrap_err();
    assert_eq!(cut.kind, PortFailureKind::Closed);
    assert_eq!(cut.words, "the connection ended without close_notify");
}

/// The client's failure, its message, and the alert that it sent.
fn judged(identity: &Identity, name: &str) -> (Code, String, Vec<String>) {
    let two = Two::new();
    let authority_client = client(vec![ROOT.with(|a| a.root())], TlsVersion::Tls13, false);
    let (near, _) = two.shake(&authority_client, &identity.server(&["h2"]), name);
    let failed = Failed::from(failure(near));
    let sent = two.world.record.all(|entry| match &entry.event {
        Event::Tls(TlsEvent::AlertSeen {
            direction, alert, ..
        }) if direction == "sent" => Some(alert.clone()),
        _ => None,
    });
    two.world.record.check_causes();
    (failed.code, failed.message, sent)
}

thread_local! {
    static ROOT: Authority = Authority::new();
}

fn issue(names: &[&str], change: impl Fn(&mut rcgen::CertificateParams)) -> Identity {
    ROOT.with(|authority| authority.issue(names, change))
}

#[test]
fn a_certificate_for_another_name_is_refused_with_the_names_it_has() {
    let (code, message, sent) = judged(&issue(&["a.lab", "b.lab"], |_| {}), "shop.lab");
    assert_eq!(code, Code::TlsCertNameInvalid);
    assert_eq!(
        message,
        "The certificate of shop.lab (203.0.113.10:443) is for a.lab, b.lab, not for this name."
    );
    assert_eq!(sent, ["bad_certificate"]);
}

#[test]
fn an_expired_certificate_is_refused_with_both_dates() {
    let expired = issue(&["shop.lab"], |params| {
        params.not_after = date_time_ymd(2025, 12, 31)
    });
    let (code, message, sent) = judged(&expired, "shop.lab");
    assert_eq!(code, Code::TlsCertDateInvalid);
    assert!(
        message.contains("was valid until 2025-12-31T00:00:00Z, now it is 2026-01-01T00:00:00Z"),
        "{message}"
    );
    assert_eq!(sent, ["certificate_expired"]);
    let early = issue(&["shop.lab"], |params| {
        params.not_before = date_time_ymd(2026, 2, 1)
    });
    assert_eq!(judged(&early, "shop.lab").0, Code::TlsCertNotYetValid);
}

/// Authority information access with caIssuers (RFC 5280, section 4.2.2.1).
fn names_the_issuers_place(params: &mut rcgen::CertificateParams) {
    let place = b"http://ca.lab/i.cer";
    let mut access = vec![0x30, 31, 0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2, 0x86, 19];
    access.extend(place);
    let mut all = vec![0x30, access.len() as u8];
    all.extend(access);
    let extension = rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], all);
    params.custom_extensions.push(extension);
}

#[test]
fn unknown_authorities_and_missing_intermediates_are_told_apart() {
    let (code, message, sent) = judged(&self_signed("shop.lab"), "shop.lab");
    assert_eq!(code, Code::TlsCertAuthorityInvalid);
    assert!(message.contains("signs itself"), "{message}");
    assert_eq!(sent, ["unknown_ca"]);
    let stranger = Authority::new().issue(&["shop.lab"], |_| {});
    let (code, message, _) = judged(&stranger, "shop.lab");
    assert_eq!(code, Code::TlsCertAuthorityInvalid);
    assert!(
        message.contains("leads to \"Test Root\", which is not trusted"),
        "{message}"
    );
    let mut alone = issue(&["shop.lab"], |_| {});
    alone.chain.truncate(1);
    let (code, message, _) = judged(&alone, "shop.lab");
    assert_eq!(code, Code::TlsCertAuthorityInvalid);
    assert!(
        message.contains("leads to \"Test Intermediate\", which is not trusted"),
        "{message}"
    );
    let mut alone = issue(&["shop.lab"], names_the_issuers_place);
    alone.chain.truncate(1);
    let (code, message, _) = judged(&alone, "shop.lab");
    assert_eq!(code, Code::TlsCertMissingIntermediate);
    assert!(
        message.contains("signed by \"Test Intermediate\""),
        "{message}"
    );
}

#[test]
fn insecure_goes_on_and_still_states_the_verdict() {
    let two = Two::new();
    let server = self_signed("other.lab").server(&["h2"]);
    let client = client(Vec::new(), TlsVersion::Tls13, true);
    two.shake(&client, &server, "shop.lab").0.unwrap();
    let verdicts = two.world.record.all(|entry| match &entry.event {
        Event::Tls(TlsEvent::ChainVerified { trusted, why, .. }) => Some((*trusted, why.clone())),
        _ => None,
    });
    assert_eq!(
        verdicts,
        [(false, "it signs itself and is not trusted here".to_owned())]
    );
}

#[test]
fn a_self_signed_certificate_that_is_a_root_here_is_trusted() {
    let two = Two::new();
    let identity = self_signed("shop.lab");
    let client = client(identity.chain.clone(), TlsVersion::Tls13, false);
    let server = identity.server(&["h2"]);
    two.shake(&client, &server, "shop.lab").0.unwrap();
    let wrong = failure(two.shake(&client, &server, "other.lab").0);
    assert_eq!(wrong.why.code(), Code::TlsCertNameInvalid);
}

#[test]
fn a_peer_that_does_not_speak_tls_is_quoted() {
    let two = Two::new();
    let failed = failure(two.meet(&Authority::new().client(), async |far| {
        read(far, &mut [0; 2048]).await.unwrap();
        write_all(far, b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
    }));
    assert_eq!(failed.why.code(), Code::TlsNotTls);
    assert_eq!(
        failed.to_string(),
        "shop.lab (203.0.113.10:443) does not speak TLS on this port: it answered \"HTTP/1.1 400 Bad Request\"."
    );
    assert_eq!(two.world.record.path(failed.evidence)[0], "HandshakeFailed");
    two.world.record.check_causes();
}

#[test]
fn a_silent_a_closing_and_a_resetting_peer_are_told_apart() {
    let client = Authority::new().client();
    let silent = failure(Two::new().meet(&client, async |far| {
        while read(far, &mut [0; 2048]).await.unwrap() > 0 {}
    }));
    assert_eq!(silent.why.code(), Code::TlsTimedOut);
    assert_eq!(
        Failed::from(&silent).waiting_for.as_deref(),
        Some("ServerHello")
    );
    let closing = failure(Two::new().meet(&client, async |far| {
        read(far, &mut [0; 2048]).await.unwrap();
        shutdown(far).await.unwrap();
    }));
    assert_eq!(closing.why.code(), Code::TcpClosed);
    let reset = failure(Two::new().meet(&client, async |far| {
        read(far, &mut [0; 2048]).await.unwrap();
        far.abort();
    }));
    assert_eq!(reset.why.code(), Code::TcpReset);
}

#[test]
fn alerts_and_broken_records_have_their_names() {
    let client = Authority::new().client();
    let alert = failure(Two::new().meet(&client, async |far| {
        write_all(far, &[21, 3, 3, 0, 2, 2, 80]).await.unwrap();
    }));
    assert_eq!(
        *alert.why,
        Failure::Alert {
            name: "internal_error".to_owned()
        }
    );
    let version = failure(Two::new().meet(&client, async |far| {
        write_all(far, &[21, 3, 1, 0, 2, 2, 70]).await.unwrap();
    }));
    assert_eq!(version.why.code(), Code::TlsVersionOrCipherMismatch);
    let broken = failure(Two::new().meet(&client, async |far| {
        write_all(far, &[22, 3, 3, 0, 5, 2, 0, 0, 1, 9])
            .await
            .unwrap();
    }));
    assert_eq!(broken.why.code(), Code::TlsProtocolError);
}

#[test]
fn no_suite_in_common_is_a_mismatch_at_both_ends() {
    use rustls::CipherSuite;
    let two = Two::new();
    let identity = issue(&["shop.lab"], |_| {});
    let mut only_256 = (*provider()).clone();
    only_256
        .cipher_suites
        .retain(|suite| suite.suite() == CipherSuite::TLS13_AES_256_GCM_SHA384);
    let server = identity.server_with(only_256.into(), &["h2"]);
    let client = client(vec![ROOT.with(|a| a.root())], TlsVersion::Tls12, false);
    let (near, far) = two.shake(&client, &server, "shop.lab");
    assert_eq!(failure(near).why.code(), Code::TlsVersionOrCipherMismatch);
    assert_eq!(failure(far).why.code(), Code::TlsVersionOrCipherMismatch);
}

#[test]
fn recording_off_changes_nothing_but_the_journal() {
    let world = World::new();
    let (near, far) = (world.silent_machine(), world.silent_machine());
    let authority = Authority::new();
    let server = authority.issue(&["shop.lab"], |_| {}).server(&["h2"]);
    let (a, b) = world.pair(&near, &far);
    let client = authority.client();
    let (secured, _) = world.run(async {
        let accepting = accept(&far, b, &server, LIMIT, None);
        let connecting = connect(&near, a, &client, "shop.lab", LIMIT, None);
        futures_util::join!(connecting, accepting)
    });
    assert_eq!(secured.unwrap().alpn.as_deref(), Some("h2"));
    assert!(world.record.entries.borrow().is_empty());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn no_octets_make_the_client_panic_or_hang(octets: Vec<u8>, kind in 20u8..24) {
        let two = Two::new();
        let client = client(Vec::new(), TlsVersion::Tls13, false);
        let length = (octets.len() as u16).to_be_bytes();
        let record = [&[kind, 3, 3, length[0], length[1]], octets.as_slice()].concat();
        let failed = failure(two.meet(&client, async |far| {
            let _ = write_all(far, &record).await;
            let _ = write_all(far, &octets).await;
            let _ = shutdown(far).await;
        }));
        proptest::prop_assert!(failed.evidence.is_some());
        two.world.record.check_causes();
    }
}

use rcgen::{CertificateParams, KeyPair};
use rustls::{
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use std::{rc::Rc, sync::Arc, time::Duration};
use thru_events::{NodeId, RequestId, Vantage};
use thru_http::{Connection, CookieJar, Destination, Request, Version};
use thru_memory::World;
use thru_octets::Reader;
use thru_port::{Port, Stream, read, shutdown, write_all};
use thru_tls::{ClientSettings, ClientTls, ServerSettings, ServerTls, TlsVersion, accept, connect};
use url::Url;

/// How long one end waits for the other, in virtual time.
const LIMIT: Duration = Duration::from_secs(5);

/// One handshake message.
pub fn tls_message(octets: &[u8]) {
    let _ = thru_tls::decode_message(octets);
}

/// What a server says to our client.
pub fn tls_client(octets: &[u8]) {
    meet(octets, async |port, stream| {
        let cause = None;
        let secured = connect(&port, stream, &identity().client, "shop.lab", LIMIT, cause).await;
        if let Ok(mut secured) = secured {
            let _ = read(&mut secured.stream, &mut [0; 4096]).await;
        }
    });
}

/// What a client says to our server.
pub fn tls_server(octets: &[u8]) {
    meet(octets, async |port, stream| {
        let secured = accept(&port, stream, &identity().server, LIMIT, None).await;
        if let Ok(mut secured) = secured {
            let _ = read(&mut secured.stream, &mut [0; 4096]).await;
        }
    });
}

/// What a server answers over HTTP/1.1.
pub fn http1_response(octets: &[u8]) {
    exchange(octets, Version::Http1);
}

/// What a server sends over HTTP/2: frames and compressed header fields.
pub fn http2_response(octets: &[u8]) {
    exchange(octets, Version::Http2);
}

fn exchange(octets: &[u8], version: Version) {
    meet(octets, async |port, stream| {
        let Ok(connection) = Connection::open(&port, stream, version, None).await else {
            return;
        };
        let url = Url::parse("http://shop.lab/list").expect("an address");
        let request = Request::get(RequestId(1), url, Destination::Document, LIMIT);
        let _ = connection.send(request, None).await;
        connection.close(None).await;
    });
}

/// The first octet chooses the coding, the rest is the body.
pub fn content_coding(octets: &[u8]) {
    let mut reader = Reader::new(octets);
    let codings = ["gzip", "br", "zstd", "deflate", "identity", "gzip, br"];
    let chosen = reader.u8("coding").map_or(0, usize::from) % codings.len();
    let _ = thru_http::decode(codings[chosen], reader.rest().to_vec());
}

/// `Set-Cookie` fields, one a line, and what is sent back.
pub fn cookie(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    let url = Url::parse("https://a.shop.lab/list/page").expect("an address");
    let mut jar = CookieJar::default();
    for field in text.lines() {
        jar.store(&url, field, 1_700_000_000);
    }
    jar.field(&url, 1_700_000_001);
}

/// A peer that reads once, says `octets`, and ends; `ours` has the other end.
fn meet(octets: &[u8], ours: impl AsyncFnOnce(Rc<dyn Port>, Box<dyn Stream>)) {
    let world = World::new();
    let near = world.machine(Vantage::Near, [10, 0, 0, 23]);
    let far = world.machine(Vantage::Node(NodeId(1)), [203, 0, 113, 10]);
    let (stream, mut peer) = world.pair(&near, &far);
    let cause = world.start();
    peer.write_because(cause);
    let talking = async {
        let saying = async {
            let _ = write_all(&mut *peer, octets).await;
            let _ = shutdown(&mut *peer).await;
            let mut rest = [0; 4096];
            while matches!(read(&mut *peer, &mut rest).await, Ok(length) if length > 0) {}
        };
        futures_util::join!(ours(near.clone(), stream), saying);
    };
    world.run(talking);
}

/// A server that the client trusts; made once.
struct Identity {
    client: ClientTls,
    server: ServerTls,
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn identity() -> Rc<Identity> {
    thread_local! {
        static IDENTITY: Rc<Identity> = Rc::new(make_identity());
    }
    IDENTITY.with(Rc::clone)
}

fn make_identity() -> Identity {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["shop.lab".to_owned()]).expect("a name");
    let certificate = params.self_signed(&key).expect("a certificate");
    let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
    let alpn = vec!["h2".to_owned(), "http/1.1".to_owned()];
    let client = ClientTls::new(ClientSettings {
        provider: provider(),
        roots: chain.clone(),
        alpn: alpn.clone(),
        insecure: true,
        max_version: TlsVersion::Tls13,
    });
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let key = provider().key_provider.load_private_key(key);
    let server = ServerTls::new(ServerSettings {
        provider: provider(),
        chain,
        key: key.expect("a key of its own"),
        alpn,
        max_version: TlsVersion::Tls13,
    });
    Identity {
        client: client.expect("a client"),
        server: server.expect("a server"),
    }
}

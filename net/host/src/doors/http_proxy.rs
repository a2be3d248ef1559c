//! An HTTP proxy: CONNECT (RFC 9110, section 9.3.6), and requests for `http:` URLs.

use super::{Answer, Visitor};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Longest head of a request, octets.
const HEAD: usize = 64 * 1024;
const BAD_REQUEST: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const ESTABLISHED: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";
const BAD_GATEWAY: &[u8] =
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

pub(super) async fn question(mut stream: TcpStream) -> Option<Visitor> {
    let mut octets = Vec::new();
    let end = loop {
        if let Some(end) = find(&octets, b"\r\n\r\n") {
            break end + 4;
        }
        if octets.len() > HEAD || stream.read_buf(&mut octets).await.ok()? == 0 {
            return None;
        }
    };
    let rest = octets.split_off(end);
    let asked = String::from_utf8(octets)
        .ok()
        .and_then(|head| request(&head));
    let Some(Asked {
        host,
        port,
        forward,
    }) = asked
    else {
        let _ = stream.write_all(BAD_REQUEST).await;
        return None;
    };
    let tunnel = forward.is_none();
    let mut early = forward.unwrap_or_default().into_bytes();
    early.extend_from_slice(&rest);
    Some(Visitor {
        host,
        port,
        early,
        stream,
        answer: Answer {
            admitted: if tunnel {
                ESTABLISHED.to_vec()
            } else {
                Vec::new()
            },
            refused: BAD_GATEWAY.to_vec(),
        },
    })
}

fn find(octets: &[u8], wanted: &[u8]) -> Option<usize> {
    octets.windows(wanted.len()).position(|part| part == wanted)
}

#[derive(Debug, PartialEq)]
struct Asked {
    host: String,
    port: u16,
    /// The head as the server wants it; none for a tunnel.
    forward: Option<String>,
}

fn request(head: &str) -> Option<Asked> {
    let (line, fields) = head.split_once("\r\n")?;
    let [method, target, version] = line.split(' ').collect::<Vec<_>>()[..] else {
        return None;
    };
    if method == "CONNECT" {
        let (host, port) = authority(target, None)?;
        return Some(Asked {
            host,
            port,
            forward: None,
        });
    }
    let rest = target.strip_prefix("http://")?;
    let (name, path) = match rest.find('/') {
        Some(slash) => (&rest[..slash], &rest[slash..]),
        None => (rest, "/"),
    };
    let (host, port) = authority(name, Some(80))?;
    // One request a connection: the next one may be for somebody else.
    let hop_by_hop = |field: &&str| {
        let name = field.split(':').next().unwrap_or_default();
        ![
            "connection",
            "proxy-connection",
            "proxy-authorization",
            "keep-alive",
        ]
        .contains(&name.to_ascii_lowercase().as_str())
    };
    let kept: Vec<&str> = fields
        .split("\r\n")
        .filter(|field| !field.is_empty())
        .filter(hop_by_hop)
        .collect();
    let mut forward = format!("{method} {path} {version}\r\n");
    for field in kept {
        forward += field;
        forward += "\r\n";
    }
    forward += "Connection: close\r\n\r\n";
    Some(Asked {
        host,
        port,
        forward: Some(forward),
    })
}

/// `host:port`, or `[v6]:port`.
fn authority(text: &str, default: Option<u16>) -> Option<(String, u16)> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (text, default?),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tunnel_is_asked_for() {
        let asked = request("CONNECT shop.lab:443 HTTP/1.1\r\nHost: shop.lab:443\r\n\r\n");
        let asked = asked.unwrap();
        assert_eq!((asked.host.as_str(), asked.port), ("shop.lab", 443));
        assert_eq!(asked.forward, None);
    }

    #[test]
    fn a_request_for_a_url_is_turned_into_one_for_its_path() {
        let asked = request(
            "GET http://shop.lab/a?b HTTP/1.1\r\nHost: shop.lab\r\nProxy-Connection: keep-alive\r\n\r\n",
        )
        .unwrap();
        assert_eq!(asked.port, 80);
        assert_eq!(
            asked.forward.unwrap(),
            "GET /a?b HTTP/1.1\r\nHost: shop.lab\r\nConnection: close\r\n\r\n"
        );
    }

    #[test]
    fn what_is_no_request_for_a_proxy_is_refused() {
        for head in [
            "GET / HTTP/1.1\r\n\r\n",
            "CONNECT shop.lab HTTP/1.1\r\n\r\n",
            "x\r\n\r\n",
        ] {
            assert_eq!(request(head), None, "{head}");
        }
    }
}

//! SOCKS5 (RFC 1928): CONNECT, without authentication.

use super::{Answer, Visitor};
use std::net::{Ipv4Addr, Ipv6Addr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const NO_METHOD: u8 = 0xff;
const CONNECT: u8 = 1;
const COMMAND_NOT_SUPPORTED: u8 = 7;
const HOST_UNREACHABLE: u8 = 4;

/// The handshake up to the request (sections 3 and 4).
pub(super) async fn question(mut stream: TcpStream) -> Option<Visitor> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).await.ok()?;
    let mut methods = vec![0; usize::from(head[1])];
    stream.read_exact(&mut methods).await.ok()?;
    if head[0] != VERSION || !methods.contains(&NO_AUTHENTICATION) {
        let _ = stream.write_all(&[VERSION, NO_METHOD]).await;
        return None;
    }
    stream.write_all(&[VERSION, NO_AUTHENTICATION]).await.ok()?;
    let mut request = [0; 4];
    stream.read_exact(&mut request).await.ok()?;
    let host = address(&mut stream, request[3]).await?;
    let port = stream.read_u16().await.ok()?;
    if request[0] != VERSION || request[1] != CONNECT {
        let _ = stream.write_all(&reply(COMMAND_NOT_SUPPORTED)).await;
        return None;
    }
    Some(Visitor {
        host,
        port,
        early: Vec::new(),
        stream,
        answer: Answer {
            admitted: reply(0),
            refused: reply(HOST_UNREACHABLE),
        },
    })
}

/// The address by its type (section 5).
async fn address(stream: &mut TcpStream, kind: u8) -> Option<String> {
    match kind {
        1 => {
            let mut octets = [0; 4];
            stream.read_exact(&mut octets).await.ok()?;
            Some(Ipv4Addr::from(octets).to_string())
        }
        3 => {
            let length = stream.read_u8().await.ok()?;
            let mut name = vec![0; usize::from(length)];
            stream.read_exact(&mut name).await.ok()?;
            String::from_utf8(name).ok()
        }
        4 => {
            let mut octets = [0; 16];
            stream.read_exact(&mut octets).await.ok()?;
            Some(Ipv6Addr::from(octets).to_string())
        }
        _ => None,
    }
}

/// Section 6; the bound address is of no use to the program and left empty.
fn reply(code: u8) -> Vec<u8> {
    vec![VERSION, code, 0, 1, 0, 0, 0, 0, 0, 0]
}

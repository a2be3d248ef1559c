//! Doors into the lab: a SOCKS5 and an HTTP proxy on the real system, and a TAP device.
//!
//! Stage: the host world, in front of the lab.
//! In: connections of real programs. Out: a [`Visitor`] for each: whom it wants, and its octets;
//! of a [`TapDevice`] the frames of the kernel.
//! Emits: nothing.
//! How it works: the proxy's handshake is spoken here; the octets after it are the caller's.
//! Not here: the lab (`lab`), who joins both ends (`app/cli`). GAP: UDP through SOCKS5.

mod http_proxy;
mod socks;
mod tap_device;
mod timer;

pub use tap_device::{AsyncTap, TapDevice};
pub use timer::sleep;

use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
};

/// Time for a handshake.
const HANDSHAKE: Duration = Duration::from_secs(30);

/// Which handshake a door speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// SOCKS5 (RFC 1928), without authentication.
    Socks,
    /// HTTP: CONNECT, and requests for `http:` URLs (RFC 9112, section 3.2).
    Http,
}

/// A door that is open.
pub struct Door {
    kind: Kind,
    listener: TcpListener,
}

/// A real program at a door.
pub struct Visitor {
    /// The name or address that it wants.
    pub host: String,
    /// The port that it wants.
    pub port: u16,
    /// Octets that were read already and belong to what follows.
    pub early: Vec<u8>,
    stream: TcpStream,
    answer: Answer,
}

/// What the program is told.
struct Answer {
    admitted: Vec<u8>,
    refused: Vec<u8>,
}

impl Door {
    /// Opens a door at `address`.
    ///
    /// # Errors
    /// The operating system's, if it cannot listen there.
    pub async fn open(kind: Kind, address: SocketAddr) -> io::Result<Door> {
        let listener = TcpListener::bind(address).await?;
        Ok(Door { kind, listener })
    }

    /// Where it is.
    ///
    /// # Errors
    /// The operating system's.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The next connection, before its handshake.
    ///
    /// # Errors
    /// The operating system's.
    pub async fn next(&self) -> io::Result<Knock> {
        let (stream, _) = self.listener.accept().await?;
        stream.set_nodelay(true)?;
        Ok(Knock {
            kind: self.kind,
            stream,
        })
    }
}

/// A connection whose handshake is to come.
pub struct Knock {
    kind: Kind,
    stream: TcpStream,
}

impl Knock {
    /// Speaks the handshake up to the question; `None` if it is none.
    pub async fn question(self) -> Option<Visitor> {
        let asked = async {
            match self.kind {
                Kind::Socks => socks::question(self.stream).await,
                Kind::Http => http_proxy::question(self.stream).await,
            }
        };
        tokio::time::timeout(HANDSHAKE, asked).await.ok()?
    }
}

impl Visitor {
    /// Says that the way is open, and gives the connection.
    ///
    /// # Errors
    /// The operating system's.
    pub async fn admit(mut self) -> io::Result<(TcpStream, Vec<u8>)> {
        self.stream.write_all(&self.answer.admitted).await?;
        Ok((self.stream, self.early))
    }

    /// Says that there is no way.
    pub async fn refuse(mut self) {
        // Who left already needs no answer.
        let _ = self.stream.write_all(&self.answer.refused).await;
    }
}

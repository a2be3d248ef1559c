//! What the cases share: a folder, certificates, and servers that start when first asked for.

use crate::{
    certificates::Certificates,
    name_server,
    needs::{self, Need},
    nginx::Nginx,
    server::{Server, tool},
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};
use tempfile::TempDir;

/// One case: its name, what it needs, what it does. It panics where it fails.
pub struct Case {
    pub name: &'static str,
    pub needs: &'static [Need],
    pub run: fn(&Room),
}

/// Shared by all cases of a run.
pub struct Room {
    folder: TempDir,
    certificates: OnceLock<Certificates>,
    nginx: OnceLock<Nginx>,
    dnsmasq: OnceLock<Server>,
    unbound: OnceLock<Server>,
    http_server: OnceLock<Server>,
    breaks_off: OnceLock<Server>,
}

impl Room {
    pub fn new() -> Room {
        Room {
            folder: tempfile::tempdir().expect("a temporary folder"),
            certificates: OnceLock::new(),
            nginx: OnceLock::new(),
            dnsmasq: OnceLock::new(),
            unbound: OnceLock::new(),
            http_server: OnceLock::new(),
            breaks_off: OnceLock::new(),
        }
    }

    /// A folder of its own for the case `name`.
    pub fn folder(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(&folder).expect("a temporary folder can be written");
        folder
    }

    pub fn certificates(&self) -> &Certificates {
        self.certificates
            .get_or_init(|| Certificates::make(&self.folder("certificates")))
    }

    /// nginx with the five pages under `/pages/` and the files of [`Room::site`] under `/`.
    pub fn nginx(&self) -> &Nginx {
        self.nginx.get_or_init(|| {
            let (pages, site) = (needs::pages(), self.site());
            let pages = pages.canonicalize().unwrap_or(pages);
            Nginx::start(&self.folder("nginx"), &pages, &site, self.certificates())
        })
    }

    /// The folder that nginx serves under `/`; a case may put files there under its own name.
    pub fn site(&self) -> PathBuf {
        self.folder("site")
    }

    pub fn dnsmasq(&self) -> &Server {
        self.dnsmasq
            .get_or_init(|| name_server::dnsmasq(&self.folder("dnsmasq")))
    }

    pub fn unbound(&self) -> &Server {
        self.unbound
            .get_or_init(|| name_server::unbound(&self.folder("unbound")))
    }

    /// `python3 -m http.server` with the five pages.
    pub fn http_server(&self) -> &Server {
        self.http_server.get_or_init(|| {
            let mut command = tool("python3", ["-u", "-m", "http.server", "0"]);
            command
                .args(["--bind", "127.0.0.1", "--directory"])
                .arg(needs::pages());
            let log = self.folder("http.server").join("log");
            Server::that_says_its_port(command, "port ", &log)
        })
    }

    /// The script that breaks off.
    pub fn breaks_off(&self) -> &Server {
        self.breaks_off
            .get_or_init(|| new_breaks_off(&self.folder("breaks-off")))
    }
}

/// The script that breaks off, for one case alone.
pub fn new_breaks_off(folder: &Path) -> Server {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/real/breaks_off.py");
    let mut command = tool("python3", ["-u"]);
    command.arg(script);
    Server::that_says_its_port(command, "port ", &folder.join("log"))
}

/// `openssl s_server` with a certificate, answering with files of `folder`.
pub fn openssl_server(
    folder: &Path,
    certificate: &crate::certificates::Certificate,
    more: &[&str],
) -> Server {
    let mut command = tool(
        "openssl",
        ["s_server", "-accept", "127.0.0.1:0", "-WWW", "-cert"],
    );
    command
        .arg(&certificate.chain)
        .arg("-key")
        .arg(&certificate.key)
        .args(more)
        .current_dir(folder);
    Server::that_says_its_port(command, "ACCEPT 127.0.0.1:", &folder.join("s_server.log"))
}

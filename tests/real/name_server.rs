//! dnsmasq and unbound: name servers that are not ours.

use crate::{
    certificates::{Certificate, NAME},
    server::{Server, free_port, tool},
};
use std::{fs, path::Path};

/// dnsmasq: knows [`NAME`] and says of any other name under `test` that it does not exist.
pub fn dnsmasq(folder: &Path) -> Server {
    let port = free_port();
    let mut command = tool(
        "dnsmasq",
        ["--keep-in-foreground", "--no-resolv", "--no-hosts"],
    );
    command
        .args(["--conf-file=/dev/null", "--log-facility=-", "--pid-file="])
        .args(["--listen-address=127.0.0.1", "--bind-interfaces"])
        .arg(format!("--port={port}"))
        .arg(format!("--host-record={NAME},127.0.0.1"))
        .args(["--local=/test/", "--user="]);
    Server::on_port(command, port, &folder.join("dnsmasq.log"))
}

/// unbound with doors: DNS over TLS and over HTTPS with the good certificate; their ports.
pub fn unbound_with_doors(folder: &Path, certificate: &Certificate) -> (Server, u16, u16) {
    let (port, tls, https) = (free_port(), free_port(), free_port());
    let here = folder.display();
    let (chain, key) = (certificate.chain.display(), certificate.key.display());
    let text = format!(
        "server:\n do-daemonize: no\n username: \"\"\n chroot: \"\"\n directory: \"{here}\"\n pidfile: \"\"\n use-syslog: no\n \
         interface: 127.0.0.1@{port}\n interface: 127.0.0.1@{tls}\n interface: 127.0.0.1@{https}\n tls-port: {tls}\n https-port: {https}\n \
         tls-service-pem: \"{chain}\"\n tls-service-key: \"{key}\"\n module-config: \"iterator\"\n \
         local-zone: \"test.\" static\n local-data: \"{NAME}. 60 IN A 127.0.0.1\"\nremote-control:\n control-enable: no\n"
    );
    let file = folder.join("unbound.conf");
    fs::write(&file, text).expect("a temporary folder can be written");
    let mut command = tool("unbound", ["-d", "-p", "-c"]);
    command.arg(file);
    let server = Server::on_port(command, port, &folder.join("unbound.log"));
    (server, tls, https)
}

/// unbound: the same from local data, with a negative answer that has an SOA record.
pub fn unbound(folder: &Path) -> Server {
    let port = free_port();
    let here = folder.display();
    let text = format!(
        "server:\n do-daemonize: no\n username: \"\"\n chroot: \"\"\n directory: \"{here}\"\n pidfile: \"\"\n use-syslog: no\n \
         interface: 127.0.0.1@{port}\n module-config: \"iterator\"\n do-not-query-localhost: no\n \
         local-zone: \"test.\" static\n local-data: \"test. 60 IN SOA ns.test. admin.test. 1 3600 600 86400 60\"\n \
         local-data: \"test. 60 IN NS ns.test.\"\n local-data: \"{NAME}. 60 IN A 127.0.0.1\"\n\
         remote-control:\n control-enable: no\n"
    );
    let file = folder.join("unbound.conf");
    fs::write(&file, text).expect("a temporary folder can be written");
    let mut command = tool("unbound", ["-d", "-p", "-c"]);
    command.arg(file);
    Server::on_port(command, port, &folder.join("unbound.log"))
}

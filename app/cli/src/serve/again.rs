//! What SIGHUP cannot change: it is said, with what goes on instead.

use std::net::SocketAddr;
use thru_far::dns_server::DnsServerConfig;

/// What a server was started with and keeps until a new start.
pub(super) struct AtStart {
    pub name: String,
    pub listen: SocketAddr,
    workers: usize,
    /// Doors with TLS: whether HTTPS, and where.
    doors: Vec<(bool, SocketAddr)>,
}

impl AtStart {
    pub(super) fn of(server: &DnsServerConfig) -> AtStart {
        AtStart {
            name: server.name.clone(),
            listen: server.listen,
            workers: server.workers,
            doors: doors(server),
        }
    }

    /// Whether a server of the file is this one.
    pub(super) fn is(&self, server: &DnsServerConfig) -> bool {
        self.name == server.name && self.listen == server.listen
    }

    /// What the file says of this server that does not take effect now, a sentence each.
    pub(super) fn what_waits(&self, server: &DnsServerConfig) -> Vec<String> {
        let (name, mut said) = (&self.name, Vec::new());
        if server.workers != self.workers {
            said.push(format!(
                "{name}: it goes on with {} until a new start, not with {}",
                workers(self.workers),
                workers(server.workers)
            ));
        }
        let wanted = doors(server);
        for door in self.doors.iter().filter(|door| !wanted.contains(door)) {
            said.push(format!(
                "{name}: {} is not in the file any more and stays open until a new start",
                shown(door)
            ));
        }
        for door in wanted.iter().filter(|door| !self.doors.contains(door)) {
            said.push(format!(
                "{name}: {} is new and opens at a new start",
                shown(door)
            ));
        }
        if !self.doors.is_empty() {
            said.push(format!(
                "{name}: the certificate and key of its doors with TLS stay as they were until a new start"
            ));
        }
        said
    }
}

fn doors(server: &DnsServerConfig) -> Vec<(bool, SocketAddr)> {
    let doors = server.secured.iter().map(|door| (door.https, door.local));
    doors.collect()
}

fn shown((https, local): &(bool, SocketAddr)) -> String {
    let kind = if *https { "https" } else { "tls" };
    format!("{kind}://{local}")
}

fn workers(count: usize) -> String {
    match count {
        1 => "1 worker".into(),
        count => format!("{count} workers"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thru_far::dns_server::DnsRole;

    fn server(workers: usize) -> DnsServerConfig {
        let role = DnsRole::Forwarder { to: Vec::new() };
        let listen = SocketAddr::from(([127, 0, 0, 1], 5300));
        DnsServerConfig {
            workers,
            ..DnsServerConfig::new("cache".into(), listen, role)
        }
    }

    #[test]
    fn another_number_of_workers_and_other_doors_are_told() {
        let mut started = AtStart::of(&server(2));
        assert!(started.is(&server(3)));
        assert_eq!(started.what_waits(&server(2)), Vec::<String>::new());
        assert_eq!(
            started.what_waits(&server(1)),
            ["cache: it goes on with 2 workers until a new start, not with 1 worker"]
        );
        started.doors = vec![(true, SocketAddr::from(([127, 0, 0, 1], 8443)))];
        let said = started.what_waits(&server(2));
        assert_eq!(said.len(), 2, "{said:?}");
        assert_eq!(
            said[0],
            "cache: https://127.0.0.1:8443 is not in the file any more and stays open until a new start"
        );
    }
}

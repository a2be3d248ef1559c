//! `thru serve`: servers of the far side on the real operating system.
//!
//! Stage: the far side.
//! In: a file; signals. Out: servers that answer.
//! Emits: nothing: there is no trip.
//! How it works: [`file`] reads everything before anything listens, [`places`] refuses two at one place, [`reception`] is what a server says by itself; SIGHUP reads it again, and [`again`] says what waits for a new start; SIGTERM lets open questions end.
//! Not here: what the servers do (`far`). GAP: only name servers.

mod again;
mod file;
mod keys;
mod places;
mod reception;

use crate::arguments::ServeArguments;
use crate::exit::{self, Exit};
use again::AtStart;
use file::read;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;
use thru_far::dns_server::{self, DnsServerConfig, Running, Worker};
use thru_host::{Capture, HostClock, HostOptions, HostPort, ResolverFiles};
use thru_port::Port;
use tokio::signal::unix::{SignalKind, signal};

/// How long questions that are worked on may take after SIGTERM.
const DRAIN: Duration = Duration::from_secs(2);
/// How often it is looked whether they are done.
const LOOK: Duration = Duration::from_millis(20);

const EXAMPLE: &str = r#"# thru serve: each [[dns]] is a name server, over UDP and TCP. SIGHUP reads this file and its zones again.

[[dns]]
name = "resolver"
listen = "127.0.0.1:5300"
kind = "recursive"               # asks from the root down
# roots = ["192.0.2.2"]          # addresses of root servers; without, those of the internet
# anchors = "root.key"           # DS or DNSKEY records; with them answers are validated
# allow = ["127.0.0.0/8"]        # who may ask; without, only this machine
# stale = true                   # answers that are over, when no better one comes
# workers = 2                    # threads that take in questions; without, one for each CPU
# prefetch = true                # ask again for what is about to end
# zones = ["root.zone"]          # zones of its own, master files: a copy of the root (RFC 8806), or what is not public
# zones_for = "servers"          # they stand for the zones' servers; "clients": clients are answered out of them; "both" without
# else_servers = true            # where such a zone cannot be used, its servers are asked
# digest = "always"              # a digest (ZONEMD, RFC 8976) has to hold; "present": where there is one; "never"
# access = { "192.0.2.0/24" = "cookie", "192.0.2.66" = "drop" }   # answer, cookie, refuse, drop; the longest prefix counts
# local = ["nas.home.arpa. A 192.168.1.5"]                       # records of its own
# local_zones = { "ads.example." = "always-nxdomain" }           # static, redirect, transparent, refuse, deny, always-nodata, always-null, ...
# private = ["10.0.0.0/8", "192.168.0.0/16"]                     # names from elsewhere must not lead here (DNS rebinding)
# private_names = ["lan."]                                       # ... but these may
# dns64 = "64:ff9b::/96"                                         # make addresses of IPv6 from those of IPv4 (RFC 6147)
# home = false                   # ask also for names that stay at home (RFC 6303)
# version = "thru"               # what is told who asks for version.bind; REFUSED without
# identity = "ns1"               # the same for id.server and hostname.bind
# nsid = "ns1"                   # what is told who asks by the option NSID
# tls = "127.0.0.1:8530"         # DNS over TLS too
# https = "127.0.0.1:8443"       # DNS over HTTPS too, at /dns-query
# certificate = "chain.pem"      # for both
# key = "key.pem"

[[dns]]
name = "zones"
listen = "127.0.0.1:5301"
kind = "authoritative"
# zones = ["shop.zone"]          # master files; signed ones as they are
# rate = 200                     # answers by UDP in a second to a network of clients
# Master files may also be written here.
records = ["""
$ORIGIN shop.test.
$TTL 300
@    SOA ns1 admin 1 3600 600 86400 60
@    NS  ns1
@    A   192.0.2.80
ns1  A   127.0.0.1
"""]

[[dns]]
name = "forwarder"
listen = "127.0.0.1:5302"
kind = "forwarder"
to = ["127.0.0.1:5300"]           # or through a door with TLS alone: "tls://9.9.9.9#dns.quad9.net", "https://9.9.9.9/dns-query#dns.quad9.net"
# trust = "roots.pem"            # who vouches for such a door; without, the system's authorities
"#;

/// Runs until SIGTERM or Ctrl-C.
pub fn serve(arguments: &ServeArguments) -> Exit {
    let Some(file) = arguments.file.as_deref().filter(|_| !arguments.example) else {
        crate::answer!("{EXAMPLE}");
        return Exit::Loaded;
    };
    let servers = match read(file) {
        Ok(servers) => servers,
        Err(words) => {
            exit::complain(&words);
            return Exit::File;
        }
    };
    if arguments.check {
        for server in &servers {
            crate::answer!(line "good {} {}", server.name, server.listen);
        }
        return Exit::Loaded;
    }
    match thru_host::run(run(file, servers)) {
        Ok(exit) => exit,
        Err(error) => {
            exit::complain(&format!("start the runtime: {error}"));
            Exit::Own
        }
    }
}

/// Nothing is recorded, and nothing kept between runs.
fn options() -> HostOptions {
    HostOptions {
        recorder: None,
        resolver: ResolverFiles::default(),
        fresh: true,
        frames: Capture::default(),
    }
}

async fn run(file: &Path, servers: Vec<DnsServerConfig>) -> Exit {
    let clock = HostClock::start();
    let port: Rc<dyn Port> = Rc::new(HostPort::new(clock, options()));
    let signals = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
        signal(SignalKind::hangup()),
    );
    let (Ok(mut terminate), Ok(mut interrupt), Ok(mut hang_up)) = signals else {
        exit::complain("signals cannot be heard");
        return Exit::Own;
    };
    let mut running: Vec<Started> = Vec::new();
    for server in servers {
        let (at_start, doors) = (AtStart::of(&server), kinds(&server));
        let (name, workers) = (server.name.clone(), server.workers);
        match dns_server::run(port.clone(), server).await {
            Ok(started) => {
                for _ in 1..workers {
                    start_worker(clock, name.clone(), started.worker());
                }
                crate::answer!(line "ready {name} {}", started.local);
                for (kind, local) in doors.iter().zip(&started.secured) {
                    crate::answer!(line "ready {name} {kind}://{local}");
                }
                running.push(Started {
                    at_start,
                    running: started,
                });
            }
            Err(refused) => {
                exit::complain(&format!("{name} on {}: {refused}", at_start.listen));
                return Exit::File;
            }
        }
    }
    loop {
        tokio::select! {
            biased;
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hang_up.recv() => read_again(file, &running),
        }
    }
    let end = port.now().after(DRAIN);
    while port.now() < end && running.iter().any(|server| server.running.open() > 0) {
        port.sleep(LOOK).await;
    }
    Exit::Loaded
}

/// A thread that answers what the server has answered before. Without it the server does all alone.
fn start_worker(clock: HostClock, name: String, worker: Worker) {
    let work = move || {
        let working = async move {
            let port: Rc<dyn Port> = Rc::new(HostPort::new(clock, options()));
            worker.run(port).await
        };
        match thru_host::run(working) {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => exit::complain(&format!("{name}: a worker ended: {failure}")),
            Err(error) => exit::complain(&format!("{name}: start a worker: {error}")),
        }
    };
    // The thread ends with the program.
    drop(std::thread::spawn(work));
}

/// A server, and what the file said of it.
struct Started {
    at_start: AtStart,
    running: Running,
}

fn kinds(server: &DnsServerConfig) -> Vec<&'static str> {
    let kind = |https| if https { "https" } else { "tls" };
    server.secured.iter().map(|door| kind(door.https)).collect()
}

/// SIGHUP: zones, who may ask, rates and what else the servers do, without an open question being
/// lost. If anything cannot be read, all stays as it was. What waits for a new start is said.
fn read_again(file: &Path, running: &[Started]) {
    let servers = match read(file) {
        Ok(servers) => servers,
        Err(words) => return exit::complain(&format!("not read again: {words}")),
    };
    for at_start in running.iter().map(|started| &started.at_start) {
        if !servers.iter().any(|server| at_start.is(server)) {
            let (name, listen) = (&at_start.name, at_start.listen);
            exit::complain(&format!(
                "{name} on {listen} is not in the file any more and goes on until a new start"
            ));
        }
    }
    for server in servers {
        let same = |started: &&Started| started.at_start.is(&server);
        let Some(started) = running.iter().find(same) else {
            let (name, listen) = (&server.name, server.listen);
            exit::complain(&format!("{name} on {listen} is new; it needs a new start"));
            continue;
        };
        for words in started.at_start.what_waits(&server) {
            exit::complain(&words);
        }
        let (reception, rate) = (server.reception, server.rate);
        match started.running.replace(server.role, reception, rate) {
            Ok(()) => {
                crate::answer!(line "again {} {}", server.name, started.running.local);
            }
            Err(refused) => exit::complain(&format!("{} stays as it was: {refused}", server.name)),
        }
    }
}

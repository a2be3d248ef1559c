//! A trip in the host world.

use crate::{
    Failure, Host, Options, Trip,
    files::DiskFiles,
    page,
    trip::{Recorded, load_options},
};
use rustls::pki_types::CertificateDer;
use std::rc::Rc;
use thru_host::{Capture, HostClock, HostOptions, HostPort, ResolverFiles, trust};
use thru_load::LoadOptions;
use thru_port::{LocalFuture, Port, first_of};
use thru_tls::{ClientSettings, ClientTls, TlsVersion};
use tokio::signal::unix::{SignalKind, signal};

pub(crate) fn load(mut options: Options, host: Host) -> Result<Trip, Failure> {
    // Read before the key press: what it costs is no part of the trip.
    let tls = tls(&options, &host)?;
    let page = page::of_the_host(&options)?;
    let frames = match options.recording {
        Some(_) => Capture::open(host.frames),
        None => Capture::default(),
    };
    let clock = HostClock::start();
    let recorded = Recorded::begin(&mut options, Rc::new(clock), thru_journal::World::Host);
    let port = Rc::new(HostPort::new(clock, port_options(&recorded, &host, frames)));
    if let Some(recorder) = &recorded.recorder {
        let started_at = port.calendar().seconds;
        recorder.set_header(|header| header.started_at = started_at);
    }
    let world = thru_load::World {
        tls,
        files: Rc::new(DiskFiles),
        port: port.clone(),
    };
    let mut load = load_options(&options);
    load.page = page;
    load.resolve.doors = host.dns_servers.clone();
    tie_in(&mut load, port.clone(), &host);
    let loaded = thru_host::run(async {
        let loaded = thru_load::load(world, &options.url, load).await;
        port.end_of_frames().await;
        loaded
    });
    let loaded = loaded.map_err(|error| Failure::Own(format!("start the runtime: {error}")))?;
    Ok(Trip::ended(loaded, recorded.recorder))
}

fn port_options(recorded: &Recorded, host: &Host, frames: Capture) -> HostOptions {
    let mut resolver = ResolverFiles {
        servers: host
            .dns_servers
            .iter()
            .map(|server| server.address)
            .collect(),
        ..ResolverFiles::default()
    };
    if let Some(hosts) = &host.hosts {
        resolver.hosts = hosts.clone();
    }
    HostOptions {
        recorder: recorded.as_recorder(),
        resolver,
        fresh: host.fresh,
        frames,
    }
}

/// Ends with the first such signal from now on. Without a handler the signal ends the process by
/// itself.
fn heard(kind: SignalKind) -> LocalFuture<()> {
    let heard = signal(kind);
    Box::pin(async {
        match heard {
            Ok(mut heard) => {
                heard.recv().await;
            }
            Err(_) => std::future::pending::<()>().await,
        }
    })
}

/// The probe, if it was asked for, Ctrl-C and SIGTERM.
fn tie_in(load: &mut LoadOptions, port: Rc<HostPort>, host: &Host) {
    if host.probe {
        load.after_failure = Some(Rc::new(move |remote, cause| {
            let port: Rc<dyn Port> = port.clone();
            Box::pin(async move { thru_probe::silence(&*port, remote, cause).await })
        }));
    }
    if host.catch_interrupt {
        load.interrupt = Some(Rc::new(|| {
            // Heard from now on, not from when the load first waits.
            let pressed = heard(SignalKind::interrupt());
            let terminated = heard(SignalKind::terminate());
            Box::pin(first_of(pressed, terminated))
        }));
    }
}

pub(crate) fn tls(options: &Options, host: &Host) -> Result<ClientTls, Failure> {
    // Also for a page from a file: it may name parts by https.
    let roots = match &host.cacert {
        Some(file) => trust::roots_of_file(file).map_err(Failure::File)?,
        None => system_roots(),
    };
    put_together(roots, options.network.insecure).map_err(Failure::Own)
}

/// A client that believes the authorities of a PEM file, or those of the system, for `thru serve`.
///
/// # Errors
/// In words, why the file cannot be read.
pub fn client_tls(roots: Option<&std::path::Path>) -> Result<ClientTls, String> {
    let roots = match roots {
        Some(file) => trust::roots_of_file(file)?,
        None => system_roots(),
    };
    put_together(roots, false)
}

fn put_together(roots: Vec<CertificateDer<'static>>, insecure: bool) -> Result<ClientTls, String> {
    let settings = ClientSettings {
        provider: rustls::crypto::ring::default_provider().into(),
        roots,
        alpn: Vec::new(),
        insecure,
        max_version: TlsVersion::Tls13,
    };
    ClientTls::new(settings).map_err(|error| format!("put TLS together: {error}"))
}

fn system_roots() -> Vec<CertificateDer<'static>> {
    trust::system_roots().certificates
}

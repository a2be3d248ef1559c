use std::{
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};
use thru_dns::{Families, Override};
use thru_host::FramesWanted;
use thru_journal::{BatchSink, Observer};
use thru_lab::FrameDamage;
use thru_load::{NameServer, Working};

/// What to load, where, and how.
pub struct Options {
    /// What was typed.
    pub url: String,
    /// Where.
    pub world: World,
    /// The network.
    pub network: Network,
    /// Window and fonts.
    pub page: Page,
    /// Whether to paint; off, the document is only fetched.
    pub paint: bool,
    /// What is recorded; none: recording is off.
    pub recording: Option<Recording>,
    /// Told which stage computes, and how long it may: nothing else hears anything meanwhile.
    pub working: Option<Working>,
}

impl Options {
    /// `url` in the host world, recorded in memory.
    pub fn new(url: impl Into<String>) -> Options {
        Options {
            url: url.into(),
            world: World::default(),
            network: Network::default(),
            page: Page::default(),
            paint: true,
            recording: Some(Recording::default()),
            working: None,
        }
    }
}

/// Which world.
pub enum World {
    /// The real operating system and network.
    Host(Host),
    /// The internet inside the process.
    Lab(Lab),
}

impl Default for World {
    fn default() -> World {
        World::Host(Host::default())
    }
}

/// Options of the host world.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// Reads and writes nothing kept.
    pub fresh: bool,
    /// Asked instead of the servers of resolv.conf.
    pub dns_servers: Vec<NameServer>,
    /// Another hosts file.
    pub hosts: Option<PathBuf>,
    /// Trust these roots (PEM) and no others.
    pub cacert: Option<PathBuf>,
    /// Ask the network what is wrong after a failure.
    pub probe: bool,
    /// End the trip in good order when Ctrl-C is pressed.
    pub catch_interrupt: bool,
    /// Whether frames are recorded: captured where the right exists, else put together.
    pub frames: FramesWanted,
}

/// Options of the lab.
#[derive(Clone, Debug)]
pub struct Lab {
    /// A topology in TOML; the built-in one if none.
    pub topology: Option<String>,
    /// Seed of all chance.
    pub seed: u64,
    /// Damage, as on the command line.
    pub faults: Vec<String>,
    /// Ask the network what is wrong after a failure.
    pub probe: bool,
    /// Frames of the trip that are lost or garbled on the wire.
    pub damage: Vec<FrameDamage>,
    /// The CPU clock stands still: nothing of the trip depends on this machine.
    pub still_cpu: bool,
    /// Set when Ctrl-C is pressed: the trip then ends in good order.
    pub interrupted: Option<Arc<AtomicBool>>,
    /// Tell the CPU time of the lab itself apart ([`crate::Trip::lab_cpu_ns`]).
    pub weigh: bool,
}

impl Default for Lab {
    fn default() -> Lab {
        Lab {
            topology: None,
            seed: 0,
            faults: Vec::new(),
            probe: true,
            damage: Vec::new(),
            still_cpu: false,
            interrupted: None,
            weigh: false,
        }
    }
}

/// Options of the network, in both worlds.
#[derive(Clone, Debug)]
pub struct Network {
    /// `--resolve`.
    pub overrides: Vec<Override>,
    /// Address families.
    pub families: Families,
    /// Header fields for the page's own server.
    pub headers: Vec<(String, String)>,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// Go on with a chain that is not trusted.
    pub insecure: bool,
    /// Protocols offered by ALPN; empty: `h2` and `http/1.1`.
    pub alpn: Vec<&'static str>,
    /// Limit of one connection's opening.
    pub connect_timeout: Duration,
    /// Limit of the whole trip.
    pub max_time: Duration,
    /// Redirects followed.
    pub max_redirects: u32,
}

impl Default for Network {
    fn default() -> Network {
        Network {
            overrides: Vec::new(),
            families: Families::default(),
            headers: Vec::new(),
            user_agent: None,
            insecure: false,
            alpn: Vec::new(),
            connect_timeout: Duration::from_secs(15),
            max_time: Duration::from_secs(60),
            max_redirects: 20,
        }
    }
}

/// Window and fonts.
#[derive(Clone, Debug)]
pub struct Page {
    /// Width and height, CSS px.
    pub viewport: (u32, u32),
    /// Device pixels for one CSS px.
    pub scale: f32,
    /// The whole page, not only the window.
    pub full_page: bool,
    /// Font files that count as installed.
    pub fonts: Vec<PathBuf>,
    /// Whether the boxes of all elements are wanted.
    pub boxes: bool,
    /// Selectors of elements of which the journal is to say why they are as they are.
    pub inspect: Option<String>,
}

impl Default for Page {
    fn default() -> Page {
        Page {
            viewport: (1280, 1024),
            scale: 1.0,
            full_page: false,
            fonts: Vec::new(),
            boxes: false,
            inspect: None,
        }
    }
}

/// What is done with events beside keeping them.
#[derive(Default)]
pub struct Recording {
    /// Gets the `.thru` file batch by batch.
    pub sink: Option<BatchSink>,
    /// Sees every event.
    pub observer: Option<Observer>,
    /// The arguments, as far as they are no secrets.
    pub command: Vec<String>,
}

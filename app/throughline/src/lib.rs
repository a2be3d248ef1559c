//! The library: load, shot, open in ten lines.
//!
//! Stage: the near side, above both worlds.
//! In: [`Options`]. Out: a [`Trip`]: what became of the load, its journal, its verdict.
//! Emits: nothing of its own; `load` and the worlds do.
//! How it works: `host` and `lab` put a world together and run `load` in it; the recorder, the
//! verdict and the probe are tied in here.
//! Not here: arguments, exit codes, files written (`app/cli`).
//!
//! ```
//! use throughline::{Lab, Options, World};
//!
//! let mut options = Options::new("http://127.0.0.1:3/");
//! options.paint = false;
//! options.world = World::Host(throughline::Host { fresh: true, ..Default::default() });
//! let trip = throughline::load(options)?;
//! let verdict = trip.verdict.expect("recording is on");
//! assert_eq!(verdict.failure.unwrap().code.as_str(), "tcp.refused");
//! # let _ = Lab::default();
//! # Ok::<(), throughline::Failure>(())
//! ```

mod certificate;
mod failure;
mod files;
mod host;
mod lab;
mod names;
mod options;
mod page;
mod trip;

pub use certificate::server_tls;
pub use failure::Failure;
pub use names::{LookedUp, forget_names, kept_names, look_up};
pub use options::{Host, Lab, Network, Options, Page, Recording, World};
pub use thru_dns::CacheRow;
pub use thru_host::FramesWanted;
pub use thru_load::{DnsDoor, NameServer, OverHttps, Working};
pub use trip::{LabCpu, Trip};

/// Loads what the options say, in the world that they say.
///
/// # Errors
/// [`Failure`] if there is no such world: a file of the options cannot be read, the topology or a
/// fault is none. A page that does not load is a [`Trip`], not an error.
pub fn load(mut options: Options) -> Result<Trip, Failure> {
    match std::mem::take(&mut options.world) {
        World::Host(host) => host::load(options, host),
        World::Lab(lab) => lab::load(options, lab),
    }
}

/// Reads a `.thru` file and judges it again.
///
/// # Errors
/// [`Failure::NotATrip`] in the words of the journal.
pub fn open(octets: &[u8]) -> Result<(Trip, Option<String>), Failure> {
    let opened = thru_journal::open(octets).map_err(|why| Failure::NotATrip(why.to_string()))?;
    let cut_off = opened.cut_off.as_ref().map(ToString::to_string);
    Ok((Trip::of(opened.journal), cut_off))
}

use crate::{Options, Recording};
use std::rc::Rc;
use thru_events::{Clock, Recorder};
use thru_journal::{Journal, JournalRecorder, RecorderOptions, TripHeader, World};
use thru_load::{LoadOptions, Loaded};
use thru_verdict::Verdict;

/// One trip: what became of it, what happened, what it means.
#[derive(Debug)]
pub struct Trip {
    /// What became of the load. Of an opened trip it is empty.
    pub loaded: Loaded,
    /// What happened; `None` if recording was off.
    pub journal: Option<Journal>,
    /// What it means; `None` if recording was off.
    pub verdict: Option<Verdict>,
    /// Frames on all wires of the lab; 0 in the host world and of an opened trip.
    pub frames: u64,
    /// CPU time of the lab, if [`crate::Lab::weigh`] asked for it.
    pub lab_cpu_ns: LabCpu,
}

/// CPU time of a lab, nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LabCpu {
    /// Building it, and the visit before the trip with all its programs.
    pub before: u64,
    /// Stacks, wires, devices and the scheduler, during the trip; not the servers in it.
    pub world: u64,
}

impl Trip {
    /// A trip that was saved.
    pub(crate) fn of(journal: Journal) -> Trip {
        Trip {
            loaded: Loaded::default(),
            verdict: Some(thru_verdict::judge(journal.near_side())),
            journal: Some(journal),
            frames: 0,
            lab_cpu_ns: LabCpu::default(),
        }
    }

    pub(crate) fn ended(loaded: Loaded, recorder: Option<Rc<JournalRecorder>>) -> Trip {
        let journal = recorder.map(|recorder| recorder.finish());
        let verdict = journal
            .as_ref()
            .map(|journal| thru_verdict::judge(journal.near_side()));
        Trip {
            loaded,
            journal,
            verdict,
            frames: 0,
            lab_cpu_ns: LabCpu::default(),
        }
    }
}

/// The recorder of a trip and what the worlds take it as.
pub(crate) struct Recorded {
    pub recorder: Option<Rc<JournalRecorder>>,
}

impl Recorded {
    pub fn begin(options: &mut Options, clock: Rc<dyn Clock>, world: World) -> Recorded {
        let recorder = options.recording.take().map(|recording| {
            let (header, recording) = header(options, recording, world);
            Rc::new(JournalRecorder::new(clock, header, recording))
        });
        Recorded { recorder }
    }

    pub fn as_recorder(&self) -> Option<Rc<dyn Recorder>> {
        let recorder = self.recorder.clone()?;
        Some(recorder)
    }
}

fn header(options: &Options, recording: Recording, world: World) -> (TripHeader, RecorderOptions) {
    let header = TripHeader {
        program: concat!("thru ", env!("CARGO_PKG_VERSION")).to_owned(),
        url: thru_url::without_credentials(&options.url),
        world,
        command: recording.command,
        holds_secrets: world == World::Host,
        viewport: options.page.viewport,
        ..TripHeader::default()
    };
    let recorder = RecorderOptions {
        sink: recording.sink,
        observer: recording.observer,
        ..RecorderOptions::default()
    };
    (header, recorder)
}

/// What both worlds hand to the loader.
pub(crate) fn load_options(options: &Options) -> LoadOptions {
    let network = &options.network;
    let mut load = LoadOptions {
        user_agent: network.user_agent.clone(),
        headers: network.headers.clone(),
        connect_timeout: network.connect_timeout,
        max_time: network.max_time,
        max_redirects: network.max_redirects,
        ..LoadOptions::default()
    };
    load.resolve.overrides = network.overrides.clone();
    load.resolve.families = network.families;
    if !network.alpn.is_empty() {
        load.alpn = network.alpn.clone();
    }
    load
}

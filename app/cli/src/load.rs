//! `thru load` and `thru demo`: the trip, its verdict, its files.

use crate::{
    arguments::{DemoArguments, LoadArguments, TripArguments},
    artifacts::{self, Wanted},
    exit::{self, Exit},
    options,
    progress::Progress,
    redacted, terminal,
};
use std::{
    cell::{Cell, RefCell},
    io::Write,
    path::PathBuf,
    rc::Rc,
};
use throughline::{Failure, FramesWanted, Recording, Trip, World};
use thru_journal::{BatchSink, Observer};
use thru_verdict::Severity;

/// `thru load`.
pub fn load(arguments: LoadArguments) -> Exit {
    let wanted = Wanted::default();
    exit_of(run(&arguments.url, arguments.trip, wanted))
}

/// `thru demo`: always the lab, always fresh, and three files here.
pub fn demo(arguments: DemoArguments) -> Exit {
    let here = match arguments.trip.output {
        Some(_) => Wanted::default(),
        None => Wanted {
            record: Some(PathBuf::from("trip.thru")),
            screenshot: Some(PathBuf::from("page.png")),
            report: Some(PathBuf::from("trip.html")),
            ..Wanted::default()
        },
    };
    let DemoArguments { url, mut trip } = arguments;
    trip.loading.network.fresh = true;
    trip.loading.lab.get_or_insert_default();
    exit_of(run(&url, trip, here))
}

fn exit_of(run: Result<Exit, Failure>) -> Exit {
    run.unwrap_or_else(|failure| exit::stopped(&failure))
}

/// `thru lab run`: a scenario, or a topology file with the URL that is given.
pub fn scenario(name: String, url: Option<String>, mut trip: TripArguments) -> Exit {
    let known = thru_lab::scenarios::find(&name).map(|scenario| scenario.url.to_owned());
    let Some(url) = url.or(known) else {
        let words = format!("{name} is no scenario: name what to load, thru lab run {name} URL");
        return exit::stopped(&Failure::Usage(words));
    };
    if trip.loading.lab.is_some() {
        let words = format!("thru lab run loads in {name}; leave --lab out");
        return exit::stopped(&Failure::Usage(words));
    }
    trip.loading.network.fresh = true;
    trip.loading.lab = Some(name);
    exit_of(run(&url, trip, Wanted::default()))
}

fn run(url: &str, mut arguments: TripArguments, mut wanted: Wanted) -> Result<Exit, Failure> {
    arguments.loading.strict_lab = arguments.strict;
    if let Some(name) = arguments.loading.not_built.first() {
        return Ok(exit::not_built(name));
    }
    if arguments.loading.lab.is_some() && url.ends_with(".toml") {
        let words = format!("{url} is no page; for a topology write --lab={url}");
        return Err(Failure::Usage(words));
    }
    name_files(&mut wanted, &arguments)?;
    let unwritten = Rc::new(Cell::new(false));
    let mut options = options::loading(url, &arguments.loading)?;
    options.page.boxes = wanted.boxes.is_some();
    let private = matches!(options.world, World::Host(_));
    if let World::Host(host) = &mut options.world {
        // What is kept of the trip can be looked at frame by frame.
        let kept = wanted.pcapng.is_some() || wanted.record.is_some();
        host.frames = if kept {
            FramesWanted::Yes
        } else {
            FramesWanted::No
        };
    }
    options.recording = Some(recording(&wanted, &arguments, private, &unwritten)?);
    let trip = throughline::load(options);
    if terminal::stderr_is_watched() {
        Progress::clear();
    }
    let trip = trip?;
    let secrets = arguments.secrets;
    let answer = || {
        let files = wanted.write(&trip, secrets).map_err(Failure::File)?;
        tell(&trip, &arguments, &files);
        Ok(())
    };
    match secrets {
        true => thru_events::reveal_secrets(answer),
        false => answer(),
    }?;
    if unwritten.get() {
        return Ok(Exit::File);
    }
    Ok(status(&trip, arguments.strict))
}

/// The files that the arguments name; `-o` puts the rest into its folder.
fn name_files(wanted: &mut Wanted, arguments: &TripArguments) -> Result<(), Failure> {
    let named = [
        (&mut wanted.record, &arguments.record),
        (&mut wanted.screenshot, &arguments.screenshot),
        (&mut wanted.report, &arguments.report),
        (&mut wanted.pcapng, &arguments.pcapng),
        (&mut wanted.boxes, &arguments.boxes),
    ];
    for (place, name) in named {
        if let Some(file) = name {
            artifacts::make_folder_of(file).map_err(Failure::File)?;
            place.clone_from(name);
        }
    }
    wanted.tap.clone_from(&arguments.tap);
    wanted.frames_are_asked_for = arguments.pcapng.is_some();
    match &arguments.output {
        Some(folder) if folder == std::path::Path::new("-") => Err(Failure::Usage(
            "-o of load needs a folder; --json, --screenshot - and others write to stdout"
                .to_owned(),
        )),
        Some(folder) => wanted.place_in(folder).map_err(Failure::File),
        None => Ok(()),
    }
}

fn recording(
    wanted: &Wanted,
    arguments: &TripArguments,
    private: bool,
    unwritten: &Rc<Cell<bool>>,
) -> Result<Recording, Failure> {
    let sink = match &wanted.record {
        Some(path) => Some(file_sink(path, private, unwritten.clone())?),
        None => None,
    };
    Ok(Recording {
        sink,
        observer: observer(arguments),
        command: redacted::command_line(),
    })
}

/// Writes batch by batch, so that a crash or Ctrl-C leaves a readable trip.
/// What cannot be written is told once and noted in `unwritten`.
fn file_sink(
    path: &std::path::Path,
    private: bool,
    unwritten: Rc<Cell<bool>>,
) -> Result<BatchSink, Failure> {
    if path == std::path::Path::new("-") {
        let words = "--record needs a file: a trip is written as it happens";
        return Err(Failure::Usage(words.to_owned()));
    }
    let mut file = artifacts::create(path, private).map_err(Failure::File)?;
    let name = path.display().to_string();
    Ok(Box::new(move |octets| {
        if let Err(error) = file.write_all(octets)
            && !unwritten.replace(true)
        {
            exit::complain(&format!("write {name}: {error}"));
        }
    }))
}

fn observer(arguments: &TripArguments) -> Option<Observer> {
    let ndjson = arguments.ndjson;
    let progress = terminal::stderr_is_watched().then(Progress::new);
    if !ndjson && progress.is_none() {
        return None;
    }
    let progress = Rc::new(RefCell::new(progress));
    let secrets = arguments.secrets;
    Some(Box::new(move |entry, nodes| {
        if let Some(progress) = progress.borrow_mut().as_mut() {
            progress.see(entry);
        }
        if ndjson {
            let line = match secrets {
                true => thru_events::reveal_secrets(|| thru_views::ndjson::line(entry, nodes)),
                false => thru_views::ndjson::line(entry, nodes),
            };
            crate::answer!(line "{}", line.trim_end());
        }
    }))
}

/// Prints the answer.
fn tell(trip: &Trip, arguments: &TripArguments, files: &thru_views::json::Artifacts) {
    let (Some(journal), Some(verdict)) = (&trip.journal, &trip.verdict) else {
        return;
    };
    if arguments.json {
        crate::answer!("{}", thru_views::json::trip(journal, verdict, files));
        return;
    }
    if arguments.ndjson {
        return;
    }
    if let Some(caret) = &trip.loaded.caret {
        anstream::eprintln!("{caret}");
    }
    let text = thru_views::terminal::trip(journal, verdict, terminal::of_stdout());
    crate::answer!(line "{}", text.trim_end());
    if !files.is_empty() {
        let names: Vec<&str> = files.values().map(String::as_str).collect();
        crate::answer!(line "\n{}", names.join(" · "));
    }
}

/// The exit status of a trip: the verdict's code, which is the deepest cause.
pub(crate) fn status(trip: &Trip, strict: bool) -> Exit {
    if trip.loaded.interrupted {
        return crate::interrupt::status();
    }
    if trip.loaded.unreadable.is_some() {
        return Exit::File;
    }
    let judged = trip.verdict.as_ref();
    if let Some(failure) = judged.and_then(|verdict| verdict.failure.as_ref()) {
        return Exit::Failed(failure.code);
    }
    if let Some((_, failed)) = &trip.loaded.failure {
        return Exit::Failed(failed.code);
    }
    let broken = |finding: &thru_verdict::Finding| finding.severity == Severity::Broken;
    match strict && judged.is_some_and(|verdict| verdict.findings.iter().any(broken)) {
        true => Exit::Strict,
        false => Exit::Loaded,
    }
}

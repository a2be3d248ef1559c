//! `thru open`: a saved trip, again.

use crate::{
    arguments::OpenArguments,
    artifacts::{Wanted, make_folder_of},
    exit::{self, Exit},
    terminal,
};
use throughline::{Failure, Trip};
use thru_views::json::Artifacts;

/// Opens a trip and shows it.
pub fn open(arguments: OpenArguments) -> Exit {
    run(&arguments).unwrap_or_else(|failure| exit::stopped(&failure))
}

fn run(arguments: &OpenArguments) -> Result<Exit, Failure> {
    let not_built = [
        ("--web", arguments.web),
        ("--at", arguments.at.is_some()),
        ("--redact", arguments.redact.is_some()),
    ];
    if let Some((name, _)) = not_built.iter().find(|(_, given)| *given) {
        return Ok(exit::not_built(name));
    }
    let path = &arguments.trip;
    let octets = std::fs::read(path)
        .map_err(|error| Failure::File(format!("read {}: {error}", path.display())))?;
    let (trip, cut_off) = throughline::open(&octets).map_err(|failure| match failure {
        Failure::NotATrip(words) => Failure::NotATrip(format!("{}: {words}", path.display())),
        other => other,
    })?;
    if let Some(words) = cut_off {
        exit::complain(&format!("{}: {words}", path.display()));
    }
    for file in [&arguments.report, &arguments.pcapng].into_iter().flatten() {
        make_folder_of(file).map_err(Failure::File)?;
    }
    let files = Wanted {
        report: arguments.report.clone(),
        pcapng: arguments.pcapng.clone(),
        frames_are_asked_for: true,
        ..Wanted::default()
    };
    let answer = || {
        files
            .write(&trip, arguments.secrets)
            .map_err(Failure::File)?;
        show(&trip, arguments);
        Ok(Exit::Loaded)
    };
    match arguments.secrets {
        true => thru_events::reveal_secrets(answer),
        false => answer(),
    }
}

fn show(trip: &Trip, arguments: &OpenArguments) {
    let (Some(journal), Some(verdict)) = (&trip.journal, &trip.verdict) else {
        return;
    };
    if arguments.names {
        match arguments.json {
            true => crate::answer!("{}", thru_views::names::json(journal)),
            false => crate::answer!("{}", thru_views::names::text(journal)),
        }
        return;
    }
    if arguments.json {
        let document = thru_views::json::trip(journal, verdict, &Artifacts::new());
        crate::answer!("{document}");
        return;
    }
    if arguments.ndjson {
        for entry in &journal.entries {
            let line = thru_views::ndjson::line(entry, &journal.header.nodes);
            crate::answer!(line "{}", line.trim_end());
        }
        return;
    }
    let text = thru_views::terminal::trip(journal, verdict, terminal::of_stdout());
    crate::answer!(line "{}", text.trim_end());
    if arguments.text {
        crate::answer!(line
            "\n{}",
            thru_views::terminal::events(journal, true).trim_end()
        );
    }
}

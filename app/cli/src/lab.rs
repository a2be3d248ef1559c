//! `thru lab`: topologies and faults.

use crate::{
    arguments::{ExportArguments, LabCommand, SchemaOf},
    artifacts,
    exit::{self, Exit},
    lab_up, topologies,
};
use thru_lab::{faults, scenarios};

/// Answers.
pub fn lab(command: LabCommand) -> Exit {
    match command {
        LabCommand::New { file, from } => new(file.as_deref(), &from),
        LabCommand::Run { name, url, trip } => crate::load::scenario(name, url, *trip),
        LabCommand::Up(arguments) => lab_up::up(&arguments),
        LabCommand::Export(arguments) => export(&arguments),
        LabCommand::Schema => crate::schema::schema(SchemaOf::Lab),
        LabCommand::Faults => list_faults(),
        LabCommand::List { name, svg, strict } => match name {
            None => list(),
            Some(name) => show(&name, svg.as_deref(), strict),
        },
    }
}

fn list() -> Exit {
    for scenario in scenarios::LIST {
        crate::answer!(line "{:<20} {}", scenario.name, scenario.says);
    }
    crate::answer!(line "\nthru lab run NAME loads what it is about, thru lab list NAME draws it, thru lab new --from NAME writes it.");
    Exit::Loaded
}

/// The picture of a topology.
fn show(name: &str, svg: Option<&std::path::Path>, strict: bool) -> Exit {
    let found = topologies::find(name, strict).and_then(|found| Ok((found.topology()?, found)));
    let (topology, found) = match found {
        Ok(found) => found,
        Err(failure) => return exit::stopped(&failure),
    };
    if let Some(file) = svg {
        return written(file, topology.svg().as_bytes());
    }
    crate::answer!("{}", topology.picture());
    if !found.faults.is_empty() {
        crate::answer!(line "\nbroken: {}", found.faults.join(", "));
    }
    if let Some(url) = found.url {
        crate::answer!(line "\nthru lab run {name} loads {url}");
    }
    Exit::Loaded
}

fn written(file: &std::path::Path, octets: &[u8]) -> Exit {
    match artifacts::write(file, octets, false) {
        Ok(()) => Exit::Loaded,
        Err(words) => {
            exit::complain(&words);
            Exit::File
        }
    }
}

fn new(file: Option<&std::path::Path>, from: &str) -> Exit {
    let Some(scenario) = scenarios::find(from) else {
        let words = format!("{from} is no scenario; thru lab list names them");
        return exit::stopped(&throughline::Failure::Usage(words));
    };
    // As it was written, with its comments, unless something is broken in it.
    let toml = match scenario.faults {
        [] => Ok(scenario.topology.to_owned()),
        _ => topologies::find(from, false)
            .and_then(|found| found.topology())
            .map(|topology| topology.to_toml()),
    };
    let toml = match toml {
        Ok(toml) => toml,
        Err(failure) => return exit::stopped(&failure),
    };
    if let Some(file) = file.filter(|file| file.exists()) {
        exit::complain(&format!(
            "{} is there already and is left as it is; take another name",
            file.display()
        ));
        return Exit::File;
    }
    written(file.unwrap_or(std::path::Path::new("-")), toml.as_bytes())
}

/// Signatures hold from today on, for 30 days.
fn export(arguments: &ExportArguments) -> Exit {
    let written = lab_up::topology(arguments.file.as_deref(), false).and_then(|topology| {
        let now = lab_up::today() as i64;
        let files = thru_lab::export(&topology, arguments.seed, now);
        let of = arguments.file.as_deref().unwrap_or("the built-in lab");
        let files = files.map_err(|words| (Exit::Usage, format!("{of}: {words}")))?;
        write_all(&arguments.folder, &files).map_err(|words| (Exit::File, words))
    });
    match written {
        Ok(()) => Exit::Loaded,
        Err((exit, words)) => {
            exit::complain(&words);
            exit
        }
    }
}

fn write_all(folder: &std::path::Path, files: &[thru_lab::Exported]) -> Result<(), String> {
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("make the folder {}: {error}", folder.display()))?;
    for file in files {
        let path = folder.join(&file.name);
        artifacts::write(&path, file.text.as_bytes(), false)?;
        crate::answer!(line "{}", path.display());
    }
    Ok(())
}

fn list_faults() -> Exit {
    for fault in faults::LIST {
        let form = match &fault.value {
            Some(value) => format!("{}[={}]", fault.id, value.default),
            None => fault.id.to_owned(),
        };
        let means = fault.value.as_ref().map(|value| value.means);
        let means = means.map_or(String::new(), |means| format!("   value: {means}"));
        crate::answer!(line "{form:<52} {}{means}", fault.does);
    }
    crate::answer!(line "\nShort for the plainest one that leads to a code:");
    for (code, order) in faults::BY_CODE {
        crate::answer!(line "{:<30} = {order}", code.as_str());
    }
    Exit::Loaded
}

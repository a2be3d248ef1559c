//! `thru lab`: topologies and faults.

use crate::{
    arguments::{ExportArguments, LabCommand, SchemaOf},
    artifacts,
    exit::{self, Exit},
    lab_up,
};
use thru_lab::{Topology, faults};

/// Answers.
pub fn lab(command: LabCommand) -> Exit {
    match command {
        LabCommand::New { file } => new(file.as_deref()),
        LabCommand::Up(arguments) => lab_up::up(&arguments),
        LabCommand::Export(arguments) => export(&arguments),
        LabCommand::Schema => crate::schema::schema(SchemaOf::Lab),
        LabCommand::Faults => list_faults(),
        LabCommand::List => {
            crate::answer!(line "shop   the built-in internet: https://shop.lab/");
            Exit::Loaded
        }
    }
}

fn new(file: Option<&std::path::Path>) -> Exit {
    let toml = Topology::builtin().to_toml();
    if let Some(file) = file.filter(|file| file.exists()) {
        exit::complain(&format!(
            "{} is there already and is left as it is; take another name",
            file.display()
        ));
        return Exit::File;
    }
    let file = file.unwrap_or(std::path::Path::new("-"));
    match artifacts::write(file, toml.as_bytes(), false) {
        Ok(()) => Exit::Loaded,
        Err(words) => {
            exit::complain(&words);
            Exit::File
        }
    }
}

/// Signatures hold from today on, for 30 days.
fn export(arguments: &ExportArguments) -> Exit {
    let written = lab_up::topology(arguments.file.as_deref()).and_then(|topology| {
        let now = lab_up::today() as i64;
        let files = thru_lab::export(&topology, arguments.seed, now);
        let files = files.map_err(|words| (Exit::Usage, words))?;
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

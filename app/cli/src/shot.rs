//! `thru shot`: only the picture, recording off.

use crate::{
    arguments::ShotArguments,
    artifacts,
    exit::{self, Exit},
    options, redacted,
};
use std::path::Path;
use throughline::{Failure, Recording};
use thru_events::Code;
use thru_load::Picture;

/// Loads without recording and writes the picture.
pub fn shot(arguments: ShotArguments) -> Exit {
    run(&arguments).unwrap_or_else(|failure| exit::stopped(&failure))
}

fn run(arguments: &ShotArguments) -> Result<Exit, Failure> {
    if let Some(name) = arguments.loading.not_built.first() {
        return Ok(exit::not_built(name));
    }
    if let Some(form) = other_form(&arguments.output) {
        return Ok(exit::not_built(&format!("a picture as {form}")));
    }
    for file in [Some(&arguments.output), arguments.boxes.as_ref()] {
        file.map_or(Ok(()), |file| artifacts::make_folder_of(file))
            .map_err(Failure::File)?;
    }
    let mut options = options::loading(&arguments.url, &arguments.loading)?;
    options.page.boxes = arguments.boxes.is_some();
    let trip = throughline::load(options)?;
    if trip.loaded.picture.is_none() {
        artifacts::note_older(&arguments.output);
    }
    if let Some(picture) = &trip.loaded.picture {
        artifacts::write(&arguments.output, &picture.png(), false).map_err(Failure::File)?;
        if let Some(path) = &arguments.boxes {
            let boxes = boxes(picture, &trip.loaded.url, arguments.loading.page.viewport);
            artifacts::write(path, boxes.as_bytes(), false).map_err(Failure::File)?;
        }
    }
    if trip.loaded.interrupted {
        return Ok(crate::interrupt::status());
    }
    let Some((_, failed)) = &trip.loaded.failure else {
        return Ok(Exit::Loaded);
    };
    if let Some(caret) = &trip.loaded.caret {
        anstream::eprintln!("{caret}");
    }
    let (code, message) =
        judged(arguments)?.unwrap_or_else(|| (failed.code, failed.message.clone()));
    exit::complain(&format!("{code}: {message}"));
    anstream::eprintln!("see how: {}", the_load_line(arguments, code));
    Ok(match trip.loaded.unreadable {
        Some(_) => Exit::File,
        None => Exit::Failed(code),
    })
}

/// What `load` would say of a failure in the lab. The same trip can be made there again, with
/// recording on, so that its evidence can be judged; in the host world no two trips are the same.
fn judged(arguments: &ShotArguments) -> Result<Option<(Code, String)>, Failure> {
    if arguments.loading.lab.is_none() {
        return Ok(None);
    }
    let mut options = options::loading(&arguments.url, &arguments.loading)?;
    options.recording = Some(Recording::default());
    let again = throughline::load(options)?;
    let failure = again.verdict.and_then(|verdict| verdict.failure);
    Ok(failure.map(|failure| (failure.code, failure.message)))
}

/// The line that makes the same trip with everything on record: the arguments without the
/// picture's file. On the host a probe can say more of a peer that is silent or refuses.
fn the_load_line(arguments: &ShotArguments, code: Code) -> String {
    let mut line = String::from("thru load");
    let mut skip_next = false;
    let words = redacted::command_line();
    for word in words.iter().skip_while(|word| *word != "shot").skip(1) {
        let skipped = std::mem::replace(&mut skip_next, matches!(&**word, "-o" | "--output"));
        if skipped || word.starts_with("-o") || word.starts_with("--output") {
            continue;
        }
        line.push(' ');
        line.push_str(&quoted(word));
    }
    let open = matches!(code, Code::TcpTimedOut | Code::TcpRefused);
    let loading = &arguments.loading;
    let asked = loading.network.probe || loading.network.no_probe;
    if loading.lab.is_none() && open && !asked {
        line.push_str(" --probe");
    }
    line
}

/// A word as a POSIX shell reads it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// Forms of the contract that are not built.
fn other_form(output: &Path) -> Option<&'static str> {
    match output.extension()?.to_str()? {
        "pdf" => Some(".pdf"),
        "html" => Some(".html"),
        "txt" => Some(".txt"),
        _ => None,
    }
}

/// The boxes in the form of `.boxes.json`: path, x, y, width and height of each element.
pub fn boxes(picture: &Picture, page: &str, viewport: (u32, u32)) -> String {
    let boxes: Vec<_> = picture.boxes.iter().map(line).collect();
    let document = serde_json::json!({
        "page": page,
        "viewport": [viewport.0, viewport.1],
        "document": [picture.document.0, picture.document.1],
        "boxes": boxes,
    });
    document.to_string()
}

fn line(element: &thru_load::ElementBox) -> serde_json::Value {
    let [x, y, width, height] = element.area;
    serde_json::json!([element.path, x, y, width, height])
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        let table = [
            ("--fault=node.off=web-1", "--fault=node.off=web-1"),
            ("https://a.b/?x=1&y", "'https://a.b/?x=1&y'"),
            ("it's", "'it'\\''s'"),
            ("", "''"),
        ];
        for (word, line) in table {
            assert_eq!(quoted(word), line);
        }
    }
}

//! `thru shot`: only the picture, recording off.

use crate::{
    arguments::ShotArguments,
    artifacts,
    exit::{self, Exit},
    interrupt, options,
};
use std::path::Path;
use throughline::{Failure, Options};
use thru_load::Picture;

/// Loads without recording and writes the picture.
pub fn shot(arguments: ShotArguments) -> Exit {
    run(&arguments).unwrap_or_else(|failure| exit::stopped(&failure))
}

fn run(arguments: &ShotArguments) -> Result<Exit, Failure> {
    if let Some(name) = arguments.not_built.first() {
        return Ok(exit::not_built(name));
    }
    if let Some(form) = other_form(&arguments.output) {
        return Ok(exit::not_built(&format!("a picture as {form}")));
    }
    interrupt::end_even_when_computing();
    let trip = throughline::load(Options {
        url: arguments.url.clone(),
        world: options::world(
            arguments.lab.as_deref(),
            &arguments.network,
            &arguments.world,
        )?,
        network: options::network(&arguments.network),
        page: options::page(&arguments.page, arguments.boxes.is_some()),
        paint: true,
        recording: None,
    })?;
    if let Some(picture) = &trip.loaded.picture {
        artifacts::write(&arguments.output, &picture.png(), false).map_err(Failure::File)?;
        if let Some(path) = &arguments.boxes {
            let boxes = boxes(picture, &trip.loaded.url, arguments.page.viewport);
            artifacts::write(path, boxes.as_bytes(), false).map_err(Failure::File)?;
        }
    }
    if trip.loaded.interrupted {
        return Ok(Exit::Interrupted);
    }
    let Some((_, failed)) = &trip.loaded.failure else {
        return Ok(Exit::Loaded);
    };
    if let Some(caret) = &trip.loaded.caret {
        anstream::eprintln!("{caret}");
    }
    exit::complain(&format!("{}: {}", failed.code, failed.message));
    let lab = match arguments.lab.as_deref() {
        None => String::new(),
        Some("") => " --lab".to_owned(),
        Some(file) => format!(" --lab={file}"),
    };
    anstream::eprintln!(
        "see how: thru load '{}'{lab}",
        arguments.url.replace('\'', "%27")
    );
    Ok(match trip.loaded.unreadable {
        Some(_) => Exit::File,
        None => Exit::Failed(failed.code),
    })
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

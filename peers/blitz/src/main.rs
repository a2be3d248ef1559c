//! Blitz, as a program that can be measured: a page becomes a picture.
//!
//! `shot` draws one page as Blitz would by itself, with the fonts of the system. `worker` draws the
//! pages of a folder with fonts that are handed in, one after the other, for the suites.

mod fonts;
mod page;
mod queue;
mod source;
mod stages;
mod worker;

use blitz_traits::net::Url;
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
blitz-peer shot PATH-OR-URL -o PNG [--viewport WxH] [--stages]   URLs: http on this machine
blitz-peer worker ROOT FONT...                                   lines `PATH WIDTH HEIGHT` on stdin";

/// Viewport of a picture where none is asked for, CSS px.
const VIEWPORT: (u32, u32) = (1280, 1024);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.split_first() {
        Some((first, rest)) if first == "shot" => shot(rest),
        Some((first, rest)) if first == "worker" => worker::serve(rest),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// What `shot` was asked for.
struct Order {
    url: Url,
    output: PathBuf,
    viewport: (u32, u32),
    stages: bool,
}

fn shot(words: &[String]) -> Result<(), String> {
    let order = order(words)?;
    let source = match order.url.scheme() {
        "file" => source::Source::Disk,
        _ => source::Source::Loopback,
    };
    let drawn = page::draw(&source, &order.url, order.viewport, None)?;
    let png = stages::timed("png", || drawn.write(&order.output));
    png.map_err(|why| why.to_string())?;
    if order.stages {
        println!("{}", stages::line());
    }
    Ok(())
}

fn order(words: &[String]) -> Result<Order, String> {
    let (mut place, mut output, mut viewport, mut stages) = (None, None, VIEWPORT, false);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-o" => output = words.next().map(PathBuf::from),
            "--viewport" => viewport = size(words.next().ok_or(USAGE)?).ok_or(USAGE)?,
            "--stages" => stages = true,
            word => place = Some(word.to_owned()),
        }
    }
    Ok(Order {
        url: url(&place.ok_or(USAGE)?)?,
        output: output.ok_or(USAGE)?,
        viewport,
        stages,
    })
}

fn size(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once('x')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

fn url(place: &str) -> Result<Url, String> {
    if place.starts_with("http:") || place.starts_with("file:") {
        return Url::parse(place).map_err(|why| why.to_string());
    }
    let path = std::path::absolute(place).map_err(|why| why.to_string())?;
    Url::from_file_path(&path).map_err(|()| format!("{} is no path", path.display()))
}

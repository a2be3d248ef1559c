//! The cases, a file for each part of the journey.

mod bad_input;
mod command_line;
mod dns;
mod frames;
mod http;
mod lab_up;
mod page;
mod pages;
mod serve;
mod tcp;
mod tls;
mod topologies;
mod trip_file;

use image::RgbaImage;
use std::path::Path;

use crate::{
    needs::Need,
    room::{Case, Room},
};

/// Name, what it needs, what it does.
type Line = (&'static str, &'static [Need], fn(&Room));

/// All cases, in the order of the journey.
pub fn all() -> Vec<Case> {
    [
        command_line::CASES,
        pages::CASES,
        dns::CASES,
        serve::CASES,
        tcp::CASES,
        frames::CASES,
        tls::CASES,
        http::CASES,
        page::CASES,
        trip_file::CASES,
        lab_up::CASES,
        topologies::CASES,
        bad_input::CASES,
    ]
    .into_iter()
    .flat_map(|cases| {
        cases
            .iter()
            .map(|&(name, needs, run)| Case { name, needs, run })
    })
    .collect()
}

/// A picture that was written.
fn picture(file: &Path) -> RgbaImage {
    let opened = image::open(file);
    let opened = opened.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    opened.to_rgba8()
}

/// Whether there is more than one colour.
fn shows_something(picture: &RgbaImage) -> bool {
    let first = picture.get_pixel(0, 0);
    picture.pixels().any(|pixel| pixel != first)
}

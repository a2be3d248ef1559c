//! Pages of a folder, one a line of standard input.
//!
//! The answer to a line is a line `ok WIDTH HEIGHT` and then as many octets of RGBA, or a line
//! `failed WHY`. When standard input ends, so does the program, also in the middle of a page.

use crate::{fonts, page, source::Source};
use blitz_traits::net::Url;
use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};

/// Serves until standard input ends. `words` are the root and the font files.
pub fn serve(words: &[String]) -> Result<(), String> {
    let (root, files) = words.split_first().ok_or("worker: there is no ROOT")?;
    let source = Source::Folder(PathBuf::from(root));
    let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
    let fonts = fonts::of_chromium(&files)?;
    let mut output = std::io::stdout().lock();
    for line in lines() {
        let drawn = order(&line).and_then(|(url, size)| {
            let fonts = Some(fonts.clone());
            page::draw(&source, &url, size, fonts)
        });
        // The phases are of no use here, and would grow.
        debug_timer::take();
        let written = match drawn {
            Ok(drawn) => writeln!(output, "ok {} {}", drawn.width, drawn.height)
                .and_then(|()| output.write_all(&drawn.rgba)),
            Err(why) => writeln!(output, "failed {}", why.replace('\n', " ")),
        };
        let flushed = written.and_then(|()| output.flush());
        flushed.map_err(|why| why.to_string())?;
    }
    Ok(())
}

/// Standard input, read on a thread of its own so that its end is noticed at once.
fn lines() -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
        std::process::exit(0);
    });
    receiver
}

/// `PATH WIDTH HEIGHT`; a path may have spaces.
fn order(line: &str) -> Result<(Url, (u32, u32)), String> {
    let wrong = || format!("`{line}` is not PATH WIDTH HEIGHT");
    let mut words = line.rsplitn(3, ' ');
    let mut number = || words.next().and_then(|word| word.parse::<u32>().ok());
    let (height, width) = (number(), number());
    let path = words.next().ok_or_else(wrong)?;
    let base = Url::parse("http://127.0.0.1:8000/").map_err(|why| why.to_string())?;
    let url = base.join(path).map_err(|why| why.to_string())?;
    let size = width.zip(height).ok_or_else(wrong)?;
    Ok((url, size))
}

//! `thru why`: what decided how elements look and where they are.

use crate::{
    arguments::WhyArguments,
    exit::{self, Exit},
    load, options,
};
use throughline::{Failure, Recording};

/// Loads, and prints why the elements are as they are.
pub fn why(arguments: WhyArguments) -> Exit {
    run(&arguments).unwrap_or_else(|failure| exit::stopped(&failure))
}

fn run(arguments: &WhyArguments) -> Result<Exit, Failure> {
    if let Some(name) = arguments.loading.not_built.first() {
        return Ok(exit::not_built(name));
    }
    let selector = &arguments.selector;
    if !thru_cssom::is_selector_list(selector) {
        return Err(Failure::Usage(format!("{selector:?} is no selector")));
    }
    let mut options = options::loading(&arguments.url, &arguments.loading)?;
    options.page.inspect = Some(arguments.selector.clone());
    options.recording = Some(Recording::default());
    let trip = throughline::load(options)?;
    let text = trip.journal.as_ref().map(thru_views::why::why);
    let text = text.unwrap_or_default();
    crate::answer!("{text}");
    if let Some(caret) = &trip.loaded.caret {
        anstream::eprintln!("{caret}");
    }
    let judged = trip.verdict.as_ref();
    if let Some(failure) = judged.and_then(|verdict| verdict.failure.as_ref()) {
        exit::complain(&format!("{}: {}", failure.code, failure.message));
    }
    let status = load::status(&trip, false);
    if status != Exit::Loaded {
        return Ok(status);
    }
    if text.is_empty() {
        exit::complain(&format!("no element of the page matches {selector:?}"));
        return Ok(Exit::Usage);
    }
    Ok(Exit::Loaded)
}

//! `cargo xtask suites NAME [--json]`: the figures of a public test suite.

use anyhow::{Result, bail};
use thru_tests::suites::manifest::Selection;
use thru_tests::suites::pages::{self, Medians, PagesResult};
use thru_tests::suites::wpt::WptResult;
use thru_tests::suites::{self, Engine, SuiteResult};

/// Runs a suite and prints its figures; fails if a case came otherwise than listed.
/// `words` narrow the layout suites down: `all` (not only core), `sample`, a part of the paths; and
/// `--engine NAME` runs the reftests with a peer.
pub fn run(name: &str, words: &[String], json: bool) -> Result<()> {
    let (engine, words) = engine(name, words)?;
    let selection = Selection::from_words(&words);
    let data = suites::data_folder();
    let oracle = suites::oracle_folder();
    let result = match name {
        "pages" => return drawn(name, &pages::five(&suites::pages_folder(), &oracle), json),
        "sites" => return drawn(name, &pages::of_sites(&data, &oracle), json),
        "wpt" => return reftests(&suites::wpt::run(&data, &selection, engine), json),
        "check-layout" => suites::check_layout::run(&data, &selection),
        "url" => suites::url::run(&data),
        "pcap" => suites::pcap::run(&data),
        "html5lib" => suites::html5lib::run(&data),
        "dns" => suites::dns::run(&data, &|_| true),
        _ => bail!(
            "there is no suite {name} yet; there are: url html5lib dns pcap pages sites wpt check-layout"
        ),
    };
    match json {
        true => println!("{}", serde_json::to_string_pretty(&result)?),
        false => print!("{}", text(&result)),
    }
    verdict(&result)
}

/// The engine that is asked for, and the other words.
fn engine(suite: &str, words: &[String]) -> Result<(Engine, Vec<String>)> {
    let Some(at) = words.iter().position(|word| word == "--engine") else {
        return Ok((Engine::Ours, words.to_vec()));
    };
    let name = words.get(at + 1).map(String::as_str).unwrap_or_default();
    let Some(engine) = Engine::named(name) else {
        bail!("--engine takes ours or blitz");
    };
    if suite != "wpt" {
        bail!("only wpt can be run with another engine");
    }
    if let Some(program) = engine.program().filter(|program| !program.exists()) {
        bail!(
            "{} is not there: cargo xtask peers {name}",
            program.display()
        );
    }
    let mut words = words.to_vec();
    words.drain(at..at + 2);
    Ok((engine, words))
}

fn reftests(result: &WptResult, json: bool) -> Result<()> {
    match json {
        true => println!("{}", serde_json::to_string_pretty(result)?),
        false => print!("{}{}", text(&result.suite), reftests_text(result)),
    }
    verdict(&result.suite)
}

fn reftests_text(result: &WptResult) -> String {
    let total = result.suite.total;
    let share = |count: usize| 100.0 * count as f64 / total.max(1) as f64;
    format!(
        "guarded {} of {total} ({:.1} %), at ink 0.10 {} ({:.1} %), unguarded {}, a white page {} unguarded and 0 guarded, {} more with blank references\n",
        result.guarded,
        share(result.guarded),
        result.guarded_strict,
        share(result.guarded_strict),
        result.unguarded,
        result.white_page,
        result.blank_references,
    )
}

fn verdict(result: &SuiteResult) -> Result<()> {
    if result.total == 0 {
        bail!("there is no data of the suite {}", result.suite);
    }
    match result.is_as_expected() {
        true => Ok(()),
        false => bail!(
            "{} cases of {} came otherwise than listed",
            result.unexpected.len(),
            result.suite
        ),
    }
}

/// Runs a suite of pages that are drawn beside Chromium's pictures.
fn drawn(name: &str, cases: &[pages::Case], json: bool) -> Result<()> {
    let pictures = suites::target_folder(name);
    let result = pages::run(name, cases, &pictures);
    match json {
        true => println!("{}", serde_json::to_string_pretty(&result)?),
        false => {
            print!("{}{}", text(&result.suite), pages_text(&result));
            println!("pictures: {}", pictures.display());
        }
    }
    verdict(&result.suite)
}

fn pages_text(result: &PagesResult) -> String {
    let percent = |share: Option<f64>| match share {
        Some(share) => format!("{:.1} %", share * 100.0),
        None => "-".to_owned(),
    };
    let mut text = format!(
        "{:>8} {:>8} {:>7} {:>7} {:>9}  page\n",
        "1 px", "4 px", "missing", "surplus", "cells off"
    );
    let mut pages: Vec<_> = result.pages.iter().collect();
    pages.sort_by(|(_, a), (_, b)| {
        let few = a.few_boxes.cmp(&b.few_boxes);
        few.then(
            b.within_1px
                .unwrap_or(0.0)
                .total_cmp(&a.within_1px.unwrap_or(0.0)),
        )
    });
    for (name, page) in pages {
        text += &format!(
            "{:>8} {:>8} {:>7} {:>7} {:>9}  {name}{}\n",
            percent(page.within_1px),
            percent(page.within_4px),
            page.missing,
            page.surplus,
            percent(page.cells_off),
            if page.few_boxes { "  (few boxes)" } else { "" },
        );
    }
    let line = |what: &str, medians: &Medians| {
        format!(
            "median of {} {what}: {} within 1 px, {} within 4 px, {} of the cells off\n",
            medians.pages,
            percent(medians.within_1px),
            percent(medians.within_4px),
            percent(medians.cells_off),
        )
    };
    text += &line("pages", &result.medians);
    text + &line("pages with few boxes", &result.few_boxes)
}

fn text(result: &SuiteResult) -> String {
    let mut text = format!(
        "{}: {} of {} pass, {} fail as listed, {} unexpected, {} skipped\n",
        result.suite,
        result.passed,
        result.total,
        result.failed_as_expected,
        result.unexpected.len(),
        result.skipped.len()
    );
    for (folder, counted) in &result.folders {
        text += &format!("  {folder}: {} of {}\n", counted.passed, counted.total);
    }
    for case in &result.unexpected {
        text += &format!("  unexpected  {}\n    {}\n", case.case, case.why);
    }
    for case in &result.skipped {
        text += &format!("  skipped  {}: {}\n", case.case, case.why);
    }
    text
}

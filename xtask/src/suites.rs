//! `cargo xtask suites NAME [--json]`: the figures of a public test suite.

use anyhow::{Result, bail};
use thru_tests::suites::pages::{self, Medians, PagesResult};
use thru_tests::suites::{self, SuiteResult};

/// Runs a suite and prints its figures; fails if a case came otherwise than listed.
pub fn run(name: &str, json: bool) -> Result<()> {
    let data = suites::data_folder();
    let oracle = suites::oracle_folder();
    let result = match name {
        "pages" => return drawn(name, &pages::five(&suites::pages_folder(), &oracle), json),
        "sites" => return drawn(name, &pages::of_sites(&data, &oracle), json),
        "url" => suites::url::run(&data),
        "html5lib" => suites::html5lib::run(&data),
        _ => bail!("there is no suite {name} yet; there are: url html5lib pages sites"),
    };
    match json {
        true => println!("{}", serde_json::to_string_pretty(&result)?),
        false => print!("{}", text(&result)),
    }
    verdict(&result)
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

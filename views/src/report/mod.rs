//! The trip as one self-contained HTML file, plain form.
//!
//! Stage: after the journey.
//! In: a journal and its verdict. Out: HTML without any outside reference.
//! Emits: nothing.
//! How it works: verdict, strip, picture, a section a stage with its events, requests, footer; no
//! script, one style sheet, `default-src 'none'`.
//! Not here: slider, map and pixel inspector: not built.

mod style;

use crate::{
    rows::{Row, Status, rows},
    sentence::sentence,
};
use data_encoding::BASE64;
use std::fmt::Write;
use thru_events::{Entry, Event, Stage, Vantage, paint::PaintEvent};
use thru_journal::Journal;
use thru_verdict::{Clock, Verdict};

/// Most events that a section lists; the rest is counted.
const MOST_EVENTS: usize = 400;

/// The report, with the picture that the journal holds.
pub fn report(journal: &Journal, verdict: &Verdict) -> String {
    let rows = rows(journal, verdict);
    let mut out = String::new();
    head(&mut out, journal);
    verdict_part(&mut out, journal, verdict);
    strip(&mut out, &rows);
    if let Some(png) = picture(journal) {
        let _ = write!(
            out,
            "<section><h2>The page</h2><img class=page alt=\"the painted page\" src=\"data:image/png;base64,{}\"></section>",
            BASE64.encode(png)
        );
    }
    for row in &rows {
        stage_part(&mut out, journal, row);
    }
    footer(&mut out, journal);
    out
}

fn head(out: &mut String, journal: &Journal) {
    let _ = write!(
        out,
        "<!DOCTYPE html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\
         <title>{} – trip</title><style>{}</style></head><body><main>",
        escape(&journal.header.url),
        style::SHEET
    );
}

fn verdict_part(out: &mut String, journal: &Journal, verdict: &Verdict) {
    let outcome = crate::outcome(verdict, crate::trip_end(journal));
    let class = if verdict.loaded { "ok" } else { "broken" };
    let _ = write!(
        out,
        "<header class={class}><p class=where>{} <span>{} · {outcome}</span></p><h1>{}</h1>",
        escape(&journal.header.url),
        journal.header.world.as_str(),
        escape(&verdict.summary)
    );
    if let Some(failure) = &verdict.failure {
        let certainty = format!("{:?}", failure.certainty).to_lowercase();
        let _ = write!(
            out,
            "<p>Code <code>{}</code>, {certainty}. Culprit: {}.</p><p>{}</p>",
            failure.code,
            escape(&failure.culprit),
            escape(&failure.mend)
        );
    }
    out.push_str("</header>");
    if !verdict.findings.is_empty() {
        out.push_str("<section><h2>Findings</h2><ul>");
        for finding in &verdict.findings {
            let _ = write!(
                out,
                "<li><code>{}</code> {} {}</li>",
                finding.code,
                escape(&finding.message),
                escape(&finding.mend)
            );
        }
        out.push_str("</ul></section>");
    }
}

fn strip(out: &mut String, rows: &[Row]) {
    let end = rows
        .iter()
        .filter_map(|row| Some(row.start_ms? + row.duration_ms.unwrap_or_default()))
        .fold(1.0, f64::max);
    out.push_str("<section><h2>The trip</h2><table class=strip>");
    for row in rows {
        let left = row.start_ms.map_or(0.0, |start| start / end * 100.0);
        let share = row
            .duration_ms
            .map_or(0.0, |duration| duration / end * 100.0);
        let bar = match row.clock {
            Clock::Trip if row.start_ms.is_some() => format!(
                "<i class=\"{}\" style=\"margin-left:{left:.2}%;width:{:.2}%\"></i>",
                row.status.as_str(),
                share.max(0.3).min(100.0 - left)
            ),
            _ => String::new(),
        };
        let figure = match (row.clock, row.duration_ms) {
            (_, None) => String::new(),
            (Clock::Cpu, Some(figure)) => format!("{figure:.1} ms CPU"),
            (Clock::Trip, Some(figure)) => format!("{figure:.1} ms"),
        };
        let _ = write!(
            out,
            "<tr class=\"{}\"><th><a href=\"#{id}\">{id}</a><td class=num>{figure}<td class=bar>{bar}<td>{}",
            row.status.as_str(),
            escape(&row.evidence),
            id = row.stage.id()
        );
    }
    out.push_str("</table></section>");
}

fn stage_part(out: &mut String, journal: &Journal, row: &Row) {
    if matches!(row.status, Status::Skipped | Status::Unseen) {
        return;
    }
    let of_stage = |entry: &&Entry| entry.event.stage() == row.stage;
    let total = journal.entries.iter().filter(of_stage).count();
    let _ = write!(
        out,
        "<section id=\"{id}\"><h2>{id}</h2><p>{}</p><details><summary>{total} events</summary><table class=events>",
        escape(&row.evidence),
        id = row.stage.id()
    );
    for entry in journal.entries.iter().filter(of_stage).take(MOST_EVENTS) {
        let _ = write!(
            out,
            "<tr id=\"e{n}\"><td class=num>#{n}<td class=num>{:.3} ms<td>{}<td>{}<td>{}",
            entry.at.as_ms(),
            escape(&crate::place(journal, entry.vantage)),
            escape(&sentence(&entry.event)),
            cause(journal, entry),
            n = entry.id.0
        );
    }
    out.push_str("</table>");
    if total > MOST_EVENTS {
        let _ = write!(out, "<p>{} more are in the trip.</p>", total - MOST_EVENTS);
    }
    out.push_str("</details></section>");
}

fn cause(journal: &Journal, entry: &Entry) -> String {
    let Some(cause) = entry.cause.and_then(|id| journal.entry(id)) else {
        return String::new();
    };
    let beyond = if cause.vantage == Vantage::Near {
        ""
    } else {
        " there"
    };
    let stage = match cause.event.stage() {
        Stage::Trip => "the key press",
        stage => stage.id(),
    };
    format!(
        "because of <a href=\"#e{n}\">#{n}</a> ({stage}{beyond})",
        n = cause.id.0
    )
}

/// What was done about cookies and keys.
fn privacy() -> &'static str {
    match thru_events::secrets_are_revealed() {
        true => "cookies and keys are shown: this file is not to be shared",
        false => "cookies and keys are left out",
    }
}

/// The last picture, as PNG; none if nothing was painted or it was not kept.
fn picture(journal: &Journal) -> Option<&[u8]> {
    let painted = journal.near_side().find_all(|event| match event {
        Event::Paint(PaintEvent::Painted { .. }) => Some(()),
        _ => None,
    });
    let (entry, ()) = painted.last()?;
    let png = journal.octets(entry.span?);
    (!png.is_empty()).then_some(png)
}

fn footer(out: &mut String, journal: &Journal) {
    let seed = journal.header.seed.map(|seed| format!(" · seed {seed}"));
    let _ = writeln!(
        out,
        "<footer><p>{} · {} world{} · {}</p><p><code>{}</code></p></footer></main></body></html>",
        escape(&journal.header.program),
        journal.header.world.as_str(),
        seed.unwrap_or_default(),
        privacy(),
        escape(&journal.header.command.join(" "))
    );
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

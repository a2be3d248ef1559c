//! Topologies by name or by file, and what is doubtful in them.

use crate::exit;
use throughline::Failure;
use thru_lab::{Topology, faults, scenarios};

/// A topology that was found.
#[derive(Debug)]
pub struct Found {
    /// TOML.
    pub text: String,
    /// What is broken in it, of a scenario.
    pub faults: Vec<String>,
    /// What to load, of a scenario.
    pub url: Option<&'static str>,
}

/// The scenario of that name, or else what stands in the file. Warnings go to stderr; with
/// `strict` the first is an error.
pub fn find(name: &str, strict: bool) -> Result<Found, Failure> {
    if let Some(scenario) = scenarios::find(name) {
        return Ok(Found {
            text: scenario.topology.to_owned(),
            faults: scenario
                .faults
                .iter()
                .map(|fault| (*fault).to_owned())
                .collect(),
            url: Some(scenario.url),
        });
    }
    let octets = std::fs::read(name).map_err(|error| not_found(name, &error))?;
    let text = String::from_utf8(octets).map_err(|error| {
        wrong(
            name,
            &format!(
                "no UTF-8 text after octet {}",
                error.utf8_error().valid_up_to()
            ),
        )
    })?;
    heed(name, &text, strict)?;
    Ok(Found {
        text,
        faults: Vec::new(),
        url: None,
    })
}

fn not_found(name: &str, error: &std::io::Error) -> Failure {
    let mut words = format!("read {name}: {error}");
    if !name.contains(['/', '.']) {
        words += "; no scenario is called so either, thru lab list names them";
    }
    Failure::File(words)
}

fn wrong(name: &str, what: &str) -> Failure {
    Failure::Usage(format!("{name}: {what}"))
}

fn heed(name: &str, text: &str, strict: bool) -> Result<(), Failure> {
    let topology = Topology::parse(text).map_err(|error| wrong(name, &error.to_string()))?;
    for warning in topology.warnings(text) {
        if strict {
            return Err(wrong(name, &warning.to_string()));
        }
        exit::complain(&format!("{name}: warning: {warning}"));
    }
    Ok(())
}

impl Found {
    /// The topology with its faults.
    pub fn topology(&self) -> Result<Topology, Failure> {
        let parsed = Topology::parse(&self.text);
        let mut topology = parsed.map_err(|error| Failure::Own(error.to_string()))?;
        for fault in &self.faults {
            let done = faults::apply(&mut topology, fault);
            done.map_err(|error| Failure::Own(error.to_string()))?;
        }
        Ok(topology)
    }
}

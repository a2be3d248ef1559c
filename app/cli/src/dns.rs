//! `thru dns`: what the browser keeps of names, and how it finds one on this machine.

use crate::{
    arguments::DnsCommand,
    exit::{self, Exit},
};
use serde_json::json;
use throughline::{CacheRow, Failure};

/// Does what is asked.
pub fn dns(command: DnsCommand) -> Exit {
    let done = match command {
        DnsCommand::Cache { json, flush: None } => list(json),
        DnsCommand::Cache {
            json,
            flush: Some(name),
        } => flush(name.as_deref(), json),
        DnsCommand::Lookup { names, json } => return look_up(&names, json),
    };
    match done {
        Ok(()) => Exit::Loaded,
        Err(failure) => exit::stopped(&failure),
    }
}

fn list(as_json: bool) -> Result<(), Failure> {
    let rows = throughline::kept_names()?;
    if as_json {
        let entries: Vec<_> = rows.iter().map(entry).collect();
        crate::answer!(line "{:#}", json!({ "entries": entries }));
        return Ok(());
    }
    let mut network = None;
    for row in &rows {
        if network != Some(&row.network) {
            crate::answer!(line "{}", shown(&row.network));
            network = Some(&row.network);
        }
        let kind = &row.record_type;
        let content = row.content.join(", ");
        crate::answer!(line
            "  {} {kind}   {} s left   {content}",
            row.name,
            row.ttl_left_s
        );
    }
    if rows.is_empty() {
        crate::answer!(line "nothing is kept");
    }
    Ok(())
}

fn shown(network: &str) -> &str {
    match network {
        "" => "a network without name servers",
        network => network,
    }
}

fn entry(row: &CacheRow) -> serde_json::Value {
    json!({
        "network": row.network,
        "name": row.name,
        "type": row.record_type,
        "negative": row.negative,
        "content": row.content,
        "ttl_left_s": row.ttl_left_s,
        "learnt_s": row.learnt_s,
    })
}

fn flush(name: Option<&str>, as_json: bool) -> Result<(), Failure> {
    let count = throughline::forget_names(name)?;
    match as_json {
        true => crate::answer!(line "{:#}", json!({ "flushed": count })),
        false => crate::answer!(line "{count} forgotten"),
    }
    Ok(())
}

/// Addresses on stdout, one a line; the reason for none on stderr. Of several names the last
/// failure decides the exit status.
fn look_up(names: &[String], as_json: bool) -> Exit {
    let (mut status, mut all) = (Exit::Loaded, Vec::new());
    for name in names {
        let found = match throughline::look_up(name) {
            Ok(found) => found,
            Err(failure) => return exit::stopped(&failure),
        };
        match found {
            Ok((addresses, source)) => {
                for address in addresses.iter().filter(|_| !as_json) {
                    crate::answer!(line "{address}");
                }
                all.push(json!({ "name": name, "addresses": addresses, "source": source }));
            }
            Err(failed) => {
                if !as_json {
                    anstream::eprintln!("{}: {}", failed.code, failed.message);
                }
                all.push(json!({ "name": name, "code": failed.code.as_str(), "message": failed.message }));
                status = Exit::Failed(failed.code);
            }
        }
    }
    if as_json {
        crate::answer!(line "{:#}", json!({ "names": all }));
    }
    status
}

//! `thru dns`: what the browser keeps of names, and how it finds one on this machine.

use crate::{
    arguments::DnsCommand,
    exit::{self, Exit},
};
use serde_json::json;
use throughline::{CacheRow, Failure, NameServer};
use thru_events::{Event, dns::DnsEvent};

/// Does what is asked.
pub fn dns(command: DnsCommand) -> Exit {
    let done = match command {
        DnsCommand::Cache { json, flush: None } => list(json),
        DnsCommand::Cache {
            json,
            flush: Some(name),
        } => flush(name.as_deref(), json),
        DnsCommand::Lookup {
            names,
            dns_server,
            json,
        } => return look_up(&names, &dns_server, json),
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

/// Addresses on stdout, one a line; how they were found, or the reason for none, on stderr. Of several
/// names the last failure decides the exit status.
fn look_up(names: &[String], servers: &[NameServer], as_json: bool) -> Exit {
    let (mut status, mut all) = (Exit::Loaded, Vec::new());
    for name in names {
        let looked_up = match throughline::look_up(name, servers) {
            Ok(looked_up) => looked_up,
            Err(failure) => return exit::stopped(&failure),
        };
        let steps = steps(&looked_up.said);
        if !as_json {
            for step in &steps {
                anstream::eprintln!("{step}");
            }
        }
        let mut told = json!({ "name": name, "steps": steps, "aliases": aliases(&looked_up.said) });
        match looked_up.found {
            Ok((addresses, source)) => {
                for address in addresses.iter().filter(|_| !as_json) {
                    crate::answer!(line "{address}");
                }
                told["addresses"] = json!(addresses);
                told["source"] = json!(source);
            }
            Err(failed) => {
                if !as_json {
                    anstream::eprintln!("{}: {}", failed.code, failed.message);
                }
                told["code"] = json!(failed.code.as_str());
                told["message"] = json!(failed.message);
                status = Exit::Failed(failed.code);
            }
        }
        all.push(told);
    }
    if as_json {
        crate::answer!(line "{:#}", json!({ "names": all }));
    }
    status
}

/// What happened, in sentences: who was asked and what came of it, aliases, other sources.
fn steps(said: &[DnsEvent]) -> Vec<String> {
    use DnsEvent::*;
    let is_step = |event: &&DnsEvent| {
        !matches!(
            event,
            LookupStarted { .. }
                | CacheMissed { .. }
                | CacheStored { .. }
                | HostsFileMissed { .. }
                | Resolved { .. }
                | AddressesJoined { .. }
                | NotResolved { .. }
        )
    };
    let steps = said.iter().filter(is_step).cloned();
    steps
        .map(|event| thru_views::sentence::sentence(&Event::Dns(event)))
        .collect()
}

/// Each alias once, in order.
fn aliases(said: &[DnsEvent]) -> Vec<serde_json::Value> {
    let mut aliases = Vec::new();
    for event in said {
        if let DnsEvent::AliasFollowed { from, to } = event {
            let alias = json!({ "from": from, "to": to });
            if !aliases.contains(&alias) {
                aliases.push(alias);
            }
        }
    }
    aliases
}

//! One event a line, as JSON (`--ndjson`).

use crate::sentence::sentence;
use serde_json::{Value, json};
use thru_events::{Entry, Event, Vantage};

/// One entry as one line, without line end. `nodes` are the names of the lab's nodes.
pub fn line(entry: &Entry, nodes: &[String]) -> String {
    value(entry, nodes).to_string()
}

pub(crate) fn value(entry: &Entry, nodes: &[String]) -> Value {
    let vantage = match entry.vantage {
        Vantage::Near => "near".to_owned(),
        Vantage::Node(node) => crate::node_name(nodes, node),
    };
    json!({
        "id": entry.id,
        "at_ms": entry.at.as_ms(),
        "cause": entry.cause,
        "provenance": entry.provenance,
        "vantage": vantage,
        "stage": entry.event.stage().id(),
        "event": entry.event.name(),
        "fields": fields(&entry.event),
        "text": sentence(&entry.event),
    })
}

/// The fields alone: the two outer levels (stage, event) are told beside them.
fn fields(event: &Event) -> Value {
    let whole = serde_json::to_value(event).unwrap_or_default();
    let inner = |value: Value| match value {
        Value::Object(map) => map
            .into_iter()
            .next()
            .map_or(Value::Null, |(_, inner)| inner),
        other => other,
    };
    inner(inner(whole))
}

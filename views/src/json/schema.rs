use serde_json::{Value, json};
use thru_events::{Code, Stage};

/// JSON Schema of the document (`thru schema trip`).
pub fn trip_schema() -> Value {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let stages: Vec<&str> = Stage::ALL.iter().map(|stage| stage.id()).collect();
    let ms = json!({ "type": ["number", "null"] });
    let evidence = json!({ "type": "array", "items": { "type": "integer" } });
    let certainty = json!({ "enum": ["proven", "likely", "unknown"] });
    let failure = json!({
        "type": ["object", "null"],
        "properties": {
            "code": { "enum": codes }, "stage": { "enum": stages }, "blame": { "type": "string" },
            "culprit": { "type": "string" }, "message": { "type": "string" },
            "certainty": certainty, "evidence": evidence, "mend": { "type": "string" }
        },
        "required": ["code", "stage", "blame", "culprit", "message", "certainty", "evidence", "mend"]
    });
    let finding = json!({
        "type": "object",
        "properties": {
            "code": { "enum": codes }, "severity": { "enum": ["broken", "slow", "hint"] },
            "stage": { "enum": stages }, "culprit": { "type": "string" },
            "certainty": certainty, "cost_ms": { "type": "number" },
            "evidence": evidence, "message": { "type": "string" }, "mend": { "type": "string" }
        }
    });
    let stage = json!({
        "type": "object",
        "properties": {
            "stage": { "enum": stages }, "clock": { "enum": ["trip", "cpu"] },
            "start_ms": ms, "duration_ms": ms,
            "status": { "enum": ["ok", "slow", "broken", "skipped", "unseen"] }
        }
    });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "thru.trip/1",
        "type": "object",
        "properties": {
            "schema": { "const": "thru.trip/1" },
            "url": { "type": "string" },
            "world": { "enum": ["host", "lab"] },
            "seed": { "type": ["integer", "null"] },
            "outcome": { "enum": ["loaded", "failed"] },
            "failure": failure,
            "verdict": {
                "type": "object",
                "properties": {
                    "summary": { "type": "string" },
                    "slowest": { "type": ["string", "null"] },
                    "findings": { "type": "array", "items": finding }
                }
            },
            "stages": { "type": "array", "items": stage },
            "requests": { "type": "array", "items": { "type": "object" } },
            "round_trips": {
                "type": ["object", "null"],
                "properties": { "used": { "type": "integer" }, "least": { "type": "integer" } }
            },
            "vitals": {
                "type": "object",
                "properties": { "ttfb_ms": ms, "fcp_ms": ms, "lcp_ms": ms, "cls": ms, "cpu_ms": { "type": "number" } }
            },
            "artifacts": { "type": "object" }
        },
        "required": ["schema", "url", "world", "outcome", "failure", "verdict", "stages", "requests", "vitals", "artifacts"]
    })
}

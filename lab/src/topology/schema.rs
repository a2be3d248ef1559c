//! What a topology file may say, for editors and machines (`thru schema lab`).

/// The schema of topology files: JSON Schema (draft 2020-12), for the TOML read as JSON.
pub fn schema() -> &'static str {
    include_str!("schema.json")
}

#[cfg(test)]
mod tests {
    use super::schema;
    use crate::topology::{BUILTIN, Topology};
    use serde_json::Value;
    use std::collections::BTreeSet;

    /// Says everything that can be said.
    const EVERYTHING: &str = r#"
starts_at = 2026-01-01T00:00:00Z
near = "pc"
visit = { by = "pc", host = "shop.lab", paths = ["/"], before = "30 min", then_off = ["pc"] }
authority = [{ name = "Root", machine = "pc" }]
zone = [{ origin = "lab.", text = "", signed = "not-yet" }]
[[machine]]
name = "pc"
kind = "router"
state = "hung"
dns = ["192.0.2.1"]
search = ["lab"]
hosts_file = "127.0.0.1 localhost"
names_kept = 100
sources = ["files", "dns"]
trusts = ["Root"]
firewall = ["allow tcp"]
tcp = { backlog = 1, congestion = "reno", ecn = true, fast_open = true, timestamps = false, sack = false, nagle = true }
nat = { outside = "eth0", table_limit = 3, tcp_idle = "2 h", udp_idle = "5 min", forward = [{ protocol = "udp", port = 53, to = "10.0.0.7:53" }] }
interface = [{ name = "eth0", address = "10.0.0.1/24", detect_conflicts = true, remembers = "10.9.0.7", mtu = 1400, ipv6 = ["2001:db8::1/64", "auto"], advertise = { lifetime_s = 1800, valid_s = 9, preferred_s = 8, mtu = 1400, dns = ["2001:db8::1"] } }]
route = [{ to = "0.0.0.0/0", via = "10.0.0.2" }]
dhcp_server = { interface = "eth0", first = "10.0.0.5", last = "10.0.0.9", router = "10.0.0.1", dns = ["10.0.0.1"], lease_s = 60 }
service = [
  { kind = "name-server", zones = ["lab."] },
  { kind = "caching-dns", roots = ["192.0.2.1"], validates = true, stale = true, prefetch = true, copies = ["lab."] },
  { kind = "dns-forwarder", to = ["192.0.2.1"], only_udp = true },
  { kind = "load-balancer", web = ["pc"], cache = "pc", cached = ["/"], hsts = "max-age=60", certificate = { authority = "Root", names = ["a.lab"], from_day = -1, days = 90 } },
  { kind = "cache-server", keys = 2, web = ["pc"] },
  { kind = "web-server", app = "pc", faults = [{ missing = "/a" }, { garbled = "/a" }, { redirect-loop = "/a" }, { truncated = "/a" }, { silent = "/a" }, { status = ["/a", 500] }] },
  { kind = "app-server", fault = { exception = "x" } },
  { kind = "app-server", fault = "database-missing" },
  { kind = "resets", port = 443 },
  { kind = "plain-text", port = 443 },
]
[[machine]]
name = "sw"
kind = "switch"
switch = { table_limit = 9, ageing = "5 min", storm_limit = 100 }
[[wire]]
from = "pc:eth0"
to = "sw"
rate = "10 Mbit/s"
latency = "5 ms"
queue = 9
loss = 0.5
bit_error = 0.25
jitter = "1 ms"
queue_size = "64 KiB"
queue_kind = "fq-codel"
lose = [3, 5]
lose_every = 100
corrupt = 0.01
duplicate = 0.02
reorder = 0.03
reorder_by = "3 ms"
[wire.back]
rate = "1 Mbit/s"
latency = "6 ms"
jitter = "2 ms"
queue = 8
queue_size = "32 KiB"
queue_kind = "codel"
loss = 0.5
lose = [7]
lose_every = 50
bit_error = 0.125
corrupt = 0.02
duplicate = 0.03
reorder = 0.04
reorder_by = "4 ms"
"#;

    /// Holds a value against the part of JSON Schema that the schema uses, and notes the
    /// properties that it met, by their place in the schema.
    struct Check {
        root: Value,
        met: BTreeSet<String>,
    }

    impl Check {
        fn fits(&mut self, place: &str, value: &toml::Value) -> Result<(), String> {
            let rule = self.root.pointer(place).ok_or("no rule")?.clone();
            if let Some(to) = rule["$ref"].as_str() {
                return self.fits(to.trim_start_matches('#'), value);
            }
            if let Some(choices) = rule["oneOf"].as_array() {
                let fitting = (0..choices.len())
                    .filter(|choice| self.fits(&format!("{place}/oneOf/{choice}"), value).is_ok());
                return match fitting.count() {
                    1 => Ok(()),
                    count => Err(format!("{place}: {count} choices fit {value}")),
                };
            }
            if let Some(only) = rule["const"].as_str() {
                return self.same(value.as_str() == Some(only), place, value);
            }
            if let Some(words) = rule["enum"].as_array() {
                let known = words.iter().any(|word| word.as_str() == value.as_str());
                return self.same(known, place, value);
            }
            match rule["type"].as_str() {
                Some("string") => self.same(value.is_str() || value.is_datetime(), place, value),
                Some("boolean") => self.same(value.is_bool(), place, value),
                Some("integer") => self.same(value.is_integer(), place, value),
                Some("number") => self.same(value.is_float() || value.is_integer(), place, value),
                Some("array") if rule["items"].is_null() => {
                    self.same(value.is_array(), place, value)
                }
                Some("array") => {
                    let items = value.as_array().ok_or(format!("{place}: no list"))?;
                    let place = format!("{place}/items");
                    items.iter().try_for_each(|item| self.fits(&place, item))
                }
                Some("object") => self.table(place, &rule, value),
                other => Err(format!("{place}: type {other:?}")),
            }
        }

        fn same(&self, fits: bool, place: &str, value: &toml::Value) -> Result<(), String> {
            fits.then_some(()).ok_or(format!("{place}: {value}"))
        }

        fn table(&mut self, place: &str, rule: &Value, value: &toml::Value) -> Result<(), String> {
            let table = value.as_table().ok_or(format!("{place}: no table"))?;
            for needed in rule["required"].as_array().into_iter().flatten() {
                let needed = needed.as_str().unwrap_or_default();
                table
                    .get(needed)
                    .ok_or(format!("{place}: {needed} is missing"))?;
            }
            for (key, value) in table {
                let property = format!("{place}/properties/{}", key.replace('/', "~1"));
                self.fits(&property, value)?;
                self.met.insert(property);
            }
            Ok(())
        }
    }

    /// Every property of the schema, by its place.
    fn properties(value: &Value, place: String, found: &mut BTreeSet<String>) {
        if let Some(named) = value["properties"].as_object() {
            found.extend(named.keys().map(|key| format!("{place}/properties/{key}")));
        }
        let below: Vec<(String, &Value)> = match value {
            Value::Object(fields) => fields
                .iter()
                .map(|(key, value)| (key.clone(), value))
                .collect(),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(n, value)| (n.to_string(), value))
                .collect(),
            _ => Vec::new(),
        };
        for (key, value) in below {
            properties(value, format!("{place}/{key}"), found);
        }
    }

    #[test]
    fn the_schema_says_what_the_reader_takes_and_nothing_else() {
        let root: Value = serde_json::from_str(schema()).unwrap();
        let mut known = BTreeSet::new();
        properties(&root, String::new(), &mut known);
        let met = BTreeSet::new();
        let mut check = Check { root, met };
        let everything: Topology = toml::from_str(EVERYTHING).unwrap();
        // As it was typed, and with every default written out.
        for text in [
            EVERYTHING,
            &everything.to_toml(),
            BUILTIN,
            &Topology::builtin().to_toml(),
        ] {
            let table: toml::Table = text.parse().unwrap();
            assert_eq!(check.fits("", &toml::Value::Table(table)), Ok(()));
        }
        assert_eq!(check.met, known);
    }

    #[test]
    fn the_schema_refuses_what_the_reader_refuses() {
        let root: Value = serde_json::from_str(schema()).unwrap();
        let met = BTreeSet::new();
        let mut check = Check { root, met };
        for wrong in [
            "near = \"pc\"\n",
            "near = \"pc\"\nmachine = [{ name = \"pc\", colour = 1 }]\n",
            "near = \"pc\"\nmachine = [{ name = \"pc\", kind = \"hub\" }]\n",
            "near = \"pc\"\nmachine = [{ name = \"pc\", service = [{ kind = \"resets\" }] }]\n",
        ] {
            assert!(toml::from_str::<Topology>(wrong).is_err(), "{wrong}");
            let table: toml::Table = wrong.parse().unwrap();
            assert!(
                check.fits("", &toml::Value::Table(table)).is_err(),
                "{wrong}"
            );
        }
    }
}

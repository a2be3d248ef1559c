//! The `hosts` line of nsswitch.conf(5).

use thru_port::{LookupSource, LookupStep, ResolverConfig};

/// What glibc takes without a `hosts` line.
const WITHOUT_LINE: &str = "files dns";

/// Reads the last `hosts` line, as glibc does, into the order of sources; what is not supported is noted.
pub(crate) fn read(text: &str, config: &mut ResolverConfig) {
    let mut lines = text.lines().filter_map(|line| {
        let line = line.split('#').next().unwrap_or("");
        line.trim_start().strip_prefix("hosts:")
    });
    config.order.clear();
    let mut rest = lines.next_back().unwrap_or(WITHOUT_LINE).trim();
    while !rest.is_empty() {
        if let Some(criteria) = rest.strip_prefix('[') {
            let (inside, after) = criteria.split_once(']').unwrap_or((criteria, ""));
            inside
                .split_ascii_whitespace()
                .for_each(|word| criterion(word, config));
            rest = after.trim_start();
            continue;
        }
        let end = rest
            .find(|c: char| c.is_ascii_whitespace() || c == '[')
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        source(word, config);
        rest = after.trim_start();
    }
}

fn source(word: &str, config: &mut ResolverConfig) {
    let source = match word {
        "files" => LookupSource::Files,
        // systemd-resolved serves the same names by DNS on its stub address.
        "dns" | "resolve" => LookupSource::Dns,
        "myhostname" => LookupSource::MyHostname,
        other => {
            let note = format!("nsswitch hosts: {other}");
            config.unsupported.push(note);
            LookupSource::Other(other.to_owned())
        }
    };
    // Asked twice, the same source says the same.
    if !config.order.iter().any(|step| step.source == source) {
        config.order.push(LookupStep::of(source));
    }
}

/// `STATUS=ACTION` or `!STATUS=ACTION` for the source before it.
fn criterion(word: &str, config: &mut ResolverConfig) {
    let (statuses, action) = word.split_once('=').unwrap_or((word, ""));
    let ends = match action.to_ascii_lowercase().as_str() {
        "return" => true,
        "continue" => false,
        _ => {
            let note = format!("nsswitch hosts: [{word}]");
            config.unsupported.push(note);
            return;
        }
    };
    let Some(step) = config.order.last_mut() else {
        return;
    };
    let (other, status) = match statuses.strip_prefix('!') {
        Some(status) => (true, status.to_ascii_uppercase()),
        None => (false, statuses.to_ascii_uppercase()),
    };
    let fields = [
        ("SUCCESS", &mut step.success_ends),
        ("NOTFOUND", &mut step.not_found_ends),
        ("UNAVAIL", &mut step.unavailable_ends),
        ("TRYAGAIN", &mut step.try_again_ends),
    ];
    for (name, field) in fields {
        if (name == status) != other {
            *field = ends;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sources, each with the statuses after which the search ends.
    fn order(text: &str) -> (Vec<String>, Vec<String>) {
        let mut config = ResolverConfig::default();
        read(text, &mut config);
        let shown = config.order.iter().map(|step| {
            let ends = [
                ("S", step.success_ends),
                ("N", step.not_found_ends),
                ("U", step.unavailable_ends),
                ("T", step.try_again_ends),
            ];
            let ends = ends.iter().filter(|(_, ends)| *ends);
            let ends: String = ends.map(|(letter, _)| *letter).collect();
            format!("{:?} {ends}", step.source)
        });
        (shown.collect(), config.unsupported)
    }

    #[test]
    fn order_criteria_and_what_is_passed_over() {
        let (sources, passed) = order("passwd: files\nhosts: dns\nhosts: dns mdns4 files # x\n");
        assert_eq!(sources, ["Dns S", "Other(\"mdns4\") S", "Files S"]);
        assert_eq!(passed, ["nsswitch hosts: mdns4"]);
        let table = [
            (
                "hosts:files [NOTFOUND=return] dns",
                vec!["Files SN", "Dns S"],
            ),
            (
                "  hosts:  files[notfound=RETURN]dns",
                vec!["Files SN", "Dns S"],
            ),
            (
                "hosts: resolve [!UNAVAIL=return] files myhostname dns",
                vec!["Dns SNT", "Files S", "MyHostname S"],
            ),
            (
                "hosts: files [SUCCESS=continue TRYAGAIN=return] dns",
                vec!["Files T", "Dns S"],
            ),
            ("hosts:", vec![]),
            ("", vec!["Files S", "Dns S"]),
        ];
        for (line, expected) in table {
            assert_eq!(order(line).0, expected, "{line}");
        }
    }
}

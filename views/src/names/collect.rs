//! From events to steps.

use super::{Question, Step, What};
use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use thru_events::{Entry, Event, Vantage, dns::DnsEvent, tcp::TcpEvent};
use thru_journal::Journal;

/// A question that is still open: its step, who asked, whom.
struct Open {
    step: usize,
    vantage: Vantage,
    server: SocketAddr,
    /// The machine that took it in, and from whom.
    taken_by: Option<(Vantage, SocketAddr)>,
    answered: bool,
}

struct Collector<'a> {
    journal: &'a Journal,
    steps: Vec<Step>,
    open: Vec<Open>,
    found: HashSet<IpAddr>,
}

pub(super) fn collect(journal: &Journal) -> Vec<Step> {
    let mut collector = Collector {
        journal,
        steps: Vec::new(),
        open: Vec::new(),
        found: HashSet::new(),
    };
    for entry in &journal.entries {
        match &entry.event {
            Event::Dns(event) => collector.dns(entry, event),
            Event::Tcp(TcpEvent::Opened { remote, .. })
                if entry.vantage == Vantage::Near && collector.found.contains(&remote.ip()) =>
            {
                collector.push(entry, What::Connected { remote: *remote });
            }
            _ => {}
        }
    }
    collector.steps
}

impl Collector<'_> {
    fn push(&mut self, entry: &Entry, what: What) {
        self.steps.push(Step {
            at_ms: entry.at.as_ms(),
            who: crate::place(self.journal, entry.vantage),
            event: entry.id.0.get().into(),
            what,
        });
    }

    fn dns(&mut self, entry: &Entry, event: &DnsEvent) {
        match event {
            DnsEvent::QuerySent { .. } => self.sent(entry, event),
            DnsEvent::QueryReceived {
                id,
                name,
                record_type,
                client,
            } => self.taken_in(entry.vantage, *id, (name, record_type), *client),
            DnsEvent::ResponseSent {
                id, client, source, ..
            } => self.answered(entry.vantage, *id, *client, source),
            DnsEvent::ResponseReceived {
                id, server, rtt_us, ..
            } => {
                let sent_ms = entry.at.as_ms() - *rtt_us as f64 / 1000.0;
                let open = self.sent_at(entry.vantage, *server, *id, sent_ms);
                if let Some(question) = open.and_then(|at| self.end(at)) {
                    received(question, event);
                }
            }
            DnsEvent::ResponseIgnored { server, why } => {
                let open = self.find(entry.vantage, *server, None);
                if let Some(question) = open.and_then(|at| self.question(at)) {
                    question.passed_over.push(why.to_string());
                }
            }
            DnsEvent::QueryTimedOut {
                server, after_ms, ..
            } => {
                if let Some(question) = self.ended(entry.vantage, *server, None) {
                    question.outcome = Some("timed out".into());
                    question.why = Some(format!("nothing came within {after_ms} ms"));
                }
            }
            DnsEvent::ServerUnreachable { server, why } => {
                if let Some(question) = self.ended(entry.vantage, *server, None) {
                    question.outcome = Some("unreachable".into());
                    question.why = Some(why.to_string());
                }
            }
            other => {
                if let DnsEvent::Resolved { addresses, .. }
                | DnsEvent::AddressesJoined { addresses, .. } = other
                    && entry.vantage == Vantage::Near
                {
                    self.found.extend(addresses);
                }
                if let Some(what) = by_itself(other) {
                    self.push(entry, what);
                }
            }
        }
    }

    fn sent(&mut self, entry: &Entry, event: &DnsEvent) {
        let DnsEvent::QuerySent {
            id,
            name,
            record_type,
            server,
            transport,
            attempt,
        } = event
        else {
            return;
        };
        self.open.push(Open {
            step: self.steps.len(),
            vantage: entry.vantage,
            server: *server,
            taken_by: None,
            answered: false,
        });
        let question = Question {
            name: name.clone(),
            record_type: record_type.clone(),
            server: server.to_string(),
            by: transport.to_string(),
            id: *id,
            attempt: *attempt,
            ..Question::default()
        };
        self.push(entry, What::Asked(Box::new(question)));
    }

    /// The question of this id at the machine that was asked.
    fn taken_in(&mut self, by: Vantage, id: u16, asked: (&str, &str), client: SocketAddr) {
        let machine = crate::place(self.journal, by);
        let fits = |question: &Question| {
            (
                question.id,
                question.name.as_str(),
                question.record_type.as_str(),
            ) == (id, asked.0, asked.1)
        };
        for at in (0..self.open.len()).rev() {
            let open = &self.open[at];
            if open.taken_by.is_some() || open.vantage == by {
                continue;
            }
            let Some(question) = self.question(at).filter(|question| fits(question)) else {
                continue;
            };
            question.machine = Some(machine);
            self.open[at].taken_by = Some((by, client));
            return;
        }
    }

    fn answered(&mut self, by: Vantage, id: u16, client: SocketAddr, source: &str) {
        for at in (0..self.open.len()).rev() {
            if self.open[at].answered || self.open[at].taken_by != Some((by, client)) {
                continue;
            }
            let Some(question) = self.question(at).filter(|question| question.id == id) else {
                continue;
            };
            question.source = Some(source.to_owned());
            self.open[at].answered = true;
            return;
        }
    }

    fn question(&mut self, at: usize) -> Option<&mut Question> {
        match &mut self.steps[self.open[at].step].what {
            What::Asked(question) => Some(question),
            _ => None,
        }
    }

    /// The open question of this id that was sent nearest to a time: over HTTPS all have the same
    /// id (RFC 8484, section 4.1).
    fn sent_at(
        &self,
        vantage: Vantage,
        server: SocketAddr,
        id: u16,
        sent_ms: f64,
    ) -> Option<usize> {
        let fits = |at: &usize| {
            let open = &self.open[*at];
            let same = open.vantage == vantage && open.server == server;
            same && matches!(&self.steps[open.step].what, What::Asked(question) if question.id == id)
        };
        let away = |at: &usize| (self.steps[self.open[*at].step].at_ms - sent_ms).abs();
        let open = (0..self.open.len()).rev().filter(fits);
        open.min_by(|one, other| away(one).total_cmp(&away(other)))
    }

    /// The question that was asked last of a server, and is open.
    fn find(&mut self, vantage: Vantage, server: SocketAddr, id: Option<u16>) -> Option<usize> {
        (0..self.open.len()).rev().find(|at| {
            let open = &self.open[*at];
            let same = open.vantage == vantage && open.server == server;
            same && match &self.steps[open.step].what {
                What::Asked(question) => id.is_none_or(|id| question.id == id),
                _ => false,
            }
        })
    }

    fn ended(
        &mut self,
        vantage: Vantage,
        server: SocketAddr,
        id: Option<u16>,
    ) -> Option<&mut Question> {
        let at = self.find(vantage, server, id)?;
        self.end(at)
    }

    fn end(&mut self, at: usize) -> Option<&mut Question> {
        let step = self.open.remove(at).step;
        match &mut self.steps[step].what {
            What::Asked(question) => Some(question),
            _ => None,
        }
    }
}

fn received(question: &mut Question, event: &DnsEvent) {
    let DnsEvent::ResponseReceived {
        rcode,
        answers,
        referral,
        authoritative,
        truncated,
        extended_error,
        rtt_us,
        ..
    } = event
    else {
        return;
    };
    question.outcome = Some(rcode.clone());
    question.answers.clone_from(answers);
    question.referral.clone_from(referral);
    question.authoritative = *authoritative;
    question.truncated = *truncated;
    question.why.clone_from(extended_error);
    question.rtt_ms = Some(*rtt_us as f64 / 1000.0);
}

/// Steps that one event tells whole.
fn by_itself(event: &DnsEvent) -> Option<What> {
    let cache =
        |name: &str, record_type: &str, verdict: &'static str, reason: String| What::Cache {
            name: name.to_owned(),
            record_type: record_type.to_owned(),
            verdict,
            reason,
        };
    let none = |negative: bool| if negative { "that there is none, " } else { "" };
    Some(match event {
        DnsEvent::LookupStarted { name } => What::Wanted { name: name.clone() },
        DnsEvent::CacheHit {
            name,
            record_type,
            ttl_left_s,
            negative,
        } => {
            let reason = format!("{}{ttl_left_s} s left", none(*negative));
            cache(name, record_type, "hit", reason)
        }
        DnsEvent::CacheMissed {
            name,
            record_type,
            why,
        } => cache(name, record_type, "miss", why.to_string()),
        DnsEvent::CacheStored {
            name,
            record_type,
            ttl_s,
            negative,
        } => {
            let reason = format!("{}for {ttl_s} s", none(*negative));
            cache(name, record_type, "stored", reason)
        }
        DnsEvent::CacheExpired {
            name,
            record_type,
            over_for_s,
        } => cache(name, record_type, "expired", format!("{over_for_s} s ago")),
        DnsEvent::CacheEvicted {
            name,
            record_type,
            ttl_left_s,
        } => {
            let reason = format!("to make room, with {ttl_left_s} s left");
            cache(name, record_type, "evicted", reason)
        }
        DnsEvent::StaleAnswerUsed {
            name,
            record_type,
            over_for_s,
        } => {
            let reason = format!("nothing better came; over for {over_for_s} s");
            cache(name, record_type, "stale", reason)
        }
        DnsEvent::DenialSynthesised {
            name,
            record_type,
            zone,
        } => {
            let reason = format!("a kept denial of {zone} covers it");
            cache(name, record_type, "denied", reason)
        }
        DnsEvent::PrefetchStarted {
            name,
            record_type,
            ttl_left_s,
        } => {
            let reason = format!("only {ttl_left_s} s left");
            cache(name, record_type, "prefetch", reason)
        }
        DnsEvent::OwnZoneUsed {
            zone,
            name,
            record_type,
            rcode,
        } => {
            let reason = format!("the own copy of {zone} says {rcode}");
            cache(name, record_type, "own zone", reason)
        }
        DnsEvent::SearchShared {
            name,
            record_type,
            clients,
        } => {
            let reason = format!("{clients} clients wait for one search");
            cache(name, record_type, "shared", reason)
        }
        DnsEvent::HostsFileHit { line, .. } => What::Source {
            source: "files".into(),
            said: format!("line {line} of the hosts file has it"),
        },
        DnsEvent::HostsFileMissed { .. } => What::Source {
            source: "files".into(),
            said: "the hosts file does not have it".into(),
        },
        DnsEvent::SourcePassed {
            source,
            status,
            ends,
        } => What::Source {
            source: source.to_string(),
            said: match ends {
                true => format!("{status}, and the search ends"),
                false => status.to_string(),
            },
        },
        DnsEvent::ZoneJudged { zone, verdict, why } => What::Judged {
            about: format!("zone {zone}"),
            verdict: joined(verdict, why),
        },
        DnsEvent::AnswerJudged {
            name,
            record_type,
            verdict,
            why,
        } => What::Judged {
            about: format!("{name} {record_type}"),
            verdict: joined(verdict, why),
        },
        DnsEvent::RecordRefused {
            name,
            record_type,
            server,
            why,
        } => What::Judged {
            about: format!("{name} {record_type} from {server}"),
            verdict: format!("refused: {why}"),
        },
        DnsEvent::ServerSetAside { server, zone, why } => What::Judged {
            about: format!("{server} for {zone}"),
            verdict: format!("set aside: {why}"),
        },
        DnsEvent::AliasFollowed { from, to } => What::Led {
            from: from.clone(),
            to: to.clone(),
        },
        DnsEvent::SearchDomainUsed { name, found } => What::Led {
            from: name.clone(),
            to: format!("{found}, by the search list"),
        },
        DnsEvent::ReferralFollowed { zone, server } => What::Led {
            from: zone.clone(),
            to: format!("{server}, by a referral"),
        },
        DnsEvent::LiteralUsed { address } => What::Used {
            name: address.to_string(),
            addresses: vec![*address],
            source: "an address was typed".into(),
        },
        DnsEvent::OverrideUsed { name, address } => What::Used {
            name: name.clone(),
            addresses: vec![*address],
            source: "--resolve".into(),
        },
        DnsEvent::Resolved {
            name,
            addresses,
            source,
        } => What::Used {
            name: name.clone(),
            addresses: addresses.clone(),
            source: source.to_string(),
        },
        DnsEvent::AddressesJoined {
            name,
            record_type,
            addresses,
        } => What::Used {
            name: name.clone(),
            addresses: addresses.clone(),
            source: format!("{record_type}, after connecting had begun"),
        },
        DnsEvent::NotResolved { name, why } => What::Used {
            name: name.clone(),
            addresses: Vec::new(),
            source: why.to_string(),
        },
        _ => return None,
    })
}

fn joined(verdict: &str, why: &str) -> String {
    match why {
        "" => verdict.to_owned(),
        why => format!("{verdict}: {why}"),
    }
}

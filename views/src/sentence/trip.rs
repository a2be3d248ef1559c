use super::list;
use crate::units::{ms_of_us, seconds};
use thru_events::{dns::DnsEvent, trip::TripEvent, url::UrlEvent};

pub fn trip(event: &TripEvent) -> String {
    match event {
        TripEvent::KeyPressed { typed } => format!("\"{typed}\" was asked for"),
        TripEvent::Failed { stage, failure } => {
            format!(
                "failed at {}: {} ({})",
                stage.id(),
                failure.message,
                failure.code
            )
        }
        TripEvent::Found { stage, finding } => {
            format!(
                "found at {}: {} ({})",
                stage.id(),
                finding.message,
                finding.code
            )
        }
        TripEvent::StageSkipped { stage, why } => format!("{} skipped: {why}", stage.id()),
        TripEvent::StageUnseen { stage, why } => format!("{} unseen: {why}", stage.id()),
        TripEvent::LimitReached {
            stage,
            limit,
            value,
        } => {
            format!("limit reached at {}: {limit}, {value}", stage.id())
        }
        TripEvent::Interrupted {} => "interrupted from outside (Ctrl-C or SIGTERM)".to_owned(),
        TripEvent::Ended { loaded: true } => "the trip ended: loaded".to_owned(),
        TripEvent::Ended { loaded: false } => "the trip ended: failed".to_owned(),
    }
}

/// Most pairs of a query that are told.
const PAIR_LIMIT: usize = 32;

/// The query as a server reads it (WHATWG URL, section 5.1): names and values, decoded.
fn query_pairs(target: &str) -> String {
    let Some((_, query)) = target
        .split_once('?')
        .filter(|(_, query)| !query.is_empty())
    else {
        return String::new();
    };
    let mut all = url::form_urlencoded::parse(query.as_bytes());
    let told: Vec<String> = all
        .by_ref()
        .take(PAIR_LIMIT)
        .map(|(name, value)| format!("{name:?} = {value:?}"))
        .collect();
    let more = match all.count() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(", query {}{more}", told.join(", "))
}

pub fn url(event: &UrlEvent) -> String {
    match event {
        UrlEvent::Completed {
            typed,
            completed,
            why,
        } => {
            format!("\"{typed}\" was completed to {completed}: {why}")
        }
        UrlEvent::Parsed {
            scheme,
            host,
            readable_host,
            port,
            target,
            registrable_domain,
            fragment,
            ..
        } => {
            let readable = readable_host.as_ref().map(|host| format!(" ({host})"));
            let fragment = fragment
                .as_ref()
                .map(|fragment| format!(", fragment \"{fragment}\" stays here"));
            let domain = registrable_domain
                .as_ref()
                .map(|d| format!(", registrable domain {d}"));
            format!(
                "scheme {scheme}, host {host}{}, port {port}, target {target}{}{}{}",
                readable.unwrap_or_default(),
                domain.unwrap_or_default(),
                query_pairs(target),
                fragment.unwrap_or_default()
            )
        }
        UrlEvent::SchemeUpgraded { from, to, why } => {
            format!("{from} is asked for as {to}: {why}")
        }
        UrlEvent::HstsLearned {
            host,
            max_age_s,
            subdomains,
        } => {
            let below = if *subdomains {
                " and names below it"
            } else {
                ""
            };
            match max_age_s {
                0 => format!("{host} asks no longer to be spoken to over TLS only"),
                age => format!("{host}{below} is spoken to over TLS only, for {age} s"),
            }
        }
        UrlEvent::Refused { typed, at, why } => {
            format!("\"{typed}\" cannot be loaded: {why} (character {})", at + 1)
        }
    }
}

pub fn dns(event: &DnsEvent) -> String {
    match event {
        DnsEvent::LookupStarted { name } => format!("an address is wanted for {name}"),
        DnsEvent::LiteralUsed { address } => format!("{address} is an address; nobody is asked"),
        DnsEvent::OverrideUsed { name, address } => format!("--resolve says {name} is {address}"),
        DnsEvent::CacheHit {
            name,
            record_type,
            ttl_left_s,
            negative,
        } => format!(
            "the cache knows {name} {record_type}{}, {} left",
            if *negative { ": there is none" } else { "" },
            seconds(*ttl_left_s)
        ),
        DnsEvent::CacheMissed {
            name,
            record_type,
            why,
        } => {
            format!("the cache does not have {name} {record_type}: {why}")
        }
        DnsEvent::CacheStored {
            name,
            record_type,
            ttl_s,
            negative,
        } => format!(
            "the cache keeps {name} {record_type}{} for {}",
            if *negative { " (none)" } else { "" },
            seconds(*ttl_s)
        ),
        DnsEvent::CacheExpired {
            name,
            record_type,
            over_for_s,
        } => format!(
            "what the cache had of {name} {record_type} is over since {} and taken out",
            seconds(*over_for_s)
        ),
        DnsEvent::CacheEvicted {
            name,
            record_type,
            ttl_left_s,
        } => format!(
            "{name} {record_type} makes room in the cache, with {} left",
            seconds(*ttl_left_s)
        ),
        DnsEvent::SourcePassed {
            source,
            status,
            ends,
        } => format!(
            "{source} of nsswitch.conf does not help ({status}); {}",
            if *ends {
                "the search ends there"
            } else {
                "the search goes on"
            }
        ),
        DnsEvent::SearchDomainUsed { name, found } => {
            format!("{name} is looked up as {found}, by a search domain")
        }
        DnsEvent::ServiceFound {
            name,
            priority,
            target,
            alpn,
            port,
        } => {
            let port = port
                .map(|port| format!(", port {port}"))
                .unwrap_or_default();
            match priority {
                0 => format!("the HTTPS record of {name} is an alias for {target}"),
                _ => format!(
                    "the HTTPS record of {name}, priority {priority}, names {target}{port} with {}",
                    list(alpn)
                ),
            }
        }
        DnsEvent::HostsFileHit {
            name,
            addresses,
            line,
        } => {
            format!(
                "the hosts file, line {line}, says {name} is {}",
                list(addresses)
            )
        }
        DnsEvent::HostsFileMissed { name } => format!("the hosts file does not have {name}"),
        DnsEvent::QuerySent {
            id,
            name,
            record_type,
            server,
            transport,
            attempt,
        } => {
            format!(
                "asked {server} over {transport}: {name} {record_type} (id {id}, attempt {attempt})"
            )
        }
        DnsEvent::QueryReceived {
            id,
            name,
            record_type,
            client,
        } => {
            format!("{client} asks: {name} {record_type} (id {id})")
        }
        DnsEvent::ResponseReceived {
            server,
            rcode,
            answers,
            referral,
            extended_error,
            rtt_us,
            ..
        } => {
            let said = if !answers.is_empty() {
                list(answers)
            } else if !referral.is_empty() {
                format!("ask {}", list(referral))
            } else {
                "no records".to_owned()
            };
            let why = match extended_error {
                Some(why) => format!("; it says: {why}"),
                None => String::new(),
            };
            format!(
                "{server} answered {rcode} after {}: {said}{why}",
                ms_of_us(*rtt_us)
            )
        }
        DnsEvent::ResponseSent {
            client,
            rcode,
            answers,
            source,
            ..
        } => {
            format!(
                "answered {client}: {rcode}, {} from {source}",
                list(answers)
            )
        }
        DnsEvent::ResponseIgnored { server, why } => {
            format!("an answer of {server} was thrown away: {why}")
        }
        DnsEvent::QueryTimedOut {
            server,
            attempt,
            after_ms,
        } => {
            format!("{server} did not answer within {after_ms} ms (attempt {attempt})")
        }
        DnsEvent::ServerUnreachable { server, why } => format!("{server} cannot be reached: {why}"),
        DnsEvent::ReferralFollowed { zone, server } => format!("zone {zone} is served by {server}"),
        DnsEvent::ServerSetAside { server, zone, why } => {
            format!("{server} is not asked again for {zone}: {why}")
        }
        DnsEvent::RecordRefused {
            server,
            name,
            record_type,
            why,
        } => format!("{record_type} {name} from {server} does not count: {why}"),
        DnsEvent::ZoneJudged { zone, verdict, why } => format!("zone {zone} is {verdict}: {why}"),
        DnsEvent::AnswerJudged {
            name,
            record_type,
            verdict,
            why,
        } => match why.is_empty() {
            true => format!("{name} {record_type} is {verdict}"),
            false => format!("{name} {record_type} is {verdict}: {why}"),
        },
        DnsEvent::DenialSynthesised {
            name,
            record_type,
            zone,
        } => format!("what is kept of {zone} says that there is no {name} {record_type}"),
        DnsEvent::StaleAnswerUsed {
            name,
            record_type,
            over_for_s,
        } => format!("{name} {record_type} is used although it is over since {over_for_s} s"),
        DnsEvent::PrefetchStarted {
            name,
            record_type,
            ttl_left_s,
        } => format!("{name} {record_type} is asked for again: it has {ttl_left_s} s left"),
        DnsEvent::OwnZoneUsed {
            zone,
            name,
            record_type,
            rcode,
        } => format!("the own copy of {zone} says {rcode} to {name} {record_type}"),
        DnsEvent::SearchShared {
            name,
            record_type,
            clients,
        } => format!("{name} {record_type} is being looked for already; {clients} clients wait"),
        DnsEvent::AliasFollowed { from, to } => format!("{from} is an alias of {to}"),
        DnsEvent::Resolved {
            name,
            addresses,
            source,
        } => {
            format!("{name} is {} (from {source})", list(addresses))
        }
        DnsEvent::AddressesJoined {
            name,
            record_type,
            addresses,
        } => format!(
            "{name} is also {}: its {record_type} came after connecting had begun",
            list(addresses)
        ),
        DnsEvent::NotResolved { name, why } => format!("{name} has no address: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_told_as_pairs() {
        assert_eq!(query_pairs("/a"), "");
        assert_eq!(query_pairs("/a?"), "");
        assert_eq!(
            query_pairs("/a?size=10&colour=dark+red%21&empty=&alone&size=11"),
            ", query \"size\" = \"10\", \"colour\" = \"dark red!\", \"empty\" = \"\", \"alone\" = \"\", \"size\" = \"11\""
        );
        let many = vec!["a=1"; PAIR_LIMIT + 3].join("&");
        assert!(query_pairs(&format!("/?{many}")).ends_with(" and 3 more"));
    }
}

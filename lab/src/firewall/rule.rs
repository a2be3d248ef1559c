use crate::flow::{Flow, ICMP, ICMPV6, TCP, UDP};
use std::{fmt, net::IpAddr, str::FromStr};
use thru_stack::UnreachableCode;

/// What a rule does with the packet that it fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Allow,
    Drop,
    /// The sender is told, and how; if that is left open, TCP is answered with a reset, anything
    /// else with ICMP "administratively prohibited".
    Reject(Option<With>),
}

/// How a packet is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum With {
    /// A TCP reset, in the destination's name.
    Reset,
    /// ICMP "destination unreachable".
    Icmp(UnreachableCode),
}

/// The words for what a packet is refused with.
const WITH: [(&str, With); 6] = [
    ("reset", With::Reset),
    (
        "admin-prohibited",
        With::Icmp(UnreachableCode::AdministrativelyProhibited),
    ),
    ("net-unreachable", With::Icmp(UnreachableCode::Network)),
    ("host-unreachable", With::Icmp(UnreachableCode::Host)),
    (
        "protocol-unreachable",
        With::Icmp(UnreachableCode::Protocol),
    ),
    ("port-unreachable", With::Icmp(UnreachableCode::Port)),
];

impl With {
    /// Its word in a rule.
    pub(crate) fn word(self) -> &'static str {
        let known = WITH.iter().find(|(_, with)| *with == self);
        known.map_or("icmp", |(word, _)| word)
    }
}

/// One line of the rule list. What is `None` fits everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) action: Action,
    pub(crate) protocol: Option<u8>,
    pub(crate) from: Option<Prefix>,
    pub(crate) to: Option<Prefix>,
    pub(crate) port: Option<u16>,
    /// New connections a second at most; more are dropped.
    pub(crate) rate: Option<u32>,
    /// Connections that are half open at most; more are dropped (a guard against floods of SYN).
    pub(crate) half_open: Option<u32>,
}

impl Rule {
    /// Lets everything in.
    pub(crate) fn allow_all() -> Rule {
        Rule::of(Action::Allow)
    }

    fn of(action: Action) -> Rule {
        Rule {
            action,
            protocol: None,
            from: None,
            to: None,
            port: None,
            rate: None,
            half_open: None,
        }
    }

    /// Whether the first packet of a connection fits. `icmp` is the one of the packet's family;
    /// a rule without networks fits both families.
    pub(crate) fn fits(&self, flow: &Flow) -> bool {
        let fits = |prefix: &Option<Prefix>, address: IpAddr| {
            prefix
                .as_ref()
                .is_none_or(|prefix| prefix.contains(address))
        };
        let icmp = match flow.source.is_ipv6() {
            true => ICMPV6,
            false => ICMP,
        };
        let fits_protocol = |wanted| match wanted {
            ICMP => flow.protocol == icmp,
            other => flow.protocol == other,
        };
        self.protocol.is_none_or(fits_protocol)
            && fits(&self.from, flow.source.ip())
            && fits(&self.to, flow.destination.ip())
            && self.port.is_none_or(|port| port == flow.destination.port())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.action {
            Action::Allow => "allow",
            Action::Drop => "drop",
            Action::Reject(_) => "reject",
        })?;
        match self.protocol {
            None => {}
            Some(TCP) => f.write_str(" tcp")?,
            Some(UDP) => f.write_str(" udp")?,
            Some(ICMP) => f.write_str(" icmp")?,
            Some(other) => write!(f, " protocol {other}")?,
        }
        if let Some(from) = &self.from {
            write!(f, " from {from}")?;
        }
        if let Some(to) = &self.to {
            write!(f, " to {to}")?;
        }
        if let Some(port) = self.port {
            write!(f, " port {port}")?;
        }
        if let Some(rate) = self.rate {
            write!(f, " rate {rate}/s")?;
        }
        if let Some(half_open) = self.half_open {
            write!(f, " half-open {half_open}")?;
        }
        if let Action::Reject(Some(with)) = self.action {
            write!(f, " with {}", with.word())?;
        }
        Ok(())
    }
}

/// A rule's text is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRule(pub String);

impl FromStr for Rule {
    type Err = BadRule;

    /// `allow|drop|reject [tcp|udp|icmp] [from PREFIX] [to PREFIX] [port N] [rate N/s]
    /// [half-open N]`; the last two of `allow` alone.
    fn from_str(text: &str) -> Result<Rule, BadRule> {
        let mut words = text.split_whitespace();
        let action = match words.next() {
            Some("allow") => Action::Allow,
            Some("drop") => Action::Drop,
            Some("reject") => Action::Reject(None),
            _ => return Err(BadRule("a rule begins with allow, drop or reject".into())),
        };
        let mut rule = Rule::of(action);
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .ok_or_else(|| BadRule(format!("nothing after “{word}”")))
            };
            match word {
                "tcp" => rule.protocol = Some(TCP),
                "udp" => rule.protocol = Some(UDP),
                "icmp" => rule.protocol = Some(ICMP),
                "from" => rule.from = Some(value()?.parse()?),
                "to" => rule.to = Some(value()?.parse()?),
                "port" => rule.port = Some(port(value()?)?),
                "rate" => rule.rate = Some(rate(value()?)?),
                "half-open" => rule.half_open = Some(number(value()?)?),
                "with" if matches!(action, Action::Reject(_)) => {
                    rule.action = Action::Reject(Some(with(value()?)?));
                }
                "with" => return Err(BadRule("only “reject” says with what".into())),
                other => return Err(BadRule(format!("“{other}” is no word of a rule"))),
            }
        }
        if action != Action::Allow && (rule.rate.is_some() || rule.half_open.is_some()) {
            return Err(BadRule(
                "only “allow” has a rate or a half-open limit".into(),
            ));
        }
        if rule.half_open.is_some() && rule.protocol != Some(TCP) {
            return Err(BadRule("only “allow tcp” has a half-open limit".into()));
        }
        if rule.action == Action::Reject(Some(With::Reset)) && rule.protocol != Some(TCP) {
            return Err(BadRule("only “reject tcp” can be with a reset".into()));
        }
        Ok(rule)
    }
}

fn with(text: &str) -> Result<With, BadRule> {
    let known = WITH.iter().find(|(word, _)| *word == text);
    known.map(|(_, with)| *with).ok_or_else(|| {
        let words = WITH.map(|(word, _)| word).join(", ");
        BadRule(format!("“{text}” is none of: {words}"))
    })
}

fn number(text: &str) -> Result<u32, BadRule> {
    text.parse()
        .map_err(|_| BadRule(format!("“{text}” is no number")))
}

fn rate(text: &str) -> Result<u32, BadRule> {
    let number = text
        .strip_suffix("/s")
        .and_then(|number| number.parse().ok());
    number.ok_or_else(|| BadRule(format!("“{text}” is no rate like 10/s")))
}

fn port(text: &str) -> Result<u16, BadRule> {
    text.parse()
        .map_err(|_| BadRule(format!("“{text}” is no port")))
}

/// A network, as `203.0.113.64/26` or `2001:db8::/32`; an address alone is a network of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prefix {
    pub(crate) network: IpAddr,
    pub(crate) length: u8,
}

impl Prefix {
    /// Whether `address` lies within. An address of the other family never does.
    pub(crate) fn contains(self, address: impl Into<IpAddr>) -> bool {
        thru_ip::Prefix::new(self.network, self.length).contains(address)
    }

    fn whole(network: IpAddr) -> u8 {
        if network.is_ipv4() { 32 } else { 128 }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.length == Prefix::whole(self.network) {
            true => write!(f, "{}", self.network),
            false => write!(f, "{}/{}", self.network, self.length),
        }
    }
}

impl FromStr for Prefix {
    type Err = BadRule;

    fn from_str(text: &str) -> Result<Prefix, BadRule> {
        let bad = || BadRule(format!("“{text}” is no network like 203.0.113.0/24"));
        let (network, length) = match text.split_once('/') {
            Some((network, length)) => (network, Some(length)),
            None => (text, None),
        };
        let network: IpAddr = network.parse().map_err(|_| bad())?;
        let longest = Prefix::whole(network);
        let length = match length {
            None => longest,
            Some(length) => length
                .parse()
                .ok()
                .filter(|length| *length <= longest)
                .ok_or_else(bad)?,
        };
        Ok(Prefix { network, length })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_reads_back_as_it_was_written() {
        for text in [
            "allow tcp to 203.0.113.80 port 443",
            "drop",
            "reject udp from 10.0.0.0/8",
            "allow icmp to 0.0.0.0/0",
            "allow tcp port 443 rate 10/s half-open 50",
            "reject tcp port 22 with reset",
            "reject with host-unreachable",
            "allow tcp from 2001:db8::/32 to 2001:db8:80::80 port 443",
            "drop to ::/0",
        ] {
            assert_eq!(text.parse::<Rule>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_bad_rule_says_what_is_wrong() {
        for text in [
            "",
            "permit all",
            "allow port x",
            "drop from",
            "drop to 1.2.3.4/33",
            "drop to 2001:db8::/129",
            "drop x",
            "allow rate 10",
            "drop tcp rate 10/s",
            "allow udp half-open 3",
            "reject with a smile",
            "reject udp with reset",
            "drop with reset",
        ] {
            assert!(text.parse::<Rule>().is_err(), "{text}");
        }
    }
}

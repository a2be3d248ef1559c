//! Addresses of IPv6 made from those of IPv4, for clients behind a translator (RFC 6147, RFC 6052).

use super::part::{Security, Trouble};
use super::resolve::{Answer, Wish, resolve};
use super::task::{Step, Work};
use crate::wire::{Kind, Name, Rrset, rcode};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use thru_events::Cause;

/// Octet of an address that stays empty (RFC 6052, section 2.2).
const EMPTY: usize = 8;

/// How addresses are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dns64 {
    prefix: Ipv6Addr,
    bits: u8,
    /// Names whose own addresses of IPv6 do not count, if they have one of IPv4.
    pub ignored: Vec<Name>,
}

impl Dns64 {
    /// With a prefix of 32, 40, 48, 56, 64 or 96 bits; `None` for another length.
    pub fn new(prefix: Ipv6Addr, bits: u8) -> Option<Dns64> {
        [32, 40, 48, 56, 64, 96].contains(&bits).then(|| Dns64 {
            prefix,
            bits,
            ignored: Vec::new(),
        })
    }

    /// With the well-known prefix `64:ff9b::/96` (RFC 6052, section 2.1).
    pub fn well_known() -> Dns64 {
        Dns64 {
            prefix: Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0),
            bits: 96,
            ignored: Vec::new(),
        }
    }

    /// The places of the four octets of an address.
    fn places(&self) -> impl Iterator<Item = usize> {
        let from = usize::from(self.bits / 8);
        (from..16).filter(|at| *at != EMPTY).take(4)
    }

    fn made(&self, address: Ipv4Addr) -> Ipv6Addr {
        let mut octets = self.prefix.octets();
        octets[usize::from(self.bits / 8)..].fill(0);
        for (at, octet) in self.places().zip(address.octets()) {
            octets[at] = octet;
        }
        octets.into()
    }

    /// The address inside of one that was made so.
    fn inside(&self, address: Ipv6Addr) -> Option<Ipv4Addr> {
        let octets = address.octets();
        let inside: Vec<u8> = self.places().map(|at| octets[at]).collect();
        let inside = Ipv4Addr::from(<[u8; 4]>::try_from(inside).ok()?);
        (self.made(inside) == address).then_some(inside)
    }

    /// The name of the way back from the address inside, for the name of the way back from one that
    /// was made so.
    fn way_back(&self, name: &Name) -> Option<Name> {
        let labels: Vec<&[u8]> = name.labels().collect();
        let (digits, end) = labels.split_at_checked(32)?;
        let arpa = |(label, wanted): (&&[u8], &&[u8])| label.eq_ignore_ascii_case(wanted);
        let wanted: [&[u8]; 2] = [b"ip6", b"arpa"];
        if end.len() != wanted.len() || !end.iter().zip(&wanted).all(arpa) {
            return None;
        }
        let mut number = 0_u128;
        for label in digits.iter().rev() {
            let digit = std::str::from_utf8(label).ok().filter(|it| it.len() == 1)?;
            number = number << 4 | u128::from(u8::from_str_radix(digit, 16).ok()?);
        }
        let [a, b, c, d] = self.inside(number.into())?.octets();
        Name::from_text(&format!("{d}.{c}.{b}.{a}.in-addr.arpa."), &Name::root()).ok()
    }

    fn ignores(&self, name: &Name) -> bool {
        self.ignored.iter().any(|zone| name.is_within(zone))
    }
}

/// The answer, made if there is none of IPv6. `raw`: a client that checks signatures itself wants
/// what there is (RFC 6147, section 5.5).
pub(super) fn resolve_or_make<'a>(
    work: &'a Work,
    name: Name,
    kind: Kind,
    wish: Wish,
    raw: bool,
    cause: Cause,
) -> Step<'a, Result<Answer, Trouble>> {
    let Some(dns64) = work.config.dns64.as_ref().filter(|_| !raw) else {
        return resolve(work, name, kind, wish, cause);
    };
    if kind == Kind::PTR
        && let Some(inside) = dns64.way_back(&name)
    {
        return Box::pin(async move {
            let answer = resolve(work, inside.clone(), kind, wish, cause).await?;
            Ok(renamed(answer, &inside, &name))
        });
    }
    if kind != Kind::AAAA {
        return resolve(work, name, kind, wish, cause);
    }
    Box::pin(async move {
        let found = resolve(work, name.clone(), Kind::AAAA, wish, cause).await;
        if !lacks_addresses(&found, dns64.ignores(&name)) {
            return found;
        }
        match resolve(work, name, Kind::A, wish, cause).await {
            Ok(answer) if answer.security == Security::Secure && !is_said(&found) => found,
            Ok(answer) if has(&answer, Kind::A) => Ok(made(dns64, answer, found.ok())),
            // What is said of IPv4 tells more where IPv6 could not be had.
            other if found.is_err() => other,
            _ => found,
        }
    })
}

fn has(answer: &Answer, kind: Kind) -> bool {
    answer.rcode == rcode::NOERROR && answer.answers.iter().any(|set| set.kind == kind)
}

/// RFC 6147, sections 5.1.2 to 5.1.4: no name, no answer; an error is no address; addresses of IPv4
/// inside of IPv6 are none.
fn lacks_addresses(found: &Result<Answer, Trouble>, ignored: bool) -> bool {
    let Ok(answer) = found else {
        return true;
    };
    if answer.security == Security::Bogus || answer.rcode == rcode::NXDOMAIN {
        return false;
    }
    let own = answer.answers.iter().filter(|set| set.kind == Kind::AAAA);
    let mapped = |data: &Vec<u8>| {
        let octets = <[u8; 16]>::try_from(data.as_slice());
        octets.is_ok_and(|octets| Ipv6Addr::from(octets).to_ipv4_mapped().is_some())
    };
    ignored || own.into_iter().flat_map(|set| &set.data).all(mapped)
}

/// Whether somebody said what there is of IPv6. Without it, nothing is made from what is signed:
/// else whoever keeps back a signed denial, or signed addresses, would have addresses made
/// (RFC 6147, section 5.5).
fn is_said(found: &Result<Answer, Trouble>) -> bool {
    matches!(found, Ok(answer) if answer.rcode == rcode::NOERROR)
}

/// RFC 6147, section 5.5: what is made is as authentic as the denial and the addresses both. Where
/// a setting of ours sets addresses aside, there is no denial.
fn security_of_both(answer: &Answer, denied: Option<&Answer>) -> Security {
    let Some(denied) = denied else {
        return answer.security.min(Security::Insecure);
    };
    let both = answer.security.min(denied.security);
    match denied.answers.iter().any(|set| set.kind == Kind::AAAA) {
        true => both.min(Security::Insecure),
        false => both,
    }
}

/// RFC 6147, section 5.1.7: the records live no longer than the denial that made them necessary.
fn made(dns64: &Dns64, mut answer: Answer, denied: Option<Answer>) -> Answer {
    answer.security = security_of_both(&answer, denied.as_ref());
    answer.said_authentic &= denied.as_ref().is_some_and(|denied| denied.said_authentic);
    let longest = denied.and_then(|denied| {
        let soa = denied
            .authorities
            .into_iter()
            .find(|set| set.kind == Kind::SOA);
        soa.map(|soa| soa.ttl)
    });
    for set in answer.answers.iter_mut().filter(|set| set.kind == Kind::A) {
        let addresses = set
            .data
            .iter()
            .filter_map(|data| super::delegation::address_of(data));
        let addresses = addresses.filter_map(|address| match address {
            IpAddr::V4(address) => Some(dns64.made(address).octets().to_vec()),
            IpAddr::V6(_) => None,
        });
        set.data = addresses.collect();
        set.kind = Kind::AAAA;
        set.ttl = longest.map_or(set.ttl, |longest| set.ttl.min(longest));
        set.signatures.clear();
    }
    answer
}

/// The answer about one name, told of another, of which nobody has signed anything.
fn renamed(mut answer: Answer, from: &Name, to: &Name) -> Answer {
    answer.security = answer.security.min(Security::Insecure);
    answer.said_authentic = false;
    let own = |set: &&mut Rrset| set.name == *from;
    for set in answer.answers.iter_mut().filter(own) {
        set.name = to.clone();
        set.signatures.clear();
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of RFC 6052, section 2.4.
    #[test]
    fn addresses_are_made_as_the_specification_shows() {
        let address = Ipv4Addr::new(192, 0, 2, 33);
        for (prefix, bits, wanted) in [
            ("2001:db8::", 32, "2001:db8:c000:221::"),
            ("2001:db8:100::", 40, "2001:db8:1c0:2:21::"),
            ("2001:db8:122::", 48, "2001:db8:122:c000:2:2100::"),
            ("2001:db8:122:300::", 56, "2001:db8:122:3c0:0:221::"),
            ("2001:db8:122:344::", 64, "2001:db8:122:344:c0:2:2100::"),
            ("2001:db8:122:344::", 96, "2001:db8:122:344::192.0.2.33"),
        ] {
            let dns64 = Dns64::new(prefix.parse().unwrap(), bits).unwrap();
            let made = dns64.made(address);
            assert_eq!(made, wanted.parse::<Ipv6Addr>().unwrap(), "/{bits}");
            assert_eq!(dns64.inside(made), Some(address));
        }
        assert_eq!(Dns64::new(Ipv6Addr::UNSPECIFIED, 33), None);
    }

    #[test]
    fn the_way_back_leads_to_the_address_inside() {
        let name = |text: &str| Name::from_text(text, &Name::root()).unwrap();
        let dns64 = Dns64::well_known();
        let digits = "8.0.7.0.6.0.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.b.9.f.f.4.6.0.0";
        let back = dns64.way_back(&name(&format!("{digits}.ip6.arpa.")));
        assert_eq!(back, Some(name("8.7.6.5.in-addr.arpa.")));
        for other in ["shop.lab.", "1.ip6.arpa.", &format!("{digits}.ip6.lab.")] {
            assert_eq!(dns64.way_back(&name(other)), None);
        }
        let elsewhere = format!("{}.ip6.arpa.", digits.replace("b.9", "b.8"));
        assert_eq!(dns64.way_back(&name(&elsewhere)), None);
    }
}

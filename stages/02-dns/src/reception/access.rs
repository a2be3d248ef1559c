//! Who may ask.

use std::net::IpAddr;

/// Addresses with the same beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// One of them.
    pub address: IpAddr,
    /// Bits that are the same.
    pub bits: u8,
}

impl Network {
    /// Whether an address begins so.
    pub fn has(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differ = u32::from(own) ^ u32::from(other);
                differ.leading_zeros() >= u32::from(self.bits.min(32))
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differ = u128::from(own) ^ u128::from(other);
                differ.leading_zeros() >= u32::from(self.bits.min(128))
            }
            _ => false,
        }
    }
}

impl std::str::FromStr for Network {
    type Err = String;

    /// `ADDRESS/BITS`, or an address alone.
    fn from_str(text: &str) -> Result<Network, String> {
        let refused = || format!("{text:?} is no network");
        let (address, bits) = text.split_once('/').unwrap_or((text, ""));
        let address: IpAddr = address.parse().map_err(|_| refused())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            "" => most,
            bits => bits.parse().map_err(|_| refused())?,
        };
        match bits <= most {
            true => Ok(Network { address, bits }),
            false => Err(refused()),
        }
    }
}

/// What a server does for clients of an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Admission {
    /// It answers.
    #[default]
    Answers,
    /// It answers by UDP only who shows a cookie that it handed out (RFC 7873).
    WantsCookie,
    /// It says REFUSED.
    Refuses,
    /// It says nothing.
    Drops,
}

/// A rule for a network of clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessRule {
    /// Whose questions.
    pub network: Network,
    /// What is done with them.
    pub admission: Admission,
}

/// The rule with the longest prefix; of equals the last.
pub(super) fn admission(rules: &[AccessRule], client: IpAddr) -> Admission {
    let own = rules.iter().filter(|rule| rule.network.has(client));
    let best = own.max_by_key(|rule| rule.network.bits);
    best.map_or(Admission::Answers, |rule| rule.admission)
}

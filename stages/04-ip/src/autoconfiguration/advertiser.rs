use super::limits;
use std::net::Ipv6Addr;
use thru_events::{Cause, MacAddress, Tap, Time, link::LinkEvent};
use thru_link::ndp::{NdpMessage, NdpOptions, PrefixInformation};

/// What a router says on one link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvertiserConfig {
    /// Networks of the link.
    pub prefixes: Vec<PrefixInformation>,
    /// How long it is a default router, seconds; 0: it is none.
    pub lifetime_s: u16,
    /// Largest packet of the link, octets, if it says so.
    pub mtu: Option<u32>,
    /// DNS servers.
    pub dns: Vec<Ipv6Addr>,
}

/// A router's advertisements on one link (RFC 4861, section 6.2).
pub struct Advertiser {
    config: AdvertiserConfig,
    mac: MacAddress,
    last: Option<Time>,
    next: Option<Time>,
    cause: Cause,
}

impl Advertiser {
    /// A router that is silent until [`Advertiser::start`].
    pub fn new(config: AdvertiserConfig, mac: MacAddress) -> Advertiser {
        Advertiser {
            config,
            mac,
            last: None,
            next: None,
            cause: None,
        }
    }

    /// Begins.
    pub fn start(&mut self, now: Time, cause: Cause) {
        self.next = Some(now);
        self.cause = cause;
    }

    /// A machine asks. All are answered at once with one advertisement, and never two within three
    /// seconds (RFC 4861, section 6.2.6). DEVIATION: not after a time that chance picks.
    pub fn handle_solicitation(&mut self, now: Time, cause: Cause) {
        let soonest = self.last.map_or(now, |last| {
            now.max(last.after(limits::LEAST_BETWEEN_ADVERTISEMENTS))
        });
        if self.next.is_some_and(|next| next > soonest) {
            self.next = Some(soonest);
            self.cause = cause;
        }
    }

    /// The advertisement to all that is due, with `RouterAdvertised`.
    pub fn poll(&mut self, now: Time, tap: &Tap) -> Option<(NdpMessage, Cause)> {
        self.next.filter(|next| *next <= now)?;
        self.last = Some(now);
        self.next = Some(now.after(limits::BETWEEN_ADVERTISEMENTS));
        let cause = tap.emit(self.cause, || LinkEvent::RouterAdvertised {
            prefixes: self.words(),
            lifetime_s: self.config.lifetime_s.into(),
        });
        Some((self.message(), cause))
    }

    fn words(&self) -> String {
        let prefixes = self.config.prefixes.iter();
        let words: Vec<String> = prefixes
            .map(|network| format!("{}/{}", network.prefix, network.length))
            .collect();
        words.join(" ")
    }

    fn message(&self) -> NdpMessage {
        let lifetime_s = u32::from(self.config.lifetime_s);
        let dns = self.config.dns.iter();
        NdpMessage::RouterAdvertisement {
            hop_limit: crate::DEFAULT_TTL,
            managed: false,
            other: false,
            lifetime_s: self.config.lifetime_s,
            reachable_ms: 0,
            retransmit_ms: 0,
            options: NdpOptions {
                prefixes: self.config.prefixes.clone(),
                mtu: self.config.mtu,
                dns: dns.map(|server| (*server, lifetime_s)).collect(),
                ..NdpOptions::from(self.mac)
            },
        }
    }

    /// When [`Advertiser::poll`] has something to do.
    pub fn wake_at(&self) -> Option<Time> {
        self.next
    }
}

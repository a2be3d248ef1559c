use super::limits;
use std::{net::Ipv6Addr, time::Duration};
use thru_events::{Cause, Time};

/// How an own address stands (RFC 4862, section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Being asked about: not used yet.
    Tentative {
        /// Questions sent.
        probes: u32,
        /// When the next is due, or the address is this machine's.
        next: Time,
    },
    /// Used.
    Preferred,
    /// Used by connections that are open, and by new ones only if there is no other.
    Deprecated,
    /// Someone else has it: never used.
    Duplicate,
}

/// An own address of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnIpv6 {
    /// The address.
    pub address: Ipv6Addr,
    /// Significant bits of its network.
    pub prefix: u8,
    /// How it stands.
    pub standing: Standing,
    /// Which router named its network; none for addresses of the link and those written down.
    pub router: Option<Ipv6Addr>,
    /// Its end; none is never.
    pub valid_until: Option<Time>,
    /// When it is deprecated; none is never.
    pub preferred_until: Option<Time>,
    /// The last event about it.
    pub(super) cause: Cause,
}

impl OwnIpv6 {
    pub(super) fn tentative(now: Time, address: Ipv6Addr, prefix: u8) -> OwnIpv6 {
        OwnIpv6 {
            address,
            prefix,
            standing: Standing::Tentative {
                probes: 0,
                next: now,
            },
            router: None,
            valid_until: None,
            preferred_until: None,
            cause: None,
        }
    }

    /// Whether packets may come from it and are taken for it.
    pub fn is_usable(&self) -> bool {
        matches!(self.standing, Standing::Preferred | Standing::Deprecated)
    }

    /// Whether it is being asked about.
    pub fn is_tentative(&self) -> bool {
        matches!(self.standing, Standing::Tentative { .. })
    }

    /// Takes over a router's lifetimes (RFC 4862, section 5.5.3, step e): a life is not cut to
    /// less than two hours at a stroke, as nobody knows who says so.
    pub(super) fn renew(&mut self, now: Time, valid_s: u32, preferred_s: u32) {
        self.preferred_until = lifetime(now, preferred_s);
        let least = now.after(limits::TWO_HOURS);
        let told = lifetime(now, valid_s);
        let longer = match (told, self.valid_until) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(told), Some(known)) => told > known,
        };
        if longer || told.is_some_and(|told| told > least) {
            self.valid_until = told;
        } else if self.valid_until.is_none_or(|known| known > least) {
            self.valid_until = Some(least);
        }
        if self.standing == Standing::Deprecated && self.preferred_until.is_none_or(|at| at > now) {
            self.standing = Standing::Preferred;
        }
    }

    pub(super) fn due(&self) -> Option<Time> {
        match self.standing {
            Standing::Tentative { next, .. } => Some(next),
            Standing::Preferred => self
                .preferred_until
                .into_iter()
                .chain(self.valid_until)
                .min(),
            Standing::Deprecated | Standing::Duplicate => self.valid_until,
        }
    }
}

/// All ones is for ever.
pub(super) fn lifetime(now: Time, seconds: u32) -> Option<Time> {
    (seconds != u32::MAX).then(|| now.after(Duration::from_secs(seconds.into())))
}

//! Where a connection to an origin goes if an HTTPS record says so (RFC 9460): another name or port,
//! behind aliases of priority 0.

use crate::{
    look_up::LateAnswers,
    network::Network,
    pool::Origin,
    resolve::{NearMachine, Resolved, resolve_through},
};
use std::net::IpAddr;
use thru_dns::Service;
use thru_events::{Cause, dns::DnsEvent};

/// Most aliases that are followed (RFC 9460, section 3, asks for a limit).
const ALIAS_LIMIT: usize = 8;

/// Where to connect to.
pub(crate) struct Endpoint {
    pub addresses: Vec<IpAddr>,
    pub port: u16,
    pub late: Option<LateAnswers>,
    pub cause: Cause,
}

/// What a name has.
struct Known {
    name: String,
    addresses: Vec<IpAddr>,
    services: Vec<Service>,
    late: Option<LateAnswers>,
    cause: Cause,
}

impl Network {
    /// Another place than the origin's own, if its name has a service there that can be spoken to.
    pub(crate) async fn endpoint(&self, origin: &Origin, own: &Resolved) -> Option<Endpoint> {
        let mut known = Known {
            name: own_name(&origin.host),
            addresses: own.addresses.clone(),
            services: own.services.clone(),
            late: None,
            cause: own.cause,
        };
        for _ in 0..ALIAS_LIMIT {
            let Some(alias) = known.services.first().filter(|first| first.priority == 0) else {
                return self.service(origin, known).await;
            };
            // Section 2.5.1: the service is not there; a client of HTTP goes on as if nothing was said.
            if alias.at_own_name {
                return None;
            }
            let target = alias.target.clone();
            known = self
                .known_of(target, origin.port, true, known.cause)
                .await?;
        }
        None
    }

    /// The best service of a name; the name's own addresses if an alias led there and it has none.
    async fn service(&self, origin: &Origin, known: Known) -> Option<Endpoint> {
        let aliased = known.name != own_name(&origin.host);
        let own = &self.options.alpn;
        let spoken = |service: &&Service| {
            service.priority > 0 && service.alpn.iter().any(|id| own.contains(&id.as_str()))
        };
        let best = known.services.iter().find(spoken).cloned();
        let port = best.as_ref().and_then(|service| service.port);
        let port = port.unwrap_or(origin.port);
        if port != origin.port && thru_url::is_blocked(port) {
            return None;
        }
        let elsewhere = best.filter(|service| !service.at_own_name);
        let elsewhere = elsewhere.map(|service| service.target);
        let target = elsewhere.clone().unwrap_or_else(|| known.name.clone());
        if !aliased && elsewhere.is_none() && port == origin.port {
            return None;
        }
        let tap = self.world.port.tap();
        let stated = tap.emit(known.cause, || DnsEvent::ServiceUsed {
            name: origin.host.clone(),
            target: target.clone(),
            port,
        });
        let cause = stated.or(known.cause);
        let found = match elsewhere {
            Some(target) => self.known_of(target, port, false, cause).await?,
            None => Known { cause, ..known },
        };
        (!found.addresses.is_empty()).then_some(Endpoint {
            addresses: found.addresses,
            port,
            late: found.late,
            cause: found.cause,
        })
    }

    async fn known_of(
        &self,
        name: String,
        port: u16,
        services: bool,
        cause: Cause,
    ) -> Option<Known> {
        let cache = self.dns_cache().await;
        let world = &self.world.port;
        let machine = NearMachine::of(world, &self.options.resolve);
        let whom = (name.as_str(), port, services);
        let resolved =
            resolve_through(world, &cache, whom, machine, self.doors.as_ref(), cause).await;
        let (found, late) = resolved.ok()?;
        Some(Known {
            name: own_name(&name),
            addresses: found.addresses,
            services: found.services,
            late,
            cause: found.cause.or(cause),
        })
    }
}

/// As services have names: lower case, without the dot at the end.
fn own_name(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

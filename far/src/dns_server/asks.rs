//! How a server that asks others does so: whom, through which doors, and what it remembers and looks for. Another
//! configuration is another one of these, so that nothing that was begun before answers after it.

use std::cell::RefCell;
use std::rc::Rc;
use thru_dns::{CacheLimits, DnsCache, RecursorConfig, Searches};
use thru_port::Port;
use thru_secured_dns::SecuredDns;

/// What a server needs that asks others.
#[derive(Clone)]
pub(super) struct Asks {
    /// How it asks; without, those that the machine itself is told to ask.
    config: Option<Rc<RecursorConfig>>,
    /// Servers that are asked through a door with TLS; others in the open.
    pub doors: Option<Rc<SecuredDns>>,
    /// What it remembers.
    pub cache: Rc<RefCell<DnsCache>>,
    /// Questions that are asked on for.
    pub searches: Searches,
}

impl Asks {
    /// With an empty memory.
    pub fn new(
        port: &dyn Port,
        config: Option<RecursorConfig>,
        doors: Option<Rc<SecuredDns>>,
    ) -> Asks {
        let calendar = port.calendar().seconds - (port.now().0 / 1_000_000_000) as i64;
        let cache = DnsCache::new(CacheLimits::default(), calendar);
        Asks {
            config: config.map(Rc::new),
            doors,
            cache: Rc::new(RefCell::new(cache)),
            searches: Searches::default(),
        }
    }

    /// The same with the memory of another, if all that is in it would be believed and told here as well.
    pub fn remembering(mut self, before: &Asks) -> Asks {
        if believes_the_same(self.config.as_deref(), before.config.as_deref()) {
            self.cache = before.cache.clone();
        }
        self
    }

    /// How it asks at this moment.
    pub fn config(&self, port: &dyn Port) -> Rc<RecursorConfig> {
        let as_told = || Rc::new(RecursorConfig::forwarding(port.resolver_config().servers));
        self.config.clone().unwrap_or_else(as_told)
    }
}

/// Trust anchors, private networks and zones of its own are looked at when something is remembered, not when it is told.
fn believes_the_same(one: Option<&RecursorConfig>, other: Option<&RecursorConfig>) -> bool {
    let plain = RecursorConfig::forwarding(Vec::new());
    let (one, other) = (one.unwrap_or(&plain), other.unwrap_or(&plain));
    let zones = one.own_zones.iter().zip(&other.own_zones);
    one.anchors == other.anchors
        && one.private == other.private
        && one.private_names == other.private_names
        && one.own_zones.len() == other.own_zones.len()
        && zones.into_iter().all(|(one, other)| one.is_like(other))
}

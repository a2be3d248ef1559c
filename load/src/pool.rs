//! Connections by origin: one of HTTP/2 for all, up to six of HTTP/1.1.

use crate::{
    broken::Broken,
    exchange::{Client, SharedClient},
    slots::{Slot, Slots},
};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::Future,
    rc::Rc,
};

/// Connections of HTTP/1.1 to one origin at a time, as browsers have it.
pub const MAX_CONNECTIONS_PER_ORIGIN: usize = 6;

/// Scheme, host and port (RFC 6454).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Origin {
    pub secure: bool,
    pub host: String,
    pub port: u16,
}

impl Origin {
    pub fn of(url: &url::Url) -> Origin {
        Origin {
            secure: url.scheme() == "https",
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default().unwrap_or(0),
        }
    }
}

/// The connections of a trip.
#[derive(Default)]
pub(crate) struct Pool {
    origins: RefCell<BTreeMap<Origin, Rc<Line>>>,
}

/// What is open to one origin.
struct Line {
    opening: Rc<Slots>,
    places: Rc<Slots>,
    known: Cell<bool>,
    shared: RefCell<Option<SharedClient>>,
    idle: RefCell<Vec<Client>>,
}

/// A connection to ask over, and whether it had served before.
pub(crate) struct Taken {
    pub client: Client,
    pub reused: bool,
    line: Rc<Line>,
    _place: Option<Slot>,
}

impl Pool {
    fn line(&self, origin: &Origin) -> Rc<Line> {
        let mut origins = self.origins.borrow_mut();
        let line = origins.entry(origin.clone()).or_insert_with(|| {
            Rc::new(Line {
                opening: Slots::new(1),
                places: Slots::new(MAX_CONNECTIONS_PER_ORIGIN),
                known: Cell::new(false),
                shared: RefCell::default(),
                idle: RefCell::default(),
            })
        });
        line.clone()
    }

    /// A connection to `origin`: one that is there, or a new one by `open`. Only the first one
    /// to an origin is opened alone: with it the protocol is known.
    pub async fn take<F: Future<Output = Result<Client, Broken>>>(
        &self,
        origin: &Origin,
        open: impl FnOnce() -> F,
    ) -> Result<Taken, Broken> {
        let line = self.line(origin);
        let mut opening = None;
        if !line.known.get() {
            opening = Some(line.opening.take().await);
        }
        if let Some(client) = line.shared_client() {
            return Ok(line.taken(client, true, None));
        }
        if line.known.get() {
            opening = None;
        }
        let place = line.places.take().await;
        let idle = line.idle.borrow_mut().pop();
        if let Some(client) = idle.filter(Client::is_usable) {
            return Ok(line.taken(client, true, Some(place)));
        }
        let client = open().await?;
        line.known.set(true);
        drop(opening);
        match client.share() {
            Some(shared) => {
                *line.shared.borrow_mut() = Some(shared);
                Ok(line.taken(client, false, None))
            }
            None => Ok(line.taken(client, false, Some(place))),
        }
    }

    /// Gives up every connection that nobody uses: the trip is over.
    pub fn close(&self) -> Vec<Client> {
        let origins = std::mem::take(&mut *self.origins.borrow_mut());
        let mut clients = Vec::new();
        for line in origins.into_values() {
            clients.extend(line.shared.borrow_mut().take().map(Client::from));
            clients.append(&mut line.idle.borrow_mut());
        }
        clients
    }
}

impl Line {
    fn shared_client(&self) -> Option<Client> {
        let mut shared = self.shared.borrow_mut();
        let client = shared.clone().map(Client::from)?;
        if client.is_usable() {
            return Some(client);
        }
        *shared = None;
        None
    }

    fn taken(self: &Rc<Line>, client: Client, reused: bool, place: Option<Slot>) -> Taken {
        Taken {
            client,
            reused,
            line: self.clone(),
            _place: place,
        }
    }
}

impl Taken {
    /// Puts the connection back for the next one.
    pub fn give_back(self) {
        if self._place.is_some() && self.client.is_usable() {
            self.line.idle.borrow_mut().push(self.client);
        }
    }
}

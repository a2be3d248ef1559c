//! Connections by origin: one of HTTP/2 for all, up to six of HTTP/1.1.

use crate::{
    broken::Broken,
    slots::{Slot, Slots},
};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::Future,
    rc::Rc,
};
use thru_events::Cause;
use thru_http::{Connection, Version};

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
    shared: RefCell<Option<Connection>>,
    idle: RefCell<Vec<Connection>>,
}

/// A connection just opened, and the event that says so.
pub(crate) type Opened = (Connection, Cause);

/// A connection to ask over.
pub(crate) struct Taken {
    pub connection: Connection,
    /// For a new connection: the event that opened it.
    pub opened: Option<Cause>,
    line: Rc<Line>,
    place: Option<Slot>,
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
    pub async fn take<F: Future<Output = Result<Opened, Broken>>>(
        &self,
        origin: &Origin,
        open: impl FnOnce() -> F,
    ) -> Result<Taken, Broken> {
        let line = self.line(origin);
        let mut opening = None;
        if !line.known.get() {
            opening = Some(line.opening.take().await);
        }
        if let Some(shared) = line.shared() {
            return Ok(line.taken(shared, None, None));
        }
        if line.known.get() {
            opening = None;
        }
        let place = line.places.take().await;
        while let Some(idle) = line.take_idle() {
            if idle.is_open() {
                return Ok(line.taken(idle, None, Some(place)));
            }
        }
        let (connection, opened) = open().await?;
        line.known.set(true);
        drop(opening);
        if connection.version() == Version::Http2 {
            *line.shared.borrow_mut() = Some(connection.clone());
            return Ok(line.taken(connection, Some(opened), None));
        }
        Ok(line.taken(connection, Some(opened), Some(place)))
    }

    /// Gives up every connection: the trip is over.
    pub fn close(&self) -> Vec<Connection> {
        let origins = std::mem::take(&mut *self.origins.borrow_mut());
        let mut connections = Vec::new();
        for line in origins.into_values() {
            connections.extend(line.shared.borrow_mut().take());
            connections.append(&mut line.idle.borrow_mut());
        }
        connections
    }
}

impl Line {
    fn shared(&self) -> Option<Connection> {
        let mut shared = self.shared.borrow_mut();
        *shared = shared.take().filter(Connection::is_open);
        shared.clone()
    }

    fn take_idle(&self) -> Option<Connection> {
        self.idle.borrow_mut().pop()
    }

    fn taken(
        self: &Rc<Line>,
        connection: Connection,
        opened: Option<Cause>,
        place: Option<Slot>,
    ) -> Taken {
        Taken {
            connection,
            opened,
            line: self.clone(),
            place,
        }
    }
}

impl Taken {
    /// Puts the connection back for the next one.
    pub fn give_back(self) {
        if self.place.is_some() && self.connection.is_open() {
            self.line.idle.borrow_mut().push(self.connection);
        }
    }
}

//! One sentence for every event: what was done by whom to whom.
//!
//! Stage: after the journey.
//! In: an event. Out: its sentence, plain English with units.
//! Emits: nothing.
//! How it works: one exhaustive match a stage; a new event breaks the build until it has words.
//! Not here: where the sentence is shown (`terminal`, `ndjson`, `pcapng`, `report`).

mod far;
mod network;
mod page;
mod secure;
mod trip;

use thru_events::{ConnectionId, Event};

/// The event in words.
pub fn sentence(event: &Event) -> String {
    match event {
        Event::Trip(event) => trip::trip(event),
        Event::Url(event) => trip::url(event),
        Event::Lease(event) => network::lease(event),
        Event::Dns(event) => trip::dns(event),
        Event::Link(event) => network::link(event),
        Event::Ip(event) => network::ip(event),
        Event::Tcp(event) => network::tcp(event),
        Event::Firewall(event) => network::firewall(event),
        Event::Tls(event) => secure::tls(event),
        Event::Http(event) => secure::http(event),
        Event::Far(event) => far::far(event),
        Event::Dom(event) => page::dom(event),
        Event::Cssom(event) => page::cssom(event),
        Event::RenderTree(event) => page::render_tree(event),
        Event::Layout(event) => page::layout(event),
        Event::Paint(event) => page::paint(event),
        Event::Script(event) => page::script(event),
        Event::Close(event) => network::close(event),
    }
}

fn number(connection: &ConnectionId) -> String {
    format!("connection {}", connection.0)
}

fn list<T: ToString>(items: &[T]) -> String {
    let texts: Vec<String> = items.iter().map(T::to_string).collect();
    texts.join(", ")
}

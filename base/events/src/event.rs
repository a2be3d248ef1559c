use crate::{
    Cause, EventId, Provenance, Stage, Time, Vantage, close, cssom, dns, dom, far, firewall, http,
    ip, layout, lease, link, paint, render_tree, script, tcp, tls, trip, url,
};
use serde::{Deserialize, Serialize};
use thru_octets::Span;

macro_rules! union {
    ($( $variant:ident($kind:path) = $stage:ident ),* $(,)?) => {
        /// Everything that can happen, a variant per stage. Closed: a view matches all of it.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[allow(missing_docs)]
        pub enum Event { $( $variant($kind) ),* }

        impl Event {
            /// The stage that stated it.
            pub fn stage(&self) -> Stage {
                match self { $( Event::$variant(_) => Stage::$stage ),* }
            }

            /// The event's name within its stage.
            pub fn name(&self) -> &'static str {
                match self { $( Event::$variant(event) => event.name() ),* }
            }

            /// Every event that exists: stage and name.
            pub fn all_names() -> Vec<(Stage, &'static str)> {
                let mut names = Vec::new();
                $( names.extend(<$kind>::NAMES.iter().map(|name| (Stage::$stage, *name))); )*
                names
            }
        }
    };
}

union! {
    Trip(trip::TripEvent) = Trip,
    Url(url::UrlEvent) = Url,
    Lease(lease::LeaseEvent) = Lease,
    Dns(dns::DnsEvent) = Dns,
    Link(link::LinkEvent) = Link,
    Ip(ip::IpEvent) = Ip,
    Tcp(tcp::TcpEvent) = Tcp,
    Firewall(firewall::FirewallEvent) = Firewall,
    Tls(tls::TlsEvent) = Tls,
    Http(http::HttpEvent) = Http,
    Far(far::FarEvent) = Far,
    Dom(dom::DomEvent) = Dom,
    Cssom(cssom::CssomEvent) = Cssom,
    RenderTree(render_tree::RenderTreeEvent) = RenderTree,
    Layout(layout::LayoutEvent) = Layout,
    Paint(paint::PaintEvent) = Paint,
    Script(script::ScriptEvent) = Script,
    Close(close::CloseEvent) = Close,
}

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place, from 1.
    pub id: EventId,
    /// When, on the trip's clock.
    pub at: Time,
    /// What made it happen; `None` only for the first.
    pub cause: Cause,
    /// How it is known.
    pub provenance: Provenance,
    /// Where it happened.
    pub vantage: Vantage,
    /// The bytes that show it.
    pub span: Option<Span>,
    /// What happened.
    pub event: Event,
}

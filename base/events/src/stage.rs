use serde::{Deserialize, Serialize};

/// A stage of the journey, with its id in every view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// 01: URL parsing and completion.
    Url,
    /// The address lent to the machine (DHCP).
    Lease,
    /// 02: from a name to an address.
    Dns,
    /// 03: frames and neighbours.
    Link,
    /// 04: packets and routes.
    Ip,
    /// 05: segments.
    Tcp,
    /// A packet filter on the way.
    Firewall,
    /// 06: handshake, certificates, keys.
    Tls,
    /// 07: requests and responses.
    Http,
    /// What answers: servers behind the address.
    Far,
    /// 08: tokens and tree.
    Dom,
    /// 09: style sheets and cascade.
    Cssom,
    /// 10: boxes.
    RenderTree,
    /// 11: places.
    Layout,
    /// 12: pixels.
    Paint,
    /// 13: JavaScript.
    Script,
    /// The end of the connections.
    Close,
    /// The trip as a whole; not shown as a row.
    Trip,
}

impl Stage {
    /// Every stage that a view shows, in the order of the journey.
    pub const ALL: [Stage; 17] = [
        Stage::Url,
        Stage::Lease,
        Stage::Dns,
        Stage::Link,
        Stage::Ip,
        Stage::Tcp,
        Stage::Firewall,
        Stage::Tls,
        Stage::Http,
        Stage::Far,
        Stage::Dom,
        Stage::Cssom,
        Stage::RenderTree,
        Stage::Layout,
        Stage::Paint,
        Stage::Script,
        Stage::Close,
    ];

    /// The id used in every view and on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Stage::Url => "url",
            Stage::Lease => "lease",
            Stage::Dns => "dns",
            Stage::Link => "link",
            Stage::Ip => "ip",
            Stage::Tcp => "tcp",
            Stage::Firewall => "firewall",
            Stage::Tls => "tls",
            Stage::Http => "http",
            Stage::Far => "far",
            Stage::Dom => "dom",
            Stage::Cssom => "cssom",
            Stage::RenderTree => "render-tree",
            Stage::Layout => "layout",
            Stage::Paint => "paint",
            Stage::Script => "script",
            Stage::Close => "close",
            Stage::Trip => "trip",
        }
    }

    /// Whether the stage's time is CPU work, measured on the CPU clock.
    pub fn is_cpu(self) -> bool {
        matches!(
            self,
            Stage::Dom
                | Stage::Cssom
                | Stage::RenderTree
                | Stage::Layout
                | Stage::Paint
                | Stage::Script
        )
    }
}

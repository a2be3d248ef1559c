use serde::{Deserialize, Serialize};

/// Which world a trip was made in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum World {
    /// The real operating system and network.
    #[default]
    Host,
    /// The internet inside the process.
    Lab,
}

impl World {
    /// `host` or `lab`.
    pub fn as_str(self) -> &'static str {
        match self {
            World::Host => "host",
            World::Lab => "lab",
        }
    }
}

/// What was asked for. Views show it; the verdict cannot see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TripHeader {
    /// Version of the program that wrote it.
    pub program: String,
    /// What was asked for, as typed.
    pub url: String,
    /// In which world.
    pub world: World,
    /// The lab's seed.
    pub seed: Option<u64>,
    /// The lab's topology as TOML.
    pub topology: Option<String>,
    /// Faults set, as on the command line.
    pub faults: Vec<String>,
    /// Names of the lab's nodes, by `NodeId`.
    pub nodes: Vec<String>,
    /// The calendar at the key press, seconds since 1970 (the lab's own calendar in the lab).
    pub started_at: i64,
    /// The arguments, as far as they are no secrets.
    pub command: Vec<String>,
    /// Whether it may hold cookies and keys: true for every host-world trip.
    pub holds_secrets: bool,
    /// Viewport width and height, CSS px.
    pub viewport: (u32, u32),
}

//! What a lab consists of: machines, wires, zones, authorities, and what is wrong with them.
//!
//! Stage: the lab world.
//! In: TOML text. Out: a [`Topology`], or an error with line and column.
//! Emits: nothing.
//! How it works: serde reads the text strictly (an unknown key is refused); [`check`] holds the
//! names in it against each other. The built-in internet is such a text too.
//! Not here: putting it together (`build`), damage by name (`faults`).

mod check;
mod failure;
mod machine;
mod picture;
mod schema;
mod service;
mod units;
mod warnings;
mod wire;

pub(crate) use check::{parse_address, parse_ipv6};
pub use failure::TopologyError;
pub use machine::{
    Advertise, Congestion, DhcpServer, Forward, ForwardProtocol, Interface, Machine, MachineKind,
    Nat, Route, StateName, Switching, Tcp,
};
pub use schema::schema;
pub use service::{
    AppFault, Balancer, Certificate, FileFault, Forwarder, NameServer, Recursive, Service,
};
pub use units::{Delay, Place, Rate, Size};
pub(crate) use wire::Way;
pub use wire::{Back, QueueKind, Wire};

use serde::{Deserialize, Serialize};

/// The name of the machine that is outside, where the topology has none.
const OUTSIDE: &str = "outside";

/// The built-in internet, as a topology file.
pub const BUILTIN: &str = include_str!("builtin.toml");

/// A lab as it is written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topology {
    /// The calendar at the key press, RFC 3339 in UTC.
    #[serde(default = "new_year")]
    pub starts_at: toml::value::Datetime,
    /// The machine on which the browser runs.
    pub near: String,
    /// Who was there before, if anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<Visit>,
    /// Certificate authorities.
    #[serde(default)]
    pub authority: Vec<Authority>,
    /// Zones of the name servers.
    #[serde(default)]
    pub zone: Vec<Zone>,
    /// Machines.
    pub machine: Vec<Machine>,
    /// Wires.
    #[serde(default)]
    pub wire: Vec<Wire>,
}

/// A visit before the trip: it leaves its marks in caches, tables and switches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// Whose browser.
    pub by: String,
    /// The host's name.
    pub host: String,
    /// What it asked for.
    pub paths: Vec<String>,
    /// How long before the key press.
    pub before: Delay,
    /// Machines that were switched off after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then_off: Vec<String>,
}

/// A certificate authority.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// Its name, also in its certificates.
    pub name: String,
    /// The machine that signs.
    pub machine: String,
}

/// A zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Its name, with the dot at the end.
    pub origin: String,
    /// Its records (RFC 1035, section 5).
    pub text: String,
    /// Whether it is signed when the lab starts, and how well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signed>,
}

impl Zone {
    /// A master file with its name first, as the records are relative to it.
    pub(crate) fn master_file(&self) -> String {
        format!("$ORIGIN {}\n{}", self.origin, self.text)
    }
}

/// How a zone is signed (RFC 4035).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signed {
    /// As it should be.
    Good,
    /// Its signatures are over.
    Expired,
    /// Its signatures do not hold yet.
    NotYet,
    /// By a key that the zone above does not vouch for.
    Stranger,
}

fn new_year() -> toml::value::Datetime {
    let text = "2026-01-01T00:00:00Z";
    text.parse().expect("the built-in date is a date")
}

impl Topology {
    /// Reads a topology file.
    pub fn parse(text: &str) -> Result<Topology, TopologyError> {
        let topology: Topology =
            toml::from_str(text).map_err(|error| TopologyError::of_toml(text, &error))?;
        let checked = topology.check().and_then(|()| topology.check_zones());
        checked.map_err(|error| error.located_in(text))?;
        Ok(topology)
    }

    /// The built-in internet.
    pub fn builtin() -> Topology {
        Topology::parse(BUILTIN).expect("a test parses the built-in topology")
    }

    /// The topology as a file.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }

    /// A machine by name.
    pub fn machine(&self, name: &str) -> Option<&Machine> {
        self.machine.iter().find(|machine| machine.name == name)
    }

    /// A machine by name, to damage it.
    pub fn machine_mut(&mut self, name: &str) -> Option<&mut Machine> {
        self.machine.iter_mut().find(|machine| machine.name == name)
    }

    /// Makes sure that there is a place for a device from outside: where no machine is `outside`,
    /// one is plugged into the first switch.
    pub fn make_outside(&mut self) -> Result<(), TopologyError> {
        let is = |kind| move |machine: &&Machine| machine.kind == kind;
        if self
            .machine
            .iter()
            .any(|machine| is(MachineKind::Outside)(&machine))
        {
            return Ok(());
        }
        let switch = self.machine.iter().find(is(MachineKind::Switch));
        let switch = switch.ok_or_else(|| {
            let message = "no machine is outside, and no switch has a port for one";
            TopologyError::new("machine", message)
        })?;
        let wire = format!("from = \"{OUTSIDE}\"\nto = \"{}\"", switch.name);
        let machine = format!("name = \"{OUTSIDE}\"\nkind = \"outside\"");
        let wrong = |error: toml::de::Error| TopologyError::new("machine", error.message());
        self.wire.push(toml::from_str(&wire).map_err(wrong)?);
        self.machine.push(toml::from_str(&machine).map_err(wrong)?);
        self.check()
    }

    /// Sets the calendar at the key press (`--clock real`): RFC 3339 in UTC.
    pub fn set_starts_at(&mut self, text: &str) -> Result<(), TopologyError> {
        let wrong = |_| {
            TopologyError::new(
                text,
                format!("“{text}” is no date like 2026-01-01T00:00:00Z"),
            )
        };
        self.starts_at = text.parse().map_err(wrong)?;
        Ok(())
    }

    /// The calendar at the key press: seconds since 1970.
    pub fn starts_at_unix(&self) -> i64 {
        let at = &self.starts_at;
        let days = at.date.map_or(0, |date| {
            days_from_civil(
                i64::from(date.year),
                i64::from(date.month),
                i64::from(date.day),
            )
        });
        let seconds = at.time.map_or(0, |time| {
            i64::from(time.hour) * 3600
                + i64::from(time.minute) * 60
                + i64::from(time.second.unwrap_or(0))
        });
        days * 86_400 + seconds
    }
}

/// Days since 1970-01-01 in the Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    // Counted from March, a leap day is a year's last.
    let (year, month) = match month > 2 {
        true => (year, month - 3),
        false => (year - 1, month + 9),
    };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
        - 719_468
}

#[cfg(test)]
mod tests;

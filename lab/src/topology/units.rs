use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, time::Duration};

/// A line rate, as `1 Gbit/s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate {
    /// Bits per second.
    pub bits_per_second: u64,
}

impl Default for Rate {
    fn default() -> Rate {
        Rate {
            bits_per_second: 1_000_000_000,
        }
    }
}

const RATES: [(&str, u64); 4] = [
    ("Gbit/s", 1_000_000_000),
    ("Mbit/s", 1_000_000),
    ("kbit/s", 1000),
    ("bit/s", 1),
];

impl TryFrom<String> for Rate {
    type Error = String;

    fn try_from(text: String) -> Result<Rate, String> {
        let bits_per_second = scaled(&text, &RATES)
            .filter(|bits| *bits > 0)
            .ok_or_else(|| format!("“{text}” is no rate like “100 Mbit/s”"))?;
        Ok(Rate { bits_per_second })
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> String {
        written(rate.bits_per_second, &RATES)
    }
}

/// A time, as `5 ms`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Delay(pub Duration);

const DELAYS: [(&str, u64); 6] = [
    ("h", 3_600_000_000_000),
    ("min", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1000),
    ("ns", 1),
];

impl TryFrom<String> for Delay {
    type Error = String;

    fn try_from(text: String) -> Result<Delay, String> {
        let nanos =
            scaled(&text, &DELAYS).ok_or_else(|| format!("“{text}” is no time like “5 ms”"))?;
        Ok(Delay(Duration::from_nanos(nanos)))
    }
}

impl From<Delay> for String {
    fn from(delay: Delay) -> String {
        let nanos = u64::try_from(delay.0.as_nanos()).unwrap_or(u64::MAX);
        written(nanos, &DELAYS)
    }
}

/// So many octets, as `64 KiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Size {
    /// Octets.
    pub octets: u64,
}

const SIZES: [(&str, u64); 5] = [
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("MB", 1_000_000),
    ("kB", 1000),
    ("B", 1),
];

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Size, String> {
        let octets =
            scaled(&text, &SIZES).ok_or_else(|| format!("“{text}” is no size like “64 KiB”"))?;
        Ok(Size { octets })
    }
}

impl From<Size> for String {
    fn from(size: Size) -> String {
        written(size.octets, &SIZES)
    }
}

/// `number unit`, the number with a fraction if need be.
fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (number, unit) = text.split_once(' ')?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim())?;
    let number: f64 = number.parse().ok()?;
    let value = number * *factor as f64;
    (value.is_finite() && (0.0..1e19).contains(&value)).then_some(value.round() as u64)
}

fn written(value: u64, units: &[(&str, u64)]) -> String {
    let whole = |(_, factor): &&(&str, u64)| value.is_multiple_of(*factor);
    let smallest = units[units.len() - 1];
    let (unit, factor) = units.iter().find(whole).copied().unwrap_or(smallest);
    format!("{} {unit}", value / factor)
}

/// Where a wire is plugged in: `machine:interface`, or a switch's name alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Place {
    /// The machine.
    pub machine: String,
    /// The interface; none at a switch, which takes its next free port.
    pub interface: Option<String>,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Place, String> {
        let (machine, interface) = match text.split_once(':') {
            Some((machine, interface)) => (machine, Some(interface.to_owned())),
            None => (text, None),
        };
        if machine.is_empty() || interface.as_deref() == Some("") {
            return Err(format!("“{text}” is no place like “pc:eth0”"));
        }
        Ok(Place {
            machine: machine.to_owned(),
            interface,
        })
    }
}

impl TryFrom<String> for Place {
    type Error = String;

    fn try_from(text: String) -> Result<Place, String> {
        text.parse()
    }
}

impl From<Place> for String {
    fn from(place: Place) -> String {
        place.to_string()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.machine)?;
        match &self.interface {
            Some(interface) => write!(f, ":{interface}"),
            None => Ok(()),
        }
    }
}

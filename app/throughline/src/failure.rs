use std::fmt;

/// Why there is no trip at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A file could not be read or written; the system's words.
    File(String),
    /// An option's value makes no sense in this world.
    Usage(String),
    /// The octets are no saved trip.
    NotATrip(String),
    /// A fault of this program.
    Own(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::File(words)
            | Failure::Usage(words)
            | Failure::NotATrip(words)
            | Failure::Own(words) => f.write_str(words),
        }
    }
}

impl std::error::Error for Failure {}

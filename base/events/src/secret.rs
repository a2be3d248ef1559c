use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{cell::Cell, fmt};

thread_local! {
    static REVEALED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `view` with secrets readable (`--secrets`); afterwards they are hidden again.
pub fn reveal_secrets<T>(view: impl FnOnce() -> T) -> T {
    struct Hide(bool);
    impl Drop for Hide {
        fn drop(&mut self) {
            REVEALED.set(self.0);
        }
    }
    let _hide = Hide(REVEALED.replace(true));
    view()
}

/// Whether the code runs inside [`reveal_secrets`].
pub fn secrets_are_revealed() -> bool {
    REVEALED.get()
}

/// A key, cookie or credential. Every human-readable form says `(redacted)` unless inside
/// [`reveal_secrets`]; the binary `.thru` file holds the value.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(value: impl Into<String>) -> Secret {
        Secret(value.into())
    }

    /// The value itself, for the code that must use it on the wire.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if REVEALED.get() {
            &self.0
        } else {
            "(redacted)"
        })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_str(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_unless_asked_for() {
        let secret = Secret::new("sesame");
        assert_eq!(secret.to_string(), "(redacted)");
        assert_eq!(reveal_secrets(|| secret.to_string()), "sesame");
        assert_eq!(format!("{secret:?}"), "(redacted)");
    }
}

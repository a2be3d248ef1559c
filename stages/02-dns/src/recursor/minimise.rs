//! How much of a name a server is told (RFC 9156).

use super::limits::{MINIMISE_LIMIT, MINIMISE_ONE_BY_ONE};
use crate::wire::{Kind, Name};

/// Gives away one label after the other, until the whole name has to be told.
pub(super) struct Minimiser {
    whole: Name,
    kind: Kind,
    /// Labels told so far.
    told: usize,
    given: u32,
    gave_up: bool,
}

impl Minimiser {
    pub(super) fn new(name: &Name, kind: Kind, enabled: bool) -> Minimiser {
        Minimiser {
            whole: name.clone(),
            kind,
            told: 0,
            given: 0,
            gave_up: !enabled,
        }
    }

    /// The question for the servers of `zone`.
    pub(super) fn question(&mut self, zone: &Name) -> (Name, Kind) {
        let all = self.whole.label_count();
        let least = zone.label_count() + 1;
        if self.told < least {
            self.told = least;
        }
        if self.gave_up || self.told >= all || self.given >= MINIMISE_LIMIT {
            return (self.whole.clone(), self.kind);
        }
        self.given += 1;
        (self.whole.suffix(self.told), Kind::A)
    }

    /// The server knows of no cut at that name: more is told.
    pub(super) fn tell_more(&mut self) {
        let left = self.whole.label_count().saturating_sub(self.told);
        let turns = MINIMISE_LIMIT.saturating_sub(self.given).max(1) as usize;
        let step = match self.given < MINIMISE_ONE_BY_ONE {
            true => 1,
            false => left.div_ceil(turns).max(1),
        };
        self.told += step;
    }

    /// A server cannot be asked so: it is told the whole name.
    pub(super) fn give_up(&mut self) {
        self.gave_up = true;
    }

    /// Whether a question tells all.
    pub(super) fn is_whole(&self, asked: &(Name, Kind)) -> bool {
        asked.0 == self.whole && asked.1 == self.kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::from_text(text, &Name::root()).unwrap()
    }

    #[test]
    fn each_zone_is_told_one_label_more() {
        let mut minimiser = Minimiser::new(&name("a.b.example.com."), Kind::TXT, true);
        assert_eq!(minimiser.question(&Name::root()).0, name("com."));
        assert_eq!(minimiser.question(&name("com.")).0, name("example.com."));
        assert_eq!(
            minimiser.question(&name("example.com.")).0,
            name("b.example.com.")
        );
        minimiser.tell_more();
        let last = minimiser.question(&name("example.com."));
        assert_eq!(last, (name("a.b.example.com."), Kind::TXT));
        assert!(minimiser.is_whole(&last));
    }

    #[test]
    fn a_name_of_many_labels_is_not_told_label_by_label() {
        let text = "a.".repeat(60);
        let mut minimiser = Minimiser::new(&name(&text), Kind::A, true);
        let mut turns = 0;
        loop {
            let question = minimiser.question(&Name::root());
            if minimiser.is_whole(&question) {
                break;
            }
            minimiser.tell_more();
            turns += 1;
        }
        assert!(turns <= MINIMISE_LIMIT + 1, "{turns}");
    }
}

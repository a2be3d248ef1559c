//! How much of a name a server is told (RFC 9156).

use super::limits::{MINIMISE_LIMIT, MINIMISE_ONE_BY_ONE};
use crate::wire::{Kind, Name};

/// Most questions to one zone for type A, and after that for type NS, before the whole name is told.
const TRIES: u32 = 2;
const TRIES_FOR_SERVERS: u32 = 1;

/// Gives away one label after the other, until the whole name has to be told.
pub(super) struct Minimiser {
    whole: Name,
    kind: Kind,
    /// Labels told so far.
    told: usize,
    given: u32,
    /// Type NS is asked for: the type that gives away least was not liked.
    for_servers: bool,
    gave_up: bool,
}

impl Minimiser {
    pub(super) fn new(name: &Name, kind: Kind, enabled: bool) -> Minimiser {
        Minimiser {
            whole: name.clone(),
            kind,
            told: 0,
            given: 0,
            for_servers: false,
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
        let kind = if self.for_servers { Kind::NS } else { Kind::A };
        (self.whole.suffix(self.told), kind)
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

    /// How often such a question is asked of one zone: who drops the first kind often drops the other.
    pub(super) fn patience(&self) -> u32 {
        match self.for_servers {
            true => TRIES_FOR_SERVERS,
            false => TRIES,
        }
    }

    /// No server answers such a question. Some know of nothing but cuts: they are asked for NS, which
    /// RFC 7816 had, before the whole name is told.
    pub(super) fn disliked(&mut self) {
        match self.for_servers {
            true => self.gave_up = true,
            false => self.for_servers = true,
        }
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
    fn who_does_not_answer_is_asked_for_servers_and_then_told_the_whole_name() {
        let mut minimiser = Minimiser::new(&name("a.b.example.com."), Kind::TXT, true);
        let root = Name::root();
        assert_eq!(minimiser.question(&root), (name("com."), Kind::A));
        minimiser.disliked();
        assert_eq!(minimiser.question(&root), (name("com."), Kind::NS));
        let asked = minimiser.question(&name("com."));
        assert_eq!(asked, (name("example.com."), Kind::NS));
        minimiser.disliked();
        let asked = minimiser.question(&name("com."));
        assert_eq!(asked, (name("a.b.example.com."), Kind::TXT));
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

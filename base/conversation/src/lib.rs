//! Conversations: a test is a script of what happens to a machine and what must come of it, in
//! virtual time.
//!
//! Stage: tests of stages 03 to 05.
//! In: a script, and the [`Party`] that it is held with. Out: nothing; a line that is not true
//! panics with its text.
//! Emits: nothing; what the party states is kept in [`Notes`].
//! How it works: [`hold`] reads the lines that every conversation has and hands the others to the
//! party:
//!
//! `after 1s`, `timer 1s`   time passes; `timer` says that the next timer is due just then
//! `no timer`               none runs
//! `<< WORDS`               what is sent or said; every one must be named, in order
//! `says EVENT`             it was stated, after what was said before
//! `silent EVENT`           it was not
//!
//! Not here: what a party understands beside that (`talk.rs` of each stage).

mod notes;

pub use notes::Notes;

use std::{collections::VecDeque, fmt::Debug, rc::Rc, time::Duration};
use thru_events::{Tap, Time};

/// Each script is a test, held by the `talk` of the tests that use it.
#[macro_export]
// The tests' own `talk` is meant, not one of this crate.
#[allow(clippy::crate_in_macro_def)]
macro_rules! conversations {
    ($($(#[$doc:meta])* $name:ident: $script:expr;)*) => {
        $($(#[$doc])* #[test] fn $name() { crate::talk::talk($script); })*
    };
}

/// The machine that a conversation is held with.
pub trait Party {
    /// Does what a line says that [`hold`] does not know.
    fn obey(&mut self, talk: &mut Talk, words: &[&str]);

    /// Does what is due now, and says it; after each line.
    fn work(&mut self, talk: &mut Talk);

    /// When it has something to do.
    fn wake_at(&self) -> Option<Time>;
}

/// How far a conversation is.
pub struct Talk {
    /// Its time.
    pub now: Time,
    /// Where the party states its events.
    pub tap: Tap,
    /// The line that is held.
    pub line: String,
    notes: Rc<Notes>,
    said: usize,
    heard: VecDeque<String>,
}

impl Talk {
    /// The party sends or says something: a line `<< WORDS` has to follow.
    pub fn hear(&mut self, words: impl Into<String>) {
        self.heard.push_back(words.into());
    }

    /// Holds `found` against what the line says.
    pub fn check<A: PartialEq<B> + Debug, B: Debug>(&self, found: A, wanted: B) {
        assert_eq!(found, wanted, "{}", self.line);
    }

    fn hold_line(&mut self, words: &[&str], party: &mut impl Party) {
        match *words {
            ["after", time] => self.now = self.now.after(duration(time)),
            ["timer", time] => {
                let due = party.wake_at().expect("a timer runs");
                self.check(due, self.now.after(duration(time)));
                self.now = due;
            }
            ["no", "timer"] => self.check(party.wake_at(), None),
            ["<<", ref rest @ ..] => {
                let found = self.heard.pop_front();
                assert_eq!(found, Some(rest.join(" ")), "{}", self.line);
            }
            ["says", event] => self.said += self.notes.find(self.said, event) + 1,
            ["silent", event] => {
                let found = self.notes.names(self.said).contains(&event);
                assert!(!found, "{event} was said");
            }
            _ => party.obey(self, words),
        }
        party.work(self);
    }
}

/// Holds a conversation.
///
/// # Panics
/// If a line is not true, with its text; if something is left unsaid.
pub fn hold(script: &str, party: &mut impl Party) {
    let notes = Rc::new(Notes::default());
    let mut talk = Talk {
        now: Time::ZERO,
        tap: Notes::tap(&notes),
        line: String::new(),
        notes,
        said: 0,
        heard: VecDeque::new(),
    };
    for line in lines(script) {
        talk.line = line.to_owned();
        let words: Vec<&str> = line.split_whitespace().collect();
        talk.hold_line(&words, party);
    }
    assert_eq!(talk.heard.pop_front(), None, "and nothing else");
}

/// The lines of a script; those that begin with `--` are for its reader.
pub fn lines(script: &str) -> impl Iterator<Item = &str> {
    let lines = script.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with("--"))
}

/// `1.5s`, `20ms`, `3us`, `2min`, `1h`, `7d`.
///
/// # Panics
/// If it is none of these.
pub fn duration(text: &str) -> Duration {
    let (number, unit) = text.split_at(text.find(char::is_alphabetic).expect("a unit"));
    let number: f64 = number.parse().expect("a number");
    let nanos = match unit {
        "us" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "min" => 60e9,
        "h" => 3600e9,
        "d" => 86_400e9,
        other => panic!("no unit: {other}"),
    };
    Duration::from_nanos((number * nanos) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use thru_events::{Event, link::LinkEvent};

    /// Rings a second after it was asked to.
    #[derive(Default)]
    struct Bell(Option<Time>);

    impl Party for Bell {
        fn obey(&mut self, talk: &mut Talk, words: &[&str]) {
            talk.check(words, ["ring"]);
            self.0 = Some(talk.now.after(Duration::from_secs(1)));
        }

        fn work(&mut self, talk: &mut Talk) {
            if self.0.take_if(|at| *at <= talk.now).is_some() {
                let why = "it rang".into();
                talk.tap
                    .emit(None, || Event::Link(LinkEvent::FrameLost { why }));
                talk.hear("ding");
            }
        }

        fn wake_at(&self) -> Option<Time> {
            self.0
        }
    }

    #[test]
    fn a_conversation_is_held() {
        hold(
            "-- nothing rings yet
             no timer
             ring
             silent FrameLost
             timer 1s
             << ding
             says FrameLost
             silent FrameLost",
            &mut Bell::default(),
        );
    }

    #[test]
    fn what_is_not_true_fails() {
        for script in [
            "ring\ntimer 2s",
            "<< ding",
            "ring\nafter 1s",
            "says FrameLost",
            "ring\nafter 1s\n<< ding\nsilent FrameLost",
            "dance",
        ] {
            let held = std::panic::catch_unwind(|| hold(script, &mut Bell::default()));
            assert!(held.is_err(), "{script}");
        }
    }
}

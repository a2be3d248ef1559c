//! `thru explain`: the lesson behind a code, a stage or a term.

use crate::exit::{self, Exit};

/// Prints the lesson, or the list of all.
pub fn explain(topic: Option<&str>) -> Exit {
    let Some(topic) = topic else {
        for topic in thru_verdict::topics() {
            anstream::println!("{topic}");
        }
        return Exit::Loaded;
    };
    match thru_verdict::lesson(topic) {
        Some(lesson) => {
            anstream::println!("{}", lesson.trim_end());
            Exit::Loaded
        }
        None => {
            exit::complain(&format!(
                "there is no lesson about {topic:?}; `thru explain` lists them"
            ));
            Exit::Usage
        }
    }
}

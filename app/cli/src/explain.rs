//! `thru explain`: the lesson behind a code, a stage or a term.

use crate::exit::{self, Exit};

/// Prints the lesson, or the list of all.
pub fn explain(topic: Option<&str>) -> Exit {
    let Some(topic) = topic else {
        for topic in thru_verdict::topics() {
            crate::answer!(line "{topic}");
        }
        return Exit::Loaded;
    };
    match thru_verdict::lesson(&topic.trim().to_ascii_lowercase()) {
        Some(lesson) => {
            crate::answer!(line "{}", lesson.trim_end());
            Exit::Loaded
        }
        None => {
            exit::complain(&format!(
                "there is no lesson about {topic:?}; {}",
                hint(topic)
            ));
            Exit::Usage
        }
    }
}

fn hint(topic: &str) -> String {
    let topic = topic.trim().to_ascii_lowercase();
    let near = thru_lab::faults::near_matches(&topic, thru_verdict::topics());
    match near.is_empty() {
        true => "`thru explain` lists them".to_owned(),
        false => format!("did you mean {}?", near.join(" or ")),
    }
}

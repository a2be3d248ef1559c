//! The lessons behind `thru explain`: one file a code, stage or term.

/// The lesson of a code, stage or term, as plain text; `None` if there is none.
pub fn lesson(topic: &str) -> Option<&'static str> {
    let found = LESSONS.iter().find(|(name, _)| *name == topic);
    found.map(|(_, text)| *text)
}

/// Every topic that has a lesson.
pub fn topics() -> impl Iterator<Item = &'static str> {
    LESSONS.iter().map(|(name, _)| *name)
}

macro_rules! lessons {
    ($( $name:literal ),* $(,)?) => {
        const LESSONS: &[(&str, &str)] = &[ $( ($name, include_str!(concat!("lessons/", $name, ".txt"))) ),* ];
    };
}

lessons! {
    "tcp.refused",
}

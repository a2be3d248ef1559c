//! Numbers as LOOK.md wants them.

/// Milliseconds with one decimal below 100, whole up to 10 s, then seconds.
pub fn ms(value: f64) -> String {
    if value >= 10_000.0 {
        format!("{:.1} s", value / 1000.0)
    } else if value >= 100.0 {
        format!("{value:.0} ms")
    } else {
        format!("{value:.1} ms")
    }
}

/// Microseconds as milliseconds.
pub fn ms_of_us(us: u64) -> String {
    ms(us as f64 / 1000.0)
}

/// Seconds in words: s, min, h, days.
pub fn seconds(count: u32) -> String {
    match count {
        0..120 => format!("{count} s"),
        120..7200 => format!("{} min", count / 60),
        7200..172_800 => format!("{} h", count / 3600),
        _ => format!("{} days", count / 86_400),
    }
}

/// A count of octets.
pub fn octets(count: u32) -> String {
    match count {
        1 => "1 octet".to_owned(),
        count => format!("{count} octets"),
    }
}

/// KB = 1000 bytes.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{:.1} KB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// A count and its noun, which takes an s for many.
pub fn count(count: impl Into<u64>, noun: &str) -> String {
    match count.into() {
        1 => format!("1 {noun}"),
        many => format!("{many} {noun}s"),
    }
}

/// Characters of a text that a line has room for.
const LONGEST: usize = 120;

/// A text cut to what a line has room for: a `data:` URL may have megabytes.
pub(crate) fn shortened(text: &str) -> std::borrow::Cow<'_, str> {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

use std::collections::BTreeMap;

/// tcpdump's text, cut into frames: a frame begins with its number and time at the line's start.
pub fn by_frame(text: &str) -> BTreeMap<usize, String> {
    let mut frames: BTreeMap<usize, String> = BTreeMap::new();
    let mut current = None;
    for line in text.lines() {
        if let Some(number) = number_of(line) {
            current = Some(number);
        }
        if let Some(number) = current {
            let text = frames.entry(number).or_default();
            text.push_str(line.trim_start());
            text.push('\n');
        }
    }
    frames
}

/// `    7  12:34:56.789012 IP ...`
fn number_of(line: &str) -> Option<usize> {
    let (number, rest) = line.trim_start().split_once("  ")?;
    let time = rest.split_whitespace().next()?;
    let like_a_time = time.contains(':') && time.starts_with(|c: char| c.is_ascii_digit());
    (line.starts_with(' ') && like_a_time).then(|| number.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_with_the_frame_before_them() {
        let text = "    1  20:26:40.2097152 IP (tos 0x0)\n    10.0.0.1.1 > 10.0.0.2.2: Flags [S]\n    2  20:26:41.0 ARP";
        let frames = by_frame(text);
        assert_eq!(frames.len(), 2);
        assert!(frames[&1].contains("Flags [S]") && !frames[&1].contains("ARP"));
    }
}

//! Names (RFC 1035, section 3.1), compared without case and in canonical order (RFC 4034, section 6.1).

use std::cmp::Ordering;
use std::fmt::{self, Write};
use std::sync::Arc;

/// Most octets of a name, with the root's.
const NAME_LIMIT: usize = 255;
/// Most octets of a label.
const LABEL_LIMIT: usize = 63;

/// A name, absolute. The case of its letters is kept and does not count.
#[derive(Clone)]
pub struct Name {
    /// Shared by its clones: a name stands in many places of a cache.
    octets: Arc<[u8]>,
}

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRefused {
    /// Two dots in a row, or a dot at the start.
    EmptyLabel,
    /// More than 63 octets between dots.
    LabelTooLong,
    /// More than 255 octets on the wire.
    NameTooLong,
    /// A backslash without what it stands for.
    BadEscape,
}

impl fmt::Display for NameRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NameRefused::EmptyLabel => "a label is empty",
            NameRefused::LabelTooLong => "a label is longer than 63 octets",
            NameRefused::NameTooLong => "it is longer than 255 octets",
            NameRefused::BadEscape => "a backslash stands for nothing",
        })
    }
}

impl Name {
    /// The root.
    pub fn root() -> Name {
        Name {
            octets: Arc::new([0]),
        }
    }

    /// A name from its labels, nearest first.
    ///
    /// # Errors
    /// If a label or the whole is too long.
    pub fn from_labels<'a>(labels: impl Iterator<Item = &'a [u8]>) -> Result<Name, NameRefused> {
        let mut octets = Vec::with_capacity(32);
        for label in labels {
            match label.len() {
                0 => return Err(NameRefused::EmptyLabel),
                1..=LABEL_LIMIT => octets.push(label.len() as u8),
                _ => return Err(NameRefused::LabelTooLong),
            }
            octets.extend_from_slice(label);
        }
        octets.push(0);
        if octets.len() > NAME_LIMIT {
            return Err(NameRefused::NameTooLong);
        }
        Ok(Name {
            octets: octets.into(),
        })
    }

    /// A name from uncompressed wire octets that were checked before: labels and a closing zero.
    pub(crate) fn from_checked(octets: &[u8]) -> Name {
        Name {
            octets: octets.into(),
        }
    }

    /// The name at the start of uncompressed octets, and its length there.
    pub fn from_wire(octets: &[u8]) -> Option<(Name, usize)> {
        let mut at = 0;
        loop {
            let length = usize::from(*octets.get(at)?);
            if length > LABEL_LIMIT {
                return None;
            }
            at += 1 + length;
            if at > NAME_LIMIT {
                return None;
            }
            if length == 0 {
                return Some((Name::from_checked(&octets[..at]), at));
            }
        }
    }

    /// A name as text; without a dot at its end it stands below `origin`. `\.` and `\065` are
    /// understood (RFC 1035, section 5.1).
    ///
    /// # Errors
    /// What makes it no name.
    pub fn from_text(text: &str, origin: &Name) -> Result<Name, NameRefused> {
        if text == "@" {
            return Ok(origin.clone());
        }
        if text == "." {
            return Ok(Name::root());
        }
        let octets = text_octets(text, origin)?;
        Ok(Name::from_checked(&octets))
    }

    /// A host's name as it is typed, absolute and in lower case.
    ///
    /// # Errors
    /// What makes it no name.
    pub(crate) fn lowered_from_text(text: &str) -> Result<Name, NameRefused> {
        match text {
            "@" | "." => Ok(Name::root()),
            text => {
                let mut octets = text_octets(text, &Name::root())?;
                octets.make_ascii_lowercase();
                Ok(Name::from_checked(&octets))
            }
        }
    }

    /// The labels, nearest first, without the root's empty one.
    pub fn labels(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest: &[u8] = &self.octets;
        std::iter::from_fn(move || {
            let (length, after) = rest.split_first()?;
            let length = usize::from(*length);
            if length == 0 {
                return None;
            }
            let (label, after) = after.split_at(length);
            rest = after;
            Some(label)
        })
    }

    /// Labels, without the root's.
    pub fn label_count(&self) -> usize {
        self.labels().count()
    }

    /// Whether it is the root.
    pub fn is_root(&self) -> bool {
        self.octets.len() == 1
    }

    /// The name without its first label; `None` for the root.
    pub fn parent(&self) -> Option<Name> {
        let length = usize::from(self.octets[0]);
        (length > 0).then(|| Name::from_checked(&self.octets[1 + length..]))
    }

    /// The name's last `count` labels; the whole if it has no more.
    pub fn suffix(&self, count: usize) -> Name {
        let mut skip = self.label_count().saturating_sub(count);
        let mut at = 0;
        while skip > 0 {
            at += 1 + usize::from(self.octets[at]);
            skip -= 1;
        }
        Name::from_checked(&self.octets[at..])
    }

    /// The name and all above it, nearest first, the root last.
    pub fn ancestors(&self) -> impl Iterator<Item = Name> {
        let mut next = Some(self.clone());
        std::iter::from_fn(move || {
            let name = next.take()?;
            next = name.parent();
            Some(name)
        })
    }

    /// Whether it is `other` or below it.
    pub fn is_within(&self, other: &Name) -> bool {
        let (own, other) = (&self.octets, &other.octets);
        if own.len() < other.len() {
            return false;
        }
        let start = own.len() - other.len();
        // A label could hold octets that look like the end of another name.
        let mut at = 0;
        while at < start {
            at += 1 + usize::from(own[at]);
        }
        at == start && own[start..].eq_ignore_ascii_case(other)
    }

    /// Whether it is below `other` and not the same.
    pub fn is_below(&self, other: &Name) -> bool {
        self.octets.len() > other.octets.len() && self.is_within(other)
    }

    /// The name with one label in front; `None` if it would be too long.
    pub fn child(&self, label: &[u8]) -> Option<Name> {
        Name::from_labels(std::iter::once(label).chain(self.labels())).ok()
    }

    /// The name with `old` at its end replaced by `new` (RFC 6672, section 2.2).
    ///
    /// # Errors
    /// If it would be too long.
    pub fn rebased(&self, old: &Name, new: &Name) -> Result<Name, NameRefused> {
        let own = self.label_count() - old.label_count().min(self.label_count());
        Name::from_labels(self.labels().take(own).chain(new.labels()))
    }

    /// How many labels both have at their end.
    pub fn common_labels(&self, other: &Name) -> usize {
        let own: Vec<&[u8]> = self.labels().collect();
        let others: Vec<&[u8]> = other.labels().collect();
        own.iter()
            .rev()
            .zip(others.iter().rev())
            .take_while(|(a, b)| a.eq_ignore_ascii_case(b))
            .count()
    }

    /// Whether its first label is `*` alone.
    pub fn is_wildcard(&self) -> bool {
        self.octets.starts_with(b"\x01*")
    }

    /// Uncompressed wire octets.
    pub fn wire(&self) -> &[u8] {
        &self.octets
    }

    /// The same with other letters.
    pub(crate) fn map_letters(&self, mut other: impl FnMut(u8) -> u8) -> Name {
        // The length octets are below 64 and no letters.
        let change = |octet: &u8| match octet.is_ascii_alphabetic() {
            true => other(*octet),
            false => *octet,
        };
        Name {
            octets: self.octets.iter().map(change).collect(),
        }
    }

    /// Each letter in upper or lower case by chance: what a forger has to guess as well
    /// (draft-vixie-dnsext-dns0x20).
    pub(crate) fn in_random_case(&self, chance: &mut dyn FnMut() -> u16) -> Name {
        let (mut bits, mut left) = (0, 0);
        self.map_letters(|letter| {
            if left == 0 {
                (bits, left) = (chance(), u16::BITS);
            }
            let upper = bits & 1 == 1;
            (bits, left) = (bits >> 1, left - 1);
            match upper {
                true => letter.to_ascii_uppercase(),
                false => letter.to_ascii_lowercase(),
            }
        })
    }

    /// The same in lower case.
    pub fn lowered(&self) -> Name {
        if !self.octets.iter().any(u8::is_ascii_uppercase) {
            return self.clone();
        }
        Name {
            octets: self.octets.to_ascii_lowercase().into(),
        }
    }

    /// As it is shown to people: lower case, without the dot at the end; `.` for the root.
    pub fn shown(&self) -> String {
        let mut text = String::with_capacity(self.octets.len());
        // Writing into a text cannot fail.
        let _ = write!(text, "{self}");
        text.make_ascii_lowercase();
        if !self.is_root() {
            text.pop();
        }
        text
    }
}

/// Wire octets of a name written as text. Each label's length is written once its end is seen.
fn text_octets(text: &str, origin: &Name) -> Result<Vec<u8>, NameRefused> {
    let mut wire = Vec::with_capacity(text.len() + 1 + origin.octets.len());
    wire.push(0);
    let (mut start, mut refused) = (0, None);
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        match octet {
            b'.' => {
                let ended = end_label(&mut wire, start);
                refused = refused.or(ended.err());
                start = wire.len();
                wire.push(0);
            }
            b'\\' => wire.push(escaped(&mut octets)?),
            other => wire.push(other),
        }
    }
    match text.ends_with('.') && wire.len() == start + 1 {
        // The octet that was laid for another label is the root's.
        true => {}
        false => {
            let ended = end_label(&mut wire, start);
            refused = refused.or(ended.err());
            wire.extend_from_slice(&origin.octets);
        }
    }
    match refused {
        Some(refused) => Err(refused),
        None if wire.len() > NAME_LIMIT => Err(NameRefused::NameTooLong),
        None => Ok(wire),
    }
}

/// Writes the length of the label that begins with the octet at `start`.
fn end_label(wire: &mut [u8], start: usize) -> Result<(), NameRefused> {
    match wire.len() - start - 1 {
        0 => Err(NameRefused::EmptyLabel),
        length @ 1..=LABEL_LIMIT => {
            wire[start] = length as u8;
            Ok(())
        }
        _ => Err(NameRefused::LabelTooLong),
    }
}

/// What stands behind a backslash: three digits, or any one character.
fn escaped(octets: &mut std::str::Bytes<'_>) -> Result<u8, NameRefused> {
    let first = octets.next().ok_or(NameRefused::BadEscape)?;
    if !first.is_ascii_digit() {
        return Ok(first);
    }
    let mut value = u32::from(first - b'0');
    for _ in 0..2 {
        let digit = octets.next().filter(u8::is_ascii_digit);
        value = value * 10 + u32::from(digit.ok_or(NameRefused::BadEscape)? - b'0');
    }
    u8::try_from(value).map_err(|_| NameRefused::BadEscape)
}

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        // The length octets are below 64 and no letters.
        self.octets.eq_ignore_ascii_case(&other.octets)
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Name) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// How many labels there are.
fn count(octets: &[u8]) -> usize {
    let (mut count, mut at) = (0, 0);
    while octets[at] != 0 {
        count += 1;
        at += 1 + usize::from(octets[at]);
    }
    count
}

/// The first label, and what is behind it.
fn split_label(octets: &[u8]) -> (&[u8], &[u8]) {
    octets[1..].split_at(usize::from(octets[0]))
}

fn label_order(a: &[u8], b: &[u8]) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
        if a != b {
            return a.cmp(&b);
        }
    }
    a.len().cmp(&b.len())
}

impl Ord for Name {
    fn cmp(&self, other: &Name) -> Ordering {
        if self.octets == other.octets {
            return Ordering::Equal;
        }
        let (own_count, other_count) = (count(&self.octets), count(&other.octets));
        let (mut own, mut others): (&[u8], &[u8]) = (&self.octets, &other.octets);
        for _ in other_count..own_count {
            own = split_label(own).1;
        }
        for _ in own_count..other_count {
            others = split_label(others).1;
        }
        // Of the labels that both have, the last that differ decide.
        let mut order = own_count.cmp(&other_count);
        for _ in 0..own_count.min(other_count) {
            let (label, rest) = split_label(own);
            let (other_label, other_rest) = split_label(others);
            let of_labels = label_order(label, other_label);
            if of_labels != Ordering::Equal {
                order = of_labels;
            }
            (own, others) = (rest, other_rest);
        }
        order
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() {
            return f.write_str(".");
        }
        for label in self.labels() {
            for octet in label {
                match octet {
                    b'.' | b'\\' | b'"' | b'(' | b')' | b';' | b'@' | b'$' => {
                        f.write_char('\\')?;
                        f.write_char(char::from(*octet))?;
                    }
                    0x21..=0x7e => f.write_char(char::from(*octet))?,
                    other => write!(f, "\\{other:03}")?,
                }
            }
            f.write_char('.')?;
        }
        Ok(())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::from_text(text, &Name::root()).unwrap()
    }

    #[test]
    fn canonical_order_is_that_of_rfc_4034() {
        let ordered = [
            "example.",
            "a.example.",
            "yljkjljk.a.example.",
            "Z.a.example.",
            "zABC.a.EXAMPLE.",
            "z.example.",
            "\\001.z.example.",
            "*.z.example.",
            "\\200.z.example.",
        ];
        for pair in ordered.windows(2) {
            assert!(name(pair[0]) < name(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn labels_with_dots_and_noughts_are_names() {
        let odd = name("a\\.b\\000c.example.");
        assert_eq!(odd.label_count(), 2);
        assert_eq!(odd.to_string(), "a\\.b\\000c.example.");
        assert!(odd.is_within(&name("EXAMPLE.")));
    }

    #[test]
    fn a_label_that_looks_like_a_name_is_none() {
        let odd = Name::from_labels([b"x\x03com".as_slice()].into_iter()).unwrap();
        assert!(!odd.is_within(&name("com.")));
    }

    #[test]
    fn a_name_has_at_most_255_octets() {
        let label = "a".repeat(63);
        let most = format!("{label}.{label}.{label}.{}.", "b".repeat(61));
        assert_eq!(name(&most).wire().len(), 255);
        let more = format!("{label}.{label}.{label}.{}.", "b".repeat(62));
        assert_eq!(
            Name::from_text(&more, &Name::root()),
            Err(NameRefused::NameTooLong)
        );
    }
}

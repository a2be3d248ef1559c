//! Where trust begins: keys, or digests of keys, that are handed in (RFC 4033, section 2).

use super::key::Key;
use crate::wire::{Kind, Name, Word, data_from_words, words_of_line};

/// What is trusted of one zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The zone.
    pub zone: Name,
    /// Data of DS records.
    pub(crate) digests: Vec<Vec<u8>>,
    /// Data of DNSKEY records.
    pub(crate) keys: Vec<Vec<u8>>,
}

/// A line that is no trust anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchorRefused {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, in words.
    pub why: String,
}

impl std::fmt::Display for AnchorRefused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for AnchorRefused {}

impl Anchor {
    /// Reads DS and DNSKEY records, as other resolvers keep their anchors.
    ///
    /// # Errors
    /// The first line that is neither.
    pub fn read_all(text: &str) -> Result<Vec<Anchor>, AnchorRefused> {
        let mut anchors: Vec<Anchor> = Vec::new();
        let (mut words, mut depth) = (Vec::new(), 0);
        for (index, line) in text.lines().enumerate() {
            let refused = |why: String| AnchorRefused {
                line: index + 1,
                why,
            };
            depth = words_of_line(line, depth, &mut words).map_err(refused)?;
            if depth > 0 || words.is_empty() {
                continue;
            }
            let (zone, kind, data) = record(&words).map_err(refused)?;
            words.clear();
            let at = anchors.iter().position(|anchor| anchor.zone == zone);
            let at = at.unwrap_or_else(|| {
                anchors.push(Anchor {
                    zone,
                    digests: Vec::new(),
                    keys: Vec::new(),
                });
                anchors.len() - 1
            });
            match kind {
                Kind::DS => anchors[at].digests.push(data),
                _ => anchors[at].keys.push(data),
            }
        }
        Ok(anchors)
    }

    /// Tags of the keys that are trusted (RFC 4034, appendix B).
    pub(crate) fn tags(&self) -> impl Iterator<Item = u16> {
        let by_digest = self.digests.iter().filter_map(|data| data.get(..2));
        let by_digest = by_digest.map(|tag| u16::from_be_bytes([tag[0], tag[1]]));
        let keys = self.keys.iter().filter_map(|data| Key::read(data));
        by_digest.chain(keys.map(|key| key.tag()))
    }
}

fn record(words: &[Word]) -> Result<(Name, Kind, Vec<u8>), String> {
    let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let root = Name::root();
    let zone = Name::from_text(words[0], &root).map_err(|why| format!("{:?}: {why}", words[0]))?;
    let at = words
        .iter()
        .position(|word| word.eq_ignore_ascii_case("DS") || word.eq_ignore_ascii_case("DNSKEY"));
    let at = at.ok_or("neither DS nor DNSKEY")?;
    let kind = Kind::from_text(words[at]).ok_or("neither DS nor DNSKEY")?;
    let data = data_from_words(kind, &words[at + 1..], &root).map_err(|refused| refused.why)?;
    Ok((zone, kind, data))
}

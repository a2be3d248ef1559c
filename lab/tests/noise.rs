//! Topology files of any octets: an error with its place, or a lab; never a panic.

use std::rc::Rc;
use thru_lab::{Lab, LabClock, LabConfig, Topology, scenarios, topology::BUILTIN};
use thru_port::CpuClock;

struct Still;

impl CpuClock for Still {
    fn nanos(&self) -> u64 {
        0
    }
}

/// Numbers that look like chance, the same each time (Marsaglia's xorshift).
struct Noise(u64);

impl Noise {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }

    /// A text with a few of its words or characters changed, doubled, moved or cut.
    fn spoil(&mut self, text: &str) -> String {
        const WORDS: [&str; 16] = [
            "0",
            "-1",
            "1e300",
            "18446744073709551615",
            "\"\"",
            "\"0.0.0.0/0\"",
            "\"dhcp\"",
            "true",
            "[]",
            "{}",
            "\"9999999999 h\"",
            "\"0 bit/s\"",
            "\"255.255.255.255/33\"",
            "nan",
            "\"switch\"",
            "\u{0}",
        ];
        let mut text: Vec<char> = text.chars().collect();
        for _ in 0..=self.below(2) {
            let at = self.below(text.len());
            let end = (at + self.below(40)).min(text.len());
            match self.below(5) {
                0 => text.truncate(at),
                1 => drop(text.drain(at..end)),
                2 => {
                    let part = text[at..end].to_vec();
                    let to = self.below(text.len());
                    text.splice(to..to, part);
                }
                _ => self.replace_value(&mut text, at, WORDS),
            }
            if text.is_empty() {
                text.push(' ');
            }
        }
        text.into_iter().collect()
    }

    /// Puts another value behind the next equals sign.
    fn replace_value(&mut self, text: &mut Vec<char>, at: usize, words: [&str; 16]) {
        let is = |wanted: char| move |character: &char| *character == wanted;
        let Some(sign) = text[at..].iter().position(is('=')) else {
            return;
        };
        let start = at + sign + 1;
        let length = text[start..]
            .iter()
            .position(|character| ",}]\n".contains(*character));
        let end = start + length.unwrap_or_default();
        let word = words[self.below(words.len())];
        text.splice(start..end, format!(" {word}").chars());
    }
}

#[test]
fn any_text_is_read_or_refused_with_its_place() {
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let mut read = 0;
    for round in 0..3000 {
        let whole = scenarios::LIST[round % scenarios::LIST.len()].topology;
        let text = noise.spoil(whole);
        match Topology::parse(&text) {
            Ok(topology) => {
                read += 1;
                topology.warnings(&text);
                assert!(!topology.picture().is_empty());
                assert!(topology.svg().ends_with("</svg>\n"));
            }
            Err(error) => assert!(error.at.is_some(), "{error}\n{text}"),
        }
    }
    assert!(read > 50, "{read}");
}

#[test]
fn what_is_read_can_be_built_or_is_refused() {
    let mut noise = Noise(0x0123_4567_89ab_cdef);
    let small = scenarios::find("small").unwrap().topology;
    let forward = scenarios::find("port-forward").unwrap().topology;
    let mut built = 0;
    for round in 0..600 {
        let text = noise.spoil([small, forward, BUILTIN][if round < 560 { round % 2 } else { 2 }]);
        let Ok(topology) = Topology::parse(&text) else {
            continue;
        };
        let lab = Lab::new(LabConfig {
            topology,
            seed: 1,
            clock: LabClock::new(),
            recorder: None,
            cpu: Rc::new(Still),
        });
        built += usize::from(lab.is_ok());
    }
    assert!(built > 10, "{built}");
}

//! Small capitals and their like (CSS Fonts 4 section 6.6).

use super::{
    face::FaceId,
    family::{FontRequest, Fonts},
    word::Font,
};
use std::rc::Rc;

/// `font-variant-caps`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Caps {
    /// Letters as they are.
    #[default]
    Normal,
    /// `small-caps`.
    Small,
    /// `all-small-caps`.
    AllSmall,
    /// `petite-caps`.
    Petite,
    /// `all-petite-caps`.
    AllPetite,
    /// `unicase`: small capitals for capitals, other letters as they are.
    Unicase,
    /// `titling-caps`.
    Titling,
}

/// OpenType features by their tags.
type Tags = &'static [&'static [u8; 4]];

/// How large a capital is that stands for a small one, by the font size.
const SMALL_CAPITAL_SIZE: f32 = 0.7;

impl Caps {
    /// The features that give these letters, the best first.
    fn candidates(self) -> &'static [Tags] {
        match self {
            Caps::Normal => &[&[]],
            Caps::Small => &[&[b"smcp"]],
            Caps::AllSmall => &[&[b"smcp", b"c2sc"]],
            Caps::Petite => &[&[b"pcap"], &[b"smcp"]],
            Caps::AllPetite => &[&[b"pcap", b"c2pc"], &[b"smcp", b"c2sc"]],
            Caps::Unicase => &[&[b"unic"]],
            Caps::Titling => &[&[b"titl"]],
        }
    }

    fn is_small(self, c: char) -> bool {
        let lower = || !c.is_uppercase() && c.to_uppercase().next() != Some(c);
        match self {
            Caps::Normal | Caps::Titling => false,
            Caps::Small | Caps::Petite => lower(),
            Caps::AllSmall | Caps::AllPetite => c.is_uppercase() || lower(),
            Caps::Unicase => c.is_uppercase(),
        }
    }
}

/// Capitals of a smaller size, which stand for small capitals that a font does not have.
#[derive(Debug)]
pub struct SmallCapitals {
    /// The font in its smaller size.
    pub font: Rc<Font>,
    which: Caps,
}

impl SmallCapitals {
    /// The text in parts, each with whether it is to be set in small capitals. What combines with a letter stays
    /// with it.
    pub fn parts<'t>(&self, text: &'t str) -> Vec<(&'t str, bool)> {
        let mut parts = Vec::new();
        let (mut start, mut small) = (0, false);
        for (at, c) in text.char_indices() {
            let own = match super::is_combining(c) {
                true => small,
                false => self.which.is_small(c),
            };
            if own != small {
                if at > start {
                    parts.push((&text[start..at], small));
                }
                (start, small) = (at, own);
            }
        }
        parts.push((&text[start..], small));
        parts
    }
}

impl Fonts {
    /// The features by which the first face makes the capitals that are asked for; `None` if it cannot and they are
    /// to be made of smaller ones.
    pub(super) fn caps_features(&self, caps: Caps, faces: &[FaceId]) -> Option<Tags> {
        let face = faces.first().and_then(|id| self.face(*id));
        let known = caps.candidates().iter().find(|tags| {
            let all = |face: &super::Face| tags.iter().all(|tag| face.has_feature(tag));
            tags.is_empty() || face.is_some_and(all)
        });
        match (known, caps) {
            (Some(tags), _) => Some(tags),
            (None, Caps::Titling) => Some(&[]),
            (None, _) => None,
        }
    }

    /// The smaller capitals for a request.
    pub(super) fn small_capitals(&self, request: &FontRequest) -> SmallCapitals {
        let smaller = FontRequest {
            size: request.size * SMALL_CAPITAL_SIZE,
            caps: Caps::Normal,
            ..request.clone()
        };
        SmallCapitals {
            font: self.font(&smaller),
            which: request.caps,
        }
    }
}

//! Variable fonts: which place on its axes a face is used at (CSS Fonts 4 sections 2 and 7.2; OpenType `fvar`).

use super::{
    face::{Face, FaceId},
    family::{FontRequest, Fonts, Slant},
};
use skrifa::{MetadataProvider, instance::Location};
use std::{collections::HashMap, rc::Rc};

/// A place on the axes of a variable font; the default is that of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceId(pub u32);

/// The most places of all variable fonts of a page; past it they stay as their files are.
pub const MAX_INSTANCES: usize = 4096;

/// The slant of `oblique` without an angle, degrees.
const OBLIQUE: f32 = 14.0;

/// The places that are used.
#[derive(Default)]
pub(super) struct Instances {
    /// That of a face as its file is.
    plain: Rc<Location>,
    places: Vec<Rc<Location>>,
    known: HashMap<(FaceId, Vec<i16>), InstanceId>,
}

impl Fonts {
    /// Where the axes of an instance stand; empty for a face as its file is.
    pub fn location(&self, instance: InstanceId) -> Rc<Location> {
        let instances = self.instances.borrow();
        let at = (instance.0 as usize).checked_sub(1);
        let place = at.and_then(|at| instances.places.get(at));
        place.unwrap_or(&instances.plain).clone()
    }

    /// The instance of a face for what is asked.
    pub(super) fn instance(&self, id: FaceId, request: &FontRequest) -> InstanceId {
        let Some(face) = self.face(id).filter(|face| face.is_variable()) else {
            return InstanceId::default();
        };
        let Some(font) = face.font() else {
            return InstanceId::default();
        };
        let settings = settings(face, request);
        let location = font.axes().location(settings.iter().copied());
        let coords: Vec<i16> = location.coords().iter().map(|c| c.to_bits()).collect();
        if coords.iter().all(|coord| *coord == 0) {
            return InstanceId::default();
        }
        let mut instances = self.instances.borrow_mut();
        if let Some(known) = instances.known.get(&(id, coords.clone())) {
            return *known;
        }
        if instances.places.len() >= MAX_INSTANCES {
            return InstanceId::default();
        }
        instances.places.push(Rc::new(location));
        let new = InstanceId(instances.places.len() as u32);
        instances.known.insert((id, coords), new);
        new
    }
}

/// What the style says about the axes; later ones win (CSS Fonts 4 section 7.2).
fn settings(face: &Face, request: &FontRequest) -> Vec<(skrifa::Tag, f32)> {
    let tag = |name: &[u8; 4]| skrifa::Tag::new(name);
    let weight = request.weight.clamp(face.weights.0, face.weights.1);
    let mut settings = vec![(tag(b"wght"), weight), (tag(b"wdth"), request.stretch)];
    if request.slant == Slant::Italic {
        settings.push((tag(b"ital"), 1.0));
        settings.push((tag(b"slnt"), -OBLIQUE));
    }
    if request.optical {
        settings.push((tag(b"opsz"), request.size));
    }
    let own = request.variations.iter();
    settings
        .extend(own.map(|(name, value)| (skrifa::Tag::from_be_bytes(name.to_be_bytes()), *value)));
    settings
}

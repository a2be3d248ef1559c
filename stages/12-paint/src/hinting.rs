//! Light hinting: outlines fitted to the pixel rows.

use skrifa::outline::{
    Engine, GlyphStyles, HintingInstance, HintingOptions, OutlineGlyphCollection, SmoothMode,
    Target,
};
use skrifa::{instance::LocationRef, instance::Size};
use std::collections::HashMap;
use thru_layout::text::{FaceId, InstanceId};

/// The most faces at a size that are hinted; further ones are drawn as they are.
const MAX_HINTED: usize = 1024;

/// What hinting needs to know of each face and size.
#[derive(Default)]
pub(crate) struct Hints {
    styles: HashMap<FaceId, GlyphStyles>,
    instances: HashMap<(FaceId, InstanceId, u32), Option<HintingInstance>>,
}

impl Hints {
    /// The hints of a face at a size; `None` if it cannot be hinted.
    pub fn of(
        &mut self,
        (face, instance): (FaceId, InstanceId),
        outlines: &OutlineGlyphCollection<'_>,
        size: Size,
        location: LocationRef<'_>,
    ) -> Option<&HintingInstance> {
        let px = size.ppem()?;
        let key = (face, instance, px.to_bits());
        if !self.instances.contains_key(&key) && self.instances.len() >= MAX_HINTED {
            return None;
        }
        let styles = self.styles.entry(face);
        let made = self.instances.entry(key).or_insert_with(|| {
            let styles = styles.or_insert_with(|| GlyphStyles::new(outlines));
            let options = HintingOptions {
                engine: Engine::Auto(Some(styles.clone())),
                target: Target::Smooth {
                    mode: SmoothMode::Light,
                    symmetric_rendering: true,
                    preserve_linear_metrics: true,
                },
            };
            HintingInstance::new(outlines, size, location, options).ok()
        });
        made.as_ref()
    }
}

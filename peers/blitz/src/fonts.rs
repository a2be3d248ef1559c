//! Fonts as Chromium chooses them, as far as Blitz lets choose.
//!
//! Set: the files, the generic families, the usual names that stand for Liberation, the family of a
//! missing glyph by script. Not to be set in Blitz: the size of `monospace` where none is given, the
//! rounding of metrics, hinting, and which font has a glyph that belongs to no script.

use blitz_dom::FontContext;
use parley::fontique::{
    Blob, Collection, CollectionOptions, FamilyId, FontInfoOverride, GenericFamily, Script,
    ScriptExt, SourceCache,
};
use std::path::PathBuf;
use std::sync::Arc;

const SERIF: &str = "Liberation Serif";
const SANS: &str = "Liberation Sans";
const MONO: &str = "Liberation Mono";
const FALLBACK: &str = "DejaVu Sans";

/// Names that are used for a family that is there.
const ALIASES: [(&str, &str); 6] = [
    ("Times", SERIF),
    ("Times New Roman", SERIF),
    ("Arial", SANS),
    ("Helvetica", SANS),
    ("Courier", MONO),
    ("Courier New", MONO),
];

/// Families of the generic names. Chromium has none for `cursive`, `fantasy`, `math`, `emoji` and
/// the `ui-` names, and here they have none either.
const GENERICS: [(GenericFamily, &str); 4] = [
    (GenericFamily::Serif, SERIF),
    (GenericFamily::SansSerif, SANS),
    (GenericFamily::Monospace, "DejaVu Sans Mono"),
    (GenericFamily::SystemUi, FALLBACK),
];

/// Scripts whose glyphs Liberation Serif has.
const OF_SERIF: [&[u8; 4]; 3] = [b"Latn", b"Grek", b"Cyrl"];

/// A context with these files and no others.
pub fn of_chromium(files: &[PathBuf]) -> Result<FontContext, String> {
    let mut collection = Collection::new(CollectionOptions {
        shared: false,
        system_fonts: false,
    });
    collection.register_fonts(Blob::new(Arc::new(blitz_dom::BULLET_FONT)), None);
    for file in files {
        let octets = std::fs::read(file).map_err(|why| format!("{}: {why}", file.display()))?;
        register(&mut collection, Blob::new(Arc::new(octets)));
    }
    for (generic, name) in GENERICS {
        let families = families(&mut collection, &[name]);
        collection.set_generic_families(generic, families.into_iter());
    }
    for (script, _) in Script::all_samples() {
        let serif_first = OF_SERIF
            .iter()
            .any(|tag| Script::from_bytes(**tag) == *script);
        let names = match serif_first {
            true => [SERIF, FALLBACK],
            false => [FALLBACK, SERIF],
        };
        let families = families(&mut collection, &names);
        collection.set_fallbacks(*script, families.into_iter());
    }
    Ok(FontContext {
        collection,
        source_cache: SourceCache::new_shared(),
    })
}

/// Registers a file by its own name, and again by those that stand for it.
fn register(collection: &mut Collection, blob: Blob<u8>) {
    let families = collection.register_fonts(blob.clone(), None);
    for (family, _) in families {
        let name = collection
            .family_name(family)
            .unwrap_or_default()
            .to_owned();
        for (alias, _) in ALIASES.iter().filter(|(_, of)| *of == name) {
            let renamed = FontInfoOverride {
                family_name: Some(alias),
                ..FontInfoOverride::default()
            };
            collection.register_fonts(blob.clone(), Some(renamed));
        }
    }
}

fn families(collection: &mut Collection, names: &[&str]) -> Vec<FamilyId> {
    let ids = names.iter().map(|name| collection.family_id(name));
    ids.flatten().collect()
}

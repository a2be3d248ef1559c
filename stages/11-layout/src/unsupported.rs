//! What a box asks for and neither layout nor painting does.

use style::{properties::ComputedValues, values::computed};

/// The names of the features that a style asks for and that are not built; nearly always empty.
pub(crate) fn unsupported(style: &ComputedValues) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut ask = |asked: bool, what| {
        if asked {
            found.push(what);
        }
    };
    let effects = style.get_effects();
    let svg = style.get_svg();
    use style::values::generics::{
        basic_shape::{GenericBasicShape, GenericClipPath},
        effects::GenericFilter,
    };
    ask(
        match &svg.clip_path {
            GenericClipPath::Url(_) => true,
            GenericClipPath::Shape(shape, _) => {
                matches!(**shape, GenericBasicShape::PathOrShape(_))
            }
            _ => false,
        },
        "clip-path: url(), path() or shape()",
    );
    let image = |i: &computed::Image| !matches!(i, computed::Image::None);
    ask(svg.mask_image.0.iter().any(image), "mask-image");
    ask(
        effects.filter.0.iter().any(|f| {
            !matches!(
                f,
                GenericFilter::Blur(_) | GenericFilter::Opacity(_) | GenericFilter::DropShadow(_)
            )
        }),
        "filter with colours or url()",
    );
    ask(!effects.backdrop_filter.0.is_empty(), "backdrop-filter");
    found
}

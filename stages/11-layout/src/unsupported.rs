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
    let (boxed, effects) = (style.get_box(), style.get_effects());
    let (svg, place) = (style.get_svg(), style.get_position());
    use style::values::generics::{
        basic_shape::{GenericBasicShape, GenericClipPath},
        effects::GenericFilter,
        grid::GenericGridTemplateComponent as Template,
    };
    let subgrid = |t: &computed::GridTemplateComponent| matches!(t, Template::Subgrid(_));
    ask(
        subgrid(&place.grid_template_columns) || subgrid(&place.grid_template_rows),
        "subgrid",
    );
    ask(
        boxed.clone_position() == computed::PositionProperty::Sticky,
        "position: sticky",
    );
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

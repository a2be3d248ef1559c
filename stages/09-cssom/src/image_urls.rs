use style::properties::ComputedValues;
use style::values::computed::image::Image;
use style::values::generics::counters::{Content, ContentItem};
use url::Url;

/// Adds the images that a style names: backgrounds, list markers, content, masks, borders.
pub(crate) fn collect(style: &ComputedValues, found: &mut Vec<Url>) {
    for image in &style.get_background().background_image.0 {
        add(image, found);
    }
    for image in &style.get_svg().mask_image.0 {
        add(image, found);
    }
    add(&style.get_list().list_style_image, found);
    add(&style.get_border().border_image_source, found);
    if let Content::Items(items) = &style.get_counters().content {
        for item in items.items.iter() {
            if let ContentItem::Image(image) = item {
                add(image, found);
            }
        }
    }
}

fn add(image: &Image, found: &mut Vec<Url>) {
    if let Some(url) = url_of(image)
        && !found.contains(&url)
    {
        found.push(url);
    }
}

/// The absolute URL of an image, if it has one; of an `image-set()` the one for 1 dppx.
pub fn url_of(image: &Image) -> Option<Url> {
    match image {
        Image::Url(url) => url.url().map(|url| Url::clone(url)),
        Image::ImageSet(set) => url_of(&set.items.get(set.selected_index)?.image),
        _ => None,
    }
}

use crate::{DrawnSize, NaturalSize};
use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

/// Number of a decoded image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageId(pub u32);

/// Pixels: RGBA, 8 bits each, alpha not multiplied in, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width * height * 4` octets.
    pub rgba: Vec<u8>,
}

/// A decoded image.
pub enum Image {
    /// A picture of pixels.
    Raster(Rc<Pixels>),
    /// An SVG, drawn at the size asked for.
    Vector(Box<crate::svg::Vector>),
}

impl Image {
    /// The image's own sizes.
    pub fn natural(&self) -> NaturalSize {
        match self {
            Image::Raster(pixels) => NaturalSize {
                width: Some(pixels.width as f32),
                height: Some(pixels.height as f32),
                ratio: (pixels.height > 0).then(|| pixels.width as f32 / pixels.height as f32),
            },
            Image::Vector(vector) => vector.natural,
        }
    }
}

/// The images of a page, by number and by URL.
#[derive(Default)]
pub struct Images {
    list: Vec<Image>,
    by_url: BTreeMap<String, ImageId>,
    drawn: RefCell<BTreeMap<(u32, [u32; 4]), Rc<Pixels>>>,
}

impl Images {
    /// Adds an image; `url` is its absolute URL, empty for inline SVG.
    pub fn insert(&mut self, url: &str, image: Image) -> ImageId {
        let id = ImageId(self.list.len() as u32);
        self.list.push(image);
        if !url.is_empty() {
            self.by_url.insert(url.to_owned(), id);
        }
        id
    }

    /// An image.
    pub fn get(&self, id: ImageId) -> &Image {
        &self.list[id.0 as usize]
    }

    /// The image of an absolute URL, if it was loaded and is whole.
    pub fn by_url(&self, url: &str) -> Option<ImageId> {
        self.by_url.get(url).copied()
    }

    /// The image's pixels for a place of that size. A raster image comes in its own size; a
    /// vector image is drawn in the size asked for.
    pub fn pixels(&self, id: ImageId, size: DrawnSize) -> Option<Rc<Pixels>> {
        match self.get(id) {
            Image::Raster(pixels) => Some(pixels.clone()),
            Image::Vector(vector) => {
                let viewport = (size.viewport.0.to_bits(), size.viewport.1.to_bits());
                let key = (id.0, [viewport.0, viewport.1, size.device.0, size.device.1]);
                if let Some(drawn) = self.drawn.borrow().get(&key) {
                    return Some(drawn.clone());
                }
                let drawn = Rc::new(vector.draw(size)?);
                self.drawn.borrow_mut().insert(key, drawn.clone());
                Some(drawn)
            }
        }
    }
}

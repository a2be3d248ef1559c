//! Where a box's plane lies: transforms, perspective, 3D rendering contexts (CSS Transforms 2).

use crate::{
    projection::Plane,
    stacking::is_transformable,
    transform::{element_parent, px_rect},
};
use style::{
    computed_values::{
        backface_visibility::T as Backface, isolation::T as Isolation, mix_blend_mode::T as Blend,
        transform_style::T as TransformStyle,
    },
    properties::ComputedValues,
    values::{
        computed::{Image, Length, Overflow},
        generics::{basic_shape::GenericClipPath, box_::Perspective},
        specified::box_::Contain,
    },
};
use thru_cssom::matrix::{self, Matrix};
use thru_layout::{FragmentIndex, FragmentKind, FragmentTree};
use thru_render_tree::{BoxId, RenderTree};
use vello_cpu::kurbo::Rect;

/// The way from a box's own coordinates to the document's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Space {
    /// From the plane of the 3D rendering context to the document; flat.
    outer: Matrix,
    /// Within the 3D rendering context (section 6.1).
    inner: Matrix,
    /// There is a transform around, or the box has one.
    transformed: bool,
    /// The box whose children stay in the 3D rendering context.
    preserved_by: Option<BoxId>,
}

impl Space {
    /// The document's own.
    pub const DOCUMENT: Space = Space {
        outer: Matrix::IDENTITY,
        inner: Matrix::IDENTITY,
        transformed: false,
        preserved_by: None,
    };

    /// From the box's plane to the picture.
    pub fn plane(&self) -> Plane {
        Plane::of(&self.outer.then_inner(&self.inner))
    }

    /// The matrix within the 3D rendering context: what depth is taken from.
    pub fn depth(&self) -> &Matrix {
        &self.inner
    }

    /// The space of a fragment in this one; the same if nothing changes.
    pub fn enter(&self, tree: &RenderTree, placed: &FragmentTree, index: FragmentIndex) -> Space {
        let fragment = &placed.nodes[index].fragment;
        let Some(id) = fragment.source.filter(|id| {
            matches!(fragment.kind, FragmentKind::Box { .. }) && is_transformable(tree, *id)
        }) else {
            return *self;
        };
        let style: &ComputedValues = &tree.get(id).style;
        let rect = px_rect(&placed.nodes[index].rect);
        let own = matrix::of(style, rect.width(), rect.height());
        let preserves = preserves_depth(style);
        let parent = element_parent(tree, id);
        let stays = self.preserved_by.is_some() && self.preserved_by == parent;
        if own.is_none() && !preserves && (stays || self.preserved_by.is_none()) {
            let preserved_by = None;
            return Space {
                preserved_by,
                ..*self
            };
        }
        let mut space = match stays {
            true => *self,
            false => self.flat(),
        };
        if let Some(own) = own {
            if let Some(perspective) = perspective(tree, placed, index, parent) {
                space.inner = space.inner.then_inner(&perspective);
            }
            let (x, y, z) = matrix::origin(style, rect.width(), rect.height());
            let own = own.around(rect.x0 + x, rect.y0 + y, z);
            space.inner = space.inner.then_inner(&own);
            space.transformed = true;
        }
        space.preserved_by = preserves.then_some(id);
        space
    }

    /// The space of what stands a quarter turn clockwise about a point, which is its origin.
    pub fn turned(&self, x: f64, y: f64) -> Space {
        let turn = Matrix::rotation(0.0, 0.0, 1.0, std::f64::consts::FRAC_PI_2);
        let moved = self.inner.then_inner(&Matrix::translation(x, y, 0.0));
        Space {
            inner: moved.then_inner(&turn),
            transformed: true,
            ..*self
        }
    }

    /// Everything so far put into one plane.
    fn flat(&self) -> Space {
        Space {
            outer: self.outer.then_inner(&self.inner).flattened(),
            inner: Matrix::IDENTITY,
            transformed: self.transformed,
            preserved_by: None,
        }
    }

    /// Whether the box is in a transform.
    pub fn is_transformed(&self) -> bool {
        self.transformed
    }

    /// Whether the matrix has no way back: then nothing is shown (CSS Transforms 2 section 6).
    pub fn is_singular(&self) -> bool {
        determinant(&self.inner) == 0.0
    }

    /// Whether the box's back is seen (section 8).
    pub fn shows_back(&self) -> bool {
        let r = &self.inner.rows;
        let minor = det3([0, 1, 3].map(|i| [r[i][0], r[i][1], r[i][3]]));
        let whole = determinant(&self.inner);
        whole != 0.0 && minor / whole < 0.0
    }
}

fn det3(m: [[f64; 3]; 3]) -> f64 {
    m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
        - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
}

fn determinant(m: &Matrix) -> f64 {
    let r = &m.rows;
    (0..4)
        .map(|c| {
            let rest: Vec<usize> = (0..4).filter(|k| *k != c).collect();
            let minor = [1, 2, 3].map(|i: usize| [r[i][rest[0]], r[i][rest[1]], r[i][rest[2]]]);
            let sign = if c % 2 == 0 { 1.0 } else { -1.0 };
            sign * r[0][c] * det3(minor)
        })
        .sum()
}

/// Whether `backface-visibility` hides a box whose back is seen.
pub(crate) fn hides_back(style: &ComputedValues) -> bool {
    style.get_box().backface_visibility == Backface::Hidden
}

/// The used value of `transform-style`: grouping makes it `flat` (section 6.2).
pub(crate) fn preserves_depth(style: &ComputedValues) -> bool {
    let boxed = style.get_box();
    let effects = style.get_effects();
    let svg = style.get_svg();
    boxed.transform_style == TransformStyle::Preserve3d
        && boxed.overflow_x == Overflow::Visible
        && boxed.overflow_y == Overflow::Visible
        && effects.opacity >= 1.0
        && effects.filter.0.is_empty()
        && effects.mix_blend_mode == Blend::Normal
        && effects.clip.is_auto()
        && boxed.isolation == Isolation::Auto
        && matches!(svg.clip_path, GenericClipPath::None)
        && svg.mask_image.0.iter().all(|i| matches!(i, Image::None))
        && !boxed.contain.contains(Contain::PAINT)
}

/// The perspective that a box's parent gives it (section 7).
fn perspective(
    tree: &RenderTree,
    placed: &FragmentTree,
    index: FragmentIndex,
    parent: Option<BoxId>,
) -> Option<Matrix> {
    let parent = parent?;
    let boxed = tree.get(parent).style.get_box();
    let Perspective::Length(distance) = &boxed.perspective else {
        return None;
    };
    let rect = fragment_rect(placed, index, parent)?;
    let px = |length: Length| f64::from(length.px());
    let (w, h) = (
        Length::new(rect.width() as f32),
        Length::new(rect.height() as f32),
    );
    let origin = &boxed.perspective_origin;
    let x = rect.x0 + px(origin.horizontal.resolve(w));
    let y = rect.y0 + px(origin.vertical.resolve(h));
    Some(Matrix::perspective(px(distance.0)).around(x, y, 0.0))
}

/// The border box of the fragment of `of` around a fragment.
fn fragment_rect(placed: &FragmentTree, index: FragmentIndex, of: BoxId) -> Option<Rect> {
    let mut up = placed.nodes[index].parent;
    while let Some(at) = up {
        let node = &placed.nodes[at];
        if node.fragment.source == Some(of)
            && matches!(node.fragment.kind, FragmentKind::Box { .. })
        {
            return Some(px_rect(&node.rect));
        }
        up = node.parent;
    }
    None
}

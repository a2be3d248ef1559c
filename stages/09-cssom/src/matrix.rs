//! Transforms as matrices (CSS Transforms 2).

use style::properties::ComputedValues;
use style::values::computed::{Length, Rotate, Scale, Translate};
use style::values::generics::transform as generic;

/// A 4 by 4 matrix that points, as columns, are multiplied with: `rows[r][c]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Matrix {
    /// The rows.
    pub rows: [[f64; 4]; 4],
}

impl Matrix {
    /// Changes nothing.
    pub const IDENTITY: Matrix = Matrix {
        rows: [
            [1.0, 0.0, 0.0, 0.0],
            [0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ],
    };

    /// Moves.
    pub fn translation(x: f64, y: f64, z: f64) -> Matrix {
        let mut m = Matrix::IDENTITY;
        (m.rows[0][3], m.rows[1][3], m.rows[2][3]) = (x, y, z);
        m
    }

    /// Scales.
    pub fn scaling(x: f64, y: f64, z: f64) -> Matrix {
        let mut m = Matrix::IDENTITY;
        (m.rows[0][0], m.rows[1][1], m.rows[2][2]) = (x, y, z);
        m
    }

    /// Turns around an axis by an angle in radians (CSS Transforms 2 section 13); an axis of no
    /// length turns nothing.
    pub fn rotation(x: f64, y: f64, z: f64, angle: f64) -> Matrix {
        let length = (x * x + y * y + z * z).sqrt();
        if length == 0.0 {
            return Matrix::IDENTITY;
        }
        let (x, y, z) = (x / length, y / length, z / length);
        let (sin, cos) = angle.sin_cos();
        let t = 1.0 - cos;
        Matrix {
            rows: [
                [
                    t * x * x + cos,
                    t * x * y - sin * z,
                    t * x * z + sin * y,
                    0.0,
                ],
                [
                    t * x * y + sin * z,
                    t * y * y + cos,
                    t * y * z - sin * x,
                    0.0,
                ],
                [
                    t * x * z - sin * y,
                    t * y * z + sin * x,
                    t * z * z + cos,
                    0.0,
                ],
                [0.0, 0.0, 0.0, 1.0],
            ],
        }
    }

    /// Seen from a distance in px (CSS Transforms 2 section 13.1); at least 1 px.
    pub fn perspective(distance: f64) -> Matrix {
        let mut m = Matrix::IDENTITY;
        m.rows[3][2] = -1.0 / distance.max(1.0);
        m
    }

    /// First `other`, then this.
    pub fn then_inner(&self, other: &Matrix) -> Matrix {
        let mut rows = [[0.0; 4]; 4];
        for (r, row) in rows.iter_mut().enumerate() {
            for (c, cell) in row.iter_mut().enumerate() {
                *cell = (0..4).map(|k| self.rows[r][k] * other.rows[k][c]).sum();
            }
        }
        Matrix { rows }
    }

    /// This around a point instead of the corner.
    pub fn around(&self, x: f64, y: f64, z: f64) -> Matrix {
        Matrix::translation(x, y, z)
            .then_inner(self)
            .then_inner(&Matrix::translation(-x, -y, -z))
    }

    /// Without depth: what it makes is put into the plane (CSS Transforms 2 section 6.1).
    pub fn flattened(&self) -> Matrix {
        let mut m = *self;
        m.rows[2] = [0.0, 0.0, 1.0, 0.0];
        for row in &mut m.rows {
            row[2] = 0.0;
        }
        m.rows[2][2] = 1.0;
        m
    }

    /// What it does within the plane, `[a, b, c, d, e, f]` as in CSS's `matrix()`, if that is affine.
    pub fn affine(&self) -> Option<[f64; 6]> {
        let r = &self.rows;
        let w = r[3][3];
        let is_affine = r[3][0].abs() < 1e-9 && r[3][1].abs() < 1e-9 && w.abs() > 1e-9;
        is_affine.then(|| {
            [
                r[0][0] / w,
                r[1][0] / w,
                r[0][1] / w,
                r[1][1] / w,
                r[0][3] / w,
                r[1][3] / w,
            ]
        })
    }
}

/// The transform of a box of `width` by `height` px without its origin: `translate`, `rotate`,
/// `scale`, `transform` (CSS Transforms 2 section 9). `None` if it has none.
pub fn of(style: &ComputedValues, width: f64, height: f64) -> Option<Matrix> {
    let boxed = style.get_box();
    let has_none = boxed.transform.0.is_empty()
        && matches!(boxed.translate, Translate::None)
        && matches!(boxed.rotate, Rotate::None)
        && matches!(boxed.scale, Scale::None);
    if has_none {
        return None;
    }
    let (w, h) = (Length::new(width as f32), Length::new(height as f32));
    let mut m = Matrix::IDENTITY;
    if let generic::Translate::Translate(x, y, z) = &boxed.translate {
        let px = |length: Length| f64::from(length.px());
        m = Matrix::translation(px(x.resolve(w)), px(y.resolve(h)), px(*z));
    }
    match &boxed.rotate {
        generic::Rotate::Rotate(angle) => {
            m = m.then_inner(&Matrix::rotation(0.0, 0.0, 1.0, f64::from(angle.radians())));
        }
        generic::Rotate::Rotate3D(x, y, z, angle) => {
            let (x, y, z) = (f64::from(*x), f64::from(*y), f64::from(*z));
            m = m.then_inner(&Matrix::rotation(x, y, z, f64::from(angle.radians())));
        }
        generic::Rotate::None => {}
    }
    if let generic::Scale::Scale(x, y, z) = &boxed.scale {
        m = m.then_inner(&Matrix::scaling((*x).into(), (*y).into(), (*z).into()));
    }
    let zero = Length::new(0.0);
    let reference = euclid::default::Rect::new(
        euclid::default::Point2D::new(zero, zero),
        euclid::default::Size2D::new(w, h),
    );
    if let Ok((t, _)) = boxed.transform.to_transform_3d_matrix(Some(&reference)) {
        // euclid multiplies rows.
        let rows = [
            [t.m11, t.m21, t.m31, t.m41],
            [t.m12, t.m22, t.m32, t.m42],
            [t.m13, t.m23, t.m33, t.m43],
            [t.m14, t.m24, t.m34, t.m44],
        ];
        m = m.then_inner(&Matrix {
            rows: rows.map(|row| row.map(f64::from)),
        });
    }
    Some(m)
}

/// `transform-origin` in a box of that size, px.
pub fn origin(style: &ComputedValues, width: f64, height: f64) -> (f64, f64, f64) {
    let origin = &style.get_box().transform_origin;
    let px = |length: Length| f64::from(length.px());
    (
        px(origin.horizontal.resolve(Length::new(width as f32))),
        px(origin.vertical.resolve(Length::new(height as f32))),
        px(origin.depth),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_around_the_middle() {
        let m =
            Matrix::rotation(0.0, 0.0, 1.0, std::f64::consts::FRAC_PI_2).around(50.0, 50.0, 0.0);
        let [a, b, c, d, e, f] = m.affine().expect("affine");
        let at = |x: f64, y: f64| ((a * x + c * y + e).round(), (b * x + d * y + f).round());
        assert_eq!(at(0.0, 0.0), (100.0, 0.0));
        assert_eq!(at(100.0, 50.0), (50.0, 100.0));
    }

    #[test]
    fn moving_nearer_in_perspective_only_scales() {
        let m = Matrix::perspective(100.0).then_inner(&Matrix::translation(0.0, 0.0, 50.0));
        let [a, _, _, d, ..] = m.affine().expect("affine");
        assert!((a - 2.0).abs() < 1e-9 && (d - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_slant_in_perspective_is_not_affine() {
        let m = Matrix::perspective(100.0).then_inner(&Matrix::rotation(1.0, 0.0, 0.0, 1.0));
        assert!(m.affine().is_none());
        assert!(Matrix::rotation(1.0, 0.0, 0.0, 1.0).affine().is_some());
    }
}

//! Planes seen in perspective: what they do to points and paths.

use thru_cssom::matrix::Matrix;
use vello_cpu::kurbo::{Affine, BezPath, PathEl, Point, Rect, Shape, flatten};

/// Points nearer to the eye than this are not drawn.
const NEAREST: f64 = 1e-4;

/// How exactly curves are followed when they are projected, px.
const TOLERANCE: f64 = 0.05;

/// A map of the plane onto itself that keeps lines straight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plane(pub [[f64; 3]; 3]);

impl Plane {
    /// Changes nothing.
    pub const IDENTITY: Plane = Plane([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);

    /// What a matrix does to the plane of depth 0.
    pub fn of(m: &Matrix) -> Plane {
        Plane([0, 1, 3].map(|r| [m.rows[r][0], m.rows[r][1], m.rows[r][3]]))
    }

    /// As an affine map, if it is one.
    pub fn affine(&self) -> Option<Affine> {
        let r = &self.0;
        let w = r[2][2];
        let is_affine = r[2][0].abs() < 1e-9 && r[2][1].abs() < 1e-9 && w > 1e-9;
        is_affine.then(|| {
            let part = [r[0][0], r[1][0], r[0][1], r[1][1], r[0][2], r[1][2]];
            Affine::new(part.map(|v| v / w))
        })
    }

    /// First `other`, then this.
    pub fn after(&self, other: &Plane) -> Plane {
        let mut out = [[0.0; 3]; 3];
        for (r, row) in out.iter_mut().enumerate() {
            for (c, cell) in row.iter_mut().enumerate() {
                *cell = (0..3).map(|k| self.0[r][k] * other.0[k][c]).sum();
            }
        }
        Plane(out)
    }

    /// Scales what comes out.
    pub fn scaled(&self, by: f64) -> Plane {
        Plane([[by, 0.0, 0.0], [0.0, by, 0.0], [0.0, 0.0, 1.0]]).after(self)
    }

    /// The way back; `None` if the plane is seen from its edge.
    pub fn inverse(&self) -> Option<Plane> {
        let m = &self.0;
        let cofactor = |r: usize, c: usize| {
            let (r1, r2) = ((r + 1) % 3, (r + 2) % 3);
            let (c1, c2) = ((c + 1) % 3, (c + 2) % 3);
            m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1]
        };
        let det: f64 = (0..3).map(|c| m[0][c] * cofactor(0, c)).sum();
        if det.abs() < 1e-12 {
            return None;
        }
        let mut out = [[0.0; 3]; 3];
        for (r, row) in out.iter_mut().enumerate() {
            for (c, cell) in row.iter_mut().enumerate() {
                *cell = cofactor(c, r) / det;
            }
        }
        Some(Plane(out))
    }

    fn apply(&self, p: Point) -> [f64; 3] {
        self.0.map(|row| row[0] * p.x + row[1] * p.y + row[2])
    }

    /// Where a point comes out; `None` behind the eye.
    pub fn point(&self, p: Point) -> Option<Point> {
        let [x, y, w] = self.apply(p);
        (w > NEAREST).then(|| Point::new(x / w, y / w))
    }

    /// Where a path comes out, as lines; what lies behind the eye is cut off.
    pub fn path(&self, path: &BezPath) -> BezPath {
        let mut out = BezPath::new();
        let mut polygon: Vec<Point> = Vec::new();
        flatten(path, TOLERANCE, |element| match element {
            PathEl::MoveTo(p) => {
                self.polygon(&polygon, &mut out);
                polygon.clear();
                polygon.push(p);
            }
            PathEl::LineTo(p) => polygon.push(p),
            _ => {}
        });
        self.polygon(&polygon, &mut out);
        out
    }

    fn polygon(&self, points: &[Point], out: &mut BezPath) {
        let seen: Vec<[f64; 3]> = points.iter().map(|p| self.apply(*p)).collect();
        let mut kept: Vec<Point> = Vec::new();
        for (i, a) in seen.iter().enumerate() {
            let b = &seen[(i + 1) % seen.len()];
            if a[2] > NEAREST {
                kept.push(Point::new(a[0] / a[2], a[1] / a[2]));
            }
            if (a[2] > NEAREST) != (b[2] > NEAREST) {
                let t = (NEAREST - a[2]) / (b[2] - a[2]);
                let at = |k: usize| (a[k] + (b[k] - a[k]) * t) / NEAREST;
                // Far out, but not so far that fills lose their precision.
                let far = 1e6;
                kept.push(Point::new(at(0).clamp(-far, far), at(1).clamp(-far, far)));
            }
        }
        if kept.len() < 3 {
            return;
        }
        for (i, p) in kept.iter().enumerate() {
            match i {
                0 => out.move_to(*p),
                _ => out.line_to(*p),
            }
        }
        out.close_path();
    }

    /// The smallest rectangle around where a rectangle comes out; itself where it does not.
    pub fn bounds_or(&self, rect: Rect) -> Rect {
        if *self == Plane::IDENTITY {
            return rect;
        }
        match self.affine() {
            Some(affine) => affine.transform_rect_bbox(rect),
            None => self.bounds(rect).unwrap_or(rect),
        }
    }

    /// The smallest rectangle around where a rectangle comes out; `None` if nothing does.
    pub fn bounds(&self, rect: Rect) -> Option<Rect> {
        let shape = self.path(&rect.to_path(0.1));
        (!shape.elements().is_empty()).then(|| shape.bounding_box())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slanted() -> Plane {
        let m = Matrix::perspective(100.0)
            .then_inner(&Matrix::rotation(0.0, 1.0, 0.0, 1.0))
            .around(50.0, 50.0, 0.0);
        Plane::of(&m)
    }

    #[test]
    fn there_and_back() {
        let plane = slanted();
        let back = plane.inverse().expect("not from its edge");
        let p = plane.point(Point::new(20.0, 80.0)).expect("before the eye");
        let q = back.point(p).map(|q| (q.x.round(), q.y.round()));
        // The way back may come out with a negative w: it is a map of lines.
        let q = q.or_else(|| {
            let [x, y, w] = back.apply(p);
            Some(((x / w).round(), (y / w).round()))
        });
        assert_eq!(q, Some((20.0, 80.0)));
    }

    #[test]
    fn what_is_behind_the_eye_is_cut_off() {
        let m = Matrix::perspective(10.0).then_inner(&Matrix::rotation(0.0, 1.0, 0.0, 1.5));
        let plane = Plane::of(&m);
        assert!(plane.affine().is_none());
        let shape = plane.path(&Rect::new(-100.0, -10.0, 100.0, 10.0).to_path(0.1));
        assert!(shape.bounding_box().is_finite());
        let all_behind = plane.path(&Rect::new(-200.0, -10.0, -100.0, 10.0).to_path(0.1));
        assert!(all_behind.elements().is_empty() || all_behind.bounding_box().is_finite());
    }
}

//! 3D rendering contexts: planes in depth order (CSS Transforms 2 section 6.1).
//! GAP: planes that cut each other are not split; the one whose middle is nearer covers the other.

use crate::{
    space::{Space, hides_back, preserves_depth},
    stacking::{MAX_STACKING_DEPTH, Painter, is_transformable},
    transform::{element_parent, has_transform, px_rect},
};
use thru_layout::FragmentIndex;
use vello_cpu::kurbo::{Point, Rect};

/// Planes of one scene that are compared with each other; more are sorted by their middles.
const COMPARED_PLANES: usize = 200;

/// One plane of a scene.
struct Sheet {
    /// Where it lies.
    space: Space,
    /// The space around, as it was when the plane was found.
    around: Space,
    what: Content,
    /// Border box in its own plane.
    area: Rect,
}

enum Content {
    /// The boxes of an element that keeps depth, without its levels.
    Own(FragmentIndex),
    /// A level at the first, of the second.
    Flat(FragmentIndex, FragmentIndex),
}

impl Painter<'_> {
    /// Paints an element that establishes or extends a 3D rendering context.
    pub(crate) fn scene(&mut self, index: FragmentIndex) {
        let (space, view) = (self.space, self.view);
        let mut sheets = Vec::new();
        self.gather(index, space, &mut sheets, 0);
        for sheet in in_depth_order(sheets) {
            match sheet.what {
                Content::Own(at) => {
                    self.space = sheet.space;
                    let before = self.push_plane();
                    self.content(at, &[]);
                    self.pop_plane(before);
                }
                Content::Flat(at, of) => {
                    self.space = sheet.around;
                    let before = self.push_plane();
                    self.lifted(at, of);
                    self.pop_plane(before);
                }
            }
            (self.space, self.view) = (space, view);
        }
    }

    /// Takes an element apart into planes; `space` is its own.
    fn gather(&mut self, index: FragmentIndex, space: Space, out: &mut Vec<Sheet>, depth: u32) {
        if depth >= MAX_STACKING_DEPTH {
            return;
        }
        let levels = self.collect(index);
        let split = levels.partition_point(|(z, _)| *z < 0);
        for (_, at) in &levels[..split] {
            self.gather_level(*at, index, space, out, depth);
        }
        let is_away = self
            .boxed(index)
            .is_some_and(|id| hides_back(self.style(id)))
            && space.shows_back();
        if !is_away {
            out.push(Sheet {
                space,
                around: space,
                what: Content::Own(index),
                area: px_rect(&self.placed.nodes[index].rect),
            });
        }
        for (_, at) in &levels[split..] {
            self.gather_level(*at, index, space, out, depth);
        }
    }

    /// What lies in the plane of `of` itself keeps its place among the planes as well.
    fn gather_level(
        &mut self,
        at: FragmentIndex,
        of: FragmentIndex,
        around: Space,
        out: &mut Vec<Sheet>,
        depth: u32,
    ) {
        let is_plane = self.is_plane_of(at, of);
        let space = match is_plane {
            true => around.enter(self.tree, self.placed, at),
            false => around,
        };
        let keeps = |id| preserves_depth(self.style(id));
        if is_plane && self.boxed(at).is_some_and(keeps) {
            return self.gather(at, space, out, depth + 1);
        }
        out.push(Sheet {
            space,
            around,
            what: Content::Flat(at, of),
            area: px_rect(&self.placed.nodes[at].rect),
        });
    }

    /// Whether a level is a plane of its own in the scene of `of`.
    fn is_plane_of(&self, at: FragmentIndex, of: FragmentIndex) -> bool {
        let (Some(id), Some(around)) = (self.boxed(at), self.boxed(of)) else {
            return false;
        };
        let style = self.style(id);
        is_transformable(self.tree, id)
            && element_parent(self.tree, id) == Some(around)
            && (has_transform(style) || preserves_depth(style) || hides_back(style))
    }
}

/// Furthest first; what does not overlap or lies equally deep keeps its order.
fn in_depth_order(sheets: Vec<Sheet>) -> Vec<Sheet> {
    let shapes: Vec<Shape> = sheets.iter().map(Shape::of).collect();
    let mut left: Vec<Option<Sheet>> = sheets.into_iter().map(Some).collect();
    let mut order: Vec<usize> = (0..left.len()).collect();
    if left.len() > COMPARED_PLANES {
        order.sort_by(|a, b| shapes[*a].middle.total_cmp(&shapes[*b].middle));
    } else {
        order = by_pairs(&shapes);
    }
    order.into_iter().filter_map(|i| left[i].take()).collect()
}

/// Takes, again and again, the first plane that has none behind it.
fn by_pairs(shapes: &[Shape]) -> Vec<usize> {
    let mut rest: Vec<usize> = (0..shapes.len()).collect();
    let mut order = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let is_last = |i: usize| {
            rest.iter()
                .all(|j| *j == i || !shapes[*j].is_behind(&shapes[i]))
        };
        // In a circle the first goes first.
        let at = rest.iter().position(|i| is_last(*i)).unwrap_or(0);
        order.push(rest.remove(at));
    }
    order
}

/// What the comparison needs of a plane.
struct Shape {
    bounds: Option<Rect>,
    /// Depth of the middle.
    middle: f64,
    /// Depth over a point of the picture, as `(a x + b y + c) / w`.
    back: Option<crate::projection::Plane>,
    row: [f64; 3],
}

impl Shape {
    fn of(sheet: &Sheet) -> Shape {
        let depth = sheet.space.depth();
        let plane = crate::projection::Plane::of(depth);
        let r = &depth.rows;
        let mut shape = Shape {
            bounds: plane.bounds(sheet.area),
            middle: 0.0,
            back: plane.inverse(),
            row: [r[2][0], r[2][1], r[2][3]],
        };
        let c = sheet.area.center();
        let w = r[3][0] * c.x + r[3][1] * c.y + r[3][3];
        shape.middle = (shape.row[0] * c.x + shape.row[1] * c.y + shape.row[2])
            / if w.abs() > 1e-9 { w } else { 1e-9 };
        shape
    }

    /// Depth where the plane is seen at a point of the picture.
    fn depth_at(&self, p: Point) -> Option<f64> {
        let m = &self.back?.0;
        let local = m.map(|row| row[0] * p.x + row[1] * p.y + row[2]);
        let w = local[2];
        if w.abs() < 1e-12 {
            return None;
        }
        // The local point is (x, y) / w, and the way forth divides by 1 / w.
        Some(self.row[0] * local[0] + self.row[1] * local[1] + self.row[2] * w)
    }

    fn is_behind(&self, other: &Shape) -> bool {
        const SAME: f64 = 1e-3;
        let (Some(a), Some(b)) = (self.bounds, other.bounds) else {
            return false;
        };
        let both = a.intersect(b);
        if !(both.width() > 0.01 && both.height() > 0.01) {
            return false;
        }
        let p = both.center();
        match (self.depth_at(p), other.depth_at(p)) {
            (Some(mine), Some(theirs)) => mine < theirs - SAME,
            _ => self.middle < other.middle - SAME,
        }
    }
}

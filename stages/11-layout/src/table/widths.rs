//! Sharing a width out among columns (CSS Tables 3 section 3.9, CSS 2 section 17.5.2).

use super::columns::Column;
use crate::unit::LayoutUnit;

/// The automatic layout: `room` is what the columns have together.
pub(super) fn automatic(columns: &[Column], room: LayoutUnit) -> Vec<LayoutUnit> {
    let share = |c: &Column| c.min.max(room.scaled(c.percent));
    let guesses: [Vec<LayoutUnit>; 4] = [
        columns.iter().map(|c| c.min).collect(),
        columns
            .iter()
            .map(|c| if c.percent > 0.0 { share(c) } else { c.min })
            .collect(),
        columns
            .iter()
            .map(|c| match c {
                c if c.percent > 0.0 => share(c),
                c if c.constrained => c.max,
                c => c.min,
            })
            .collect(),
        columns
            .iter()
            .map(|c| if c.percent > 0.0 { share(c) } else { c.max })
            .collect(),
    ];
    let sum = |guess: &[LayoutUnit]| guess.iter().copied().sum::<LayoutUnit>();
    if room <= sum(&guesses[0]) {
        return guesses[0].clone();
    }
    for pair in guesses.windows(2) {
        let (low, high) = (sum(&pair[0]), sum(&pair[1]));
        if room <= high {
            let part = (room - low).to_px() / (high - low).to_px().max(f32::EPSILON);
            let mix = pair[0].iter().zip(&pair[1]);
            let widths = mix.map(|(a, b)| *a + (*b - *a).scaled(part)).collect();
            return exact(widths, room);
        }
    }
    excess(columns, &guesses[3], room)
}

/// More room than every column asks for.
fn excess(columns: &[Column], widths: &[LayoutUnit], room: LayoutUnit) -> Vec<LayoutUnit> {
    let total: LayoutUnit = widths.iter().copied().sum();
    let extra = room - total;
    let plain = |c: &Column| !c.constrained && c.percent == 0.0;
    type Takes = fn(&Column) -> f32;
    let by_max: Takes = |c| c.max.to_px();
    let equal: Takes = |_| 1.0;
    let by_share: Takes = |c| c.percent;
    let chosen: [(&dyn Fn(&Column) -> bool, Takes); 5] = [
        (&|c| plain(c) && c.max > LayoutUnit::ZERO, by_max),
        (&|c| plain(c) && c.used, equal),
        (
            &|c| c.constrained && c.percent == 0.0 && c.max > LayoutUnit::ZERO,
            by_max,
        ),
        (&|c| c.percent > 0.0, by_share),
        (&|_| true, equal),
    ];
    let mut widths = widths.to_vec();
    for (takes, weight) in chosen {
        let weights: Vec<f32> = columns
            .iter()
            .map(|c| if takes(c) { weight(c) } else { 0.0 })
            .collect();
        let all: f32 = weights.iter().sum();
        if all > 0.0 {
            for (width, weight) in widths.iter_mut().zip(&weights) {
                *width += extra.scaled(weight / all);
            }
            break;
        }
    }
    exact(widths, room)
}

/// What rounding left over goes to the last column that is not empty.
fn exact(mut widths: Vec<LayoutUnit>, room: LayoutUnit) -> Vec<LayoutUnit> {
    let left = room - widths.iter().copied().sum();
    let last = widths.iter_mut().rev().find(|w| **w > LayoutUnit::ZERO);
    if let Some(last) = last {
        *last += left;
    }
    widths
}

/// The fixed layout.
pub(super) fn fixed(columns: &[Column], room: LayoutUnit) -> Vec<LayoutUnit> {
    let mut widths: Vec<LayoutUnit> = columns
        .iter()
        .map(|c| match c.percent > 0.0 {
            true => room.scaled(c.percent) + c.beside,
            false => c.max,
        })
        .collect();
    let total: LayoutUnit = widths.iter().copied().sum();
    let is_open = |c: &Column| !c.constrained && c.percent == 0.0;
    let open = columns.iter().filter(|c| is_open(c)).count();
    let extra = (room - total).at_least_zero();
    if open > 0 {
        for (column, width) in columns.iter().zip(widths.iter_mut()) {
            if is_open(column) {
                *width = LayoutUnit(extra.0 / open as i32);
            }
        }
    } else if total > LayoutUnit::ZERO {
        for width in &mut widths {
            *width += extra.scaled(width.to_px() / total.to_px());
        }
    }
    if extra > LayoutUnit::ZERO {
        return exact(widths, room);
    }
    widths
}

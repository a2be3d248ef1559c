//! Colour stops of gradients (CSS Images 4 section 3.4).

use crate::color::{Color, absolute};
use style::{
    color::{
        AbsoluteColor, ColorSpace,
        mix::{ColorInterpolationMethod, ColorMixItem, mix_many},
    },
    values::{
        computed,
        generics::{color::ColorMixFlags, image::GenericGradientItem},
    },
};
use vello_cpu::peniko::ColorStop;

/// Places along the gradient line, in shares of it, never falling, with colours between which
/// sRGB is mixed.
pub(crate) type Stops = Vec<(f32, Color)>;

/// Pieces that a way through another colour space, or around a hint, is cut into.
const PIECES: usize = 24;

/// A stop as written: a hint has no colour.
struct Written {
    at: Option<f32>,
    color: Option<AbsoluteColor>,
}

/// Gives every stop its place (section 3.4.3) and every way between two its colours.
pub(crate) fn places<T>(
    items: &[GenericGradientItem<computed::Color, T>],
    current: &AbsoluteColor,
    method: &ColorInterpolationMethod,
    at: &dyn Fn(&T) -> f32,
) -> Stops {
    let color = |c: &computed::Color| Some(c.resolve_to_absolute(current));
    let written = items.iter().map(|item| match item {
        GenericGradientItem::SimpleColorStop(c) => Written {
            at: None,
            color: color(c),
        },
        GenericGradientItem::ComplexColorStop { color: c, position } => Written {
            at: Some(at(position)),
            color: color(c),
        },
        GenericGradientItem::InterpolationHint(p) => Written {
            at: Some(at(p)),
            color: None,
        },
    });
    let mut list: Vec<Written> = written.collect();
    fix(&mut list);
    ways(&list, method)
}

/// The three steps of section 3.4.3.
fn fix(list: &mut [Written]) {
    if let Some(first) = list.first_mut() {
        first.at.get_or_insert(0.0);
    }
    if let Some(last) = list.last_mut() {
        last.at.get_or_insert(1.0);
    }
    let mut reached = f32::MIN;
    for stop in list.iter_mut() {
        if let Some(at) = &mut stop.at {
            *at = at.max(reached);
            reached = *at;
        }
    }
    let mut from = 0;
    for at in 1..list.len() {
        let Some(end) = list[at].at else { continue };
        let start = list[from].at.unwrap_or(0.0);
        for (step, stop) in list[from + 1..at].iter_mut().enumerate() {
            stop.at = Some(start + (end - start) * (step + 1) as f32 / (at - from) as f32);
        }
        from = at;
    }
}

fn ways(list: &[Written], method: &ColorInterpolationMethod) -> Stops {
    let mut out: Stops = Vec::new();
    let mut before: Option<(f32, &AbsoluteColor)> = None;
    let mut hint = None;
    for stop in list {
        let at = stop.at.unwrap_or(0.0);
        let Some(color) = &stop.color else {
            hint = Some(at);
            continue;
        };
        if let Some((from, first)) = before {
            way(&mut out, (from, first), (at, color), hint.take(), method);
        }
        out.push((at, absolute(color)));
        before = Some((at, color));
    }
    out
}

/// The colours between two stops, if mixing the two in sRGB does not give them.
fn way(
    out: &mut Stops,
    (from, first): (f32, &AbsoluteColor),
    (to, last): (f32, &AbsoluteColor),
    hint: Option<f32>,
    method: &ColorInterpolationMethod,
) {
    let is_plain = method.space == ColorSpace::Srgb && hint.is_none();
    if is_plain || to <= from {
        return;
    }
    let middle = hint.map_or(0.5, |hint| (hint - from) / (to - from));
    for piece in 0..=PIECES {
        let share = piece as f32 / PIECES as f32;
        let weight = curve(share, middle);
        let parts = [
            ColorMixItem::new(*first, 1.0 - weight),
            ColorMixItem::new(*last, weight),
        ];
        let mixed = mix_many(*method, parts, ColorMixFlags::empty());
        out.push((from + (to - from) * share, absolute(&mixed)));
    }
}

/// How much of the second colour there is (section 3.5.1).
fn curve(share: f32, middle: f32) -> f32 {
    if middle <= 0.0 {
        return 1.0;
    }
    if middle >= 1.0 {
        return 0.0;
    }
    share.powf(0.5f32.ln() / middle.ln())
}

/// Stops of a line, spread over 0 to 1 of its part from the first to the second value: at least
/// all of the line, or, repeated, one round.
pub(crate) fn from_line(stops: Stops, repeating: bool) -> (f32, f32, Stops) {
    let (Some(first), Some(last)) = (stops.first().map(|s| s.0), stops.last().map(|s| s.0)) else {
        return (0.0, 1.0, stops);
    };
    if repeating && last <= first {
        return (0.0, 1.0, average(&stops));
    }
    let (low, high) = match repeating {
        true => (first, last),
        false => (first.min(0.0), last.max(1.0)),
    };
    (low, high, spread(stops, low, high))
}

/// Stops that begin at 0, spread over 0 to 1 of the part that ends at the value.
pub(crate) fn from_zero(stops: Stops, repeating: bool) -> (f32, Stops) {
    let (Some(first), Some(last)) = (stops.first().map(|s| s.0), stops.last().map(|s| s.0)) else {
        return (1.0, stops);
    };
    if !repeating {
        let high = last.max(1.0);
        return (high, spread(cut_below(stops, 0.0), 0.0, high));
    }
    let round = last - first;
    if round <= 1e-6 {
        return (1.0, average(&stops));
    }
    // The rounds that reach over 0 and over the first full one after it.
    let shift = -(first / round).floor() * round;
    let rounds = [shift - round, shift, shift + round];
    let all: Stops = rounds
        .iter()
        .flat_map(|by| stops.iter().map(move |(at, color)| (at + by, *color)))
        .collect();
    let mut kept = cut_below(all, 0.0);
    let end = color_at(&kept, round);
    kept.retain(|(at, _)| *at < round);
    kept.push((round, end));
    (round, spread(kept, 0.0, round))
}

/// Stops for the rasteriser.
pub(crate) fn peniko(stops: &Stops) -> Vec<ColorStop> {
    stops.iter().map(|stop| ColorStop::from(*stop)).collect()
}

fn spread(mut stops: Stops, low: f32, high: f32) -> Stops {
    for stop in &mut stops {
        stop.0 = ((stop.0 - low) / (high - low)).clamp(0.0, 1.0);
    }
    stops
}

/// A round without length shows the average (section 3.6).
fn average(stops: &Stops) -> Stops {
    let count = stops.len().max(1) as f32;
    let sum = |i: usize| stops.iter().map(|s| s.1.components[i]).sum::<f32>() / count;
    let color = Color::new([sum(0), sum(1), sum(2), sum(3)]);
    vec![(0.0, color), (1.0, color)]
}

/// Without what lies before `edge`.
fn cut_below(stops: Stops, edge: f32) -> Stops {
    if stops.first().is_none_or(|s| s.0 >= edge) {
        return stops;
    }
    let color = color_at(&stops, edge);
    let mut out = vec![(edge, color)];
    out.extend(stops.into_iter().filter(|s| s.0 >= edge));
    out
}

fn color_at(stops: &Stops, at: f32) -> Color {
    let after = stops.partition_point(|s| s.0 <= at);
    let (Some(b), Some(a)) = (stops.get(after), stops.get(after.wrapping_sub(1))) else {
        let edge = if after == 0 {
            stops.first()
        } else {
            stops.last()
        };
        return edge.map_or(Color::new([0.0; 4]), |s| s.1);
    };
    let t = (at - a.0) / (b.0 - a.0).max(1e-9);
    let mix = |i: usize| a.1.components[i] + (b.1.components[i] - a.1.components[i]) * t;
    Color::new([mix(0), mix(1), mix(2), mix(3)])
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: Color = Color::new([1.0, 0.0, 0.0, 1.0]);
    const BLUE: Color = Color::new([0.0, 0.0, 1.0, 1.0]);

    #[test]
    fn an_edge_in_the_middle_stays_there() {
        let (low, high, stops) = from_line(vec![(0.5, RED), (0.5, BLUE)], false);
        assert_eq!((low, high), (0.0, 1.0));
        assert_eq!(stops, [(0.5, RED), (0.5, BLUE)]);
    }

    #[test]
    fn a_circle_begins_where_its_stops_are_at_0() {
        let (high, stops) = from_zero(vec![(-1.0, RED), (1.0, BLUE)], false);
        assert_eq!(high, 1.0);
        assert_eq!(stops[0], (0.0, Color::new([0.5, 0.0, 0.5, 1.0])));
    }

    #[test]
    fn rounds_reach_back_to_0() {
        let (round, stops) = from_zero(vec![(0.25, RED), (0.75, BLUE)], true);
        assert_eq!(round, 0.5);
        // A quarter into the round before: half way.
        assert_eq!(stops[0].1, Color::new([0.5, 0.0, 0.5, 1.0]));
        assert!(stops.contains(&(0.5, BLUE)) && stops.contains(&(0.5, RED)));
    }

    #[test]
    fn a_hint_bends_the_way() {
        assert_eq!(curve(0.25, 0.25), 0.5);
        assert_eq!(curve(0.5, 0.5), 0.5);
        assert_eq!(curve(0.5, 0.0), 1.0);
    }
}

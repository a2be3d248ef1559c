/// One image candidate of a `srcset` (HTML section 4.8.4.2.1).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Candidate<'a> {
    /// Where, relative.
    pub url: &'a str,
    /// Pixel density; a width descriptor counts against the width that the image will have.
    pub density: f32,
}

/// Parses a `srcset`. `slot_width` is what `sizes` says, in CSS px.
pub(crate) fn candidates(srcset: &str, slot_width: f32) -> Vec<Candidate<'_>> {
    let mut found = Vec::new();
    let mut rest = srcset;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            return found;
        }
        let end = rest
            .find(|c: char| c.is_ascii_whitespace())
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let url = word.trim_end_matches(',');
        let (descriptor, after) = if url.len() < word.len() {
            ("", after)
        } else {
            let end = after.find(',').unwrap_or(after.len());
            (&after[..end], &after[end..])
        };
        rest = after;
        if let Some(density) = density(descriptor.trim(), slot_width) {
            found.push(Candidate { url, density });
        }
    }
}

fn density(descriptor: &str, slot_width: f32) -> Option<f32> {
    if descriptor.is_empty() {
        return Some(1.0);
    }
    let word = descriptor.split_ascii_whitespace().next()?;
    if let Some(density) = word.strip_suffix('x') {
        return density.parse().ok();
    }
    let width: f32 = word.strip_suffix('w')?.parse().ok()?;
    Some(width / slot_width.max(1.0))
}

/// The candidate for one device px a CSS px: the smallest density of at least 1, else the largest.
pub(crate) fn pick<'a>(candidates: &[Candidate<'a>]) -> Option<Candidate<'a>> {
    let enough = candidates
        .iter()
        .filter(|candidate| candidate.density >= 1.0)
        .min_by(|a, b| a.density.total_cmp(&b.density));
    enough
        .or_else(|| {
            candidates
                .iter()
                .max_by(|a, b| a.density.total_cmp(&b.density))
        })
        .cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked(srcset: &str, slot: f32) -> Option<(String, f32)> {
        pick(&candidates(srcset, slot)).map(|c| (c.url.to_owned(), c.density))
    }

    #[test]
    fn the_smallest_density_of_at_least_one_is_picked() {
        assert_eq!(
            picked("a.png, b.png 2x", 800.0),
            Some(("a.png".into(), 1.0))
        );
        assert_eq!(
            picked("b.png 2x, c.png 3x", 800.0),
            Some(("b.png".into(), 2.0))
        );
        assert_eq!(
            picked("s.png 400w, m.png 800w, l.png 1600w", 800.0),
            Some(("m.png".into(), 1.0))
        );
        assert_eq!(
            picked("a,b.png 1x,c.png", 1.0),
            Some(("a,b.png".into(), 1.0))
        );
        assert_eq!(picked(" , ", 1.0), None);
    }
}

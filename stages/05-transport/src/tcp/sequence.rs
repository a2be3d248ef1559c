use std::{
    fmt,
    ops::{Add, Sub},
};

/// A sequence number: compared modulo 2^32 (RFC 9293, section 3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seq(pub u32);

impl Seq {
    /// Whether this comes before `other`.
    pub fn before(self, other: Seq) -> bool {
        (self.0.wrapping_sub(other.0) as i32) < 0
    }

    /// Whether this comes after `other`.
    pub fn after(self, other: Seq) -> bool {
        other.before(self)
    }

    /// Whether this comes after `other` or is the same.
    pub fn at_or_after(self, other: Seq) -> bool {
        !self.before(other)
    }

    /// Octets from `earlier` to here; callers know the order.
    pub fn distance(self, earlier: Seq) -> usize {
        self.0.wrapping_sub(earlier.0) as usize
    }

    /// The later of two.
    pub fn max(self, other: Seq) -> Seq {
        if self.before(other) { other } else { self }
    }
}

impl Add<usize> for Seq {
    type Output = Seq;

    fn add(self, octets: usize) -> Seq {
        Seq(self.0.wrapping_add(octets as u32))
    }
}

impl Sub<usize> for Seq {
    type Output = Seq;

    fn sub(self, octets: usize) -> Seq {
        Seq(self.0.wrapping_sub(octets as u32))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_survives_the_wrap() {
        let last = Seq(u32::MAX);
        assert!(last.before(last + 1) && (last + 1).after(last));
        assert_eq!((last + 5).distance(last), 5);
        assert_eq!(last.max(last + 2), Seq(1));
    }
}

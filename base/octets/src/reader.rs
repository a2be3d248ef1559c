use std::fmt;

/// Strict input was refused: where, which field, what stood there, what should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Octets from the start of the input.
    pub offset: usize,
    /// The field's name as its specification writes it.
    pub field: &'static str,
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} at octet {}: found {}, expected {}",
            self.field, self.offset, self.found, self.expected
        )
    }
}

impl std::error::Error for Malformed {}

/// Reads big-endian fields from a slice and remembers where it is.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    input: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first octet of `input`.
    #[inline]
    pub fn new(input: &'a [u8]) -> Reader<'a> {
        Reader { input, at: 0 }
    }

    /// Octets read so far.
    #[inline]
    pub fn offset(&self) -> usize {
        self.at
    }

    /// Octets left.
    #[inline]
    pub fn remaining(&self) -> usize {
        self.input.len() - self.at
    }

    /// Whether nothing is left.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.remaining() == 0
    }

    /// The next `len` octets; refused if fewer are left.
    #[inline]
    pub fn take(&mut self, len: usize, field: &'static str) -> Result<&'a [u8], Malformed> {
        if self.remaining() < len {
            return Err(self.cut_short(field));
        }
        let taken = &self.input[self.at..self.at + len];
        self.at += len;
        Ok(taken)
    }

    #[cold]
    fn cut_short(&self, field: &'static str) -> Malformed {
        Malformed {
            offset: self.at,
            field,
            found: format!("{} octets", self.remaining()),
            expected: "more octets than are left",
        }
    }

    /// A fixed-size array.
    #[inline]
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], Malformed> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, field)?);
        Ok(array)
    }

    /// One octet.
    #[inline]
    pub fn u8(&mut self, field: &'static str) -> Result<u8, Malformed> {
        Ok(self.array::<1>(field)?[0])
    }

    /// Two octets, network order.
    #[inline]
    pub fn u16(&mut self, field: &'static str) -> Result<u16, Malformed> {
        Ok(u16::from_be_bytes(self.array(field)?))
    }

    /// Three octets, network order.
    #[inline]
    pub fn u24(&mut self, field: &'static str) -> Result<u32, Malformed> {
        let [a, b, c] = self.array(field)?;
        Ok(u32::from_be_bytes([0, a, b, c]))
    }

    /// Four octets, network order.
    #[inline]
    pub fn u32(&mut self, field: &'static str) -> Result<u32, Malformed> {
        Ok(u32::from_be_bytes(self.array(field)?))
    }

    /// Eight octets, network order.
    #[inline]
    pub fn u64(&mut self, field: &'static str) -> Result<u64, Malformed> {
        Ok(u64::from_be_bytes(self.array(field)?))
    }

    /// Everything that is left.
    #[inline]
    pub fn rest(&mut self) -> &'a [u8] {
        let rest = &self.input[self.at..];
        self.at = self.input.len();
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_input_is_refused_with_its_place() {
        let mut reader = Reader::new(&[1, 2, 3]);
        assert_eq!(reader.u16("first"), Ok(0x0102));
        let refused = reader.u16("second").unwrap_err();
        assert_eq!((refused.offset, refused.field), (2, "second"));
        assert_eq!(reader.rest(), [3]);
    }
}

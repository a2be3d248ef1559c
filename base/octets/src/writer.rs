/// Writes big-endian fields one after another.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    octets: Vec<u8>,
}

impl Writer {
    /// An empty writer with room for `capacity` octets.
    pub fn with_capacity(capacity: usize) -> Writer {
        Writer {
            octets: Vec::with_capacity(capacity),
        }
    }

    /// Appends one octet.
    #[inline]
    pub fn u8(&mut self, value: u8) -> &mut Writer {
        self.octets.push(value);
        self
    }

    /// Appends two octets in network order.
    #[inline]
    pub fn u16(&mut self, value: u16) -> &mut Writer {
        self.bytes(&value.to_be_bytes())
    }

    /// Appends four octets in network order.
    #[inline]
    pub fn u32(&mut self, value: u32) -> &mut Writer {
        self.bytes(&value.to_be_bytes())
    }

    /// Appends octets as they are.
    #[inline]
    pub fn bytes(&mut self, octets: &[u8]) -> &mut Writer {
        self.octets.extend_from_slice(octets);
        self
    }

    /// Overwrites two octets at `offset`, for checksums and lengths known late.
    #[inline]
    pub fn put_u16(&mut self, offset: usize, value: u16) -> &mut Writer {
        self.octets[offset..offset + 2].copy_from_slice(&value.to_be_bytes());
        self
    }

    /// Octets written so far.
    #[inline]
    pub fn len(&self) -> usize {
        self.octets.len()
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// What was written so far.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        &self.octets
    }

    /// Gives the octets away.
    #[inline]
    pub fn finish(self) -> Vec<u8> {
        self.octets
    }
}

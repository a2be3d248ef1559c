use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng, SeedableRng},
};
use sha2::{Digest, Sha256};

/// One stream of chance. Every machine, wire and key has its own, named after it, so that a
/// further draw in one place changes nothing in another.
#[derive(Debug)]
pub(crate) struct Chance {
    stream: ChaCha20Rng,
}

impl Chance {
    /// The stream called `name` of the lab with this seed.
    pub(crate) fn new(seed: u64, name: &str) -> Chance {
        let mut hash = Sha256::new();
        hash.update(seed.to_be_bytes());
        hash.update(name.as_bytes());
        Chance {
            stream: ChaCha20Rng::from_seed(hash.finalize().into()),
        }
    }

    pub(crate) fn fill(&mut self, buffer: &mut [u8]) {
        self.stream.fill_bytes(buffer);
    }

    pub(crate) fn u64(&mut self) -> u64 {
        self.stream.next_u64()
    }

    /// Below `limit`. The bias of the remainder is below 2^-40 for the limits used here.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.u64() % limit.max(1)
    }

    /// True with this probability.
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        probability > 0.0 && ((self.u64() >> 11) as f64 / (1u64 << 53) as f64) < probability
    }
}

use super::{
    key_exchange::{Secp256r1, X25519},
    signing::Keys,
};
use crate::chance::Chance;
use rustls::crypto::{CryptoProvider, GetRandomFailed, SecureRandom, SupportedKxGroup};
use std::sync::{Arc, Mutex, PoisonError};

/// A machine's stream of chance for TLS. Behind a lock because rustls asks for `Sync`; the lab
/// runs on one thread.
#[derive(Debug, Clone)]
pub(crate) struct SharedChance(Arc<Mutex<Chance>>);

impl SharedChance {
    pub(crate) fn fill(&self, buffer: &mut [u8]) {
        let mut chance = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        chance.fill(buffer);
    }
}

impl SecureRandom for SharedChance {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), GetRandomFailed> {
        SharedChance::fill(self, buffer);
        Ok(())
    }
}

/// A provider that draws from `chance` alone.
///
/// rustls holds these parts as `&'static`, so they stay for the life of the process: some 700
/// octets a machine that speaks TLS.
pub(crate) fn provider(chance: Chance) -> Arc<CryptoProvider> {
    let chance = SharedChance(Arc::new(Mutex::new(chance)));
    let x25519: &'static dyn SupportedKxGroup = Box::leak(Box::new(X25519(chance.clone())));
    let secp256r1: &'static dyn SupportedKxGroup = Box::leak(Box::new(Secp256r1(chance.clone())));
    Arc::new(CryptoProvider {
        kx_groups: vec![x25519, secp256r1],
        secure_random: Box::leak(Box::new(chance)),
        key_provider: &Keys,
        ..rustls::crypto::ring::default_provider()
    })
}

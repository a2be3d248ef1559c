use crate::chance::Chance;
use p256::{
    ecdsa::{self, signature::Signer as _},
    pkcs8::DecodePrivateKey,
};
use rustls::{
    Error, SignatureAlgorithm, SignatureScheme, crypto::KeyProvider, pki_types::PrivateKeyDer, sign,
};
use std::sync::Arc;

/// An ECDSA P-256 key whose signatures draw nothing (RFC 6979).
#[derive(Clone, Debug)]
pub(crate) struct SigningKey {
    key: ecdsa::SigningKey,
    public: Vec<u8>,
}

impl SigningKey {
    /// The next key of this stream.
    pub(crate) fn draw(chance: &mut Chance) -> SigningKey {
        loop {
            let mut scalar = [0; 32];
            chance.fill(&mut scalar);
            if let Ok(key) = ecdsa::SigningKey::from_slice(&scalar) {
                return SigningKey::from(key);
            }
        }
    }
}

impl From<ecdsa::SigningKey> for SigningKey {
    fn from(key: ecdsa::SigningKey) -> SigningKey {
        let public = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        SigningKey { key, public }
    }
}

impl rcgen::PublicKeyData for SigningKey {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for SigningKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature: ecdsa::Signature = self.key.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

/// Reads P-256 keys for rustls servers; any other key goes to ring, whose signatures would not be
/// the same twice, so it is refused.
#[derive(Debug)]
pub(crate) struct Keys;

impl KeyProvider for Keys {
    fn load_private_key(
        &self,
        der: PrivateKeyDer<'static>,
    ) -> Result<Arc<dyn sign::SigningKey>, Error> {
        let key = match &der {
            PrivateKeyDer::Pkcs8(pkcs8) => {
                ecdsa::SigningKey::from_pkcs8_der(pkcs8.secret_pkcs8_der()).ok()
            }
            _ => None,
        };
        let key = key
            .ok_or_else(|| Error::General("the lab signs with P-256 keys (PKCS #8) only".into()))?;
        Ok(Arc::new(SigningKey::from(key)))
    }
}

impl sign::SigningKey for SigningKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn sign::Signer>> {
        let ours = SignatureScheme::ECDSA_NISTP256_SHA256;
        offered
            .contains(&ours)
            .then(|| Box::new(self.clone()) as Box<dyn sign::Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl sign::Signer for SigningKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature: ecdsa::Signature = self.key.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP256_SHA256
    }
}

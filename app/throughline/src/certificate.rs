//! A server's certificate and key from files, for `thru serve`.

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::path::Path;
use std::sync::Arc;
use thru_tls::{ServerSettings, ServerTls, TlsVersion};

/// A server that shows the certificates of a PEM file, its own first, and has the key of another.
///
/// # Errors
/// In words, which file is wrong and why.
pub fn server_tls(certificate: &Path, key: &Path, alpn: &[&str]) -> Result<ServerTls, String> {
    let chain = thru_host::trust::roots_of_file(certificate)?;
    let chain: Vec<CertificateDer<'static>> = chain.into_iter().collect();
    let wrong = |why: String| format!("{}: {why}", key.display());
    let read = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let signing = provider.key_provider.load_private_key(read);
    let signing = signing.map_err(|error| wrong(error.to_string()))?;
    let both = rustls::sign::CertifiedKey::new(chain.clone(), signing.clone());
    match both.keys_match() {
        // Some keys do not tell their public half.
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {}
        Err(_) => {
            return Err(wrong(format!(
                "it is not the key of the certificate in {}",
                certificate.display()
            )));
        }
    }
    let settings = ServerSettings {
        key: signing,
        provider,
        chain,
        alpn: alpn.iter().map(|name| (*name).to_owned()).collect(),
        max_version: TlsVersion::Tls13,
    };
    ServerTls::new(settings).map_err(|error| format!("put TLS together: {error}"))
}

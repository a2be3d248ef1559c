//! Whom the machine trusts: the system's roots, and roots from a file (`--cacert`).

use rustls_pki_types::{CertificateDer, pem::PemObject};
use std::path::Path;

/// Trusted roots and what could not be read on the way.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    /// The certificates.
    pub certificates: Vec<CertificateDer<'static>>,
    /// What could not be read, in words.
    pub problems: Vec<String>,
}

/// The system's store, as the platform keeps it (SSL_CERT_FILE and SSL_CERT_DIR are honoured).
pub fn system_roots() -> Roots {
    let found = rustls_native_certs::load_native_certs();
    Roots {
        certificates: found.certs,
        problems: found.errors.iter().map(ToString::to_string).collect(),
    }
}

/// The certificates of a PEM file. A file without any is an error.
pub fn roots_of_file(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let octets =
        std::fs::read(path).map_err(|error| format!("read {}: {error}", path.display()))?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&octets).collect();
    let certificates = read.map_err(|error| format!("{}: {error}", path.display()))?;
    if certificates.is_empty() {
        return Err(format!(
            "{} holds no certificate in PEM form",
            path.display()
        ));
    }
    Ok(certificates)
}

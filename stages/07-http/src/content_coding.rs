//! Undoing content codings (RFC 9110, section 8.4), with a limit against decompression bombs.

use std::{fmt, io::Read};

/// Octets that a body may have after decoding.
pub const MAX_DECODED: u64 = 64 * 1024 * 1024;
/// Codings laid over each other that are undone.
const MAX_LAYERS: usize = 3;
/// Octets that brotli reads at once.
const BROTLI_BUFFER: usize = 4096;

/// Why a body could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodingRefused {
    /// A coding that is not known here, or too many of them.
    Unknown(String),
    /// The octets are not what the coding says.
    Corrupt {
        /// Which coding.
        coding: String,
        /// What the decoder says.
        what: String,
    },
    /// More than [`MAX_DECODED`] octets come out.
    TooLarge {
        /// Which coding.
        coding: String,
        /// Octets that went in.
        encoded: usize,
    },
}

impl fmt::Display for CodingRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CodingRefused::Unknown(coding) => write!(f, "content coding \"{coding}\" is unknown"),
            CodingRefused::Corrupt { coding, what } => write!(f, "the {coding} is broken: {what}"),
            CodingRefused::TooLarge { coding, encoded } => write!(
                f,
                "{encoded} octets of {coding} unpack to more than {MAX_DECODED} octets"
            ),
        }
    }
}

/// Undoes the codings that `content_encoding` lists, last first.
///
/// # Errors
/// [`CodingRefused`]
pub fn decode(content_encoding: &str, body: Vec<u8>) -> Result<Vec<u8>, CodingRefused> {
    decode_within(content_encoding, body, MAX_DECODED)
}

fn decode_within(codings: &str, body: Vec<u8>, limit: u64) -> Result<Vec<u8>, CodingRefused> {
    let names = codings
        .split(',')
        .map(|name| name.trim().to_ascii_lowercase());
    let layers: Vec<String> = names
        .filter(|name| !name.is_empty() && name != "identity")
        .collect();
    if layers.len() > MAX_LAYERS {
        return Err(CodingRefused::Unknown(codings.to_owned()));
    }
    let mut octets = body;
    for coding in layers.iter().rev() {
        octets = undo(coding, &octets, limit)?;
    }
    Ok(octets)
}

fn undo(coding: &str, encoded: &[u8], limit: u64) -> Result<Vec<u8>, CodingRefused> {
    // A response without content (to HEAD, 304) has no coded octets either.
    if encoded.is_empty() {
        return Ok(Vec::new());
    }
    match coding {
        "gzip" | "x-gzip" => {
            let decoder = flate2::read::MultiGzDecoder::new(encoded);
            read_all(coding, encoded, decoder, limit)
        }
        "deflate" => deflate(coding, encoded, limit),
        "br" => {
            let decoder = brotli::Decompressor::new(encoded, BROTLI_BUFFER);
            read_all(coding, encoded, decoder, limit)
        }
        "zstd" => zstd(coding, encoded, limit),
        other => Err(CodingRefused::Unknown(other.to_owned())),
    }
}

/// zlib as specified; some servers send bare deflate, which all browsers take.
fn deflate(coding: &str, encoded: &[u8], limit: u64) -> Result<Vec<u8>, CodingRefused> {
    let zlib = flate2::read::ZlibDecoder::new(encoded);
    match read_all(coding, encoded, zlib, limit) {
        Err(CodingRefused::Corrupt { .. }) => {
            let bare = flate2::read::DeflateDecoder::new(encoded);
            read_all(coding, encoded, bare, limit)
        }
        decided => decided,
    }
}

/// Frames one after another (RFC 8878, section 3).
fn zstd(coding: &str, encoded: &[u8], limit: u64) -> Result<Vec<u8>, CodingRefused> {
    let mut rest = encoded;
    let mut decoded = Vec::new();
    while !rest.is_empty() {
        let left = limit.saturating_sub(decoded.len() as u64);
        let decoder = ruzstd::decoding::StreamingDecoder::new(&mut rest);
        let decoder = decoder.map_err(|error| CodingRefused::Corrupt {
            coding: coding.to_owned(),
            what: error.to_string(),
        })?;
        decoded.extend(read_all(coding, encoded, decoder, left)?);
    }
    Ok(decoded)
}

fn read_all(
    coding: &str,
    encoded: &[u8],
    decoder: impl Read,
    limit: u64,
) -> Result<Vec<u8>, CodingRefused> {
    let mut decoded = Vec::new();
    let read = decoder.take(limit + 1).read_to_end(&mut decoded);
    read.map_err(|error| CodingRefused::Corrupt {
        coding: coding.to_owned(),
        what: error.to_string(),
    })?;
    if decoded.len() as u64 > limit {
        return Err(CodingRefused::TooLarge {
            coding: coding.to_owned(),
            encoded: encoded.len(),
        });
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(octets: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(octets).unwrap();
        encoder.finish().unwrap()
    }

    fn brotli(octets: &[u8]) -> Vec<u8> {
        let mut encoded = Vec::new();
        brotli::CompressorWriter::new(&mut encoded, 4096, 5, 20)
            .write_all(octets)
            .unwrap();
        encoded
    }

    fn zstd_of(octets: &[u8]) -> Vec<u8> {
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        ruzstd::encoding::compress_to_vec(octets, level)
    }

    #[test]
    fn what_was_packed_comes_out_again() {
        let page = b"<p>hello</p>".repeat(200);
        assert_eq!(decode("gzip", gzip(&page)), Ok(page.clone()));
        assert_eq!(decode("br", brotli(&page)), Ok(page.clone()));
        assert_eq!(decode("zstd", zstd_of(&page)), Ok(page.clone()));
        assert_eq!(decode("gzip, br", brotli(&gzip(&page))), Ok(page.clone()));
        assert_eq!(decode("identity", page.clone()), Ok(page));
    }

    #[test]
    fn a_bomb_is_named_with_what_went_in() {
        let zeros = vec![0; 100_000];
        for (coding, packed) in [
            ("gzip", gzip(&zeros)),
            ("br", brotli(&zeros)),
            ("zstd", zstd_of(&zeros)),
        ] {
            let refused = decode_within(coding, packed.clone(), 50_000).unwrap_err();
            let encoded = packed.len();
            let coding = coding.to_owned();
            assert_eq!(refused, CodingRefused::TooLarge { coding, encoded });
        }
    }

    #[test]
    fn cut_and_foreign_octets_are_corrupt() {
        let mut cut = gzip(b"hello hello hello");
        cut.truncate(cut.len() - 9);
        for (coding, octets) in [("gzip", cut), ("br", vec![0xff; 9]), ("zstd", vec![1; 9])] {
            let refused = decode(coding, octets).unwrap_err();
            assert!(
                matches!(refused, CodingRefused::Corrupt { .. }),
                "{refused:?}"
            );
        }
        let unknown = decode("lzw", vec![1]).unwrap_err();
        assert_eq!(unknown, CodingRefused::Unknown("lzw".to_owned()));
    }
}

//! What may be wrong with a web server: damage to its files and its answers.

use super::files::Files;
use crate::{Answer, fields};
use bytes::Bytes;
use http::{Response, StatusCode, header};

/// One damage. Paths are whole paths, as `/img/3.png`; they may be the application's too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StaticFault {
    /// The file is gone.
    Missing(String),
    /// The file holds other octets: its first quarter is right, the rest is garbage.
    Garbled(String),
    /// The path leads to itself.
    RedirectLoop(String),
    /// The answer ends halfway through its declared length.
    Truncated(String),
    /// There is never an answer.
    Silent(String),
    /// The path is answered by this status and nothing else.
    Status(String, u16),
}

/// Does to the files what was done to the disk.
pub fn damage_files(files: &mut Files, faults: &[StaticFault]) {
    for fault in faults {
        match fault {
            StaticFault::Missing(path) => {
                files.remove(path);
            }
            StaticFault::Garbled(path) => {
                if let Some(file) = files.remove(path) {
                    files.insert(path, garbled(file.octets()));
                }
            }
            _ => {}
        }
    }
}

fn garbled(octets: &[u8]) -> Vec<u8> {
    let right = octets.len() / 4;
    let garbage = octets[right..]
        .iter()
        .map(|octet| octet.rotate_left(3) ^ 0x5a);
    octets[..right].iter().copied().chain(garbage).collect()
}

/// Whether `path` is never answered.
pub fn is_silent(faults: &[StaticFault], path: &str) -> bool {
    faults
        .iter()
        .any(|fault| matches!(fault, StaticFault::Silent(at) if at == path))
}

/// The answer that stands in the place of `path`'s own, if any. A file that is gone is 404 here:
/// the application is not asked for it.
pub fn instead(faults: &[StaticFault], path: &str) -> Option<Response<Bytes>> {
    faults.iter().find_map(|fault| match fault {
        StaticFault::Missing(at) if at == path => {
            let words = "There is no such file.";
            Some(crate::page_of_failure(StatusCode::NOT_FOUND, words))
        }
        StaticFault::RedirectLoop(at) if at == path => {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::FOUND;
            let location = fields::value(path);
            response.headers_mut().insert(header::LOCATION, location);
            Some(response)
        }
        StaticFault::Status(at, status) if at == path => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::NOT_FOUND);
            let words = status.canonical_reason().unwrap_or("No");
            Some(crate::page_of_failure(status, words))
        }
        _ => None,
    })
}

/// Cuts the answer to half, if that is `path`'s damage.
pub fn cut(faults: &[StaticFault], path: &str, answer: Answer) -> Answer {
    let hit = faults
        .iter()
        .any(|fault| matches!(fault, StaticFault::Truncated(at) if at == path));
    let whole = answer.response.body().octets().len();
    if !hit || whole < 2 {
        return answer;
    }
    let response = answer
        .response
        .map(|payload| payload.octets().slice(..whole / 2));
    Answer::broken_off(response, whole as u64, answer.because)
}

//! Questions over HTTPS (RFC 8484): GET with the question in the query, POST with it as the body.

use super::{Answered, Door, Server, Silence};
use crate::{Answer, Ask, Handler};
use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use std::rc::Rc;
use thru_events::Cause;
use thru_port::LocalFuture;

/// The only resource.
pub const PATH: &str = "/dns-query";
const MEDIA_TYPE: &str = "application/dns-message";
/// Largest message (RFC 8484, section 6).
const MESSAGE_LIMIT: usize = 65_535;

/// A name server behind HTTP.
pub(super) struct OverHttps {
    pub name: String,
    pub server: Rc<Server>,
}

impl Handler for OverHttps {
    fn name(&self) -> &str {
        &self.name
    }

    fn answer(self: Rc<Self>, ask: Ask) -> LocalFuture<Answer> {
        Box::pin(async move {
            let question = match question(&ask.request) {
                Ok(question) => question,
                Err(status) => return refusal(status, ask.received),
            };
            let server = &self.server;
            let answered = server
                .answer(&question, ask.from, Door::Https, ask.received)
                .await;
            told(answered, ask.received)
        })
    }
}

fn told(answered: Result<Answered, Silence>, received: Cause) -> Answer {
    match answered {
        Ok(answered) => message(answered.octets, answered.fresh_s, answered.sent),
        Err(Silence::NoQuestion) => refusal(StatusCode::BAD_REQUEST, received),
        // Over HTTP there is no silence: who is to get no answer is told just that.
        Err(Silence::Ruled) => refusal(StatusCode::FORBIDDEN, received),
    }
}

/// The message of a request, or the status that says what is wrong with it.
fn question(request: &Request<Bytes>) -> Result<Vec<u8>, StatusCode> {
    if request.uri().path() != PATH {
        return Err(StatusCode::NOT_FOUND);
    }
    let octets = match *request.method() {
        Method::GET | Method::HEAD => in_query(request.uri().query().unwrap_or_default())?,
        Method::POST => {
            let kind = request.headers().get(header::CONTENT_TYPE);
            let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
            let kind = kind.split(';').next().unwrap_or_default().trim();
            if !kind.eq_ignore_ascii_case(MEDIA_TYPE) {
                return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
            }
            request.body().to_vec()
        }
        _ => return Err(StatusCode::METHOD_NOT_ALLOWED),
    };
    match octets.len() {
        0 => Err(StatusCode::BAD_REQUEST),
        length if length > MESSAGE_LIMIT => Err(StatusCode::PAYLOAD_TOO_LARGE),
        _ => Ok(octets),
    }
}

/// The value of `dns`, in base64url without padding (RFC 8484, section 6).
fn in_query(query: &str) -> Result<Vec<u8>, StatusCode> {
    let mut pairs = query.split('&');
    let value = pairs.find_map(|pair| pair.strip_prefix("dns="));
    value
        .and_then(|text| BASE64URL_NOPAD.decode(text.as_bytes()).ok())
        .ok_or(StatusCode::BAD_REQUEST)
}

/// RFC 8484, section 5.1: it is fresh no longer than its records.
fn message(octets: Vec<u8>, fresh_s: u32, because: Cause) -> Answer {
    let mut response = Response::new(Bytes::from(octets));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    let fresh = HeaderValue::try_from(format!("max-age={fresh_s}"));
    if let Ok(fresh) = fresh {
        headers.insert(header::CACHE_CONTROL, fresh);
    }
    Answer::whole(response, because)
}

fn refusal(status: StatusCode, because: Cause) -> Answer {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    if status == StatusCode::METHOD_NOT_ALLOWED {
        let allowed = HeaderValue::from_static("GET, HEAD, POST");
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    Answer::whole(response, because)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_is_read_without_padding() {
        assert_eq!(in_query("dns=AAEC_-8"), Ok(vec![0, 1, 2, 255, 239]));
        for wrong in ["A", "AAEC/+8", "AAE=", "AA EC", "ABCDE"] {
            let read = in_query(&format!("dns={wrong}"));
            assert_eq!(read, Err(StatusCode::BAD_REQUEST), "{wrong}");
        }
    }

    #[test]
    fn who_is_to_get_no_answer_is_told_that_it_is_forbidden() {
        for (silence, status) in [(Silence::NoQuestion, 400), (Silence::Ruled, 403)] {
            let answer = told(Err(silence), None);
            assert_eq!(answer.response.status().as_u16(), status);
        }
    }

    #[test]
    fn what_is_no_question_has_a_status() {
        let request = |method: Method, target: &str, kind: &str, body: &'static [u8]| {
            let built = Request::builder().method(method).uri(target);
            let built = built.header(header::CONTENT_TYPE, kind);
            question(&built.body(Bytes::from_static(body)).unwrap())
                .map_err(|status| status.as_u16())
        };
        let get = |target| request(Method::GET, target, "", b"");
        let post = |kind, body| request(Method::POST, "/dns-query", kind, body);
        assert_eq!(get("/dns-query?dns=AAEC"), Ok(vec![0, 1, 2]));
        assert_eq!(get("/dns-query?ct&dns=AAEC"), Ok(vec![0, 1, 2]));
        assert_eq!(get("/dns-query"), Err(400));
        assert_eq!(get("/dns-query?dns="), Err(400));
        assert_eq!(get("/dns-query?dns=%20"), Err(400));
        assert_eq!(get("/"), Err(404));
        assert_eq!(post("application/dns-message", b"\x01"), Ok(vec![1]));
        assert_eq!(post("Application/DNS-Message; x=y", b"\x01"), Ok(vec![1]));
        assert_eq!(post("text/plain", b"\x01"), Err(415));
        assert_eq!(post("application/dns-message", b""), Err(400));
        assert_eq!(request(Method::PUT, "/dns-query", "", b"x"), Err(405));
    }
}

use crate::{Fetch, FetchOrder, Fetched};
use bytes::Bytes;
use std::rc::Rc;
use thru_events::{Blame, Code, Failed};
use thru_port::LocalFuture;
use url::Url;

/// Octets of a resource and its content type.
pub type Resource = (Bytes, Option<String>);

/// Gets resources from a closure: suites read files with it, tests hand in a map. `data:` URLs
/// are decoded here. Its futures are ready at once.
pub struct LocalFetch {
    read: Rc<dyn Fn(&Url) -> Option<Resource>>,
}

impl LocalFetch {
    /// From a closure that gives what is at a URL.
    pub fn new(read: impl Fn(&Url) -> Option<Resource> + 'static) -> LocalFetch {
        LocalFetch {
            read: Rc::new(read),
        }
    }

    /// The resource at a URL as a fetched document.
    pub fn document(&self, url: &Url) -> Option<Fetched> {
        let (body, content_type) = (self.read)(url)?;
        Some(Fetched {
            url: url.clone(),
            status: 200,
            content_type,
            body,
            cause: None,
        })
    }
}

impl Fetch for LocalFetch {
    fn fetch(&self, order: FetchOrder) -> LocalFuture<Result<Fetched, Failed>> {
        let answer = if order.url.scheme() == "data" {
            crate::local::read_data(&order.url).map(|(kind, body)| (Bytes::from(body), Some(kind)))
        } else {
            (self.read)(&order.url)
        };
        let fetched = match answer {
            Some((body, content_type)) => Ok(Fetched {
                url: order.url,
                status: 200,
                content_type,
                body,
                cause: order.cause,
            }),
            None => Err(Failed::new(
                Code::HttpError,
                Blame::PeerRefused,
                order.url.as_str(),
                format!("There is nothing at {}.", order.url),
            )),
        };
        Box::pin(std::future::ready(fetched))
    }
}

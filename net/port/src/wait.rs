use crate::Port;
use futures_util::future::{Either, select};
use std::{future::Future, pin::pin, time::Duration};

/// The time given is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

/// Runs `work` for at most `limit` on the trip's clock.
pub async fn with_limit<T>(
    port: &dyn Port,
    limit: Duration,
    work: impl Future<Output = T>,
) -> Result<T, Elapsed> {
    match select(pin!(work), port.sleep(limit)).await {
        Either::Left((done, _)) => Ok(done),
        Either::Right(_) => Err(Elapsed),
    }
}

/// Whichever ends first; the first one is asked first, always.
pub async fn first_of<T>(first: impl Future<Output = T>, second: impl Future<Output = T>) -> T {
    match select(pin!(first), pin!(second)).await {
        Either::Left((done, _)) | Either::Right((done, _)) => done,
    }
}

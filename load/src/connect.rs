//! Happy eyeballs: several addresses, one connection (RFC 8305).

use crate::broken::Broken;
use std::{
    future::poll_fn,
    net::{IpAddr, SocketAddr},
    rc::Rc,
    task::Poll,
    time::Duration,
};
use thru_events::{Cause, Code, Failed, named, tcp::TcpEvent};
use thru_port::{Connected, LocalFuture, Port, PortFailure, with_limit};

/// Time between the starts of two attempts (RFC 8305, section 5).
const CONNECTION_ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Most addresses that are tried.
const MAX_ATTEMPTS: usize = 16;

/// Connects to the first of `addresses` that answers, in at most `limit`.
pub(crate) async fn connect(
    port: &Rc<dyn Port>,
    host: &str,
    addresses: &[IpAddr],
    number: u16,
    limit: Duration,
    cause: Cause,
) -> Result<Connected, Broken> {
    let remotes: Vec<_> = interleaved(addresses)
        .into_iter()
        .take(MAX_ATTEMPTS)
        .map(|address| SocketAddr::new(address, number))
        .collect();
    let Some(&first) = remotes.first() else {
        let message = format!("{host} has no address of the family asked for.");
        let failed = Failed::new(
            Code::DnsNoData,
            thru_events::Blame::PolicyRefused,
            host,
            message,
        );
        return Err(Broken::new(failed, cause));
    };
    let raced = with_limit(&**port, limit, race(port, &remotes, cause)).await;
    match raced {
        Ok(Ok(won)) => Ok(won),
        Ok(Err((remote, failure))) => Err(Broken::unopened(&failure, remote, host, cause)),
        Err(_) => Err(timed_out(host, first, limit, cause)),
    }
}

fn timed_out(host: &str, first: SocketAddr, limit: Duration, cause: Cause) -> Broken {
    let who = named(host, first);
    let message = format!(
        "{who} did not answer the request for a connection within {} s.",
        limit.as_secs_f64()
    );
    let failed = Failed::timed_out(Code::TcpTimedOut, "SYN-ACK", who, message);
    Broken {
        unreached: Some(first),
        ..Broken::new(failed, cause)
    }
}

/// Families take turns, each in its own order, the family of the first address first (RFC 8305,
/// section 4).
fn interleaved(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let v6_first = addresses.first().is_some_and(IpAddr::is_ipv6);
    let mut one = addresses
        .iter()
        .filter(|address| address.is_ipv6() == v6_first);
    let mut other = addresses
        .iter()
        .filter(|address| address.is_ipv6() != v6_first);
    let mut order = Vec::with_capacity(addresses.len());
    loop {
        match (one.next(), other.next()) {
            (None, None) => return order,
            (first, second) => order.extend(first.into_iter().chain(second)),
        }
    }
}

type Attempt = (SocketAddr, LocalFuture<Result<Connected, PortFailure>>);

/// The race itself: a new attempt at each tick and after each failure; the first to open wins
/// and the others are given up.
async fn race(
    port: &Rc<dyn Port>,
    remotes: &[SocketAddr],
    cause: Cause,
) -> Result<Connected, (SocketAddr, PortFailure)> {
    let mut waiting = remotes.iter();
    let mut running: Vec<Attempt> = Vec::new();
    let mut first_failure = None;
    let mut tick = port.sleep(Duration::ZERO);
    let mut tried = 0;
    let outcome = poll_fn(|context| {
        loop {
            let mut at = 0;
            while at < running.len() {
                let (remote, attempt) = &mut running[at];
                match attempt.as_mut().poll(context) {
                    Poll::Ready(Ok(won)) => return Poll::Ready(Ok((won, tried))),
                    Poll::Ready(Err(failure)) => {
                        first_failure.get_or_insert((*remote, failure));
                        drop(running.remove(at));
                        tick = port.sleep(Duration::ZERO);
                    }
                    Poll::Pending => at += 1,
                }
            }
            if waiting.as_slice().is_empty() {
                match first_failure.take_if(|_| running.is_empty()) {
                    Some(failure) => return Poll::Ready(Err(failure)),
                    None => return Poll::Pending,
                }
            }
            if tick.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            if let Some(&remote) = waiting.next() {
                tried += 1;
                running.push((remote, port.connect(remote, cause)));
                tick = port.sleep(CONNECTION_ATTEMPT_DELAY);
            }
        }
    })
    .await;
    let (won, tried) = outcome?;
    let info = won.stream.info();
    let stated = (remotes.len() > 1).then(|| {
        port.tap().emit(won.opened, || TcpEvent::RaceWon {
            connection: info.connection,
            remote: info.remote,
            tried,
        })
    });
    Ok(Connected {
        opened: stated.flatten().or(won.opened),
        stream: won.stream,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns_and_the_first_address_begins() {
        let addresses: Vec<IpAddr> = ["2001:db8::1", "10.0.0.1", "10.0.0.2", "2001:db8::2"]
            .iter()
            .filter_map(|text| text.parse().ok())
            .collect();
        let order: Vec<_> = interleaved(&addresses)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            order,
            ["2001:db8::1", "10.0.0.1", "2001:db8::2", "10.0.0.2"]
        );
    }
}

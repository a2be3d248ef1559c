//! Happy eyeballs: several addresses, one connection (RFC 8305).

use crate::{broken::Broken, look_up::LateAnswers};
use std::{
    collections::VecDeque,
    future::poll_fn,
    net::{IpAddr, SocketAddr},
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};
use thru_dns::Late;
use thru_events::{Cause, Code, Failed, named, tcp::TcpEvent};
use thru_port::{Connected, LocalFuture, Port, PortFailure, with_limit};

/// Time between the starts of two attempts (RFC 8305, section 5).
const CONNECTION_ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Most addresses that are tried.
const MAX_ATTEMPTS: usize = 16;

/// Connects to the first of `addresses` that answers, in at most `limit`; addresses that come late are
/// taken in (RFC 8305, section 5).
pub(crate) async fn connect(
    port: &Rc<dyn Port>,
    (host, number): (&str, u16),
    addresses: &[IpAddr],
    late: Option<LateAnswers>,
    limit: Duration,
    cause: Cause,
) -> Result<Connected, Broken> {
    let mut runners = Runners::new(number, addresses, cause);
    let Some(&(first, _)) = runners.waiting.front() else {
        let message = format!("{host} has no address of the family asked for.");
        let failed = Failed::new(
            Code::DnsNoData,
            thru_events::Blame::PolicyRefused,
            host,
            message,
        );
        return Err(Broken::new(failed, cause));
    };
    let raced = with_limit(&**port, limit, race(port, &mut runners, late)).await;
    match raced {
        Ok(Ok(won)) => Ok(won),
        Ok(Err((remote, failure))) => Err(Broken::unopened(&failure, remote, host, cause)),
        Err(_) => Err(timed_out(host, first, limit, cause)),
    }
}

/// Who is in the race.
struct Runners {
    number: u16,
    /// In order, each with what made it one.
    waiting: VecDeque<(SocketAddr, Cause)>,
    started: Vec<SocketAddr>,
}

impl Runners {
    fn new(number: u16, addresses: &[IpAddr], cause: Cause) -> Runners {
        let mut runners = Runners {
            number,
            waiting: VecDeque::new(),
            started: Vec::new(),
        };
        runners.take_in(addresses, cause);
        runners
    }

    /// Puts those that have not started in the order of all; who is new has `cause`.
    fn take_in(&mut self, all: &[IpAddr], cause: Cause) {
        let before = std::mem::take(&mut self.waiting);
        for address in interleaved(all) {
            let remote = SocketAddr::new(address, self.number);
            let full = self.started.len() + self.waiting.len() >= MAX_ATTEMPTS;
            if full || self.started.contains(&remote) {
                continue;
            }
            let known = before.iter().find(|(known, _)| *known == remote);
            self.waiting.push_back(*known.unwrap_or(&(remote, cause)));
        }
    }

    fn start(&mut self) -> Option<(SocketAddr, Cause)> {
        let (remote, cause) = self.waiting.pop_front()?;
        self.started.push(remote);
        Some((remote, cause))
    }

    fn are_several(&self) -> bool {
        self.started.len() + self.waiting.len() > 1
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

/// Waits for addresses that come late.
type Coming = LocalFuture<(LateAnswers, Option<Late>)>;

fn wait_for(mut late: LateAnswers) -> Coming {
    Box::pin(async move {
        let came = late.next().await;
        (late, came)
    })
}

/// The race itself: a new attempt at each tick and after each failure; the first to open wins
/// and the others are given up.
async fn race(
    port: &Rc<dyn Port>,
    runners: &mut Runners,
    late: Option<LateAnswers>,
) -> Result<Connected, (SocketAddr, PortFailure)> {
    let mut coming = late.map(wait_for);
    let mut running: Vec<Attempt> = Vec::new();
    let mut first_failure = None;
    let mut tick = port.sleep(Duration::ZERO);
    let won = poll_fn(|context| {
        loop {
            let mut at = 0;
            while at < running.len() {
                let (remote, attempt) = &mut running[at];
                match attempt.as_mut().poll(context) {
                    Poll::Ready(Ok(won)) => return Poll::Ready(Ok(won)),
                    Poll::Ready(Err(failure)) => {
                        first_failure.get_or_insert((*remote, failure));
                        drop(running.remove(at));
                        tick = port.sleep(Duration::ZERO);
                    }
                    Poll::Pending => at += 1,
                }
            }
            take_in_late(&mut coming, runners, context);
            if runners.waiting.is_empty() {
                let over = running.is_empty() && coming.is_none();
                match first_failure.take_if(|_| over) {
                    Some(failure) => return Poll::Ready(Err(failure)),
                    None => return Poll::Pending,
                }
            }
            if tick.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            if let Some((remote, cause)) = runners.start() {
                running.push((remote, port.connect(remote, cause)));
                tick = port.sleep(CONNECTION_ATTEMPT_DELAY);
            }
        }
    })
    .await?;
    let info = won.stream.info();
    let stated = runners.are_several().then(|| {
        port.tap().emit(won.opened, || TcpEvent::RaceWon {
            connection: info.connection,
            remote: info.remote,
            tried: runners.started.len() as u32,
        })
    });
    Ok(Connected {
        opened: stated.flatten().or(won.opened),
        stream: won.stream,
    })
}

/// Takes in what has come by now.
fn take_in_late(coming: &mut Option<Coming>, runners: &mut Runners, context: &mut Context<'_>) {
    while let Some(wait) = coming
        && let Poll::Ready((late, came)) = wait.as_mut().poll(context)
    {
        *coming = came.is_some().then(|| wait_for(late));
        if let Some(Late::Addresses { all, cause }) = came {
            runners.take_in(&all, cause);
        }
    }
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

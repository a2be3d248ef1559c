//! Happy eyeballs: several addresses, one connection (RFC 8305).

use crate::{
    broken::{Broken, words},
    look_up::LateAnswers,
};
use std::{
    collections::VecDeque,
    future::poll_fn,
    net::{IpAddr, SocketAddr},
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};
use thru_dns::Late;
use thru_events::{Cause, Code, Failed, Stage, Tap, Time, named, tcp::TcpEvent, trip::TripEvent};
use thru_port::{Connected, LocalFuture, Port, PortFailure, PortFailureKind, with_limit};

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
    let raced = with_limit(&**port, limit, race(port, host, &mut runners, late)).await;
    match raced {
        Ok(Ok(won)) => Ok(won),
        Ok(Err((remote, failure))) => Err(Broken::unopened(&failure, remote, host, cause)),
        // Those that said no are not silent, though more addresses were waited for.
        Err(_) => match runners.first_failure().filter(|_| runners.all_failed()) {
            Some((remote, failure)) => Err(Broken::unopened(&failure, remote, host, cause)),
            None => Err(timed_out(host, first, limit, cause)),
        },
    }
}

/// Who is in the race.
struct Runners {
    number: u16,
    /// In order, each with what made it one.
    waiting: VecDeque<(SocketAddr, Cause)>,
    started: Vec<Started>,
}

/// An attempt that was begun.
struct Started {
    remote: SocketAddr,
    at: Time,
    /// What came of it before another one won.
    failure: Option<PortFailure>,
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
            if full || self.started.iter().any(|started| started.remote == remote) {
                continue;
            }
            let known = before.iter().find(|(known, _)| *known == remote);
            self.waiting.push_back(*known.unwrap_or(&(remote, cause)));
        }
    }

    fn start(&mut self, at: Time) -> Option<(SocketAddr, Cause)> {
        let (remote, cause) = self.waiting.pop_front()?;
        self.started.push(Started {
            remote,
            at,
            failure: None,
        });
        Some((remote, cause))
    }

    fn failed(&mut self, remote: SocketAddr, failure: PortFailure) {
        let own = |started: &&mut Started| started.remote == remote;
        if let Some(started) = self.started.iter_mut().find(own) {
            started.failure = Some(failure);
        }
    }

    /// Nobody is still on the way.
    fn all_failed(&self) -> bool {
        let mut started = self.started.iter();
        started.all(|started| started.failure.is_some())
    }

    /// What failed first.
    fn first_failure(&self) -> Option<(SocketAddr, PortFailure)> {
        let failed = self.started.iter().filter_map(|started| {
            let failure = started.failure.clone()?;
            Some((started.remote, failure))
        });
        failed.min_by_key(|(_, failure)| failure.at)
    }

    /// Says of every address that was tried before the winner how much time it cost.
    fn state_passed_over(&self, tap: &Tap, host: &str, winner: SocketAddr, cause: Cause) {
        let own = |started: &&Started| started.remote == winner;
        let Some(won) = self.started.iter().find(own) else {
            return;
        };
        let before = self
            .started
            .iter()
            .take_while(|started| started.remote != winner);
        for passed in before {
            let cost = won.at.since(passed.at);
            tap.emit(cause, || TripEvent::Found {
                stage: Stage::Tcp,
                finding: passed_over(host, passed, winner, cost),
            });
        }
    }

    fn are_several(&self) -> bool {
        self.started.len() + self.waiting.len() > 1
    }
}

fn passed_over(host: &str, passed: &Started, winner: SocketAddr, cost: Duration) -> Failed {
    let (ms, who) = (cost.as_millis(), named(host, passed.remote));
    let code = Code::TcpHappyEyeballsDelay;
    match &passed.failure {
        Some(failure) => {
            let (_, blame) = failure.kind.meaning();
            let words = match failure.kind {
                PortFailureKind::NoRoute | PortFailureKind::NoAddress => {
                    "cannot be reached from this machine"
                }
                kind => words(kind),
            };
            let message = format!(
                "{who} {words}, so {} was used; that cost {ms} ms.",
                winner.ip()
            );
            Failed::new(code, blame, who, message)
        }
        None => {
            let message = format!(
                "{who} did not answer within {ms} ms, so {} was tried beside it, and answered first.",
                winner.ip()
            );
            Failed::timed_out(code, "SYN-ACK", who, message)
        }
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
    host: &str,
    runners: &mut Runners,
    late: Option<LateAnswers>,
) -> Result<Connected, (SocketAddr, PortFailure)> {
    let mut coming = late.map(wait_for);
    let mut running: Vec<Attempt> = Vec::new();
    let mut tick = port.sleep(Duration::ZERO);
    let won = poll_fn(|context| {
        loop {
            let mut at = 0;
            while at < running.len() {
                let (remote, attempt) = &mut running[at];
                match attempt.as_mut().poll(context) {
                    Poll::Ready(Ok(won)) => return Poll::Ready(Ok(won)),
                    Poll::Ready(Err(failure)) => {
                        runners.failed(*remote, failure);
                        drop(running.remove(at));
                        tick = port.sleep(Duration::ZERO);
                    }
                    Poll::Pending => at += 1,
                }
            }
            take_in_late(&mut coming, runners, context);
            if runners.waiting.is_empty() {
                let over = running.is_empty() && coming.is_none();
                match runners.first_failure().filter(|_| over) {
                    Some(failure) => return Poll::Ready(Err(failure)),
                    None => return Poll::Pending,
                }
            }
            if tick.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            if let Some((remote, cause)) = runners.start(port.now()) {
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
    let opened = stated.flatten().or(won.opened);
    runners.state_passed_over(&port.tap(), host, info.remote, opened);
    Ok(Connected {
        opened,
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

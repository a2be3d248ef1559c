//! What is being waited for, so that `-m` can end with the time-out of that stage.

use std::{cell::RefCell, rc::Rc, time::Duration};
use thru_events::{Cause, Code, Failed, Stage};

use crate::broken::Broken;

#[derive(Clone, Debug)]
struct Line {
    number: u64,
    stage: Stage,
    whom: String,
    cause: Cause,
}

/// Everything that is waited for now, oldest first.
#[derive(Clone, Default)]
pub(crate) struct Waiting {
    lines: Rc<RefCell<(u64, Vec<Line>)>>,
}

/// One wait; over when dropped.
pub(crate) struct Wait {
    waiting: Waiting,
    number: u64,
}

impl Waiting {
    /// From now on `stage` waits for `whom`, because of `cause`.
    pub fn begin(&self, stage: Stage, whom: impl Into<String>, cause: Cause) -> Wait {
        let (next, lines) = &mut *self.lines.borrow_mut();
        *next += 1;
        lines.push(Line {
            number: *next,
            stage,
            whom: whom.into(),
            cause,
        });
        Wait {
            waiting: self.clone(),
            number: *next,
        }
    }

    /// The trip's time is over: the failure of what has been waited for longest.
    pub fn time_is_over(&self, limit: Duration, otherwise: Cause) -> Broken {
        let line = self.lines.borrow().1.first().cloned();
        let seconds = limit.as_secs_f64();
        let Some(line) = line else {
            let message = format!("The trip's time of {seconds} s was over.");
            let code = Code::HttpResponseTimedOut;
            let failed = Failed::timed_out(code, "the page", "this machine", message);
            return Broken::new(failed, otherwise);
        };
        let (code, what) = match line.stage {
            Stage::Lease => (Code::DhcpNoLease, "an address"),
            Stage::Dns => (Code::DnsUnreachable, "an answer"),
            Stage::Tcp => (Code::TcpTimedOut, "the connection"),
            Stage::Tls => (Code::TlsTimedOut, "the TLS handshake"),
            _ => (Code::HttpResponseTimedOut, "the whole response"),
        };
        let whom = line.whom;
        let message = format!(
            "The trip's time of {seconds} s was over; {what} of {whom} was still waited for."
        );
        Broken::new(
            Failed::timed_out(code, what, whom, message),
            line.cause.or(otherwise),
        )
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let (_, lines) = &mut *self.waiting.lines.borrow_mut();
        lines.retain(|line| line.number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_wait_names_the_code() {
        let waiting = Waiting::default();
        let dns = waiting.begin(Stage::Dns, "shop.lab", None);
        let _tls = waiting.begin(Stage::Tls, "img.lab", None);
        let limit = Duration::from_secs(2);
        let failed = waiting.time_is_over(limit, None).failed;
        assert_eq!(
            (failed.code, failed.culprit.as_str()),
            (Code::DnsUnreachable, "shop.lab")
        );
        drop(dns);
        assert_eq!(
            waiting.time_is_over(limit, None).failed.code,
            Code::TlsTimedOut
        );
    }
}

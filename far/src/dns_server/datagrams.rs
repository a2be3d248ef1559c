//! Questions by UDP: taken in by the batch, those that are known answered at once, in one go.

use super::front::{Moment, WAITING_LIMIT};
use super::{Answered, Door, Server, Work};
use std::{net::SocketAddr, rc::Rc, time::Duration};
use thru_dns::StoredAnswers;
use thru_events::{Stage, Time, dns::DnsEvent, trip::TripEvent};
use thru_port::{BATCH_LIMIT, BATCH_ROOM, Batch, BatchLetter, Datagrams, Port, PortFailureKind};

/// Part of its TTL for which an answer is given as it was sent, in hundredths: after it the long
/// way is taken, which asks again for what is about to end.
const AS_SENT: u32 = 89;

/// How long nothing is read after the system refused to read, so that a lasting failure does not spin.
const FAILURE_PAUSE: Duration = Duration::from_millis(100);

pub(super) async fn serve_datagrams(server: Rc<Server>, socket: Rc<dyn Datagrams>) {
    let mut batch = Batch::new(BATCH_LIMIT);
    loop {
        batch = match next_batch(&server.port, &socket, batch).await {
            Some(batch) => batch,
            None => return,
        };
        server.state_missed();
        for letter in batch.letters_mut() {
            if !server.answers_as_sent(letter) {
                take_in(&server, &socket, letter).await;
            }
        }
        batch = socket.send_many(batch).await;
    }
}

/// What comes next; `None` if the socket is gone.
pub(super) async fn next_batch(
    port: &Rc<dyn Port>,
    socket: &Rc<dyn Datagrams>,
    mut batch: Batch,
) -> Option<Batch> {
    loop {
        let failure = match socket.receive_many(batch).await {
            Ok(batch) => return Some(batch),
            Err(failure) => failure,
        };
        match failure.kind {
            PortFailureKind::Closed => return None,
            // What ICMP said of an earlier answer.
            PortFailureKind::Refused | PortFailureKind::Unreachable => {}
            _ => port.sleep(FAILURE_PAUSE).await,
        }
        batch = Batch::new(BATCH_LIMIT);
    }
}

/// Answers a question out of zones, or begins to work on it.
async fn take_in(server: &Rc<Server>, socket: &Rc<dyn Datagrams>, letter: &mut BatchLetter) {
    if letter.cut {
        let (server_of, why) = (
            letter.from,
            format!("it is longer than {BATCH_ROOM} octets"),
        );
        let tap = server.port.tap();
        tap.emit(letter.cause, || DnsEvent::ResponseIgnored {
            server: server_of,
            why: why.into(),
        });
        return;
    }
    let (client, cause) = (letter.from, letter.cause);
    let began = server.work.borrow().clone();
    let at_once = matches!(*began, Work::Zones(_));
    if at_once {
        let answer = server
            .answer(letter.octets(), client, Door::Udp, cause)
            .await;
        if let Ok(answer) = answer {
            server.keep_as_sent(&began, letter.octets(), &answer);
            (letter.answer, letter.because) = (answer.octets, answer.sent);
        }
        return;
    }
    let (answering, socket, question) = (server.clone(), socket.clone(), letter.octets().to_vec());
    let task = async move {
        let answer = answering.answer(&question, client, Door::Udp, cause).await;
        if let Ok(answer) = answer {
            answering.keep_as_sent(&began, &question, &answer);
            // A client that has gone away is told so by ICMP; the server goes on.
            let _ = socket.send(&answer.octets, client, answer.sent).await;
        }
    };
    server.port.spawn("dns question", Box::pin(task));
}

impl Server {
    /// Says what workers could not take in: they have no record of their own.
    fn state_missed(&self) {
        let (missed, tap) = (self.front.take_missed(), self.port.tap());
        if missed.dropped > 0 {
            tap.emit(None, || TripEvent::LimitReached {
                stage: Stage::Dns,
                limit: "questions that wait to be taken over from workers".into(),
                value: WAITING_LIMIT as u64,
            });
        }
        if missed.cut > 0 {
            tap.emit(None, || TripEvent::LimitReached {
                stage: Stage::Dns,
                limit: "octets of a question by UDP".into(),
                value: BATCH_ROOM as u64,
            });
        }
    }

    /// Answers a question that was answered before, and nothing of whose way is recorded.
    fn answers_as_sent(&self, letter: &mut BatchLetter) -> bool {
        if self.port.tap().is_on() {
            return false;
        }
        let front = &self.front;
        let moment = Moment::of(self.port.as_ref());
        front.answers_as_sent(&front.gate(), moment, letter)
    }

    /// The same for a question that came over a connection.
    pub(super) fn answer_as_sent(
        &self,
        question: &[u8],
        client: SocketAddr,
        door: Door,
    ) -> Option<Vec<u8>> {
        if self.port.tap().is_on() {
            return None;
        }
        let (moment, hidden) = (Moment::of(self.port.as_ref()), door != Door::Tcp);
        let front = &self.front;
        front.answer_as_sent(moment, question, client.ip(), hidden)
    }

    /// `began`: what the server did when the question came. What was cut for one client is not kept
    /// for another.
    pub(super) fn keep_as_sent(&self, began: &Rc<Work>, question: &[u8], answer: &Answered) {
        if self.port.tap().is_on() || !answer.keeps {
            return;
        }
        let (now, stored) = (self.port.now(), &self.front.stored);
        keep(
            stored,
            now,
            (began, &self.work.borrow()),
            (question, &answer.octets),
        );
    }
}

/// Keeps an answer, if the server does the same still as when the question came: what it said before
/// its files were read again is not said again.
fn keep(
    stored: &StoredAnswers,
    now: Time,
    (began, does): (&Rc<Work>, &Rc<Work>),
    (question, answer): (&[u8], &[u8]),
) {
    if !Rc::ptr_eq(began, does) {
        return;
    }
    match **began {
        Work::Zones(_) => stored.keep(now, question, answer),
        _ => stored.keep_aging(now, question, answer, AS_SENT),
    }
}

#[cfg(test)]
mod tests {
    use super::super::asks::Asks;
    use super::*;
    use thru_dns::{Asker, CookieSecret, Zone, Zones, read_question};

    #[test]
    fn an_answer_of_what_the_server_did_before_is_not_kept() {
        let zone =
            "lab. 300 SOA ns.lab. x. 1 1 1 1 60\nlab. 300 NS ns.lab.\nlab. 300 A 192.0.2.1\n";
        let zones = Zones::new(vec![Zone::parse(zone).unwrap()]);
        let question = b"\0\x07\x01\0\0\x01\0\0\0\0\0\0\x03lab\0\0\x01\0\x01";
        let asked = read_question(question).unwrap();
        let answer = zones.answer(&asked, None).octets(true);
        let port = thru_memory::World::new().silent_machine_at([192, 0, 2, 1]);
        let asker = Rc::new(Work::Asks(Asks::new(port.as_ref(), None, None)));
        let zones = Rc::new(Work::Zones(zones));
        let year = Time::ZERO.after(Duration::from_secs(31_536_000));
        for (began, does, at_once, later) in [
            (&asker, &asker, true, false),
            (&zones, &zones, true, true),
            (&asker, &zones, false, false),
            (&zones, &asker, false, false),
        ] {
            let stored = StoredAnswers::new(64, [0; 16]);
            keep(&stored, Time::ZERO, (began, does), (question, &answer));
            let secret = CookieSecret::new([0; 16]);
            let asker = Asker {
                address: [192, 0, 2, 9].into(),
                cookies: (&secret, 0),
                by_udp: true,
                counted: false,
                hidden: false,
            };
            let known = |now| stored.answer(now, question, &asker, &mut Vec::new());
            assert_eq!((known(Time::ZERO), known(year)), (at_once, later));
        }
    }
}

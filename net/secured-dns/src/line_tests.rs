use super::*;
use thru_events::Vantage;
use thru_memory::World;
use thru_port::StreamInfo;

/// A stream whose goodbye never gets away, and where the way is dead nothing at all.
struct Stuck {
    stream: Box<dyn Stream>,
    dead: bool,
}

impl Stream for Stuck {
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, PortFailure>> {
        match self.dead {
            true => Poll::Pending,
            false => self.stream.poll_read(context, buffer),
        }
    }

    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<Result<usize, PortFailure>> {
        match self.dead {
            true => Poll::Pending,
            false => self.stream.poll_write(context, octets),
        }
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), PortFailure>> {
        self.stream.poll_flush(context)
    }

    fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<Result<(), PortFailure>> {
        Poll::Pending
    }

    fn abort(&mut self) {
        self.stream.abort();
    }

    fn info(&self) -> StreamInfo {
        self.stream.info()
    }

    fn read_cause(&self) -> Cause {
        self.stream.read_cause()
    }

    fn write_because(&mut self, cause: Cause) {
        self.stream.write_because(cause);
    }
}

#[test]
fn a_server_that_takes_no_goodbye_keeps_nobody_longer_than_the_limit() {
    let world = World::new();
    let client = world.machine(Vantage::Near, [10, 0, 0, 23]);
    let server = world.machine(Vantage::Near, [203, 0, 113, 10]);
    let (near, _far) = world.pair(&client, &server);
    let line = Line::open(
        &client,
        Box::new(Stuck {
            stream: near,
            dead: false,
        }),
    );
    world.run(async {
        let began = client.now();
        line.close(&*client).await;
        assert_eq!(client.now().since(began), CLOSING_LIMIT);
    });
}

fn server() -> SocketAddr {
    SocketAddr::from(([203, 0, 113, 10], 853))
}

fn question(id: u16) -> Vec<u8> {
    let mut octets = vec![0; 12];
    octets[..2].copy_from_slice(&id.to_be_bytes());
    octets
}

#[test]
fn questions_that_a_dead_way_does_not_take_are_few() {
    let world = World::new();
    let client = world.machine(Vantage::Near, [10, 0, 0, 23]);
    let (near, _far) = world.pair(&client, &world.machine(Vantage::Near, [203, 0, 113, 10]));
    let line = Line::open(
        &client,
        Box::new(Stuck {
            stream: near,
            dead: true,
        }),
    );
    let waiting = || line.ends.shared.borrow().outgoing.len();
    world.run(async {
        let mut asked = Vec::new();
        for id in 0..OUTGOING_LIMIT as u16 + 1 {
            let (line, client) = (line.clone(), client.clone());
            asked.push(async move {
                let limit = Duration::from_secs(1);
                let exchange = line.exchange(server(), question(id), None);
                with_limit(&*client, limit, exchange).await.map(drop)
            });
        }
        let mut open: Vec<_> = asked.into_iter().map(Box::pin).collect();
        let last = open.pop();
        poll_fn(|context| {
            for exchange in &mut open {
                assert!(exchange.as_mut().poll(context).is_pending());
            }
            Poll::Ready(())
        })
        .await;
        assert_eq!(waiting(), OUTGOING_LIMIT);
        assert!(last.unwrap().await.is_ok(), "it fails at once, not in time");
        assert_eq!(waiting(), OUTGOING_LIMIT);
        drop(open);
        assert_eq!(waiting(), 1, "who gives up takes the question along");
    });
}

#[test]
fn an_answer_that_nobody_waits_for_is_stated_and_the_right_one_handed_out() {
    let world = World::new();
    let client = world.machine(Vantage::Near, [10, 0, 0, 23]);
    let (near, mut far) = world.pair(&client, &world.machine(Vantage::Near, [203, 0, 113, 10]));
    let line = Line::open(&client, near);
    let answered = world.run(async {
        let both = [framed(&question(9)), framed(&question(7))].concat();
        thru_port::write_all(far.as_mut(), &framed(&question(8)))
            .await
            .unwrap();
        let exchange = line.exchange(server(), question(7), None);
        thru_port::write_all(far.as_mut(), &both).await.unwrap();
        exchange.await.unwrap().octets
    });
    assert_eq!(answered, question(7));
    let ignored = world.record.entries.take().into_iter().filter(|entry| {
        matches!(
            &entry.event,
            thru_events::Event::Dns(DnsEvent::ResponseIgnored { .. })
        )
    });
    assert_eq!(ignored.count(), 2);
}

#[test]
fn a_connection_is_given_up_after_questions_that_nobody_answered() {
    use crate::{DnsDoor, Out, PATIENCE, Place, Slot, Talk, UNANSWERED_LIMIT};
    use std::cell::Cell;
    let world = World::new();
    let client = world.machine(Vantage::Near, [10, 0, 0, 23]);
    let (near, _far) = world.pair(&client, &world.machine(Vantage::Near, [203, 0, 113, 10]));
    let talk = Talk::Messages(Line::open(&client, near));
    let door = DnsDoor {
        name: "dns.test".into(),
        over_https: None,
    };
    let place = Place {
        address: server(),
        door,
        slot: RefCell::new(Slot::Open(talk.clone())),
        unanswered: Cell::new(0),
    };
    let ask = |answered: bool, waits: Duration| {
        let out = Out {
            port: &*client,
            place: &place,
            talk: talk.clone(),
            since: client.now(),
            answered,
        };
        world.pass(waits);
        drop(out);
        place.slot.borrow().holds(&talk)
    };
    for _ in 0..2 * UNANSWERED_LIMIT {
        assert!(ask(false, Duration::ZERO), "who asked went away at once");
    }
    assert!(ask(false, PATIENCE));
    assert!(ask(true, PATIENCE), "an answer: the way is there");
    assert!(ask(false, PATIENCE));
    assert!(!ask(false, PATIENCE), "the next question opens a new one");
}

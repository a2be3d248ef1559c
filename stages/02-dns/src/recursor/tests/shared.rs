//! One search for several clients.

use super::*;
use crate::wire::Edns;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

fn begin(network: &Network, cache: &mut DnsCache, question: &Question) -> Recursion {
    let (now, tap) = (network.now, Tap::off());
    let config = Rc::new(config());
    Recursion::begin(now, question.clone(), config, chance(), cache, &tap, None)
}

fn outcome(waiting: Waiting) -> Poll<Option<SharedAnswer>> {
    pin!(waiting).poll(&mut Context::from_waker(Waker::noop()))
}

fn joined(searches: &Searches, question: &Question) -> Waiting {
    match searches.join(question, &Tap::off(), None) {
        Join::Waits(waiting) => waiting,
        _ => panic!("it is looked for already"),
    }
}

#[test]
fn clients_with_one_question_wait_for_one_search_and_are_answered_each_as_it_asked() {
    let (mut network, mut cache, searches) = (internet(), cache(), Searches::default());
    let first = question("www.shop.lab");
    let mut machine = begin(&network, &mut cache, &first);
    assert!(matches!(
        searches.join(&first, &Tap::off(), None),
        Join::Alone
    ));
    let begun = searches.begin(&first);
    let mut other = question("WWW.shop.LAB").message;
    other.id = 99;
    other.edns = Some(Edns {
        udp_payload: 1232,
        dnssec_ok: true,
        ..Edns::default()
    });
    let other = read_question(&other.encode()).unwrap();
    let waiting = joined(&searches, &other);
    network.run(&mut machine, &mut cache);
    let asked = network.talk.len();
    begun.end(&machine);
    let Poll::Ready(Some(found)) = outcome(waiting) else {
        panic!("the search is over");
    };
    let (reply, own) = (found.reply(&other), machine.reply().unwrap());
    assert_eq!(reply.answers(), own.answers());
    let (told, own) = (reply.message(), own.message());
    assert_eq!((told.id, own.id), (99, 7));
    assert_eq!(told.questions[0].name.to_string(), "WWW.shop.LAB.");
    assert!(told.edns.as_ref().unwrap().dnssec_ok && own.edns.is_none());
    assert_eq!(
        network.talk.len(),
        asked,
        "nobody was asked for the second client"
    );
    assert!(matches!(
        searches.join(&other, &Tap::off(), None),
        Join::Alone
    ));
}

#[test]
fn another_question_and_one_without_checks_are_looked_for_by_themselves() {
    let searches = Searches::default();
    let first = question("www.shop.lab");
    let _begun = searches.begin(&first);
    let alone =
        |question: &Question| matches!(searches.join(question, &Tap::off(), None), Join::Alone);
    assert!(alone(&question("shop.lab")));
    let changed = |change: &dyn Fn(&mut Message)| {
        let mut message = first.message.clone();
        change(&mut message);
        read_question(&message.encode()).unwrap()
    };
    assert!(alone(&changed(&|message| message.flags.cd = true)));
    assert!(alone(&changed(&|message| message.flags.rd = false)));
    assert!(alone(&changed(
        &|message| message.questions[0].kind = Kind::AAAA
    )));
}

#[test]
fn who_waits_is_told_when_the_search_is_given_up() {
    let searches = Searches::default();
    let asked = question("www.shop.lab");
    let begun = searches.begin(&asked);
    let waiting = joined(&searches, &asked);
    let mut waiting = pin!(waiting);
    let mut context = Context::from_waker(Waker::noop());
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    drop(begun);
    assert!(matches!(waiting.poll(&mut context), Poll::Ready(None)));
}

#[test]
fn no_more_than_a_limit_wait_for_one_search() {
    let searches = Searches::default();
    let asked = question("www.shop.lab");
    let _begun = searches.begin(&asked);
    let mut waiting: Vec<Waiting> = (1..SHARED_LIMIT)
        .map(|_| joined(&searches, &asked))
        .collect();
    let full = || matches!(searches.join(&asked, &Tap::off(), None), Join::Full(_));
    assert!(full());
    waiting.pop();
    assert!(!full(), "who goes away makes room");
}

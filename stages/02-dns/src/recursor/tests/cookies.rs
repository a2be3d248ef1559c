//! Cookies that servers are shown (RFC 7873): which answers count, and what comes after BADCOOKIE.

use super::attacks::made;
use super::bad_input::{GOOD, refused};
use super::*;
use crate::cookie::COOKIE;
use crate::scripted::Said;
use crate::wire::{Edns, rcode};

/// What a question shows.
fn shown(question: &Question) -> Vec<u8> {
    let edns = question.message.edns.as_ref();
    let cookie = edns.and_then(|edns| edns.option(COOKIE));
    cookie.map(<[u8]>::to_vec).unwrap_or_default()
}

/// Reasons that have to do with cookies.
fn about_cookies(mut why: Vec<String>) -> Vec<String> {
    why.retain(|why| why.contains("cookie"));
    why
}

/// What a server that makes cookies hands out.
fn whole(question: &Question) -> Vec<u8> {
    [&shown(question)[..8], &[9; 16]].concat()
}

fn handing(zones: &crate::Zones, question: &Question, cookie: &[u8]) -> Vec<u8> {
    let mut reply = zones.answer(question, None);
    reply.hand_cookie(cookie);
    reply.octets(true)
}

/// An answer that says nothing but the code, and hands out a cookie.
fn says_no(question: &Question, code: u16) -> Vec<u8> {
    made(question, &|question, message| {
        message.rcode = code;
        message.edns = Some(Edns {
            options: vec![(COOKIE, whole(question))],
            ..Edns::default()
        });
    })
}

#[test]
fn an_answer_counts_only_with_the_cookie_that_was_sent() {
    let zones = zones(&[SHOP]);
    let server = Behaviour::Says(Box::new(move |question| {
        let right = handing(&zones, question, &whole(question));
        // Somebody who knows all but the cookie, and once the server has handed one out somebody
        // who shows none.
        let lie = match shown(question).len() {
            8 => handing(&zones, question, &[0; 24]),
            24 => zones.answer(question, None).octets(true),
            other => panic!("a cookie of {other} octets"),
        };
        vec![(None, lie), (None, right)] as Vec<Said>
    }));
    let (told, why) = refused(server, &mut cache());
    assert_eq!(told, GOOD);
    assert_eq!(
        about_cookies(why),
        [
            "the cookie in it is not the one that was sent",
            "it has no cookie, and this server's answers have one"
        ]
    );
}

#[test]
fn after_bad_cookie_the_new_one_is_shown_and_after_another_tcp_is_used() {
    for stubborn in [false, true] {
        let zones = zones(&[SHOP]);
        let server = Behaviour::Says(Box::new(move |question| {
            let good = shown(question).len() == 24 && !stubborn;
            let octets = match good {
                true => handing(&zones, question, &whole(question)),
                false => says_no(question, rcode::BADCOOKIE),
            };
            vec![(None, octets)]
        }));
        let mut network = Network::new(vec![
            ("198.51.100.1", Behaviour::Serves(self::zones(&[ROOT]))),
            ("198.51.100.2", Behaviour::Serves(self::zones(&[LAB]))),
            ("203.0.113.53", server),
        ]);
        let told = ask(&mut network, &mut cache(), "ns1.shop.lab");
        let of_shop: Vec<&str> = network.talk[2..]
            .iter()
            .map(|line| line.split(' ').nth(2).unwrap_or_default())
            .collect();
        match stubborn {
            false => {
                assert_eq!(told, "NOERROR recursion [ns1.shop.lab 300 A 203.0.113.53]");
                assert_eq!(of_shop, ["udp", "udp"], "{:?}", network.talk);
            }
            true => {
                assert!(told.starts_with("SERVFAIL"), "{told}");
                assert_eq!(of_shop[..3], ["udp", "udp", "tcp"], "{:?}", network.talk);
            }
        }
    }
}

#[test]
fn a_server_that_refuses_cookies_is_asked_without() {
    let zones = zones(&[SHOP]);
    let server = Behaviour::Says(Box::new(move |question| {
        let octets = match shown(question).is_empty() {
            true => zones.answer(question, None).octets(true),
            false => made(question, &|_, message| {
                message.rcode = rcode::FORMERR;
                message.edns = Some(Edns::default());
            }),
        };
        vec![(None, octets)]
    }));
    assert_eq!(refused(server, &mut cache()).0, GOOD);
}

#[test]
fn a_silent_server_may_be_another_machine_and_is_met_anew() {
    let zones = zones(&[SHOP]);
    let asked = std::cell::Cell::new(0);
    // The first answer hands a cookie out; whoever stands there afterwards knows none.
    let server = Behaviour::Says(Box::new(move |question| {
        asked.set(asked.get() + 1);
        let octets = match asked.get() {
            1 => handing(&zones, question, &whole(question)),
            _ => zones.answer(question, None).octets(true),
        };
        vec![(None, octets)]
    }));
    let (told, why) = refused(server, &mut cache());
    assert_eq!(told, GOOD);
    assert_eq!(
        about_cookies(why),
        ["it has no cookie, and this server's answers have one"]
    );
}

#[test]
fn letters_are_varied_by_chance_that_the_id_does_not_tell() {
    let name = Name::from_text("abcdefghijklmnopqrstuvwxyz.example.", &Name::root()).unwrap();
    let mut draws = [0x0f0f, 0xaaaa, 0x1234].into_iter();
    let varied = name.in_random_case(&mut || draws.next().unwrap());
    assert_eq!(varied, name);
    assert!(varied.wire()[1..5].iter().all(u8::is_ascii_uppercase));
    assert!(varied.wire()[5..9].iter().all(u8::is_ascii_lowercase));
}

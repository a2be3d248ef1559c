//! What clients say to name servers.

use thru_dns::wire::{Asked, Edns, Kind, Message, Name, Record};

fn question(name: &str, kind: Kind, options: Option<Vec<(u16, Vec<u8>)>>) -> Vec<u8> {
    let mut message = Message {
        id: 7,
        questions: vec![Asked {
            name: Name::from_text(name, &Name::root()).expect("a name"),
            kind,
            class: 1,
        }],
        edns: options.map(|options| Edns {
            options,
            dnssec_ok: true,
            ..Edns::default()
        }),
        ..Message::default()
    };
    message.flags.rd = true;
    message.encode()
}

fn answer(question: &[u8]) -> Vec<u8> {
    let mut message = Message::decode(question).expect("a question");
    message.flags.qr = true;
    message.answers.push(Record {
        name: message.questions[0].name.clone(),
        kind: Kind::A,
        class: 1,
        ttl: 60,
        data: vec![192, 0, 2, 1],
    });
    message.encode()
}

fn framed(messages: &[Vec<u8>]) -> Vec<u8> {
    let framed = messages.iter().flat_map(|message| {
        let length = (message.len() as u16).to_be_bytes();
        length.into_iter().chain(message.iter().copied())
    });
    framed.collect()
}

pub fn seeds(name: &str) -> Vec<Vec<u8>> {
    let questions = [
        question("lab.", Kind::A, None),
        question("x.W.lab.", Kind::A, Some(vec![(10, vec![5; 8])])),
        question(
            "alias.lab.",
            Kind::AAAA,
            Some(vec![(12, vec![0; 9]), (3, vec![])]),
        ),
        question("a.below.lab.", Kind::MX, Some(vec![])),
    ];
    if name == "stored_answers" {
        let kept = questions.map(|question| {
            let answer = answer(&question);
            [framed(&[question]), answer].concat()
        });
        return kept.into();
    }
    // What the door is like, and for a stream the size of pieces; then all questions.
    let choices = [0, 1, 2, 3, 4];
    let said = choices.map(|choice| {
        let mut octets = match name {
            "dns_stream" => vec![choice, 5 * choice],
            _ => vec![choice],
        };
        octets.extend(framed(&questions));
        octets
    });
    said.into()
}

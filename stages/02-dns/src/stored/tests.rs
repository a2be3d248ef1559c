use super::*;
use crate::wire::{Asked, Edns, Kind, Message, Name, Record};

fn question(name: &str, change: impl Fn(&mut Message)) -> Vec<u8> {
    let mut message = Message {
        id: 7,
        questions: vec![Asked {
            name: Name::from_text(name, &Name::root()).unwrap(),
            kind: Kind::A,
            class: 1,
        }],
        ..Message::default()
    };
    message.flags.rd = true;
    change(&mut message);
    message.encode()
}

fn answer(question: &[u8], ttl: u32) -> Vec<u8> {
    let mut message = Message::decode(question).unwrap();
    message.flags.qr = true;
    let name = message.questions[0].name.clone();
    message.answers.push(Record {
        name,
        kind: Kind::A,
        class: 1,
        ttl,
        data: vec![192, 0, 2, 1],
    });
    message.encode()
}

fn at(seconds: u64) -> Time {
    Time(seconds * 1_000_000_000)
}

#[test]
fn the_same_question_gets_the_answer_with_its_own_id_letters_and_what_is_left_of_the_ttl() {
    let stored = StoredAnswers::new(8, [1; 16]);
    let first = question("www.example.", |_| {});
    stored.keep_aging(at(0), &first, &answer(&first, 100), 100);
    let again = question("WWW.Example.", |message| message.id = 99);
    let mut found = Vec::new();
    assert!(stored.answer(at(40), &again, true, &mut found));
    let message = Message::decode(&found).unwrap();
    assert_eq!((message.id, message.answers[0].ttl), (99, 60));
    assert_eq!(message.questions[0].name.shown(), "www.example");
    assert!(found.windows(4).any(|four| four == b"\x03WWW"));
    assert!(
        !stored.answer(at(100), &again, true, &mut found),
        "it is over"
    );
    assert_eq!(stored.count(), 0);
}

#[test]
fn bits_that_change_an_answer_make_another_question() {
    let stored = StoredAnswers::new(8, [1; 16]);
    let first = question("www.example.", |_| {});
    stored.keep_aging(at(0), &first, &answer(&first, 100), 100);
    let mut found = Vec::new();
    let others: [(&str, &dyn Fn(&mut Message)); 6] = [
        ("without RD", &|message| message.flags.rd = false),
        ("CD", &|message| message.flags.cd = true),
        ("AD", &|message| message.flags.ad = true),
        ("EDNS", &|message| message.edns = Some(Edns::default())),
        ("another type", &|message| {
            message.questions[0].kind = Kind::AAAA
        }),
        ("another class", &|message| message.questions[0].class = 3),
    ];
    for (what, change) in others {
        let other = question("www.example.", change);
        assert!(!stored.answer(at(1), &other, true, &mut found), "{what}");
    }
    let option = question("www.example.", |message| {
        let options = vec![(10, vec![0; 8])];
        message.edns = Some(Edns {
            options,
            ..Edns::default()
        });
    });
    stored.keep_aging(at(0), &option, &answer(&option, 100), 100);
    assert_eq!(stored.count(), 1, "options take the long way");
}

#[test]
fn errors_cut_answers_and_answers_without_time_are_not_kept() {
    let stored = StoredAnswers::new(8, [1; 16]);
    let asked = question("www.example.", |_| {});
    let mut failed = answer(&asked, 100);
    failed[3] |= 2;
    let mut cut = answer(&asked, 100);
    cut[2] |= 2;
    for no_answer in [failed, cut, answer(&asked, 0), asked.clone(), vec![0; 5]] {
        stored.keep_aging(at(0), &asked, &no_answer, 100);
    }
    assert_eq!(stored.count(), 0);
}

#[test]
fn what_is_not_used_makes_room() {
    let stored = StoredAnswers::new(100, [1; 16]);
    let used = question("used.example.", |_| {});
    stored.keep_aging(at(0), &used, &answer(&used, 1000), 100);
    let mut found = Vec::new();
    for number in 0..10_000 {
        let asked = question(&format!("n{number}.example."), |_| {});
        stored.keep_aging(at(0), &asked, &answer(&asked, 1000), 100);
        assert!(stored.count() <= 100, "{}", stored.count());
        assert!(stored.answer(at(1), &used, true, &mut found));
    }
}

#[test]
fn any_octets_are_looked_for_without_harm() {
    let stored = StoredAnswers::new(8, [1; 16]);
    let seed = question("www.example.", |message| {
        message.edns = Some(Edns::default())
    });
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    let mut found = Vec::new();
    for _ in 0..20_000 {
        let mut octets = seed.clone();
        for _ in 0..1 + random() % 5 {
            let at = random() % octets.len();
            octets[at] = random() as u8;
        }
        octets.truncate(random() % (octets.len() + 1));
        let _ = stored.answer(at(1), &octets, true, &mut found);
        let mut said = answer(&seed, 100);
        let place = random() % said.len();
        said[place] = random() as u8;
        stored.keep_aging(at(0), &octets, &said, 100);
    }
}

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

const SECRET: CookieSecret = CookieSecret::new([7; 16]);

fn udp() -> Asker<'static> {
    Asker {
        address: [192, 0, 2, 7].into(),
        cookies: (&SECRET, 1_800_000_000),
        by_udp: true,
        counted: false,
        hidden: false,
    }
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
    assert!(stored.answer(at(40), &again, &udp(), &mut found));
    let message = Message::decode(&found).unwrap();
    assert_eq!((message.id, message.answers[0].ttl), (99, 60));
    assert_eq!(message.questions[0].name.shown(), "www.example");
    assert!(found.windows(4).any(|four| four == b"\x03WWW"));
    assert!(
        !stored.answer(at(100), &again, &udp(), &mut found),
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
        assert!(!stored.answer(at(1), &other, &udp(), &mut found), "{what}");
    }
}

fn with_options(options: Vec<(u16, Vec<u8>)>) -> Vec<u8> {
    question("www.example.", |message| {
        message.edns = Some(Edns {
            options: options.clone(),
            ..Edns::default()
        });
    })
}

#[test]
fn each_client_is_told_its_own_cookie_and_options_that_change_nothing_are_passed_over() {
    let stored = StoredAnswers::new(8, [1; 16]);
    let bare = with_options(vec![(10, vec![1; 8])]);
    stored.keep_aging(at(0), &bare, &answer(&bare, 100), 100);
    let mut found = Vec::new();
    let mut cookie = |question: &[u8], asker: &Asker<'_>| {
        stored.answer(at(1), question, asker, &mut found).then(|| {
            let edns = Message::decode(&found).unwrap().edns.unwrap();
            assert!(edns.options.len() <= 1, "{edns:?}");
            edns.options.into_iter().next()
        })
    };
    let plain = with_options(vec![]);
    assert_eq!(cookie(&plain, &udp()), Some(None));
    let others = with_options(vec![(8, vec![]), (65_001, vec![5; 40]), (12, vec![0; 9])]);
    assert_eq!(cookie(&others, &udp()), Some(None));
    let Some(Some((10, mine))) = cookie(&bare, &udp()) else {
        panic!("a cookie is told");
    };
    assert_eq!(mine[..8], [1; 8]);
    let elsewhere = Asker {
        address: [192, 0, 2, 8].into(),
        ..udp()
    };
    let Some(Some((10, theirs))) = cookie(&bare, &elsewhere) else {
        panic!("a cookie is told");
    };
    assert_ne!(mine, theirs);
    // Who is counted has to show it.
    let counted = Asker {
        counted: true,
        ..udp()
    };
    let shown = with_options(vec![(10, mine.clone())]);
    assert_eq!(cookie(&shown, &counted), Some(Some((10, mine))));
    for question in [&bare, &plain] {
        assert_eq!(cookie(question, &counted), None);
    }
    // RFC 7873, section 5.2.2: FORMERR is said on the long way, and so are two cookies at once.
    let malformed = with_options(vec![(10, vec![1; 9])]);
    let two = with_options(vec![(10, vec![1; 8]), (10, vec![1; 8])]);
    for question in [malformed, two] {
        assert_eq!(cookie(&question, &udp()), None);
    }
    // RFC 8467: inside of TLS a padded question wants a padded answer.
    let hidden = Asker {
        by_udp: false,
        hidden: true,
        ..udp()
    };
    assert_eq!(cookie(&others, &hidden), None);
    assert_eq!(cookie(&plain, &hidden), Some(None));
}

#[test]
fn an_answer_with_other_options_than_a_cookie_is_not_kept() {
    let stored = StoredAnswers::new(8, [1; 16]);
    let asked = with_options(vec![]);
    let mut explained = Message::decode(&answer(&asked, 100)).unwrap();
    explained.edns.as_mut().unwrap().options = vec![(15, vec![0, 3])];
    stored.keep_aging(at(0), &asked, &explained.encode(), 100);
    explained.edns = None;
    stored.keep_aging(at(0), &asked, &explained.encode(), 100);
    assert_eq!(stored.count(), 0);
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
        assert!(stored.answer(at(1), &used, &udp(), &mut found));
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
        let _ = stored.answer(at(1), &octets, &udp(), &mut found);
        let mut said = answer(&seed, 100);
        let place = random() % said.len();
        said[place] = random() as u8;
        stored.keep_aging(at(0), &octets, &said, 100);
    }
}

//! Runs a conversation: a script of what the peer and the owner do and what must come of it, in
//! virtual time. Numbers count from the initial ones: 0 is SYN, 1 the first octet.
//!
//! `connects`, `listens`, `open`   an active open, a passive one, and one that is open already
//! `>> SEGMENT`                    the peer's segment comes in
//! `<< SEGMENT`                    ours goes out; every one must be named, in order
//! `write N`, `read N`, `read end`, `close`, `abort`, `release`     the owner's orders
//! `after 1s`, `timer 1s`          time passes; `timer` says that the next timer is due just then
//! `says EVENT: WORDS`             it was stated, after what was said before
//! `state`, `lost`, `cwnd`, ...    how the connection stands
//!
//! A segment is `FLAGS SEQ:END ack N` with, where they matter, `win N` `mss N` `sackok` `wscale N`
//! `ts VALUE ECHO` `sack A-B,C-D`, and `ce` (came marked) or `ect` (may be marked).

use std::{rc::Rc, time::Duration};
use thru_conversation::{Notes, duration, lines};
use thru_events::{Cause, ConnectionId, Event, Time};
use thru_ip::{IcmpError, UnreachableCode};
use thru_transport::tcp::*;

const ISS: u32 = 1000;
const IRS: u32 = 5000;
/// The peer's timestamp clock stands this far ahead of time, ms.
const PEER_CLOCK: u32 = 7000;

struct Talk {
    now: Time,
    config: ConnectionConfig,
    us: Option<Connection>,
    notes: Rc<Notes>,
    said: usize,
    window: u16,
    echo: u32,
    written: u32,
    read: u32,
    rtt: Duration,
    line: String,
}

/// Runs one script. A line that is not true fails with its text.
pub fn talk(script: &str) {
    let notes = Rc::new(Notes::default());
    let tap = Notes::tap(&notes);
    let config = ConnectionConfig {
        id: ConnectionId(0),
        local: "10.0.0.1:40000".parse().unwrap(),
        remote: "10.0.0.2:80".parse().unwrap(),
        iss: ISS,
        timestamp_offset: 0,
        mtu: 1040,
        headroom: 0,
        known: None,
        settings: Settings {
            timestamps: false,
            sack: false,
            window_scaling: false,
            congestion: CongestionControl::Reno,
            ..Settings::default()
        },
        tap,
    };
    let mut talk = Talk {
        now: Time::ZERO,
        config,
        us: None,
        notes,
        said: 0,
        window: 60_000,
        echo: 0,
        written: 1,
        read: 1,
        rtt: Duration::ZERO,
        line: String::new(),
    };
    for line in lines(script) {
        talk.line = line.to_owned();
        talk.obey(line);
    }
    talk.line = "the end".to_owned();
    if talk.us.is_some() {
        talk.expect_silence();
    }
}

fn octet(position: u32) -> u8 {
    (position.wrapping_mul(2_654_435_761) >> 24) as u8
}

fn octets(start: u32, end: u32) -> Vec<u8> {
    (start..end).map(octet).collect()
}

/// A segment as a script writes it.
#[derive(Default)]
struct Written {
    flags: Flags,
    seq: u32,
    end: u32,
    ack: Option<u32>,
    window: Option<u16>,
    options: Options,
    no_timestamp: bool,
    no_sack: bool,
    marked: bool,
    capable: bool,
}

fn written(text: &str) -> Written {
    let mut segment = Written::default();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        let mut next = || words.next().unwrap_or_else(|| panic!("{text}"));
        match word {
            "SYN" => segment.flags = segment.flags.and(Flags::SYN),
            "ACK" => segment.flags = segment.flags.and(Flags::ACK),
            "FIN" => segment.flags = segment.flags.and(Flags::FIN),
            "RST" => segment.flags = segment.flags.and(Flags::RST),
            "PSH" => segment.flags = segment.flags.and(Flags::PSH),
            "ECE" => segment.flags = segment.flags.and(Flags::ECE),
            "CWR" => segment.flags = segment.flags.and(Flags::CWR),
            "ack" => segment.ack = Some(number(next())),
            "win" => segment.window = Some(next().parse().unwrap()),
            "mss" => segment.options.mss = Some(next().parse().unwrap()),
            "wscale" => segment.options.window_scale = Some(next().parse().unwrap()),
            "fo" => segment.options.fast_open = Some(cookie(next())),
            "sackok" => segment.options.sack_permitted = true,
            "ts" => {
                segment.options.timestamps =
                    Some((next().parse().unwrap(), next().parse().unwrap()));
            }
            "nots" => segment.no_timestamp = true,
            "nosack" => segment.no_sack = true,
            "ce" => segment.marked = true,
            "ect" => segment.capable = true,
            "sack" => {
                for (slot, block) in segment.options.sack.iter_mut().zip(next().split(',')) {
                    let (start, end) = block.split_once('-').unwrap();
                    *slot = Some((Seq(number(start)), Seq(number(end))));
                }
            }
            range => {
                let (start, end) = range.split_once(':').unwrap_or_else(|| panic!("{text}"));
                (segment.seq, segment.end) = (number(start), number(end));
            }
        }
    }
    segment
}

/// A cookie for fast opens, named by a number; `?` asks for one.
fn cookie(name: &str) -> FastOpenCookie {
    match name {
        "?" => FastOpenCookie::QUESTION,
        number => FastOpenCookie::new(&[number.parse().unwrap(); 8]).unwrap(),
    }
}

fn known(name: &str) -> Option<Box<FastOpenMemory>> {
    let (cookie, mss) = (cookie(name), 1000);
    Some(Box::new(FastOpenMemory { cookie, mss }))
}

/// A relative number; `~N` is N before the initial one.
fn number(text: &str) -> u32 {
    match text.strip_prefix('~') {
        Some(before) => 0u32.wrapping_sub(before.parse().unwrap()),
        None => text.parse().unwrap_or_else(|_| panic!("no number: {text}")),
    }
}

impl Talk {
    fn us(&mut self) -> &mut Connection {
        self.us.as_mut().expect("the connection was begun")
    }

    fn fail(&self, what: impl std::fmt::Display) -> ! {
        let events: Vec<String> = self
            .notes
            .events()
            .iter()
            .rev()
            .take(8)
            .rev()
            .map(|(_, event)| format!("  {event:?}"))
            .collect();
        panic!(
            "at `{}`, {} ms: {what}\nstated last:\n{}",
            self.line,
            self.now.as_ms(),
            events.join("\n")
        );
    }

    fn check<T: PartialEq + std::fmt::Debug>(&self, what: &str, found: T, wanted: T) {
        if found != wanted {
            self.fail(format!("{what} is {found:?}, not {wanted:?}"));
        }
    }

    fn obey(&mut self, line: &str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "<<" => return self.expect_segment(rest),
            "says" => return self.expect_event(rest),
            "never" => return self.expect_no_event(rest),
            "state" | "lost" | "cwnd" | "ssthresh" | "mss" | "rto" | "pipe" | "srtt" | "sndwnd" => {
                return self.expect_figure(word, rest);
            }
            _ => {}
        }
        let order = matches!(word, "write" | "close" | "abort" | "release" | "learnt");
        if self.us.is_some() && !order {
            self.expect_silence();
        }
        match word {
            "connects" => {
                self.configure(rest);
                self.us = Some(Connection::connect(self.now, self.config.clone(), None));
            }
            "listens" => self.configure(rest),
            "open" => self.open(rest),
            ">>" => self.hear(rest),
            "write" => self.write(rest),
            "read" => self.read(rest),
            "close" => self.us().shutdown("done", None),
            "abort" => self.us().abort(None),
            "release" => {
                let now = self.now;
                self.us().release(now, None);
            }
            "after" => self.wait(duration(rest)),
            "timer" => self.wait_for_timer(duration(rest)),
            "no" => {
                let wake = self.us().wake_at();
                self.check("the next timer", wake, None);
            }
            "icmp" => self.icmp(rest),
            "learnt" => self.expect_news(rest),
            other => panic!("`{other}` is no word of a conversation"),
        }
    }

    fn configure(&mut self, words: &str) {
        let settings = &mut self.config.settings;
        let mut words = words.split_whitespace();
        while let Some(word) = words.next() {
            match word {
                "ts" => settings.timestamps = true,
                "sack" => settings.sack = true,
                "wscale" => settings.window_scaling = true,
                "nagle" => settings.nagle = true,
                "cubic" => settings.congestion = CongestionControl::Cubic,
                "ecn" => settings.ecn = Ecn::Ask,
                "noecn" => settings.ecn = Ecn::Off,
                "fastopen" => settings.fast_open = true,
                "cookie" => self.config.known = known(words.next().unwrap()),
                "keepalive" => settings.keepalive = Some(Keepalive::default()),
                "mtu" => self.config.mtu = words.next().unwrap().parse().unwrap(),
                "buffer" => settings.receive_buffer = words.next().unwrap().parse().unwrap(),
                "sendbuffer" => settings.send_buffer = words.next().unwrap().parse().unwrap(),
                "win" => self.window = words.next().unwrap().parse().unwrap(),
                "rtt" => self.rtt = duration(words.next().unwrap()),
                "iss" => self.config.iss = words.next().unwrap().parse().unwrap(),
                other => panic!("`{other}` is no setting"),
            }
        }
    }

    /// Three segments, with the options that were asked for on both sides.
    fn open(&mut self, words: &str) {
        self.configure(words);
        self.us = Some(Connection::connect(self.now, self.config.clone(), None));
        self.next().expect("SYN");
        self.now = self.now.after(self.rtt);
        let mut answer = format!("SYN ACK 0:0 ack 1 mss {}", self.config.mtu - 40);
        let settings = self.config.settings;
        if settings.sack {
            answer += " sackok";
        }
        if settings.window_scaling {
            answer += " wscale 0";
        }
        if settings.ecn == Ecn::Ask {
            answer += " ECE";
        }
        self.hear(&answer);
        self.next().expect("ACK");
        self.check(
            "the state",
            self.us.as_ref().unwrap().state(),
            State::Established,
        );
    }

    fn hear(&mut self, text: &str) {
        let mut segment = written(text);
        if let Some(window) = segment.window {
            self.window = window;
        }
        let mut options = segment.options;
        if self.config.settings.timestamps && options.timestamps.is_none() && !segment.no_timestamp
        {
            let value = (self.now.0 / 1_000_000) as u32 + PEER_CLOCK;
            options.timestamps = Some((value, self.echo));
        }
        for (start, end) in options.sack.iter_mut().flatten() {
            *start = *start + self.config.iss as usize;
            *end = *end + self.config.iss as usize;
        }
        segment.options = options;
        // SYN takes a number before the data that comes with it.
        let syn = u32::from(segment.flags.has(Flags::SYN));
        let payload = octets(segment.seq.wrapping_add(syn), segment.end.wrapping_add(syn));
        let header = SegmentHeader {
            source_port: 80,
            destination_port: 40000,
            seq: Seq(IRS.wrapping_add(segment.seq)),
            ack: Seq(segment
                .ack
                .map_or(0, |ack| self.config.iss.wrapping_add(ack))),
            flags: segment.flags,
            window: self.window,
            options,
        };
        let segment = Segment {
            header,
            payload: &payload,
            data_offset: 20,
            marked: segment.marked,
        };
        let now = self.now;
        match &mut self.us {
            Some(us) if us.gives_way_to(&segment) => {
                self.us = None;
                self.line += " (it gives way)";
                let config = self.config.clone();
                self.us = Some(Connection::passive(now, config, &segment, None, None));
            }
            Some(us) => us.handle(now, &segment, None, None),
            None => {
                let config = self.config.clone();
                self.us = Some(Connection::passive(now, config, &segment, None, None));
            }
        }
    }

    fn next(&mut self) -> Option<Transmit> {
        let now = self.now;
        let transmit = self.us().poll(now)?;
        if let Some((value, _)) = transmit.header.options.timestamps {
            self.echo = value;
        }
        let syn = u32::from(transmit.header.flags.has(Flags::SYN));
        let start = transmit.header.seq.0.wrapping_sub(self.config.iss);
        let start = start.wrapping_add(syn);
        let end = start.wrapping_add(transmit.payload.len() as u32);
        if start > 0 && start <= end && *transmit.payload != *octets(start, end) {
            self.fail(format!(
                "octets {start}:{end} are not those that were written"
            ));
        }
        Some(transmit)
    }

    fn describe(&self, transmit: &Transmit) -> String {
        let header = &transmit.header;
        let start = header.seq.0.wrapping_sub(self.config.iss);
        let end = start.wrapping_add(transmit.payload.len() as u32);
        let mut text = format!(
            "{} {}:{}",
            header.flags.text(),
            relative(start),
            relative(end)
        );
        if header.flags.has(Flags::ACK) {
            text += &format!(" ack {}", relative(header.ack.0.wrapping_sub(IRS)));
        }
        text
    }

    fn expect_silence(&mut self) {
        if let Some(transmit) = self.next() {
            let what = format!("nobody expected << {}", self.describe(&transmit));
            self.fail(what);
        }
    }

    fn expect_segment(&mut self, text: &str) {
        let Some(sent) = self.next() else {
            self.fail("nothing goes out");
        };
        let wanted = written(text);
        let header = sent.header;
        let mut expected = format!(
            "{} {}:{}",
            wanted.flags.text(),
            relative(wanted.seq),
            relative(wanted.end)
        );
        if let Some(ack) = wanted.ack {
            expected += &format!(" ack {}", relative(ack));
        }
        self.check("our segment", self.describe(&sent), expected);
        if let Some(window) = wanted.window {
            self.check("our window field", header.window, window);
        }
        let (found, options) = (header.options, wanted.options);
        if options.mss.is_some() {
            self.check("our MSS", found.mss, options.mss);
        }
        if options.window_scale.is_some() {
            self.check("our scale", found.window_scale, options.window_scale);
        }
        if options.timestamps.is_some() || wanted.no_timestamp {
            self.check("our timestamp", found.timestamps, options.timestamps);
        }
        if options.fast_open.is_some() || header.flags.has(Flags::SYN) {
            self.check("our cookie", found.fast_open, options.fast_open);
        }
        if options.sack_permitted {
            self.check("SACK permitted", found.sack_permitted, true);
        }
        if options.sack[0].is_some() || wanted.no_sack {
            let relative = found.sack.map(|block| {
                let (start, end) = block?;
                let from = |seq: Seq| Seq(seq.0.wrapping_sub(IRS));
                Some((from(start), from(end)))
            });
            self.check("our SACK blocks", relative, options.sack);
        }
        if wanted.capable || wanted.no_sack {
            self.check("ECN capable", sent.ecn_capable, wanted.capable);
        }
    }

    fn expect_event(&mut self, text: &str) {
        let (name, words) = text.split_once(": ").unwrap_or((text, ""));
        let at = {
            let events = self.notes.events();
            let fits = |(_, event): &(Cause, Event)| {
                event.name() == name && format!("{event:?}").contains(words)
            };
            events[self.said..].iter().position(fits)
        };
        match at {
            Some(at) => self.said += at + 1,
            None => self.fail("it was not said"),
        }
    }

    fn expect_no_event(&mut self, text: &str) {
        let (name, words) = text.split_once(": ").unwrap_or((text, ""));
        let events = self.notes.events();
        let fits = |(_, event): &(Cause, Event)| {
            event.name() == name && format!("{event:?}").contains(words)
        };
        if events.iter().any(fits) {
            self.fail("it was said");
        }
    }

    fn expect_figure(&mut self, what: &str, wanted: &str) {
        let us = self.us.as_ref().expect("the connection was begun");
        let figures = us.figures();
        match what {
            "state" => self.check("the state", us.state().name(), wanted),
            "lost" => {
                let how = us.lost().map_or("not", |lost| lost.how.word());
                self.check("it", how, wanted);
            }
            "ssthresh" if wanted == "none" => self.check("ssthresh", figures.ssthresh, None),
            "ssthresh" => self.check("ssthresh", figures.ssthresh, Some(wanted.parse().unwrap())),
            "rto" => self.check("the time-out", figures.rto, duration(wanted)),
            "srtt" => self.check("SRTT", figures.srtt, Some(duration(wanted))),
            _ => {
                let found = match what {
                    "cwnd" => figures.cwnd,
                    "mss" => figures.mss,
                    "sndwnd" => figures.snd_wnd,
                    _ => figures.pipe,
                };
                self.check(what, found, wanted.parse().unwrap());
            }
        }
    }

    fn expect_news(&mut self, wanted: &str) {
        let found = match self.us().take_fast_open_news() {
            None => "nothing".to_owned(),
            Some(FastOpenNews::Refused { at }) => {
                self.check("the time of the refusal", at, self.now);
                "refused".to_owned()
            }
            Some(FastOpenNews::Given(given)) => given.cookie.octets()[0].to_string(),
        };
        self.check("what was learnt", found, wanted.to_owned());
    }

    fn write(&mut self, words: &str) {
        if words == "fails" {
            let found = self.us().write(b"x", None).is_err();
            return self.check("the write's failure", found, true);
        }
        let (count, taken) = words.split_once(" takes ").unwrap_or((words, words));
        let (count, taken): (u32, u32) = (count.parse().unwrap(), taken.parse().unwrap());
        let data = octets(self.written, self.written + count);
        let found = self.us().write(&data, None);
        self.check("what was taken", found, Ok(taken as usize));
        self.written += taken;
    }

    fn read(&mut self, words: &str) {
        let mut buffer = vec![0; 100_000];
        match words {
            "end" => {
                let found = (self.us().read(&mut buffer), self.us().at_end());
                self.check("the read", found, (Ok(0), true));
            }
            "lost" => {
                let found = self.us().read(&mut buffer).is_err();
                self.check("the read's failure", found, true);
            }
            count => {
                let count: usize = count.parse().unwrap();
                buffer.truncate(count.max(1));
                let found = self.us().read(&mut buffer);
                self.check("the read", found, Ok(count));
                buffer.truncate(count);
                let start = self.read;
                self.read += count as u32;
                if buffer != octets(start, self.read) {
                    self.fail(format!("octets {start}:{} are not the peer's", self.read));
                }
            }
        }
    }

    fn wait(&mut self, time: Duration) {
        let until = self.now.after(time);
        if let Some(wake) = self.us().wake_at()
            && wake < until
        {
            self.fail(format!("a timer is due before, at {} ms", wake.as_ms()));
        }
        self.now = until;
    }

    fn wait_for_timer(&mut self, time: Duration) {
        let Some(wake) = self.us().wake_at() else {
            self.fail("no timer runs");
        };
        self.check("the next timer", wake.since(self.now), time);
        self.now = wake;
    }

    fn icmp(&mut self, words: &str) {
        let words: Vec<&str> = words.split_whitespace().collect();
        let seq = |text: &str| Some(number(text).wrapping_add(ISS));
        match words.as_slice() {
            ["too", "big", mtu, "about", about] => {
                let mtu = mtu.parse().unwrap();
                self.us().on_smaller_mtu(mtu, seq(about), None);
            }
            ["unreachable", "about", about] => {
                let how = LostHow::Unreachable(IcmpError::Unreachable(UnreachableCode::Host));
                self.us().on_path_failed(how, seq(about), None);
            }
            ["neighbour", "silent", "about", about] => {
                self.us()
                    .on_path_failed(LostHow::NeighbourSilent, seq(about), None);
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Numbers before the initial one are written as such.
fn relative(number: u32) -> String {
    match number.wrapping_neg() {
        before @ 1..=0x7fff => format!("~{before}"),
        _ => number.to_string(),
    }
}

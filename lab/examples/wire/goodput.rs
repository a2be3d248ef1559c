//! What arrives: over one wire of the lab, both ends ours, then both ends smoltcp, in virtual time.

use crate::{places, row, row::median, small_stack::SmallStack};
use std::{cell::Cell, net::SocketAddr, rc::Rc, time::Duration};
use thru_events::Time;
use thru_lab::{Outside, Pace, Plug};
use thru_port::{Port, read, shutdown, write_all};

const PORT: u16 = 7;
const CHUNK: usize = 64 * 1024;
/// Octets that a socket of smoltcp holds: more than is on its way.
const BUFFER: usize = 8 * 1024 * 1024;

/// A wire, and how much goes over it.
#[derive(Clone, Copy)]
pub struct Case {
    pub name: &'static str,
    /// Keys of the wire.
    pub wire: &'static str,
    pub rate: f64,
    /// One frame in so many is lost, by number, on the way of the data; 0 is none.
    pub lost: u64,
    /// Octets in virtual time, and in real time.
    pub octets: usize,
    pub real_octets: usize,
    pub seeds: u64,
}

pub const CLEAN: Case = Case {
    name: "goodput clean 1 Gbit/s",
    wire: "rate = \"1 Gbit/s\"\nlatency = \"500 us\"\nqueue = 1000",
    rate: 1e9,
    lost: 0,
    octets: 1_000_000_000,
    real_octets: 0,
    seeds: 1,
};

pub const LOSSY: Case = Case {
    name: "goodput 1 % loss 20 ms",
    wire: "rate = \"100 Mbit/s\"\nlatency = \"10 ms\"\nqueue = 1000",
    rate: 100e6,
    lost: 100,
    octets: 30_000_000,
    real_octets: 5_000_000,
    seeds: 10,
};

pub const SHALLOW: Case = Case {
    name: "goodput 64 KiB queue 100 ms",
    wire: "rate = \"200 Mbit/s\"\nlatency = \"50 ms\"\nqueue_size = \"64 KiB\"\nqueue = 1000",
    rate: 200e6,
    lost: 0,
    octets: 100_000_000,
    real_octets: 50_000_000,
    seeds: 10,
};

impl Case {
    /// The wire's keys, with the numbers of the frames that are lost.
    pub fn keys(&self, seed: u64) -> String {
        let mut keys = self.wire.to_owned();
        if self.lost > 0 {
            let numbers = self.numbers(seed);
            let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
            keys += &format!("\nlose = [{}]\nback = {{ lose = [] }}", numbers.join(", "));
        }
        keys
    }

    /// Gaps as by chance: each frame is lost with the same probability.
    fn numbers(&self, seed: u64) -> Vec<u64> {
        let frames = self.octets as u64 / 1448 * 2;
        let mut word = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut lost = |_: &u64| {
            word ^= word << 13;
            word ^= word >> 7;
            word ^= word << 17;
            word.is_multiple_of(self.lost)
        };
        // What opens the connection gets through.
        (10..frames).filter(|frame| lost(frame)).collect()
    }

    pub fn mbits(octets: usize, took: Duration) -> f64 {
        octets as f64 * 8.0 / 1e6 / took.as_secs_f64()
    }
}

pub fn rows() {
    for case in [CLEAN, LOSSY, SHALLOW] {
        let seeds = || 1..=case.seeds;
        let ours = seeds()
            .map(|seed| virtually(&case, seed, case.octets))
            .collect();
        let theirs = seeds().map(|seed| with_smoltcp(&case, seed)).collect();
        let (ours, theirs) = (median(ours).unwrap_or_default(), median(theirs));
        let share = ours * 1e6 / case.rate;
        let note = format!(
            "virtual time, {} MB from SYN to the last ACK, median of {}; {share:.4} of the line rate (0.9415 is the most); peer: smoltcp, {} MB",
            case.octets / 1_000_000,
            case.seeds,
            small(&case) / 1_000_000
        );
        row::print(
            &format!("{} (virtual)", case.name),
            ours,
            theirs,
            "Mbit/s",
            &note,
        );
    }
}

/// Mbit/s with both ends ours, in virtual time.
pub fn virtually(case: &Case, seed: u64, octets: usize) -> f64 {
    let lab = places::lab(&places::pair("host", &case.keys(seed)), seed);
    let took = send(lab.near(), lab.port("b").expect("a host"), octets);
    let took = lab.run_until(took).expect("a world");
    Case::mbits(octets, took)
}

/// Sends over a new connection, and gives the time until the other end's goodbye, which follows
/// its last acknowledgement.
pub async fn send(from: Rc<dyn Port>, to: Rc<dyn Port>, octets: usize) -> Duration {
    let listener = to
        .listen(SocketAddr::from(([0, 0, 0, 0], PORT)))
        .expect("it is free");
    let hears = async move {
        let mut stream = listener.accept().await.expect("a connection");
        let mut buffer = vec![0; CHUNK];
        while read(&mut *stream, &mut buffer).await.expect("heard") > 0 {}
        let _ = shutdown(&mut *stream).await;
    };
    to.spawn("hears", Box::pin(hears));
    let begun = from.now();
    let address = SocketAddr::from(([10, 0, 0, 2], PORT));
    let connected = from.connect(address, None).await;
    let mut stream = connected.expect("a connection").stream;
    let chunk = vec![7; CHUNK];
    let mut said = 0;
    while said < octets {
        let next = CHUNK.min(octets - said);
        write_all(&mut *stream, &chunk[..next]).await.expect("said");
        said += next;
    }
    shutdown(&mut *stream).await.expect("a goodbye");
    assert_eq!(read(&mut *stream, &mut [0; 1]).await.expect("its end"), 0);
    from.now().since(begun)
}

/// smoltcp without congestion control would fill the wire with what is lost; less is enough.
fn small(case: &Case) -> usize {
    case.octets.min(100_000_000)
}

/// Two ends that are outside of the lab, and the time there.
struct Ends {
    plugs: [Plug; 2],
    stacks: [SmallStack; 2],
    now: Cell<Duration>,
    said: usize,
    octets: usize,
    buffer: Vec<u8>,
}

/// Mbit/s with both ends smoltcp, in virtual time.
fn with_smoltcp(case: &Case, seed: u64) -> f64 {
    let octets = small(case);
    let lab = places::lab(&places::pair("outside", &case.keys(seed)), seed);
    let plug = |name| lab.plug(Some(name)).expect("an end");
    let mut stacks = [SmallStack::new(1, BUFFER), SmallStack::new(2, BUFFER)];
    stacks[1].listen(PORT);
    stacks[0].connect(2, PORT);
    let mut ends = Ends {
        plugs: [plug("a"), plug("b")],
        stacks,
        now: Cell::default(),
        said: 0,
        octets,
        buffer: vec![0; CHUNK],
    };
    lab.live(Pace::Real, &mut ends).expect("a world");
    Case::mbits(octets, ends.now.get())
}

/// Longest time that smoltcp is given.
const MOST: Duration = Duration::from_secs(600);

impl Ends {
    fn now(&self) -> Time {
        Time::ZERO.after(self.now.get())
    }

    /// The programs at both ends.
    fn work(&mut self) {
        let [from, to] = &mut self.stacks;
        let chunk = [7; 16 * 1024];
        while self.said < self.octets {
            match from.write(&chunk[..chunk.len().min(self.octets - self.said)]) {
                0 => break,
                taken => self.said += taken,
            }
        }
        if self.said == self.octets {
            from.close();
            self.said += 1;
        }
        to.read(&mut self.buffer);
        if to.at_end() {
            to.close();
        }
    }

    /// Frames out of the lab, through the stacks, into the lab; whether any was.
    fn carry(&mut self) -> bool {
        let mut any = false;
        let now = self.now();
        for (plug, stack) in self.plugs.iter().zip(&mut self.stacks) {
            while let Some(frame) = plug.take_out() {
                stack.hand_in(frame);
            }
            stack.poll(now);
            while let Some(frame) = stack.take_out() {
                any |= plug.hand_in(&frame);
            }
        }
        any
    }
}

impl Outside for Ends {
    fn wait(&mut self, most: Option<Duration>) -> bool {
        self.work();
        if self.carry() {
            return true;
        }
        // What was read and said may be worth a frame.
        self.work();
        if self.carry() {
            return true;
        }
        if self.said > self.octets && self.stacks[0].at_end() || self.now.get() > MOST {
            return false;
        }
        let now = self.now();
        let idle = self
            .stacks
            .iter_mut()
            .filter_map(|stack| stack.idle_for(now));
        // smoltcp counts microseconds.
        let idle = idle.map(|idle| idle.max(Duration::from_micros(1)));
        let step = idle.chain(most).min().unwrap_or(Duration::from_millis(1));
        self.now
            .set(self.now.get() + step.max(Duration::from_nanos(1)));
        true
    }

    fn passed(&self) -> Duration {
        self.now.get()
    }
}

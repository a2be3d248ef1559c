//! What arrives over one wire of the lab with both ends ours, in virtual time.

use crate::{places, row, row::median};
use std::{net::SocketAddr, rc::Rc, time::Duration};
use thru_port::{Port, read, shutdown, write_all};

const PORT: u16 = 7;
const CHUNK: usize = 64 * 1024;

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
        let ours = seeds().map(|seed| virtually(&case, seed, case.octets));
        let ours = median(ours.collect()).unwrap_or_default();
        let share = ours * 1e6 / case.rate;
        let note = format!(
            "virtual time, {} MB from SYN to the last ACK, median of {}; {share:.4} of the line rate (0.9415 is the most)",
            case.octets / 1_000_000,
            case.seeds
        );
        let work = format!("{} (virtual)", case.name);
        row::print(&work, ours, None, "Mbit/s", &note);
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

//! A thousand hosts on fifty switches, and up to ten thousand connections at once.

use crate::{heap, places, row};
use std::{cell::RefCell, collections::BTreeMap, net::SocketAddr, rc::Rc, time::Duration};
use thru_lab::Lab;
use thru_port::{Port, Stream, read, write_all};

const HOSTS: usize = 1000;
const SWITCHES: usize = 50;
const MOST: usize = 10_000;
const COUNTS: [usize; 4] = [10, 100, 1000, MOST];
/// Times that something is said over a connection, all together, so that the clock has enough.
const EXCHANGES: usize = 50_000;
/// Octets said each way at a time.
const SAID: usize = 1000;
const PORT: u16 = 7;

/// Both ends of a connection.
type Ends = (Box<dyn Stream>, Box<dyn Stream>);

/// Who speaks to whom.
#[derive(Clone, Copy)]
enum Shape {
    /// Each host is called by another, as often as there are connections for it.
    Spread,
    /// All call one.
    OneServer,
}

impl Shape {
    /// Caller and called of the connection of that number.
    fn ends(self, number: usize) -> (usize, usize) {
        let caller = number % HOSTS;
        match self {
            Shape::Spread => (caller, (caller + HOSTS / 2 + 1) % HOSTS),
            Shape::OneServer => (1 + number % (HOSTS - 1), 0),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Shape::Spread => "spread over all hosts",
            Shape::OneServer => "all to one host",
        }
    }
}

/// What one number of connections cost.
struct Cost {
    connections: usize,
    /// CPU of opening, exchanging and closing, seconds.
    open: f64,
    exchange: f64,
    close: f64,
    exchanges: usize,
    /// Frames put on a wire and things that happened, while it was exchanged.
    frames: u64,
    happened: u64,
    /// Octets of the heap for a connection that is idle, both ends and their tables.
    idle: f64,
}

pub fn rows() {
    for shape in [Shape::Spread, Shape::OneServer] {
        let costs: Vec<Cost> = COUNTS.iter().map(|count| measure(shape, *count)).collect();
        print(shape, &costs);
    }
}

fn print(shape: Shape, costs: &[Cost]) {
    let place = format!("{HOSTS} hosts on {SWITCHES} switches, {}", shape.words());
    let per_segment = |cost: &Cost| cost.exchange / cost.frames as f64 * 1e6;
    for cost in costs {
        let n = cost.connections;
        let note = format!(
            "{place}; open {:.1} µs and close {:.1} µs a connection, {} exchanges of {SAID} octets each way",
            cost.open / n as f64 * 1e6,
            cost.close / n as f64 * 1e6,
            cost.exchanges
        );
        let work = format!("CPU per frame, {n} connections");
        row::print(&work, per_segment(cost), None, "µs", &note);
    }
    let Some(last) = costs.last() else { return };
    let whole = |cost: &Cost| {
        let rounds = cost.exchanges as f64 / cost.connections as f64;
        cost.open + cost.close + cost.exchange / rounds
    };
    let points = costs
        .iter()
        .map(|cost| (cost.connections as f64, whole(cost)));
    let note = format!("{place}; CPU of open, one exchange and close; 1 is linear");
    let grown = power(&points.collect::<Vec<_>>());
    row::print(
        "growth 10 to 10000 connections",
        grown,
        None,
        "power",
        &note,
    );
    let note = format!(
        "{place}; both ends, what the port and the stacks' tables hold for it; {:.0} an end",
        last.idle / 2.0
    );
    row::print("memory per idle connection", last.idle, None, "B", &note);
    let each_second = last.happened as f64 / last.exchange;
    let note = format!("{place}; {MOST} connections at once, of CPU time");
    row::print("events per second", each_second, None, "1/s", &note);
}

/// The slope of the line through the logarithms, by least squares.
fn power(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let logs: Vec<(f64, f64)> = points.iter().map(|(n, cost)| (n.ln(), cost.ln())).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let both: f64 = logs.iter().map(|(n, cost)| (n - x) * (cost - y)).sum();
    let square: f64 = logs.iter().map(|(n, _)| (n - x).powi(2)).sum();
    both / square
}

/// The lab, and what its hosts accepted.
struct Town {
    lab: Lab,
    accepted: Rc<RefCell<Vec<Box<dyn Stream>>>>,
}

fn measure(shape: Shape, connections: usize) -> Cost {
    let town = Town::new();
    // Everybody knows their neighbours: ARP asks all, and its cost is that of the network's size.
    for (mut here, _) in town.open(shape, connections.min(HOSTS)) {
        here.abort();
    }
    town.rest(Duration::from_secs(1));
    let held = heap::held();
    let (open, ends) = cpu(|| town.open(shape, connections));
    assert_eq!(ends.len(), connections, "every connection is open");
    // Once around, so that every buffer was used.
    let ends = town.exchange(ends, 1);
    town.rest(Duration::from_secs(1));
    let idle = heap::held().saturating_sub(held) as f64 / connections as f64;
    let rounds = EXCHANGES.div_ceil(connections);
    let before = (town.lab.frames(), town.lab.happened());
    let (exchange, ends) = cpu(|| town.exchange(ends, rounds));
    let (frames, happened) = (town.lab.frames() - before.0, town.lab.happened() - before.1);
    let (close, ()) = cpu(|| {
        drop(ends);
        town.rest(Duration::from_secs(120));
    });
    Cost {
        connections,
        open,
        exchange,
        close,
        exchanges: rounds * connections,
        frames,
        happened,
        idle,
    }
}

fn cpu<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let before = row::cpu_seconds();
    let done = work();
    (row::cpu_seconds() - before, done)
}

impl Town {
    fn new() -> Town {
        let town = Town {
            lab: places::lab(&places::town(HOSTS, SWITCHES), 1),
            accepted: Rc::default(),
        };
        for host in 0..HOSTS {
            let (port, accepted) = (town.port(host), town.accepted.clone());
            let listener = port
                .listen(SocketAddr::from(([0, 0, 0, 0], PORT)))
                .expect("it is free");
            let task = async move {
                while let Ok(stream) = listener.accept().await {
                    accepted.borrow_mut().push(stream);
                }
            };
            port.spawn("accepts", Box::pin(task));
        }
        town
    }

    fn port(&self, host: usize) -> Rc<dyn Port> {
        self.lab.port(&format!("h{host}")).expect("a host")
    }

    fn rest(&self, span: Duration) {
        self.lab.settle(span).expect("a world");
    }

    /// Lets the world go on until it is so.
    fn until(&self, so: impl Fn() -> bool) {
        let near = self.lab.near();
        let wait = async {
            while !so() {
                near.sleep(Duration::from_millis(1)).await;
            }
        };
        self.lab.run_until(wait).expect("a world");
    }

    fn open(&self, shape: Shape, connections: usize) -> Vec<Ends> {
        let called: Rc<RefCell<Vec<Box<dyn Stream>>>> = Rc::default();
        for number in 0..connections {
            let (caller, called_host) = shape.ends(number);
            let (port, called) = (self.port(caller), called.clone());
            let address = SocketAddr::from((places::address(called_host), PORT));
            let spawner = port.clone();
            let task = async move {
                let connected = port.connect(address, None).await;
                let connected = connected.unwrap_or_else(|failure| panic!("{failure:?}"));
                called.borrow_mut().push(connected.stream);
            };
            spawner.spawn("calls", Box::pin(task));
        }
        let all =
            || called.borrow().len() == connections && self.accepted.borrow().len() == connections;
        self.until(all);
        let ends = |stream: &dyn Stream| (stream.info().local, stream.info().remote);
        let accepted = self.accepted.take().into_iter();
        let mut accepted: BTreeMap<_, _> = accepted.map(|end| (ends(&*end), end)).collect();
        let called = called.take().into_iter();
        let both = called.map(|end| {
            let (local, remote) = ends(&*end);
            let other = accepted.remove(&(remote, local)).expect("its other end");
            (end, other)
        });
        both.collect()
    }

    /// Over each connection something is said and answered, so many times.
    fn exchange(&self, ends: Vec<Ends>, rounds: usize) -> Vec<Ends> {
        let connections = ends.len();
        let back: Rc<RefCell<Vec<Ends>>> = Rc::default();
        let spawner = self.lab.near();
        for (mut here, mut there) in ends {
            let back = back.clone();
            let task = async move {
                for _ in 0..rounds {
                    say(&mut *here, &mut *there).await;
                    say(&mut *there, &mut *here).await;
                }
                back.borrow_mut().push((here, there));
            };
            spawner.spawn("talks", Box::pin(task));
        }
        self.until(|| back.borrow().len() == connections);
        back.take()
    }
}

async fn say(from: &mut dyn Stream, to: &mut dyn Stream) {
    write_all(from, &[1; SAID]).await.expect("said");
    let (mut heard, mut buffer) = (0, [0; SAID]);
    while heard < SAID {
        heard += read(to, &mut buffer).await.expect("heard");
    }
}

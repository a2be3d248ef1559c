//! Ten thousand connections at once, on a thousand hosts and fifty switches, in one process. What
//! it costs in CPU time, `cargo xtask bench wire scale` tells.

#[path = "../examples/wire/heap.rs"]
mod heap;
#[allow(dead_code)]
#[path = "../examples/wire/places.rs"]
mod places;

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};
use thru_lab::Lab;
use thru_port::{Stream, read, write_all};

const HOSTS: usize = 1000;
const SWITCHES: usize = 50;
const CONNECTIONS: usize = 10_000;

/// Octets that one end of an idle connection may hold.
const IDLE: usize = 4096;

const PORT: u16 = 7;

type Held = Rc<RefCell<Vec<Box<dyn Stream>>>>;

/// Each host sends back what it hears first, and keeps the connection.
fn listen(lab: &Lab, held: &Held) {
    for host in 0..HOSTS {
        let port = lab.port(&format!("h{host}")).unwrap();
        let listener = port.listen(SocketAddr::from(([0, 0, 0, 0], PORT))).unwrap();
        let (held, spawner) = (held.clone(), port.clone());
        let task = async move {
            while let Ok(mut stream) = listener.accept().await {
                let held = held.clone();
                let answer = async move {
                    let mut heard = [0; 64];
                    let count = read(&mut *stream, &mut heard).await.unwrap();
                    write_all(&mut *stream, &heard[..count]).await.unwrap();
                    held.borrow_mut().push(stream);
                };
                spawner.spawn("answers", Box::pin(answer));
            }
        };
        port.spawn("accepts", Box::pin(task));
    }
}

/// Opens so many connections, asks over each, and keeps them.
fn call(lab: &Lab, held: &Held, connections: usize) {
    let done = Rc::new(Cell::new(0));
    for number in 0..connections {
        let (caller, called) = (number % HOSTS, (number + HOSTS / 2 + 1) % HOSTS);
        let port = lab.port(&format!("h{caller}")).unwrap();
        let (held, done, spawner) = (held.clone(), done.clone(), port.clone());
        let task = async move {
            let to = SocketAddr::from((places::address(called), PORT));
            let mut stream = port.connect(to, None).await.unwrap().stream;
            write_all(&mut *stream, b"hello").await.unwrap();
            let mut heard = [0; 64];
            let count = read(&mut *stream, &mut heard).await.unwrap();
            assert_eq!(&heard[..count], b"hello");
            held.borrow_mut().push(stream);
            done.set(done.get() + 1);
        };
        spawner.spawn("calls", Box::pin(task));
    }
    lab.settle(Duration::from_secs(5)).unwrap();
    assert_eq!(done.get(), connections);
}

#[test]
fn ten_thousand_connections_at_once_are_small_and_cost_what_ten_do() {
    let lab = places::lab(&places::town(HOSTS, SWITCHES), 1);
    let held = Held::default();
    listen(&lab, &held);
    // The neighbours are known from here on.
    call(&lab, &held, HOSTS);
    held.borrow_mut().iter_mut().for_each(|end| end.abort());
    held.borrow_mut().clear();
    lab.settle(Duration::from_secs(1)).unwrap();
    let cost = |connections: usize| {
        let (before, empty) = (lab.happened(), heap::held());
        call(&lab, &held, connections);
        assert_eq!(held.borrow().len(), 2 * connections);
        let each = |whole: u64| whole as f64 / connections as f64;
        let octets = heap::held().saturating_sub(empty) / (2 * connections);
        held.borrow_mut().iter_mut().for_each(|end| end.abort());
        held.borrow_mut().clear();
        lab.settle(Duration::from_secs(1)).unwrap();
        (each(lab.happened() - before), octets)
    };
    let (few, _) = cost(10);
    let (many, octets) = cost(CONNECTIONS);
    // Things that happen, not time: the same for each, however many there are.
    assert!(
        many < few * 1.5,
        "{few} for one of 10, {many} for one of {CONNECTIONS}"
    );
    assert!(octets <= IDLE, "{octets} octets an end");
}

//! Recording off costs nothing: no event is built, and nothing is allocated for one.

mod harness;

use harness::*;
use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    rc::Rc,
};
use thru_events::{
    Cause, CpuWork, Event, EventId, Provenance, Recorder, Tap, Vantage, link::LinkEvent,
};
use thru_octets::{BytesId, Span};
use thru_stack::*;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// Counts what this thread asks for. Growing what is there already is no new allocation.
struct Counting;

// SAFETY: every call goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn allocations<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let before = ALLOCATIONS.with(Cell::get);
    let done = work();
    (done, ALLOCATIONS.with(Cell::get) - before)
}

/// Counts the events and what their fields hold on the heap, and keeps none.
#[derive(Default)]
struct Weigher {
    events: Cell<u32>,
    held: Cell<u64>,
}

impl Recorder for Weigher {
    fn record(&self, _: Cause, _: Provenance, _: Vantage, _: Option<Span>, event: Event) -> Cause {
        // A copy holds as much as the event; it is counted too, as the recorder's own.
        let (_copy, held) = allocations(|| event.clone());
        self.held.set(self.held.get() + held);
        self.events.set(self.events.get() + 1);
        EventId::from_index(self.events.get() as usize - 1)
    }

    fn keep(&self, _: &[u8]) -> BytesId {
        BytesId(1)
    }

    fn cpu(&self, _: Cause, _: CpuWork) {}
}

/// Opens a connection, moves data and closes; gives the allocations of all of it.
fn conversation(tap: Tap) -> u64 {
    let stack = |n: u8| {
        let interface = static_interface(0, [10, 0, 0, n], 1500);
        Stack::new(machine("host", n.into(), vec![interface]), tap.clone())
    };
    let mut net = Net::new(vec![stack(1), stack(2)], &[((0, 0), (1, 0))]);
    let data = vec![7; 50_000];
    let mut got = Vec::with_capacity(data.len());
    let ((), count) = allocations(|| {
        let (client, server) = net.open(0, 1, "10.0.0.2:80");
        let now = net.now;
        let written = net.stacks[0].tcp_write(now, client, &data, None);
        assert_eq!(written, Ok(data.len()));
        net.stacks[0].tcp_shutdown(now, client, None);
        net.run_until(|net| read_some(&mut net.stacks[1], net.now, server, &mut got));
        let refused = net.stacks[0].tcp_connect(net.now, address("10.0.0.2:81"), None);
        let refused = refused.unwrap();
        net.run_until(|net| net.stacks[0].tcp_status(refused) != TcpStatus::Connecting);
    });
    assert_eq!(got, data);
    count
}

#[test]
fn a_stack_that_is_not_recorded_allocates_nothing_for_events() {
    // What a thread allocates once only is allocated now.
    conversation(Tap::off());
    let off = conversation(Tap::off());
    assert_eq!(
        conversation(Tap::off()),
        off,
        "the count is the same every time"
    );
    let weigher = Rc::new(Weigher::default());
    let tap = Tap::new(weigher.clone(), Provenance::Simulated, Vantage::Near);
    let on = conversation(tap);
    assert!(
        weigher.events.get() > 200,
        "the conversation has events: {}",
        weigher.events.get()
    );
    let held = weigher.held.get();
    assert!(held > 0, "some of them have texts: {held}");
    // What recording adds is what the events hold, and their copies. A text made outside of an event's closure
    // would be made without recording too, and the sum would not come out.
    assert_eq!(on, off + 2 * held);
}

#[test]
fn a_tap_that_is_off_neither_builds_nor_keeps() {
    let tap = Tap::off();
    let ((), count) = allocations(|| {
        for _ in 0..1000 {
            let never = || -> LinkEvent { unreachable!("a tap that is off builds no event") };
            assert_eq!(tap.emit(None, never), None);
            assert_eq!(tap.emit_with_span(None, None, never), None);
            assert_eq!(tap.keep(&[0; 1500]), None);
        }
    });
    assert_eq!(count, 0);
}

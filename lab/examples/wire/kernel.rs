//! Linux's own stack at both ends of the lab's wire, and ours, in real time.
//!
//! The program starts itself again in a network namespace, and from there in a second one: each
//! has a TAP device, and the lab's wire is between the two.

use crate::{
    goodput::{self, Case, LOSSY, SHALLOW},
    places, row,
    row::median,
};
use socket2::{Domain, Socket, Type};
use std::{
    cell::Cell,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, ExitCode, Stdio},
    rc::Rc,
    thread,
    time::{Duration, Instant},
};
use thru_host::doors::TapDevice;
use thru_lab::{Outside, Pace, Plug};

const PORT: u16 = 7;
const DEVICES: [&str; 2] = ["lab0", "lab1"];
const CHUNK: usize = 64 * 1024;
/// What is said over once the other end is ready.
const READY: &str = "ready";

pub fn rows(words: &[&str]) -> ExitCode {
    match words {
        ["far"] => far(),
        ["inside"] => inside(),
        _ => {
            let program = std::env::current_exe().expect("this program has a file");
            let script = "ip link set lo up && exec \"$0\" kernel inside";
            let status = Command::new("unshare")
                .args(["-r", "-n", "sh", "-c", script])
                .arg(program)
                .status();
            match status {
                Ok(status) if status.success() => {}
                _ => eprintln!("no network namespace or no TAP device here: no row of Linux"),
            }
        }
    }
    ExitCode::SUCCESS
}

/// The other end: configures its device, then hears whoever calls.
fn far() {
    let mut moved = String::new();
    let read = std::io::stdin().read_line(&mut moved);
    read.expect("whoever started this says when");
    configure(DEVICES[1], "10.0.0.2/24");
    let listener = TcpListener::bind(("10.0.0.2", PORT)).expect("it is free");
    println!("{READY}");
    let mut buffer = vec![0; CHUNK];
    for stream in listener.incoming() {
        let mut stream = stream.expect("a connection");
        while stream.read(&mut buffer).expect("heard") > 0 {}
    }
}

/// What both sides do about congestion, whatever the machine's own choice is (RFC 9438). A namespace
/// may not make it the choice of all its sockets where the machine restricts it, so each is told.
const CONGESTION: &str = "cubic";

fn configure(device: &str, address: &str) {
    // The kernel's own chatter would change the numbers of the frames.
    let _ = fs::write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
    let _ = fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
    let _ = fs::write("/proc/sys/net/ipv4/tcp_no_metrics_save", "1");
    tool(&["addr", "add", address, "dev", device]);
    tool(&["link", "set", device, "up"]);
}

fn tool(arguments: &[&str]) {
    let status = Command::new("ip").args(arguments).status().expect("ip");
    assert!(status.success(), "ip {arguments:?}");
}

struct FarEnd(Child);

impl Drop for FarEnd {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn inside() {
    let devices = DEVICES.map(|name| TapDevice::open(name).expect("a TAP device"));
    let program = std::env::current_exe().expect("this program has a file");
    let child = Command::new("unshare")
        .arg("-n")
        .arg(program)
        .args(["kernel", "far"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = FarEnd(child.expect("a second namespace"));
    // Until it has its own, this process's namespace is its too.
    let own = |pid: &str| fs::read_link(format!("/proc/{pid}/ns/net")).ok();
    let pid = child.0.id().to_string();
    while own(&pid) == own("self") {
        thread::sleep(Duration::from_millis(5));
    }
    tool(&["link", "set", DEVICES[1], "netns", &pid]);
    configure(DEVICES[0], "10.0.0.1/24");
    let input = child.0.stdin.as_mut().expect("it is piped");
    writeln!(input, "moved").expect("it hears");
    let mut said = String::new();
    let output = child.0.stdout.take().expect("it is piped");
    BufReader::new(output)
        .read_line(&mut said)
        .expect("it speaks");
    assert_eq!(said.trim(), READY);
    for case in [LOSSY, SHALLOW] {
        let (mut ours, mut theirs, mut beside) = (Vec::new(), Vec::new(), Vec::new());
        for seed in 1..=case.seeds {
            theirs.push(linux(&case, seed, &devices));
            ours.push(really(&case, seed));
            beside.push(goodput::virtually(&case, seed, case.real_octets));
        }
        let note = format!(
            "real time, {} MB from SYN to the last ACK, median of {} seeds, the same frames lost; ours in virtual time {:.1}; peer: Linux at both ends, {CONGESTION}",
            case.real_octets / 1_000_000,
            case.seeds,
            median(beside).unwrap_or_default(),
        );
        let ours = median(ours).unwrap_or_default();
        row::print(case.name, ours, median(theirs), "Mbit/s", &note);
    }
}

/// A connection of Linux. It is told before it opens: one that was BBR's, as some machines choose,
/// goes on pacing whatever it is told later.
fn call() -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let told = socket.set_tcp_congestion(CONGESTION.as_bytes());
    told.expect("the kernel knows CUBIC");
    let address = SocketAddr::from(([10, 0, 0, 2], PORT));
    socket.connect(&address.into()).expect("a connection");
    socket.into()
}

/// Mbit/s with Linux at both ends.
fn linux(case: &Case, seed: u64, devices: &[TapDevice; 2]) -> f64 {
    let lab = places::lab(&places::pair("outside", &case.keys(seed)), seed);
    let octets = case.real_octets;
    // The devices know each other anew, as ours do.
    tool(&["neigh", "flush", "dev", DEVICES[0]]);
    let sends = thread::spawn(move || {
        let begun = Instant::now();
        let mut stream = call();
        stream.set_nodelay(true).expect("a socket");
        let chunk = vec![7; CHUNK];
        let mut said = 0;
        while said < octets {
            let next = CHUNK.min(octets - said);
            stream.write_all(&chunk[..next]).expect("said");
            said += next;
        }
        stream.shutdown(Shutdown::Write).expect("a goodbye");
        assert_eq!(stream.read(&mut [0; 1]).expect("its end"), 0);
        begun.elapsed()
    });
    let plug = |name| lab.plug(Some(name)).expect("an end");
    let mut across = Across {
        cables: vec![(plug("a"), &devices[0]), (plug("b"), &devices[1])],
        over: &|| sends.is_finished(),
        begun: Instant::now(),
        frame: Vec::new(),
    };
    lab.live(Pace::Real, &mut across).expect("a world");
    Case::mbits(octets, sends.join().expect("sent"))
}

/// Mbit/s with both ends ours, at the pace of real time.
fn really(case: &Case, seed: u64) -> f64 {
    let lab = places::lab(&places::pair("host", &case.keys(seed)), seed);
    let took = Rc::new(Cell::new(None));
    let (from, to) = (lab.near(), lab.port("b").expect("a host"));
    let (octets, noted) = (case.real_octets, took.clone());
    let spawner = from.clone();
    let sends = async move {
        let begun = Instant::now();
        goodput::send(from, to, octets).await;
        noted.set(Some(begun.elapsed()));
    };
    spawner.spawn("sends", Box::pin(sends));
    let mut across = Across {
        cables: Vec::new(),
        over: &|| took.get().is_some(),
        begun: Instant::now(),
        frame: Vec::new(),
    };
    lab.live(Pace::Real, &mut across).expect("a world");
    Case::mbits(octets, took.get().expect("it ended"))
}

/// What is outside of the lab: devices of the kernel, or real time alone.
struct Across<'a> {
    cables: Vec<(Plug, &'a TapDevice)>,
    over: &'a dyn Fn() -> bool,
    begun: Instant,
    frame: Vec<u8>,
}

/// How often it is looked whether it is over.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// What is not worth to fall asleep for.
const SHORT: Duration = Duration::from_micros(200);

impl Across<'_> {
    fn carry(&mut self) -> bool {
        let mut any = false;
        for (plug, device) in &self.cables {
            while let Some(frame) = plug.take_out() {
                device.write(&frame);
            }
            while device.read(&mut self.frame).expect("a frame") {
                any |= plug.hand_in(&self.frame);
            }
        }
        any
    }
}

impl Outside for Across<'_> {
    fn wait(&mut self, most: Option<Duration>) -> bool {
        if (self.over)() {
            return false;
        }
        let until = Instant::now() + most.map_or(LOOK_AGAIN, |most| most.min(LOOK_AGAIN));
        // Two devices cannot be waited for at once; what is due soon is waited for awake.
        while !self.carry() {
            let left = until.saturating_duration_since(Instant::now());
            match left {
                Duration::ZERO => break,
                left if left > SHORT => thread::sleep(SHORT / 4),
                _ => std::hint::spin_loop(),
            }
        }
        true
    }

    fn passed(&self) -> Duration {
        self.begun.elapsed()
    }
}

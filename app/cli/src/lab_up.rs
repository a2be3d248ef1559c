//! `thru lab up`: real programs load what the lab serves.

use crate::{
    arguments::{PaceName, UpArguments},
    artifacts,
    exit::{self, Exit},
    topologies,
};
use sha2::{Digest, Sha256};
use std::{
    cell::{Cell, RefCell},
    fmt::Write as _,
    future::poll_fn,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use throughline::Failure;
use thru_host::doors::{self, AsyncTap, Door, Kind, TapDevice, Visitor};
use thru_lab::{Lab, LabClock, LabConfig, Outside, Pace, Plug, Topology, address_of, faults};
use thru_port::{CpuClock, Port, Stream};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    runtime::Runtime,
    sync::{Notify, mpsc, oneshot},
    task::LocalSet,
};

/// Chunks that wait between the lab and a program, in each direction.
const CHUNKS: usize = 16;
/// Octets of a chunk.
const CHUNK: usize = 32 * 1024;

/// Builds the lab, opens its doors and lets the world live until Ctrl-C or SIGTERM.
pub fn up(arguments: &UpArguments) -> Exit {
    match open(arguments) {
        Ok(()) => Exit::Loaded,
        Err((exit, words)) => {
            exit::complain(&words);
            exit
        }
    }
}

/// Exit status and words.
pub type Refused = (Exit, String);

fn open(arguments: &UpArguments) -> Result<(), Refused> {
    let lab = build(arguments)?;
    let roots = lab.near_roots();
    let root = roots.first().map(|root| root.as_ref().to_vec());
    if let (Some(file), Some(root)) = (&arguments.root_out, &root) {
        artifacts::write(file, pem(root).as_bytes(), false).map_err(|words| (Exit::File, words))?;
    }
    let own = |error: std::io::Error| (Exit::Own, error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(own)?;
    let mut doors = Doors {
        runtime,
        tasks: LocalSet::new(),
        came: Rc::default(),
        cable: None,
        ended: Rc::default(),
        begun: Instant::now(),
    };
    if let Some(name) = &arguments.tap_device {
        doors.plug_in(name, &lab)?;
    }
    let opened = doors.open(arguments, lab.near())?;
    doors.listen_for_the_end();
    // Chromium holds keys against what a server sends, and no server sends its root.
    let intermediates = lab.near_intermediates();
    let sent = intermediates.first().map(|sent| sent.as_ref());
    crate::answer!("{}", ready(&opened, arguments, sent));
    doors.begun = Instant::now();
    let pace = match arguments.clock {
        PaceName::Real => Pace::Real,
        PaceName::Virtual => Pace::Virtual,
    };
    lab.live(pace, &mut doors)
        .map_err(|stuck| (Exit::Own, stuck.to_string()))
}

/// The topology of a scenario or of a file; without a name the built-in internet.
pub fn topology(name: Option<&str>, strict: bool) -> Result<Topology, Refused> {
    let Some(name) = name else {
        return Ok(Topology::builtin());
    };
    let found = topologies::find(name, strict).and_then(|found| found.topology());
    found.map_err(|failure| {
        let exit = match failure {
            Failure::File(_) => Exit::File,
            Failure::Own(_) => Exit::Own,
            _ => Exit::Usage,
        };
        (exit, failure.to_string())
    })
}

/// Seconds since 1970.
pub fn today() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

fn build(arguments: &UpArguments) -> Result<Lab, Refused> {
    let usage = |words: String| (Exit::Usage, words);
    let mut topology = topology(arguments.file.as_deref(), arguments.strict)?;
    for fault in &arguments.fault {
        let done = faults::apply(&mut topology, fault);
        done.map_err(|error| usage(format!("--fault {fault}: {error}")))?;
    }
    if arguments.tap_device.is_some() {
        topology
            .make_outside()
            .map_err(|error| usage(error.to_string()))?;
    }
    // Real programs look at certificates by today's date.
    let set = topology.set_starts_at(&date(today()));
    set.map_err(|error| (Exit::Own, error.to_string()))?;
    let lab = Lab::new(LabConfig {
        topology,
        seed: arguments.seed,
        clock: LabClock::new(),
        recorder: None,
        cpu: Rc::new(StillCpu),
    });
    lab.map_err(|error| usage(error.to_string()))
}

struct StillCpu;

impl CpuClock for StillCpu {
    fn nanos(&self) -> u64 {
        0
    }
}

/// RFC 3339, UTC, of seconds since 1970.
fn date(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Years begin in March, so that a leap day is the last of its year; eras of 400 years.
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let in_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * in_year + 2) / 153;
    let of_month = in_year - (153 * month + 2) / 5 + 1;
    let (month, early) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    format!(
        "{:04}-{month:02}-{of_month:02}T{:02}:{:02}:{:02}Z",
        era * 400 + year + early,
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

/// What is printed when the doors are open.
fn ready(opened: &[(Kind, SocketAddr)], arguments: &UpArguments, sent: Option<&[u8]>) -> String {
    let mut text = String::from("ready\n");
    if let Some(name) = &arguments.tap_device {
        let _ = writeln!(
            text,
            "tap    {name}\n  ip link set {name} up, then an address of the lab's network there"
        );
    }
    let file = arguments.root_out.as_ref();
    let root_file = file.map_or("ROOT.pem (--root-out ROOT.pem)".to_owned(), |file| {
        file.display().to_string()
    });
    let pin = sent
        .and_then(key_of)
        .map(|key| base64(&Sha256::digest(key)));
    for (kind, address) in opened {
        let (name, curl, chromium) = match kind {
            Kind::Socks => ("socks", "--proxy socks5h://", "socks5://"),
            Kind::Http => ("http ", "--proxy http://", "http://"),
        };
        let _ = writeln!(text, "{name}  {address}");
        let _ = writeln!(
            text,
            "  curl {curl}{address} --cacert {root_file} https://shop.lab/"
        );
        if let Some(pin) = &pin {
            let _ = writeln!(
                text,
                "  chromium --user-data-dir=$(mktemp -d) --proxy-server={chromium}{address} \
                 --ignore-certificate-errors-spki-list={pin} https://shop.lab/"
            );
        }
    }
    text
}

fn pem(certificate: &[u8]) -> String {
    let text = base64(certificate);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap_or_default())
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

/// RFC 4648, section 4.
fn base64(octets: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in octets.chunks(3) {
        let word = three
            .iter()
            .fold(0u32, |word, octet| word << 8 | u32::from(*octet));
        let word = word << (8 * (3 - three.len()));
        for place in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * place) & 63) as usize];
            text.push(if place > three.len() {
                '='
            } else {
                letter.into()
            });
        }
    }
    text
}

/// The subject public key info of a certificate (RFC 5280, section 4.1): the seventh part of the
/// first part.
fn key_of(certificate: &[u8]) -> Option<&[u8]> {
    let (_, inside, _) = element(certificate)?;
    let (_, mut rest, _) = element(inside)?;
    for _ in 0..6 {
        rest = element(rest)?.2;
    }
    let (whole, ..) = element(rest)?;
    Some(whole)
}

/// One DER element: all of it, its content, what follows.
fn element(octets: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let first = *octets.get(1)?;
    let (length, header) = match first {
        0..=0x7f => (usize::from(first), 2),
        0x81..=0x84 => {
            let count = usize::from(first & 0x7f);
            let bytes = octets.get(2..2 + count)?;
            let length = bytes
                .iter()
                .fold(0, |sum, octet| sum << 8 | usize::from(*octet));
            (length, 2 + count)
        }
        _ => return None,
    };
    let end = header.checked_add(length)?;
    Some((
        octets.get(..end)?,
        octets.get(header..end)?,
        octets.get(end..)?,
    ))
}

/// The real system, as the live world sees it.
struct Doors {
    runtime: Runtime,
    tasks: LocalSet,
    /// Something was done that the lab should look at.
    came: Rc<Notify>,
    /// The device, and where it is plugged in.
    cable: Option<(Rc<AsyncTap>, Plug)>,
    ended: Rc<Cell<bool>>,
    begun: Instant,
}

impl Outside for Doors {
    fn wait(&mut self, most: Option<Duration>) -> bool {
        if let Some((device, plug)) = &self.cable {
            while let Some(frame) = plug.take_out() {
                // What the kernel does not take is lost, as on any cable.
                device.write(&frame);
            }
        }
        let came = self.came.clone();
        let waiting = async move {
            match most {
                Some(Duration::ZERO) => tokio::task::yield_now().await,
                Some(most) => tokio::select! {
                    biased;
                    () = came.notified() => {}
                    () = doors::sleep(most) => {}
                },
                None => came.notified().await,
            }
        };
        self.runtime.block_on(self.tasks.run_until(waiting));
        !self.ended.get()
    }

    fn passed(&self) -> Duration {
        self.begun.elapsed()
    }
}

impl Doors {
    fn open(
        &self,
        arguments: &UpArguments,
        near: Rc<dyn Port>,
    ) -> Result<Vec<(Kind, SocketAddr)>, Refused> {
        let asked = [(Kind::Socks, arguments.socks), (Kind::Http, arguments.http)];
        let mut opened = Vec::new();
        for (kind, address) in asked {
            let Some(address) = address else { continue };
            let refused = |error: std::io::Error| (Exit::File, format!("{address}: {error}"));
            let door = self
                .runtime
                .block_on(Door::open(kind, address))
                .map_err(refused)?;
            opened.push((kind, door.address().map_err(refused)?));
            let (near, came) = (near.clone(), self.came.clone());
            self.tasks.spawn_local(attend(door, near, came));
        }
        match opened.is_empty() && self.cable.is_none() {
            true => Err((
                Exit::Usage,
                "no door: --socks ADDRESS, --http ADDRESS or --tap-device NAME".to_owned(),
            )),
            false => Ok(opened),
        }
    }

    /// Plugs a TAP device in: frames of the kernel go into the lab, and the other way.
    fn plug_in(&mut self, name: &str, lab: &Lab) -> Result<(), Refused> {
        let refused = |error: std::io::Error| {
            let right = match error.kind() {
                std::io::ErrorKind::PermissionDenied => {
                    "; it needs CAP_NET_ADMIN: sudo, or unshare -rn"
                }
                _ => "",
            };
            (Exit::File, format!("--tap-device {name}: {error}{right}"))
        };
        let plug = lab.plug(None);
        let plug = plug.ok_or((Exit::Usage, "the lab has no place for a device".to_owned()))?;
        let device = TapDevice::open(name).map_err(refused)?;
        // Registered with the runtime, whose context that needs.
        let context = self.runtime.enter();
        let device = Rc::new(device.into_async().map_err(refused)?);
        drop(context);
        self.cable = Some((device.clone(), plug.clone()));
        let came = self.came.clone();
        self.tasks.spawn_local(async move {
            let mut frame = Vec::new();
            while device.read(&mut frame).await.is_ok() {
                plug.hand_in(&frame);
                came.notify_one();
            }
        });
        Ok(())
    }

    fn listen_for_the_end(&self) {
        let (came, ended) = (self.came.clone(), self.ended.clone());
        self.tasks.spawn_local(async move {
            let terminated = async {
                let kind = tokio::signal::unix::SignalKind::terminate();
                match tokio::signal::unix::signal(kind) {
                    Ok(mut signal) => signal.recv().await,
                    Err(_) => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated => {}
            }
            ended.set(true);
            came.notify_one();
        });
    }
}

/// Takes in one program after the other.
async fn attend(door: Door, near: Rc<dyn Port>, came: Rc<Notify>) {
    while let Ok(knock) = door.next().await {
        let (near, came) = (near.clone(), came.clone());
        tokio::task::spawn_local(async move {
            if let Some(visitor) = knock.question().await {
                join(visitor, near, came).await;
            }
        });
    }
}

/// Joins a program with a connection in the lab.
async fn join(visitor: Visitor, near: Rc<dyn Port>, came: Rc<Notify>) {
    let (to_lab, from_door) = mpsc::channel(CHUNKS);
    let (to_door, mut from_lab) = mpsc::channel::<Vec<u8>>(CHUNKS);
    let (say_open, is_open) = oneshot::channel();
    let wanted = (visitor.host.clone(), visitor.port);
    let inside = inside(near.clone(), wanted, (from_door, to_door), say_open);
    near.spawn("a visitor's connection", Box::pin(inside));
    came.notify_one();
    if is_open.await.is_err() {
        return visitor.refuse().await;
    }
    let Ok((stream, early)) = visitor.admit().await else {
        return;
    };
    let (mut read, mut write) = stream.into_split();
    let reading = async {
        let mut chunk = early;
        loop {
            if !chunk.is_empty() && to_lab.send(std::mem::take(&mut chunk)).await.is_err() {
                break;
            }
            came.notify_one();
            chunk.resize(CHUNK, 0);
            match read.read(&mut chunk).await {
                Ok(count @ 1..) => chunk.truncate(count),
                _ => break,
            }
        }
        drop(to_lab);
        came.notify_one();
    };
    let writing = async {
        while let Some(chunk) = from_lab.recv().await {
            came.notify_one();
            if write.write_all(&chunk).await.is_err() {
                break;
            }
        }
        from_lab.close();
        // Who left already hears nothing more.
        let _ = write.shutdown().await;
        came.notify_one();
    };
    tokio::join!(reading, writing);
}

/// The lab's end of a visit; runs in the lab's world.
async fn inside(
    near: Rc<dyn Port>,
    (host, service): (String, u16),
    (mut from_door, to_door): (mpsc::Receiver<Vec<u8>>, mpsc::Sender<Vec<u8>>),
    say_open: oneshot::Sender<()>,
) {
    if near.ready(None).await.is_err() {
        return;
    }
    let Some(address) = address_of(&near, &host, service).await else {
        return;
    };
    let Ok(connected) = near.connect(address, None).await else {
        return;
    };
    if say_open.send(()).is_err() {
        return;
    }
    let stream: Shared = Rc::new(RefCell::new(connected.stream));
    near.spawn(
        "octets out of the lab",
        Box::pin(outwards(stream.clone(), to_door)),
    );
    while let Some(chunk) = from_door.recv().await {
        if write_all(&stream, &chunk).await.is_none() {
            return stream.borrow_mut().abort();
        }
    }
    // A peer that is gone needs no goodbye.
    let _ = poll_fn(|context| stream.borrow_mut().poll_shutdown(context)).await;
}

type Shared = Rc<RefCell<Box<dyn Stream>>>;

async fn write_all(stream: &Shared, mut octets: &[u8]) -> Option<()> {
    while !octets.is_empty() {
        let taken = poll_fn(|context| stream.borrow_mut().poll_write(context, octets)).await;
        octets = &octets[taken.ok()?..];
    }
    Some(())
}

async fn outwards(stream: Shared, to_door: mpsc::Sender<Vec<u8>>) {
    loop {
        let mut chunk = vec![0; CHUNK];
        let read = poll_fn(|context| stream.borrow_mut().poll_read(context, &mut chunk)).await;
        let Ok(count @ 1..) = read else { return };
        chunk.truncate(count);
        if to_door.send(chunk).await.is_err() {
            return stream.borrow_mut().abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date(0), "1970-01-01T00:00:00Z");
        assert_eq!(date(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(date(1_767_225_599), "2025-12-31T23:59:59Z");
    }

    #[test]
    fn base64_as_in_the_rfc() {
        for (octets, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(octets.as_bytes()), text);
        }
    }

    #[test]
    fn a_key_is_the_seventh_part_of_the_first() {
        let part = |tag: u8, content: &[u8]| [&[tag, content.len() as u8], content].concat();
        let parts: Vec<u8> = (1..=8u8).flat_map(|n| part(2, &[n])).collect();
        let certificate = part(0x30, &part(0x30, &parts));
        assert_eq!(key_of(&certificate), Some(&[2, 1, 7][..]));
        assert_eq!(key_of(&certificate[..9]), None);
    }
}

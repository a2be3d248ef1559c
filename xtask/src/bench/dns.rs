//! Name servers: CPU for a cached and for an authoritative answer, memory for what is kept.
//!
//! The server has CPU 0 to itself, dnsperf and the authority behind the caches have CPU 1; where it says "two CPUs" all have
//! both. All caches forward to the same authority (NSD), and are asked for the same names. CPU is what the kernel charges the
//! server's process. Memory is what is its own alone: what it shares counts for less as soon as another program has it too.

use super::{Row, median, row};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    io::{BufRead, BufReader},
    net::UdpSocket,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Names that are asked for again and again.
const NAMES: usize = 10_000;
/// Different names that a cache with a limit has to bear.
const MANY: usize = 1_000_000;
/// Different names that are forwarded in a measured run.
const MISSES: usize = 100_000;
/// Names that fill what a server begins with before memory is measured, and those that it is measured by: together fewer
/// than our recursor keeps (`ANSWER_LIMIT`).
const FIRST: usize = 2_000;
const SETS: usize = 16_000;
/// Measured runs of each server, in turn.
const ROUNDS: usize = 3;
/// Measured runs of memory, which one start can make larger than another.
const MEMORY_ROUNDS: usize = 5;
/// Seconds of load in a run.
const SECONDS: u32 = 5;
/// How long a server may take to answer first.
const START: Duration = Duration::from_secs(20);
/// Where they listen.
const PORT: u16 = 5391;
const AUTHORITY_PORT: u16 = 5392;

/// Who computes where.
#[derive(Clone, Copy)]
struct Cpus {
    server: &'static str,
    load: &'static str,
    threads: &'static str,
}

const APART: Cpus = Cpus {
    server: "0",
    load: "1",
    threads: "1",
};
const BOTH: Cpus = Cpus {
    server: "0,1",
    load: "0,1",
    threads: "2",
};
/// What a client sends that shows a cookie for the first time (RFC 7873), DO set.
const COOKIE: [&str; 3] = ["-D", "-E", "10:0102030405060708"];
/// Few questions at a time, so that what is under way takes the same memory each time.
const FEW: [&str; 4] = ["-n", "1", "-q", "20"];

/// A server under load; it ends when this is dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It and its children are ended and not asked to end: nothing of them is kept.
        for process in family(self.0.id()) {
            let id = process.to_string();
            let _ = Command::new("kill").args(["-KILL", &id]).status();
        }
        let _ = self.0.wait();
    }
}

impl Server {
    fn start(cpu: &str, command: &[&str], folder: &Path, port: u16) -> Result<Server> {
        let child = Command::new("taskset")
            .args(["-c", cpu])
            .args(command)
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("start {command:?}"))?;
        let server = Server(child);
        server.await_answer(port)?;
        Ok(server)
    }

    /// Asks for a name until there is an answer.
    fn await_answer(&self, port: u16) -> Result<()> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.connect(("127.0.0.1", port))?;
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        let mut question = b"\0\x07\x01\0\0\x01\0\0\0\0\0\0".to_vec();
        question.extend_from_slice(b"\x02n0\x05bench\x04test\0\0\x01\0\x01");
        let (start, mut answer) = (Instant::now(), [0; 512]);
        while start.elapsed() < START {
            let _ = socket.send(&question);
            match socket.recv(&mut answer) {
                Ok(length) if length > 12 && answer[3] & 15 == 0 => return Ok(()),
                Ok(_) => {}
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
        }
        bail!("no answer from port {port} in {} s", START.as_secs())
    }

    /// CPU seconds so far of all threads and processes: NSD answers in a child of its own.
    fn cpu(&self) -> Result<f64> {
        let of_all = family(self.0.id()).into_iter().map(cpu_seconds);
        of_all.sum()
    }

    /// MB (10^6) that are its own, of all its processes.
    fn memory(&self) -> f64 {
        family(self.0.id()).into_iter().map(own_mb).sum()
    }
}

/// Most processes of one server.
const FAMILY_LIMIT: usize = 64;

/// A process with its children and theirs.
fn family(first: u32) -> Vec<u32> {
    let (mut found, mut at) = (vec![first], 0);
    while at < found.len() && found.len() < FAMILY_LIMIT {
        let path = format!("/proc/{0}/task/{0}/children", found[at]);
        let text = fs::read_to_string(path).unwrap_or_default();
        found.extend(
            text.split_whitespace()
                .filter_map(|id| id.parse::<u32>().ok()),
        );
        at += 1;
    }
    found
}

fn cpu_seconds(process: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let after = stat.rsplit_once(')').context("stat")?.1;
    let fields: Vec<&str> = after.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
    // utime and stime, fields 14 and 15 of proc(5), in clock ticks of 1/100 s.
    Ok((ticks(11).unwrap_or_default() + ticks(12).unwrap_or_default()) / 100.0)
}

fn own_mb(process: u32) -> f64 {
    let path = format!("/proc/{process}/smaps_rollup");
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().filter(|line| line.starts_with("Private_"));
    let kilobytes = lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kilobytes.sum::<f64>() * 1024.0 / 1e6
}

/// What dnsperf got answered. `words` say how long or how often the names are asked for.
fn load(cpus: Cpus, names: &Path, words: &[&str]) -> Result<f64> {
    let port = PORT.to_string();
    let output = Command::new("taskset")
        .args(["-c", cpus.load, "dnsperf", "-s", "127.0.0.1", "-p", &port])
        .args(["-c", "8", "-T", cpus.threads, "-d"])
        .arg(names)
        .args(words)
        .stderr(Stdio::null())
        .output()
        .context("dnsperf")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text
        .lines()
        .find(|line| line.contains("Queries completed:"));
    let number = line.and_then(|line| line.split_whitespace().nth(2)?.parse().ok());
    number.with_context(|| format!("dnsperf says nothing of what was completed: {text}"))
}

/// Microseconds of CPU for one answer that is known, under load; `more` says how it is asked for.
fn cpu_us(server: &Server, cpus: Cpus, names: &Path, more: &[&str]) -> Result<f64> {
    load(cpus, names, &[&["-n", "1"], more].concat())?;
    let seconds = SECONDS.to_string();
    measured(server, || {
        load(cpus, names, &[&["-l", seconds.as_str()], more].concat())
    })
}

/// The same for names that have to be asked on.
fn miss_us(server: &Server, names: &Path) -> Result<f64> {
    measured(server, || load(APART, names, &["-n", "1"]))
}

fn measured(server: &Server, load: impl FnOnce() -> Result<f64>) -> Result<f64> {
    let before = server.cpu()?;
    let answered = load()?;
    Ok((server.cpu()? - before) * 1e6 / answered.max(1.0))
}

/// Bytes for one name that is kept, of those asked for after the first.
fn bytes_a_set(server: &Server, first: &Path, all: &Path) -> Result<f64> {
    load(APART, first, &FEW)?;
    let before = server.memory();
    let answered = load(APART, all, &FEW)?;
    Ok((server.memory() - before) * 1e6 / answered.max(1.0))
}

fn installed(program: &str) -> bool {
    let folders = [
        "/usr/sbin",
        "/usr/bin",
        "/usr/local/sbin",
        "/usr/local/bin",
        "/sbin",
    ];
    folders
        .iter()
        .any(|folder| Path::new(folder).join(program).exists())
}

/// The files of the bench.
struct Files {
    folder: PathBuf,
    ours: PathBuf,
}

impl Files {
    fn write(root: &Path, ours: PathBuf) -> Result<Files> {
        let folder = root.join("target/bench/dns");
        fs::create_dir_all(&folder)?;
        let files = Files { folder, ours };
        let mut zone = String::from(
            "$ORIGIN bench.test.\n$TTL 86400\n@ SOA ns.elsewhere.test. x. 1 3600 600 86400 300\n\
             @ NS ns.elsewhere.test.\n*.wide A 192.0.2.9\n",
        );
        let mut names = String::new();
        for number in 0..NAMES {
            let (high, low) = (number / 250, number % 250);
            zone.push_str(&format!("n{number} A 10.0.{high}.{low}\n"));
            names.push_str(&format!("n{number}.bench.test A\n"));
        }
        let wide = |kind: char, count: usize| -> String {
            let names = (0..count).map(|number| format!("{kind}{number}.wide.bench.test A\n"));
            names.collect()
        };
        let here = files.folder.display().to_string();
        let authority = format!("127.0.0.1@{AUTHORITY_PORT}");
        // Without a rate limit: one that is on by default cuts answers under load, and costs time.
        let nsd = |port: u16| {
            format!(
                "server:\n ip-address: 127.0.0.1@{port}\n zonesdir: \"{here}\"\n pidfile: \"\"\n \
                 username: \"\"\n database: \"\"\n server-count: 1\n xfrdfile: \"\"\n \
                 zonelistfile: \"{here}/zone.list.{port}\"\n minimal-responses: yes\n \
                 rrl-ratelimit: 0\n rrl-whitelist-ratelimit: 0\n\
                 remote-control:\n control-enable: no\n\
                 zone:\n name: bench.test\n zonefile: bench.zone\n"
            )
        };
        let unbound = |threads: u32| {
            format!(
                "server:\n interface: 127.0.0.1@{PORT}\n username: \"\"\n chroot: \"\"\n pidfile: \"\"\n \
             directory: \"{here}\"\n use-syslog: no\n num-threads: {threads}\n msg-cache-size: 64m\n rrset-cache-size: 64m\n do-not-query-localhost: no\n \
             module-config: \"iterator\"\n minimal-responses: yes\n local-zone: \"test.\" nodefault\n\
             forward-zone:\n name: \".\"\n forward-addr: {authority}\n\
             remote-control:\n control-enable: no\n"
            )
        };
        let dnsmasq = format!(
            "port={PORT}\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\nuser=\n\
             server=127.0.0.1#{AUTHORITY_PORT}\ncache-size=30000\n"
        );
        let cache = format!(
            "[[dns]]\nname = \"cache\"\nlisten = \"127.0.0.1:{PORT}\"\nkind = \"forwarder\"\n\
             to = [\"127.0.0.1:{AUTHORITY_PORT}\"]\n"
        );
        let zones = format!(
            "[[dns]]\nname = \"zones\"\nlisten = \"127.0.0.1:{PORT}\"\nkind = \"authoritative\"\n\
             zones = [\"bench.zone\"]\n"
        );
        for (name, text) in [
            ("bench.zone", zone),
            ("names", names),
            ("first", wide('f', FIRST)),
            ("sets", wide('s', SETS)),
            ("misses", wide('x', MISSES)),
            ("many", wide('m', MANY)),
            ("authority.conf", nsd(AUTHORITY_PORT)),
            ("nsd.conf", nsd(PORT)),
            ("unbound.conf", unbound(1)),
            ("unbound-2.conf", unbound(2)),
            ("dnsmasq.conf", dnsmasq),
            ("cache.toml", cache),
            ("zones.toml", zones),
        ] {
            fs::write(files.folder.join(name), text)?;
        }
        Ok(files)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn authority(&self) -> Result<Server> {
        let words = ["nsd", "-d", "-c", "authority.conf"];
        Server::start(APART.load, &words, &self.folder, AUTHORITY_PORT)
    }

    fn start(&self, which: &str, cpus: Cpus) -> Result<Server> {
        let ours = self.ours.display().to_string();
        let words: Vec<&str> = match which {
            "unbound" if cpus.threads == "2" => vec!["unbound", "-d", "-c", "unbound-2.conf"],
            "unbound" => vec!["unbound", "-d", "-c", "unbound.conf"],
            "dnsmasq" => vec!["dnsmasq", "-k", "-C", "dnsmasq.conf"],
            "nsd" => vec!["nsd", "-d", "-c", "nsd.conf"],
            "cache" => vec![&ours, "serve", "cache.toml"],
            "zones" => vec![&ours, "serve", "zones.toml"],
            other => bail!("there is no server {other}"),
        };
        Server::start(cpus.server, &words, &self.folder, PORT)
    }
}

/// One figure of a server.
type Measure<'a> = &'a dyn Fn(&Server) -> Result<f64>;

/// The median of each server's figures, in turn. `None` for one that is not installed.
fn in_turn(
    files: &Files,
    (which, cpus, rounds): (&[&str], Cpus, usize),
    measure: Measure<'_>,
) -> Result<Vec<Option<f64>>> {
    let mut figures: Vec<Vec<f64>> = vec![Vec::new(); which.len()];
    for _ in 0..rounds {
        for (figures, which) in figures.iter_mut().zip(which) {
            let own = ["cache", "zones"].contains(which);
            if own || installed(which) {
                let server = files.start(which, cpus)?;
                figures.push(measure(&server).with_context(|| (*which).to_owned())?);
            }
        }
    }
    let medians = figures.into_iter();
    Ok(medians
        .map(|all| (!all.is_empty()).then(|| median(all)))
        .collect())
}

fn missing(peer: &str, figure: Option<f64>) -> String {
    match figure {
        Some(_) => format!("peer: {peer}"),
        None => format!("peer: {peer}, which is not installed"),
    }
}

/// The rows. `THRU_BENCH_PROGRAM` names a release build that is there already.
pub fn rows(root: &Path) -> Result<Vec<Row>> {
    for needed in ["dnsperf", "nsd", "taskset"] {
        if !installed(needed) {
            bail!("{needed} is not installed: without it there is no load or no authority");
        }
    }
    let ours = match std::env::var_os("THRU_BENCH_PROGRAM") {
        Some(path) => PathBuf::from(path),
        None => super::build(root, "thru", &[])?,
    };
    let files = Files::write(root, ours)?;
    let names = files.path("names");
    let authority = files.authority()?;
    let caches = ["cache", "unbound", "dnsmasq"];
    let two = ["cache", "unbound"];
    let cached = in_turn(&files, (&caches, APART, ROUNDS), &|server| {
        cpu_us(server, APART, &names, &[])
    })?;
    let cookies = in_turn(&files, (&two, APART, ROUNDS), &|server| {
        cpu_us(server, APART, &names, &COOKIE)
    })?;
    let by_tcp = in_turn(&files, (&two, APART, ROUNDS), &|server| {
        cpu_us(server, APART, &names, &["-m", "tcp"])
    })?;
    let on_both = in_turn(&files, (&two, BOTH, ROUNDS), &|server| {
        cpu_us(server, BOTH, &names, &[])
    })?;
    let answered = in_turn(&files, (&["zones", "nsd"], APART, ROUNDS), &|server| {
        cpu_us(server, APART, &names, &[])
    })?;
    let misses = files.path("misses");
    let forwarded = in_turn(&files, (&two, APART, ROUNDS), &|server| {
        miss_us(server, &misses)
    })?;
    let (first, sets) = (files.path("first"), files.path("sets"));
    let kept = in_turn(&files, (&caches, APART, MEMORY_ROUNDS), &|server| {
        bytes_a_set(server, &first, &sets)
    })?;
    let cache = files.start("cache", APART)?;
    let before = cache.memory();
    let asked = load(APART, &files.path("many"), &["-n", "1"])?;
    let after = cache.memory();
    drop((cache, authority));
    let figure = |what: &str,
                  unit: &'static str,
                  figures: &[Option<f64>],
                  peer: (usize, &str),
                  note: &str| {
        let theirs = figures[peer.0];
        let note = format!("{note}; {}, median in turn", missing(peer.1, theirs));
        row(
            what.into(),
            figures[0].unwrap_or_default(),
            theirs,
            unit,
            note,
        )
    };
    let work = "CPU of the server for one query";
    let size = "memory of its own for one more A record of 16000";
    let many = format!(
        "it was {before:.1} MB; {asked:.0} different names were answered; 20000 answers are kept at most"
    );
    Ok(vec![
        figure("cached answer", "us", &cached, (1, "unbound"), work),
        figure(
            "cached answer (dnsmasq)",
            "us",
            &cached,
            (2, "dnsmasq"),
            work,
        ),
        figure(
            "cached answer, DO and a cookie",
            "us",
            &cookies,
            (1, "unbound"),
            work,
        ),
        figure("cached answer by TCP", "us", &by_tcp, (1, "unbound"), work),
        figure(
            "cached answer, two CPUs",
            "us",
            &on_both,
            (1, "unbound"),
            "2 workers, 2 threads; the load has the same two CPUs",
        ),
        figure("authoritative answer", "us", &answered, (1, "nsd"), work),
        figure(
            "forwarded answer",
            "us",
            &forwarded,
            (1, "unbound"),
            "100000 names that nobody knows yet",
        ),
        figure(
            "memory per record set",
            "bytes",
            &kept,
            (1, "unbound"),
            size,
        ),
        figure(
            "memory per record set (dnsmasq)",
            "bytes",
            &kept,
            (2, "dnsmasq"),
            size,
        ),
        row(
            "memory after 1 million names".into(),
            after,
            None,
            "MB",
            many,
        ),
        stub_look_up(root)?,
    ])
}

/// CPU for a look-up of the browser that its cache answers.
fn stub_look_up(root: &Path) -> Result<Row> {
    let mut command = Command::new("cargo");
    command
        .args(["run", "--release", "--quiet", "--package", "thru-host"])
        .args(["--example", "stub_lookup", "--target-dir"])
        .arg(root.join("target/bench"))
        .current_dir(root)
        .stderr(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = command.spawn().context("cargo run")?;
    let mut line = String::new();
    let output = child.stdout.take().context("its output")?;
    BufReader::new(output).read_line(&mut line)?;
    child.wait()?;
    let number = line.strip_prefix("stub_lookup_ns ").map(str::trim);
    let nanos: f64 = number
        .and_then(|number| number.parse().ok())
        .with_context(|| format!("the example says {line:?}"))?;
    let note =
        "CPU of one look-up (A, AAAA and HTTPS of one of 1000 names in the cache; hosts file first; recording off); there is no peer".to_owned();
    Ok(row("stub look-up".into(), nanos / 1000.0, None, "us", note))
}

//! Name servers: CPU for a cached and for an authoritative answer, memory for what is kept.
//!
//! The server has CPU 0 to itself, dnsperf and the authority behind the caches have CPU 1. All caches forward to the same
//! authority (NSD), and are asked for the same names. CPU is what the kernel charges the server's process, memory its PSS.

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
/// Measured runs of each server, in turn.
const ROUNDS: usize = 3;
/// Seconds of load in a run.
const SECONDS: u32 = 5;
/// How long a server may take to answer first.
const START: Duration = Duration::from_secs(20);
/// Where they listen.
const PORT: u16 = 5391;
const AUTHORITY_PORT: u16 = 5392;

const CPU_SERVER: &str = "0";
const CPU_LOAD: &str = "1";

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
        family(self.0.id()).into_iter().map(pss_mb).sum()
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

fn pss_mb(process: u32) -> f64 {
    let path = format!("/proc/{process}/smaps_rollup");
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("Pss:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kilobytes.unwrap_or_default() * 1024.0 / 1e6
}

/// What dnsperf got answered. `words` say how long or how often the names are asked for.
fn load(names: &Path, words: &[&str]) -> Result<f64> {
    let output = Command::new("taskset")
        .args([
            "-c",
            CPU_LOAD,
            "dnsperf",
            "-s",
            "127.0.0.1",
            "-p",
            &PORT.to_string(),
        ])
        .arg("-d")
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

/// Microseconds of CPU for one answer, under load.
fn cpu_us(server: &Server, names: &Path) -> Result<f64> {
    load(names, &["-n", "1"])?;
    let before = server.cpu()?;
    let answered = load(names, &["-l", &SECONDS.to_string()])?;
    Ok((server.cpu()? - before) * 1e6 / answered.max(1.0))
}

/// Bytes for one name that is kept, from those asked for after the first thousand.
fn bytes_a_set(server: &Server, first: &Path, all: &Path) -> Result<f64> {
    load(first, &["-n", "1"])?;
    let before = server.memory();
    load(all, &["-n", "1"])?;
    Ok((server.memory() - before) * 1e6 / (NAMES - FIRST) as f64)
}

/// Names that fill what a server begins with, before memory is measured.
const FIRST: usize = 1000;

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
        let (mut names, mut first) = (String::new(), String::new());
        for number in 0..NAMES {
            let (high, low) = (number / 250, number % 250);
            zone.push_str(&format!("n{number} A 10.0.{high}.{low}\n"));
            names.push_str(&format!("n{number}.bench.test A\n"));
            if number < FIRST {
                first.push_str(&format!("n{number}.bench.test A\n"));
            }
        }
        let many: String = (0..MANY)
            .map(|number| format!("m{number}.wide.bench.test A\n"))
            .collect();
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
        let unbound = format!(
            "server:\n interface: 127.0.0.1@{PORT}\n username: \"\"\n chroot: \"\"\n pidfile: \"\"\n \
             directory: \"{here}\"\n use-syslog: no\n num-threads: 1\n do-not-query-localhost: no\n \
             module-config: \"iterator\"\n minimal-responses: yes\n local-zone: \"test.\" nodefault\n\
             forward-zone:\n name: \".\"\n forward-addr: {authority}\n\
             remote-control:\n control-enable: no\n"
        );
        let dnsmasq = format!(
            "port={PORT}\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\nuser=\n\
             server=127.0.0.1#{AUTHORITY_PORT}\ncache-size={NAMES}\n"
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
            ("first", first),
            ("many", many),
            ("authority.conf", nsd(AUTHORITY_PORT)),
            ("nsd.conf", nsd(PORT)),
            ("unbound.conf", unbound),
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
        Server::start(CPU_LOAD, &words, &self.folder, AUTHORITY_PORT)
    }

    fn start(&self, which: &str) -> Result<Server> {
        let ours = self.ours.display().to_string();
        let words: Vec<&str> = match which {
            "unbound" => vec!["unbound", "-d", "-c", "unbound.conf"],
            "dnsmasq" => vec!["dnsmasq", "-k", "-C", "dnsmasq.conf"],
            "nsd" => vec!["nsd", "-d", "-c", "nsd.conf"],
            "cache" => vec![&ours, "serve", "cache.toml"],
            "zones" => vec![&ours, "serve", "zones.toml"],
            other => bail!("there is no server {other}"),
        };
        Server::start(CPU_SERVER, &words, &self.folder, PORT)
    }
}

/// One figure of a server.
type Measure<'a> = &'a dyn Fn(&Server) -> Result<f64>;

/// The median of each server's figures, in turn. `None` for one that is not installed.
fn in_turn(files: &Files, which: &[&str], measure: Measure<'_>) -> Result<Vec<Option<f64>>> {
    let mut figures: Vec<Vec<f64>> = vec![Vec::new(); which.len()];
    for _ in 0..ROUNDS {
        for (figures, which) in figures.iter_mut().zip(which) {
            let own = ["cache", "zones"].contains(which);
            if own || installed(which) {
                let server = files.start(which)?;
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
    let cpu = |server: &Server| cpu_us(server, &names);
    let cached = in_turn(&files, &["cache", "unbound", "dnsmasq"], &cpu)?;
    let answered = in_turn(&files, &["zones", "nsd"], &cpu)?;
    let first = files.path("first");
    let memory = |server: &Server| bytes_a_set(server, &first, &names);
    let kept = in_turn(&files, &["cache", "unbound", "dnsmasq"], &memory)?;
    let cache = files.start("cache")?;
    let (before, asked) = (cache.memory(), load(&files.path("many"), &["-n", "1"])?);
    let after = cache.memory();
    drop((cache, authority));
    let ours = |figures: &[Option<f64>]| figures[0].unwrap_or_default();
    let note = |what: &str, peer: &str, figure: Option<f64>| {
        format!(
            "{what}; {}, median of {ROUNDS} in turn",
            missing(peer, figure)
        )
    };
    let work = "CPU of the server for one query";
    let size = "PSS for one more A record of 9000";
    Ok(vec![
        row(
            "cached answer".into(),
            ours(&cached),
            cached[1],
            "us",
            note(work, "unbound", cached[1]),
        ),
        row(
            "cached answer (dnsmasq)".into(),
            ours(&cached),
            cached[2],
            "us",
            note(work, "dnsmasq", cached[2]),
        ),
        row(
            "authoritative answer".into(),
            ours(&answered),
            answered[1],
            "us",
            note(work, "nsd", answered[1]),
        ),
        row(
            "memory per record set".into(),
            ours(&kept),
            kept[1],
            "bytes",
            note(size, "unbound", kept[1]),
        ),
        row(
            "memory per record set (dnsmasq)".into(),
            ours(&kept),
            kept[2],
            "bytes",
            note(size, "dnsmasq", kept[2]),
        ),
        row(
            "memory after 1 million names".into(),
            after,
            None,
            "MB",
            format!(
                "it was {before:.1} MB; {asked:.0} different names were answered; 20000 answers are kept at most"
            ),
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

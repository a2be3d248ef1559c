//! Runs the built `thru` as a person would, and reads what it leaves.

use crate::{nginx, room::Room, server::LOOK_AGAIN};
use serde_json::Value;
use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Longer than this no case may run, however slow the machine: then it hangs.
const HANGS: Duration = Duration::from_secs(240);

/// A command line of `thru` under preparation, in a folder of its own.
pub struct Thru {
    pub folder: PathBuf,
    command: Command,
    arguments: Vec<OsString>,
}

/// What a run left.
#[derive(Debug)]
pub struct Ran {
    pub folder: PathBuf,
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A run that has not ended.
pub struct Running {
    child: Child,
    folder: PathBuf,
}

impl Thru {
    /// `thru` in the folder of `case`, with nothing kept and no colour.
    pub fn new(room: &Room, case: &str) -> Thru {
        Thru::through(room, case, Command::new(env!("CARGO_BIN_EXE_thru")))
    }

    /// `thru` in a network namespace with one cable: this machine is 192.0.2.1, all that is sent to
    /// 192.0.2.9 is dropped without a word, 192.0.2.10 does not answer ARP, 198.51.100.0/24 is
    /// unreachable.
    pub fn in_a_namespace(room: &Room, case: &str) -> Thru {
        const WIRE: &str = "ip link set lo up && ip link add v0 type veth peer name v1 \
             && ip addr add 192.0.2.1/24 dev v0 && ip link set v0 up && ip link set v1 up \
             && ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev v0 \
             && ip route add unreachable 198.51.100.0/24 && exec \"$0\" \"$@\"";
        let mut command = Command::new("unshare");
        command.args(["-r", "-n", "sh", "-c", WIRE, env!("CARGO_BIN_EXE_thru")]);
        Thru::through(room, case, command)
    }

    /// The same without the right to capture frames, also for what is started from there.
    pub fn in_a_namespace_without_the_right(room: &Room, case: &str) -> Thru {
        let mut command = Command::new("unshare");
        command.args(["-r", "-n", "setpriv", "--bounding-set=-net_raw"]);
        command.arg(env!("CARGO_BIN_EXE_thru"));
        Thru::through(room, case, command)
    }

    /// `thru` on one of two machines with a cable between them (`two_machines.sh`), started by the
    /// words of `before`. On the other one nginx serves a page at port 80 and 443.
    pub fn between_two_machines(room: &Room, case: &str, before: &[&str]) -> Thru {
        const SCRIPT: &str = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/real/two_machines.sh"
        );
        let folder = room.folder(&case.replace(' ', "-"));
        nginx::write_for_another_machine(&folder, room.certificates());
        let mut command = Command::new("unshare");
        command.args(["-r", "-n", "sh", SCRIPT]).arg(folder);
        command.args(before).arg(env!("CARGO_BIN_EXE_thru"));
        Thru::through(room, case, command)
    }

    fn through(room: &Room, case: &str, mut command: Command) -> Thru {
        let folder = room.folder(&case.replace(' ', "-"));
        let cache = folder.join("cache");
        command
            .current_dir(&folder)
            .env("XDG_CACHE_HOME", cache)
            .env("NO_COLOR", "1");
        for variable in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
            command.env_remove(variable);
            command.env_remove(variable.to_uppercase());
        }
        Thru {
            folder,
            command,
            arguments: Vec::new(),
        }
    }

    pub fn with(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Thru {
        let words = arguments.into_iter().map(|word| word.as_ref().to_owned());
        self.arguments.extend(words);
        self
    }

    pub fn start(mut self) -> Running {
        let (out, err) = (self.folder.join("stdout"), self.folder.join("stderr"));
        let child = self
            .command
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(File::create(out).expect("a temporary folder"))
            .stderr(File::create(err).expect("a temporary folder"))
            .spawn()
            .expect("the built thru starts");
        Running {
            child,
            folder: self.folder,
        }
    }

    /// Runs to the end; it neither hangs nor panics.
    pub fn run(self) -> Ran {
        self.start().end()
    }

    /// A load with `--json`: the exit status and the document.
    pub fn load(mut self, url: impl AsRef<str>) -> Loaded {
        self.arguments.insert(0, "load".into());
        let ran = self.with(["--json", "--fresh", url.as_ref()]).run();
        let document = serde_json::from_str(&ran.stdout);
        let document = document.unwrap_or_else(|error| panic!("no document: {error}\n{ran:#?}"));
        Loaded { ran, document }
    }
}

impl Running {
    /// Ctrl-C.
    pub fn interrupt(&self) {
        self.signal("-INT");
    }

    /// What `kill`, `timeout` and service managers send.
    pub fn terminate(&self) {
        self.signal("-TERM");
    }

    fn signal(&self, kind: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([kind, &id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "{kind} was sent");
    }

    /// Waits until its stdout holds `text`.
    pub fn await_stdout(&self, text: &str) {
        let limit = Instant::now() + HANGS;
        while !self.ran(-1).stdout.contains(text) {
            assert!(Instant::now() < limit, "never said: {:#?}", self.ran(-1));
            thread::park_timeout(LOOK_AGAIN);
        }
    }

    pub fn end(mut self) -> Ran {
        let limit = Instant::now() + HANGS;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("our own child") {
                break status;
            }
            if Instant::now() > limit {
                let _ = self.child.kill();
                let _ = self.child.wait();
                panic!("it hangs: {:#?}", self.ran(-1));
            }
            thread::park_timeout(LOOK_AGAIN);
        };
        let ran = self.ran(status.code().unwrap_or(-1));
        assert!(
            status.code().is_some(),
            "a signal ended it: {status} {ran:#?}"
        );
        assert!(!ran.stderr.contains("panicked at"), "it panics: {ran:#?}");
        ran
    }

    fn ran(&self, status: i32) -> Ran {
        let text = |name| {
            let octets = fs::read(self.folder.join(name)).unwrap_or_default();
            String::from_utf8_lossy(&octets).into_owned()
        };
        Ran {
            folder: self.folder.clone(),
            status,
            stdout: text("stdout"),
            stderr: text("stderr"),
        }
    }
}

/// A load's exit status and document.
pub struct Loaded {
    pub ran: Ran,
    pub document: Value,
}

impl Loaded {
    /// The trip loaded.
    pub fn expect_loaded(self) -> Loaded {
        let outcome = (
            self.ran.status,
            &self.document["outcome"],
            &self.document["failure"],
        );
        assert_eq!(
            outcome,
            (0, &Value::from("loaded"), &Value::Null),
            "{:#?}",
            self.ran.stderr
        );
        self
    }

    /// The trip failed with this exit status, code, culprit and certainty, and says what it means
    /// by an event that is there.
    pub fn failed_with(self, status: i32, code: &str, culprit: &str, certainty: &str) -> Loaded {
        let failure = &self.document["failure"];
        let found = (
            self.ran.status,
            &failure["code"],
            &failure["culprit"],
            &failure["certainty"],
        );
        let expected = (
            status,
            &Value::from(code),
            &Value::from(culprit),
            &Value::from(certainty),
        );
        assert_eq!(found, expected, "{failure:#} {}", self.ran.stderr);
        assert_eq!(self.document["outcome"], "failed");
        assert!(is_explained(failure), "{failure:#}");
        self
    }

    /// The trip has this finding.
    pub fn found(self, code: &str, culprit: &str, certainty: &str) -> Loaded {
        let findings = &self.document["verdict"]["findings"];
        let expected = [code, culprit, certainty].map(Value::from);
        let found = findings.as_array().into_iter().flatten().find(|finding| {
            ["code", "culprit", "certainty"].map(|key| finding[key].clone()) == expected
        });
        let found = found.unwrap_or_else(|| panic!("{expected:?} is not in {findings:#}"));
        assert!(is_explained(found), "{found:#}");
        self
    }
}

/// Evidence, a message and what to do.
fn is_explained(told: &Value) -> bool {
    let evidence = told["evidence"].as_array();
    let words = |key: &str| told[key].as_str().is_some_and(|text| !text.is_empty());
    evidence.is_some_and(|ids| !ids.is_empty()) && words("message") && words("mend")
}

//! The DNS cache on the disk: what one trip learns the next one uses, also with several processes
//! and such as are ended in the middle.

use crate::{certificates::NAME, room::Room, server::free_port};
use serde_json::Value;
use std::{
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

struct Kept {
    folder: PathBuf,
    server: String,
}

impl Kept {
    fn thru(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_thru"));
        command
            .args(arguments)
            .env("XDG_CACHE_HOME", &self.folder)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command
    }

    fn load(&self, url: &str) -> Command {
        self.thru(&["load", url, "--ndjson", "--dns-server", &self.server])
    }

    fn stdout(mut command: Command) -> String {
        let ran = command.output().expect("the built thru starts");
        String::from_utf8_lossy(&ran.stdout).into_owned()
    }

    /// Names that are kept, each with whether it is a denial.
    fn names(&self) -> Vec<(String, bool)> {
        let text = Kept::stdout(self.thru(&["dns", "cache", "--json"]));
        let document: Value = serde_json::from_str(&text).expect("a document of JSON");
        let entries = document["entries"].as_array().expect("a list").iter();
        let mut names: Vec<(String, bool)> = entries
            .map(|entry| {
                let network = entry["network"].as_str().unwrap_or_default();
                assert!(network.contains(&self.server), "{entry}");
                assert!(entry["ttl_left_s"].as_u64().is_some_and(|left| left <= 60));
                let name = entry["name"].as_str().unwrap_or_default().to_owned();
                (name, entry["negative"] == true)
            })
            .collect();
        names.dedup();
        names
    }
}

pub fn kept(room: &Room) {
    let kept = Kept {
        folder: room.folder("kept-names"),
        server: room.unbound().address.to_string(),
    };
    assert_eq!(kept.names(), []);
    // Nobody listens there: the name is looked up, and that is all.
    let url = format!("http://{NAME}:{}/", free_port());
    let first = Kept::stdout(kept.load(&url));
    assert!(
        first.contains("CacheMissed") && first.contains("CacheStored"),
        "{first}"
    );
    assert!(
        kept.names().contains(&(NAME.to_owned(), false)),
        "{:?}",
        kept.names()
    );
    let second = Kept::stdout(kept.load(&url));
    assert!(
        second.contains("CacheHit") && !second.contains("CacheStored"),
        "{second}"
    );
    let forgotten = Kept::stdout(kept.thru(&["dns", "cache", "--flush", NAME]));
    assert!(
        forgotten.contains(" forgotten") && !forgotten.starts_with('0'),
        "{forgotten}"
    );
    assert!(!kept.names().iter().any(|(name, _)| name == NAME));
    let third = Kept::stdout(kept.load(&url));
    assert!(third.contains("CacheStored"), "{third}");
    several_processes(&kept);
    ended_in_the_middle(&kept);
    Kept::stdout(kept.thru(&["dns", "cache", "--flush"]));
    assert_eq!(kept.names(), []);
}

/// All save into one file; none takes away what another has saved.
fn several_processes(kept: &Kept) {
    let hosts: Vec<String> = (1..=5).map(|number| format!("n{number}.test")).collect();
    let started = hosts.iter().map(|host| {
        let mut load = kept.load(&format!("http://{host}/"));
        load.stdout(Stdio::null())
            .spawn()
            .expect("the built thru starts")
    });
    for mut load in started.collect::<Vec<_>>() {
        load.wait().expect("our own child");
    }
    let names = kept.names();
    for host in hosts {
        assert!(names.contains(&(host.clone(), true)), "{host}: {names:?}");
    }
}

/// Whenever a process is killed, what others saved is there and right.
fn ended_in_the_middle(kept: &Kept) {
    let before = kept.names();
    for number in 0..12 {
        let mut load = kept.load(&format!("http://k{number}.test/"));
        let mut load = load
            .stdout(Stdio::null())
            .spawn()
            .expect("the built thru starts");
        thread::park_timeout(Duration::from_millis(number * 6));
        let _ = load.kill();
        let _ = load.wait();
    }
    let after = kept.names();
    for known in before {
        assert!(after.contains(&known), "{known:?}: {after:?}");
    }
    assert!(
        after.iter().all(|(name, none)| name == NAME || *none),
        "{after:?}"
    );
}

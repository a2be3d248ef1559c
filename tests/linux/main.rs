//! Linux's own stack on one end of the lab's wire, ours on the other.
//!
//! Stage: 03 to 05, both ends.
//! In: a TAP device in a network namespace, curl, nginx, `ss`, the kernel's sockets. Out: verdicts
//! of the test runner.
//! Emits: nothing.
//! How it works: the program starts itself again in a namespace of its own; each case builds a lab
//! whose wire leads to a device there, and lets it live at the pace of real time. What is missing
//! (a right, the device, a tool) is said and the cases are ignored; with `THRU_REQUIRE_TOOLS=1` a
//! missing tool fails.
//! Not here: `thru lab up --tap-device` itself (`tests/real`).

mod closing;
mod kernel;
mod neighbours;
mod refusals;
mod transfers;
mod windows;
mod wired;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use std::{
    env,
    os::unix::process::CommandExt,
    process::{Command, ExitCode, Stdio},
};
use thru_host::doors::TapDevice;

/// Set inside of the namespace.
const INSIDE: &str = "THRU_LINUX_INSIDE";

/// A case: its name, and what it does; it panics where it fails.
pub struct Case(pub String, pub Box<dyn FnOnce() + Send>);

impl Case {
    fn new(name: &str, run: impl FnOnce() + Send + 'static) -> Case {
        Case(name.to_owned(), Box::new(run))
    }
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let missing = missing();
    if missing.is_none() && env::var_os(INSIDE).is_none() {
        let program = env::current_exe().expect("this program has a file");
        let again = Command::new("unshare")
            .args([
                "-r",
                "-n",
                "sh",
                "-c",
                "ip link set lo up && exec \"$0\" \"$@\"",
            ])
            .arg(program)
            .args(env::args_os().skip(1))
            .env(INSIDE, "1")
            .exec();
        panic!("unshare does not start: {again}");
    }
    // Each case needs the machine's time for itself: the kernel's timers do not wait.
    arguments.test_threads = Some(1);
    let cases = [
        transfers::cases(),
        closing::cases(),
        refusals::cases(),
        windows::cases(),
        neighbours::cases(),
    ];
    let trials = cases.into_iter().flatten().map(|Case(name, run)| {
        let missing = missing.clone();
        Trial::ignorable_test(name, move || match missing {
            None => {
                run();
                Ok(Completion::Completed)
            }
            Some(Missing::Right(why)) => Ok(Completion::ignored_with(why)),
            Some(Missing::Tool(tool)) => match env::var_os("THRU_REQUIRE_TOOLS") {
                Some(_) => Err(Failed::from(format!("{tool} is required and missing"))),
                None => Ok(Completion::ignored_with(format!("{tool} is missing"))),
            },
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

#[derive(Clone)]
enum Missing {
    Right(&'static str),
    Tool(&'static str),
}

fn missing() -> Option<Missing> {
    for tool in ["unshare", "ip", "ss", "curl", "nginx"] {
        if kernel::find(tool).is_none() {
            return Some(Missing::Tool(tool));
        }
    }
    if env::var_os(INSIDE).is_some() {
        return TapDevice::open("probe")
            .is_err()
            .then_some(Missing::Right("no TAP device may be made here: not shown"));
    }
    let tried = Command::new("unshare")
        .args([
            "-r", "-n", "ip", "tuntap", "add", "dev", "t0", "mode", "tap",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let permitted = tried.is_ok_and(|status| status.success());
    (!permitted).then_some(Missing::Right(
        "no right to a network namespace with a TAP device here: not shown",
    ))
}

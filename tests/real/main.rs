//! The built `thru` against servers, tools and machines that we did not write.
//!
//! Stage: all.
//! In: the executable, nginx, openssl, dnsmasq, unbound, tshark, python3, network namespaces, the pages of
//! `THRU_PAGES`. Out: verdicts of the test runner.
//! Emits: nothing.
//! How it works: each case runs `thru` as a person would and reads exit status, JSON and files.
//! Servers listen on loopback, belong to this run and are ended by their own ids. A case whose tool or
//! right is missing is listed as ignored with the reason; with `THRU_REQUIRE_TOOLS=1` a missing
//! tool fails.
//! Not here: the lab (`golden`, `sim`) and suites (`conformance`).

mod cases;
mod certificates;
mod kept_names;
mod name_server;
mod names;
mod needs;
mod nginx;
mod room;
mod served;
mod server;
mod thru;
mod wireshark;
mod witness;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use needs::Met;
use room::{Case, Room};
use std::{process::ExitCode, sync::Arc};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let room = Arc::new(Room::new());
    let trials = cases::all()
        .into_iter()
        .map(|case| trial(room.clone(), case))
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    // The servers of this run end here, before the process does.
    drop(room);
    conclusion.exit_code()
}

fn trial(room: Arc<Room>, case: Case) -> Trial {
    Trial::ignorable_test(case.name, move || match needs::met(case.needs) {
        Met::All => {
            (case.run)(&room);
            Ok(Completion::Completed)
        }
        Met::RightMissing(reason) => Ok(Completion::ignored_with(reason)),
        Met::ToolMissing(tool) => match needs::tools_are_required() {
            true => Err(Failed::from(format!("{tool} is required and missing"))),
            false => Ok(Completion::ignored_with(format!("{tool} is missing"))),
        },
    })
}

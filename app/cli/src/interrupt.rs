//! Ctrl-C while the program computes: nothing waits then, so nothing in the load can hear it.

use crate::exit::{self, Exit};
use std::{thread, time::Duration};

/// What a load gets after Ctrl-C to end in order: close, verdict, files.
const GRACE: Duration = Duration::from_secs(2);

/// Ends the program [`GRACE`] after Ctrl-C, if it has not ended by itself. What was recorded is
/// saved up to the stage that computed.
pub fn end_even_when_computing() {
    let started = thread::Builder::new()
        .name("interrupt".to_owned())
        .spawn(wait_and_end);
    if started.is_err() {
        exit::complain("no thread for Ctrl-C: it is heard only while the load waits");
    }
}

fn wait_and_end() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else { return };
    let heard = runtime.block_on(async {
        let heard = tokio::signal::ctrl_c().await;
        tokio::time::sleep(GRACE).await;
        heard
    });
    if heard.is_ok() {
        exit::complain("interrupted in the middle of a computation");
        std::process::exit(Exit::Interrupted.status().into());
    }
}

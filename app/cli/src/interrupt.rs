//! What can end the program while it computes: Ctrl-C or SIGTERM, and the time of `-m`. Nothing waits
//! then, so nothing in the load can hear either.

use crate::exit::{self, Exit};
use std::{
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use throughline::Working;
use thru_events::{Code, Stage};
use tokio::signal::unix::{SignalKind, signal};

/// What a load gets after Ctrl-C or SIGTERM, and a stage after its time, to end in order: close, verdict,
/// files.
const GRACE: Duration = Duration::from_secs(2);

/// Set when Ctrl-C is pressed, or SIGTERM comes.
pub type Pressed = Arc<AtomicBool>;

/// Which of the two signals came, as the thread that listens for them heard it.
static CAME: (Mutex<Option<Exit>>, Condvar) = (Mutex::new(None), Condvar::new());

/// The exit status of a load that a signal ended. The load may hear the signal before the thread
/// does; what never hears it took it for Ctrl-C.
pub fn status() -> Exit {
    let (came, changed) = &CAME;
    let came = came.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = changed.wait_timeout_while(came, GRACE, |came| came.is_none());
    let (came, _) = waited.unwrap_or_else(PoisonError::into_inner);
    came.unwrap_or(Exit::Interrupted)
}

/// Listens for Ctrl-C and SIGTERM, and ends the program [`GRACE`] after one, if it has not ended by
/// itself. What was recorded is saved up to the stage that computed.
pub fn end_even_when_computing() -> Pressed {
    let pressed = Pressed::default();
    let press = pressed.clone();
    let started = thread::Builder::new()
        .name("interrupt".to_owned())
        .spawn(move || wait_and_end(&press));
    if started.is_err() {
        exit::complain("no thread for Ctrl-C: it is heard only while the load waits");
    }
    pressed
}

fn wait_and_end(pressed: &AtomicBool) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else { return };
    let heard = runtime.block_on(async {
        let exit = either().await?;
        let (came, changed) = &CAME;
        *came.lock().unwrap_or_else(PoisonError::into_inner) = Some(exit);
        changed.notify_all();
        pressed.store(true, Ordering::Relaxed);
        tokio::time::sleep(GRACE).await;
        Some(exit)
    });
    if let Some(exit) = heard {
        exit::complain(
            "interrupted in the middle of a computation; --record FILE keeps what came before",
        );
        std::process::exit(exit.status().into());
    }
}

/// Waits for the first of the two signals; `None` if neither can be listened for.
async fn either() -> Option<Exit> {
    let mut pressed = signal(SignalKind::interrupt()).ok()?;
    let mut terminated = signal(SignalKind::terminate()).ok()?;
    tokio::select! {
        _ = pressed.recv() => Some(Exit::Interrupted),
        _ = terminated.recv() => Some(Exit::Terminated),
    }
}

/// The stage that computes, and when its time is over.
type Deadline = Arc<(Mutex<Option<(Stage, Instant)>>, Condvar)>;

/// Ends the program when a single stage of the page computes [`GRACE`] longer than `-m` lets it.
/// One that ends before that is told as a failure by the load itself.
pub fn end_when_time_is_over() -> Option<Working> {
    let deadline = Deadline::default();
    let watched = deadline.clone();
    let started = thread::Builder::new()
        .name("deadline".to_owned())
        .spawn(move || watch(&watched));
    if started.is_err() {
        exit::complain("no thread for -m: it is asked between the stages of the page only");
        return None;
    }
    Some(std::rc::Rc::new(move |now| {
        let (at, changed) = &*deadline;
        let mut at = at.lock().unwrap_or_else(PoisonError::into_inner);
        *at = now.and_then(|(stage, left)| {
            let over = Instant::now().checked_add(left)?.checked_add(GRACE)?;
            Some((stage, over))
        });
        changed.notify_one();
    }))
}

fn watch((at, changed): &(Mutex<Option<(Stage, Instant)>>, Condvar)) {
    let mut now = at.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        now = match *now {
            None => changed.wait(now).unwrap_or_else(PoisonError::into_inner),
            Some((stage, over)) => {
                let left = over.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    give_up(stage);
                }
                let waited = changed.wait_timeout(now, left);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
    }
}

fn give_up(stage: Stage) -> ! {
    let code = Code::PageTooLarge;
    exit::complain(&format!(
        "{code}: the trip's time (-m) was over in the middle of {}; raise -m, or look with --record FILE at what came before",
        stage.id()
    ));
    std::process::exit(Exit::Failed(code).status().into());
}

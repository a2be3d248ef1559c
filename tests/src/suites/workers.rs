//! Cases run in processes of their own, so that one that crashes or hangs is only one failure.
//!
//! The parent starts the program again with [`WORKER`] as first argument and gives it the number
//! of a case a line; the worker answers each with a line.

use serde::{Serialize, de::DeserializeOwned};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// First argument of a worker; the arguments of [`run`] come after it.
pub const WORKER: &str = "suites-worker";

/// Longest time that one case may take.
const CASE_LIMIT: Duration = Duration::from_secs(30);

/// Runs cases 0 to `count` in workers, one a core, started with `arguments`. The answers stand in
/// the order of the cases; an error says how the worker ended.
pub fn run<T: DeserializeOwned + Send>(
    count: usize,
    arguments: &[String],
) -> Vec<Result<T, String>> {
    let answers: Mutex<Vec<Option<Result<T, String>>>> =
        Mutex::new((0..count).map(|_| None).collect());
    let next = AtomicUsize::new(0);
    let work = || {
        let mut worker = None;
        loop {
            let case = next.fetch_add(1, Ordering::Relaxed);
            if case >= count {
                return;
            }
            let answer = ask(&mut worker, arguments, case);
            if let Ok(mut answers) = answers.lock() {
                answers[case] = Some(answer);
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    let answers = answers.into_inner().unwrap_or_default().into_iter();
    answers
        .map(|answer| answer.unwrap_or_else(|| Err("it was not run".to_owned())))
        .collect()
}

/// A worker's side: answers the cases on standard input until it ends.
pub fn serve<T: Serialize>(mut run: impl FnMut(usize) -> T) {
    let cases = std::io::stdin().lines().map_while(Result::ok);
    for case in cases {
        let Ok(case) = case.parse() else { return };
        let answer = serde_json::to_string(&run(case)).unwrap_or_default();
        println!("{answer}");
    }
}

struct Worker {
    child: Child,
    orders: ChildStdin,
    answers: Receiver<String>,
}

impl Worker {
    fn start(arguments: &[String]) -> Result<Worker, String> {
        let program = std::env::current_exe().map_err(|why| why.to_string())?;
        let mut command = Command::new(program);
        command.arg(WORKER).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::null());
        let mut child = command.spawn().map_err(|why| why.to_string())?;
        let (Some(orders), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("a worker has no pipes".to_owned());
        };
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            // Nobody listens any more once the worker was given up.
            lines
                .take_while(|line| sender.send(line.clone()).is_ok())
                .for_each(drop);
        });
        Ok(Worker {
            child,
            orders,
            answers,
        })
    }

    fn end(mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ask<T: DeserializeOwned>(
    worker: &mut Option<Worker>,
    arguments: &[String],
    case: usize,
) -> Result<T, String> {
    let mut running = match worker.take() {
        Some(running) => running,
        None => Worker::start(arguments)?,
    };
    // A worker that is gone is noticed at its answer.
    let _ = writeln!(running.orders, "{case}").and_then(|()| running.orders.flush());
    match running.answers.recv_timeout(CASE_LIMIT) {
        Ok(line) => {
            *worker = Some(running);
            serde_json::from_str(&line).map_err(|why| why.to_string())
        }
        Err(RecvTimeoutError::Timeout) => {
            running.end();
            Err(format!("it took over {CASE_LIMIT:?}"))
        }
        Err(RecvTimeoutError::Disconnected) => {
            running.end();
            Err("it crashed".to_owned())
        }
    }
}

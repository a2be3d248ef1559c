//! A server that is not ours, as a child process: started, awaited, ended by its own id.

use std::{
    ffi::OsStr,
    fs::File,
    io::{BufRead, BufReader, Read},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Mutex,
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// How long a server may take until it listens, or says what is awaited.
const READY_LIMIT: Duration = Duration::from_secs(30);

/// Between two looks at something that is awaited.
pub const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// A running server.
pub struct Server {
    child: Child,
    /// Of its stdout; servers that several tests share are looked at by one at a time.
    lines: Mutex<Receiver<String>>,
    log: std::path::PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts `command`, which listens on `port` of loopback, and waits until it does.
    pub fn on_port(command: Command, port: u16, log: &Path) -> Server {
        let mut server = Server::spawn(command, log);
        server.address = loopback(port);
        server.await_listening();
        server
    }

    /// Starts `command`, which chooses a port and says it at the end of a line that holds
    /// `before`.
    pub fn that_says_its_port(command: Command, before: &str, log: &Path) -> Server {
        let mut server = Server::spawn(command, log);
        let line = server.line_with(before);
        let after = &line[line.find(before).unwrap_or(0) + before.len()..];
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        let port = digits.parse();
        server.address = loopback(port.unwrap_or_else(|_| panic!("no port in {line:?}")));
        server
    }

    fn spawn(mut command: Command, log: &Path) -> Server {
        let errors = File::create(log).expect("a log file beside the server");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let stdout = child.stdout.take().expect("stdout is piped");
        Server {
            child,
            lines: Mutex::new(lines(stdout)),
            log: log.to_owned(),
            address: loopback(0),
        }
    }

    /// The next line of its stdout that holds `text`. A server that ends ends the wait.
    pub fn line_with(&mut self, text: &str) -> String {
        let limit = Instant::now() + READY_LIMIT;
        loop {
            let left = limit.saturating_duration_since(Instant::now());
            let lines = self.lines.get_mut().expect("no test panicked with it");
            match lines.recv_timeout(left) {
                Ok(line) if line.contains(text) => return line,
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => panic!("never said {text:?}: {}", self.logged()),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the server ended before {text:?}: {}", self.logged())
                }
            }
        }
    }

    fn await_listening(&mut self) {
        let limit = Instant::now() + READY_LIMIT;
        while TcpStream::connect(self.address).is_err() {
            let ended = self.child.try_wait().expect("our own child");
            assert!(ended.is_none(), "{ended:?}: {}", self.logged());
            assert!(Instant::now() < limit, "never listens: {}", self.logged());
            thread::park_timeout(LOOK_AGAIN);
        }
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(&id)
            .status();
        assert!(sent.is_ok_and(|status| status.success()), "{name} was sent");
    }

    /// Waits until its stderr holds `text`.
    pub fn await_log(&self, text: &str) {
        let limit = Instant::now() + READY_LIMIT;
        while !self.logged().contains(text) {
            assert!(
                Instant::now() < limit,
                "never said {text:?}: {}",
                self.logged()
            );
            thread::park_timeout(LOOK_AGAIN);
        }
    }

    fn logged(&self) -> String {
        let mut text = String::new();
        let log = File::open(&self.log).map(|mut log| log.read_to_string(&mut text));
        log.map(|_| text).unwrap_or_default()
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

/// The lines of a server's stdout, read by a thread of their own: a wait for one has a limit so.
fn lines(stdout: ChildStdout) -> Receiver<String> {
    let (said, lines) = channel();
    thread::spawn(move || {
        let all = BufReader::new(stdout).lines().map_while(Result::ok);
        for line in all {
            if said.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing else to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command of a tool, wherever the tool is.
pub fn tool(name: &str, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let file =
        crate::needs::found(name).unwrap_or_else(|| panic!("needed and not declared: {name}"));
    let mut command = Command::new(file);
    command.args(arguments);
    command
}

/// A port that nobody uses now, neither by TCP nor by UDP.
pub fn free_port() -> u16 {
    loop {
        let tcp = TcpListener::bind(loopback(0)).expect("a free port of loopback");
        let port = tcp.local_addr().expect("it is bound").port();
        if UdpSocket::bind(loopback(port)).is_ok() {
            return port;
        }
    }
}

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

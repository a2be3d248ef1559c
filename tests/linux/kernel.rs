//! Linux's side: its tools, and what they say.

use std::{
    env, fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How long something outside may take.
pub const LIMIT: Duration = Duration::from_secs(240);

/// Between two looks at something that is awaited.
pub const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Where a tool is.
pub fn find(tool: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let daemons = ["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from);
    env::split_paths(&path)
        .chain(daemons)
        .map(|folder| folder.join(tool))
        .find(|file| file.is_file())
}

/// Runs a tool to its end; its output.
pub fn tool(name: &str, arguments: &[&str]) -> String {
    let output = Command::new(find(name).unwrap_or_else(|| name.into()))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{name} {arguments:?}: {said}{complained}"
    );
    said
}

/// Sets one of the namespace's settings, under /proc/sys/net.
pub fn set(key: &str, value: &str) {
    let file = Path::new("/proc/sys/net").join(key);
    fs::write(&file, value).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}

/// What `ss` says of connections of that port, which each case has for itself: state, and all
/// that follows.
pub fn connections(port: u16) -> Vec<(String, String)> {
    let filter = format!("( dport = :{port} or sport = :{port} )");
    let said = tool("ss", &["-tinoHO", "state", "connected", &filter]);
    let lines = said.lines().filter_map(|line| {
        let (state, rest) = line.trim().split_once(' ')?;
        Some((state.to_owned(), rest.to_owned()))
    });
    lines.collect()
}

/// Waits until `ss` shows a connection of the port in that state; what it says of it.
pub fn await_state(port: u16, wanted: &str) -> String {
    let mut seen = Vec::new();
    await_that(|| {
        seen = connections(port);
        seen.iter().any(|(state, _)| state == wanted)
    })
    .unwrap_or_else(|()| panic!("no connection in {wanted}: {seen:?}"));
    let found = seen.into_iter().find(|(state, _)| state == wanted);
    found.map(|(_, rest)| rest).unwrap_or_default()
}

/// Looks until it is so, at most for [`LIMIT`].
pub fn await_that(mut so: impl FnMut() -> bool) -> Result<(), ()> {
    let begun = Instant::now();
    while begun.elapsed() < LIMIT {
        if so() {
            return Ok(());
        }
        thread::sleep(LOOK_AGAIN);
    }
    Err(())
}

/// The value after `key:` in what `ss` says.
pub fn figure<'a>(said: &'a str, key: &str) -> Option<&'a str> {
    let words = said.split_whitespace();
    words.into_iter().find_map(|word| {
        let (name, value) = word.split_once(':')?;
        (name == key).then_some(value)
    })
}

/// A running nginx that serves `folder` at `address`, ended when dropped.
pub struct Nginx(Child);

impl Nginx {
    pub fn start(folder: &Path, at: SocketAddr) -> Nginx {
        let site = folder.display();
        let settings = format!(
            "user root root; daemon off; master_process off; pid {site}/nginx.pid; error_log {site}/error.log;\n\
             events {{}}\n\
             http {{ access_log off; client_body_temp_path {site}/body; proxy_temp_path {site}/p; \
             fastcgi_temp_path {site}/f; uwsgi_temp_path {site}/u; scgi_temp_path {site}/s;\n\
             server {{ listen {at}; root {site}; }} }}\n"
        );
        let file = folder.join("nginx.conf");
        fs::write(&file, settings).expect("a temporary folder can be written");
        let child = Command::new(find("nginx").unwrap_or_default())
            .arg("-c")
            .arg(&file)
            .arg("-p")
            .arg(folder)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("nginx: {error}"));
        let nginx = Nginx(child);
        let at = at.to_string();
        await_that(|| tool("ss", &["-tlnH"]).contains(&at)).expect("nginx listens");
        nginx
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

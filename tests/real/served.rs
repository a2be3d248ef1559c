//! `thru serve` under preparation and running, and the tools that ask it.

use crate::{
    room::Room,
    server::{Server, tool},
};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

/// Runs `script` in namespaces of its own for users, files and networks; `DIR`, `THRU` and `SYSTEM`
/// (a resolv.conf that is bound over the machine's) are told to it. Gives what it prints.
pub fn in_namespaces(folder: &Path, resolv: &str, script: &str) -> String {
    const BEFORE: &str =
        "ip link set lo up; mount --bind \"$DIR/resolv\" /etc/resolv.conf || exit 9\n";
    // Ends what was started, in whatever way the script ends.
    const TRAP: &str = "trap 'kill $(jobs -p) 2>/dev/null' EXIT\n";
    fs::write(folder.join("resolv"), resolv).expect("a temporary folder can be written");
    let script = format!("{TRAP}{BEFORE}{script}");
    let mut command = Command::new("unshare");
    command.args(["-r", "-m", "-n", "bash", "-c", &script]);
    command
        .env("DIR", folder)
        .env("THRU", env!("CARGO_BIN_EXE_thru"));
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
    let ran = command.output().expect("unshare runs");
    let text = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(
        ran.status.success(),
        "{}: {text}{}",
        ran.status,
        String::from_utf8_lossy(&ran.stderr)
    );
    text
}

/// `thru lab export` into a folder of the case.
pub fn exported(room: &Room, case: &str) -> PathBuf {
    let folder = room.folder(case);
    let mut command = Command::new(env!("CARGO_BIN_EXE_thru"));
    let done = command.args(["lab", "export"]).arg(&folder).output();
    let done = done.expect("the built thru runs");
    assert!(done.status.success(), "{done:?}");
    folder
}

/// Starts the servers of the exported file and waits until all of them listen.
pub const START_EXPORTED: &str = r#"
sed -n 's/^#   //p' "$DIR/servers.toml" > "$DIR/addresses"; . "$DIR/addresses"
"$THRU" serve "$DIR/servers.toml" >"$DIR/ready" 2>"$DIR/serve.log" &
SERVE=$!
WANTED=$(grep -c '^\[\[dns' "$DIR/servers.toml")
until [ "$(grep -c ^ready "$DIR/ready" 2>/dev/null)" = "$WANTED" ]; do
  kill -0 $SERVE 2>/dev/null || { cat "$DIR/serve.log"; exit 8; }
done
"#;

/// `thru serve` of one name server on loopback, with further lines in its table.
pub struct Served {
    pub server: Server,
    /// Where it listens with TLS, and with HTTPS.
    pub tls: Option<SocketAddr>,
    pub https: Option<SocketAddr>,
    pub file: PathBuf,
}

/// The zone of [`serve`].
pub const ZONE: &str = "$ORIGIN served.test.\n$TTL 300\n@ SOA ns admin 1 3600 600 86400 60\n@ NS ns\n@ A 192.0.2.80\nns A 127.0.0.1\nhere A 127.0.0.1\n\
    long TXT \"a text that is long enough to be seen\"\n* A 192.0.2.99\n";

/// Runs a name server with [`ZONE`]; `more` are lines of its table. With `secured`, it has doors
/// with TLS and a certificate for 127.0.0.1.
pub fn serve(room: &Room, case: &str, more: &str, secured: bool) -> Served {
    let folder = room.folder(case);
    let file = folder.join("servers.toml");
    let mut text = format!(
        "[[dns]]\nname = \"zones\"\nlisten = \"127.0.0.1:0\"\nkind = \"authoritative\"\nzones = [\"zone\"]\n{more}\n"
    );
    if secured {
        let good = &room.certificates().good;
        text += &format!(
            "tls = \"127.0.0.1:0\"\nhttps = \"127.0.0.1:0\"\ncertificate = {:?}\nkey = {:?}\n",
            good.chain, good.key
        );
    }
    fs::write(folder.join("zone"), ZONE).expect("a temporary folder can be written");
    fs::write(&file, text).expect("a temporary folder can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_thru"));
    command.arg("serve").arg(&file);
    let log = folder.join("serve.log");
    let mut server = Server::that_says_its_port(command, "ready zones 127.0.0.1:", &log);
    let mut door = |kind: &str| {
        let before = format!("{kind}://");
        let line = server.line_with(&before);
        let (_, address) = line.split_once(&before).expect("the line has it");
        address.parse().expect("an address")
    };
    let (tls, https) = match secured {
        true => (Some(door("tls")), Some(door("https"))),
        false => (None, None),
    };
    Served {
        server,
        tls,
        https,
        file,
    }
}

/// What a tool prints; it has to end well.
pub fn output(name: &str, arguments: &[&str]) -> String {
    let ran = tool(name, arguments).output();
    let ran = ran.unwrap_or_else(|error| panic!("{name}: {error}"));
    let text = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success(), "{name} {arguments:?}: {ran:?}");
    text
}

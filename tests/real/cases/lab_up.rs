//! Real programs and the real kernel inside of the lab: `thru lab up`.

use super::{Line, picture};
use crate::{needs::Need::*, room::Room, server::tool, thru::Thru};
use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

pub const CASES: &[Line] = &[
    (
        "curl loads the lab's shop through the doors",
        &[Curl],
        doors,
    ),
    (
        "the kernel's own stack loads the lab's shop",
        &[Curl, Tap],
        kernel,
    ),
    (
        "Chromium shows the lab's shop as we do",
        &[Chromium],
        chromium,
    ),
];

/// How long the lab may take until it is ready.
const READY_LIMIT: Duration = Duration::from_secs(60);

/// A lab that is up, ended when dropped.
struct Up {
    child: Child,
    said: String,
}

impl Up {
    fn start(folder: &Path, more: &[&str]) -> Up {
        let (log, root) = (folder.join("up.txt"), folder.join("root.pem"));
        let out = fs::File::create(&log).expect("a folder of our own");
        let child = Command::new(env!("CARGO_BIN_EXE_thru"))
            .args(["lab", "up", "--root-out"])
            .arg(root)
            .args(more)
            .stdin(Stdio::null())
            .stdout(out)
            .spawn()
            .expect("thru starts");
        let mut up = Up {
            child,
            said: String::new(),
        };
        let limit = Instant::now() + READY_LIMIT;
        while !up.said.contains("https://shop.lab/") {
            assert!(Instant::now() < limit, "never ready: {}", up.said);
            let ended = up.child.try_wait().expect("our own child");
            assert!(ended.is_none(), "{ended:?}: {}", up.said);
            thread::park_timeout(crate::server::LOOK_AGAIN);
            up.said = fs::read_to_string(&log).unwrap_or_default();
        }
        up
    }

    /// The word of what it said that comes right after `before`.
    fn word(&self, before: &str) -> &str {
        let at = self.said.find(before);
        let at = at.unwrap_or_else(|| panic!("no {before}: {}", self.said));
        let rest = &self.said[at + before.len()..];
        rest.split_whitespace().next().unwrap_or_default()
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing else to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn doors(room: &Room) {
    let folder = room.folder("lab-doors");
    let up = Up::start(
        &folder,
        &["--socks", "127.0.0.1:0", "--http", "127.0.0.1:0"],
    );
    for proxy in ["--proxy socks5h://", "--proxy http://"] {
        let address = up.word(proxy);
        let output = tool("curl", ["-sS", "--fail", "-w", "\n%{http_version}"])
            .args(proxy.split(' ').take(1))
            .arg(format!("{}{address}", &proxy["--proxy ".len()..]))
            .arg("--cacert")
            .arg(folder.join("root.pem"))
            .arg("https://shop.lab/")
            .output()
            .expect("curl starts");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("<title>Lab Shop</title>"), "{output:?}");
        assert!(said.ends_with("\n2"), "not HTTP/2: {said}");
    }
}

/// Linux is a machine of the lab's home: it learns the router by ARP, asks the lab's name server,
/// and goes through address translation, provider and firewall to the shop.
fn kernel(room: &Room) {
    const SCRIPT: &str = "ip link set lo up
\"$0\" lab up --tap-device lab0 --root-out root.pem > up.txt & lab=$!
until grep -q '^tap' up.txt; do kill -0 $lab || exit 1; done
echo 1 > /proc/sys/net/ipv6/conf/lab0/disable_ipv6
ip link set lab0 up; ip addr add 192.168.1.77/24 dev lab0; ip route add default via 192.168.1.1
curl -sS --fail --max-time 60 --cacert root.pem --resolve shop.lab:443:203.0.113.80 https://shop.lab/
echo; ip neigh show dev lab0
kill $lab; wait $lab; echo ended $?";
    let output = Command::new("unshare")
        .args(["-r", "-n", "sh", "-c", SCRIPT, env!("CARGO_BIN_EXE_thru")])
        .current_dir(room.folder("lab-kernel"))
        .output()
        .expect("unshare starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("<title>Lab Shop</title>"), "{output:?}");
    assert!(said.contains("192.168.1.1 lladdr 02:00:00:"), "{said}");
    assert!(said.ends_with("ended 0\n"), "{said}");
}

/// Pixels that may differ, in a thousand: glyphs are drawn by others.
const DIFFERENT: usize = 60;

fn chromium(room: &Room) {
    let folder = room.folder("lab-chromium");
    let up = Up::start(&folder, &["--socks", "127.0.0.1:0"]);
    let theirs = folder.join("chromium.png");
    let output = tool("chromium", ["--headless", "--no-sandbox", "--disable-gpu"])
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        .arg(format!("--proxy-server={}", up.word("--proxy-server=")))
        .arg(format!(
            "--ignore-certificate-errors-spki-list={}",
            up.word("spki-list=")
        ))
        .args(["--hide-scrollbars", "--window-size=1280,720"])
        .arg(format!("--screenshot={}", theirs.display()))
        .arg("https://shop.lab/")
        .output()
        .expect("chromium starts");
    assert!(theirs.is_file(), "{output:?}");
    let ours = Thru::new(room, "lab chromium ours");
    let file = ours.folder.join("ours.png");
    let shot = Command::new(env!("CARGO_BIN_EXE_thru"))
        .args(["shot", "https://shop.lab/", "--lab", "-o"])
        .arg(&file)
        .status();
    assert!(shot.expect("thru starts").success());
    let (theirs, ours) = (picture(&theirs), picture(&file));
    let mut different = 0;
    for (x, y, pixel) in theirs.enumerate_pixels() {
        let own = ours.get_pixel_checked(x, y).map_or([0; 4], |own| own.0);
        let apart = own
            .iter()
            .zip(pixel.0)
            .any(|(one, other)| one.abs_diff(other) > 8);
        different += usize::from(apart);
    }
    let all = (theirs.width() * theirs.height()) as usize;
    assert!(different * 1000 <= all * DIFFERENT, "{different} of {all}");
}

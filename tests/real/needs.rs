//! What a case needs of the machine, and whether it is there.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

/// A tool or a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Nginx,
    Openssl,
    Dnsmasq,
    Unbound,
    Python,
    Curl,
    Dig,
    Delv,
    Kdig,
    Nsd,
    Knot,
    Ldns,
    Tshark,
    /// Not required, as it is large.
    Chromium,
    /// `unshare` and `ip`, and the right to a network namespace with a TAP device.
    Tap,
    /// `unshare` and `ip`, and the right to a network namespace with a pair of cables.
    Namespace,
    /// The five pages (`THRU_PAGES`).
    Pages,
}

/// Whether everything needed is there.
pub enum Met {
    All,
    ToolMissing(&'static str),
    RightMissing(&'static str),
}

/// Whether a missing tool is a failure.
pub fn tools_are_required() -> bool {
    env::var_os("THRU_REQUIRE_TOOLS").is_some_and(|value| value == "1")
}

pub fn met(needs: &[Need]) -> Met {
    for need in needs {
        let tools: &[&'static str] = match need {
            Need::Nginx => &["nginx"],
            Need::Openssl => &["openssl"],
            Need::Dnsmasq => &["dnsmasq"],
            Need::Unbound => &["unbound"],
            Need::Python => &["python3"],
            Need::Curl => &["curl"],
            Need::Dig => &["dig"],
            Need::Delv => &["delv"],
            Need::Kdig => &["kdig"],
            Need::Nsd => &["nsd"],
            Need::Knot => &["knotd"],
            Need::Ldns => &["ldns-keygen", "ldns-signzone", "ldns-key2ds"],
            Need::Tshark => &["tshark"],
            Need::Namespace | Need::Tap => &["unshare", "ip"],
            Need::Chromium | Need::Pages => &[],
        };
        if let Some(tool) = tools.iter().find(|tool| found(tool).is_none()) {
            return Met::ToolMissing(tool);
        }
        if *need == Need::Namespace && !namespaces_are_permitted() {
            return Met::RightMissing("no right to network namespaces here: not shown");
        }
        if *need == Need::Chromium && found("chromium").is_none() {
            return Met::RightMissing("chromium is not installed: not shown");
        }
        if *need == Need::Tap && !tap_devices_are_permitted() {
            return Met::RightMissing("no right to a TAP device here: not shown");
        }
        if *need == Need::Pages && !pages().join("hello.html").is_file() {
            return Met::ToolMissing("the folder THRU_PAGES");
        }
    }
    Met::All
}

/// The five pages.
pub fn pages() -> PathBuf {
    match env::var_os("THRU_PAGES") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/pages"),
    }
}

/// Where a tool is: on the path, or where daemons are kept.
pub fn found(tool: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let daemons = ["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from);
    env::split_paths(&path)
        .chain(daemons)
        .map(|folder| folder.join(tool))
        .find(|file| file.is_file())
}

fn tap_devices_are_permitted() -> bool {
    let tried = Command::new("unshare")
        .args([
            "-r", "-n", "ip", "tuntap", "add", "dev", "t0", "mode", "tap",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    tried.is_ok_and(|status| status.success())
}

fn namespaces_are_permitted() -> bool {
    static PERMITTED: OnceLock<bool> = OnceLock::new();
    *PERMITTED.get_or_init(|| {
        let tried = Command::new("unshare")
            .args([
                "-r", "-n", "ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1",
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        tried.is_ok_and(|status| status.success())
    })
}

//! What can be seen on this machine, and what cannot (`thru doctor`).

use crate::{
    FolderStorage, ResolverFiles,
    capture::{self, Refused},
    fonts, netlink, read_resolver_config, tcp_info, trust,
};
use std::os::fd::AsRawFd;
use thru_events::ConnectionId;

/// How well something can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// As it should be.
    Seen,
    /// It works, with less than there could be.
    Partly,
    /// It cannot be seen.
    Unseen,
}

/// One line of the doctor's answer.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What was looked at.
    pub what: &'static str,
    /// How well it can be seen.
    pub sight: Sight,
    /// What was found.
    pub found: String,
    /// The one line that changes it, if one is needed.
    pub change: Option<String>,
}

/// Looks at everything that a load in the host world leans on. Must run inside [`crate::run`].
pub async fn examine() -> Vec<Finding> {
    let mut findings = vec![installed_fonts(), trust_store(), resolver()];
    findings.extend(routes().await);
    findings.push(kernel_figures());
    findings.push(frames());
    findings.push(kept_files());
    findings
}

fn finding(
    what: &'static str,
    seen: bool,
    otherwise: Sight,
    found: String,
    change: &str,
) -> Finding {
    Finding {
        what,
        sight: if seen { Sight::Seen } else { otherwise },
        found,
        change: (!seen).then(|| change.to_owned()),
    }
}

fn installed_fonts() -> Finding {
    let count = fonts::installed().len();
    finding(
        "fonts",
        count > 0,
        Sight::Partly,
        match count {
            0 => {
                "no font is installed: pages are painted with the fonts that come with thru".into()
            }
            _ => format!("{count} font files"),
        },
        "apt-get install fonts-liberation fonts-dejavu-core",
    )
}

fn trust_store() -> Finding {
    let roots = trust::system_roots();
    let count = roots.certificates.len();
    let mut found = format!("{count} trusted roots");
    if let Some(problem) = roots.problems.first() {
        found = format!("{found}; not read: {problem}");
    }
    finding(
        "trust store",
        count > 0,
        Sight::Unseen,
        found,
        "apt-get install ca-certificates   (or give --cacert FILE)",
    )
}

fn resolver() -> Finding {
    let files = ResolverFiles::default();
    let config = read_resolver_config(&files);
    let servers: Vec<_> = config.servers.iter().map(ToString::to_string).collect();
    let mut found = format!("asks {}", servers.join(", "));
    if !config.unsupported.is_empty() {
        found = format!("{found}; passed over: {}", config.unsupported.join(", "));
    }
    finding(
        "name servers",
        files.resolv_conf.exists(),
        Sight::Partly,
        found,
        "write `nameserver ADDRESS` into /etc/resolv.conf, or give --dns-server ADDRESS",
    )
}

async fn routes() -> Vec<Finding> {
    let change = "allow AF_NETLINK sockets (a container or seccomp profile forbids them)";
    let Ok(handle) = netlink::open() else {
        let found = "the kernel does not open a netlink socket".to_owned();
        return vec![finding("routes", false, Sight::Unseen, found, change)];
    };
    // TEST-NET-3 (RFC 5737): nobody is asked, the kernel only looks into its table.
    let outside = std::net::IpAddr::from([203, 0, 113, 1]);
    let route = match netlink::route(&handle, outside).await {
        Ok(route) => route,
        Err(words) => {
            let found = format!("no route out of this machine ({words})");
            let change = "ip route add default via ROUTER";
            return vec![finding("routes", false, Sight::Partly, found, change)];
        }
    };
    let hop = route.next_hop.unwrap_or(outside);
    let way = format!("out by {} on {}", hop, route.interface);
    let line = netlink::neighbour(&handle, route.index, hop).await;
    let neighbour = match &line {
        Some(line) => format!("{hop} is {} in the kernel's table", line.state),
        None => format!("{hop} has no line yet; the first packet makes one"),
    };
    vec![
        finding("routes", true, Sight::Seen, way, ""),
        interface(&handle, &route).await,
        finding("neighbour table", true, Sight::Seen, neighbour, ""),
    ]
}

async fn interface(handle: &rtnetlink::Handle, route: &netlink::Route) -> Finding {
    let found = netlink::interface(handle, route.index).await;
    let name = &route.interface;
    let words = match &found {
        Some(found) => {
            let mac = found.mac.map_or("none".to_owned(), |mac| mac.to_string());
            format!(
                "{name} is {}, hardware address {mac}, largest packet {} octets",
                found.state, found.mtu
            )
        }
        None => format!("the kernel says nothing of {name}"),
    };
    let change = "allow AF_NETLINK sockets (a container or seccomp profile forbids them)";
    finding("interface", found.is_some(), Sight::Unseen, words, change)
}

fn kernel_figures() -> Finding {
    let asked = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)
        .ok()
        .and_then(|socket| tcp_info::figures(socket.as_raw_fd(), ConnectionId(0)));
    let found = match asked {
        Some(_) => "the kernel gives round trip, window and retransmissions (TCP_INFO)",
        None => "the kernel gives no figures of connections (TCP_INFO)",
    };
    finding(
        "TCP figures",
        asked.is_some(),
        Sight::Unseen,
        found.into(),
        "run on Linux with TCP_INFO",
    )
}

fn frames() -> Finding {
    let seen = "the frames of a load are captured where they are wanted (--pcapng, --record, -o)";
    let otherwise = "frames are put together from what the sockets carry";
    let (found, change) = match capture::may_capture() {
        Ok(()) => (seen.to_owned(), None),
        Err(Refused::NoRight) => (
            format!("the right to capture is missing (CAP_NET_RAW): {otherwise}"),
            Some(right(&process_status())),
        ),
        Err(Refused::Other(words)) => (
            format!("the kernel opens no packet socket ({words}): {otherwise}"),
            Some("sudo modprobe af_packet".to_owned()),
        ),
    };
    Finding {
        what: "frames",
        sight: match change {
            None => Sight::Seen,
            Some(_) => Sight::Partly,
        },
        found,
        change,
    }
}

fn process_status() -> String {
    std::fs::read_to_string("/proc/self/status").unwrap_or_default()
}

/// What gives this program the right, by what proc(5) says of the process.
fn right(status: &str) -> String {
    const NET_RAW: u64 = 1 << 13;
    let value = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.map(str::trim)
    };
    let bounds = value("CapBnd:").and_then(|mask| u64::from_str_radix(mask, 16).ok());
    if bounds.is_some_and(|mask| mask & NET_RAW == 0) {
        return "start the container or service with CAP_NET_RAW, as docker run --cap-add NET_RAW"
            .to_owned();
    }
    if value("NoNewPrivs:") == Some("1") {
        return "start it without no_new_privs, then: sudo setcap cap_net_raw+ep PATH".to_owned();
    }
    let program = std::env::current_exe().map(|path| path.display().to_string());
    let program = program.unwrap_or_else(|_| "PATH".to_owned());
    format!("sudo setcap cap_net_raw+ep {program}")
}

fn kept_files() -> Finding {
    let Some(folder) = FolderStorage::of_the_user() else {
        let found = "neither XDG_CACHE_HOME nor HOME is set: nothing is kept".to_owned();
        let change = "export XDG_CACHE_HOME=FOLDER";
        return finding("kept files", false, Sight::Partly, found, change);
    };
    let place = folder.folder().display();
    let (found, change) = match folder.obstacle() {
        None => (format!("in {place}"), String::new()),
        Some(words) => (
            format!("nothing is kept: {place} cannot be written ({words})"),
            "export XDG_CACHE_HOME=FOLDER".to_owned(),
        ),
    };
    finding(
        "kept files",
        change.is_empty(),
        Sight::Partly,
        found,
        &change,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_gives_the_right_fits_the_process() {
        let all = "CapBnd:\t000001ffffffffff\nNoNewPrivs:\t0\n";
        let program = std::env::current_exe().unwrap();
        let expected = format!("sudo setcap cap_net_raw+ep {}", program.display());
        assert_eq!(right(all), expected);
        assert!(right("CapBnd:\t0000000000001fff\n").contains("--cap-add NET_RAW"));
        assert!(right("CapBnd:\t000001ffffffffff\nNoNewPrivs:\t1\n").contains("no_new_privs"));
    }
}

//! What can be seen on this machine, and what cannot (`thru doctor`).

use crate::{FolderStorage, ResolverFiles, fonts, netlink, read_resolver_config, tcp_info, trust};
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
    findings.push(capture());
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
        finding("neighbour table", true, Sight::Seen, neighbour, ""),
    ]
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

fn capture() -> Finding {
    // ETH_P_ALL in network order; the socket is only opened, never bound.
    // SAFETY: socket(2) takes plain numbers.
    let fd = unsafe {
        libc::socket(
            libc::AF_PACKET,
            libc::SOCK_RAW,
            i32::from((libc::ETH_P_ALL as u16).to_be()),
        )
    };
    let allowed = fd >= 0;
    if allowed {
        // SAFETY: `fd` was just opened here.
        unsafe { libc::close(fd) };
    }
    Finding {
        what: "frames",
        sight: Sight::Unseen,
        found: format!(
            "thru does not capture frames yet ({} on this machine): link, ip and tcp show what the kernel reports",
            if allowed {
                "the right is there"
            } else {
                "the right is missing"
            }
        ),
        change: Some("tcpdump -w F.pcap beside thru; in the lab every frame is seen".to_owned()),
    }
}

fn kept_files() -> Finding {
    let folder = FolderStorage::of_the_user();
    finding(
        "kept files",
        folder.is_some(),
        Sight::Partly,
        match folder {
            Some(folder) => format!("in {}", folder.folder().display()),
            None => "neither XDG_CACHE_HOME nor HOME is set: nothing is kept".into(),
        },
        "export XDG_CACHE_HOME=FOLDER",
    )
}

//! The kernel's own figures of a connection (tcp(7), TCP_INFO).

use std::{mem, os::fd::RawFd};
use thru_events::{ConnectionId, tcp::TcpEvent};

/// Asks the kernel. `None` where it does not say.
pub(crate) fn figures(fd: RawFd, connection: ConnectionId) -> Option<TcpEvent> {
    // SAFETY: all-zero is a valid tcp_info.
    let mut info: libc::tcp_info = unsafe { mem::zeroed() };
    let mut length = mem::size_of::<libc::tcp_info>() as libc::socklen_t;
    // SAFETY: `info` has `length` octets; an older kernel writes fewer.
    let done = unsafe {
        libc::getsockopt(
            fd,
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            (&raw mut info).cast(),
            &mut length,
        )
    };
    (done == 0).then(|| TcpEvent::KernelFigures {
        connection,
        state: state_name(info.tcpi_state).into(),
        rtt_us: u64::from(info.tcpi_rtt),
        rtt_var_us: u64::from(info.tcpi_rttvar),
        retransmits: info.tcpi_total_retrans,
        came_twice: info.tcpi_dsack_dups,
        congestion_window: info.tcpi_snd_cwnd,
        mss: info.tcpi_snd_mss,
        bytes_acked: info.tcpi_bytes_acked,
        bytes_received: info.tcpi_bytes_received,
    })
}

/// The state's name in RFC 9293; numbers as Linux counts them (include/net/tcp_states.h).
fn state_name(state: u8) -> &'static str {
    const NAMES: [&str; 12] = [
        "unknown",
        "ESTABLISHED",
        "SYN-SENT",
        "SYN-RECEIVED",
        "FIN-WAIT-1",
        "FIN-WAIT-2",
        "TIME-WAIT",
        "CLOSED",
        "CLOSE-WAIT",
        "LAST-ACK",
        "LISTEN",
        "CLOSING",
    ];
    NAMES.get(usize::from(state)).copied().unwrap_or(NAMES[0])
}

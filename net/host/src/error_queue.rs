//! The socket's error queue (ip(7), IP_RECVERR): which router said what about a packet.

use std::{
    io, mem,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    os::fd::RawFd,
};

/// One line of the error queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueuedError {
    /// ICMP or ICMPv6 type; `None` if the error was not born of ICMP.
    pub icmp: Option<(u8, u8)>,
    /// Who said so.
    pub offender: Option<IpAddr>,
    /// Where the packet was going.
    pub destination: Option<SocketAddr>,
}

/// Asks the kernel to keep what ICMP says about this socket.
pub(crate) fn ask_for_errors(fd: RawFd, v6: bool) -> io::Result<()> {
    let (level, option) = if v6 {
        (libc::IPPROTO_IPV6, libc::IPV6_RECVERR)
    } else {
        (libc::IPPROTO_IP, libc::IP_RECVERR)
    };
    let on: libc::c_int = 1;
    // SAFETY: `on` is a valid c_int and its size is given.
    let done = unsafe {
        libc::setsockopt(
            fd,
            level,
            option,
            (&raw const on).cast(),
            mem::size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if done == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Takes the oldest line off the queue.
pub(crate) fn take(fd: RawFd) -> Option<QueuedError> {
    // SAFETY: all-zero is a valid value of these plain C structs.
    let mut name: libc::sockaddr_storage = unsafe { mem::zeroed() };
    let mut payload = [0u8; 64];
    let mut control = [0u64; 64];
    let mut vector = libc::iovec {
        iov_base: payload.as_mut_ptr().cast(),
        iov_len: payload.len(),
    };
    // SAFETY: as above.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    message.msg_name = (&raw mut name).cast();
    message.msg_namelen = mem::size_of_val(&name) as libc::socklen_t;
    message.msg_iov = &mut vector;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = mem::size_of_val(&control) as _;
    // SAFETY: every pointer in `message` is to a live buffer of the length given beside it.
    let got = unsafe { libc::recvmsg(fd, &mut message, libc::MSG_ERRQUEUE | libc::MSG_DONTWAIT) };
    if got < 0 {
        return None;
    }
    let destination = (message.msg_namelen > 0)
        .then(|| address_of(&name))
        .flatten();
    // SAFETY: `message` was filled by recvmsg; the CMSG macros stay within its control buffer.
    let mut header = unsafe { libc::CMSG_FIRSTHDR(&message) };
    while !header.is_null() {
        // SAFETY: `header` is not null and points into `control`.
        let (level, kind) = unsafe { ((*header).cmsg_level, (*header).cmsg_type) };
        let is_error = (level == libc::IPPROTO_IP && kind == libc::IP_RECVERR)
            || (level == libc::IPPROTO_IPV6 && kind == libc::IPV6_RECVERR);
        if is_error {
            // SAFETY: the kernel puts a sock_extended_err and the offender's address here.
            return Some(unsafe { read_error(libc::CMSG_DATA(header).cast(), destination) });
        }
        // SAFETY: as above.
        header = unsafe { libc::CMSG_NXTHDR(&message, header) };
    }
    None
}

/// # Safety
/// `error` must point to a `sock_extended_err` that is followed by a socket address.
unsafe fn read_error(
    error: *const libc::sock_extended_err,
    destination: Option<SocketAddr>,
) -> QueuedError {
    // SAFETY: promised by the caller.
    let said = unsafe { error.read_unaligned() };
    let from_icmp = matches!(
        said.ee_origin,
        libc::SO_EE_ORIGIN_ICMP | libc::SO_EE_ORIGIN_ICMP6
    );
    // SAFETY: the offender's address follows the struct.
    let offender = unsafe {
        let place = libc::SO_EE_OFFENDER(error);
        match i32::from((*place).sa_family) {
            libc::AF_INET => address_v4(place.cast()).map(|a| IpAddr::V4(*a.ip())),
            libc::AF_INET6 => address_v6(place.cast()).map(|a| IpAddr::V6(*a.ip())),
            _ => None,
        }
    };
    QueuedError {
        icmp: from_icmp.then_some((said.ee_type, said.ee_code)),
        offender,
        destination,
    }
}

fn address_of(storage: &libc::sockaddr_storage) -> Option<SocketAddr> {
    let place = std::ptr::from_ref(storage);
    // SAFETY: sockaddr_storage is large enough for both families.
    unsafe {
        match i32::from(storage.ss_family) {
            libc::AF_INET => address_v4(place.cast()).map(SocketAddr::V4),
            libc::AF_INET6 => address_v6(place.cast()).map(SocketAddr::V6),
            _ => None,
        }
    }
}

unsafe fn address_v4(place: *const libc::sockaddr_in) -> Option<SocketAddrV4> {
    // SAFETY: the caller checked the family.
    let found = unsafe { place.read_unaligned() };
    let ip = Ipv4Addr::from(u32::from_be(found.sin_addr.s_addr));
    Some(SocketAddrV4::new(ip, u16::from_be(found.sin_port)))
}

unsafe fn address_v6(place: *const libc::sockaddr_in6) -> Option<SocketAddrV6> {
    // SAFETY: the caller checked the family.
    let found = unsafe { place.read_unaligned() };
    let ip = Ipv6Addr::from(found.sin6_addr.s6_addr);
    Some(SocketAddrV6::new(
        ip,
        u16::from_be(found.sin6_port),
        0,
        found.sin6_scope_id,
    ))
}

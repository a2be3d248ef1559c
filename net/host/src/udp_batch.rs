//! Many datagrams with one call of the system: recvmmsg(2), sendmmsg(2).

use std::{io, mem, mem::MaybeUninit, net::SocketAddr, os::fd::RawFd};
use thru_port::{BATCH_LIMIT, Batch};

/// An address of either family, as the kernel has it.
#[derive(Clone, Copy)]
#[repr(C)]
union Address {
    v4: libc::sockaddr_in,
    v6: libc::sockaddr_in6,
}

/// SAFETY: all-zero is a valid value of these plain C structs.
const NO_ADDRESS: Address = Address {
    v6: unsafe { mem::zeroed() },
};

impl Address {
    fn read(&self) -> Option<SocketAddr> {
        // SAFETY: both variants begin with the family and are plain numbers; the kernel wrote it.
        unsafe {
            match libc::c_int::from(self.v4.sin_family) {
                libc::AF_INET => {
                    let ip = u32::from_be(self.v4.sin_addr.s_addr);
                    Some(SocketAddr::from((
                        ip.to_be_bytes(),
                        u16::from_be(self.v4.sin_port),
                    )))
                }
                libc::AF_INET6 => {
                    let (v6, port) = (self.v6, u16::from_be(self.v6.sin6_port));
                    let address = std::net::Ipv6Addr::from(v6.sin6_addr.s6_addr);
                    let (flow, scope) = (v6.sin6_flowinfo, v6.sin6_scope_id);
                    Some(std::net::SocketAddrV6::new(address, port, flow, scope).into())
                }
                _ => None,
            }
        }
    }

    fn write(to: SocketAddr) -> (Address, libc::socklen_t) {
        let mut address = NO_ADDRESS;
        match to {
            SocketAddr::V4(to) => {
                address.v4.sin_family = libc::AF_INET as libc::sa_family_t;
                address.v4.sin_port = to.port().to_be();
                address.v4.sin_addr = libc::in_addr {
                    s_addr: u32::from(*to.ip()).to_be(),
                };
                (
                    address,
                    mem::size_of::<libc::sockaddr_in>() as libc::socklen_t,
                )
            }
            SocketAddr::V6(to) => {
                address.v6 = libc::sockaddr_in6 {
                    sin6_family: libc::AF_INET6 as libc::sa_family_t,
                    sin6_port: to.port().to_be(),
                    sin6_flowinfo: to.flowinfo(),
                    sin6_addr: libc::in6_addr {
                        s6_addr: to.ip().octets(),
                    },
                    sin6_scope_id: to.scope_id(),
                };
                (
                    address,
                    mem::size_of::<libc::sockaddr_in6>() as libc::socklen_t,
                )
            }
        }
    }
}

fn header(
    address: *mut Address,
    length: libc::socklen_t,
    vector: *mut libc::iovec,
) -> libc::mmsghdr {
    // SAFETY: all-zero is a valid value of these plain C structs.
    let mut message: libc::mmsghdr = unsafe { mem::zeroed() };
    message.msg_hdr.msg_name = address.cast();
    message.msg_hdr.msg_namelen = length;
    message.msg_hdr.msg_iov = vector;
    message.msg_hdr.msg_iovlen = 1;
    message
}

/// Takes in what is there, at most [`BATCH_LIMIT`]; gives how many.
///
/// # Errors
/// `WouldBlock` if there is nothing; what ICMP said of an earlier datagram.
pub(crate) fn receive(fd: RawFd, batch: &mut Batch) -> io::Result<usize> {
    let mut addresses = [NO_ADDRESS; BATCH_LIMIT];
    let mut vectors = [const { MaybeUninit::<libc::iovec>::uninit() }; BATCH_LIMIT];
    let mut headers = [const { MaybeUninit::<libc::mmsghdr>::uninit() }; BATCH_LIMIT];
    let places = batch.places().len().min(BATCH_LIMIT);
    let room = mem::size_of::<Address>() as libc::socklen_t;
    for (at, letter) in batch.places().iter_mut().take(places).enumerate() {
        let room_of_letter = letter.room();
        let vector = vectors[at].write(libc::iovec {
            iov_base: room_of_letter.as_mut_ptr().cast(),
            iov_len: room_of_letter.len(),
        });
        headers[at].write(header(&raw mut addresses[at], room, vector));
    }
    // SAFETY: the first `places` headers are written, and point to buffers that outlive the call.
    let got = unsafe {
        libc::recvmmsg(
            fd,
            headers.as_mut_ptr().cast(),
            places as libc::c_uint,
            libc::MSG_DONTWAIT as _,
            std::ptr::null_mut(),
        )
    };
    if got < 0 {
        return Err(io::Error::last_os_error());
    }
    let mut filled = 0;
    for at in 0..got as usize {
        // SAFETY: written above, and completed by the kernel.
        let message = unsafe { headers[at].assume_init_ref() };
        let cut = message.msg_hdr.msg_flags & libc::MSG_TRUNC != 0;
        let length = message.msg_len as usize + usize::from(cut);
        if let Some(from) = addresses[at].read() {
            batch.places().swap(filled, at);
            batch.places()[filled].fill(length, from, None);
            filled += 1;
        }
    }
    batch.set_filled(filled);
    Ok(filled)
}

/// Sends the answers from the `from`th letter on; gives how many letters are done with.
///
/// # Errors
/// `WouldBlock` if none could be sent now; what is wrong with the first.
pub(crate) fn send(fd: RawFd, batch: &Batch, from: usize) -> io::Result<usize> {
    let mut addresses = [NO_ADDRESS; BATCH_LIMIT];
    let mut vectors = [const { MaybeUninit::<libc::iovec>::uninit() }; BATCH_LIMIT];
    let mut headers = [const { MaybeUninit::<libc::mmsghdr>::uninit() }; BATCH_LIMIT];
    let mut places = [0; BATCH_LIMIT];
    let mut count = 0;
    let waiting = batch.letters().iter().enumerate().skip(from);
    for (place, letter) in waiting.filter(|(_, letter)| !letter.answer.is_empty()) {
        if count == BATCH_LIMIT {
            break;
        }
        let (address, length) = Address::write(letter.from);
        addresses[count] = address;
        let vector = vectors[count].write(libc::iovec {
            iov_base: letter.answer.as_ptr().cast_mut().cast(),
            iov_len: letter.answer.len(),
        });
        headers[count].write(header(&raw mut addresses[count], length, vector));
        places[count] = place;
        count += 1;
    }
    if count == 0 {
        return Ok(batch.letters().len() - from);
    }
    // SAFETY: the first `count` headers are written; what they point to is only read.
    let sent = unsafe {
        libc::sendmmsg(
            fd,
            headers.as_mut_ptr().cast(),
            count as libc::c_uint,
            libc::MSG_DONTWAIT as _,
        )
    };
    match sent {
        ..=0 => Err(io::Error::last_os_error()),
        sent if sent as usize == count && count < BATCH_LIMIT => Ok(batch.letters().len() - from),
        sent => Ok(places[sent as usize - 1] + 1 - from),
    }
}

//! The kernel's ring of frames (packet(7), PACKET_RX_RING with TPACKET_V3): a piece of memory that
//! both sides see, so that nothing is lost while this program computes.

use super::limits::{FRAME_OCTETS, RING_BLOCK_OCTETS, RING_BLOCKS, RING_WAIT_MS};
use libc::{sock_filter, sockaddr_ll, tpacket_block_desc, tpacket3_hdr};
use std::{
    io, mem,
    os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd},
    ptr,
    sync::atomic::{AtomicU32, Ordering},
};

/// Octets of the whole ring.
const RING_OCTETS: usize = (RING_BLOCKS * RING_BLOCK_OCTETS) as usize;

/// Why nothing can be captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// CAP_NET_RAW is missing.
    NoRight,
    /// The kernel's words.
    Other(String),
}

/// A frame as the kernel hands it over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw<'a> {
    /// From its link header on, if its interface has one; at most [`FRAME_OCTETS`].
    pub octets: &'a [u8],
    /// Octets that it had.
    pub length: u32,
    /// Seconds and nanoseconds since 1970, by the system's calendar.
    pub at: (u32, u32),
    /// TP_STATUS_ bits.
    pub status: u32,
    /// TPID and control information of a VLAN tag that was taken off.
    pub vlan: Option<(u16, u16)>,
    pub interface: u32,
    /// ARPHRD_ kind of the interface.
    pub hardware: u16,
    /// PACKET_ kind: to this machine, to all, out of it.
    pub kind: u8,
    pub ethertype: u16,
}

/// A socket with its ring.
pub(super) struct Ring {
    socket: OwnedFd,
    memory: *mut u8,
    next: u32,
}

/// Whether the right to capture is there: a packet socket is opened and closed again.
pub(crate) fn may_capture() -> Result<(), Refused> {
    socket().map(drop)
}

fn socket() -> Result<OwnedFd, Refused> {
    // Protocol 0: nothing comes in before the ring is there.
    // SAFETY: socket(2) takes plain numbers.
    let fd = unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) };
    if fd < 0 {
        let error = io::Error::last_os_error();
        return Err(match error.raw_os_error() {
            Some(libc::EPERM | libc::EACCES) => Refused::NoRight,
            _ => Refused::Other(error.to_string()),
        });
    }
    // SAFETY: `fd` was just opened and belongs to nobody else.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

impl Ring {
    /// Opens a ring over all interfaces, not promiscuous, behind the filter `program`.
    pub fn open(program: &mut [sock_filter]) -> Result<Ring, Refused> {
        let socket = socket()?;
        let other = |error: io::Error| Refused::Other(error.to_string());
        let version = libc::tpacket_versions::TPACKET_V3 as libc::c_int;
        set(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            libc::PACKET_VERSION,
            &version,
        )
        .map_err(other)?;
        let request = libc::tpacket_req3 {
            tp_block_size: RING_BLOCK_OCTETS,
            tp_block_nr: RING_BLOCKS,
            tp_frame_size: RING_BLOCK_OCTETS,
            tp_frame_nr: RING_BLOCKS,
            tp_retire_blk_tov: RING_WAIT_MS,
            tp_sizeof_priv: 0,
            tp_feature_req_word: 0,
        };
        set(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            libc::PACKET_RX_RING,
            &request,
        )
        .map_err(other)?;
        let memory = map(socket.as_raw_fd()).map_err(other)?;
        let ring = Ring {
            socket,
            memory,
            next: 0,
        };
        ring.filter(program).map_err(other)?;
        ring.listen().map_err(other)?;
        Ok(ring)
    }

    /// An empty ring, for tests without the right to capture: a socket of another kind beside memory
    /// in which no block is ever ready. With `locked` it keeps the filter that it has.
    #[cfg(test)]
    pub fn stand_in(program: &mut [sock_filter], locked: bool) -> Ring {
        let socket = OwnedFd::from(std::net::UdpSocket::bind("127.0.0.1:0").unwrap());
        let (protection, flags) = (
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
        );
        // SAFETY: a new mapping of nothing but empty memory.
        let memory = unsafe { libc::mmap(ptr::null_mut(), RING_OCTETS, protection, flags, -1, 0) };
        assert_ne!(memory, libc::MAP_FAILED);
        let ring = Ring {
            socket,
            memory: memory.cast(),
            next: 0,
        };
        ring.filter(program).unwrap();
        let locked = libc::c_int::from(locked);
        set(
            ring.socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_LOCK_FILTER,
            &locked,
        )
        .unwrap();
        ring
    }

    /// Replaces the filter.
    pub fn filter(&self, program: &mut [sock_filter]) -> io::Result<()> {
        let program = libc::sock_fprog {
            len: program.len() as u16,
            filter: program.as_mut_ptr(),
        };
        set(
            self.socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_ATTACH_FILTER,
            &program,
        )
    }

    /// All protocols of all interfaces.
    fn listen(&self) -> io::Result<()> {
        // SAFETY: all-zero is a valid sockaddr_ll.
        let mut address: sockaddr_ll = unsafe { mem::zeroed() };
        address.sll_family = libc::AF_PACKET as u16;
        address.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
        let length = mem::size_of::<sockaddr_ll>() as libc::socklen_t;
        // SAFETY: `address` has `length` octets.
        let done =
            unsafe { libc::bind(self.socket.as_raw_fd(), (&raw const address).cast(), length) };
        match done {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// A second handle to wait with.
    pub fn handle(&self) -> io::Result<OwnedFd> {
        self.socket.try_clone()
    }

    /// Frames that the kernel had no room for since this was asked last.
    pub fn dropped(&self) -> u32 {
        // SAFETY: all-zero is a valid tpacket_stats_v3.
        let mut counted: libc::tpacket_stats_v3 = unsafe { mem::zeroed() };
        let mut length = mem::size_of_val(&counted) as libc::socklen_t;
        // SAFETY: `counted` has `length` octets.
        let done = unsafe {
            libc::getsockopt(
                self.socket.as_raw_fd(),
                libc::SOL_PACKET,
                libc::PACKET_STATISTICS,
                (&raw mut counted).cast(),
                &mut length,
            )
        };
        if done == 0 { counted.tp_drops } else { 0 }
    }

    /// Hands over every frame of the blocks that are ready, and gives the blocks back. At most one
    /// turn of the ring.
    pub fn drain(&mut self, mut take: impl FnMut(Raw<'_>)) {
        for _ in 0..RING_BLOCKS {
            let start = self.next as usize * RING_BLOCK_OCTETS as usize;
            // SAFETY: `next` is below RING_BLOCKS, so the block lies in the mapping, which begins at
            // a page; block_status stands at its fixed place and both sides use it as an atomic.
            let (block, status) = unsafe {
                let block = self.memory.add(start);
                let description = block.cast::<tpacket_block_desc>();
                let status = &raw mut (*description).hdr.bh1.block_status;
                (block, AtomicU32::from_ptr(status))
            };
            if status.load(Ordering::Acquire) & libc::TP_STATUS_USER == 0 {
                return;
            }
            // SAFETY: the block is this side's until its status is set back.
            unsafe { walk(block, &mut take) };
            status.store(libc::TP_STATUS_KERNEL, Ordering::Release);
            self.next = (self.next + 1) % RING_BLOCKS;
        }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: mapped in `open` with this length, and nothing of it is used after.
        unsafe { libc::munmap(self.memory.cast(), RING_OCTETS) };
    }
}

/// Goes through the frames of a block. What does not lie within it ends the walk.
///
/// # Safety
/// `block` points to RING_BLOCK_OCTETS readable octets that nobody writes meanwhile.
unsafe fn walk(block: *const u8, take: &mut impl FnMut(Raw<'_>)) {
    // SAFETY: as the caller says; the description stands at the block's beginning.
    let (block, head) = unsafe {
        let octets = std::slice::from_raw_parts(block, RING_BLOCK_OCTETS as usize);
        let description = ptr::read_unaligned(block.cast::<tpacket_block_desc>());
        (octets, description.hdr.bh1)
    };
    let mut at = head.offset_to_first_pkt as usize;
    for _ in 0..head.num_pkts {
        let Some(header) = read_at::<tpacket3_hdr>(block, at) else {
            return;
        };
        if let Some(raw) = frame(block, at, &header) {
            take(raw);
        }
        if header.tp_next_offset == 0 {
            return;
        }
        at += header.tp_next_offset as usize;
    }
}

fn frame<'a>(block: &'a [u8], at: usize, header: &tpacket3_hdr) -> Option<Raw<'a>> {
    let aligned = mem::size_of::<tpacket3_hdr>().next_multiple_of(libc::TPACKET_ALIGNMENT);
    let address = read_at::<sockaddr_ll>(block, at + aligned)?;
    let start = at + usize::from(header.tp_mac);
    let kept = (header.tp_snaplen as usize).min(FRAME_OCTETS);
    let tagged = header.tp_status & libc::TP_STATUS_VLAN_VALID != 0;
    let tpid = match header.tp_status & libc::TP_STATUS_VLAN_TPID_VALID {
        0 => libc::ETH_P_8021Q as u16,
        _ => header.hv1.tp_vlan_tpid,
    };
    Some(Raw {
        octets: block.get(start..start + kept)?,
        length: header.tp_len,
        at: (header.tp_sec, header.tp_nsec),
        status: header.tp_status,
        vlan: tagged.then_some((tpid, header.hv1.tp_vlan_tci as u16)),
        interface: address.sll_ifindex as u32,
        hardware: address.sll_hatype,
        kind: address.sll_pkttype,
        ethertype: u16::from_be(address.sll_protocol),
    })
}

/// A plain C struct that stands at `at`. Only called with structs for which all octets are valid.
fn read_at<T: Copy>(block: &[u8], at: usize) -> Option<T> {
    let octets = block.get(at..at + mem::size_of::<T>())?;
    // SAFETY: the slice has the size of T, and T is a struct of integers.
    Some(unsafe { ptr::read_unaligned(octets.as_ptr().cast()) })
}

fn set<T>(fd: RawFd, level: libc::c_int, option: libc::c_int, value: &T) -> io::Result<()> {
    let length = mem::size_of::<T>() as libc::socklen_t;
    // SAFETY: `value` has `length` octets.
    let done = unsafe { libc::setsockopt(fd, level, option, ptr::from_ref(value).cast(), length) };
    match done {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

fn map(fd: RawFd) -> io::Result<*mut u8> {
    let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
    // SAFETY: a new mapping of a descriptor that is open.
    let memory = unsafe { libc::mmap(ptr::null_mut(), RING_OCTETS, protection, flags, fd, 0) };
    match memory == libc::MAP_FAILED {
        true => Err(io::Error::last_os_error()),
        false => Ok(memory.cast()),
    }
}

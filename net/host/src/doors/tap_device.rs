//! A TAP device: the kernel's own stack on one side, frames on the other
//! (Documentation/networking/tuntap.rst of Linux).

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd},
        unix::fs::OpenOptionsExt,
    },
    time::Duration,
};
use tokio::io::{Interest, unix::AsyncFd};

/// Octets of a frame at most.
pub(super) const LARGEST: usize = 65_535 + 14;

/// A device that is open. It goes away when this is dropped, unless it was made to last.
pub struct TapDevice {
    file: File,
}

impl TapDevice {
    /// Opens the device of that name, or makes it. It belongs to the network namespace of the
    /// process and is down until somebody sets it up.
    ///
    /// # Errors
    /// The operating system's: `NotFound` where there are no TAP devices, `PermissionDenied`
    /// without the right to the network (CAP_NET_ADMIN).
    pub fn open(name: &str) -> io::Result<TapDevice> {
        let too_long = || io::Error::new(io::ErrorKind::InvalidInput, "no name of a device");
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NONBLOCK)
            .open("/dev/net/tun")?;
        // SAFETY: all-zero is a valid ifreq.
        let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
        // The last octet stays zero.
        let room = request.ifr_name.len() - 1;
        if name.is_empty() || name.len() > room || name.contains('\0') {
            return Err(too_long());
        }
        for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
            *to = from as libc::c_char;
        }
        request.ifr_ifru.ifru_flags = (libc::IFF_TAP | libc::IFF_NO_PI) as libc::c_short;
        // SAFETY: the request is an ifreq whose name ends within it; the kernel reads and writes
        // no more than it.
        let done = unsafe { libc::ioctl(file.as_raw_fd(), libc::TUNSETIFF, &raw mut request) };
        match done {
            0 => Ok(TapDevice { file }),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// The next frame that the kernel sent, if there is one now.
    ///
    /// # Errors
    /// The operating system's.
    pub fn read(&self, frame: &mut Vec<u8>) -> io::Result<bool> {
        frame.resize(LARGEST, 0);
        match (&self.file).read(frame) {
            Ok(length) => {
                frame.truncate(length);
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            // The device is down.
            Err(error) if error.raw_os_error() == Some(libc::EIO) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Hands a frame to the kernel. False if it does not take it: the device is down, or full.
    pub fn write(&self, frame: &[u8]) -> bool {
        (&self.file).write(frame).is_ok()
    }

    /// Waits until the kernel sent something, at most for `most`, to the nanosecond.
    ///
    /// # Errors
    /// The operating system's.
    pub fn wait(&self, most: Option<Duration>) -> io::Result<()> {
        let mut polled = libc::pollfd {
            fd: self.file.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        let time = most.map(|most| libc::timespec {
            tv_sec: libc::time_t::try_from(most.as_secs()).unwrap_or(libc::time_t::MAX),
            tv_nsec: most.subsec_nanos().into(),
        });
        let time = time.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: one pollfd is handed in and counted as one; `time` is null or lives as long as
        // the call; no signal mask.
        let done = unsafe { libc::ppoll(&raw mut polled, 1, time, std::ptr::null()) };
        match done {
            -1 => match io::Error::last_os_error() {
                error if error.kind() == io::ErrorKind::Interrupted => Ok(()),
                error => Err(error),
            },
            _ => Ok(()),
        }
    }

    /// For waiting inside of the runtime.
    ///
    /// # Errors
    /// The operating system's.
    pub fn into_async(self) -> io::Result<AsyncTap> {
        // SAFETY: the descriptor is open as long as the device, which the registration holds.
        let registered = unsafe { AsyncFd::register_with_interest(self, Interest::READABLE) };
        registered.map(AsyncTap).map_err(io::Error::from)
    }
}

impl AsFd for TapDevice {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl AsRawFd for TapDevice {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.file.as_raw_fd()
    }
}

/// A device inside of the runtime.
pub struct AsyncTap(AsyncFd<TapDevice>);

impl AsyncTap {
    /// Waits until the kernel sent a frame, and gives it.
    ///
    /// # Errors
    /// The operating system's.
    pub async fn read(&self, frame: &mut Vec<u8>) -> io::Result<()> {
        loop {
            let mut ready = self.0.readable().await?;
            if self.0.get_ref().read(frame)? {
                return Ok(());
            }
            ready.clear_ready();
        }
    }

    /// Hands a frame to the kernel. False if it does not take it.
    pub fn write(&self, frame: &[u8]) -> bool {
        self.0.get_ref().write(frame)
    }
}

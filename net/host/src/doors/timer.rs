//! A sleep to the microsecond: the runtime's own timers count milliseconds, in which a lab's frame
//! goes around the world (timerfd_create(2)).

use std::{
    io,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    time::Duration,
};
use tokio::io::{Interest, unix::AsyncFd};

/// Longer sleeps are left to the runtime.
const SHORT: Duration = Duration::from_millis(20);

/// Sleeps for `duration`.
pub async fn sleep(duration: Duration) {
    if duration > SHORT || precise(duration).await.is_err() {
        tokio::time::sleep(duration).await;
    }
}

async fn precise(duration: Duration) -> io::Result<()> {
    // SAFETY: no pointer is handed over.
    let fd = unsafe {
        libc::timerfd_create(
            libc::CLOCK_MONOTONIC,
            libc::TFD_NONBLOCK | libc::TFD_CLOEXEC,
        )
    };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new and nobody else's.
    let timer = unsafe { OwnedFd::from_raw_fd(fd) };
    let once = libc::itimerspec {
        it_interval: libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        },
        it_value: libc::timespec {
            tv_sec: duration.as_secs() as libc::time_t,
            // Zero would disarm it.
            tv_nsec: duration.subsec_nanos().max(1).into(),
        },
    };
    // SAFETY: `once` lives as long as the call; the old value is not asked for.
    let set = unsafe {
        libc::timerfd_settime(timer.as_raw_fd(), 0, &raw const once, std::ptr::null_mut())
    };
    if set < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is open as long as the timer, which the registration holds.
    let timer = unsafe { AsyncFd::register_with_interest(timer, Interest::READABLE) }?;
    let _ready = timer.readable().await?;
    Ok(())
}

use std::time::{Instant, SystemTime, UNIX_EPOCH};
use thru_events::{Clock, Time};
use thru_port::{CpuClock, UnixTime};

/// The trip's clock of the host world: monotonic, zero at its making.
#[derive(Clone, Copy, Debug)]
pub struct HostClock {
    started: Instant,
}

impl HostClock {
    /// Starts the clock: the key press is now.
    pub fn start() -> HostClock {
        HostClock {
            started: Instant::now(),
        }
    }
}

impl Clock for HostClock {
    fn now(&self) -> Time {
        Time::ZERO.after(self.started.elapsed())
    }
}

/// The calendar as the system has it. Before 1970 counts as 1970.
pub(crate) fn calendar() -> UnixTime {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UnixTime {
        seconds: since.as_secs() as i64,
        nanos: since.subsec_nanos(),
    }
}

/// CPU time of the whole process (CLOCK_PROCESS_CPUTIME_ID): decoders may use threads of
/// their own.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessCpu;

impl CpuClock for ProcessCpu {
    fn nanos(&self) -> u64 {
        let mut time = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: `time` is a valid timespec for the length of the call.
        let done = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
        if done != 0 {
            return 0;
        }
        time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_clock_moves_with_work() {
        let before = ProcessCpu.nanos();
        let sum: u64 = std::hint::black_box((0..2_000_000u64).map(std::hint::black_box).sum());
        assert!(sum > 0);
        assert!(ProcessCpu.nanos() > before);
    }
}

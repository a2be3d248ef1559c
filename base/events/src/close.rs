//! The end of the connections.

use crate::{ConnectionId, Text};

vocabulary! {
    /// Events of closing (RFC 9293, section 3.6).
    CloseEvent => Close {
        /// This end has nothing more to say.
        Started { /** Which. */ connection: ConnectionId, /** Why now. */ why: Text },
        /// Our FIN was acknowledged.
        FinAcknowledged { /** Which. */ connection: ConnectionId },
        /// The peer's FIN arrived.
        PeerFinished { /** Which. */ connection: ConnectionId },
        /// The connection waits for late segments.
        TimeWaitEntered { /** Which. */ connection: ConnectionId, /** Seconds. */ wait_s: u32 },
        /// The connection is no more.
        Closed { /** Which. */ connection: ConnectionId, /** `fin both ways`, `reset`, `reset by the peer`, `handed to the kernel`. */ how: Text },
    }
}

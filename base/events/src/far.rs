//! What answers: the servers behind the address. Seen only inside them, or as said by them.

use crate::Text;

vocabulary! {
    /// Events of the far side.
    FarEvent => Far {
        /// A server took in a request.
        RequestReceived { /** Server's name. */ server: String, /** Method. */ method: String, /** Target. */ target: String },
        /// A server answered.
        ResponseSent { /** Server's name. */ server: String, /** Status code. */ status: u16, /** Octets of body. */ length: u64 },
        /// The balancer chose a server.
        BackendChosen { /** Which. */ backend: String, /** Why. */ why: Text },
        /// The server behind gave no answer.
        BackendFailed { /** Which. */ backend: String, /** Why. */ why: String },
        /// The balancer has no server left to ask.
        NoBackend { /** Tried. */ tried: Vec<String> },
        /// The cache server reused what it had.
        CacheHit { /** Key. */ key: String, /** Age, seconds. */ age_s: u64 },
        /// The cache server had to ask.
        CacheMissed { /** Host and target. */ key: String, /** Why, as RFC 9211 names it: `uri-miss`, `vary-miss`, `stale`, `method`. */ why: Text },
        /// The cache server kept an answer.
        CacheStored { /** Key. */ key: String, /** Fresh for, seconds. */ fresh_s: u64 },
        /// The cache server gave up an answer to make room (a limit was reached).
        CacheEvicted { /** Key. */ key: String },
        /// A file was served.
        FileServed { /** Path. */ path: String, /** Octets. */ length: u64 },
        /// The application asked its database.
        DatabaseQueried { /** The statement. */ sql: String, /** Rows. */ rows: u32 },
        /// The application failed.
        ApplicationFailed { /** Why. */ why: String },
        /// A server said this of the way behind it (RFC 9209, 9211, Server-Timing).
        SaidByPeer { /** Header field. */ field: Text, /** Its value. */ value: String },
    }
}

//! Packet filters on the way.

use crate::Text;

vocabulary! {
    /// Events of a stateful packet filter; seen only inside it.
    FirewallEvent => Firewall {
        /// A rule let a new connection in.
        Allowed { /** Rule number, from 1; 0 is the default. */ rule: u32, /** The rule's text. */ text: String, /** `tcp 1.2.3.4:5 → 6.7.8.9:443`. */ flow: String },
        /// The packet belongs to a connection already known.
        Matched { /** The connection. */ flow: String },
        /// A rule dropped a packet without a word.
        Dropped { /** Rule number, from 1; 0 is the default. */ rule: u32, /** The rule's text. */ text: String, /** The connection. */ flow: String },
        /// A rule refused a packet and said so.
        Rejected { /** Rule number. */ rule: u32, /** The rule's text. */ text: String, /** The connection. */ flow: String, /** With what: `reset`, `icmp`. */ with: Text },
    }
}

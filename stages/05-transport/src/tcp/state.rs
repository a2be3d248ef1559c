/// A connection's state (RFC 9293, section 3.3.2). LISTEN is [`crate::tcp::Listener`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There is no connection.
    Closed,
    /// We sent SYN.
    SynSent,
    /// SYN came and went; the acknowledgement of ours is missing.
    SynReceived,
    /// Open.
    Established,
    /// We are done; our FIN is not acknowledged.
    FinWait1,
    /// We are done; the peer is not.
    FinWait2,
    /// The peer is done; we are not.
    CloseWait,
    /// Both are done; our FIN is not acknowledged.
    Closing,
    /// The peer was done first, then we; our FIN is not acknowledged.
    LastAck,
    /// Both are done; late segments may come.
    TimeWait,
}

impl State {
    /// The name as RFC 9293 writes it.
    pub fn name(self) -> &'static str {
        match self {
            State::Closed => "CLOSED",
            State::SynSent => "SYN-SENT",
            State::SynReceived => "SYN-RECEIVED",
            State::Established => "ESTABLISHED",
            State::FinWait1 => "FIN-WAIT-1",
            State::FinWait2 => "FIN-WAIT-2",
            State::CloseWait => "CLOSE-WAIT",
            State::Closing => "CLOSING",
            State::LastAck => "LAST-ACK",
            State::TimeWait => "TIME-WAIT",
        }
    }

    /// Whether the handshake still goes on.
    pub fn is_opening(self) -> bool {
        matches!(self, State::SynSent | State::SynReceived)
    }

    /// Whether the peer may still send data.
    pub fn may_receive(self) -> bool {
        matches!(self, State::Established | State::FinWait1 | State::FinWait2)
    }

    /// Whether the owner may still write.
    pub fn may_write(self) -> bool {
        matches!(
            self,
            State::SynSent | State::SynReceived | State::Established | State::CloseWait
        )
    }
}

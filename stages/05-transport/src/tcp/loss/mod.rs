//! What is on its way, what is taken as lost, and sending it again.
//!
//! Stage: stage 05, RFC 6298, 2018, 2883, 6582, 6675, 8985.
//! In: acknowledgements, time. Out: which segment goes again, and why.
//! Emits: `TcpEvent::LossDetected`, `TimerExpired`, `SegmentRetransmitted`, `SegmentSizeChanged`.
//! How it works: the scoreboard knows every segment on its way, by number and by the time of its
//! last sending. Three signs tell of a loss: time (`retransmission_timeout`), segments sent later
//! that arrived earlier (`rack`; three duplicate acknowledgements without SACK), and silence at the
//! end of a flight (`tail_probe`).
//! Not here: how fast it goes on afterwards (`congestion`).

pub(super) mod path_mtu;
pub(super) mod rack;
pub(super) mod retransmission_timeout;
pub(super) mod retransmit;
pub(super) mod scoreboard;
pub(super) mod tail_probe;

//! Frames and neighbours.
//!
//! Stage: stage 03, IEEE 802.3, RFC 826.
//! In: frames; packets to send. Out: packets; frames to send.
//! Emits: `LinkEvent`.
//! How it works: codecs and the neighbour-table machine.
//! Not here: wires and switches (`lab`).

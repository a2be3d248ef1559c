use super::{
    Options, SegmentHeader, Seq, State, congestion::Congestion, in_flight::InFlight,
    receive_buffer::ReceiveBuffer, retransmission_timeout::RetransmissionTimeout,
    send_buffer::SendBuffer,
};
use std::net::{SocketAddr, SocketAddrV4};
use thru_events::{Cause, ConnectionId, Tap, Text, Time, close::CloseEvent, tcp::TcpEvent};
use thru_ip::IcmpError;

/// What a connection needs to know of its surroundings.
#[derive(Clone, Debug)]
pub struct ConnectionConfig {
    /// Its number at this end.
    pub id: ConnectionId,
    /// Own end.
    pub local: SocketAddrV4,
    /// Other end.
    pub remote: SocketAddrV4,
    /// Initial sequence number, by chance (RFC 6528).
    pub iss: u32,
    /// Where the timestamp clock starts, by chance (RFC 7323, section 5.4).
    pub timestamp_offset: u32,
    /// Largest packet of the interface, octets.
    pub mtu: usize,
    /// Where its events go.
    pub tap: Tap,
}

/// How a connection was lost, or never came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LostHow {
    /// RST to our SYN.
    Refused,
    /// RST on an open connection.
    Reset,
    /// The peer did not acknowledge in time.
    TimedOut,
    /// A router or the host said that it cannot be reached.
    Unreachable(IcmpError),
    /// The next hop does not answer ARP.
    NeighbourSilent,
    /// This end ended it.
    Aborted,
}

impl LostHow {
    /// The word that the journal uses.
    pub fn word(self) -> &'static str {
        match self {
            LostHow::Refused => "refused",
            LostHow::Reset => "reset",
            LostHow::TimedOut => "timed_out",
            LostHow::Unreachable(_) | LostHow::NeighbourSilent => "unreachable",
            LostHow::Aborted => "aborted",
        }
    }
}

/// The connection is no more, and the event that shows why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// How.
    pub how: LostHow,
    /// The event.
    pub evidence: Cause,
}

/// A segment to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// Header.
    pub header: SegmentHeader,
    /// Data.
    pub payload: Vec<u8>,
    /// `SegmentSent` or `SegmentRetransmitted`.
    pub cause: Cause,
}

/// Whether an acknowledgement is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AckOwed {
    No,
    By(Time),
    Now,
}

/// One connection. The `snd_` and `rcv_` variables are those of RFC 9293, section 3.3.1.
pub struct Connection {
    pub(super) config: ConnectionConfig,
    pub(super) state: State,
    pub(super) started: Time,
    pub(super) passive: bool,

    pub(super) snd_una: Seq,
    pub(super) snd_nxt: Seq,
    pub(super) snd_wnd: usize,
    pub(super) snd_wl1: Seq,
    pub(super) snd_wl2: Seq,
    pub(super) largest_snd_wnd: usize,
    pub(super) snd_scale: u8,

    pub(super) irs: Seq,
    pub(super) rcv_nxt: Seq,
    /// One past the last octet that the peer was told it may send.
    pub(super) rcv_edge: Seq,
    pub(super) rcv_scale: u8,

    /// Largest data of a segment to the peer.
    pub(super) mss: usize,
    pub(super) timestamps: bool,
    pub(super) ts_recent: u32,
    pub(super) sack: bool,

    pub(super) send: SendBuffer,
    pub(super) receive: ReceiveBuffer,
    pub(super) in_flight: InFlight,
    pub(super) timeout: RetransmissionTimeout,
    pub(super) congestion: Congestion,
    pub(super) duplicate_acks: usize,
    /// Loss recovery goes on until this is acknowledged.
    pub(super) recover: Option<Seq>,
    pub(super) no_recovery_before: Seq,

    pub(super) syn_due: Cause,
    pub(super) syn_unsent: bool,
    /// FIN is wanted; the event that wants it.
    pub(super) fin_wanted: Option<Cause>,
    pub(super) fin_seq: Option<Seq>,
    /// Where the peer's FIN stands, if it came before the data in front of it.
    pub(super) fin_expected: Option<Seq>,
    pub(super) peer_fin: Option<Seq>,
    pub(super) end_cause: Cause,
    pub(super) released: bool,
    pub(super) reset_due: Option<(Seq, Cause)>,

    pub(super) ack_owed: AckOwed,
    pub(super) ack_cause: Cause,
    pub(super) unacknowledged_segments: u32,
    pub(super) last_challenge: Option<Time>,

    pub(super) retransmit_at: Option<Time>,
    pub(super) probe_at: Option<Time>,
    pub(super) probes: u32,
    pub(super) probe_due: bool,
    /// Window probes since the peer was heard last.
    pub(super) unanswered: u32,
    pub(super) wait_until: Option<Time>,
    pub(super) wait_cause: Cause,

    pub(super) opened_event: Cause,
    pub(super) last_event: Cause,
    pub(super) read_cause: Cause,
    pub(super) lost: Option<Lost>,
}

impl Connection {
    pub(super) fn new(now: Time, config: ConnectionConfig, passive: bool) -> Connection {
        let iss = Seq(config.iss);
        let mss = config.mtu.saturating_sub(40).max(1);
        Connection {
            state: State::Closed,
            started: now,
            passive,
            snd_una: iss,
            snd_nxt: iss,
            snd_wnd: 0,
            snd_wl1: Seq(0),
            snd_wl2: Seq(0),
            largest_snd_wnd: 0,
            snd_scale: 0,
            irs: Seq(0),
            rcv_nxt: Seq(0),
            rcv_edge: Seq(0),
            rcv_scale: 0,
            mss,
            timestamps: false,
            ts_recent: 0,
            sack: false,
            send: SendBuffer::default(),
            receive: ReceiveBuffer::default(),
            in_flight: InFlight::default(),
            timeout: RetransmissionTimeout::default(),
            congestion: Congestion::new(mss, false),
            duplicate_acks: 0,
            recover: None,
            no_recovery_before: iss,
            syn_due: None,
            syn_unsent: false,
            fin_wanted: None,
            fin_seq: None,
            fin_expected: None,
            peer_fin: None,
            end_cause: None,
            released: false,
            reset_due: None,
            ack_owed: AckOwed::No,
            ack_cause: None,
            unacknowledged_segments: 0,
            last_challenge: None,
            retransmit_at: None,
            probe_at: None,
            probes: 0,
            probe_due: false,
            unanswered: 0,
            wait_until: None,
            wait_cause: None,
            opened_event: None,
            last_event: None,
            read_cause: None,
            lost: None,
            config,
        }
    }

    /// Number, own end, other end.
    pub fn ends(&self) -> (ConnectionId, SocketAddr, SocketAddr) {
        (
            self.config.id,
            self.config.local.into(),
            self.config.remote.into(),
        )
    }

    /// The state.
    pub fn state(&self) -> State {
        self.state
    }

    /// How it was lost, if it was.
    pub fn lost(&self) -> Option<Lost> {
        self.lost
    }

    /// `TcpEvent::Opened`, once it is open.
    pub fn opened_event(&self) -> Cause {
        self.opened_event
    }

    /// The event that delivered the octets read last (or the peer's FIN).
    pub fn read_cause(&self) -> Cause {
        self.read_cause
    }

    /// Whether a read gives something: data, the end, or the loss.
    pub fn is_readable(&self) -> bool {
        self.receive.readable() > 0 || self.at_end() || self.lost.is_some()
    }

    /// Whether the peer has nothing more to say.
    pub fn at_end(&self) -> bool {
        self.receive.readable() == 0 && self.peer_fin.is_some()
    }

    /// Whether a write is taken, or fails.
    pub fn is_writable(&self) -> bool {
        let open = matches!(self.state, State::Established | State::CloseWait);
        self.lost.is_some() || !self.state.may_write() || open && self.send.room() > 0
    }

    /// Whether everything taken was sent at least once.
    pub fn is_flushed(&self) -> bool {
        self.unsent() == 0
    }

    /// Whether the peer acknowledged everything, FIN too.
    pub fn is_acknowledged(&self) -> bool {
        self.send.len() == 0 && self.in_flight.is_empty() && !self.syn_unsent
    }

    /// Whether nothing is left to do for a connection that its owner dropped.
    pub fn is_over(&self) -> bool {
        self.state == State::Closed && self.reset_due.is_none()
    }

    /// Whether the owner dropped it.
    pub fn is_released(&self) -> bool {
        self.released
    }

    /// Octets taken and never sent.
    pub(super) fn unsent(&self) -> usize {
        if self.state.is_opening() {
            return self.send.len();
        }
        // FIN goes after everything else.
        if self.fin_seq.is_some() {
            return 0;
        }
        let sent = self.snd_nxt.distance(self.snd_una);
        self.send.len().saturating_sub(sent)
    }

    /// The timestamp clock, milliseconds (RFC 7323, section 5.4).
    pub(super) fn timestamp(&self, now: Time) -> u32 {
        (now.0 / 1_000_000).wrapping_add(self.config.timestamp_offset.into()) as u32
    }

    pub(super) fn tap(&self) -> &Tap {
        &self.config.tap
    }

    /// Leaves a state for another and says so.
    pub(super) fn enter(&mut self, state: State, why: impl Into<Text>, cause: Cause) -> Cause {
        let (connection, from) = (self.config.id, self.state);
        self.state = state;
        let event = self.config.tap.emit(cause, || TcpEvent::StateChanged {
            connection,
            from: from.name().into(),
            to: state.name().into(),
            why: why.into(),
        });
        self.last_event = event;
        event
    }

    /// States that a segment has no effect.
    pub(super) fn ignore(&self, why: impl Into<Text>, cause: Cause) {
        let (local, remote) = (self.config.local, self.config.remote);
        self.config.tap.emit(cause, || TcpEvent::SegmentIgnored {
            flow: format!("{remote} → {local}"),
            why: why.into(),
        });
    }

    /// The connection is lost: `Failed`, CLOSED, and nothing more is sent.
    pub(super) fn lose(&mut self, how: LostHow, cause: Cause) {
        let (connection, remote) = (self.config.id, self.config.remote.into());
        let failed = self.config.tap.emit(cause, || TcpEvent::Failed {
            connection,
            remote,
            how: how.word().into(),
        });
        self.lost = Some(Lost {
            how,
            evidence: failed,
        });
        self.end(how.word(), failed);
    }

    /// CLOSED, with every timer off.
    pub(super) fn end(&mut self, how: &'static str, cause: Cause) {
        if self.state != State::Closed {
            self.enter(State::Closed, how, cause);
        }
        let connection = self.config.id;
        self.config.tap.emit(cause, || CloseEvent::Closed {
            connection,
            how: how.into(),
        });
        self.retransmit_at = None;
        self.probe_at = None;
        self.probe_due = false;
        self.wait_until = None;
        self.ack_owed = AckOwed::No;
        self.syn_unsent = false;
        self.in_flight = InFlight::default();
        self.send = SendBuffer::default();
    }

    /// When [`Connection::poll`] has something to do; a moment that is over means at once.
    pub fn wake_at(&self) -> Option<Time> {
        if self.has_work() {
            return Some(Time::ZERO);
        }
        let owed = match self.ack_owed {
            AckOwed::By(at) => Some(at),
            AckOwed::No | AckOwed::Now => None,
        };
        let timers = [self.retransmit_at, self.probe_at, self.wait_until, owed];
        timers.into_iter().flatten().min()
    }

    fn has_work(&self) -> bool {
        if self.state == State::Closed {
            return self.reset_due.is_some();
        }
        self.reset_due.is_some()
            || self.syn_unsent
            || self.ack_owed == AckOwed::Now
            || self.may_send_lost()
            || self.next_new_data().is_some()
    }

    /// The options of a segment that is not a SYN and has `data` octets of data. SACK blocks go
    /// along as far as the segment stays within what the path takes.
    pub(super) fn options(&self, now: Time, data: usize) -> Options {
        let mut options = Options::default();
        if self.timestamps {
            options.timestamps = Some((self.timestamp(now), self.ts_recent));
        }
        if self.sack && self.receive.has_holes() {
            let room = self.mss.saturating_sub(data + 4) / 8;
            let runs = self.receive.held_runs();
            for (slot, (start, end)) in options.sack.iter_mut().take(room).zip(runs) {
                *slot = Some((self.rcv_nxt + start, self.rcv_nxt + end));
            }
        }
        options
    }
}

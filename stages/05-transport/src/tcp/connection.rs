use super::{
    Agreed, ConnectionConfig, Figures, Lost, LostHow, Seq, Settings, State,
    acknowledge::Recovery,
    config::headers_before_data,
    congestion::Congestion,
    ecn::EcnState,
    loss::{
        path_mtu::SizeSearch, rack::Rack, retransmission_timeout::RetransmissionTimeout,
        scoreboard::Scoreboard, tail_probe::TailProbe,
    },
    receive::buffer::ReceiveBuffer,
    send::buffer::SendBuffer,
};
use std::net::SocketAddr;
use thru_events::{Cause, ConnectionId, Tap, Text, Time, close::CloseEvent, tcp::TcpEvent};

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
    /// When `ts_recent` was set.
    pub(super) ts_recent_at: Time,
    pub(super) last_ack_sent: Seq,
    pub(super) sack: bool,
    /// What arrived twice, to be told once (RFC 2883).
    pub(super) twice: Option<(Seq, Seq)>,
    pub(super) ecn: EcnState,

    pub(super) send: SendBuffer,
    pub(super) receive: ReceiveBuffer,
    pub(super) board: Scoreboard,
    pub(super) rack: Rack,
    pub(super) tail_probe: Option<TailProbe>,
    pub(super) timeout: RetransmissionTimeout,
    pub(super) congestion: Congestion,
    pub(super) duplicate_acks: usize,
    pub(super) recovery: Recovery,
    pub(super) no_recovery_before: Seq,
    /// The next lost segment goes whatever the window says.
    pub(super) send_lost_now: bool,
    /// A small segment has waited long enough for a larger window (RFC 9293, section 3.8.6.2.1).
    pub(super) small_one_now: bool,
    /// One new segment may go beyond the congestion window (RFC 8985, section 7.3).
    pub(super) one_beyond_window: bool,
    /// Whether large segments pass (RFC 8899).
    pub(super) size_search: SizeSearch,
    pub(super) last_sent: Time,
    pub(super) last_heard: Time,
    pub(super) retransmitted: u64,
    pub(super) acknowledged: u64,

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
    pub(super) reordering_at: Option<Time>,
    pub(super) tail_probe_at: Option<Time>,
    pub(super) keepalive_at: Option<Time>,
    pub(super) keepalive_probes: u32,
    pub(super) probe_at: Option<Time>,
    pub(super) probes: u32,
    /// The peer is to be asked something with an old number, and why.
    pub(super) question_due: Option<&'static str>,
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
        let mss = config
            .mtu
            .saturating_sub(headers_before_data(config.remote))
            .max(1);
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
            ts_recent_at: now,
            last_ack_sent: Seq(0),
            sack: false,
            twice: None,
            ecn: EcnState::default(),
            send: SendBuffer::with_room(config.settings.send_buffer),
            receive: ReceiveBuffer::with_room(config.settings.receive_buffer),
            board: Scoreboard::starting_at(iss),
            rack: Rack::default(),
            tail_probe: None,
            timeout: RetransmissionTimeout::default(),
            congestion: Congestion::new(mss, false, config.settings.congestion),
            duplicate_acks: 0,
            recovery: Recovery::None,
            no_recovery_before: iss,
            send_lost_now: false,
            small_one_now: false,
            one_beyond_window: false,
            size_search: SizeSearch::default(),
            last_sent: now,
            last_heard: now,
            retransmitted: 0,
            acknowledged: 0,
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
            reordering_at: None,
            tail_probe_at: None,
            keepalive_at: None,
            keepalive_probes: 0,
            probe_at: None,
            probes: 0,
            question_due: None,
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
        (self.config.id, self.config.local, self.config.remote)
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
        self.send.len() == 0 && self.board.is_empty() && !self.syn_unsent
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

    /// Octets of the headers before the data, without options.
    pub(super) fn headers_before_data(&self) -> usize {
        headers_before_data(self.config.remote)
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
        let (connection, remote) = (self.config.id, self.config.remote);
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
        self.reordering_at = None;
        self.tail_probe_at = None;
        self.keepalive_at = None;
        self.probe_at = None;
        self.question_due = None;
        self.wait_until = None;
        self.ack_owed = AckOwed::No;
        self.syn_unsent = false;
        self.board = Scoreboard::starting_at(self.snd_nxt);
        self.send = SendBuffer::with_room(0);
    }

    /// A timer ran out; `armed_by` is the event that it waited behind.
    pub(super) fn state_timer(&self, timer: &'static str, armed_by: Cause) -> Cause {
        let connection = self.config.id;
        self.tap().emit(armed_by, || TcpEvent::TimerExpired {
            connection,
            timer: timer.into(),
        })
    }

    /// The congestion window was set anew, other than by growing with what is acknowledged.
    pub(super) fn state_window(&self, why: &'static str, cause: Cause) -> Cause {
        let (connection, congestion) = (self.config.id, &self.congestion);
        let threshold = Some(congestion.ssthresh).filter(|at| *at != usize::MAX);
        self.tap()
            .emit(cause, || TcpEvent::CongestionWindowChanged {
                connection,
                window: congestion.cwnd as u32,
                threshold: threshold.map(|at| at as u32),
                why: why.into(),
            })
    }

    /// Lets the owner choose anew: Nagle's algorithm and keep-alive count from now on; what the
    /// SYNs agreed on stays.
    pub fn change_settings(&mut self, now: Time, change: impl FnOnce(&mut Settings)) {
        let before = self.config.settings.keepalive;
        change(&mut self.config.settings);
        if self.config.settings.keepalive != before && !self.state.is_opening() {
            self.arm_keepalive(now);
        }
    }

    /// Octets that the peer acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// How it stands.
    pub fn figures(&self) -> Figures {
        let ssthresh = self.congestion.ssthresh;
        Figures {
            mss: self.mss,
            cwnd: self.congestion.cwnd,
            ssthresh: Some(ssthresh).filter(|at| *at != usize::MAX),
            snd_wnd: self.snd_wnd,
            rcv_wnd: self.rcv_edge.distance(self.rcv_nxt),
            pipe: self.pipe(),
            srtt: self.timeout.srtt(),
            rto: self.timeout.current(),
            retransmitted: self.retransmitted,
            acknowledged: self.acknowledged,
            agreed: Agreed {
                timestamps: self.timestamps,
                sack: self.sack,
                window_scale: (self.rcv_scale > 0).then_some(self.snd_scale),
                ecn: self.ecn.agreed,
            },
        }
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
        let timers = [
            self.retransmit_at,
            self.reordering_at,
            self.tail_probe_at,
            self.keepalive_at,
            self.probe_at,
            self.wait_until,
            owed,
        ];
        timers.into_iter().flatten().min()
    }

    fn has_work(&self) -> bool {
        if self.state == State::Closed {
            return self.reset_due.is_some();
        }
        self.reset_due.is_some()
            || self.syn_unsent
            || self.question_due.is_some()
            || self.ack_owed == AckOwed::Now
            || self.may_send_lost()
            || self.next_new_data().is_some()
            || (self.waits_for_window() && self.probe_at.is_none())
    }
}

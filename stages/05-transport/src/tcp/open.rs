//! Opening: active, passive, and both at once (RFC 9293, section 3.5).

use super::{
    Connection, ConnectionConfig, Flags, LostHow, Segment, Seq, State, congestion::Congestion,
    connection::AckOwed, fast_open,
};
use thru_events::{Cause, Time, tcp::TcpEvent};

/// Shift of our windows: the smallest that can tell the whole receive buffer.
pub(super) const WINDOW_SHIFT: u8 = 7;
const _: () = assert!(
    super::limits::RECEIVE_BUFFER <= 0xffff << WINDOW_SHIFT,
    "the window field holds the buffer"
);
/// The peer's largest segment if it does not say (RFC 9293, section 3.7.1).
const DEFAULT_MSS: u16 = 536;
const DEFAULT_MSS_IPV6: u16 = 1220;

impl Connection {
    fn default_mss(&self) -> u16 {
        match self.config.remote.is_ipv6() {
            true => DEFAULT_MSS_IPV6,
            false => DEFAULT_MSS,
        }
    }

    /// Begins an active open.
    pub fn connect(now: Time, config: ConnectionConfig, cause: Cause) -> Connection {
        let mut connection = Connection::new(now, config, false);
        let (id, remote) = (connection.config.id, connection.config.remote);
        let started = connection.tap().emit(cause, || TcpEvent::ConnectStarted {
            connection: id,
            remote,
        });
        connection.syn_due = connection.enter(State::SynSent, "active open", started);
        connection.syn_unsent = true;
        connection.begin_fast_open();
        connection
    }

    /// Begins a passive open: `syn` came to a listener. `cause` brought it.
    pub fn passive(
        now: Time,
        config: ConnectionConfig,
        syn: &Segment<'_>,
        span: Option<thru_octets::Span>,
        cause: Cause,
    ) -> Connection {
        let mut connection = Connection::new(now, config, true);
        let received = connection.state_received(syn, span, cause);
        connection.take_peer_syn(now, syn);
        let early = connection.judge_fast_open(syn);
        let why = if early {
            fast_open::WITH_DATA
        } else {
            "SYN came to a listener"
        };
        connection.syn_due = connection.enter(State::SynReceived, why, received);
        connection.syn_unsent = true;
        if early {
            let data = span.map(|span| span.part(syn.data_offset, span.len()));
            connection.take_data_of_syn(syn, data, connection.syn_due);
        } else if !syn.payload.is_empty() {
            let why = "its data waits for the handshake: no right cookie came with it (RFC 7413)";
            connection.ignore(why, received);
        }
        connection
    }

    /// Opens a connection whose handshake a cookie stood for.
    pub(super) fn reopened(
        now: Time,
        config: ConnectionConfig,
        syn: &Segment<'_>,
        cause: Cause,
    ) -> Connection {
        let mut connection = Connection::new(now, config, true);
        connection.take_peer_syn(now, syn);
        let una = Seq(connection.config.iss) + 1;
        connection.board = super::loss::scoreboard::Scoreboard::starting_at(una);
        (connection.snd_una, connection.snd_nxt) = (una, una);
        connection.no_recovery_before = una;
        connection.establish(now, "a SYN cookie came back", cause);
        connection
    }

    /// Learns from the peer's SYN: its sequence numbers and options.
    fn take_peer_syn(&mut self, now: Time, syn: &Segment<'_>) {
        let header = &syn.header;
        self.irs = header.seq;
        self.rcv_nxt = header.seq + 1;
        self.rcv_edge = self.rcv_nxt + self.receive.room().min(0xffff);
        self.last_ack_sent = self.rcv_nxt;
        let (options, settings) = (&header.options, self.config.settings);
        // Each is used only if both SYNs carry it (RFC 7323, RFC 2018).
        self.sack = options.sack_permitted && settings.sack;
        if let Some(shift) = options.window_scale.filter(|_| settings.window_scaling) {
            self.snd_scale = shift;
            self.rcv_scale = WINDOW_SHIFT;
        }
        if let Some((value, _)) = options.timestamps.filter(|_| settings.timestamps) {
            self.timestamps = true;
            self.ts_recent = value;
            self.ts_recent_at = now;
        }
        self.take_ecn_syn(syn);
        let own = self.config.mtu.saturating_sub(self.headers_before_data());
        let peer = usize::from(options.mss.unwrap_or(self.default_mss()));
        let room_for_options = if self.timestamps { 12 } else { 0 };
        self.mss = own.min(peer).saturating_sub(room_for_options).max(1);
        self.congestion = Congestion::new(self.mss, false, settings.congestion);
        // The window of a SYN is never scaled.
        self.snd_wnd = header.window.into();
        self.largest_snd_wnd = self.snd_wnd;
        self.snd_wl1 = header.seq;
        self.snd_wl2 = header.ack;
    }

    /// SYN-SENT (RFC 9293, section 3.10.7.3).
    pub(super) fn on_syn_sent(&mut self, now: Time, segment: &Segment<'_>, cause: Cause) {
        let header = &segment.header;
        let has_ack = header.flags.has(Flags::ACK);
        // First, the ACK bit.
        if has_ack && (!header.ack.after(Seq(self.config.iss)) || header.ack.after(self.sent_to()))
        {
            if !header.flags.has(Flags::RST) {
                self.reset_due = Some((header.ack, cause));
            }
            return self.ignore("it acknowledges something that was never sent", cause);
        }
        // Second, the RST bit.
        if header.flags.has(Flags::RST) {
            if has_ack {
                return self.lose(LostHow::Refused, cause);
            }
            return self.ignore("a reset without acknowledgement in SYN-SENT", cause);
        }
        // Fourth, the SYN bit.
        if !header.flags.has(Flags::SYN) {
            return self.ignore("neither SYN nor RST in SYN-SENT", cause);
        }
        self.take_peer_syn(now, segment);
        self.ack_owed = AckOwed::Now;
        self.ack_cause = cause;
        if has_ack {
            self.acknowledge_syn(now, header.ack, cause);
            self.take_fast_open_answer(now, segment);
            self.acknowledge_data_with_syn(header.ack);
            return self.establish(now, "SYN-ACK came", cause);
        }
        self.end_fast_open();
        // Simultaneous open: our SYN goes again, with ACK.
        self.syn_due = self.enter(State::SynReceived, "both opened at once", cause);
        self.board
            .mark_first_lost("the peer opened at the same time");
        self.board.blame(cause);
        self.send_lost_now = true;
    }

    /// Our SYN is acknowledged: the first round trip.
    pub(super) fn acknowledge_syn(&mut self, now: Time, ack: Seq, cause: Cause) {
        let first = self.board.first();
        let resent = first.is_some_and(|syn| syn.attempts > 1);
        let sent_once_at = first.filter(|_| !resent).map(|syn| syn.at);
        let una = Seq(self.config.iss) + 1;
        debug_assert!(ack.at_or_after(una), "callers saw that it acknowledges SYN");
        self.board.acknowledge(una, &mut |_| {});
        self.snd_una = una;
        self.retransmit_at = None;
        if let Some(at) = sent_once_at {
            self.measure(now, at, cause);
        }
        if resent {
            self.congestion = Congestion::new(self.mss, true, self.config.settings.congestion);
            self.timeout.opened_after_lost_syn();
        }
    }

    /// ESTABLISHED.
    pub(super) fn establish(&mut self, now: Time, why: &'static str, cause: Cause) {
        let changed = self.enter(State::Established, why, cause);
        let (connection, local, remote) = self.ends();
        let rtt_us = now.since(self.started).as_micros() as u64;
        self.opened_event = self.tap().emit(changed, || TcpEvent::Opened {
            connection,
            local,
            remote,
            rtt_us,
        });
        self.last_event = self.opened_event;
        self.last_heard = now;
        self.arm_keepalive(now);
        if self.fin_wanted.is_some() {
            self.enter(
                State::FinWait1,
                "the owner closed it before it opened",
                self.opened_event,
            );
        }
    }
}

//! RFC 9293, section 3.8.4: asking an idle peer.

conversations! {
    off_unless_asked_for: "
        open
        no timer
        after 30d
        state ESTABLISHED";
    an_idle_peer_is_asked_after_two_hours: "
        open keepalive
        timer 2h
        << ACK 0:0 ack 1
        says TimerExpired: keep-alive
        >> ACK 1:1 ack 1
        timer 2h
        << ACK 0:0 ack 1";
    whatever_is_heard_puts_the_question_off: "
        open keepalive
        after 1h
        >> ACK 1:101 ack 1
        timer 40ms
        << ACK 1:1 ack 101
        after 1h
        timer 3599960ms
        << ACK 0:0 ack 101
        read 100";
    a_peer_that_is_gone_is_given_up_and_reset: "
        open keepalive
        timer 2h
        << ACK 0:0 ack 1
        timer 75s
        << ACK 0:0 ack 1
        timer 75s
        << ACK 0:0 ack 1
        timer 75s
        << ACK 0:0 ack 1
        timer 75s
        << ACK 0:0 ack 1
        timer 75s
        << ACK 0:0 ack 1
        timer 75s
        << ACK 0:0 ack 1
        timer 75s
        << ACK 0:0 ack 1
        timer 75s
        << ACK 0:0 ack 1
        timer 75s
        << RST ACK 1:1 ack 1
        lost timed_out";
    a_peers_question_is_answered: "
        open
        >> ACK 0:0 ack 1
        << ACK 1:1 ack 1";
    a_peer_that_restarted_resets: "
        open keepalive
        timer 2h
        << ACK 0:0 ack 1
        >> RST 1:1
        lost reset";
}

//! RFC 9293, section 3.6.1, and RFC 6191: a new connection in place of one in TIME-WAIT.

/// The connection is in TIME-WAIT; the peer's last number was 1 (FIN).
macro_rules! in_time_wait {
    ($with:literal, $rest:literal) => {
        concat!(
            "open ",
            $with,
            "
            close
            << FIN ACK 1:1 ack 1
            >> FIN ACK 1:1 ack 2
            << ACK 2:2 ack 2
            state TIME-WAIT
            after 1s
            ",
            $rest
        )
    };
}

conversations! {
    a_syn_with_a_higher_number_opens_anew: in_time_wait!("", "
        >> SYN 3:3 mss 1000
        state SYN-RECEIVED
        << SYN ACK 0:0 ack 4");
    a_syn_with_an_old_number_is_a_late_segment: in_time_wait!("", "
        >> SYN 0:0 mss 1000
        << ACK 2:2 ack 2
        state TIME-WAIT");
    a_syn_with_a_newer_timestamp_opens_anew_whatever_its_number: in_time_wait!("ts", "
        >> SYN ~400:~400 mss 1000 ts 8500 0
        state SYN-RECEIVED
        << SYN ACK 0:0 ack ~399");
    a_syn_with_an_older_timestamp_is_a_late_segment: in_time_wait!("ts", "
        >> SYN 900:900 mss 1000 ts 6000 0
        << ACK 2:2 ack 2
        state TIME-WAIT");
    a_syn_with_the_same_timestamp_is_judged_by_its_number: in_time_wait!("ts", "
        >> SYN 900:900 mss 1000 ts 7000 0
        state SYN-RECEIVED
        << SYN ACK 0:0 ack 901");
    a_syn_ack_opens_nothing: in_time_wait!("", "
        >> SYN ACK 900:900 ack 2 mss 1000
        << ACK 2:2 ack 2
        state TIME-WAIT");
    a_connection_that_is_not_over_gives_way_to_nobody: "
        open
        >> SYN 900:900 mss 1000
        << ACK 1:1 ack 1
        state ESTABLISHED";
}

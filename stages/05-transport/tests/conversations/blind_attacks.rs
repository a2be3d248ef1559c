//! RFC 5961: what somebody who guesses numbers cannot do.

conversations! {
    only_a_reset_with_the_very_next_number_resets: "
        open
        >> RST 100:100
        << ACK 1:1 ack 1
        says SegmentIgnored: a reset that is not the very next number
        state ESTABLISHED
        >> RST 1:1
        lost reset
        says Failed: reset";
    a_reset_outside_the_window_gets_no_answer: "
        open buffer 1000
        >> RST 3000:3000
        says SegmentIgnored: outside the receive window
        state ESTABLISHED
        >> RST ~5:~5
        says SegmentIgnored: an old duplicate
        state ESTABLISHED";
    a_syn_on_an_open_connection_is_challenged: "
        open
        >> SYN 300:300
        << ACK 1:1 ack 1
        says SegmentIgnored: SYN on a connection that is open
        state ESTABLISHED";
    a_restarted_peer_answers_the_challenge_with_a_reset: "
        open
        >> SYN 300:300
        << ACK 1:1 ack 1
        >> RST 1:1
        lost reset";
    an_acknowledgement_of_what_was_never_sent_is_challenged: "
        open
        write 10
        << PSH ACK 1:11 ack 1
        >> ACK 1:51 ack 500
        << ACK 11:11 ack 1
        says SegmentIgnored: never sent
        read 0";
    an_acknowledgement_that_is_far_too_old_is_challenged_and_its_data_dropped: "
        open win 500
        >> ACK 1:51 ack ~600
        << ACK 1:1 ack 1
        says SegmentIgnored: far too old
        read 0";
    an_acknowledgement_that_is_a_little_old_is_no_news_but_its_data_counts: "
        open win 5000
        write 100
        << PSH ACK 1:101 ack 1
        >> ACK 1:1 ack 101
        >> ACK 1:51 ack 1
        read 50
        timer 40ms
        << ACK 101:101 ack 51";
    challenges_are_rare: "
        open
        >> RST 100:100
        << ACK 1:1 ack 1
        >> RST 101:101
        >> SYN 300:300
        >> ACK 1:1 ack 900
        after 499ms
        >> RST 102:102
        after 1ms
        >> RST 103:103
        << ACK 1:1 ack 1";
    a_reset_in_the_window_of_a_half_open_connection_is_challenged: "
        listens
        >> SYN 0:0 mss 1000
        << SYN ACK 0:0 ack 1
        >> RST 5:5
        << ACK 1:1 ack 1
        state SYN-RECEIVED";
    data_far_in_the_window_does_not_move_the_left_edge: "
        open
        >> ACK 30001:30011 ack 1
        << ACK 1:1 ack 1
        read 0";
}

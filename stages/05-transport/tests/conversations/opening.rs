//! RFC 9293, sections 3.5 and 3.10.7.2 to 3.10.7.4; RFC 6298 rule 5.7; RFC 6928.

conversations! {
    an_active_open: "
        connects
        << SYN 0:0 mss 1000 win 65535
        says StateChanged: active open
        >> SYN ACK 0:0 ack 1 mss 1000
        << ACK 1:1 ack 1
        state ESTABLISHED
        says Opened
        no timer";
    a_lost_syn_goes_again_after_1_2_4_seconds_until_the_attempt_is_given_up: "
        connects
        << SYN 0:0
        timer 1s
        << SYN 0:0
        says TimerExpired: retransmission
        says SegmentRetransmitted: time-out
        timer 2s
        << SYN 0:0
        timer 4s
        << SYN 0:0
        timer 8s
        << SYN 0:0
        timer 16s
        << SYN 0:0
        timer 32s
        << SYN 0:0
        timer 64s
        after 0s
        lost timed_out";
    a_reset_to_our_syn_refuses: "
        connects
        << SYN 0:0
        >> RST ACK 0:0 ack 1
        lost refused
        state CLOSED";
    a_forged_reset_to_our_syn_is_ignored: "
        connects
        << SYN 0:0
        >> RST ACK 0:0 ack 7
        says SegmentIgnored: never sent
        state SYN-SENT
        lost not";
    a_reset_without_acknowledgement_to_our_syn_is_ignored: "
        connects
        << SYN 0:0
        >> RST 0:0
        says SegmentIgnored: reset without acknowledgement
        state SYN-SENT";
    an_acknowledgement_of_what_was_never_sent_is_reset_while_opening: "
        connects
        << SYN 0:0
        >> ACK 0:0 ack 300
        << RST 300:300
        says SegmentIgnored: never sent
        state SYN-SENT
        >> SYN ACK 0:0 ack 0
        << RST 0:0
        state SYN-SENT";
    a_segment_without_syn_is_ignored_while_opening: "
        connects
        << SYN 0:0
        >> ACK 0:0 ack 1
        says SegmentIgnored: neither SYN nor RST
        state SYN-SENT";
    both_open_at_once: "
        connects
        << SYN 0:0
        >> SYN 0:0 mss 1000
        state SYN-RECEIVED
        << SYN ACK 0:0 ack 1
        >> SYN ACK 0:0 ack 1
        << ACK 1:1 ack 1
        state ESTABLISHED";
    both_open_at_once_and_the_peer_acknowledges_without_another_syn: "
        connects
        << SYN 0:0
        >> SYN 0:0 mss 1000
        << SYN ACK 0:0 ack 1
        >> ACK 1:1 ack 1
        state ESTABLISHED";
    a_reset_while_both_open_refuses: "
        connects
        << SYN 0:0
        >> SYN 0:0 mss 1000
        << SYN ACK 0:0 ack 1
        >> RST 1:1
        lost refused";
    a_passive_open: "
        listens
        >> SYN 0:0 mss 800
        << SYN ACK 0:0 ack 1 mss 1000
        state SYN-RECEIVED
        >> ACK 1:1 ack 1
        state ESTABLISHED
        mss 800
        no timer";
    a_syn_that_comes_again_is_answered_again: "
        listens
        >> SYN 0:0 mss 1000
        << SYN ACK 0:0 ack 1
        after 500ms
        >> SYN 0:0 mss 1000
        << SYN ACK 0:0 ack 1
        says SegmentRetransmitted: repeats its SYN";
    a_lost_syn_ack_goes_again: "
        listens
        >> SYN 0:0 mss 1000
        << SYN ACK 0:0 ack 1
        timer 1s
        << SYN ACK 0:0 ack 1
        timer 2s
        << SYN ACK 0:0 ack 1
        >> ACK 1:1 ack 1
        state ESTABLISHED";
    a_wrong_acknowledgement_of_our_syn_ack_is_reset: "
        listens
        >> SYN 0:0 mss 1000
        << SYN ACK 0:0 ack 1
        >> ACK 1:1 ack 9
        << RST ACK 9:9 ack 1
        state SYN-RECEIVED";
    another_syn_on_a_half_open_connection_is_challenged: "
        listens
        >> SYN 0:0 mss 1000
        << SYN ACK 0:0 ack 1
        >> SYN 50:50
        << ACK 1:1 ack 1
        state SYN-RECEIVED";
    a_reset_ends_a_half_open_connection: "
        listens
        >> SYN 0:0 mss 1000
        << SYN ACK 0:0 ack 1
        >> RST 1:1
        lost reset
        state CLOSED";
    data_with_the_last_acknowledgement_of_the_handshake: "
        listens
        >> SYN 0:0 mss 1000
        << SYN ACK 0:0 ack 1
        >> PSH ACK 1:101 ack 1
        state ESTABLISHED
        read 100
        timer 40ms
        << ACK 1:1 ack 101";
    a_lost_last_acknowledgement_is_given_again: "
        connects
        << SYN 0:0
        >> SYN ACK 0:0 ack 1 mss 1000
        << ACK 1:1 ack 1
        >> SYN ACK 0:0 ack 1 mss 1000
        << ACK 1:1 ack 1
        state ESTABLISHED";
    what_was_written_before_it_opened_goes_once_it_is_open: "
        connects
        << SYN 0:0
        write 300
        >> SYN ACK 0:0 ack 1 mss 1000
        << PSH ACK 1:301 ack 1";
    closed_before_an_answer_came: "
        connects
        << SYN 0:0
        close
        state CLOSED";
    closed_while_half_open_says_so_after_opening: "
        listens
        >> SYN 0:0 mss 1000
        << SYN ACK 0:0 ack 1
        close
        >> ACK 1:1 ack 1
        state FIN-WAIT-1
        << FIN ACK 1:1 ack 1";
    aborted_before_an_answer_came_nothing_is_sent: "
        connects
        << SYN 0:0
        abort
        lost aborted
        state CLOSED";
    aborted_while_half_open_resets: "
        listens
        >> SYN 0:0 mss 1000
        << SYN ACK 0:0 ack 1
        abort
        << RST ACK 1:1 ack 1";
    a_peer_that_names_no_segment_size_gets_536_octets: "
        connects
        << SYN 0:0
        >> SYN ACK 0:0 ack 1
        << ACK 1:1 ack 1
        mss 536
        write 600
        << ACK 1:537 ack 1
        << PSH ACK 537:601 ack 1";
    our_interface_limits_the_segment_size: "
        connects mtu 600
        << SYN 0:0 mss 560
        >> SYN ACK 0:0 ack 1 mss 1460
        << ACK 1:1 ack 1
        mss 560";
    the_first_window_is_ten_segments: "
        open
        cwnd 10000
        write 12000
        << ACK 1:1001 ack 1
        << ACK 1001:2001 ack 1
        << ACK 2001:3001 ack 1
        << ACK 3001:4001 ack 1
        << ACK 4001:5001 ack 1
        << ACK 5001:6001 ack 1
        << ACK 6001:7001 ack 1
        << ACK 7001:8001 ack 1
        << ACK 8001:9001 ack 1
        << ACK 9001:10001 ack 1";
    the_first_window_is_at_most_14600_octets: "
        open mtu 1500
        cwnd 14600";
    the_first_window_of_large_segments_is_two: "
        open mtu 9040
        cwnd 18000";
    after_a_lost_syn_the_first_window_is_one_segment_and_the_time_out_three_seconds: "
        connects
        << SYN 0:0
        timer 1s
        << SYN 0:0
        >> SYN ACK 0:0 ack 1 mss 1000
        << ACK 1:1 ack 1
        cwnd 1000
        rto 3s
        write 2000
        << ACK 1:1001 ack 1";
    unreachable_says_a_router_while_opening: "
        connects
        << SYN 0:0
        icmp unreachable about 0
        lost unreachable";
    unreachable_about_another_number_is_forged: "
        connects
        << SYN 0:0
        icmp unreachable about 77
        lost not
        state SYN-SENT";
    unreachable_does_not_end_an_open_connection: "
        open
        write 10
        << PSH ACK 1:11 ack 1
        icmp unreachable about 1
        lost not
        timer 200ms
        << PSH ACK 1:11 ack 1";
    a_silent_neighbour_while_opening: "
        connects
        << SYN 0:0
        icmp neighbour silent about 0
        lost unreachable";
    options_that_the_peer_does_not_answer_are_not_used: "
        connects ts sack wscale
        << SYN 0:0 mss 1000 sackok wscale 7 ts 0 0
        >> SYN ACK 0:0 ack 1 mss 1000 nots
        << ACK 1:1 ack 1 nots nosack
        write 10
        << PSH ACK 1:11 ack 1 nots
        >> ACK 2:12 ack 11 nots
        << ACK 11:11 ack 1 nots nosack";
    options_that_the_peer_does_not_offer_are_not_answered: "
        listens ts sack wscale
        >> SYN 0:0 mss 1000 nots
        << SYN ACK 0:0 ack 1 nots nosack win 65535";
    the_handshake_measures_the_first_round_trip: "
        connects
        << SYN 0:0
        after 80ms
        >> SYN ACK 0:0 ack 1 mss 1000
        << ACK 1:1 ack 1
        srtt 80ms
        rto 240ms";
}

//! RFC 9293, section 3.6, and what is left of the other sections for the states of the end.

conversations! {
    we_close_first: "
        open
        close
        << FIN ACK 1:1 ack 1
        state FIN-WAIT-1
        >> ACK 1:1 ack 2
        state FIN-WAIT-2
        says FinAcknowledged
        >> FIN ACK 1:1 ack 2
        << ACK 2:2 ack 2
        state TIME-WAIT
        says TimeWaitEntered
        timer 60s
        after 0s
        says TimerExpired: TIME-WAIT
        state CLOSED";
    the_peer_closes_first: "
        open
        >> FIN ACK 1:1 ack 1
        << ACK 1:1 ack 2
        state CLOSE-WAIT
        read end
        write 3
        << PSH ACK 1:4 ack 2
        close
        << FIN ACK 4:4 ack 2
        state LAST-ACK
        >> ACK 2:2 ack 5
        state CLOSED";
    both_close_at_once: "
        open
        close
        << FIN ACK 1:1 ack 1
        >> FIN ACK 1:1 ack 1
        << ACK 2:2 ack 2
        state CLOSING
        >> ACK 2:2 ack 2
        state TIME-WAIT";
    the_peers_fin_acknowledges_ours: "
        open
        close
        << FIN ACK 1:1 ack 1
        >> FIN ACK 1:1 ack 2
        << ACK 2:2 ack 2
        state TIME-WAIT";
    half_closed_the_peer_goes_on: "
        open
        close
        << FIN ACK 1:1 ack 1
        >> ACK 1:1 ack 2
        >> PSH ACK 1:501 ack 2
        read 500
        timer 40ms
        << ACK 2:2 ack 501
        >> FIN ACK 501:501 ack 2
        << ACK 2:2 ack 502
        state TIME-WAIT";
    half_closed_by_the_peer_we_go_on: "
        open
        >> FIN ACK 1:1 ack 1
        << ACK 1:1 ack 2
        write 1500
        << ACK 1:1001 ack 2
        << PSH ACK 1001:1501 ack 2
        >> ACK 2:2 ack 1501
        state CLOSE-WAIT";
    a_fin_goes_with_the_last_data: "
        open
        write 3
        close
        << FIN PSH ACK 1:4 ack 1";
    a_fin_comes_with_the_last_data: "
        open
        >> FIN PSH ACK 1:4 ack 1
        << ACK 1:1 ack 5
        read 3
        read end";
    a_fin_before_the_data_in_front_of_it_waits: "
        open
        >> FIN ACK 101:101 ack 1
        << ACK 1:1 ack 1
        state ESTABLISHED
        >> PSH ACK 1:101 ack 1
        << ACK 1:1 ack 102
        state CLOSE-WAIT
        read 100
        read end";
    a_lost_fin_goes_again: "
        open
        close
        << FIN ACK 1:1 ack 1
        timer 200ms
        << FIN ACK 1:1 ack 1
        timer 400ms
        << FIN ACK 1:1 ack 1
        >> ACK 1:1 ack 2
        state FIN-WAIT-2
        no timer";
    data_and_fin_that_were_lost_go_again_together: "
        open
        write 100
        close
        << FIN PSH ACK 1:101 ack 1
        timer 200ms
        << FIN PSH ACK 1:101 ack 1";
    a_fin_waits_for_the_window: "
        open win 100
        write 150
        close
        << ACK 1:101 ack 1
        >> ACK 1:1 ack 101 win 100
        << FIN PSH ACK 101:151 ack 1";
    a_late_fin_in_time_wait_is_answered_and_the_wait_begins_anew: "
        open
        close
        << FIN ACK 1:1 ack 1
        >> FIN ACK 1:1 ack 2
        << ACK 2:2 ack 2
        after 30s
        >> FIN ACK 1:1 ack 2
        << ACK 2:2 ack 2
        says SegmentIgnored: late segment
        timer 60s
        after 0s
        state CLOSED";
    late_data_in_time_wait_is_answered: "
        open
        >> PSH ACK 1:101 ack 1
        read 100
        close
        << FIN ACK 1:1 ack 101
        >> FIN ACK 101:101 ack 2
        << ACK 2:2 ack 102
        >> PSH ACK 1:101 ack 1
        << ACK 2:2 ack 102
        says SegmentIgnored: late segment
        state TIME-WAIT
        timer 60s
        after 0s";
    a_reset_does_not_cut_time_wait_short: "
        open
        close
        << FIN ACK 1:1 ack 1
        >> FIN ACK 1:1 ack 2
        << ACK 2:2 ack 2
        >> RST 2:2
        says SegmentIgnored: a reset in TIME-WAIT
        state TIME-WAIT";
    a_repeated_fin_in_close_wait_is_acknowledged: "
        open
        >> FIN ACK 1:1 ack 1
        << ACK 1:1 ack 2
        >> FIN ACK 1:1 ack 1
        << ACK 1:1 ack 2
        state CLOSE-WAIT";
    data_after_the_peers_fin_is_ignored: "
        open
        >> FIN ACK 1:1 ack 1
        << ACK 1:1 ack 2
        >> PSH ACK 2:12 ack 1
        says SegmentIgnored: data after the peer's FIN
        read end";
    nothing_is_written_after_closing: "
        open
        close
        << FIN ACK 1:1 ack 1
        write fails";
    closing_twice_is_closing_once: "
        open
        close
        << FIN ACK 1:1 ack 1
        close
        state FIN-WAIT-1";
    an_abort_resets: "
        open
        write 10
        << PSH ACK 1:11 ack 1
        abort
        << RST ACK 11:11 ack 1
        state CLOSED
        lost aborted
        read lost";
    an_abort_in_time_wait_sends_nothing: "
        open
        close
        << FIN ACK 1:1 ack 1
        >> FIN ACK 1:1 ack 2
        << ACK 2:2 ack 2
        abort
        state CLOSED";
    a_reset_in_close_wait: "
        open
        >> FIN ACK 1:1 ack 1
        << ACK 1:1 ack 2
        >> RST 2:2
        lost reset";
    a_reset_in_fin_wait_2: "
        open
        close
        << FIN ACK 1:1 ack 1
        >> ACK 1:1 ack 2
        >> RST 1:1
        lost reset
        state CLOSED";
    what_came_before_a_reset_can_be_read: "
        open
        >> PSH ACK 1:101 ack 1
        >> RST 101:101
        lost reset
        read 100
        read lost";
    the_owner_left_and_the_peer_does_not_close: "
        open
        release
        << FIN ACK 1:1 ack 1
        >> ACK 1:1 ack 2
        state FIN-WAIT-2
        timer 60s
        after 0s
        says TimerExpired: FIN-WAIT-2
        says Closed: did not close in time
        state CLOSED";
    an_owner_that_still_reads_waits_for_the_peers_fin: "
        open
        close
        << FIN ACK 1:1 ack 1
        >> ACK 1:1 ack 2
        no timer
        after 10min
        state FIN-WAIT-2";
    the_owner_left_and_the_peers_last_words_are_taken_in: "
        open
        release
        << FIN ACK 1:1 ack 1
        >> ACK 1:1 ack 2
        >> PSH ACK 1:2001 ack 2
        after 40ms
        << ACK 2:2 ack 2001
        >> FIN ACK 2001:2001 ack 2
        << ACK 2:2 ack 2002
        state TIME-WAIT";
    our_fin_is_not_acknowledged_by_less: "
        open
        write 100
        close
        << FIN PSH ACK 1:101 ack 1
        >> ACK 1:1 ack 101
        state FIN-WAIT-1
        >> ACK 1:1 ack 102
        state FIN-WAIT-2";
    in_last_ack_only_the_acknowledgement_of_our_fin_closes: "
        open
        >> FIN ACK 1:1 ack 1
        << ACK 1:1 ack 2
        write 10
        close
        << FIN PSH ACK 1:11 ack 2
        >> ACK 2:2 ack 11
        state LAST-ACK
        >> ACK 2:2 ack 12
        state CLOSED";
}

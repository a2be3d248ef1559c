//! RFC 6298: the retransmission time-out.

conversations! {
    lost_data_goes_again_after_the_time_out_and_then_twice_as_late: "
        open
        write 500
        << PSH ACK 1:501 ack 1
        timer 200ms
        << PSH ACK 1:501 ack 1
        says TimerExpired: retransmission
        says CongestionWindowChanged: slow start begins again
        says LossDetected: time-out
        says SegmentRetransmitted: time-out
        timer 400ms
        << PSH ACK 1:501 ack 1
        timer 800ms
        << PSH ACK 1:501 ack 1
        >> ACK 1:1 ack 501
        no timer";
    the_time_out_follows_the_round_trips: "
        open rtt 100ms
        rto 300ms
        write 10
        << PSH ACK 1:11 ack 1
        after 100ms
        >> ACK 1:1 ack 11
        srtt 100ms
        rto 250ms";
    the_time_out_is_never_under_200_ms: "
        open rtt 1ms
        rto 200ms";
    a_new_measurement_ends_the_doubling: "
        open rtt 100ms
        write 10
        << PSH ACK 1:11 ack 1
        timer 300ms
        << PSH ACK 1:11 ack 1
        rto 600ms
        >> ACK 1:1 ack 11
        rto 600ms
        write 10
        << PSH ACK 11:21 ack 1
        after 100ms
        >> ACK 1:1 ack 21
        rto 250ms";
    what_was_sent_twice_measures_nothing: "
        open rtt 100ms
        write 10
        << PSH ACK 1:11 ack 1
        timer 300ms
        << PSH ACK 1:11 ack 1
        after 10ms
        >> ACK 1:1 ack 11
        srtt 100ms";
    progress_sets_the_clock_anew: "
        open
        write 2000
        << ACK 1:1001 ack 1
        << PSH ACK 1001:2001 ack 1
        after 150ms
        >> ACK 1:1 ack 1001
        rto 200ms
        timer 200ms
        << PSH ACK 1001:2001 ack 1";
    the_last_acknowledgement_stops_the_clock: "
        open
        write 2000
        << ACK 1:1001 ack 1
        << PSH ACK 1001:2001 ack 1
        >> ACK 1:1 ack 2001
        no timer";
    after_a_time_out_one_segment_goes_and_the_window_doubles_again: "
        open
        write 4000
        << ACK 1:1001 ack 1
        << ACK 1001:2001 ack 1
        << ACK 2001:3001 ack 1
        << PSH ACK 3001:4001 ack 1
        timer 200ms
        << PSH ACK 1:1001 ack 1
        cwnd 1000
        ssthresh 2000
        >> ACK 1:1 ack 1001
        << PSH ACK 1001:2001 ack 1
        << PSH ACK 2001:3001 ack 1
        cwnd 2000";
    the_threshold_comes_down_at_the_first_time_out_only: "
        open
        write 10000
        << ACK 1:1001 ack 1
        << ACK 1001:2001 ack 1
        << ACK 2001:3001 ack 1
        << ACK 3001:4001 ack 1
        << ACK 4001:5001 ack 1
        << ACK 5001:6001 ack 1
        << ACK 6001:7001 ack 1
        << ACK 7001:8001 ack 1
        << ACK 8001:9001 ack 1
        << PSH ACK 9001:10001 ack 1
        timer 200ms
        << PSH ACK 1:1001 ack 1
        ssthresh 5000
        timer 400ms
        << PSH ACK 1:1001 ack 1
        ssthresh 5000";
    a_peer_that_acknowledges_nothing_is_given_up_after_12_sendings: "
        open
        write 10
        << PSH ACK 1:11 ack 1
        timer 200ms
        << PSH ACK 1:11 ack 1
        timer 400ms
        << PSH ACK 1:11 ack 1
        timer 800ms
        << PSH ACK 1:11 ack 1
        timer 1600ms
        << PSH ACK 1:11 ack 1
        timer 3200ms
        << PSH ACK 1:11 ack 1
        timer 6400ms
        << PSH ACK 1:11 ack 1
        timer 12800ms
        << PSH ACK 1:11 ack 1
        timer 25600ms
        << PSH ACK 1:11 ack 1
        timer 51200ms
        << PSH ACK 1:11 ack 1
        timer 102400ms
        << PSH ACK 1:11 ack 1
        timer 120s
        << PSH ACK 1:11 ack 1
        timer 120s
        after 0s
        lost timed_out
        state CLOSED";
    duplicates_of_what_a_time_out_sent_again_are_no_new_loss: "
        open
        write 4000
        << ACK 1:1001 ack 1
        << ACK 1001:2001 ack 1
        << ACK 2001:3001 ack 1
        << PSH ACK 3001:4001 ack 1
        timer 200ms
        << PSH ACK 1:1001 ack 1
        >> ACK 1:1 ack 1001
        << PSH ACK 1001:2001 ack 1
        << PSH ACK 2001:3001 ack 1
        >> ACK 1:1 ack 1001
        << PSH ACK 3001:4001 ack 1
        >> ACK 1:1 ack 1001
        >> ACK 1:1 ack 1001
        ssthresh 2000";
}

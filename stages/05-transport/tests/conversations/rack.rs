//! RFC 8985: losses by time, and probes at the end of a flight.

conversations! {
    one_segment_behind_a_hole_makes_it_a_loss_after_a_quarter_of_a_round_trip: "
        open sack rtt 100ms
        write 2000
        << ACK 1:1001 ack 1
        << PSH ACK 1001:2001 ack 1
        after 100ms
        >> ACK 1:1 ack 1 sack 1001-2001
        never LossDetected
        timer 25ms
        << PSH ACK 1:1001 ack 1
        says TimerExpired: reordering
        says LossDetected: sent later";
    three_segments_behind_a_hole_make_it_a_loss_at_once: "
        open sack rtt 100ms
        write 4000
        << ACK 1:1001 ack 1
        << ACK 1001:2001 ack 1
        << ACK 2001:3001 ack 1
        << PSH ACK 3001:4001 ack 1
        after 100ms
        >> ACK 1:1 ack 1 sack 1001-4001
        << PSH ACK 1:1001 ack 1
        says LossDetected: sent later";
    what_was_only_late_is_no_loss: "
        open sack rtt 100ms
        write 2000
        << ACK 1:1001 ack 1
        << PSH ACK 1001:2001 ack 1
        after 100ms
        >> ACK 1:1 ack 1 sack 1001-2001
        after 10ms
        >> ACK 1:1 ack 2001
        never LossDetected
        no timer";
    where_segments_overtake_each_other_three_of_them_are_no_loss: "
        open sack rtt 100ms
        write 2000
        << ACK 1:1001 ack 1
        << PSH ACK 1001:2001 ack 1
        after 100ms
        >> ACK 1:1 ack 1 sack 1001-2001
        after 10ms
        >> ACK 1:1 ack 2001
        write 4000
        << ACK 2001:3001 ack 1
        << ACK 3001:4001 ack 1
        << ACK 4001:5001 ack 1
        << PSH ACK 5001:6001 ack 1
        after 100ms
        >> ACK 1:1 ack 2001 sack 3001-6001
        never LossDetected
        timer 25ms
        << PSH ACK 2001:3001 ack 1";
    a_segment_that_was_lost_again_goes_again: "
        open sack rtt 100ms
        write 5000
        << ACK 1:1001 ack 1
        << ACK 1001:2001 ack 1
        << ACK 2001:3001 ack 1
        << ACK 3001:4001 ack 1
        << PSH ACK 4001:5001 ack 1
        after 100ms
        >> ACK 1:1 ack 1 sack 1001-4001
        << PSH ACK 1:1001 ack 1
        >> ACK 1:1 ack 1 sack 1001-5001
        write 1000
        << PSH ACK 5001:6001 ack 1
        after 100ms
        >> ACK 1:1 ack 1 sack 1001-6001
        << PSH ACK 1:1001 ack 1
        says SegmentRetransmitted: attempt: 2
        >> ACK 1:1 ack 6001
        never TimerExpired: retransmission";
    what_was_sent_after_the_latest_that_arrived_is_not_judged: "
        open sack rtt 100ms
        write 1000
        << PSH ACK 1:1001 ack 1
        after 50ms
        write 2000
        << ACK 1001:2001 ack 1
        << PSH ACK 2001:3001 ack 1
        after 50ms
        >> ACK 1:1 ack 1001
        never LossDetected
        pipe 2000";
    told_that_it_came_twice_we_wait_longer: "
        open sack rtt 100ms
        write 2000
        << ACK 1:1001 ack 1
        << PSH ACK 1001:2001 ack 1
        after 100ms
        >> ACK 1:1 ack 1 sack 1001-2001
        timer 25ms
        << PSH ACK 1:1001 ack 1
        after 5ms
        >> ACK 1:1 ack 2001
        >> ACK 1:1 ack 2001 sack 1-1001
        write 2000
        << ACK 2001:3001 ack 1
        << PSH ACK 3001:4001 ack 1
        after 100ms
        >> ACK 1:1 ack 2001 sack 3001-4001
        timer 50ms
        << PSH ACK 2001:3001 ack 1";
    silence_after_a_flight_is_asked_about_with_its_last_segment: "
        open sack rtt 100ms
        write 3000
        << ACK 1:1001 ack 1
        << ACK 1001:2001 ack 1
        << PSH ACK 2001:3001 ack 1
        timer 200ms
        << PSH ACK 2001:3001 ack 1
        says TimerExpired: tail loss probe
        says SegmentRetransmitted: tail loss probe
        after 100ms
        >> ACK 1:1 ack 1 sack 2001-3001
        << PSH ACK 1:1001 ack 1
        >> ACK 1:1 ack 1001 sack 2001-3001
        << PSH ACK 1001:2001 ack 1
        never TimerExpired: retransmission";
    a_probe_is_new_data_if_there_is_any: "
        open sack rtt 100ms win 3000
        write 4000
        << ACK 1:1001 ack 1
        << ACK 1001:2001 ack 1
        << ACK 2001:3001 ack 1
        after 100ms
        >> ACK 1:1 ack 1001 win 2000
        timer 200ms
        << PSH ACK 2001:3001 ack 1";
    a_probe_goes_one_segment_beyond_the_window: "
        open sack rtt 100ms
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
        << ACK 9001:10001 ack 1
        timer 200ms
        << ACK 10001:11001 ack 1
        says TimerExpired: tail loss probe
        never SegmentRetransmitted
        timer 300ms
        << PSH ACK 1:1001 ack 1
        says TimerExpired: retransmission";
    a_lone_segment_is_asked_about_no_later_than_the_time_out: "
        open sack rtt 100ms
        write 100
        << PSH ACK 1:101 ack 1
        timer 300ms
        << PSH ACK 1:101 ack 1
        says SegmentRetransmitted: tail loss probe
        cwnd 10000
        timer 300ms
        << PSH ACK 1:101 ack 1
        says SegmentRetransmitted: time-out
        cwnd 1000";
    one_probe_and_then_the_time_out: "
        open sack rtt 100ms
        write 2000
        << ACK 1:1001 ack 1
        << PSH ACK 1001:2001 ack 1
        timer 200ms
        << PSH ACK 1001:2001 ack 1
        timer 300ms
        << PSH ACK 1:1001 ack 1
        says TimerExpired: retransmission";
    a_probe_that_mended_a_loss_lowers_the_window: "
        open sack rtt 100ms
        write 2000
        << ACK 1:1001 ack 1
        << PSH ACK 1001:2001 ack 1
        after 100ms
        >> ACK 1:1 ack 1001
        rto 250ms
        timer 250ms
        << PSH ACK 1001:2001 ack 1
        after 100ms
        >> ACK 1:1 ack 2001
        never CongestionWindowChanged
        write 1000
        << PSH ACK 2001:3001 ack 1
        after 100ms
        >> ACK 1:1 ack 3001
        says CongestionWindowChanged: tail loss probe mended";
    a_probe_that_arrived_twice_lowers_nothing: "
        open sack rtt 100ms
        write 2000
        << ACK 1:1001 ack 1
        << PSH ACK 1001:2001 ack 1
        timer 200ms
        << PSH ACK 1001:2001 ack 1
        after 10ms
        >> ACK 1:1 ack 2001
        after 10ms
        >> ACK 1:1 ack 2001 sack 1001-2001
        write 1000
        << PSH ACK 2001:3001 ack 1
        after 100ms
        >> ACK 1:1 ack 3001
        never CongestionWindowChanged";
    without_sack_nothing_is_probed: "
        open rtt 100ms
        write 2000
        << ACK 1:1001 ack 1
        << PSH ACK 1001:2001 ack 1
        timer 300ms
        << PSH ACK 1:1001 ack 1
        says TimerExpired: retransmission";
    an_echo_tells_that_the_first_sending_arrived: "
        open sack ts rtt 100ms
        write 1976
        << ACK 1:989 ack 1
        << PSH ACK 989:1977 ack 1
        after 100ms
        >> ACK 1:1 ack 1 ts 7300 100 sack 989-1977
        timer 25ms
        << PSH ACK 1:989 ack 1
        after 10ms
        >> ACK 1:1 ack 1977 ts 7335 100
        says RoundTripMeasured
        no timer";
}

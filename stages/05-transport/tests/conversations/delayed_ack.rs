//! RFC 9293, section 3.8.6.3; RFC 5681, section 4.2: when data is acknowledged.

conversations! {
    one_segment_is_acknowledged_after_40_ms: "
        open
        >> PSH ACK 1:101 ack 1
        timer 40ms
        << ACK 1:1 ack 101
        says TimerExpired: delayed acknowledgement
        no timer";
    the_second_full_segment_is_acknowledged_at_once: "
        open
        >> ACK 1:1001 ack 1
        >> ACK 1001:2001 ack 1
        << ACK 1:1 ack 2001
        no timer";
    small_segments_do_not_count_as_full_ones: "
        open
        >> PSH ACK 1:101 ack 1
        >> PSH ACK 101:201 ack 1
        timer 40ms
        << ACK 1:1 ack 201";
    an_answer_carries_the_acknowledgement: "
        open
        >> PSH ACK 1:101 ack 1
        write 50
        << PSH ACK 1:51 ack 101
        >> ACK 101:101 ack 51
        no timer";
    the_wait_begins_with_the_first_segment: "
        open
        >> PSH ACK 1:101 ack 1
        after 30ms
        >> PSH ACK 101:201 ack 1
        timer 10ms
        << ACK 1:1 ack 201";
    a_hole_is_told_at_once: "
        open
        >> ACK 1001:2001 ack 1
        << ACK 1:1 ack 1
        >> ACK 2001:3001 ack 1
        << ACK 1:1 ack 1";
    a_part_of_a_hole_that_is_filled_is_told_at_once: "
        open
        >> ACK 1001:2001 ack 1
        << ACK 1:1 ack 1
        >> ACK 1:501 ack 1
        << ACK 1:1 ack 501
        >> ACK 501:1001 ack 1
        << ACK 1:1 ack 2001";
    a_fin_is_acknowledged_at_once: "
        open
        >> FIN PSH ACK 1:101 ack 1
        << ACK 1:1 ack 102";
}

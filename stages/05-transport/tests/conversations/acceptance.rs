//! RFC 9293, sections 3.4 and 3.10.7.4: which segments are taken in.

conversations! {
    an_old_duplicate_is_answered_and_dropped: "
        open
        >> PSH ACK 1:101 ack 1
        timer 40ms
        << ACK 1:1 ack 101
        >> PSH ACK 1:101 ack 1
        << ACK 1:1 ack 101
        says SegmentIgnored: an old duplicate
        read 100";
    data_beyond_the_window_is_answered_and_dropped: "
        open buffer 2000
        >> ACK 2001:2101 ack 1
        << ACK 1:1 ack 1
        says SegmentIgnored: outside the receive window
        never DataArrived";
    data_that_reaches_beyond_the_window_is_cut: "
        open buffer 2000
        >> ACK 1:2501 ack 1
        timer 40ms
        << ACK 1:1 ack 2001 win 0
        read 2000
        << ACK 1:1 ack 2001 win 2000";
    what_is_partly_here_already_counts_for_the_rest: "
        open
        >> ACK 1:101 ack 1
        >> ACK 51:201 ack 1
        read 200
        timer 40ms
        << ACK 1:1 ack 201";
    data_out_of_order_waits_for_the_hole: "
        open
        >> ACK 101:201 ack 1
        << ACK 1:1 ack 1
        read 0
        >> ACK 1:101 ack 1
        << ACK 1:1 ack 201
        read 200";
    overlapping_pieces_count_once: "
        open
        >> ACK 101:201 ack 1
        << ACK 1:1 ack 1
        >> ACK 151:301 ack 1
        << ACK 1:1 ack 1
        >> ACK 51:351 ack 1
        << ACK 1:1 ack 1
        >> ACK 1:61 ack 1
        << ACK 1:1 ack 351
        read 350";
    with_the_window_shut_the_next_number_alone_counts: "
        open buffer 1000
        >> ACK 1:1001 ack 1
        timer 40ms
        << ACK 1:1 ack 1001 win 0
        write 10
        << PSH ACK 1:11 ack 1001
        >> ACK 1001:1001 ack 11
        pipe 0
        >> ACK 1002:1002 ack 11
        << ACK 11:11 ack 1001
        says SegmentIgnored: outside the receive window";
    data_into_a_shut_window_is_refused_and_answered: "
        open buffer 1000
        >> ACK 1:1001 ack 1
        timer 40ms
        << ACK 1:1 ack 1001 win 0
        >> ACK 1001:1101 ack 1
        << ACK 1:1 ack 1001
        says SegmentIgnored: the receive window is closed
        read 1000
        << ACK 1:1 ack 1001 win 1000";
    a_segment_without_acknowledgement_is_dropped: "
        open
        >> PSH 1:101
        says SegmentIgnored: no ACK bit
        read 0";
    numbers_wrap_around: "
        open iss 4294967195
        write 3000
        << ACK 1:1001 ack 1
        << ACK 1001:2001 ack 1
        << PSH ACK 2001:3001 ack 1
        >> ACK 1:1 ack 2001
        pipe 1000
        >> ACK 1:1 ack 3001
        pipe 0
        no timer";
    a_segment_that_ends_where_the_window_begins_is_old: "
        open
        >> ACK 1:101 ack 1
        timer 40ms
        << ACK 1:1 ack 101
        >> ACK 51:101 ack 1
        << ACK 1:1 ack 101
        says SegmentIgnored: an old duplicate
        read 100";
    the_last_octet_of_the_window_is_taken: "
        open buffer 2000
        >> ACK 2000:2001 ack 1
        << ACK 1:1 ack 1
        >> ACK 1:2000 ack 1
        << ACK 1:1 ack 2001
        read 2000
        << ACK 1:1 ack 2001 win 2000";
    an_acknowledgement_in_a_dropped_segment_does_not_count: "
        open
        write 100
        << PSH ACK 1:101 ack 1
        >> PSH 1:51
        pipe 100
        timer 200ms
        << PSH ACK 1:101 ack 1";
}

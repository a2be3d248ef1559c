//! RFC 1191, 5927, 8899: how large a segment the path takes.

conversations! {
    a_router_says_that_packets_are_too_large: "
        open mtu 1500
        write 2000
        << ACK 1:1461 ack 1
        << PSH ACK 1461:2001 ack 1
        icmp too big 1040 about 1
        << PSH ACK 1:1001 ack 1
        << PSH ACK 1001:1461 ack 1
        says SegmentSizeChanged: smaller packets only
        mss 1000";
    a_router_that_quotes_what_is_not_on_its_way_is_not_believed: "
        open mtu 1500
        write 100
        << PSH ACK 1:101 ack 1
        icmp too big 600 about 500
        mss 1460";
    a_larger_size_changes_nothing: "
        open
        write 100
        << PSH ACK 1:101 ack 1
        icmp too big 9000 about 1
        mss 1000";
    an_old_router_that_names_no_size: "
        open
        write 1000
        << PSH ACK 1:1001 ack 1
        icmp too big 0 about 1
        << PSH ACK 1:537 ack 1
        << PSH ACK 537:1001 ack 1
        mss 536";
    large_segments_that_vanish_are_cut_once_a_small_one_passed: "
        open mtu 1500
        write 2920
        << ACK 1:1461 ack 1
        << PSH ACK 1461:2921 ack 1
        timer 200ms
        << PSH ACK 1:1461 ack 1
        timer 400ms
        << PSH ACK 1:1461 ack 1
        timer 800ms
        << PSH ACK 1:1161 ack 1
        mss 1460
        << PSH ACK 1161:1461 ack 1
        says SegmentRetransmitted: a smaller one
        >> ACK 1:1 ack 1461
        << PSH ACK 1461:2921 ack 1
        mss 1460
        timer 1600ms
        << PSH ACK 1461:2621 ack 1
        says SegmentSizeChanged: black hole
        mss 1160
        << PSH ACK 2621:2921 ack 1";
    a_peer_that_stood_still_is_no_black_hole: "
        open mtu 1500
        write 2920
        << ACK 1:1461 ack 1
        << PSH ACK 1461:2921 ack 1
        timer 200ms
        << PSH ACK 1:1461 ack 1
        timer 400ms
        << PSH ACK 1:1461 ack 1
        timer 800ms
        << PSH ACK 1:1161 ack 1
        << PSH ACK 1161:1461 ack 1
        -- Everything was there all the time.
        >> ACK 1:1 ack 2921
        never SegmentSizeChanged
        mss 1460
        write 1460
        << PSH ACK 2921:4381 ack 1
        mss 1460";
    a_stall_that_ends_with_a_large_segment_is_no_black_hole: "
        open mtu 1500
        write 2920
        << ACK 1:1461 ack 1
        << PSH ACK 1461:2921 ack 1
        timer 200ms
        << PSH ACK 1:1461 ack 1
        timer 400ms
        << PSH ACK 1:1461 ack 1
        timer 800ms
        << PSH ACK 1:1161 ack 1
        << PSH ACK 1161:1461 ack 1
        >> ACK 1:1 ack 1461
        << PSH ACK 1461:2921 ack 1
        >> ACK 1:1 ack 2921
        write 1460
        << PSH ACK 2921:4381 ack 1
        timer 1600ms
        << PSH ACK 2921:4381 ack 1
        never SegmentSizeChanged
        mss 1460";
    nothing_passes_and_the_size_stays: "
        open mtu 1500
        write 1460
        << PSH ACK 1:1461 ack 1
        timer 200ms
        << PSH ACK 1:1461 ack 1
        timer 400ms
        << PSH ACK 1:1461 ack 1
        timer 800ms
        << PSH ACK 1:1161 ack 1
        << PSH ACK 1161:1461 ack 1
        timer 1600ms
        << PSH ACK 1:1161 ack 1
        << PSH ACK 1161:1461 ack 1
        timer 3200ms
        << PSH ACK 1:1161 ack 1
        << PSH ACK 1161:1461 ack 1
        timer 6400ms
        << PSH ACK 1:537 ack 1
        << PSH ACK 537:1073 ack 1
        << PSH ACK 1073:1161 ack 1
        << PSH ACK 1161:1461 ack 1
        never SegmentSizeChanged
        mss 1460";
    a_larger_size_is_tried_again_after_ten_minutes: "
        open mtu 1500
        write 1460
        << PSH ACK 1:1461 ack 1
        icmp too big 1040 about 1
        << PSH ACK 1:1001 ack 1
        << PSH ACK 1001:1461 ack 1
        mss 1000
        >> ACK 1:1 ack 1461
        write 1000
        << PSH ACK 1461:2461 ack 1
        >> ACK 1:1 ack 2461
        after 601s
        write 4000
        << ACK 2461:3921 ack 1
        << ACK 3921:4921 ack 1
        << ACK 4921:5921 ack 1
        << PSH ACK 5921:6461 ack 1
        >> ACK 1:1 ack 3921
        says SegmentSizeChanged: a larger segment got through
        mss 1460";
    a_larger_one_that_is_lost_goes_again_in_two: "
        open mtu 1500
        write 1460
        << PSH ACK 1:1461 ack 1
        icmp too big 1040 about 1
        << PSH ACK 1:1001 ack 1
        << PSH ACK 1001:1461 ack 1
        >> ACK 1:1 ack 1461
        write 1000
        << PSH ACK 1461:2461 ack 1
        >> ACK 1:1 ack 2461
        after 601s
        write 1500
        << ACK 2461:3921 ack 1
        << PSH ACK 3921:3961 ack 1
        timer 200ms
        << PSH ACK 2461:3461 ack 1
        >> ACK 1:1 ack 3461
        << PSH ACK 3461:3921 ack 1
        << PSH ACK 3921:3961 ack 1
        mss 1000";
    small_segments_that_vanish_say_nothing_of_the_size: "
        open mtu 1500
        write 100
        << PSH ACK 1:101 ack 1
        timer 200ms
        << PSH ACK 1:101 ack 1
        timer 400ms
        << PSH ACK 1:101 ack 1
        timer 800ms
        << PSH ACK 1:101 ack 1
        mss 1460";
    the_options_take_their_room: "
        open ts mtu 1500
        mss 1448
        write 1448
        << PSH ACK 1:1449 ack 1
        icmp too big 1400 about 1
        << PSH ACK 1:1349 ack 1
        << PSH ACK 1349:1449 ack 1
        mss 1348";
}

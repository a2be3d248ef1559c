//! RFC 5681, 9438, 9406, 9937: how much may be on its way. The arithmetic has tests of its own in
//! `src/tcp/congestion`.

conversations! {
    slow_start_adds_what_is_acknowledged: "
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
        >> ACK 1:1 ack 2001
        cwnd 12000
        >> ACK 1:1 ack 4001
        cwnd 14000";
    a_window_that_is_not_used_does_not_grow: "
        open
        write 1000
        << PSH ACK 1:1001 ack 1
        >> ACK 1:1 ack 1001
        cwnd 10000";
    one_acknowledgement_adds_eight_segments_at_most: "
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
        >> ACK 1:1 ack 10001
        cwnd 18000";
    after_a_loss_reno_halves: "
        open
        write 6000
        << ACK 1:1001 ack 1
        << ACK 1001:2001 ack 1
        << ACK 2001:3001 ack 1
        << ACK 3001:4001 ack 1
        << ACK 4001:5001 ack 1
        << PSH ACK 5001:6001 ack 1
        >> ACK 1:1 ack 1
        >> ACK 1:1 ack 1
        >> ACK 1:1 ack 1
        << PSH ACK 1:1001 ack 1
        ssthresh 3000
        >> ACK 1:1 ack 6001
        cwnd 3000";
    after_a_loss_cubic_keeps_seven_tenths: "
        open cubic
        write 6000
        << ACK 1:1001 ack 1
        << ACK 1001:2001 ack 1
        << ACK 2001:3001 ack 1
        << ACK 3001:4001 ack 1
        << ACK 4001:5001 ack 1
        << PSH ACK 5001:6001 ack 1
        >> ACK 1:1 ack 1
        >> ACK 1:1 ack 1
        >> ACK 1:1 ack 1
        << PSH ACK 1:1001 ack 1
        ssthresh 4200";
    never_under_two_segments: "
        open
        write 2000
        << ACK 1:1001 ack 1
        << PSH ACK 1001:2001 ack 1
        timer 200ms
        << PSH ACK 1:1001 ack 1
        ssthresh 2000";
    after_idling_the_window_is_the_first_one: "
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
        >> ACK 1:1 ack 10001
        cwnd 18000
        after 1s
        write 100
        << PSH ACK 10001:10101 ack 1
        says CongestionWindowChanged: nothing was sent for a while
        cwnd 10000";
    a_short_pause_is_not_idling: "
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
        >> ACK 1:1 ack 10001
        after 100ms
        write 100
        << PSH ACK 10001:10101 ack 1
        cwnd 18000";
    while_a_loss_is_mended_what_goes_out_follows_what_arrives: "
        open sack rtt 100ms
        write 20000
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
        after 100ms
        >> ACK 1:1 ack 1 sack 1001-4001
        << PSH ACK 1:1001 ack 1
        ssthresh 5000
        >> ACK 1:1 ack 1 sack 1001-5001
        << ACK 10001:11001 ack 1
        >> ACK 1:1 ack 1 sack 1001-6001
        >> ACK 1:1 ack 1 sack 1001-7001
        >> ACK 1:1 ack 1 sack 1001-8001
        << ACK 11001:12001 ack 1";
}

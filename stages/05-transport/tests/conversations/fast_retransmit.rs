//! RFC 5681, section 3.2, RFC 6582 and 3042: losses without SACK.

/// Five segments of 1000 octets are on their way.
macro_rules! five_sent {
    ($rest:literal) => {
        concat!(
            "open
            write 5000
            << ACK 1:1001 ack 1
            << ACK 1001:2001 ack 1
            << ACK 2001:3001 ack 1
            << ACK 3001:4001 ack 1
            << PSH ACK 4001:5001 ack 1
            ",
            $rest
        )
    };
}

conversations! {
    three_duplicates_send_the_hole_again_at_once: five_sent!("
        >> ACK 1:1 ack 1
        >> ACK 1:1 ack 1
        >> ACK 1:1 ack 1
        << PSH ACK 1:1001 ack 1
        says LossDetected: three duplicate acknowledgements
        says CongestionWindowChanged: three duplicate
        ssthresh 2500");
    two_duplicates_are_no_loss: five_sent!("
        >> ACK 1:1 ack 1
        >> ACK 1:1 ack 1
        never LossDetected");
    an_acknowledgement_with_another_window_is_no_duplicate: five_sent!("
        >> ACK 1:1 ack 1 win 50000
        >> ACK 1:1 ack 1 win 50001
        >> ACK 1:1 ack 1 win 50002
        never LossDetected");
    an_acknowledgement_with_data_is_no_duplicate: five_sent!("
        >> ACK 1:11 ack 1
        >> ACK 11:21 ack 1
        >> ACK 21:31 ack 1
        never LossDetected
        timer 40ms
        << ACK 5001:5001 ack 31");
    with_nothing_on_its_way_nothing_is_a_duplicate: "
        open
        >> ACK 1:1 ack 1
        >> ACK 1:1 ack 1
        >> ACK 1:1 ack 1
        >> ACK 1:1 ack 1
        never LossDetected";
    a_partial_acknowledgement_shows_the_next_hole: five_sent!("
        >> ACK 1:1 ack 1
        >> ACK 1:1 ack 1
        >> ACK 1:1 ack 1
        << PSH ACK 1:1001 ack 1
        >> ACK 1:1 ack 2001
        << PSH ACK 2001:3001 ack 1
        says LossDetected: stops short
        >> ACK 1:1 ack 5001
        says CongestionWindowChanged: mended
        cwnd 2500
        no timer");
    the_window_comes_down_once_for_all_losses_of_a_flight: five_sent!("
        >> ACK 1:1 ack 1
        >> ACK 1:1 ack 1
        >> ACK 1:1 ack 1
        << PSH ACK 1:1001 ack 1
        >> ACK 1:1 ack 2001
        << PSH ACK 2001:3001 ack 1
        >> ACK 1:1 ack 4001
        << PSH ACK 4001:5001 ack 1
        ssthresh 2500");
    each_duplicate_lets_new_data_go: "
        open
        write 14000
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
        >> ACK 1:1 ack 1
        << ACK 10001:11001 ack 1
        >> ACK 1:1 ack 1
        << ACK 11001:12001 ack 1
        >> ACK 1:1 ack 1
        << PSH ACK 1:1001 ack 1
        >> ACK 1:1 ack 1";
}

//! RFC 3168: explicit congestion notification.

conversations! {
    asked_for_and_agreed_on: "
        connects ecn
        << SYN ECE CWR 0:0
        >> SYN ACK ECE 0:0 ack 1 mss 1000
        << ACK 1:1 ack 1
        write 10
        << PSH ACK 1:11 ack 1 ect";
    asked_for_and_not_agreed_on: "
        connects ecn
        << SYN ECE CWR 0:0
        >> SYN ACK 0:0 ack 1 mss 1000
        << ACK 1:1 ack 1
        write 10
        << PSH ACK 1:11 ack 1 nosack";
    an_answer_with_both_bits_is_no_agreement: "
        connects ecn
        << SYN ECE CWR 0:0
        >> SYN ACK ECE CWR 0:0 ack 1 mss 1000
        << ACK 1:1 ack 1
        write 10
        << PSH ACK 1:11 ack 1 nosack";
    a_peer_that_asks_is_answered: "
        listens
        >> SYN ECE CWR 0:0 mss 1000
        << SYN ACK ECE 0:0 ack 1
        >> ACK 1:1 ack 1
        write 10
        << PSH ACK 1:11 ack 1 ect";
    switched_off_a_peer_that_asks_gets_no_agreement: "
        listens noecn
        >> SYN ECE CWR 0:0 mss 1000
        << SYN ACK 0:0 ack 1
        >> ACK 1:1 ack 1
        write 10
        << PSH ACK 1:11 ack 1 nosack";
    a_mark_is_told_until_the_peer_has_heard: "
        open ecn
        >> ACK 1:1001 ack 1 ce
        >> ACK 1001:2001 ack 1
        << ACK ECE 1:1 ack 2001
        >> ACK 2001:3001 ack 1
        >> ACK 3001:4001 ack 1
        << ACK ECE 1:1 ack 4001
        >> CWR ACK 4001:5001 ack 1
        >> ACK 5001:6001 ack 1
        << ACK 1:1 ack 6001";
    a_mark_told_lowers_the_window_once_and_says_so: "
        open ecn
        write 4000
        << ACK 1:1001 ack 1
        << ACK 1001:2001 ack 1
        << ACK 2001:3001 ack 1
        << PSH ACK 3001:4001 ack 1
        >> ACK ECE 1:1 ack 1001
        says CongestionWindowChanged: ECN
        cwnd 2000
        >> ACK ECE 1:1 ack 2001
        cwnd 2000
        >> ACK ECE 1:1 ack 3001
        cwnd 2000
        write 500
        << PSH ACK CWR 4001:4501 ack 1
        >> ACK 1:1 ack 4001
        never SegmentRetransmitted";
    a_mark_told_again_for_the_same_window_lowers_nothing: "
        open ecn
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
        >> ACK ECE 1:1 ack 1001
        cwnd 4500
        >> ACK ECE 1:1 ack 2001
        cwnd 4500
        >> ACK ECE 1:1 ack 9001
        cwnd 4500";
    what_goes_again_may_not_be_marked: "
        open ecn
        write 100
        << PSH ACK 1:101 ack 1 ect
        timer 200ms
        << PSH ACK 1:101 ack 1 nosack";
    an_acknowledgement_may_not_be_marked: "
        open ecn
        >> ACK 1:1001 ack 1
        >> ACK 1001:2001 ack 1
        << ACK 1:1 ack 2001 nosack";
    a_mark_without_agreement_says_nothing: "
        open
        >> ACK 1:1001 ack 1 ce
        >> ACK 1001:2001 ack 1
        << ACK 1:1 ack 2001";
}

//! RFC 2018, 2883 and 6675: selective acknowledgement.

conversations! {
    a_hole_is_told_by_what_lies_behind_it: "
        open sack
        >> ACK 1001:2001 ack 1
        << ACK 1:1 ack 1 sack 1001-2001
        >> ACK 1:1001 ack 1
        << ACK 1:1 ack 2001 nosack";
    the_latest_piece_comes_first: "
        open sack
        >> ACK 1001:1101 ack 1
        << ACK 1:1 ack 1 sack 1001-1101
        >> ACK 3001:3101 ack 1
        << ACK 1:1 ack 1 sack 3001-3101,1001-1101
        >> ACK 5001:5101 ack 1
        << ACK 1:1 ack 1 sack 5001-5101,3001-3101,1001-1101
        >> ACK 1101:1201 ack 1
        << ACK 1:1 ack 1 sack 1001-1201,5001-5101,3001-3101";
    four_blocks_fit_without_timestamps: "
        open sack
        >> ACK 1001:1101 ack 1
        << ACK 1:1 ack 1
        >> ACK 2001:2101 ack 1
        << ACK 1:1 ack 1
        >> ACK 3001:3101 ack 1
        << ACK 1:1 ack 1
        >> ACK 4001:4101 ack 1
        << ACK 1:1 ack 1
        >> ACK 5001:5101 ack 1
        << ACK 1:1 ack 1 sack 5001-5101,4001-4101,3001-3101,2001-2101";
    what_arrives_twice_is_told_first: "
        open sack
        >> ACK 1:101 ack 1
        timer 40ms
        << ACK 1:1 ack 101
        >> ACK 1:101 ack 1
        << ACK 1:1 ack 101 sack 1-101
        >> ACK 101:201 ack 1
        timer 40ms
        << ACK 1:1 ack 201 nosack
        read 200";
    what_arrives_twice_behind_a_hole_is_told_before_the_block_it_lies_in: "
        open sack
        >> ACK 1001:2001 ack 1
        << ACK 1:1 ack 1 sack 1001-2001
        >> ACK 1001:1501 ack 1
        << ACK 1:1 ack 1 sack 1001-1501,1001-2001";
    what_is_partly_here_already_is_told: "
        open sack
        >> ACK 1:101 ack 1
        timer 40ms
        << ACK 1:1 ack 101
        >> ACK 51:151 ack 1
        timer 40ms
        << ACK 1:1 ack 151 sack 51-101
        read 150";
    not_agreed_on_it_is_not_told: "
        open
        >> ACK 1001:2001 ack 1
        << ACK 1:1 ack 1 nosack";
    not_agreed_on_it_is_not_believed: "
        open
        write 2000
        << ACK 1:1001 ack 1
        << PSH ACK 1001:2001 ack 1
        >> ACK 1:1 ack 1 sack 1001-2001
        pipe 1000";
    blocks_share_an_acknowledgement_with_data: "
        open sack
        >> ACK 1001:2001 ack 1
        << ACK 1:1 ack 1 sack 1001-2001
        write 100
        << PSH ACK 1:101 ack 1 sack 1001-2001";
    what_arrived_is_not_sent_again: "
        open sack rtt 100ms
        write 5000
        << ACK 1:1001 ack 1
        << ACK 1001:2001 ack 1
        << ACK 2001:3001 ack 1
        << ACK 3001:4001 ack 1
        << PSH ACK 4001:5001 ack 1
        after 100ms
        >> ACK 1:1 ack 1 sack 1001-2001
        >> ACK 1:1 ack 1 sack 3001-4001,1001-2001
        >> ACK 1:1 ack 1 sack 3001-5001,1001-2001
        << PSH ACK 1:1001 ack 1
        says LossDetected: segments: 2
        >> ACK 1:1 ack 2001 sack 3001-5001
        << PSH ACK 2001:3001 ack 1
        >> ACK 1:1 ack 5001
        says CongestionWindowChanged: mended";
    a_block_beyond_what_was_sent_is_not_believed: "
        open sack
        write 2000
        << ACK 1:1001 ack 1
        << PSH ACK 1001:2001 ack 1
        >> ACK 1:1 ack 1 sack 1001-9001
        pipe 2000
        after 0s";
    a_block_turned_round_is_not_believed: "
        open sack
        write 2000
        << ACK 1:1001 ack 1
        << PSH ACK 1001:2001 ack 1
        >> ACK 1:1 ack 1 sack 2001-1001
        pipe 2000";
    a_block_that_ends_inside_a_segment_counts_for_its_part: "
        open sack rtt 100ms
        write 2000
        << ACK 1:1001 ack 1
        << PSH ACK 1001:2001 ack 1
        after 100ms
        >> ACK 1:1 ack 1 sack 1501-2001
        pipe 1500";
    after_a_time_out_what_arrived_is_not_sent_again: "
        open sack rtt 100ms
        write 3000
        << ACK 1:1001 ack 1
        << ACK 1001:2001 ack 1
        << PSH ACK 2001:3001 ack 1
        after 100ms
        >> ACK 1:1 ack 1 sack 1001-2001
        timer 25ms
        << PSH ACK 1:1001 ack 1
        timer 300ms
        << PSH ACK 1:1001 ack 1
        >> ACK 1:1 ack 2001
        << PSH ACK 2001:3001 ack 1";
    a_peer_that_threw_away_what_it_told_of_gets_it_again: "
        open sack rtt 100ms
        write 2000
        << ACK 1:1001 ack 1
        << PSH ACK 1001:2001 ack 1
        after 100ms
        >> ACK 1:1 ack 1 sack 1001-2001
        timer 25ms
        << PSH ACK 1:1001 ack 1
        >> ACK 1:1 ack 1001
        pipe 0
        timer 300ms
        << PSH ACK 1001:2001 ack 1
        says SegmentRetransmitted: time-out
        >> ACK 1:1 ack 2001
        no timer";
    what_arrived_lets_new_data_go: "
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
        after 100ms
        >> ACK 1:1 ack 1 sack 9001-9501
        >> ACK 1:1 ack 1 sack 9001-10001
        << ACK 10001:11001 ack 1";
}

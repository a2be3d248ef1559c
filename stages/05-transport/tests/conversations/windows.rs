//! RFC 9293, sections 3.7.4 and 3.8.6: the peer's window, ours, small segments.

conversations! {
    a_closed_window_is_probed_until_it_opens: "
        open
        write 100
        << PSH ACK 1:101 ack 1
        >> ACK 1:1 ack 101 win 0
        write 100
        timer 200ms
        << ACK 100:100 ack 1
        says TimerExpired: window probe
        says SegmentRetransmitted: window probe
        >> ACK 1:1 ack 101
        timer 400ms
        << ACK 100:100 ack 1
        >> ACK 1:1 ack 101
        timer 800ms
        << ACK 100:100 ack 1
        >> ACK 1:1 ack 101 win 5000
        << PSH ACK 101:201 ack 1";
    probes_are_at_most_60_s_apart: "
        open
        write 100
        << PSH ACK 1:101 ack 1
        >> ACK 1:1 ack 101 win 0
        write 100
        timer 200ms
        << ACK 100:100 ack 1
        >> ACK 1:1 ack 101
        timer 400ms
        << ACK 100:100 ack 1
        >> ACK 1:1 ack 101
        timer 800ms
        << ACK 100:100 ack 1
        >> ACK 1:1 ack 101
        timer 1600ms
        << ACK 100:100 ack 1
        >> ACK 1:1 ack 101
        timer 3200ms
        << ACK 100:100 ack 1
        >> ACK 1:1 ack 101
        timer 6400ms
        << ACK 100:100 ack 1
        >> ACK 1:1 ack 101
        timer 12800ms
        << ACK 100:100 ack 1
        >> ACK 1:1 ack 101
        timer 25600ms
        << ACK 100:100 ack 1
        >> ACK 1:1 ack 101
        timer 51200ms
        << ACK 100:100 ack 1
        >> ACK 1:1 ack 101
        timer 60s
        << ACK 100:100 ack 1
        >> ACK 1:1 ack 101
        timer 60s
        << ACK 100:100 ack 1
        >> ACK 1:1 ack 101
        timer 60s
        << ACK 100:100 ack 1
        >> ACK 1:1 ack 101
        timer 60s
        << ACK 100:100 ack 1
        >> ACK 1:1 ack 101
        timer 60s
        << ACK 100:100 ack 1
        lost not";
    a_window_taken_back_over_data_on_its_way: "
        open
        write 2000
        << ACK 1:1001 ack 1
        << PSH ACK 1001:2001 ack 1
        >> ACK 1:1 ack 1 win 0
        timer 200ms
        << PSH ACK 1:1001 ack 1
        says SegmentRetransmitted: window probe
        >> ACK 1:1 ack 1
        timer 400ms
        << PSH ACK 1:1001 ack 1
        >> ACK 1:1 ack 1 win 5000
        << PSH ACK 1:1001 ack 1
        << PSH ACK 1001:2001 ack 1
        >> ACK 1:1 ack 2001
        pipe 0";
    never_more_than_the_peers_window: "
        open win 2500
        write 4000
        << ACK 1:1001 ack 1
        << ACK 1001:2001 ack 1
        >> ACK 1:1 ack 2001
        << ACK 2001:3001 ack 1
        << PSH ACK 3001:4001 ack 1";
    no_small_segment_into_a_nearly_full_window: "
        open win 2500
        write 4000
        << ACK 1:1001 ack 1
        << ACK 1001:2001 ack 1
        >> ACK 1:1 ack 1001 win 1500
        >> ACK 1:1 ack 2001 win 400
        timer 200ms
        << ACK 2001:2401 ack 1
        says TimerExpired: window probe
        >> ACK 1:1 ack 2401 win 2000
        << ACK 2401:3401 ack 1
        << PSH ACK 3401:4001 ack 1";
    a_small_window_of_a_peer_that_has_no_larger_one_is_used: "
        open win 600
        write 1000
        << ACK 1:601 ack 1
        >> ACK 1:1 ack 601 win 300
        << ACK 601:901 ack 1
        >> ACK 1:1 ack 901 win 600
        << PSH ACK 901:1001 ack 1";
    a_window_from_an_older_segment_does_not_count: "
        open
        >> ACK 201:301 ack 1 win 5000
        << ACK 1:1 ack 1
        sndwnd 5000
        >> ACK 1:201 ack 1 win 20
        << ACK 1:1 ack 301
        sndwnd 5000
        read 300";
    our_window_shrinks_with_what_is_not_read: "
        open buffer 3000
        >> ACK 1:1001 ack 1
        >> ACK 1001:2001 ack 1
        << ACK 1:1 ack 2001 win 1000
        >> ACK 2001:3001 ack 1
        timer 40ms
        << ACK 1:1 ack 3001 win 0
        read 3000
        << ACK 1:1 ack 3001 win 3000";
    a_window_opens_by_a_worthwhile_step_only: "
        open buffer 3000
        >> ACK 1:1001 ack 1
        >> ACK 1001:2001 ack 1
        << ACK 1:1 ack 2001 win 1000
        >> ACK 2001:3001 ack 1
        timer 40ms
        << ACK 1:1 ack 3001 win 0
        read 100
        read 100
        read 800
        << ACK 1:1 ack 3001 win 1000";
    a_full_send_buffer_takes_no_more: "
        open sendbuffer 1500 win 500
        write 2000 takes 1500
        << ACK 1:501 ack 1
        write 100 takes 0
        >> ACK 1:1 ack 501
        << ACK 501:1001 ack 1
        write 600 takes 500";
    without_nagle_small_writes_go_at_once: "
        open
        write 10
        << PSH ACK 1:11 ack 1
        write 10
        << PSH ACK 11:21 ack 1";
    with_nagle_a_small_write_waits_for_what_is_on_its_way: "
        open nagle
        write 10
        << PSH ACK 1:11 ack 1
        write 10
        write 10
        >> ACK 1:1 ack 11
        << PSH ACK 11:31 ack 1";
    with_nagle_a_full_segment_does_not_wait: "
        open nagle
        write 10
        << PSH ACK 1:11 ack 1
        write 1200
        << ACK 11:1011 ack 1
        >> ACK 1:1 ack 1011
        << PSH ACK 1011:1211 ack 1";
    with_nagle_the_last_words_do_not_wait: "
        open nagle
        write 10
        << PSH ACK 1:11 ack 1
        write 10
        close
        << FIN PSH ACK 11:21 ack 1";
    a_silent_peer_with_a_shut_window_is_given_up: "
        open
        write 100
        << PSH ACK 1:101 ack 1
        >> ACK 1:1 ack 101 win 0
        write 100
        timer 200ms
        << ACK 100:100 ack 1
        timer 400ms
        << ACK 100:100 ack 1
        timer 800ms
        << ACK 100:100 ack 1
        timer 1600ms
        << ACK 100:100 ack 1
        timer 3200ms
        << ACK 100:100 ack 1
        timer 6400ms
        << ACK 100:100 ack 1
        timer 12800ms
        << ACK 100:100 ack 1
        timer 25600ms
        << ACK 100:100 ack 1
        timer 51200ms
        << ACK 100:100 ack 1
        timer 60s
        << ACK 100:100 ack 1
        timer 60s
        << ACK 100:100 ack 1
        timer 60s
        << ACK 100:100 ack 1
        timer 60s
        after 0s
        lost timed_out";
    a_probe_from_the_peer_is_answered_with_our_window: "
        open buffer 1000
        >> ACK 1:1001 ack 1
        timer 40ms
        << ACK 1:1 ack 1001 win 0
        >> ACK 1000:1000 ack 1
        << ACK 1:1 ack 1001 win 0
        read 1000
        << ACK 1:1 ack 1001 win 1000";
}

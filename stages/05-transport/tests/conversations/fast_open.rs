//! RFC 7413: data with SYN. Section 4.1 is about cookies, section 4.2 about the connection.

conversations! {
    off_unless_asked_for_neither_asks_nor_takes: "
        listens cookie 7
        >> SYN 0:10 mss 1000 fo 7
        << SYN ACK 0:0 ack 1
        says SegmentIgnored: no right cookie
        state SYN-RECEIVED
        never DataArrived
        >> ACK 1:1 ack 1
        state ESTABLISHED";
    a_client_that_knows_no_cookie_asks_for_one_and_keeps_it: "
        connects fastopen
        << SYN 0:0 fo ?
        >> SYN ACK 0:0 ack 1 mss 1000 fo 7
        << ACK 1:1 ack 1
        state ESTABLISHED
        learnt 7";
    a_cookie_that_was_not_asked_for_is_not_kept: "
        connects
        << SYN 0:0
        >> SYN ACK 0:0 ack 1 mss 1000 fo 7
        << ACK 1:1 ack 1
        learnt nothing";
    a_syn_waits_for_the_first_data_and_takes_it_along: "
        connects fastopen cookie 7
        no timer
        write 300
        << SYN 0:300 fo 7
        >> SYN ACK 0:0 ack 301 mss 1000
        << ACK 301:301 ack 1
        state ESTABLISHED
        pipe 0
        write 100
        << PSH ACK 301:401 ack 1
        >> ACK 1:1 ack 401
        no timer";
    no_more_goes_along_than_the_peer_took_last_time_less_the_options: "
        connects fastopen cookie 7
        write 2500
        << SYN 0:960 fo 7
        >> SYN ACK 0:0 ack 961 mss 1000
        << ACK 961:1961 ack 1
        << PSH ACK 1961:2501 ack 1
        >> ACK 1:1 ack 2501
        no timer";
    data_that_the_peer_did_not_take_goes_again_when_it_is_open: "
        connects fastopen cookie 7
        write 300
        << SYN 0:300 fo 7
        >> SYN ACK 0:0 ack 1 mss 1000 fo 9
        << PSH ACK 1:301 ack 1
        learnt 9
        >> ACK 1:1 ack 301
        no timer";
    a_part_that_the_peer_took_does_not_go_again: "
        connects fastopen cookie 7
        write 300
        << SYN 0:300 fo 7
        >> SYN ACK 0:0 ack 101 mss 1000
        << PSH ACK 101:301 ack 1
        >> ACK 1:1 ack 301
        no timer";
    what_gets_no_answer_goes_again_as_a_plain_syn: "
        connects fastopen cookie 7
        write 300
        << SYN 0:300 fo 7
        timer 1s
        << SYN 0:0
        >> SYN ACK 0:0 ack 1 mss 1000
        << PSH ACK 1:301 ack 1
        state ESTABLISHED
        >> ACK 1:1 ack 301
        no timer";
    an_answer_to_data_that_was_given_up_still_counts: "
        connects fastopen cookie 7
        write 300
        << SYN 0:300 fo 7
        timer 1s
        << SYN 0:0
        >> SYN ACK 0:0 ack 301 mss 1000
        << ACK 301:301 ack 1
        state ESTABLISHED
        write 100
        << PSH ACK 301:401 ack 1
        >> ACK 1:1 ack 401
        no timer";
    a_late_answer_beyond_what_was_given_up_is_reset: "
        connects fastopen cookie 7
        write 300
        << SYN 0:300 fo 7
        timer 1s
        << SYN 0:0
        >> SYN ACK 0:0 ack 302 mss 1000
        << RST 302:302
        state SYN-SENT";
    silence_is_kept_as_a_refusal: "
        connects fastopen cookie 7
        write 300
        << SYN 0:300 fo 7
        timer 1s
        << SYN 0:0
        learnt refused
        >> SYN ACK 0:0 ack 1 mss 1000
        << PSH ACK 1:301 ack 1
        learnt nothing";
    data_that_is_not_taken_is_kept_as_a_refusal: "
        connects fastopen cookie 7
        write 300
        << SYN 0:300 fo 7
        >> SYN ACK 0:0 ack 1 mss 1000
        << PSH ACK 1:301 ack 1
        learnt refused";
    data_that_is_taken_teaches_nothing_new: "
        connects fastopen cookie 7
        write 300
        << SYN 0:300 fo 7
        >> SYN ACK 0:0 ack 301 mss 1000
        << ACK 301:301 ack 1
        learnt nothing";
    an_acknowledgement_beyond_the_data_is_reset: "
        connects fastopen cookie 7
        write 300
        << SYN 0:300 fo 7
        >> SYN ACK 0:0 ack 302 mss 1000
        << RST 302:302
        state SYN-SENT";
    a_server_gives_its_cookie_to_who_asks: "
        listens fastopen cookie 7
        >> SYN 0:0 mss 1000 fo ?
        << SYN ACK 0:0 ack 1 fo 7
        >> ACK 1:1 ack 1
        state ESTABLISHED";
    data_with_a_right_cookie_is_read_before_the_handshake_is_over: "
        listens fastopen cookie 7
        >> SYN 0:300 mss 1000 fo 7
        << SYN ACK 0:0 ack 301
        says StateChanged: right cookie
        says DataArrived: length: 300
        state SYN-RECEIVED
        read 300
        >> ACK 301:301 ack 1
        state ESTABLISHED";
    data_with_a_wrong_cookie_does_not_count_and_the_right_one_is_given: "
        listens fastopen cookie 7
        >> SYN 0:300 mss 1000 fo 8
        << SYN ACK 0:0 ack 1 fo 7
        says SegmentIgnored: no right cookie
        never DataArrived
        >> ACK 1:301 ack 1
        after 40ms
        << ACK 1:1 ack 301
        read 300
        state ESTABLISHED";
    a_server_answers_before_the_handshake_is_over: "
        listens fastopen cookie 7
        >> SYN 0:300 mss 1000 fo 7
        << SYN ACK 0:0 ack 301
        read 300
        write 2500
        << ACK 1:1001 ack 301
        << ACK 1001:2001 ack 301
        << PSH ACK 2001:2501 ack 301
        state SYN-RECEIVED
        >> ACK 301:301 ack 1001
        state ESTABLISHED
        pipe 1500
        >> ACK 301:301 ack 2501
        no timer";
    an_early_answer_whose_syn_ack_was_lost_goes_again_behind_it: "
        listens fastopen cookie 7
        >> SYN 0:300 mss 1000 fo 7
        << SYN ACK 0:0 ack 301
        read 300
        write 500
        << PSH ACK 1:501 ack 301
        timer 1s
        << SYN ACK 0:0 ack 301
        >> ACK 301:301 ack 1
        << PSH ACK 1:501 ack 301
        state ESTABLISHED
        >> ACK 301:301 ack 501
        no timer";
    a_syn_with_data_that_comes_again_is_answered_and_read_once: "
        listens fastopen cookie 7
        >> SYN 0:300 mss 1000 fo 7
        << SYN ACK 0:0 ack 301
        >> SYN 0:300 mss 1000 fo 7
        << SYN ACK 0:0 ack 301
        read 300
        >> ACK 301:301 ack 1
        state ESTABLISHED";
    both_at_once_open_without_data: "
        connects fastopen cookie 7
        write 300
        << SYN 0:300 fo 7
        >> SYN 0:0 mss 1000
        << SYN ACK 0:0 ack 1
        state SYN-RECEIVED
        >> ACK 1:1 ack 1
        << PSH ACK 1:301 ack 1
        >> ACK 1:1 ack 301
        no timer";
}

//! RFC 7323: timestamps, protection against wrapped numbers, window scaling.

conversations! {
    both_syns_offer_timestamps_and_every_segment_carries_one: "
        connects ts
        << SYN 0:0 ts 0 0
        after 30ms
        >> SYN ACK 0:0 ack 1 mss 1000 ts 900 0
        << ACK 1:1 ack 1 ts 30 900
        mss 988
        write 10
        << PSH ACK 1:11 ack 1 ts 30 900";
    a_passive_open_answers_timestamps: "
        listens ts
        >> SYN 0:0 mss 1000 ts 900 0
        << SYN ACK 0:0 ack 1 ts 0 900
        >> ACK 1:1 ack 1 ts 901 0
        state ESTABLISHED";
    an_older_timestamp_is_an_old_duplicate: "
        open ts
        >> ACK 1:101 ack 1 ts 8000 0
        timer 40ms
        << ACK 1:1 ack 101 ts 40 8000
        >> ACK 101:201 ack 1 ts 7999 0
        << ACK 1:1 ack 101
        says SegmentIgnored: PAWS
        read 100";
    a_timestamp_that_wrapped_is_newer: "
        connects ts
        << SYN 0:0
        >> SYN ACK 0:0 ack 1 mss 1000 ts 4294967290 0
        << ACK 1:1 ack 1
        >> ACK 1:101 ack 1 ts 5 0
        timer 40ms
        << ACK 1:1 ack 101 ts 40 5
        read 100";
    a_segment_without_the_agreed_timestamp_is_dropped_silently: "
        open ts
        >> ACK 1:101 ack 1 nots
        says SegmentIgnored: no timestamp
        read 0";
    a_reset_needs_no_timestamp: "
        open ts
        >> RST 1:1 nots
        lost reset";
    a_reset_with_an_old_timestamp_resets: "
        open ts
        >> ACK 1:1 ack 1 ts 9000 0
        >> RST 1:1 ts 5 0
        lost reset";
    after_24_days_of_silence_an_old_timestamp_counts_again: "
        open ts
        >> ACK 1:1 ack 1 ts 9000 0
        after 25d
        >> ACK 1:101 ack 1 ts 8000 0
        read 100
        timer 40ms
        << ACK 1:1 ack 101";
    before_24_days_of_silence_it_does_not: "
        open ts
        >> ACK 1:1 ack 1 ts 9000 0
        after 23d
        >> ACK 1:101 ack 1 ts 8000 0
        << ACK 1:1 ack 1
        read 0";
    a_delayed_acknowledgement_echoes_the_first_segment_it_acknowledges: "
        open ts
        >> ACK 1:989 ack 1 ts 8000 0
        >> ACK 989:1977 ack 1 ts 8005 0
        << ACK 1:1 ack 1977 ts 0 8000";
    a_segment_after_a_hole_does_not_change_the_echo: "
        open ts
        >> ACK 1:101 ack 1 ts 8000 0
        timer 40ms
        << ACK 1:1 ack 101 ts 40 8000
        >> ACK 201:301 ack 1 ts 8100 0
        << ACK 1:1 ack 101 ts 40 8000
        >> ACK 101:201 ack 1 ts 8200 0
        << ACK 1:1 ack 301 ts 40 8200
        read 300";
    an_echo_measures_what_was_sent_twice: "
        open ts rtt 100ms
        srtt 100ms
        write 10
        << PSH ACK 1:11 ack 1
        timer 300ms
        << PSH ACK 1:11 ack 1 ts 400 7100
        after 100ms
        >> ACK 1:1 ack 11 ts 7500 400
        srtt 100ms
        says RoundTripMeasured: rtt_us: 100000";
    an_echo_of_the_first_sending_measures_the_whole_time: "
        open ts rtt 100ms
        write 10
        << PSH ACK 1:11 ack 1 ts 100 7100
        timer 300ms
        << PSH ACK 1:11 ack 1 ts 400 7100
        after 20ms
        >> ACK 1:1 ack 11 ts 7500 100
        says RoundTripMeasured: rtt_us: 320000";
    windows_are_scaled_if_both_syns_say_so: "
        connects wscale
        << SYN 0:0 wscale 7 win 65535
        >> SYN ACK 0:0 ack 1 mss 1000 wscale 3 win 1000
        << ACK 1:1 ack 1 win 32768
        sndwnd 1000
        >> ACK 1:1 ack 1 win 1000
        sndwnd 8000";
    windows_are_not_scaled_if_the_peer_does_not_say_so: "
        connects wscale
        << SYN 0:0 wscale 7
        >> SYN ACK 0:0 ack 1 mss 1000 win 1000
        << ACK 1:1 ack 1 win 65535
        >> ACK 1:1 ack 1 win 1000
        sndwnd 1000";
    a_scale_over_14_means_14: "
        connects wscale
        << SYN 0:0
        >> SYN ACK 0:0 ack 1 mss 1000 wscale 14 win 1
        << ACK 1:1 ack 1
        >> ACK 1:1 ack 1 win 1
        sndwnd 16384";
}

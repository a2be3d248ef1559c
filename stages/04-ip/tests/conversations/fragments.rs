//! RFC 791, 815 and RFC 8200 section 4.5, 5722, 6946: pieces.

conversations! {
    two_pieces_make_a_packet: "
        >> piece 4 1 0:16 more
        >> piece 4 1 16:20
        << whole 1: 20 octets of 2 pieces
        no timer";
    the_last_may_come_first: "
        >> piece 4 1 16:20
        >> piece 4 1 0:16 more
        << whole 1: 20 octets of 2 pieces";
    pieces_of_two_packets_are_kept_apart: "
        >> piece 4 1 0:16 more
        >> piece 4 2 0:8 more
        >> piece 4 2 8:12
        << whole 2: 12 octets of 2 pieces
        >> piece 4 1 16:20
        << whole 1: 20 octets of 2 pieces";
    a_copy_changes_nothing: "
        >> piece 4 1 0:16 more
        >> piece 4 1 0:16 more
        >> piece 4 1 16:20
        << whole 1: 20 octets of 2 pieces";
    an_overlap_ends_the_packet: "
        >> piece 4 1 0:16 more
        >> piece 4 1 8:24 more
        << refused: pieces overlap
        no timer";
    a_piece_within_another_is_an_overlap: "
        >> piece 4 1 0:32 more
        >> piece 4 1 8:16 more
        << refused: pieces overlap";
    a_piece_around_another_is_an_overlap: "
        >> piece 4 1 8:16 more
        >> piece 4 1 0:32 more
        << refused: pieces overlap";
    a_piece_after_the_end_is_an_overlap: "
        >> piece 4 1 16:20
        >> piece 4 1 24:32 more
        << refused: pieces overlap";
    an_end_before_what_is_there_is_refused: "
        >> piece 4 1 16:32 more
        >> piece 4 1 0:8
        << refused: two pieces say where the packet ends";
    a_piece_that_is_not_the_last_has_whole_octets_of_eight: "
        >> piece 4 1 0:15 more
        << refused: a piece that is not the last must be a multiple of 8 octets long
        no timer";
    a_piece_of_nothing_is_refused: "
        >> piece 4 1 8:8 more
        << refused: a piece without octets";
    more_than_fits_into_a_packet_is_refused: "
        >> piece 4 1 65520:65540
        << refused: the pieces make more than 65535 octets";
    a_packet_without_its_rest_is_given_up: "
        >> piece 4 1 0:16 more
        timer 60s
        << given up, its sender is told: its other pieces did not come in time
        no timer";
    without_the_first_piece_nobody_is_told: "
        >> piece 4 1 16:20
        timer 60s
        << given up, nobody is told: its other pieces did not come in time";
    the_time_runs_from_the_first_arrival: "
        >> piece 4 1 0:16 more
        after 50s
        >> piece 4 1 16:32 more
        timer 10s
        << given up, its sender is told: its other pieces did not come in time";
    two_pieces_of_ipv6_make_a_packet: "
        >> piece 6 1 0:1232 more
        >> piece 6 1 1232:1300
        << whole 1: 1300 octets of 2 pieces";
    an_overlap_of_ipv6_ends_the_packet: "
        >> piece 6 1 0:16 more
        >> piece 6 1 8:24 more
        << refused: pieces overlap
        no timer";
    a_piece_of_ipv6_that_is_whole_stands_alone: "
        >> piece 6 1 0:16 more
        >> piece 6 1 0:20
        << whole 1: 20 octets of 1 pieces
        >> piece 6 1 16:24
        << whole 1: 24 octets of 2 pieces";
    a_crooked_piece_of_ipv6_is_a_parameter_problem: "
        >> piece 6 1 0:15 more
        << code Some(0) at 4";
    too_far_behind_is_a_parameter_problem: "
        >> piece 6 1 65528:65544 more
        << code Some(0) at 42";
    a_packet_of_ipv6_without_its_rest_is_given_up: "
        >> piece 6 1 0:16 more
        timer 60s
        << given up, its sender is told: its other pieces did not come in time";
    one_number_in_both_families_is_two_packets: "
        >> piece 4 1 0:16 more
        >> piece 6 1 0:16 more
        >> piece 4 1 16:20
        << whole 1: 20 octets of 2 pieces
        >> piece 6 1 16:24
        << whole 1: 24 octets of 2 pieces";
    what_fits_is_not_cut: "
        cut 4 1480 mtu 1500
        << 1480
        cut 6 1460 mtu 1500
        << 1460";
    pieces_are_as_large_as_the_link_takes: "
        cut 4 3000 mtu 1500
        << 1480 1480 40
        cut 6 3000 mtu 1500
        << 1456 1456 112";
    what_may_not_be_cut_is_not: "
        cut df 1480 mtu 1500
        << 1480
        cut df 1481 mtu 1500
        << not cut";
    a_link_without_room_for_eight_octets: "
        cut 4 100 mtu 27
        << not cut
        cut 6 100 mtu 55
        << not cut";
}

//! RFC 5227: an address is asked about before it is used, announced, and defended.

conversations! {
    three_probes_and_then_it_is_ours: "
        probe 10.0.0.1
        << probe 10.0.0.1
        says AddressProbed
        timer 1s
        << probe 10.0.0.1
        timer 1s
        << probe 10.0.0.1
        timer 2s
        << usable 10.0.0.1
        says Verified
        << announce 10.0.0.1
        says AddressAnnounced
        timer 2s
        << announce 10.0.0.1
        no timer";
    somebody_answers_a_probe: "
        probe 10.0.0.1
        << probe 10.0.0.1
        >> reply 10.0.0.1 m9 for 0.0.0.0 m1
        << taken
        says NeighbourConflict
        no timer";
    somebody_only_speaks_from_the_address: "
        probe 10.0.0.1
        << probe 10.0.0.1
        timer 1s
        << probe 10.0.0.1
        >> request 10.0.0.1 m9 for 10.0.0.5
        << taken";
    somebody_else_asks_about_it_at_the_same_time: "
        probe 10.0.0.1
        << probe 10.0.0.1
        >> request 0.0.0.0 m9 for 10.0.0.1
        << taken
        << reply 10.0.0.1 m1 to m9";
    a_late_conflict_in_the_last_wait_still_counts: "
        probe 10.0.0.1
        << probe 10.0.0.1
        timer 1s
        << probe 10.0.0.1
        timer 1s
        << probe 10.0.0.1
        after 1900ms
        >> reply 10.0.0.1 m9 for 0.0.0.0 m1
        << taken
        no timer";
    the_own_probe_that_comes_back_is_no_conflict: "
        probe 10.0.0.1
        << probe 10.0.0.1
        >> request 0.0.0.0 m1 for 10.0.0.1
        << reply 10.0.0.1 m1 to m1
        silent NeighbourConflict
        timer 1s
        << probe 10.0.0.1";
    a_probe_for_another_address_is_no_conflict: "
        probe 10.0.0.1
        << probe 10.0.0.1
        >> request 0.0.0.0 m9 for 10.0.0.7
        silent NeighbourConflict
        timer 1s
        << probe 10.0.0.1";
    an_address_in_use_is_defended_once: "
        watch 10.0.0.1
        >> request 10.0.0.1 m9 for 10.0.0.1
        << defended
        << announce 10.0.0.1
        says NeighbourConflict
        says AddressDefended";
    an_address_that_is_written_down_is_kept_whatever_comes: "
        watch 10.0.0.1
        >> request 10.0.0.1 m9 for 10.0.0.1
        << defended
        << announce 10.0.0.1
        after 5s
        >> request 10.0.0.1 m9 for 10.0.0.1
        << silence
        after 6s
        >> request 10.0.0.1 m9 for 10.0.0.1
        << defended
        << announce 10.0.0.1";
    a_storm_of_claims_brings_no_storm_of_answers: "
        watch 10.0.0.1
        >> request 10.0.0.1 m9 for 10.0.0.1
        << defended
        << announce 10.0.0.1
        >> request 10.0.0.1 m9 for 10.0.0.1
        << silence
        >> request 10.0.0.1 m8 for 10.0.0.1
        << silence
        >> reply 10.0.0.1 m9 for 10.0.0.1 m1
        << silence";
    who_asked_gives_way_to_who_insists: "
        probe 10.0.0.1
        << probe 10.0.0.1
        timer 1s
        << probe 10.0.0.1
        timer 1s
        << probe 10.0.0.1
        timer 2s
        << usable 10.0.0.1
        << announce 10.0.0.1
        timer 2s
        << announce 10.0.0.1
        >> request 10.0.0.1 m9 for 10.0.0.1
        << defended
        << announce 10.0.0.1
        after 9s
        >> request 10.0.0.1 m9 for 10.0.0.1
        << given up
        no timer";
    conflicts_that_are_far_apart_are_each_defended: "
        probe 10.0.0.1
        << probe 10.0.0.1
        timer 1s
        << probe 10.0.0.1
        timer 1s
        << probe 10.0.0.1
        timer 2s
        << usable 10.0.0.1
        << announce 10.0.0.1
        timer 2s
        << announce 10.0.0.1
        >> request 10.0.0.1 m9 for 10.0.0.1
        << defended
        << announce 10.0.0.1
        after 10s
        >> request 10.0.0.1 m9 for 10.0.0.1
        << defended
        << announce 10.0.0.1";
    a_probe_of_somebody_is_answered_and_is_no_conflict: "
        watch 10.0.0.1
        >> request 0.0.0.0 m9 for 10.0.0.1
        << reply 10.0.0.1 m1 to m9
        silent NeighbourConflict";
}

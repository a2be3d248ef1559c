//! RFC 4861, section 7: who is behind an IPv6 address, and is he still there?

conversations! {
    incomplete_until_somebody_answers: "
        send p1 to fe80::2
        << who has fe80::2
        says NeighbourSolicited
        state fe80::2 INCOMPLETE
        >> advert fe80::2 m2 solicited replace
        << p1 to m2
        says NeighbourLearned
        says NeighbourStateChanged
        state fe80::2 REACHABLE
        no timer";
    nobody_answers_the_group: "
        send p1 to fe80::2
        << who has fe80::2
        timer 1s
        << who has fe80::2
        timer 1s
        << who has fe80::2
        timer 1s
        << no fe80::2: p1
        says NeighbourUnanswered
        state fe80::2 NONE";
    an_answer_without_hardware_address_is_dropped_while_incomplete: "
        send p1 to fe80::2
        << who has fe80::2
        >> advert fe80::2 - solicited replace
        state fe80::2 INCOMPLETE";
    an_unsolicited_answer_makes_stale: "
        send p1 to fe80::2
        << who has fe80::2
        >> advert fe80::2 m2 replace
        << p1 to m2
        says NeighbourStateChanged
        state fe80::2 DELAY";
    an_advertisement_of_a_stranger_makes_no_line: "
        >> advert fe80::2 m2 replace
        state fe80::2 NONE
        >> advert fe80::2 m2 solicited replace
        state fe80::2 NONE";
    reachable_ends_after_its_time: "
        send p1 to fe80::2
        << who has fe80::2
        >> advert fe80::2 m2 solicited replace
        << p1 to m2
        after 29s
        state fe80::2 REACHABLE
        after 1s
        state fe80::2 STALE
        knows fe80::2 m2";
    one_not_heard_of_for_long_is_used_and_then_asked: "
        send p1 to fe80::2
        << who has fe80::2
        >> advert fe80::2 m2 solicited replace
        << p1 to m2
        after 31s
        send p2 to fe80::2
        << p2 to m2
        state fe80::2 DELAY
        timer 5s
        << are you there fe80::2 to m2";
    stale_is_used_and_then_delayed: "
        >> speaks fe80::2 m2
        state fe80::2 STALE
        send p1 to fe80::2
        << p1 to m2
        state fe80::2 DELAY
        says NeighbourStateChanged";
    a_word_from_above_makes_reachable_again: "
        >> speaks fe80::2 m2
        send p1 to fe80::2
        << p1 to m2
        confirm fe80::2
        state fe80::2 REACHABLE
        no timer";
    without_a_word_the_neighbour_is_asked_itself: "
        >> speaks fe80::2 m2
        send p1 to fe80::2
        << p1 to m2
        timer 5s
        << are you there fe80::2 to m2
        state fe80::2 PROBE
        >> advert fe80::2 m2 solicited replace
        state fe80::2 REACHABLE
        no timer";
    a_probed_neighbour_that_is_gone_is_forgotten: "
        >> speaks fe80::2 m2
        send p1 to fe80::2
        << p1 to m2
        timer 5s
        << are you there fe80::2 to m2
        timer 1s
        << are you there fe80::2 to m2
        timer 1s
        << are you there fe80::2 to m2
        timer 1s
        << no fe80::2:
        state fe80::2 NONE
        send p2 to fe80::2
        << who has fe80::2";
    packets_go_on_while_it_is_probed: "
        >> speaks fe80::2 m2
        send p1 to fe80::2
        << p1 to m2
        timer 5s
        << are you there fe80::2 to m2
        send p2 to fe80::2
        << p2 to m2
        state fe80::2 PROBE";
    another_hardware_address_without_override_makes_stale_only: "
        send p1 to fe80::2
        << who has fe80::2
        >> advert fe80::2 m2 solicited replace
        << p1 to m2
        >> advert fe80::2 m9 solicited
        state fe80::2 STALE
        knows fe80::2 m2";
    and_is_ignored_in_any_other_state: "
        >> speaks fe80::2 m2
        >> advert fe80::2 m9 solicited
        state fe80::2 STALE
        knows fe80::2 m2";
    another_hardware_address_with_override_is_taken: "
        send p1 to fe80::2
        << who has fe80::2
        >> advert fe80::2 m2 solicited replace
        << p1 to m2
        >> advert fe80::2 m9 solicited replace
        state fe80::2 REACHABLE
        knows fe80::2 m9";
    and_unsolicited_leaves_it_stale: "
        send p1 to fe80::2
        << who has fe80::2
        >> advert fe80::2 m2 solicited replace
        << p1 to m2
        >> advert fe80::2 m9 replace
        state fe80::2 STALE
        knows fe80::2 m9";
    the_same_hardware_address_unsolicited_changes_nothing: "
        send p1 to fe80::2
        << who has fe80::2
        >> advert fe80::2 m2 solicited replace
        << p1 to m2
        >> advert fe80::2 m2
        state fe80::2 REACHABLE";
    who_speaks_first_is_stale: "
        >> speaks fe80::2 m2
        state fe80::2 STALE
        knows fe80::2 m2
        no timer";
    who_speaks_while_asked_for_frees_what_waits: "
        send p1 to fe80::2
        << who has fe80::2
        >> speaks fe80::2 m2
        << p1 to m2
        knows fe80::2 m2
        state fe80::2 DELAY";
    who_speaks_from_elsewhere_is_stale_there: "
        send p1 to fe80::2
        << who has fe80::2
        >> advert fe80::2 m2 solicited replace
        << p1 to m2
        >> speaks fe80::2 m9
        state fe80::2 STALE
        knows fe80::2 m9";
    who_speaks_from_where_he_is_changes_nothing: "
        send p1 to fe80::2
        << who has fe80::2
        >> advert fe80::2 m2 solicited replace
        << p1 to m2
        >> speaks fe80::2 m2
        state fe80::2 REACHABLE";
    a_router_that_is_none_any_more: "
        send p1 to fe80::2
        << who has fe80::2
        >> advert fe80::2 m2 solicited replace router
        << p1 to m2
        router fe80::2 yes
        >> advert fe80::2 m2 solicited replace
        router fe80::2 no";
    nobody_learns_a_group_or_nothing: "
        >> speaks :: m2
        state :: NONE
        >> speaks ff02::1 m2
        state ff02::1 NONE
        >> speaks fe80::2 mall
        state fe80::2 NONE";
    a_word_from_above_about_a_stranger_is_nothing: "
        confirm fe80::2
        state fe80::2 NONE
        send p1 to fe80::2
        << who has fe80::2
        confirm fe80::2
        state fe80::2 INCOMPLETE";
    a_full_cache_forgets_who_was_used_longest_ago: "
        >> speaks fe80::2 m2
        after 1s
        many 1023
        send p1 to fe80::3
        << who has fe80::3
        says LimitReached
        says NeighbourExpired
        state fe80::2 NONE";
    a_cache_full_of_questions_takes_no_more: "
        many 1024
        send p1 to fe80::3
        << no room for p1
        says LimitReached
        >> speaks fe80::4 m4
        state fe80::4 NONE";
}

//! RFC 826 and RFC 1122, section 2.3.2: who is behind an IPv4 address.

conversations! {
    a_question_to_all_and_an_answer_to_one: "
        send p1 to 10.0.0.2
        << who has 10.0.0.2
        says ArpAsked
        >> reply 10.0.0.2 m2 for 10.0.0.1 m1
        << p1 to m2
        says NeighbourLearned
        no timer";
    what_waits_goes_in_the_order_it_came: "
        send p1 to 10.0.0.2
        << who has 10.0.0.2
        send p2 to 10.0.0.2
        send p3 to 10.0.0.2
        >> reply 10.0.0.2 m2 for 10.0.0.1 m1
        << p1 to m2
        << p2 to m2
        << p3 to m2";
    a_known_neighbour_is_not_asked_for: "
        send p1 to 10.0.0.2
        << who has 10.0.0.2
        >> reply 10.0.0.2 m2 for 10.0.0.1 m1
        << p1 to m2
        after 30s
        send p2 to 10.0.0.2
        << p2 to m2
        says NeighbourKnown";
    a_line_that_is_too_old_is_asked_for_anew: "
        send p1 to 10.0.0.2
        << who has 10.0.0.2
        >> reply 10.0.0.2 m2 for 10.0.0.1 m1
        << p1 to m2
        after 60s
        send p2 to 10.0.0.2
        << who has 10.0.0.2
        says NeighbourExpired";
    a_confirmed_line_lives_on: "
        send p1 to 10.0.0.2
        << who has 10.0.0.2
        >> reply 10.0.0.2 m2 for 10.0.0.1 m1
        << p1 to m2
        after 50s
        >> request 10.0.0.2 m2 for 10.0.0.9
        after 50s
        send p2 to 10.0.0.2
        << p2 to m2";
    nobody_answers: "
        send p1 to 10.0.0.2
        << who has 10.0.0.2
        timer 1s
        << who has 10.0.0.2
        send p2 to 10.0.0.2
        timer 1s
        << who has 10.0.0.2
        timer 1s
        << no 10.0.0.2: p1 p2
        says NeighbourUnanswered
        no timer";
    an_answer_to_the_second_question_is_as_good: "
        send p1 to 10.0.0.2
        << who has 10.0.0.2
        timer 1s
        << who has 10.0.0.2
        >> reply 10.0.0.2 m2 for 10.0.0.1 m1
        << p1 to m2";
    who_asks_for_us_is_answered_and_learned: "
        >> request 10.0.0.2 m2 for 10.0.0.1
        << reply 10.0.0.1 m1 to m2
        says NeighbourLearned
        says ArpAnswered
        knows 10.0.0.2 m2";
    who_asks_for_another_is_neither_answered_nor_learned: "
        >> request 10.0.0.2 m2 for 10.0.0.3
        knows 10.0.0.2 -
        silent ArpAnswered";
    a_known_line_is_merged_whoever_is_asked_for: "
        >> request 10.0.0.2 m2 for 10.0.0.1
        << reply 10.0.0.1 m1 to m2
        >> request 10.0.0.2 m5 for 10.0.0.3
        knows 10.0.0.2 m5
        says NeighbourLearned";
    a_reply_that_nobody_asked_for_teaches_only_its_target: "
        >> reply 10.0.0.7 m7 for 10.0.0.3 m3
        knows 10.0.0.7 -
        >> reply 10.0.0.7 m7 for 10.0.0.1 m1
        knows 10.0.0.7 m7";
    a_probe_says_nothing_of_its_sender: "
        >> request 0.0.0.0 m2 for 10.0.0.1
        << reply 10.0.0.1 m1 to m2
        knows 0.0.0.0 -";
    an_announcement_moves_a_neighbour_that_is_known: "
        >> request 10.0.0.2 m2 for 10.0.0.1
        << reply 10.0.0.1 m1 to m2
        >> request 10.0.0.2 m9 for 10.0.0.2
        knows 10.0.0.2 m9
        send p1 to 10.0.0.2
        << p1 to m9";
    an_announcement_of_a_stranger_is_not_kept: "
        >> request 10.0.0.2 m9 for 10.0.0.2
        knows 10.0.0.2 -";
    nobody_is_behind_the_address_of_all: "
        >> request 10.0.0.2 mall for 10.0.0.1
        << reply 10.0.0.1 m1 to m255
        knows 10.0.0.2 -";
    a_question_that_names_the_own_address_as_sender_teaches_nothing: "
        >> request 10.0.0.1 m9 for 10.0.0.1
        knows 10.0.0.1 -
        silent ArpAnswered";
    a_full_table_forgets_who_was_confirmed_longest_ago: "
        >> request 10.0.0.2 m2 for 10.0.0.1
        << reply 10.0.0.1 m1 to m2
        after 1s
        many 1023
        send p1 to 10.0.0.3
        << who has 10.0.0.3
        says LimitReached
        says NeighbourExpired
        knows 10.0.0.2 -";
    a_table_full_of_questions_takes_no_more: "
        many 1024
        send p1 to 10.0.0.3
        << no room for p1
        says LimitReached";
}

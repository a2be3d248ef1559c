//! RFC 2131: an address is lent, kept, given back.

conversations! {
    four_messages_make_a_lease: "
        server
        client
        << Discover to all
        carry
        << Offer 10.0.0.20
        << Request to all
        carry
        << Ack 10.0.0.20
        << bound 10.0.0.20
        says Granted
        says Bound";
    nobody_answers: "
        client
        << Discover to all
        timer 1s
        << Discover to all
        timer 2s
        << Discover to all
        timer 4s
        << Discover to all
        timer 8s
        << unanswered
        says Unanswered
        no timer";
    a_lost_answer_is_asked_for_again: "
        server
        client
        << Discover to all
        carry
        << Offer 10.0.0.20
        << Request to all
        timer 1s
        << Request to all
        carry
        << Ack 10.0.0.20
        << bound 10.0.0.20";
    an_answer_to_somebody_else_is_not_ours: "
        client
        << Discover to all
        >> offer xid 8
        silent Offered
        >> ack xid 7
        silent Bound";
    a_refused_request_begins_anew: "
        server
        client
        << Discover to all
        carry
        << Offer 10.0.0.20
        << Request to all
        nak
        says Refused
        << Discover to all";
    at_half_time_the_server_is_asked_to_lend_for_longer: "
        server
        client
        << Discover to all
        carry
        << Offer 10.0.0.20
        << Request to all
        carry
        << Ack 10.0.0.20
        << bound 10.0.0.20
        timer 400s
        << Request to 10.0.0.1
        says Renewing
        carry
        << Ack 10.0.0.20
        << bound 10.0.0.20
        timer 400s
        << Request to 10.0.0.1";
    a_silent_server_is_asked_and_then_any: "
        server
        client
        << Discover to all
        carry
        << Offer 10.0.0.20
        << Request to all
        carry
        << Ack 10.0.0.20
        << bound 10.0.0.20
        timer 400s
        << Request to 10.0.0.1
        timer 150s
        << Request to 10.0.0.1
        timer 75s
        << Request to 10.0.0.1
        timer 60s
        << Request to 10.0.0.1
        timer 15s
        << Request to all
        says Renewing
        timer 60s
        << Request to all
        timer 40s
        says Expired
        << lost
        << Discover to all";
    another_server_may_take_the_lease_over: "
        server
        client
        << Discover to all
        carry
        << Offer 10.0.0.20
        << Request to all
        carry
        << Ack 10.0.0.20
        << bound 10.0.0.20
        after 700s
        << Request to all
        carry
        << Ack 10.0.0.20
        << bound 10.0.0.20";
    a_server_that_takes_an_address_back: "
        server
        client
        << Discover to all
        carry
        << Offer 10.0.0.20
        << Request to all
        carry
        << Ack 10.0.0.20
        << bound 10.0.0.20
        timer 400s
        << Request to 10.0.0.1
        nak
        says Refused
        says Expired
        << lost
        << Discover to all";
    a_careful_client_asks_before_it_uses: "
        server
        careful client
        << Discover to all
        carry
        << Offer 10.0.0.20
        << Request to all
        carry
        << Ack 10.0.0.20
        << verify 10.0.0.20
        silent Bound
        no timer
        after 4s
        free
        << bound 10.0.0.20
        says Bound
        timer 396s
        << Request to 10.0.0.1";
    an_address_that_is_taken_goes_back: "
        server
        careful client
        << Discover to all
        carry
        << Offer 10.0.0.20
        << Request to all
        carry
        << Ack 10.0.0.20
        << verify 10.0.0.20
        taken
        << Decline to all
        says Declined
        carry
        << no answer
        says SetAside
        timer 10s
        << Discover to all
        carry
        << Offer 10.0.0.21
        << Request to all";
    an_address_that_is_taken_later_is_given_up: "
        server
        careful client
        << Discover to all
        carry
        << Offer 10.0.0.20
        << Request to all
        carry
        << Ack 10.0.0.20
        << verify 10.0.0.20
        free
        << bound 10.0.0.20
        after 100s
        taken
        << Decline to all
        << lost
        says Expired
        timer 10s
        << Discover to all";
}

use super::{list, number};
use crate::units::{ms_of_us, octets, seconds};
use thru_events::{
    MacAddress, close::CloseEvent, firewall::FirewallEvent, ip::IpEvent, lease::LeaseEvent,
    link::LinkEvent, tcp::TcpEvent,
};

pub fn lease(event: &LeaseEvent) -> String {
    match event {
        LeaseEvent::Discovered { xid } => {
            format!("asked all for an address (transaction {xid:#x})")
        }
        LeaseEvent::Offered { address, server } => format!("{server} offers {address}"),
        LeaseEvent::Requested { address, server } => format!("asked {server} for {address}"),
        LeaseEvent::Reclaimed { address } => {
            format!("asked every server for {address}, which it had before")
        }
        LeaseEvent::Bound {
            address,
            prefix,
            router,
            dns,
            server,
            lease_s,
        } => format!(
            "{address}/{prefix} from {server} for {}, router {}, DNS {}",
            seconds(*lease_s),
            router.map_or("none".to_owned(), |router| router.to_string()),
            list(dns)
        ),
        LeaseEvent::Granted {
            address,
            client,
            lease_s,
        } => {
            format!("{address} is lent to {client} for {}", seconds(*lease_s))
        }
        LeaseEvent::Renewing { address, server } => match server {
            Some(server) => format!("asked {server} to lend {address} for longer"),
            None => format!("asked any server to lend {address} for longer"),
        },
        LeaseEvent::Declined { address, server } => {
            format!("gave {address} back to {server}: another machine uses it")
        }
        LeaseEvent::Refused { server } => match server {
            Some(server) => format!("{server} does not lend that address"),
            None => "a server does not lend that address".to_owned(),
        },
        LeaseEvent::SetAside { address, for_s } => {
            let time = seconds(*for_s);
            format!("{address} is lent to nobody for {time}: somebody else uses it")
        }
        LeaseEvent::Expired { address, why } => format!("{address} is no longer used: {why}"),
        LeaseEvent::Formed {
            address,
            prefix,
            router,
            valid_s,
        } => {
            let whose = match router {
                Some(router) => format!("of the network that {router} names"),
                None => "of this link".to_owned(),
            };
            let long = valid_s.map_or("for ever".to_owned(), |valid| {
                format!("for {}", seconds(valid))
            });
            format!("made the address {address}/{prefix} {whose}, {long}")
        }
        LeaseEvent::Verified { address } => format!("nobody else has {address}: it is used now"),
        LeaseEvent::Deprecated { address } => {
            format!("{address} is used for new connections only if there is no other")
        }
        LeaseEvent::Unanswered { attempts } => {
            format!("no DHCP server answered {attempts} requests")
        }
        LeaseEvent::Configured {
            interface,
            address,
            prefix,
        } => {
            format!("{interface} has {address}/{prefix}")
        }
    }
}

pub fn link(event: &LinkEvent) -> String {
    match event {
        LinkEvent::FrameSent {
            destination,
            ethertype,
            length,
            ..
        } => {
            format!(
                "frame to {}, {}, {}",
                receiver(*destination),
                ethertype_name(*ethertype),
                octets(*length)
            )
        }
        LinkEvent::FrameReceived {
            destination,
            source,
            ethertype,
            length,
            ..
        } => {
            let to = match destination.is_group() {
                true => format!(" to {}", receiver(*destination)),
                false => String::new(),
            };
            format!(
                "frame from {source}{to}, {}, {}",
                ethertype_name(*ethertype),
                octets(*length)
            )
        }
        LinkEvent::FrameIgnored {
            destination, why, ..
        } => format!("frame to {} ignored: {why}", receiver(*destination)),
        LinkEvent::FrameCheckFailed {
            computed, found, ..
        } => {
            format!("frame dropped: check sequence {found:08x}, computed {computed:08x}")
        }
        LinkEvent::FrameLost { why } => format!("frame lost: {why}"),
        LinkEvent::FrameDisturbed { how } => format!("frame on the wire: {how}"),
        LinkEvent::FrameForwarded { from_port, to_port } => {
            format!("switch: port {from_port} → port {to_port}")
        }
        LinkEvent::FrameFlooded {
            from_port,
            copies,
            why,
        } => {
            format!("switch: port {from_port} → {copies} other ports ({why})")
        }
        LinkEvent::PortLearned { mac, port } => format!("switch: {mac} is behind port {port}"),
        LinkEvent::PortForgotten { mac, port, why } => {
            format!("switch: forgot that {mac} is behind port {port}: {why}")
        }
        LinkEvent::StormBegan { port, limit } => format!(
            "switch: more than {limit} frames a second came in by port {port} to be sent to all; the port is shut for a while"
        ),
        LinkEvent::StormEnded { port, dropped } => {
            format!("switch: port {port} is open again; {dropped} frames that came in were dropped")
        }
        LinkEvent::ArpAsked { address, attempt } => {
            format!("asked all: who has {address}? (attempt {attempt})")
        }
        LinkEvent::ArpAnswered { address, to } => format!("answered {to}: {address} is here"),
        LinkEvent::NeighbourSolicited {
            address,
            attempt,
            to_all,
        } => match to_all {
            true => format!("asked its group: who has {address}? (attempt {attempt})"),
            false => format!("asked {address} whether it is still there (attempt {attempt})"),
        },
        LinkEvent::NeighbourAdvertised { address, to } => {
            format!("told {to}: {address} is here")
        }
        LinkEvent::NeighbourStateChanged {
            address,
            from,
            to,
            why,
        } => format!("neighbour {address}: {from} → {to} ({why})"),
        LinkEvent::RouterSolicited { attempt } => {
            format!("asked all routers: who is there? (attempt {attempt})")
        }
        LinkEvent::RouterAdvertised {
            prefixes,
            lifetime_s,
        } => {
            let time = seconds(*lifetime_s);
            format!("told all: a router for {time}, networks {prefixes}")
        }
        LinkEvent::RouterLearned { router, lifetime_s } => {
            format!("{router} is a router, for {}", seconds(*lifetime_s))
        }
        LinkEvent::RouterLost { router, why } => format!("{router} is no router any more: {why}"),
        LinkEvent::AddressProbed { address, attempt } => {
            format!("asked all: does anybody use {address}? (attempt {attempt})")
        }
        LinkEvent::AddressAnnounced { address, attempt } => {
            format!("told all: {address} is used here (time {attempt})")
        }
        LinkEvent::AddressDefended { address, against } => {
            format!("keeps {address} against {against}")
        }
        LinkEvent::NeighbourLearned { address, mac } => format!("{address} is at {mac}"),
        LinkEvent::NeighbourKnown { address, mac } => {
            format!("{address} is at {mac}, known already")
        }
        LinkEvent::NeighbourExpired { address } => {
            format!("what was known of {address} is forgotten")
        }
        LinkEvent::NeighbourConflict {
            address,
            claimed_by,
        } => format!("{claimed_by} claims {address}, which is this machine's own address"),
        LinkEvent::NeighbourUnanswered { address, attempts } => {
            format!("nobody answered {attempts} requests for {address}")
        }
        LinkEvent::FramePassed {
            interface,
            outgoing,
            passed,
            destination,
            source,
            length,
            says,
            note,
            ..
        } => {
            let (way, other) = match outgoing {
                true => ("out", format!("to {}", receiver(*destination))),
                false => ("in", format!("from {source}")),
            };
            // A frame that was captured is read, and recorded, after it passed.
            let by = match interface.as_str() {
                "" => String::new(),
                name => format!(" by {name} at {}", ms_of_us(passed.0 / 1000)),
            };
            let note = match note.as_ref() {
                "" => String::new(),
                note => format!(" ({note})"),
            };
            format!("frame {way}{by} {other}, {}: {says}{note}", octets(*length))
        }
        LinkEvent::InterfaceReported {
            interface,
            mac,
            mtu,
            state,
        } => {
            let mac = mac.map_or_else(
                || "no hardware address".to_owned(),
                |mac| format!("hardware address {mac}"),
            );
            format!(
                "{interface}: {mac}, packets of up to {}, {state}",
                octets(*mtu)
            )
        }
        LinkEvent::NeighbourReported {
            address,
            mac,
            state,
        } => match mac {
            Some(mac) => format!("the kernel says {address} is at {mac} ({state})"),
            None => format!("the kernel has no hardware address for {address} ({state})"),
        },
    }
}

/// Whom a frame is for: one machine, a group, or all.
fn receiver(destination: MacAddress) -> String {
    match destination {
        MacAddress::BROADCAST => "all (broadcast)".to_owned(),
        group if group.is_group() => format!("the group {group} (multicast)"),
        one => one.to_string(),
    }
}

fn ethertype_name(ethertype: u16) -> String {
    match ethertype {
        0x0800 => "IPv4".to_owned(),
        0x0806 => "ARP".to_owned(),
        0x86dd => "IPv6".to_owned(),
        0x8100 => "802.1Q".to_owned(),
        other => format!("type {other:#06x}"),
    }
}

pub fn ip(event: &IpEvent) -> String {
    match event {
        IpEvent::RouteChosen {
            destination,
            prefix,
            next_hop,
            interface,
            source,
        } => match next_hop {
            Some(hop) => {
                format!("{destination} is in {prefix}, via {hop} on {interface}, from {source}")
            }
            None => format!(
                "{destination} is in {prefix}, on the own network of {interface}, from {source}"
            ),
        },
        IpEvent::RouteMissing { destination } => format!("there is no route to {destination}"),
        IpEvent::PacketSent {
            source,
            destination,
            protocol,
            length,
            ttl,
        } => {
            format!(
                "packet {source} → {destination}, {}, {}, TTL {ttl}",
                protocol_name(*protocol),
                octets(*length)
            )
        }
        IpEvent::PacketReceived {
            source,
            destination,
            protocol,
            length,
            ttl,
        } => format!(
            "packet {source} → {destination} arrived, {}, {}, TTL {ttl}",
            protocol_name(*protocol),
            octets(*length)
        ),
        IpEvent::PacketForwarded {
            source,
            destination,
            next_hop,
            ttl,
        } => {
            format!("packet {source} → {destination} passed on to {next_hop}, TTL {ttl}")
        }
        IpEvent::PacketDropped {
            source,
            destination,
            why,
        } => {
            format!("packet {source} → {destination} dropped: {why}")
        }
        IpEvent::NatTranslated {
            inside,
            outside,
            remote,
            direction,
            new_line,
        } => format!(
            "NAT {direction}: {inside} ↔ {outside}, talking to {remote}{}",
            if *new_line {
                ", a new line of the table"
            } else {
                ""
            }
        ),
        IpEvent::NatExpired {
            inside,
            outside,
            lines,
        } => format!(
            "NAT: {inside} ↔ {outside} was not used for too long and is forgotten; {lines} lines are left"
        ),
        IpEvent::IcmpSent { to, meaning, .. } => format!("told {to} by ICMP: {meaning}"),
        IpEvent::IcmpReceived {
            from,
            meaning,
            about,
            ..
        } => {
            let about = about.as_ref().map(|about| format!(", about {about}"));
            format!(
                "{from} said by ICMP: {meaning}{}",
                about.unwrap_or_default()
            )
        }
        IpEvent::PathMtuLearned { destination, mtu } => {
            format!("the way to {destination} takes packets of {}", octets(*mtu))
        }
        IpEvent::Fragmented { id, pieces } => format!("packet {id} cut into {pieces} pieces"),
        IpEvent::Reassembled { id, pieces } => {
            format!("packet {id} put together from {pieces} pieces")
        }
        IpEvent::HopAnswered {
            remote,
            ttl,
            hop,
            said,
            rtt_us,
        } => {
            let after = ms_of_us(*rtt_us);
            format!("probe of {remote}, hop {ttl}: {hop} said {said} after {after}")
        }
        IpEvent::HopSilent { remote, ttl } => {
            format!("probe of {remote}, hop {ttl}: nobody answered")
        }
        IpEvent::DestinationAnswered {
            remote,
            ttl,
            said,
            rtt_us,
        } => format!(
            "probe of {remote}, hop {ttl}: {said} in its name after {}",
            ms_of_us(*rtt_us)
        ),
    }
}

fn protocol_name(protocol: u8) -> String {
    match protocol {
        1 => "ICMP".to_owned(),
        6 => "TCP".to_owned(),
        17 => "UDP".to_owned(),
        58 => "ICMPv6".to_owned(),
        other => format!("protocol {other}"),
    }
}

pub fn tcp(event: &TcpEvent) -> String {
    match event {
        TcpEvent::ConnectStarted { connection, remote } => {
            format!("{}: connecting to {remote}", number(connection))
        }
        TcpEvent::StateChanged {
            connection,
            from,
            to,
            why,
        } => {
            format!("{}: {from} → {to}: {why}", number(connection))
        }
        TcpEvent::SegmentSent {
            connection,
            flags,
            seq,
            ack,
            window,
            length,
        } => format!(
            "{}: sent {flags} seq {seq} ack {ack} window {window}, {}",
            number(connection),
            octets(*length)
        ),
        TcpEvent::SegmentReceived {
            connection,
            flags,
            seq,
            ack,
            window,
            length,
        } => format!(
            "{}: got {flags} seq {seq} ack {ack} window {window}, {}",
            number(connection),
            octets(*length)
        ),
        TcpEvent::SegmentRetransmitted {
            connection,
            seq,
            length,
            why,
            attempt,
        } => format!(
            "{}: sent seq {seq} again, {}, attempt {attempt}: {why}",
            number(connection),
            octets(*length)
        ),
        TcpEvent::DuplicateReported {
            connection,
            seq,
            length,
        } => format!(
            "{}: the other end got seq {seq} twice, {}",
            number(connection),
            octets(*length)
        ),
        TcpEvent::LossDetected {
            connection,
            seq,
            length,
            segments,
            why,
        } => format!(
            "{}: {segments} segments from seq {seq} ({}) taken as lost: {why}",
            number(connection),
            octets(*length)
        ),
        TcpEvent::TimerExpired { connection, timer } => {
            format!("{}: the {timer} timer ran out", number(connection))
        }
        TcpEvent::CongestionWindowChanged {
            connection,
            window,
            threshold,
            why,
        } => {
            let threshold = threshold.map_or("none".to_owned(), octets);
            format!(
                "{}: congestion window {}, threshold {threshold}: {why}",
                number(connection),
                octets(*window)
            )
        }
        TcpEvent::SegmentSizeChanged {
            connection,
            size,
            why,
        } => format!(
            "{}: segments of {} from now on: {why}",
            number(connection),
            octets(*size)
        ),
        TcpEvent::SynCookieSent { remote, local } => {
            format!("{local} has no room left and answered {remote} by a SYN cookie")
        }
        TcpEvent::SegmentIgnored { flow, why } => format!("segment {flow} ignored: {why}"),
        TcpEvent::Opened {
            connection,
            local,
            remote,
            rtt_us,
        } => {
            format!(
                "{}: {local} → {remote} open after {}",
                number(connection),
                ms_of_us(*rtt_us)
            )
        }
        TcpEvent::Accepted {
            connection,
            local,
            remote,
        } => {
            format!("{}: {local} took in {remote}", number(connection))
        }
        TcpEvent::DataArrived { connection, length } => {
            format!("{}: {} readable", number(connection), octets(*length))
        }
        TcpEvent::RoundTripMeasured {
            connection,
            rtt_us,
            srtt_us,
            rto_us,
        } => format!(
            "{}: round trip {}, smoothed {}, time-out {}",
            number(connection),
            ms_of_us(*rtt_us),
            ms_of_us(*srtt_us),
            ms_of_us(*rto_us)
        ),
        TcpEvent::KernelFigures {
            connection,
            state,
            rtt_us,
            retransmits,
            came_twice,
            congestion_window,
            mss,
            ..
        } => format!(
            "{}: the kernel says {state}, round trip {}, {retransmits} sent again, {came_twice} came twice, window {congestion_window} segments of {mss}",
            number(connection),
            ms_of_us(*rtt_us)
        ),
        TcpEvent::Failed {
            connection,
            remote,
            how,
        } => format!("{}: {remote} {how}", number(connection)),
        TcpEvent::RaceWon {
            connection,
            remote,
            tried,
        } => {
            format!(
                "{}: {remote} was first of {tried} addresses",
                number(connection)
            )
        }
        TcpEvent::DatagramSent {
            local,
            remote,
            length,
        } => format!("datagram {local} → {remote}, {}", octets(*length)),
        TcpEvent::DatagramReceived {
            local,
            remote,
            length,
        } => {
            format!("datagram {remote} → {local} arrived, {}", octets(*length))
        }
    }
}

pub fn firewall(event: &FirewallEvent) -> String {
    match event {
        FirewallEvent::Allowed { rule, text, flow } => {
            format!("{} lets {flow} in", rule_name(*rule, text))
        }
        FirewallEvent::Matched { flow } => format!("{flow} belongs to a known connection"),
        FirewallEvent::Dropped { rule, text, flow } => {
            format!("{} drops {flow}", rule_name(*rule, text))
        }
        FirewallEvent::Rejected {
            rule,
            text,
            flow,
            with,
        } => {
            format!("{} refuses {flow} with {with}", rule_name(*rule, text))
        }
    }
}

fn rule_name(rule: u32, text: &str) -> String {
    match rule {
        0 => "the default rule".to_owned(),
        rule => format!("rule {rule} \"{text}\""),
    }
}

pub fn close(event: &CloseEvent) -> String {
    match event {
        CloseEvent::Started { connection, why } => {
            format!("{}: closing: {why}", number(connection))
        }
        CloseEvent::FinAcknowledged { connection } => {
            format!("{}: our FIN was acknowledged", number(connection))
        }
        CloseEvent::PeerFinished { connection } => {
            format!("{}: the peer's FIN arrived", number(connection))
        }
        CloseEvent::TimeWaitEntered { connection, wait_s } => {
            format!("{}: TIME-WAIT for {}", number(connection), seconds(*wait_s))
        }
        CloseEvent::Closed { connection, how } => format!("{}: closed, {how}", number(connection)),
    }
}

use super::{Message, MessageType, ServerConfig, limits};
use crate::Prefix;
use std::{collections::BTreeMap, net::Ipv4Addr, time::Duration};
use thru_events::{Cause, MacAddress, Stage, Tap, Time, lease::LeaseEvent, trip::TripEvent};

/// The server of one network (RFC 2131, section 4.3). Lends the same address to the same hardware
/// address again as long as it can.
pub struct Server {
    config: ServerConfig,
    leases: BTreeMap<MacAddress, (Ipv4Addr, Time)>,
    /// Addresses that a client found used by somebody else, and until when nobody gets them; at
    /// most [`limits::LEASES`].
    set_aside: BTreeMap<Ipv4Addr, Time>,
}

/// Why there is no address for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Full {
    /// [`limits::LEASES`] are lent.
    Leases,
    /// Every address of the range is lent.
    Range,
}

impl Server {
    /// A server that has lent nothing.
    pub fn new(config: ServerConfig) -> Server {
        Server {
            config,
            leases: BTreeMap::new(),
            set_aside: BTreeMap::new(),
        }
    }

    /// What it lends.
    pub fn config(&self) -> &ServerConfig {
        &self.config
    }

    /// Takes in a message and gives the answer with its event, if there is one.
    pub fn handle(
        &mut self,
        now: Time,
        message: &Message,
        cause: Cause,
        tap: &Tap,
    ) -> Option<(Message, Cause)> {
        match message.kind {
            MessageType::Discover => {
                let address = match self.choose(now, message.client_mac) {
                    Ok(address) => address,
                    // Silence, as RFC 2131 section 4.3.1 has it: the client will hear of no offer.
                    Err(full) => {
                        self.state_full(full, cause, tap);
                        return None;
                    }
                };
                // Held for the client for a short while (RFC 2131, section 4.3.1).
                self.hold(now, message.client_mac, address, limits::OFFER_HELD);
                let server = self.config.server;
                let cause = tap.emit(cause, || LeaseEvent::Offered { address, server });
                Some((self.answer(MessageType::Offer, message, address), cause))
            }
            MessageType::Request => self.on_request(now, message, cause, tap),
            MessageType::Release => {
                self.leases.remove(&message.client_mac);
                None
            }
            MessageType::Decline => {
                self.on_decline(now, message, cause, tap);
                None
            }
            _ => None,
        }
    }

    /// A client found the address used (RFC 2131, section 4.3.3). Only who has it lent may say so.
    fn on_decline(&mut self, now: Time, message: &Message, cause: Cause, tap: &Tap) {
        let ours = message.server == Some(self.config.server);
        let lent = self.leases.get(&message.client_mac).map(|(lent, _)| *lent);
        let Some(address) = lent.filter(|lent| ours && message.requested == Some(*lent)) else {
            return;
        };
        self.leases.remove(&message.client_mac);
        self.set_aside.retain(|_, until| *until > now);
        if self.set_aside.len() >= limits::LEASES {
            return;
        }
        let for_s = limits::SET_ASIDE_S;
        let until = now.after(Duration::from_secs(for_s.into()));
        self.set_aside.insert(address, until);
        tap.emit(cause, || LeaseEvent::SetAside { address, for_s });
    }

    fn on_request(
        &mut self,
        now: Time,
        message: &Message,
        cause: Cause,
        tap: &Tap,
    ) -> Option<(Message, Cause)> {
        // The client took another server's offer.
        if message
            .server
            .is_some_and(|server| server != self.config.server)
        {
            self.leases.remove(&message.client_mac);
            return None;
        }
        let wanted = message.requested.unwrap_or(message.client_address);
        let mac = message.client_mac;
        let chosen = self.choose(now, mac);
        if chosen != Ok(wanted) && (chosen == Err(Full::Leases) || !self.is_free(now, wanted, mac))
        {
            let cause = match chosen {
                Err(full) => self.state_full(full, cause, tap),
                Ok(_) => cause,
            };
            let nak = Message {
                server: Some(self.config.server),
                // RFC 2131, section 4.3.2: whoever asks may have an address that is none here.
                broadcast: true,
                ..Message::new(MessageType::Nak, message.xid, mac)
            };
            return Some((nak, cause));
        }
        let lease_s = self.config.lease_s;
        self.hold(now, mac, wanted, Duration::from_secs(lease_s.into()));
        let cause = tap.emit(cause, || LeaseEvent::Granted {
            address: wanted,
            client: mac,
            lease_s,
        });
        Some((self.answer(MessageType::Ack, message, wanted), cause))
    }

    fn state_full(&self, full: Full, cause: Cause, tap: &Tap) -> Cause {
        let (limit, value) = match full {
            Full::Leases => ("leases of a DHCP server", limits::LEASES as u64),
            Full::Range => {
                let (first, last) = (self.config.first, self.config.last);
                let count = u64::from(u32::from(last)) + 1;
                let count = count.saturating_sub(u64::from(u32::from(first)));
                ("addresses that a DHCP server may lend", count)
            }
        };
        tap.emit(cause, || TripEvent::LimitReached {
            stage: Stage::Lease,
            limit: limit.into(),
            value,
        })
    }

    fn hold(&mut self, now: Time, mac: MacAddress, address: Ipv4Addr, time: Duration) {
        let until = now.after(time);
        let known = self.leases.get(&mac).filter(|(known, _)| *known == address);
        let until = known.map_or(until, |(_, before)| until.max(*before));
        self.leases.insert(mac, (address, until));
    }

    fn answer(&self, kind: MessageType, to: &Message, address: Ipv4Addr) -> Message {
        Message {
            broadcast: to.broadcast,
            client_address: to.client_address,
            your_address: address,
            server: Some(self.config.server),
            lease_s: Some(self.config.lease_s),
            mask: Some(Prefix::new(self.config.server, self.config.prefix).mask()),
            router: self.config.router,
            dns: self.config.dns.clone(),
            ..Message::new(kind, to.xid, to.client_mac)
        }
    }

    /// The address for a client: its own again, else the first free one.
    fn choose(&mut self, now: Time, mac: MacAddress) -> Result<Ipv4Addr, Full> {
        if let Some((address, _)) = self.leases.get(&mac) {
            return Ok(*address);
        }
        self.leases.retain(|_, (_, until)| *until > now);
        if self.leases.len() >= limits::LEASES {
            return Err(Full::Leases);
        }
        let range = u32::from(self.config.first)..=u32::from(self.config.last);
        range
            .map(Ipv4Addr::from)
            .find(|address| self.is_free(now, *address, mac))
            .ok_or(Full::Range)
    }

    fn is_free(&self, now: Time, address: Ipv4Addr, mac: MacAddress) -> bool {
        let taken = |(owner, (lent, until)): (&MacAddress, &(Ipv4Addr, Time))| {
            *lent == address && *until > now && *owner != mac
        };
        address >= self.config.first
            && address <= self.config.last
            && address != self.config.server
            && self
                .set_aside
                .get(&address)
                .is_none_or(|until| *until <= now)
            && !self.leases.iter().any(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Client, ClientOutput};
    use super::*;

    fn server(last: u8) -> Server {
        Server::new(ServerConfig {
            server: [10, 0, 0, 1].into(),
            first: [10, 0, 0, 100].into(),
            last: [10, 0, 0, last].into(),
            prefix: 24,
            router: Some([10, 0, 0, 1].into()),
            dns: vec![[10, 0, 0, 1].into()],
            lease_s: 3600,
        })
    }

    fn mac(n: u8) -> MacAddress {
        MacAddress([2, 0, 0, 0, 0, n])
    }

    /// Carries messages between the two until nothing is due. Gives what the client says.
    fn converse(client: &mut Client, server: &mut Server, now: Time) -> Vec<String> {
        let tap = Tap::off();
        let mut said = Vec::new();
        while let Some(output) = client.poll(now, &tap) {
            match output {
                ClientOutput::Send { message, to, .. } => {
                    said.push(format!("{:?} to {to:?}", message.kind));
                    if let Some((answer, _)) = server.handle(now, &message, None, &tap) {
                        said.push(format!("{:?} {}", answer.kind, answer.your_address));
                        client.handle(now, &answer, None, &tap);
                    }
                }
                ClientOutput::Bound { lease, .. } => {
                    said.push(format!("bound {}/{}", lease.address, lease.prefix))
                }
                ClientOutput::Verify { address, .. } => said.push(format!("verify {address}")),
                ClientOutput::Lost { .. } => said.push("lost".to_owned()),
                ClientOutput::Unanswered { .. } => said.push("unanswered".to_owned()),
            }
        }
        said
    }

    #[test]
    fn a_client_gets_an_address_and_renews_it_at_half_time() {
        let (mut client, mut server) = (Client::new(mac(1), 7), server(200));
        client.start(Time::ZERO, None);
        let said = converse(&mut client, &mut server, Time::ZERO);
        let expected = [
            "Discover to None",
            "Offer 10.0.0.100",
            "Request to None",
            "Ack 10.0.0.100",
            "bound 10.0.0.100/24",
        ];
        assert_eq!(said, expected);
        let half = client.wake_at().unwrap();
        assert_eq!(half, Time(1_800_000_000_000));
        let said = converse(&mut client, &mut server, half);
        assert_eq!(
            said,
            [
                "Request to Some(10.0.0.1)",
                "Ack 10.0.0.100",
                "bound 10.0.0.100/24"
            ]
        );
    }

    #[test]
    fn two_clients_get_two_addresses_and_the_third_none() {
        let mut server = server(101);
        for (n, address) in [(1, "10.0.0.100"), (2, "10.0.0.101")] {
            let mut client = Client::new(mac(n), n.into());
            client.start(Time::ZERO, None);
            let said = converse(&mut client, &mut server, Time::ZERO);
            assert_eq!(said.last().unwrap(), &format!("bound {address}/24"));
        }
        let mut client = Client::new(mac(3), 3);
        client.start(Time::ZERO, None);
        assert_eq!(
            converse(&mut client, &mut server, Time::ZERO),
            ["Discover to None"]
        );
    }

    #[test]
    fn an_address_of_another_network_is_refused_and_one_of_here_is_had_again() {
        let mut server = server(200);
        let mut client = Client::new(mac(1), 7);
        client.remember([192, 168, 7, 9].into());
        client.start(Time::ZERO, None);
        let said = converse(&mut client, &mut server, Time::ZERO);
        let expected = [
            "Request to None",
            "Nak 0.0.0.0",
            "Discover to None",
            "Offer 10.0.0.100",
            "Request to None",
            "Ack 10.0.0.100",
            "bound 10.0.0.100/24",
        ];
        assert_eq!(said, expected);
        let mut client = Client::new(mac(2), 8);
        client.remember([10, 0, 0, 150].into());
        client.start(Time::ZERO, None);
        let said = converse(&mut client, &mut server, Time::ZERO);
        let expected = ["Request to None", "Ack 10.0.0.150", "bound 10.0.0.150/24"];
        assert_eq!(said, expected);
    }

    #[test]
    fn a_client_whose_old_address_nobody_knows_asks_for_any() {
        let (mut client, tap) = (Client::new(mac(1), 7), Tap::off());
        client.remember([10, 0, 0, 150].into());
        client.start(Time::ZERO, None);
        let mut asked = Vec::new();
        while let Some(at) = client.wake_at() {
            if let Some(ClientOutput::Send { message, .. }) = client.poll(at, &tap) {
                asked.push(message.kind);
            }
        }
        let (before, after) = asked.split_at(limits::REBOOT_REQUESTS as usize);
        assert!(before.iter().all(|kind| *kind == MessageType::Request));
        assert_eq!(after.len(), limits::REQUESTS as usize);
        assert!(after.iter().all(|kind| *kind == MessageType::Discover));
    }

    #[test]
    fn a_client_gives_up_when_nobody_answers() {
        let (mut client, tap) = (Client::new(mac(1), 7), Tap::off());
        client.start(Time::ZERO, None);
        let mut last = None;
        while let Some(at) = client.wake_at() {
            last = client.poll(at, &tap);
        }
        assert_eq!(last, Some(ClientOutput::Unanswered { cause: None }));
    }

    #[test]
    fn an_address_that_is_taken_goes_back_and_is_lent_to_nobody() {
        let (mut client, mut server) = (Client::verifying(mac(1), 7), server(101));
        client.start(Time::ZERO, None);
        let said = converse(&mut client, &mut server, Time::ZERO);
        assert_eq!(said.last().unwrap(), "verify 10.0.0.100");
        client.conflict(Time::ZERO, None, &Tap::off());
        let said = converse(&mut client, &mut server, Time::ZERO);
        assert_eq!(said, ["Decline to None"]);
        let again = client.wake_at().unwrap();
        assert_eq!(again, Time::ZERO.after(limits::AFTER_DECLINE));
        let said = converse(&mut client, &mut server, again);
        assert_eq!(said.last().unwrap(), "verify 10.0.0.101");
        client.verified(None, &Tap::off());
        let said = converse(&mut client, &mut server, again);
        assert_eq!(said, ["bound 10.0.0.101/24"]);
    }

    #[test]
    fn a_server_that_falls_silent_is_asked_until_the_lease_ends() {
        let (mut client, mut server, tap) = (Client::new(mac(1), 7), server(200), Tap::off());
        client.start(Time::ZERO, None);
        converse(&mut client, &mut server, Time::ZERO);
        let mut said = Vec::new();
        while let Some(at) = client.wake_at() {
            let Some(output) = client.poll(at, &tap) else {
                continue;
            };
            let at = at.since(Time::ZERO).as_secs();
            match output {
                ClientOutput::Send { message, to, .. } => {
                    said.push(format!("{at} {:?} to {to:?}", message.kind));
                    if message.kind == MessageType::Discover {
                        break;
                    }
                }
                other => said.push(format!("{:?}", other).chars().take(4).collect()),
            }
        }
        let unicast = |at: u32| format!("{at} Request to Some(10.0.0.1)");
        let all = |at: u32| format!("{at} Request to None");
        let mut expected: Vec<String> = [1800, 2475, 2812, 2981, 3065, 3125].map(unicast).into();
        expected.extend([3150, 3375, 3487, 3547].map(all));
        expected.extend(["Lost".to_owned(), "3600 Discover to None".to_owned()]);
        assert_eq!(said, expected);
    }
}

use super::NdpOptions;
use std::net::Ipv6Addr;
use thru_octets::{Malformed, Reader, Writer};

/// A message with another hop limit came from beyond the link and is not believed (RFC 4861,
/// section 11.2).
pub const NDP_HOP_LIMIT: u8 = 255;

const ROUTER_SOLICITATION: u8 = 133;
const ROUTER_ADVERTISEMENT: u8 = 134;
const NEIGHBOUR_SOLICITATION: u8 = 135;
const NEIGHBOUR_ADVERTISEMENT: u8 = 136;
const REDIRECT: u8 = 137;

/// The packet that carried a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// From.
    pub source: Ipv6Addr,
    /// To.
    pub destination: Ipv6Addr,
    /// As it arrived.
    pub hop_limit: u8,
}

/// A message of neighbour discovery (RFC 4861, section 4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NdpMessage {
    /// Is there a router?
    RouterSolicitation {
        /// Options.
        options: NdpOptions,
    },
    /// There is.
    RouterAdvertisement {
        /// Hop limit to use; 0 says nothing.
        hop_limit: u8,
        /// Addresses are to be had by DHCPv6.
        managed: bool,
        /// Other settings are to be had by DHCPv6.
        other: bool,
        /// How long it is a default router, seconds; 0: it is none.
        lifetime_s: u16,
        /// How long a neighbour counts as reachable, milliseconds; 0 says nothing.
        reachable_ms: u32,
        /// Time between two solicitations, milliseconds; 0 says nothing.
        retransmit_ms: u32,
        /// Options.
        options: NdpOptions,
    },
    /// Who has this address?
    NeighbourSolicitation {
        /// The address.
        target: Ipv6Addr,
        /// Options.
        options: NdpOptions,
    },
    /// I have it.
    NeighbourAdvertisement {
        /// It is a router.
        router: bool,
        /// It answers a solicitation.
        solicited: bool,
        /// What is known of it is to be forgotten.
        replace: bool,
        /// The address.
        target: Ipv6Addr,
        /// Options.
        options: NdpOptions,
    },
    /// Go that way. GAP: read and not followed.
    Redirect {
        /// The better next hop.
        target: Ipv6Addr,
        /// For this destination.
        destination: Ipv6Addr,
        /// Options.
        options: NdpOptions,
    },
}

impl NdpMessage {
    /// Whether an ICMPv6 type is one of these.
    pub fn is_type(kind: u8) -> bool {
        (ROUTER_SOLICITATION..=REDIRECT).contains(&kind)
    }

    /// Reads a whole ICMPv6 message of these types and checks it as RFC 4861 sections 6.1, 7.1
    /// and 8.1 say. Its checksum was checked by who calls.
    pub fn parse(octets: &[u8], envelope: Envelope) -> Result<NdpMessage, Malformed> {
        let mut reader = Reader::new(octets);
        let kind = reader.u8("type")?;
        expect(
            envelope.hop_limit == NDP_HOP_LIMIT,
            0,
            "hop limit",
            envelope.hop_limit,
            "255",
        )?;
        let code = reader.u8("code")?;
        expect(code == 0, 1, "code", code, "0")?;
        reader.u16("checksum")?;
        let message = match kind {
            ROUTER_SOLICITATION => {
                reader.u32("reserved")?;
                let options = NdpOptions::parse(reader.rest(), 8)?;
                NdpMessage::RouterSolicitation { options }
            }
            ROUTER_ADVERTISEMENT => router_advertisement(&mut reader)?,
            NEIGHBOUR_SOLICITATION => {
                reader.u32("reserved")?;
                let target = reader.array::<16>("target address")?.into();
                let options = NdpOptions::parse(reader.rest(), 24)?;
                NdpMessage::NeighbourSolicitation { target, options }
            }
            NEIGHBOUR_ADVERTISEMENT => {
                let flags = reader.u32("flags")?;
                NdpMessage::NeighbourAdvertisement {
                    router: flags & 1 << 31 != 0,
                    solicited: flags & 1 << 30 != 0,
                    replace: flags & 1 << 29 != 0,
                    target: reader.array::<16>("target address")?.into(),
                    options: NdpOptions::parse(reader.rest(), 24)?,
                }
            }
            REDIRECT => {
                reader.u32("reserved")?;
                NdpMessage::Redirect {
                    target: reader.array::<16>("target address")?.into(),
                    destination: reader.array::<16>("destination address")?.into(),
                    options: NdpOptions::parse(reader.rest(), 40)?,
                }
            }
            other => return Err(refused(0, "type", other, "133 to 137")),
        };
        message.check(envelope)?;
        Ok(message)
    }

    fn check(&self, envelope: Envelope) -> Result<(), Malformed> {
        let from_nobody = envelope.source.is_unspecified();
        let from = envelope.source;
        match self {
            NdpMessage::RouterSolicitation { options } => expect(
                !from_nobody || options.source_mac.is_none(),
                8,
                "source link-layer address",
                "one, from ::",
                "none from who has no address",
            ),
            NdpMessage::Redirect {
                target,
                destination,
                ..
            } => {
                expect(
                    from.is_unicast_link_local(),
                    0,
                    "source",
                    from,
                    "a link-local address",
                )?;
                expect(
                    !destination.is_multicast(),
                    24,
                    "destination address",
                    destination,
                    "no group",
                )?;
                // RFC 4861, section 8.1.
                expect(
                    target.is_unicast_link_local() || target == destination,
                    8,
                    "target address",
                    target,
                    "a router's of the link, or the destination",
                )
            }
            NdpMessage::RouterAdvertisement { .. } => expect(
                from.is_unicast_link_local(),
                0,
                "source",
                from,
                "a link-local address",
            ),
            NdpMessage::NeighbourSolicitation { target, options } => {
                not_many(*target)?;
                let to_group = envelope.destination == super::solicited_node(*target);
                let to = envelope.destination;
                expect(
                    !from_nobody || to_group,
                    8,
                    "destination",
                    to,
                    "the target's group",
                )?;
                expect(
                    !from_nobody || options.source_mac.is_none(),
                    24,
                    "source link-layer address",
                    "one, from ::",
                    "none from who has no address",
                )
            }
            NdpMessage::NeighbourAdvertisement {
                target, solicited, ..
            } => {
                not_many(*target)?;
                expect(
                    !envelope.destination.is_multicast() || !solicited,
                    4,
                    "solicited flag",
                    "set, to many",
                    "clear where many are told",
                )
            }
        }
    }

    /// Writes the whole ICMPv6 message with a checksum of 0.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(64);
        let options = match self {
            NdpMessage::RouterSolicitation { options } => {
                writer.u8(ROUTER_SOLICITATION).u8(0).u16(0).u32(0);
                options
            }
            NdpMessage::RouterAdvertisement {
                hop_limit,
                managed,
                other,
                lifetime_s,
                reachable_ms,
                retransmit_ms,
                options,
            } => {
                let flags = u8::from(*managed) << 7 | u8::from(*other) << 6;
                writer.u8(ROUTER_ADVERTISEMENT).u8(0).u16(0);
                writer.u8(*hop_limit).u8(flags).u16(*lifetime_s);
                writer.u32(*reachable_ms).u32(*retransmit_ms);
                options
            }
            NdpMessage::NeighbourSolicitation { target, options } => {
                writer.u8(NEIGHBOUR_SOLICITATION).u8(0).u16(0).u32(0);
                writer.bytes(&target.octets());
                options
            }
            NdpMessage::NeighbourAdvertisement {
                router,
                solicited,
                replace,
                target,
                options,
            } => {
                let flags = u32::from(*router) << 31
                    | u32::from(*solicited) << 30
                    | u32::from(*replace) << 29;
                writer.u8(NEIGHBOUR_ADVERTISEMENT).u8(0).u16(0).u32(flags);
                writer.bytes(&target.octets());
                options
            }
            NdpMessage::Redirect {
                target,
                destination,
                options,
            } => {
                writer.u8(REDIRECT).u8(0).u16(0).u32(0);
                writer.bytes(&target.octets()).bytes(&destination.octets());
                options
            }
        };
        options.encode(&mut writer);
        writer.finish()
    }

    /// Type.
    pub fn kind(&self) -> u8 {
        match self {
            NdpMessage::RouterSolicitation { .. } => ROUTER_SOLICITATION,
            NdpMessage::RouterAdvertisement { .. } => ROUTER_ADVERTISEMENT,
            NdpMessage::NeighbourSolicitation { .. } => NEIGHBOUR_SOLICITATION,
            NdpMessage::NeighbourAdvertisement { .. } => NEIGHBOUR_ADVERTISEMENT,
            NdpMessage::Redirect { .. } => REDIRECT,
        }
    }

    /// The meaning in words.
    pub fn meaning(&self) -> &'static str {
        match self {
            NdpMessage::RouterSolicitation { .. } => "router solicitation",
            NdpMessage::RouterAdvertisement { .. } => "router advertisement",
            NdpMessage::NeighbourSolicitation { .. } => "neighbour solicitation",
            NdpMessage::NeighbourAdvertisement { .. } => "neighbour advertisement",
            NdpMessage::Redirect { .. } => "redirect",
        }
    }
}

fn router_advertisement(reader: &mut Reader<'_>) -> Result<NdpMessage, Malformed> {
    let (hop_limit, flags) = (reader.u8("current hop limit")?, reader.u8("flags")?);
    Ok(NdpMessage::RouterAdvertisement {
        hop_limit,
        managed: flags & 0x80 != 0,
        other: flags & 0x40 != 0,
        lifetime_s: reader.u16("router lifetime")?,
        reachable_ms: reader.u32("reachable time")?,
        retransmit_ms: reader.u32("retransmission timer")?,
        options: NdpOptions::parse(reader.rest(), 16)?,
    })
}

fn not_many(target: Ipv6Addr) -> Result<(), Malformed> {
    expect(
        !target.is_multicast(),
        8,
        "target address",
        target,
        "no group",
    )
}

fn expect(
    holds: bool,
    offset: usize,
    field: &'static str,
    found: impl ToString,
    expected: &'static str,
) -> Result<(), Malformed> {
    match holds {
        true => Ok(()),
        false => Err(refused(offset, field, found, expected)),
    }
}

fn refused(
    offset: usize,
    field: &'static str,
    found: impl ToString,
    expected: &'static str,
) -> Malformed {
    Malformed {
        offset,
        field,
        found: found.to_string(),
        expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ndp::{ALL_NODES, PrefixInformation, solicited_node};
    use thru_events::MacAddress;

    const ONE: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
    const TWO: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2);

    fn envelope(destination: Ipv6Addr) -> Envelope {
        Envelope {
            source: ONE,
            destination,
            hop_limit: 255,
        }
    }

    fn solicitation() -> NdpMessage {
        NdpMessage::NeighbourSolicitation {
            target: TWO,
            options: NdpOptions::from(MacAddress([2; 6])),
        }
    }

    #[test]
    fn every_message_survives_the_wire() {
        let options = NdpOptions {
            mtu: Some(1400),
            prefixes: vec![PrefixInformation {
                prefix: Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 0),
                length: 64,
                on_link: true,
                autonomous: true,
                valid_s: 7200,
                preferred_s: 3600,
            }],
            dns: vec![(TWO, 600)],
            ..NdpOptions::from(MacAddress([2; 6]))
        };
        let advertisement = NdpMessage::RouterAdvertisement {
            hop_limit: 64,
            managed: false,
            other: true,
            lifetime_s: 1800,
            reachable_ms: 30_000,
            retransmit_ms: 1000,
            options,
        };
        let answer = NdpMessage::NeighbourAdvertisement {
            router: true,
            solicited: true,
            replace: true,
            target: TWO,
            options: NdpOptions {
                target_mac: Some(MacAddress([2; 6])),
                ..NdpOptions::default()
            },
        };
        let redirect = NdpMessage::Redirect {
            target: ONE,
            destination: TWO,
            options: NdpOptions::default(),
        };
        let who = NdpMessage::RouterSolicitation {
            options: NdpOptions::default(),
        };
        for message in [advertisement, answer, redirect, who, solicitation()] {
            assert_eq!(
                NdpMessage::parse(&message.encode(), envelope(TWO)),
                Ok(message)
            );
        }
    }

    #[test]
    fn what_came_over_a_router_is_not_believed() {
        let far = Envelope {
            hop_limit: 254,
            ..envelope(TWO)
        };
        let refused = NdpMessage::parse(&solicitation().encode(), far).unwrap_err();
        assert_eq!(refused.field, "hop limit");
    }

    #[test]
    fn who_has_no_address_asks_the_group_and_names_no_hardware() {
        let from_nobody = |destination| Envelope {
            source: Ipv6Addr::UNSPECIFIED,
            ..envelope(destination)
        };
        let bare = NdpMessage::NeighbourSolicitation {
            target: TWO,
            options: NdpOptions::default(),
        };
        let parse =
            |message: &NdpMessage, to| NdpMessage::parse(&message.encode(), from_nobody(to));
        assert!(parse(&bare, solicited_node(TWO)).is_ok());
        assert_eq!(parse(&bare, TWO).unwrap_err().field, "destination");
        let named = parse(&solicitation(), solicited_node(TWO)).unwrap_err();
        assert_eq!(named.field, "source link-layer address");
    }

    #[test]
    fn an_option_of_no_length_and_a_group_as_target_are_refused() {
        let mut octets = solicitation().encode();
        octets[25] = 0;
        let refused = NdpMessage::parse(&octets, envelope(TWO)).unwrap_err();
        assert_eq!((refused.offset, refused.field), (25, "option length"));
        let group = NdpMessage::NeighbourSolicitation {
            target: ALL_NODES,
            options: NdpOptions::default(),
        };
        let refused = NdpMessage::parse(&group.encode(), envelope(TWO)).unwrap_err();
        assert_eq!(refused.field, "target address");
    }

    #[test]
    fn a_redirect_leads_to_a_router_of_the_link_or_to_a_neighbour() {
        let far = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
        let redirect = |target, destination| {
            let message = NdpMessage::Redirect {
                target,
                destination,
                options: NdpOptions::default(),
            };
            NdpMessage::parse(&message.encode(), envelope(TWO)).map_err(|bad| bad.field)
        };
        assert!(redirect(ONE, far).is_ok());
        assert!(redirect(far, far).is_ok());
        let other = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);
        assert_eq!(redirect(other, far), Err("target address"));
        assert_eq!(redirect(ONE, ALL_NODES), Err("destination address"));
        let message = NdpMessage::Redirect {
            target: ONE,
            destination: far,
            options: NdpOptions::default(),
        };
        let beyond = Envelope {
            source: far,
            ..envelope(TWO)
        };
        let refused = NdpMessage::parse(&message.encode(), beyond).unwrap_err();
        assert_eq!(refused.field, "source");
    }

    #[test]
    fn an_advertisement_of_a_router_comes_from_the_link() {
        let message = NdpMessage::RouterAdvertisement {
            hop_limit: 0,
            managed: false,
            other: false,
            lifetime_s: 0,
            reachable_ms: 0,
            retransmit_ms: 0,
            options: NdpOptions::default(),
        };
        let beyond = Envelope {
            source: Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1),
            ..envelope(ALL_NODES)
        };
        let refused = NdpMessage::parse(&message.encode(), beyond).unwrap_err();
        assert_eq!(refused.field, "source");
    }
}

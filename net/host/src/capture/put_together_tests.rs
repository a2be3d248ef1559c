use super::*;
use std::net::Ipv6Addr;
use thru_ip::{Ipv4Packet, Ipv6Packet};
use thru_link::Frame;
use thru_transport::tcp::Segment;

fn four() -> (SocketAddr, SocketAddr) {
    (
        SocketAddr::from(([192, 0, 2, 1], 40_000)),
        SocketAddr::from(([198, 51, 100, 7], 443)),
    )
}

/// Both ends' segments, decoded by the strict decoders: way, flags, seq, ack, octets of data.
fn told(made: &[Made]) -> Vec<(bool, String, u32, u32, usize)> {
    let told = made.iter().map(|(outgoing, octets)| {
        let frame = Frame::parse(octets).unwrap();
        let (source, destination, payload): (IpAddr, IpAddr, Vec<u8>) = match frame.ethertype {
            ETHERTYPE_IPV4 => {
                let packet = Ipv4Packet::parse(frame.payload).unwrap();
                let header = packet.header;
                let ends = (header.source.into(), header.destination.into());
                (ends.0, ends.1, packet.payload.to_vec())
            }
            _ => {
                let packet = Ipv6Packet::parse(frame.payload).unwrap();
                let header = packet.header;
                let ends = (header.source.into(), header.destination.into());
                (ends.0, ends.1, packet.payload.to_vec())
            }
        };
        let segment = Segment::parse(&payload, source, destination).unwrap();
        let header = segment.header;
        let flags = header.flags.text().into_owned();
        (
            *outgoing,
            flags,
            header.seq.0,
            header.ack.0,
            segment.payload.len(),
        )
    });
    told.collect()
}

fn line(
    outgoing: bool,
    flags: &str,
    seq: u32,
    ack: u32,
    data: usize,
) -> (bool, String, u32, u32, usize) {
    (outgoing, flags.to_owned(), seq, ack, data)
}

#[test]
fn a_whole_connection_counts_from_nought_at_both_ends() {
    let (local, remote) = four();
    let mut talk = Conversation::new(local, remote);
    let mut made = talk.asks();
    made.extend(talk.opens());
    made.extend(talk.carries(true, b"GET / HTTP/1.1\r\n\r\n"));
    made.extend(talk.carries(false, &[7; 3000]));
    made.extend(talk.finishes(true));
    made.extend(talk.finishes(false));
    assert_eq!(
        told(&made),
        [
            line(true, "SYN", 0, 0, 0),
            line(false, "SYN ACK", 0, 1, 0),
            line(true, "ACK", 1, 1, 0),
            line(true, "PSH ACK", 1, 1, 18),
            line(false, "ACK", 1, 19, 1460),
            line(false, "ACK", 1461, 19, 1460),
            line(false, "PSH ACK", 2921, 19, 80),
            line(true, "ACK", 19, 3001, 0),
            line(true, "FIN ACK", 19, 3001, 0),
            line(false, "FIN ACK", 3001, 20, 0),
            line(true, "ACK", 20, 3002, 0),
        ]
    );
}

#[test]
fn ipv6_is_cut_shorter_and_a_refusal_is_a_reset() {
    let local = SocketAddr::new("2001:db8::1".parse().unwrap(), 40_000);
    let remote = SocketAddr::new("2001:db8::2".parse().unwrap(), 80);
    let mut talk = Conversation::new(local, remote);
    talk.asks();
    talk.opens();
    let data: Vec<usize> = told(&talk.carries(true, &[1; 2000]))
        .iter()
        .map(|t| t.4)
        .collect();
    assert_eq!(data, [1440, 560]);
    let mut refused = Conversation::new(local, remote);
    refused.asks();
    assert_eq!(
        told(&refused.resets(false)),
        [line(false, "RST ACK", 0, 1, 0)]
    );
}

#[test]
fn the_largest_datagram_fits_into_a_frame_and_reads_back() {
    let (local, remote) = four();
    let payload = vec![9; 65_507];
    let octets = datagram(local, remote, false, &payload);
    let frame = Frame::parse(&octets).unwrap();
    let packet = Ipv4Packet::parse(frame.payload).unwrap();
    let (source, destination) = (packet.header.source, packet.header.destination);
    let read = Datagram::parse(packet.payload, source, destination).unwrap();
    assert_eq!((read.source_port, read.destination_port), (443, 40_000));
    assert_eq!(read.payload.len(), 65_507);
    let six = SocketAddr::new(Ipv6Addr::LOCALHOST.into(), 1);
    assert_eq!(
        Frame::parse(&datagram(six, six, true, b"x"))
            .unwrap()
            .ethertype,
        ETHERTYPE_IPV6
    );
}

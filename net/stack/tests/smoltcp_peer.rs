//! A peer that we did not write: smoltcp at the other end of the cable.

use smoltcp::{
    iface::{Config, Interface, SocketSet},
    phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken},
    socket::tcp,
    time::Instant,
    wire::{EthernetAddress, HardwareAddress, IpAddress, IpCidr},
};
use std::collections::VecDeque;
use thru_events::{MacAddress, Tap, Time};
use thru_stack::*;

#[derive(Default)]
struct Cable {
    to_them: VecDeque<Vec<u8>>,
    to_us: VecDeque<Vec<u8>>,
}

struct Rx(Vec<u8>);
struct Tx<'a>(&'a mut VecDeque<Vec<u8>>);

impl RxToken for Rx {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl TxToken for Tx<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut frame = vec![0; len];
        let result = f(&mut frame);
        self.0.push_back(frame);
        result
    }
}

impl Device for Cable {
    type RxToken<'a> = Rx;
    type TxToken<'a> = Tx<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Rx, Tx<'_>)> {
        let frame = self.to_them.pop_front()?;
        Some((Rx(frame), Tx(&mut self.to_us)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Tx<'_>> {
        Some(Tx(&mut self.to_us))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = 1514;
        capabilities
    }
}

#[test]
fn smoltcp_is_called_answers_and_closes() {
    let interface = InterfaceConfig {
        name: "eth0".into(),
        mac: MacAddress([2, 0, 0, 0, 0, 1]),
        mtu: 1500,
        address: AddressConfig::Static {
            address: [10, 0, 0, 1].into(),
            prefix: 24,
        },
        detect_conflicts: false,
        ipv6: None,
    };
    let config = StackConfig {
        tcp: Default::default(),
        name: "us".into(),
        interfaces: vec![interface],
        routes: Vec::new(),
        forward: false,
        seed: 1,
        dhcp_server: None,
    };
    let mut us = Stack::new(config, Tap::off());
    let mut cable = Cable::default();
    let hardware = HardwareAddress::Ethernet(EthernetAddress([2, 0, 0, 0, 0, 2]));
    let mut them = Interface::new(Config::new(hardware), &mut cable, Instant::ZERO);
    them.update_ip_addrs(|addresses| {
        addresses
            .push(IpCidr::new(IpAddress::v4(10, 0, 0, 2), 24))
            .unwrap();
    });
    let buffer = || tcp::SocketBuffer::new(vec![0; 65_535]);
    let mut sockets = SocketSet::new(Vec::new());
    let peer = sockets.add(tcp::Socket::new(buffer(), buffer()));
    sockets.get_mut::<tcp::Socket>(peer).listen(80).unwrap();

    let question: Vec<u8> = (0..200_000u32).map(|n| (n * 7) as u8).collect();
    let id = us
        .tcp_connect(Time::ZERO, "10.0.0.2:80".parse().unwrap(), None)
        .unwrap();
    let (mut asked, mut echoed, mut answer, mut ended) = (0, Vec::new(), Vec::new(), false);
    for millisecond in 0..60_000u64 {
        let now = Time(millisecond * 1_000_000);
        if us.tcp_status(id) == TcpStatus::Open && asked < question.len() {
            asked += us.tcp_write(now, id, &question[asked..], None).unwrap();
            if asked == question.len() {
                us.tcp_shutdown(now, id, None);
            }
        }
        while let Some(outgoing) = us.poll(now) {
            cable.to_them.push_back(outgoing.frame);
        }
        them.poll(
            Instant::from_millis(millisecond as i64),
            &mut cable,
            &mut sockets,
        );
        while let Some(frame) = cable.to_us.pop_front() {
            us.handle_frame(now, 0, &frame, None, None);
        }
        let socket = sockets.get_mut::<tcp::Socket>(peer);
        while socket.can_recv() {
            socket
                .recv(|octets| (octets.len(), echoed.extend_from_slice(octets)))
                .unwrap();
        }
        while !echoed.is_empty() && socket.can_send() {
            let taken = socket.send_slice(&echoed).unwrap();
            echoed.drain(..taken);
        }
        if echoed.is_empty() && asked == question.len() && socket.state() == tcp::State::CloseWait {
            socket.close();
        }
        let mut octets = [0; 16_384];
        while let Ok(ReadOutcome::Data(count)) = us.tcp_read(now, id, &mut octets) {
            answer.extend_from_slice(&octets[..count]);
        }
        ended = matches!(us.tcp_read(now, id, &mut octets), Ok(ReadOutcome::End));
        if ended && sockets.get_mut::<tcp::Socket>(peer).state() == tcp::State::Closed {
            break;
        }
    }
    assert!(
        answer == question,
        "{} of {} octets came back",
        answer.len(),
        question.len()
    );
    assert!(ended);
    assert_eq!(us.tcp_state(id), thru_transport::tcp::State::TimeWait);
}

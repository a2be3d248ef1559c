//! smoltcp as one end of a cable: a stack that was not written here. Tests of this room and the wire's
//! bench (`lab/examples/wire`) use it.
#![allow(dead_code)]

use smoltcp::{
    iface::{Config, Interface, SocketHandle, SocketSet},
    phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken},
    socket::tcp,
    time::Instant,
    wire::{EthernetAddress, HardwareAddress, IpAddress, IpCidr},
};
use std::collections::VecDeque;
use thru_events::Time;

/// Frames towards it, and from it.
#[derive(Default)]
struct Cable {
    inwards: VecDeque<Vec<u8>>,
    outwards: VecDeque<Vec<u8>>,
}

pub struct Rx(Vec<u8>);
pub struct Tx<'a>(&'a mut VecDeque<Vec<u8>>);

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
        let frame = self.inwards.pop_front()?;
        Some((Rx(frame), Tx(&mut self.outwards)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Tx<'_>> {
        Some(Tx(&mut self.outwards))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = 1514;
        capabilities
    }
}

/// One machine with one socket.
pub struct SmallStack {
    interface: Interface,
    sockets: SocketSet<'static>,
    socket: SocketHandle,
    cable: Cable,
}

fn instant(now: Time) -> Instant {
    Instant::from_micros((now.0 / 1000) as i64)
}

impl SmallStack {
    /// `10.0.0.number`, with a socket that holds `buffer` octets each way.
    pub fn new(number: u8, buffer: usize) -> SmallStack {
        let mut cable = Cable::default();
        let hardware = EthernetAddress([2, 0, 0, 0, 0, number]);
        let config = Config::new(HardwareAddress::Ethernet(hardware));
        let mut interface = Interface::new(config, &mut cable, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            let own = IpCidr::new(IpAddress::v4(10, 0, 0, number), 24);
            addresses.push(own).expect("there is room for one");
        });
        let mut sockets = SocketSet::new(Vec::new());
        let room = || tcp::SocketBuffer::new(vec![0; buffer]);
        let mut socket = tcp::Socket::new(room(), room());
        // As ours: small segments do not wait.
        socket.set_nagle_enabled(false);
        let socket = sockets.add(socket);
        SmallStack {
            interface,
            sockets,
            socket,
            cable,
        }
    }

    fn socket(&mut self) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(self.socket)
    }

    pub fn listen(&mut self, port: u16) {
        self.socket().listen(port).expect("it is free");
    }

    pub fn connect(&mut self, number: u8, port: u16) {
        let remote = (IpAddress::v4(10, 0, 0, number), port);
        let context = self.interface.context();
        let socket = self.sockets.get_mut::<tcp::Socket>(self.socket);
        socket.connect(context, remote, 50_000).expect("a socket");
    }

    /// Takes octets for sending.
    pub fn write(&mut self, octets: &[u8]) -> usize {
        let socket = self.socket();
        match socket.can_send() {
            true => socket.send_slice(octets).unwrap_or_default(),
            false => 0,
        }
    }

    /// Takes everything that came.
    pub fn hear(&mut self, heard: &mut Vec<u8>) {
        let socket = self.socket();
        while socket.can_recv() {
            let take = |octets: &mut [u8]| (octets.len(), heard.extend_from_slice(octets));
            socket.recv(take).expect("it can receive");
        }
    }

    /// Reads everything that came, over what was read before; octets.
    pub fn read(&mut self, buffer: &mut [u8]) -> usize {
        let mut heard = 0;
        let socket = self.socket();
        while socket.can_recv() {
            heard += socket.recv_slice(buffer).unwrap_or_default();
        }
        heard
    }

    /// Whether the other end has said that it sends no more.
    pub fn is_half_closed(&mut self) -> bool {
        self.socket().state() == tcp::State::CloseWait
    }

    /// Says that it sends no more.
    pub fn close(&mut self) {
        self.socket().close();
    }

    pub fn is_closed(&mut self) -> bool {
        self.socket().state() == tcp::State::Closed
    }

    pub fn hand_in(&mut self, frame: Vec<u8>) {
        self.cable.inwards.push_back(frame);
    }

    /// Works on what came in.
    pub fn poll(&mut self, now: Time) {
        self.interface
            .poll(instant(now), &mut self.cable, &mut self.sockets);
    }

    pub fn take_out(&mut self) -> Option<Vec<u8>> {
        self.cable.outwards.pop_front()
    }
}

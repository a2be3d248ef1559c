//! Carries a machine's messages over the port, as the near side's `load/resolve` does for its own.

use std::{cell::RefCell, rc::Rc};
use thru_dns::{Chance, DnsCache, Input, Machine, Order, Recursion, Transport};
use thru_port::{Flights, Port, with_limit};

/// Message ids from the world's randomness.
pub(super) fn chance(port: Rc<dyn Port>) -> Chance {
    Box::new(move || {
        let mut octets = [0; 2];
        port.random(&mut octets);
        u16::from_be_bytes(octets)
    })
}

/// Drives the machine until it is `far_enough`.
pub(super) async fn drive(
    port: &Rc<dyn Port>,
    cache: &RefCell<DnsCache>,
    machine: &mut Recursion,
    far_enough: impl Fn(&Recursion) -> bool,
) {
    let tap = port.tap();
    let mut flights = Flights::new(port.clone());
    loop {
        loop {
            let order = machine.poll(port.now(), &mut cache.borrow_mut(), &tap);
            let Some(Order::Exchange(order)) = order else {
                break;
            };
            let (token, server) = (order.token, order.server);
            match order.transport {
                Transport::Udp => flights.send_datagram(token, server, order.octets, order.cause),
                Transport::Tcp => {
                    flights.send_by_connection(token, server, order.octets, order.cause);
                }
            }
        }
        if far_enough(machine) {
            return;
        }
        flights.retain(|token| machine.waits_for(token));
        let limit = machine.wake_at().unwrap_or(port.now()).since(port.now());
        let Ok((token, landed)) = with_limit(port.as_ref(), limit, flights.next()).await else {
            continue;
        };
        let input = match landed {
            Ok(carried) => Input::Response {
                token,
                from: carried.from,
                octets: carried.octets,
                cause: carried.cause,
            },
            Err(failure) => Input::Unreachable {
                token,
                why: failure.to_string(),
                cause: failure.evidence,
            },
        };
        machine.handle(port.now(), input, &mut cache.borrow_mut(), &tap);
    }
}

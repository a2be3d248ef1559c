//! The far side's servers, tried in a world in memory.

mod authority;
mod bad_input;
mod malformed;
mod names;
mod receiving;
mod shop;

use std::{net::IpAddr, rc::Rc};
use thru_events::{NodeId, Vantage};
use thru_memory::World;
use thru_port::Port;

/// A machine with its own address, named by number.
fn machine(world: &Rc<World>, node: u16, address: &str) -> Rc<dyn Port> {
    let address: IpAddr = address.parse().expect("an address");
    world.machine(Vantage::Node(NodeId(node)), address)
}

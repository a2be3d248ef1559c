//! What the kernel says about the way to an address: route, own address, neighbour (rtnetlink(7)).

use futures_util::{StreamExt, TryStreamExt};
use rtnetlink::{
    Handle, RouteMessageBuilder,
    packet_route::{
        AddressFamily,
        address::AddressAttribute,
        link::{LinkAttribute, State},
        neighbour::{NeighbourAddress, NeighbourAttribute, NeighbourMessage, NeighbourState},
        route::{RouteAddress, RouteAttribute, RouteFlags, RouteMessage},
    },
};
use std::{ffi::CStr, net::IpAddr};
use thru_events::MacAddress;

/// The kernel's answer to "how would you get there".
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub interface: String,
    pub index: u32,
    pub next_hop: Option<IpAddr>,
    pub source: Option<IpAddr>,
    pub prefix: String,
}

/// The kernel's line for a neighbour.
#[derive(Clone, Debug)]
pub(crate) struct Neighbour {
    pub mac: Option<MacAddress>,
    pub state: &'static str,
}

/// What the kernel says of an interface.
#[derive(Clone, Debug)]
pub(crate) struct Interface {
    pub mac: Option<MacAddress>,
    pub mtu: u32,
    pub state: &'static str,
}

/// Opens a conversation with the kernel. Must run inside the runtime.
pub(crate) fn open() -> std::io::Result<Handle> {
    let (connection, handle, _messages) = rtnetlink::new_connection()?;
    tokio::task::spawn_local(connection);
    Ok(handle)
}

/// The route to `remote`; `Err` has the kernel's words.
pub(crate) async fn route(handle: &Handle, remote: IpAddr) -> Result<Route, String> {
    let resolved = ask(handle, remote, false).await?;
    // Kernels before 4.13 do not say which line matched.
    let line = ask(handle, remote, true).await.ok();
    let mut route = Route {
        interface: String::new(),
        index: 0,
        next_hop: None,
        source: None,
        prefix: line.map_or_else(|| "unknown".to_owned(), |line| prefix(&line, remote)),
    };
    for attribute in &resolved.attributes {
        match attribute {
            RouteAttribute::Oif(index) => {
                route.index = *index;
                route.interface = interface_name(*index);
            }
            RouteAttribute::Gateway(address) => route.next_hop = ip_of(address),
            RouteAttribute::PrefSource(address) => route.source = ip_of(address),
            _ => {}
        }
    }
    Ok(route)
}

async fn ask(handle: &Handle, remote: IpAddr, line: bool) -> Result<RouteMessage, String> {
    let whole = if remote.is_ipv4() { 32 } else { 128 };
    let mut message = RouteMessageBuilder::<IpAddr>::new()
        .destination_prefix(remote, whole)
        .map_err(|error| error.to_string())?
        .build();
    if line {
        message.header.flags |= RouteFlags::FibMatch;
    }
    let mut answers = handle.route().get(message).execute();
    match answers.next().await {
        Some(Ok(answer)) => Ok(answer),
        Some(Err(error)) => Err(error.to_string()),
        None => Err("the kernel gave no answer".to_owned()),
    }
}

fn prefix(line: &RouteMessage, remote: IpAddr) -> String {
    let any: IpAddr = match remote {
        IpAddr::V4(_) => [0, 0, 0, 0].into(),
        IpAddr::V6(_) => [0u16; 8].into(),
    };
    let base = line
        .attributes
        .iter()
        .find_map(|attribute| match attribute {
            RouteAttribute::Destination(address) => ip_of(address),
            _ => None,
        });
    format!(
        "{}/{}",
        base.unwrap_or(any),
        line.header.destination_prefix_length
    )
}

fn ip_of(address: &RouteAddress) -> Option<IpAddr> {
    match address {
        RouteAddress::Inet(address) => Some(IpAddr::V4(*address)),
        RouteAddress::Inet6(address) => Some(IpAddr::V6(*address)),
        _ => None,
    }
}

pub(crate) fn interface_name(index: u32) -> String {
    let mut name = [0 as libc::c_char; libc::IF_NAMESIZE];
    // SAFETY: the buffer has IF_NAMESIZE octets, as if_indextoname(3) asks for.
    let found = unsafe { libc::if_indextoname(index, name.as_mut_ptr()) };
    if found.is_null() {
        return format!("interface {index}");
    }
    // SAFETY: if_indextoname wrote a string that ends with 0.
    unsafe { CStr::from_ptr(name.as_ptr()) }
        .to_string_lossy()
        .into_owned()
}

/// The interface of number `index`.
pub(crate) async fn interface(handle: &Handle, index: u32) -> Option<Interface> {
    let mut links = handle.link().get().match_index(index).execute();
    let link = links.try_next().await.ok()??;
    let mut found = Interface {
        mac: None,
        mtu: 0,
        state: "unknown",
    };
    for attribute in &link.attributes {
        match attribute {
            LinkAttribute::Mtu(mtu) => found.mtu = *mtu,
            LinkAttribute::Address(octets) => {
                let six = <[u8; 6]>::try_from(octets.as_slice()).ok();
                // Loopback has one of noughts alone.
                found.mac = six.filter(|mac| *mac != [0; 6]).map(MacAddress);
            }
            LinkAttribute::OperState(state) => found.state = state_name(state),
            _ => {}
        }
    }
    Some(found)
}

/// The kernel's word (RFC 2863, ifOperStatus).
fn state_name(state: &State) -> &'static str {
    match state {
        State::Up => "up",
        State::Down => "down",
        State::Dormant => "dormant",
        State::LowerLayerDown => "lower layer down",
        State::NotPresent => "not present",
        State::Testing => "testing",
        _ => "unknown",
    }
}

/// Prefix length of own address `source` on interface `index`.
pub(crate) async fn own_prefix(handle: &Handle, index: u32, source: IpAddr) -> Option<u8> {
    let mut addresses = handle
        .address()
        .get()
        .set_link_index_filter(index)
        .execute();
    while let Ok(Some(line)) = addresses.try_next().await {
        let is_it = line.attributes.iter().any(|attribute| {
            matches!(attribute, AddressAttribute::Address(found) | AddressAttribute::Local(found) if *found == source)
        });
        if is_it {
            return Some(line.header.prefix_len);
        }
    }
    None
}

/// The neighbour table's line for `hop` on interface `index`.
pub(crate) async fn neighbour(handle: &Handle, index: u32, hop: IpAddr) -> Option<Neighbour> {
    let family = if hop.is_ipv4() {
        AddressFamily::Inet
    } else {
        AddressFamily::Inet6
    };
    let mut lines = handle
        .neighbours()
        .get()
        .set_address_family(family)
        .execute();
    let mut found = None;
    while let Ok(Some(line)) = lines.try_next().await {
        if line.header.ifindex == index && is_about(&line, hop) {
            found = Some(read_neighbour(&line));
        }
    }
    found
}

fn is_about(line: &NeighbourMessage, hop: IpAddr) -> bool {
    line.attributes.iter().any(|attribute| match attribute {
        NeighbourAttribute::Destination(NeighbourAddress::Inet(found)) => hop == *found,
        NeighbourAttribute::Destination(NeighbourAddress::Inet6(found)) => hop == *found,
        _ => false,
    })
}

fn read_neighbour(line: &NeighbourMessage) -> Neighbour {
    let mac = line
        .attributes
        .iter()
        .find_map(|attribute| match attribute {
            NeighbourAttribute::LinkLayerAddress(octets) => {
                <[u8; 6]>::try_from(octets.as_slice()).ok().map(MacAddress)
            }
            _ => None,
        });
    let state = match line.header.state {
        NeighbourState::Incomplete => "INCOMPLETE",
        NeighbourState::Reachable => "REACHABLE",
        NeighbourState::Stale => "STALE",
        NeighbourState::Delay => "DELAY",
        NeighbourState::Probe => "PROBE",
        NeighbourState::Failed => "FAILED",
        NeighbourState::Noarp => "NOARP",
        NeighbourState::Permanent => "PERMANENT",
        _ => "unknown",
    };
    Neighbour { mac, state }
}

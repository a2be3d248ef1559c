//! The kernel's filter: only frames of addresses that the load speaks with, ARP, ICMP and ICMPv6 come
//! up at all (BPF, linux/filter.h). It knows no ports: the matcher does.

use super::limits::FILTERED_ADDRESSES;
use libc::sock_filter;
use std::net::IpAddr;

/// The other ends of the load, and the program that lets their frames through.
#[derive(Debug, Default)]
pub(super) struct Filter {
    addresses: Vec<IpAddr>,
}

/// What the program gives for a frame that comes up: all of it.
const ALL: u32 = u32::MAX;

const PROTOCOL_ICMP: u32 = 1;
const PROTOCOL_ICMPV6: u32 = 58;

impl Filter {
    /// Adds an address; whether the program is another one now.
    pub fn add(&mut self, address: IpAddr) -> bool {
        if self.addresses.contains(&address) || self.addresses.len() > FILTERED_ADDRESSES {
            return false;
        }
        self.addresses.push(address);
        true
    }

    /// The program.
    pub fn program(&self) -> Vec<sock_filter> {
        if self.addresses.len() > FILTERED_ADDRESSES {
            return vec![give(ALL)];
        }
        let (mut four, mut six) = (Vec::new(), Vec::new());
        for address in &self.addresses {
            match address {
                IpAddr::V4(address) => four.push(u32::from(*address)),
                // The lowest 32 bits are enough of a sieve.
                IpAddr::V6(address) => six.push(u128::from(*address) as u32),
            }
        }
        let mut program = vec![load(libc::BPF_H, libc::SKF_AD_OFF + libc::SKF_AD_PROTOCOL)];
        program.extend(let_through(libc::ETH_P_ARP as u32));
        let sections = [
            (
                libc::ETH_P_IP,
                of_packets(9, PROTOCOL_ICMP, [12, 16], &four),
            ),
            (
                libc::ETH_P_IPV6,
                of_packets(6, PROTOCOL_ICMPV6, [20, 36], &six),
            ),
        ];
        for (protocol, section) in sections {
            program.push(jump_if(protocol as u32, 1, 0));
            program.push(jump(section.len() as u32));
            program.extend(section);
        }
        program.push(give(0));
        program
    }
}

/// The part for one family: what the octet at `next` says, then both addresses.
fn of_packets(next: i32, icmp: u32, ends: [i32; 2], addresses: &[u32]) -> Vec<sock_filter> {
    let mut section = vec![load(libc::BPF_B, libc::SKF_NET_OFF + next)];
    section.extend(let_through(icmp));
    for end in ends {
        section.push(load(libc::BPF_W, libc::SKF_NET_OFF + end));
        for address in addresses {
            section.extend(let_through(*address));
        }
    }
    section.push(give(0));
    section
}

fn let_through(value: u32) -> [sock_filter; 2] {
    [jump_if(value, 0, 1), give(ALL)]
}

fn load(size: u32, offset: i32) -> sock_filter {
    instruction(libc::BPF_LD | size | libc::BPF_ABS, 0, 0, offset as u32)
}

fn jump_if(value: u32, equal: u8, other: u8) -> sock_filter {
    let code = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    instruction(code, equal, other, value)
}

fn jump(by: u32) -> sock_filter {
    instruction(libc::BPF_JMP | libc::BPF_JA, 0, 0, by)
}

fn give(octets: u32) -> sock_filter {
    instruction(libc::BPF_RET | libc::BPF_K, 0, 0, octets)
}

fn instruction(code: u32, jt: u8, jf: u8, k: u32) -> sock_filter {
    sock_filter {
        code: code as u16,
        jt,
        jf,
        k,
    }
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;

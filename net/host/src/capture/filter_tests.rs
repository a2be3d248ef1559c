use super::*;

/// Runs a program as the kernel does, over a frame without link header.
fn passes(program: &[sock_filter], protocol: u32, packet: &[u8]) -> bool {
    let (mut at, mut value) = (0, 0_u32);
    loop {
        let step = &program[at];
        at += 1;
        let code = u32::from(step.code);
        let offset = step.k as i32;
        match code & 7 {
            libc::BPF_LD if offset == libc::SKF_AD_OFF => value = protocol,
            libc::BPF_LD => {
                let from = (offset - libc::SKF_NET_OFF) as usize;
                let size = match code & 0x18 {
                    libc::BPF_B => 1,
                    libc::BPF_H => 2,
                    _ => 4,
                };
                // A load behind the end ends the program: the frame does not pass.
                let Some(octets) = packet.get(from..from + size) else {
                    return false;
                };
                value = octets
                    .iter()
                    .fold(0, |sum, octet| sum << 8 | u32::from(*octet));
            }
            libc::BPF_JMP if code & 0xf0 == libc::BPF_JA => at += step.k as usize,
            libc::BPF_JMP => {
                let by = if value == step.k { step.jt } else { step.jf };
                at += usize::from(by);
            }
            _ => return step.k > 0,
        }
    }
}

fn ipv4(protocol: u8, from: [u8; 4], to: [u8; 4]) -> Vec<u8> {
    let mut packet = vec![0x45, 0, 0, 40, 0, 0, 0, 0, 64, protocol, 0, 0];
    packet.extend(from.iter().chain(&to));
    packet
}

fn ipv6(next: u8, from: &str, to: &str) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0, 0, 20, next, 64];
    for address in [from, to] {
        let address: std::net::Ipv6Addr = address.parse().unwrap();
        packet.extend(address.octets());
    }
    packet
}

#[test]
fn only_the_load_s_other_ends_arp_and_icmp_come_up() {
    let mut filter = Filter::default();
    assert!(filter.add([192, 0, 2, 7].into()));
    assert!(filter.add("2001:db8::7".parse().unwrap()));
    assert!(!filter.add([192, 0, 2, 7].into()));
    let program = filter.program();
    let (own, peer, other) = ([192, 0, 2, 1], [192, 0, 2, 7], [192, 0, 2, 8]);
    assert!(passes(&program, 0x0806, &[]));
    assert!(passes(&program, 0x0800, &ipv4(6, own, peer)));
    assert!(passes(&program, 0x0800, &ipv4(17, peer, own)));
    assert!(passes(&program, 0x0800, &ipv4(1, other, own)));
    assert!(!passes(&program, 0x0800, &ipv4(6, own, other)));
    assert!(passes(
        &program,
        0x86dd,
        &ipv6(6, "2001:db8::1", "2001:db8::7")
    ));
    assert!(passes(&program, 0x86dd, &ipv6(58, "fe80::1", "ff02::1")));
    assert!(!passes(
        &program,
        0x86dd,
        &ipv6(6, "2001:db8::1", "2001:db8::8")
    ));
    assert!(!passes(&program, 0x88cc, &ipv4(6, own, peer)));
    assert!(
        !passes(&program, 0x0800, &[0x45]),
        "too short for its header"
    );
}

#[test]
fn too_many_addresses_let_everything_up_and_the_program_stays_short() {
    let mut filter = Filter::default();
    for last in 0..=255 {
        filter.add([192, 0, 2, last].into());
    }
    let program = filter.program();
    assert_eq!(program.len(), 1);
    assert!(passes(
        &program,
        0x0800,
        &ipv4(6, [1, 1, 1, 1], [2, 2, 2, 2])
    ));
    let mut most = Filter::default();
    for last in 0..FILTERED_ADDRESSES as u8 {
        most.add([192, 0, 2, last].into());
    }
    assert!(most.program().len() < libc::BPF_MAXINSNS as usize);
}

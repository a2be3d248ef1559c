//! The hosts file (hosts(5)): an address and its names on a line, comments from `#` on.

use std::net::IpAddr;

/// Most lines that are read.
const LINE_LIMIT: usize = 100_000;

/// One line of the file that names a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostsLine {
    /// The address.
    pub address: IpAddr,
    /// Canonical name and aliases, lower case.
    pub names: Vec<String>,
    /// Line, from 1.
    pub line: u32,
}

/// A hosts file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostsFile {
    lines: Vec<HostsLine>,
    /// Each name with the place of its line in `lines`, in order.
    names: Vec<(String, usize)>,
}

impl HostsFile {
    /// Reads a file. Lines that do not begin with an address are passed over, as getaddrinfo does.
    pub fn parse(octets: &[u8]) -> HostsFile {
        let text = String::from_utf8_lossy(octets);
        let lines = text.lines().take(LINE_LIMIT).enumerate();
        let read = lines.filter_map(|(index, line)| read_line(line, index as u32 + 1));
        let lines: Vec<HostsLine> = read.collect();
        let placed = |(at, line): (usize, &HostsLine)| {
            let names = line.names.iter().cloned();
            names.map(move |name| (name, at)).collect::<Vec<_>>()
        };
        let mut names: Vec<_> = lines.iter().enumerate().flat_map(placed).collect();
        names.sort_unstable();
        names.dedup();
        HostsFile { lines, names }
    }

    /// Whether the file has the name.
    pub fn has(&self, name: &str) -> bool {
        self.of_name(name).next().is_some()
    }

    /// The addresses of a name, in the order of the file, and the first line that has it.
    pub fn find(&self, name: &str) -> Option<(Vec<IpAddr>, u32)> {
        let first = self.of_name(name).next()?.line;
        let mut addresses = Vec::new();
        for line in self.of_name(name) {
            if !addresses.contains(&line.address) {
                addresses.push(line.address);
            }
        }
        Some((addresses, first))
    }

    /// The lines that have a name, in the order of the file.
    fn of_name(&self, name: &str) -> impl Iterator<Item = &HostsLine> {
        let lower = || name.bytes().map(|octet| octet.to_ascii_lowercase());
        let before = |(known, _): &(String, usize)| known.bytes().lt(lower());
        let from = self.names.partition_point(before);
        let same = move |(known, _): &&(String, usize)| known.eq_ignore_ascii_case(name);
        let of_name = self.names[from..].iter().take_while(same);
        of_name.map(|(_, at)| &self.lines[*at])
    }
}

fn read_line(line: &str, number: u32) -> Option<HostsLine> {
    let content = line.split('#').next()?;
    let mut words = content.split_ascii_whitespace();
    let address = words.next()?;
    // A zone such as fe80::1%eth0 is left out: a page cannot be reached by it.
    let address = address.split('%').next()?.parse().ok()?;
    let names: Vec<String> = words.map(str::to_ascii_lowercase).collect();
    (!names.is_empty()).then_some(HostsLine {
        address,
        names,
        line: number,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"# comment\r\n127.0.0.1\tlocalhost  loop # here\r\n\r\n\
        ::1 localhost ip6-localhost\n192.0.2.7 Shop.LAB. www.shop.lab\nnot-an-address x\n10.0.0.1\n\
        192.0.2.8 shop.lab\n192.0.2.7 shop.lab\nfe80::1%eth0 zoned";

    #[test]
    fn names_are_found_as_getaddrinfo_finds_them() {
        let file = HostsFile::parse(FILE);
        let found = |name: &str| {
            file.find(name).map(|(all, line)| {
                let all: Vec<String> = all.iter().map(IpAddr::to_string).collect();
                (all.join(" "), line)
            })
        };
        let table = [
            ("localhost", Some(("127.0.0.1 ::1", 2))),
            ("LOOP", Some(("127.0.0.1", 2))),
            ("here", None),
            ("shop.lab", Some(("192.0.2.8 192.0.2.7", 8))),
            ("SHOP.lab.", Some(("192.0.2.7", 5))),
            ("www.shop.lab", Some(("192.0.2.7", 5))),
            // A name with a dot at its end is another one, as it is for getaddrinfo.
            ("www.shop.lab.", None),
            ("x", None),
            ("10.0.0.1", None),
            ("zoned", Some(("fe80::1", 10))),
        ];
        for (name, expected) in table {
            let expected = expected.map(|(all, line)| (all.to_owned(), line));
            assert_eq!(found(name), expected, "{name}");
        }
    }

    #[test]
    fn any_octets_are_read_without_a_panic() {
        assert_eq!(
            HostsFile::parse(&[0xff, b' ', 0, b'\n', 0xfe]),
            HostsFile::default()
        );
    }
}

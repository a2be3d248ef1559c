//! How names are found, against getaddrinfo of the system: the same table for both, in a namespace
//! with files, addresses and a name server of its own.

use crate::room::Room;
use std::{fs, process::Command};

/// What a machine says about names, and what is looked up there.
struct Machine {
    nsswitch: &'static str,
    resolv: &'static str,
    names: &'static [&'static str],
    /// gai.conf.
    gai: &'static str,
    /// Variables of the environment.
    variables: &'static [(&'static str, &'static str)],
    /// What is done to the machine's interfaces.
    changes: &'static str,
}

/// A machine of which nothing more is said.
const PLAIN: Machine = Machine {
    nsswitch: "hosts: files dns",
    resolv: "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
    names: &[],
    gai: "",
    variables: &[],
    changes: "",
};

/// Many names a line, comments, Windows line ends, the same name in several lines, odd addresses.
const HOSTS: &str = "# made for the test\r\n\
127.0.0.1\tlocalhost loop loop.test\r\n\
::1 localhost ip6-localhost ip6-loopback\n\
192.0.2.1 one.test one # one.comment\n\
192.0.2.2\t \ttwo.test\tdeux.test zwei.test\n\
\n\
   192.0.2.3   indented.test  \n\
2001:db8::3 six.test\n\
192.0.2.4 both.test\n\
2001:db8::4 both.test\n\
192.0.2.5 many.test\n\
10.9.0.7 many.test\n\
192.0.2.6 many.test other.test\n\
192.0.2.5 many.test\n\
2001:db8::5 sixes.test\n\
2001:db8:9::5 sixes.test\n\
fd00::5 sixes.test\n\
192.0.2.8 UPPER.Test\n\
192.0.2.9 dotted.test.\n\
not-an-address wrong.test\n\
192.0.2.300 wrong2.test\n\
192.0.2.10\n\
192.0.2.11 #only.comment\n\
192.0.2.12 shadow.dns.test\n\
203.0.113.1 printer.local\n\
::ffff:192.0.2.13 mapped.test\n\
fe80::14 link.test\n\
127.0.0.5 near.test\n\
192.0.2.15 near.test\n\
0.0.0.0 blocked.test\n\
192.0.2.16 under_score.test -dash.test\n\
192.0.2.17 host17\n\
192.0.2.18 last.test";

/// The server in the namespace.
const RECORDS: &[&str] = &[
    "--host-record=a.dns.test,198.51.100.1",
    "--host-record=aaaa.dns.test,2001:db8:1::1",
    "--host-record=ab.dns.test,198.51.100.2,2001:db8:1::2",
    "--host-record=mixed.dns.test,10.9.0.77,2001:db8:1::7",
    "--address=/sixes.dns.test/2001:db8:1::5",
    "--address=/sixes.dns.test/2001:db8:9::5",
    "--address=/sixes.dns.test/fd00:1::5",
    "--address=/many.dns.test/198.51.100.5",
    "--address=/many.dns.test/10.9.0.5",
    "--address=/many.dns.test/10.8.0.5",
    "--address=/local.dns.test/169.254.1.1",
    "--address=/local.dns.test/198.51.100.6",
    "--address=/local.dns.test/127.0.0.9",
    "--address=/special.dns.test/2002:c000:201::1",
    "--address=/special.dns.test/2001:0:1::1",
    "--address=/special.dns.test/fd00:2::1",
    "--address=/special.dns.test/198.51.100.7",
    "--address=/two.dns.test/2001:db8:2::1",
    "--address=/two.dns.test/2001:db8:1::1",
    "--host-record=shadow.dns.test,198.51.100.12",
    "--host-record=www.corp.test,198.51.100.20",
    "--host-record=www.sub.corp.test,198.51.100.21",
    "--host-record=one.corp.test,198.51.100.22",
    "--host-record=dotted.name.corp.test,198.51.100.23",
    "--host-record=bare,198.51.100.24",
    "--host-record=printer2.local,198.51.100.25",
    "--cname=alias.dns.test,ab.dns.test",
    "--cname=alias2.dns.test,alias.dns.test",
    "--txt-record=txt.dns.test,hello",
    "--local=/test/",
    "--local=/local/",
    "--local=//",
];

const MACHINES: &[Machine] = &[
    Machine {
        nsswitch: "hosts: files",
        resolv: "nameserver 127.0.0.1\n",
        names: &[
            "localhost",
            "loop",
            "loop.test",
            "ip6-localhost",
            "ip6-loopback",
            "one.test",
            "one",
            "ONE.TEST",
            "one.comment",
            "two.test",
            "deux.test",
            "zwei.test",
            "indented.test",
            "six.test",
            "both.test",
            "many.test",
            "other.test",
            "sixes.test",
            "upper.test",
            "UPPER.Test",
            "wrong.test",
            "wrong2.test",
            "only.comment",
            "printer.local",
            "mapped.test",
            "near.test",
            "blocked.test",
            "under_score.test",
            "host17",
            "dotted.test",
            "dotted.test.",
            "-dash.test",
            "last.test",
            "nowhere.test",
            "a.dns.test",
            "192.0.2.99",
            "2001:db8::99",
        ],
        ..PLAIN
    },
    Machine {
        nsswitch: "hosts: files dns",
        resolv: "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
        names: &[
            "one.test",
            "both.test",
            "shadow.dns.test",
            "a.dns.test",
            "A.DNS.test",
            "aaaa.dns.test",
            "ab.dns.test",
            "a.dns.test.",
            "alias.dns.test",
            "alias2.dns.test",
            "txt.dns.test",
            "nowhere.dns.test",
            "printer.local",
            "printer2.local",
            "nothing.local",
            "bare",
        ],
        ..PLAIN
    },
    Machine {
        nsswitch: "hosts: dns files",
        resolv: "nameserver 127.0.0.1\n",
        names: &["shadow.dns.test", "one.test", "ab.dns.test", "nowhere.test"],
        ..PLAIN
    },
    Machine {
        nsswitch: "hosts: files [NOTFOUND=return] dns",
        resolv: "nameserver 127.0.0.1\n",
        names: &["one.test", "a.dns.test", "shadow.dns.test"],
        ..PLAIN
    },
    Machine {
        nsswitch: "hosts: dns [NOTFOUND=return] files",
        resolv: "nameserver 127.0.0.1\n",
        names: &["one.test", "a.dns.test", "shadow.dns.test"],
        ..PLAIN
    },
    Machine {
        nsswitch: "hosts: dns [!UNAVAIL=return] files",
        resolv: "nameserver 127.0.0.1\n",
        names: &["one.test", "ab.dns.test"],
        ..PLAIN
    },
    Machine {
        nsswitch: "hosts: unbuilt [NOTFOUND=return] files dns # comment",
        resolv: "nameserver 127.0.0.1\n",
        names: &["one.test", "a.dns.test"],
        ..PLAIN
    },
    Machine {
        nsswitch: "passwd: files",
        resolv: "nameserver 127.0.0.1\n",
        names: &["one.test", "a.dns.test", "shadow.dns.test"],
        ..PLAIN
    },
    Machine {
        nsswitch: "hosts: files dns",
        resolv: "# comment\nnameserver 127.0.0.1\nsearch corp.test sub.corp.test\n",
        names: &[
            "www",
            "one",
            "www.sub",
            "dotted.name",
            "bare",
            "nowhere",
            "www.",
            "a.dns.test",
        ],
        ..PLAIN
    },
    Machine {
        nsswitch: "hosts: files dns",
        resolv: "nameserver 127.0.0.1\nsearch sub.corp.test corp.test\noptions ndots:2\n",
        names: &["www", "dotted.name", "a.dns.test", "www.corp.test"],
        ..PLAIN
    },
    Machine {
        nsswitch: "hosts: files dns",
        resolv: "search nowhere.test\ndomain corp.test\nnameserver 127.0.0.1\n",
        names: &["www", "dotted.name"],
        ..PLAIN
    },
    Machine {
        nsswitch: "hosts: dns [!UNAVAIL=return] files",
        resolv: "nameserver 127.0.0.9\noptions timeout:1 attempts:1\n",
        names: &["one.test", "nowhere.test"],
        ..PLAIN
    },
    Machine {
        nsswitch: "hosts: files [SUCCESS=continue] dns",
        resolv: "nameserver 127.0.0.1\n",
        names: &[
            "one.test",
            "shadow.dns.test",
            "ab.dns.test",
            "both.test",
            "nowhere.test",
        ],
        ..PLAIN
    },
    Machine {
        nsswitch: "hosts: dns [SUCCESS=continue] files",
        resolv: "nameserver 127.0.0.1\n",
        names: &["one.test", "shadow.dns.test", "ab.dns.test", "nowhere.test"],
        ..PLAIN
    },
    Machine {
        nsswitch: "hosts: dns [UNAVAIL=return] files",
        resolv: "nameserver 127.0.0.9\noptions timeout:1 attempts:1\n",
        names: &["one.test"],
        ..PLAIN
    },
    // Odd words in nsswitch.conf.
    Machine {
        nsswitch: "hosts:\tfiles\t[ NOTFOUND=return ]\tdns",
        names: &["one.test", "a.dns.test"],
        ..PLAIN
    },
    Machine {
        nsswitch: "hosts: files [SUCCESS=return NOTFOUND=continue] dns [TRYAGAIN=return] files",
        names: &["one.test", "a.dns.test", "nowhere.test"],
        ..PLAIN
    },
    Machine {
        nsswitch: "hosts: dns[notfound=continue]files",
        names: &["one.test", "shadow.dns.test"],
        ..PLAIN
    },
    Machine {
        nsswitch: "# hosts: dns\nhosts: files # dns\nhosts: dns",
        names: &["one.test", "a.dns.test", "shadow.dns.test"],
        ..PLAIN
    },
    Machine {
        nsswitch: "hosts: dns [!SUCCESS=return] files",
        names: &["one.test", "ab.dns.test"],
        ..PLAIN
    },
    Machine {
        nsswitch: "hosts: files unbuilt dns",
        names: &["one.test", "a.dns.test", "nowhere.test"],
        ..PLAIN
    },
    Machine {
        nsswitch: "hosts: files dns files",
        names: &["shadow.dns.test", "nowhere.test"],
        ..PLAIN
    },
    // What the environment says.
    Machine {
        variables: &[("LOCALDOMAIN", "corp.test sub.corp.test")],
        names: &["www", "one", "www.sub", "bare"],
        ..PLAIN
    },
    Machine {
        resolv: "nameserver 127.0.0.1\nsearch sub.corp.test\n",
        variables: &[("LOCALDOMAIN", "corp.test"), ("RES_OPTIONS", "ndots:3")],
        names: &["www", "dotted.name", "a.dns.test"],
        ..PLAIN
    },
    Machine {
        resolv: "nameserver 127.0.0.1\nsearch corp.test\noptions ndots:0\n",
        names: &["bare", "www", "one", "dotted.name"],
        ..PLAIN
    },
    Machine {
        resolv: "search corp.test\r\nnameserver 127.0.0.1\r\n",
        names: &["www", "a.dns.test"],
        ..PLAIN
    },
    // Dots at the end, and names that are none.
    Machine {
        resolv: "nameserver 127.0.0.1\nsearch corp.test\n",
        names: &[
            "one.test.",
            "UPPER.TEST.",
            "alias.dns.test.",
            "printer.local.",
            "a.dns.test..",
            "www..corp.test",
            ".a.dns.test",
            "127.0.0.1.",
        ],
        ..PLAIN
    },
    // Rules 5, 6 and 9 with what is built in.
    Machine {
        names: &[
            "mixed.dns.test",
            "sixes.dns.test",
            "many.dns.test",
            "local.dns.test",
            "special.dns.test",
        ],
        ..PLAIN
    },
    // Rule 3: the machine's address of IPv6 is deprecated.
    Machine {
        changes: "ip addr change 2001:db8:9::2/64 dev v0 preferred_lft 0",
        names: &[
            "ab.dns.test",
            "mixed.dns.test",
            "sixes.dns.test",
            "both.test",
        ],
        ..PLAIN
    },
    // Rule 3 among addresses of one family.
    Machine {
        changes: "ip addr add fd00:1::2/64 dev v0 nodad && ip addr change fd00:1::2/64 dev v0 preferred_lft 0",
        names: &["sixes.dns.test", "special.dns.test"],
        ..PLAIN
    },
    // Rule 4: a home address.
    Machine {
        changes: "ip addr add fd00:1::2/64 dev v0 home nodad",
        names: &["sixes.dns.test", "mixed.dns.test"],
        ..PLAIN
    },
    // A machine with an address of its own site's network.
    Machine {
        changes: "ip addr add fd00:1::2/64 dev v0 nodad",
        names: &["sixes.dns.test", "mixed.dns.test", "special.dns.test"],
        ..PLAIN
    },
    // Without IPv6, and without IPv4.
    Machine {
        changes: "ip -6 addr flush dev v0",
        names: &["ab.dns.test", "mixed.dns.test", "both.test"],
        ..PLAIN
    },
    Machine {
        changes: "ip -4 addr flush dev v0",
        names: &["ab.dns.test", "mixed.dns.test", "both.test"],
        ..PLAIN
    },
    // gai.conf.
    Machine {
        gai: "precedence ::ffff:0:0/96  100\n",
        names: &["ab.dns.test", "mixed.dns.test", "both.test"],
        ..PLAIN
    },
    Machine {
        gai: "# IPv4 first\r\nprecedence  ::1/128 50\r\nprecedence ::/0 40\r\nprecedence 2002::/16 30 # 6to4\r\nprecedence ::ffff:0:0/96 100\r\n",
        names: &["ab.dns.test", "special.dns.test"],
        ..PLAIN
    },
    Machine {
        gai: "label 2001:db8:1::/48 7\nlabel 2001:db8:9::/48 8\nlabel ::/0 1\n",
        names: &["sixes.dns.test", "ab.dns.test", "two.dns.test"],
        ..PLAIN
    },
    Machine {
        gai: "label ::1/128 0\nlabel 2001:db8::/32 9\nprecedence 2001:db8:2::/48 70\nreload yes\n",
        names: &["sixes.dns.test", "two.dns.test", "special.dns.test"],
        ..PLAIN
    },
    Machine {
        gai: "scopev4 ::ffff:169.254.0.0/112 2\nscopev4 ::ffff:127.0.0.0/104 2\nscopev4 ::ffff:10.0.0.0/104 5\nscopev4 ::ffff:0.0.0.0/96 14\n",
        names: &["many.dns.test", "mixed.dns.test", "ab.dns.test"],
        ..PLAIN
    },
    Machine {
        gai: "scopev4 10.0.0.0/8 5\nwrong line here\nlabel 300 1\n",
        names: &["many.dns.test", "ab.dns.test"],
        ..PLAIN
    },
];

/// Addresses, files bound over those of the system, the name server; then each name by both.
const SCRIPT: &str = r#"
ip link set lo up && ip link add v0 type veth peer name v1 && ip link set v1 up
ip addr add 10.9.0.2/24 dev v0 && ip addr add 2001:db8:9::2/64 dev v0 nodad && ip link set v0 up
ip route add default via 10.9.0.1 && ip route add default via 2001:db8:9::1
eval "$CHANGES" || exit 7
mount --bind "$DIR/gai" /etc/gai.conf || exit 9
mount --bind "$DIR/hosts" /etc/hosts && mount --bind "$DIR/nsswitch" /etc/nsswitch.conf || exit 9
mount --bind "$DIR/resolv" /etc/resolv.conf || exit 9
dnsmasq --no-daemon --no-resolv --no-hosts --conf-file=/dev/null --pid-file= \
  --listen-address=127.0.0.1 --bind-interfaces $RECORDS 2>"$DIR/dnsmasq.log" &
SERVER=$!
until grep -q started "$DIR/dnsmasq.log" 2>/dev/null; do kill -0 $SERVER || exit 8; done
for NAME in "$@"; do
  echo "= $(timeout 30 getent ahosts "$NAME" | sed -n 's/ *STREAM.*//p' | tr '\n' ' ')"
  echo "+ $(timeout 30 "$THRU" dns lookup "$NAME" 2>/dev/null | tr '\n' ' ')"
done
kill $SERVER
"#;

/// The same answers in the same order as `getent ahosts`.
pub fn as_getent(room: &Room) {
    let (mut count, mut differ) = (0, Vec::new());
    for (index, machine) in MACHINES.iter().enumerate() {
        let folder = room.folder(&format!("getent-{index}"));
        let write = |name: &str, text: &str| {
            fs::write(folder.join(name), text).expect("a temporary folder can be written");
        };
        write("hosts", HOSTS);
        write("nsswitch", &format!("{}\n", machine.nsswitch));
        write("resolv", machine.resolv);
        write("gai", machine.gai);
        let mut command = Command::new("unshare");
        command.args(["-r", "-m", "-n", "sh", "-c", SCRIPT, "sh"]);
        command.args(machine.names).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .env("DIR", &folder)
            .env("RECORDS", RECORDS.join(" "))
            .env("CHANGES", machine.changes)
            .envs(machine.variables.iter().copied());
        command.env("THRU", env!("CARGO_BIN_EXE_thru"));
        let ran = command.output().expect("unshare runs");
        let text = String::from_utf8_lossy(&ran.stdout).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines.len(),
            2 * machine.names.len(),
            "{}: {text}{}",
            machine.nsswitch,
            String::from_utf8_lossy(&ran.stderr)
        );
        for (name, pair) in machine.names.iter().zip(lines.chunks(2)) {
            count += 1;
            // glibc gives an address twice that stands in two lines; one is enough.
            let mut system: Vec<&str> = Vec::new();
            for address in pair[0][1..].split_whitespace() {
                if !system.contains(&address) {
                    system.push(address);
                }
            }
            let ours: Vec<&str> = pair[1][1..].split_whitespace().collect();
            assert!(
                *name != "a.dns.test." || !ours.is_empty(),
                "the name server answers"
            );
            if system != ours {
                let place = format!(
                    "{} / {:?} / {:?} / {:?} / {}",
                    machine.nsswitch,
                    machine.resolv,
                    machine.gai,
                    machine.variables,
                    machine.changes
                );
                differ.push(format!(
                    "{name} ({place}): the system {system:?}, thru {ours:?}"
                ));
            }
        }
    }
    assert!(count >= 60, "{count} cases");
    assert!(
        differ.is_empty(),
        "{count} cases, {} differ:\n{}",
        differ.len(),
        differ.join("\n")
    );
}

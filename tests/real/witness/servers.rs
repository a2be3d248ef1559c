//! The name servers of the witness: NSD has the root and a third of the zones, Knot `test` and
//! another third, unbound the rest; unbound validates beside ours.

use super::{TABLE, zone_name};
use std::{fmt::Write, fs, path::Path};

pub const ROOT: &str = "192.0.2.1";
pub const TEST: &str = "192.0.2.2";
/// NSD, Knot, unbound.
const OF_ZONES: [&str; 3] = ["192.0.2.3", "192.0.2.4", "192.0.2.5"];

pub fn of_zone(number: usize) -> &'static str {
    OF_ZONES[number % OF_ZONES.len()]
}

fn zones_of(server: usize) -> impl Iterator<Item = String> {
    let all = 0..TABLE.len();
    all.filter(move |number| number % OF_ZONES.len() == server)
        .map(zone_name)
}

/// Writes what each server reads; gives the script that starts all and asks both resolvers.
pub fn script(folder: &Path) -> String {
    let write =
        |name: &str, text: &str| fs::write(folder.join(name), text).expect("a temporary folder");
    let file = |zone: &str| format!("{zone}.zone");
    write(
        "nsd-root.conf",
        &nsd(folder, ROOT, &[(".".into(), "root.signed".into())]),
    );
    let zones: Vec<_> = zones_of(0)
        .map(|zone| (zone.clone(), file(&zone)))
        .collect();
    write("nsd.conf", &nsd(folder, OF_ZONES[0], &zones));
    write(
        "knot-test.conf",
        &knot(
            folder,
            "knot-test",
            TEST,
            &[("test".into(), "test.signed".into())],
        ),
    );
    let zones: Vec<_> = zones_of(1)
        .map(|zone| (zone.clone(), file(&zone)))
        .collect();
    write("knot.conf", &knot(folder, "knot", OF_ZONES[1], &zones));
    let mut auth = unbound(folder, OF_ZONES[2], " module-config: \"iterator\"\n");
    for zone in zones_of(2) {
        let _ = write!(
            auth,
            "auth-zone:\n name: \"{zone}\"\n zonefile: \"{}\"\n for-downstream: yes\n for-upstream: no\n fallback-enabled: no\n",
            file(&zone)
        );
    }
    write("unbound-auth.conf", &auth);
    let validating = " module-config: \"validator iterator\"\n root-hints: \"hints\"\n trust-anchor-file: \"anchors\"\n \
        trust-anchor-signaling: no\n do-not-query-localhost: no\n";
    write("unbound.conf", &unbound(folder, "192.0.2.54", validating));
    write(
        "servers.toml",
        &format!(
            "[[dns]]\nname = \"ours\"\nlisten = \"192.0.2.53:53\"\nkind = \"recursive\"\nroots = [\"{ROOT}\"]\n\
             anchors = \"anchors\"\nallow = [\"0.0.0.0/0\"]\n"
        ),
    );
    SCRIPT.to_owned()
}

const SCRIPT: &str = r#"
cd "$DIR"
for N in 1 2 3 4 5 53 54; do ip addr add 192.0.2.$N/32 dev lo; done
mkdir -p knot-test knot
nsd -d -c nsd-root.conf 2>nsd-root.log &
nsd -d -c nsd.conf 2>nsd.err &
knotd -c knot-test.conf 2>knot-test.log &
knotd -c knot.conf 2>knot.log &
unbound -d -p -c unbound-auth.conf 2>unbound-auth.log &
unbound -d -p -c unbound.conf 2>unbound.log &
"$THRU" serve servers.toml >serve.out 2>serve.log &
for N in 1 2 3 4 5 53 54; do
  TRIES=0
  until dig @192.0.2.$N +tcp +tries=1 +time=1 . SOA >/dev/null 2>&1; do
    TRIES=$((TRIES+1))
    [ $TRIES -lt 300 ] || { echo "192.0.2.$N never answers"; cat *.log; exit 8; }
    sleep 0.05
  done
done
echo "= ours"
dig @192.0.2.53 +noall +comments +time=15 +tries=1 -f questions
echo "= unbound"
dig @192.0.2.54 +noall +comments +time=15 +tries=1 -f questions
"#;

fn nsd(folder: &Path, address: &str, zones: &[(String, String)]) -> String {
    let here = folder.display();
    let mut text = format!(
        "server:\n ip-address: {address}\n username: \"\"\n chroot: \"\"\n pidfile: \"{here}/nsd-{address}.pid\"\n database: \"\"\n \
         zonesdir: \"{here}\"\n xfrdfile: \"{here}/xfrd-{address}\"\n xfrdir: \"{here}\"\n logfile: \"{here}/nsd-{address}.log\"\n \
         zonelistfile: \"{here}/list-{address}\"\n server-count: 1\nremote-control:\n control-enable: no\n"
    );
    for (zone, file) in zones {
        let _ = write!(text, "zone:\n name: \"{zone}\"\n zonefile: \"{file}\"\n");
    }
    text
}

fn knot(folder: &Path, name: &str, address: &str, zones: &[(String, String)]) -> String {
    let here = folder.display();
    let mut text = format!(
        "server:\n    rundir: \"{here}/{name}\"\n    listen: {address}@53\nlog:\n  - target: stderr\n    any: warning\n\
         database:\n    storage: \"{here}/{name}\"\ntemplate:\n  - id: default\n    storage: \"{here}\"\n    \
         semantic-checks: off\n    zonefile-load: whole\n    zonefile-sync: -1\n    journal-content: none\nzone:\n"
    );
    for (zone, file) in zones {
        let _ = write!(text, "  - domain: {zone}\n    file: \"{file}\"\n");
    }
    text
}

fn unbound(folder: &Path, address: &str, more: &str) -> String {
    let here = folder.display();
    format!(
        "server:\n do-daemonize: no\n username: \"\"\n chroot: \"\"\n directory: \"{here}\"\n pidfile: \"\"\n use-syslog: no\n \
         interface: {address}\n access-control: 0.0.0.0/0 allow\n do-ip6: no\n num-threads: 1\n local-zone: \"test.\" nodefault\n{more}\
         remote-control:\n control-enable: no\n"
    )
}

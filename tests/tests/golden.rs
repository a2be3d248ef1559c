//! One folder a situation under `tests/golden`: one trip, through the views. `UPDATE_GOLDEN=1`
//! writes the files anew; read the difference before it is committed.

use libtest_mimic::{Arguments, Failed, Trial};
use std::{
    fmt::Write as _,
    io::{Read, Write},
    net::{TcpListener, UdpSocket},
    path::{Path, PathBuf},
    thread,
};
use throughline::{FramesWanted, Host, Options, Trip, World};
use thru_events::{
    Code, Entry, Event, Provenance, Stage, Vantage, dns::DnsEvent, http::HttpEvent,
    link::LinkEvent, paint::PaintEvent, trip::TripEvent,
};
use thru_journal::{Journal, encode};
use thru_lab::{FrameDamage, faults};
use thru_tests::situation::{Situation, digest, failure, kinds, picture};
use thru_views::{
    json::{self, Artifacts},
    pcapng::pcapng,
    report::report,
    terminal::{self, Terminal},
};

/// Further situations, for events that no code leads to: folder and faults.
const FURTHER: &[(&str, &[&str])] = &[
    ("balancer.backend_failing", &["web.status=/:500"]),
    ("app.database_missing", &["app.database_missing"]),
    ("wire.loss", &["wire.loss=home-router:wan0/0.2"]),
    ("wire.bit_error", &["wire.bit_error=home-router:wan0/0.2"]),
    ("wire.reorder", &["wire.reorder=home-router:wan0/0.2"]),
    ("node.off", &["node.off=balancer"]),
    ("web-1.off", &["node.off=web-1"]),
];

fn main() {
    if std::env::var_os(INSIDE).is_some() {
        print!("{}", kinds_beside_a_neighbour());
        return;
    }
    let mut trials = vec![
        Trial::test("demo", demo),
        Trial::test("url.invalid", url_invalid),
        Trial::test("host-loopback", host_loopback),
        Trial::test("host-frames", host_frames),
        Trial::test("host-names", host_names),
        Trial::test("typed-name", || typed("typed-name", "shop.lab")),
        Trial::test("alias", || typed("alias", "https://www.shop.lab/")),
        Trial::test("resolve-option", resolve_option),
        Trial::test("search-domain", || {
            own_files("search-domain", "search = [\"lab\"]", "https://shop/")
        }),
        Trial::test("hosts-override", || {
            let line = "hosts_file = \"203.0.113.80 shop.lab\"";
            own_files("hosts-override", line, "https://shop.lab/")
        }),
        // One name has three answers: with addresses of IPv4, of IPv6, with a service.
        Trial::test("names-full", || {
            own_files("names-full", "names_kept = 2", "https://shop.lab/")
        }),
        Trial::test("sources", || {
            let line = "sources = [\"mdns4\", \"files\", \"myhostname\", \"dns\"]";
            own_files("sources", line, "https://shop.lab/")
        }),
        Trial::test("hsts-preloaded", || {
            typed("hsts-preloaded", "http://shop.dev/")
        }),
        Trial::test("hsts-learned", || {
            let said = "hsts = \"max-age=31536000\"\nweb = [\"web-1\", \"web-2\"]\ncache";
            let text = in_builtin(&[("web = [\"web-1\", \"web-2\"]\ncache", said)])?;
            views("hsts-learned", &topology(text).run())
        }),
        Trial::test("signed", signed),
        Trial::test("prefetch", prefetch),
        Trial::test("stale-answer", stale_answer),
        Trial::test("own-root", own_root),
        Trial::test("answer-over", answer_over),
        Trial::test("first-dns-dead", first_dns_dead),
        Trial::test("names", names),
        Trial::test("data-page", || typed("data-page", &data_page())),
        Trial::test("small-mtu", small_mtu),
        Trial::test("narrow-path", narrow_path),
        Trial::test("long-page", long_page),
        Trial::test("let-pass", let_pass),
        Trial::test("page.encoding_mismatch", encoding_mismatch),
        Trial::test("why", why),
        Trial::test("neighbour-expired", neighbour_expired),
        Trial::test("address-conflict", address_conflict),
        Trial::test("address-taken", address_taken),
        Trial::test("lease-renewed", lease_renewed),
        Trial::test("lease-refused", lease_refused),
        Trial::test("dual-stack", dual_stack),
        Trial::test("dual-stack-fading", dual_stack_fading),
        Trial::test("late-address", late_address),
        Trial::test("service-elsewhere", service_elsewhere),
        Trial::test("address-passed-over", address_passed_over),
        Trial::test("frame-astray", frame_astray),
        Trial::test("cache-full", cache_full),
        Trial::test("syn-cookies", no_room_left),
        Trial::test("loop-of-cables", || {
            waiting("loop", "loop-of-cables", "", "")
        }),
        Trial::test("nat-expired", || {
            let nat = "nat = { outside = \"wan0\"";
            waiting("shop", "nat-expired", nat, ", tcp_idle = \"1 s\"")
        }),
        Trial::test("hairpin", || {
            let scenario = thru_lab::scenarios::find("port-forward").ok_or("it is built in")?;
            let mut situation = Situation {
                typed: scenario.url.to_owned(),
                ..Situation::default()
            };
            situation.lab.topology = Some(scenario.topology.to_owned());
            views("hairpin", &situation.run())
        }),
        Trial::test("host-neighbour", host_neighbour)
            .with_ignored_flag(!namespaces_are_permitted()),
        Trial::test("host-dns", host_dns),
        Trial::test("host-interrupted", host_interrupted),
    ];
    // A world without a picture has no broken image and misses no style sheet.
    let painted = !picture(&Situation::default().run()).is_empty();
    for (code, _) in faults::BY_CODE {
        let situation = move || {
            let name = code.as_str();
            let trip = Situation::with_faults(&[name]).run();
            let verdict = trip.verdict.as_ref().ok_or("recording is on")?;
            let told = failure(&trip).or(verdict.findings.first().map(|finding| finding.code));
            if told != Some(*code) {
                return Err(format!("--fault {name} leads to {told:?}").into());
            }
            views(name, &trip)
        };
        let needs_picture = code.as_str().starts_with("page.");
        let name = match needs_picture && !painted {
            true => format!("{} (skipped: the demo paints nothing)", code.as_str()),
            false => code.as_str().to_owned(),
        };
        trials.push(Trial::test(name, situation).with_ignored_flag(needs_picture && !painted));
    }
    for (name, faults) in FURTHER {
        let situation = move || views(name, &Situation::with_faults(faults).run());
        trials.push(Trial::test(*name, situation));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn demo() -> Result<(), Failed> {
    let trip = Situation::default().run();
    if let Some(code) = failure(&trip) {
        return Err(format!("the demo failed: {code}").into());
    }
    views("demo", &trip)?;
    let (journal, verdict) = parts(&trip)?;
    let capture = pcapng(journal, Vantage::Near, false).map_err(|why| why.to_string())?;
    let saved = encode(journal, false);
    let html = report(journal, verdict);
    let mut digests = String::new();
    for (name, octets) in [
        ("trip.pcapng", &capture[..]),
        ("trip.thru without CPU figures", &saved),
        ("trip.html", html.as_bytes()),
        ("pixels, RGBA", picture(&trip)),
    ] {
        let _ = writeln!(
            digests,
            "{} {} octets  {name}",
            digest(octets),
            octets.len()
        );
    }
    same("demo", "digests.txt", &digests)?;
    same("demo", "cause_walk.txt", &cause_walk(journal)?)
}

/// A URL that is none: by command, no fault is needed.
fn url_invalid() -> Result<(), Failed> {
    let situation = Situation {
        typed: "http://[::bad/".to_owned(),
        ..Situation::default()
    };
    views("url.invalid", &situation.run())
}

/// Something else is typed.
fn typed(name: &str, typed: &str) -> Result<(), Failed> {
    let situation = Situation {
        typed: typed.to_owned(),
        ..Situation::default()
    };
    views(name, &situation.run())
}

/// A page with something that every stage of a page states about it: wrong markup, wrong style,
/// script, elements in each other beyond the limit, a character without glyph, a part that is not
/// built.
fn data_page() -> String {
    let deep = "<div>".repeat(600);
    let page = format!(
        "<!doctype html><title>All</title><style>p {{ colour: red; color: nonsense }}</style>\
         <p>One <b>two</p></b><script>1</script><video></video>\u{10FFFD}<table><td>three</table>\
         <div style=backdrop-filter:blur(1px)>four</div>{deep}deep"
    );
    let mut url = "data:text/html;charset=utf-8,".to_owned();
    for octet in page.bytes() {
        let _ = write!(url, "%{octet:02X}");
    }
    url
}

/// `-k`: the certificate is for another name, and the trip goes on.
fn let_pass() -> Result<(), Failed> {
    let situation = Situation {
        insecure: true,
        ..Situation::with_faults(&["certificate.names"])
    };
    views("let-pass", &situation.run())
}

/// UTF-8 that nobody announced.
fn encoding_mismatch() -> Result<(), Failed> {
    let page = "data:text/html,<!doctype html><p>sch%C3%B6n";
    let situation = Situation {
        typed: page.to_owned(),
        ..Situation::default()
    };
    let trip = situation.run();
    let (_, verdict) = parts(&trip)?;
    match verdict.findings.as_slice() {
        [finding] if finding.code == Code::PageEncodingMismatch => {
            views("page.encoding_mismatch", &trip)
        }
        others => Err(format!("the findings are {others:?}").into()),
    }
}

/// `--resolve` names the address.
fn resolve_option() -> Result<(), Failed> {
    let address = std::net::IpAddr::from([203, 0, 113, 80]);
    let situation = Situation {
        resolve: vec![("shop.lab".to_owned(), address)],
        ..Situation::default()
    };
    views("resolve-option", &situation.run())
}

/// The machine says something of its own about names.
fn own_files(name: &str, line: &str, typed: &str) -> Result<(), Failed> {
    let before = "name = \"pc\"\n";
    let situation = Situation {
        typed: typed.to_owned(),
        ..rewritten(before, &format!("{before}{line}\n"))?
    };
    views(name, &situation.run())
}

/// What decides an element of the shop, and one that has no box.
fn why() -> Result<(), Failed> {
    let trip = Situation {
        inspect: Some("title, .hero h1, .card:first-child img".to_owned()),
        ..Situation::default()
    }
    .run();
    let journal = trip.journal.as_ref().ok_or("recording is on")?;
    same("why", "why.txt", &thru_views::why::why(journal))?;
    same("why", "events.txt", &kinds(journal, true))
}

/// The root's network takes only short packets: its answers come to the caching server in pieces.
fn small_mtu() -> Result<(), Failed> {
    let before = "address = \"192.0.2.2/29\" }";
    let after = "address = \"192.0.2.2/29\", mtu = 72 }";
    views("small-mtu", &rewritten(before, after)?.run())
}

/// Signed zones and a resolver that checks them; two names that do not exist, the second denied by
/// what the first one left.
fn signed() -> Result<(), Failed> {
    let search = "name = \"pc\"\nsearch = [\"shop.lab\", \"corp.shop.lab\"]\n";
    let text = in_builtin(&[("name = \"pc\"\n", search), VALIDATES])?;
    let text = text.replace("\n[[zone]]\n", "\n[[zone]]\nsigned = \"good\"\n");
    let mut situation = topology(text);
    situation.typed = "https://nobody/".to_owned();
    let trip = situation.run();
    let (journal, _) = parts(&trip)?;
    same("signed", "names.txt", &thru_views::names::text(journal))?;
    views("signed", &trip)
}

/// The resolver of the built-in topology, checking signatures.
const VALIDATES: (&str, &str) = (
    "roots = [\"192.0.2.2\"] }",
    "roots = [\"192.0.2.2\"], validates = true }",
);

/// The neighbour asked a while ago: what the resolver has will be over soon.
fn prefetch() -> Result<(), Failed> {
    let changes = [
        (
            "roots = [\"192.0.2.2\"] }",
            "roots = [\"192.0.2.2\"], prefetch = true }",
        ),
        ("before = \"30 min\"", "before = \"220 s\""),
    ];
    let mut situation = topology(in_builtin(&changes)?);
    // The home router does not ask ahead; the computer asks the resolver itself.
    situation.lab.faults = vec!["dhcp.dns=198.51.100.50".to_owned()];
    views("prefetch", &situation.run())
}

/// The neighbour asked ten minutes ago; what he was told is over, and the shop's name server is off.
fn stale_answer() -> Result<(), Failed> {
    let changes = [
        (
            "roots = [\"192.0.2.2\"] }",
            "roots = [\"192.0.2.2\"], stale = true }",
        ),
        (
            "before = \"30 min\"",
            "before = \"10 min\"\nthen_off = [\"site-dns\"]",
        ),
    ];
    views("stale-answer", &topology(in_builtin(&changes)?).run())
}

/// The provider's resolver has a copy of the root zone, so that the root's servers are not asked.
fn own_root() -> Result<(), Failed> {
    let changes = [(
        "roots = [\"192.0.2.2\"] }",
        "roots = [\"192.0.2.2\"], copies = [\".\"] }",
    )];
    views("own-root", &topology(in_builtin(&changes)?).run())
}

/// The shop's address is good for a second, and the way to it is long: when the redirect is there
/// the name has to be asked for again.
fn answer_over() -> Result<(), Failed> {
    let changes = [("$TTL 300", "$TTL 1")];
    let mut situation = topology(in_builtin(&changes)?);
    situation.typed = "http://shop.lab/".to_owned();
    situation.lab.faults = vec!["wire.latency=firewall:outside0/300 ms".to_owned()];
    views("answer-over", &situation.run())
}

/// Nobody is at the first DNS server's address, and the way to the second is slow.
fn first_dns_dead() -> Result<(), Failed> {
    let servers = "dns = [\"198.51.100.51\", \"198.51.100.50\"], lease_s";
    let changes = [("dns = [\"192.168.1.1\"], lease_s", servers)];
    let mut situation = topology(in_builtin(&changes)?);
    situation.lab.faults = vec!["wire.latency=provider-1:dns0/300 ms".to_owned()];
    views("first-dns-dead", &situation.run())
}

/// Every question of the demo's trip, asked by anyone.
fn names() -> Result<(), Failed> {
    let trip = Situation::default().run();
    let (journal, _) = parts(&trip)?;
    same("names", "names.txt", &thru_views::names::text(journal))?;
    same("names", "names.json", &thru_views::names::json(journal))
}

fn topology(text: String) -> Situation {
    let mut situation = Situation::default();
    situation.lab.topology = Some(text);
    situation
}

/// The built-in topology with other words in several places.
fn in_builtin(changes: &[(&str, &str)]) -> Result<String, Failed> {
    let mut text = thru_lab::topology::BUILTIN.to_owned();
    for (before, after) in changes {
        if !text.contains(before) {
            return Err(format!("the built-in topology does not say {before:?}").into());
        }
        text = text.replacen(before, after, 1);
    }
    Ok(text)
}

/// The built-in topology with other words in one place.
fn rewritten(before: &str, after: &str) -> Result<Situation, Failed> {
    let whole = thru_lab::topology::BUILTIN;
    let topology = whole.replace(before, after);
    if topology == whole {
        return Err(format!("the built-in topology has no {before}").into());
    }
    let mut situation = Situation::default();
    situation.lab.topology = Some(topology);
    Ok(situation)
}

/// Segments go to a machine that is silent for longer than a neighbour table's line lives.
fn neighbour_expired() -> Result<(), Failed> {
    let situation = Situation {
        connect_timeout: Some(std::time::Duration::from_secs(70)),
        ..Situation::with_faults(&["node.hung=balancer"])
    };
    views("neighbour-expired", &situation.run())
}

/// The neighbour has set for itself the address that the home router lends the PC.
fn address_conflict() -> Result<(), Failed> {
    let before = "name = \"neighbour\"\ntrusts = [\"Lab Root\"]\ninterface = [{ name = \"eth0\", address = \"dhcp\" }]";
    let after = "name = \"neighbour\"\ntrusts = [\"Lab Root\"]\ninterface = [{ name = \"eth0\", address = \"192.168.1.20/24\" }]";
    views("address-conflict", &rewritten(before, after)?.run())
}

/// The same, and the PC asks before it uses an address: it gives this one back for another.
fn address_taken() -> Result<(), Failed> {
    const PC: &str = "interface = [{ name = \"eth0\", address = \"dhcp\" }]";
    const ASKS: &str =
        "interface = [{ name = \"eth0\", address = \"dhcp\", detect_conflicts = true }]";
    const TAKEN: &str = "interface = [{ name = \"eth0\", address = \"192.168.1.20/24\" }]";
    let whole = thru_lab::topology::BUILTIN;
    let topology = whole.replacen(PC, ASKS, 1).replacen(PC, TAKEN, 1);
    if !(topology.contains(ASKS) && topology.contains(TAKEN)) {
        return Err("the built-in topology has other machines".into());
    }
    let mut situation = Situation::default();
    situation.lab.topology = Some(topology);
    views("address-taken", &situation.run())
}

/// A trip that outlives its lease, as the site is silent for longer.
fn lease_renewed() -> Result<(), Failed> {
    let mut situation = rewritten("lease_s = 86400", "lease_s = 150")?;
    let mut damaged = thru_lab::Topology::parse(&situation.lab.topology.take().unwrap_or_default())
        .map_err(|why| why.to_string())?;
    thru_lab::faults::apply(&mut damaged, "node.hung=balancer")?;
    situation.lab.topology = Some(damaged.to_toml());
    situation.connect_timeout = Some(std::time::Duration::from_secs(100));
    views("lease-renewed", &situation.run())
}

/// The computer was elsewhere before and asks for the address that it had there: the router refuses.
fn lease_refused() -> Result<(), Failed> {
    let before = "name = \"pc\"\ntrusts = [\"Lab Root\"]\ninterface = [{ name = \"eth0\",";
    let situation = rewritten(before, &format!("{before} remembers = \"10.20.30.40\","))?;
    views("lease-refused", &situation.run())
}

/// A home and a site that speak IPv4 and IPv6.
const DUAL_STACK: &str = include_str!("../topologies/dual-stack.toml");

/// The PC makes its own address, and the shop is reached by IPv6.
fn dual_stack() -> Result<(), Failed> {
    let mut situation = Situation::default();
    situation.lab.topology = Some(DUAL_STACK.to_owned());
    views("dual-stack", &situation.run())
}

/// The router is not heard of again, and its network fades while the shop is silent.
fn dual_stack_fading() -> Result<(), Failed> {
    let topology = DUAL_STACK
        .replace(
            "{ dns = [",
            "{ lifetime_s = 8, valid_s = 9, preferred_s = 5, dns = [",
        )
        .replace("name = \"shop\"", "name = \"shop\"\nstate = \"hung\"");
    let mut situation = Situation::default();
    situation.lab.topology = Some(topology);
    situation.connect_timeout = Some(std::time::Duration::from_secs(20));
    views("dual-stack-fading", &situation.run())
}

/// The shop has no address of its own: its HTTPS record is an alias of a name that has.
fn service_elsewhere() -> Result<(), Failed> {
    let own = "shop.lab.  IN A    203.0.113.80\nshop.lab.  IN AAAA 2001:db8:80::80\n";
    let alias = "shop.lab.  IN HTTPS 0 front.lab.\nfront.lab. IN HTTPS 1 . alpn=h2\n\
        front.lab. IN A 203.0.113.80\nfront.lab. IN AAAA 2001:db8:80::80\n";
    let mut situation = Situation::default();
    situation.lab.topology = Some(DUAL_STACK.replace(own, alias));
    views("service-elsewhere", &situation.run())
}

/// The address of IPv6 is a machine's that is silent: the other one is tried beside it and wins.
fn address_passed_over() -> Result<(), Failed> {
    let old = "[[machine]]\nname = \"old\"\nstate = \"hung\"\n\
        interface = [{ name = \"eth0\", address = \"203.0.113.99/24\", ipv6 = [\"2001:db8:80::99/64\"] }]\n\
        route = [{ to = \"::/0\", via = \"2001:db8:80::1\" }]\n\
        service = [{ kind = \"web-server\", app = \"app\" }]\n\n\
        [[wire]]\nfrom = \"old:eth0\"\nto = \"site-switch\"\n\n";
    let topology = DUAL_STACK.replace("AAAA 2001:db8:80::80\n", "AAAA 2001:db8:80::99\n");
    let mut situation = Situation::default();
    situation.lab.topology = Some(topology + "\n" + old);
    views("address-passed-over", &situation.run())
}

/// The question for A is lost and the address of IPv6 is nobody's: connecting begins with it, and A joins
/// the race once it was asked for again.
fn late_address() -> Result<(), Failed> {
    // Frames of other machines that no trip caused count as well and are not on record.
    const FRAMES_TRIED: u64 = 40;
    let topology = DUAL_STACK.replace("AAAA 2001:db8:80::80\n", "AAAA 2001:db8:80::99\n");
    let with = |mut situation: Situation| {
        situation.lab.topology = Some(topology.clone());
        situation.run()
    };
    let whole = with(Situation::default());
    let journal = whole.journal.as_ref().ok_or("it is recorded")?;
    let is_asked = |event: &Event| matches!(event, Event::Dns(DnsEvent::QuerySent { record_type, .. }) if record_type == "A");
    let before = journal
        .entries
        .iter()
        .take_while(|entry| !is_asked(&entry.event));
    let is_sent = |event: &Event| matches!(event, Event::Link(LinkEvent::FrameSent { .. }));
    let sent = before.filter(|entry| is_sent(&entry.event)).count() as u64;
    let without = |frame| with(Situation::with_damage(FrameDamage::Drop { frame }));
    let joins = |trip: &Trip| {
        let is = |event: &Event| matches!(event, Event::Dns(DnsEvent::AddressesJoined { record_type, .. }) if record_type == "A");
        let journal = trip.journal.as_ref();
        journal.is_some_and(|journal| journal.entries.iter().any(|entry| is(&entry.event)))
    };
    let found = (sent..sent + FRAMES_TRIED).map(without).find(joins);
    views("late-address", &found.ok_or("no address came late")?)
}

/// A bit of a receiver's hardware address flips in the sender: the switch sends the frame to all,
/// and nobody takes it.
fn frame_astray() -> Result<(), Failed> {
    const LAST_OCTET_OF_DESTINATION: usize = 40;
    const FRAMES_TRIED: u64 = 40;
    let astray = |trip: &Trip| {
        let is = |event: &Event| matches!(event, Event::Link(LinkEvent::FrameIgnored { why, .. }) if why.contains("another machine"));
        let journal = trip.journal.as_ref();
        journal.is_some_and(|journal| journal.entries.iter().any(|entry| is(&entry.event)))
    };
    let damaged = |frame| {
        let bit = LAST_OCTET_OF_DESTINATION;
        Situation::with_damage(FrameDamage::FlipBitUnnoticed { frame, bit }).run()
    };
    let found = (1..=FRAMES_TRIED).map(damaged).find(astray);
    views("frame-astray", &found.ok_or("no frame went astray")?)
}

/// A cache server that keeps two things.
fn cache_full() -> Result<(), Failed> {
    let before = "kind = \"cache-server\", web";
    let after = "kind = \"cache-server\", keys = 2, web";
    views("cache-full", &rewritten(before, after)?.run())
}

/// Listeners with room for one connection: two that come at once are answered by SYN cookies.
fn no_room_left() -> Result<(), Failed> {
    let whole = thru_lab::topology::BUILTIN;
    let topology = whole.replace("[[machine]]\n", "[[machine]]\ntcp = { backlog = 1 }\n");
    let mut situation = Situation::default();
    situation.lab.topology = Some(topology);
    views("syn-cookies", &situation.run())
}

/// A scenario in which the web server lets the browser wait: long enough for what takes its time.
/// `more` is put in behind `place`.
fn waiting(scenario: &str, name: &str, place: &str, more: &str) -> Result<(), Failed> {
    let scenario = thru_lab::scenarios::find(scenario).ok_or("it is built in")?;
    let topology = match place {
        "" => scenario.topology.to_owned(),
        place => scenario.topology.replace(place, &format!("{place}{more}")),
    };
    let mut situation = Situation {
        typed: scenario.url.to_owned(),
        ..Situation::with_faults(&["web.silent=/"])
    };
    situation.lab.topology = Some(topology);
    views(name, &situation.run())
}

/// Set in a process inside a namespace: it prints its kinds of events and ends.
const INSIDE: &str = "THRU_GOLDEN_INSIDE";

/// A machine with one cable and a neighbour that the kernel knows: `unshare` makes it.
fn in_a_namespace(program: &[&std::ffi::OsStr]) -> std::process::Command {
    const CABLE: &str = "ip link set lo up && ip link add v0 type veth peer name v1 \
         && ip addr add 192.0.2.1/24 dev v0 && ip link set v0 up && ip link set v1 up \
         && ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev v0 && exec \"$0\"";
    let mut command = std::process::Command::new("unshare");
    command.args(["-r", "-n", "sh", "-c", CABLE]).args(program);
    command
}

fn namespaces_are_permitted() -> bool {
    let mut tried = in_a_namespace(&["true".as_ref()]);
    tried.stderr(std::process::Stdio::null());
    tried.status().is_ok_and(|status| status.success())
}

/// A next hop that is no loopback: its line in the kernel's table is reported.
fn host_neighbour() -> Result<(), Failed> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut inside = in_a_namespace(&[program.as_os_str()]);
    let ran = inside.env(INSIDE, "1").output();
    let ran = ran.map_err(|error| error.to_string())?;
    same(
        "host-neighbour",
        "events.txt",
        &String::from_utf8_lossy(&ran.stdout),
    )
}

fn kinds_beside_a_neighbour() -> String {
    let mut options = Options::new("http://192.0.2.9/");
    options.network.connect_timeout = std::time::Duration::from_millis(200);
    options.world = World::Host(Host {
        fresh: true,
        ..Host::default()
    });
    match throughline::load(options) {
        Ok(trip) => trip
            .journal
            .map_or_else(String::new, |journal| kinds(&journal, false)),
        Err(failure) => failure.to_string(),
    }
}

/// A link in the middle takes smaller packets than both ends: a router says so, and the server's
/// segments become smaller.
fn narrow_path() -> Result<(), Failed> {
    let whole = thru_lab::topology::BUILTIN;
    let before = "name = \"core0\", address = \"198.51.100.10/30\" }";
    let after = "name = \"core0\", address = \"198.51.100.10/30\", mtu = 1000 }";
    let topology = whole.replace(before, after);
    if topology == whole {
        return Err("the built-in topology has no such interface".into());
    }
    let mut situation = Situation::default();
    situation.lab.topology = Some(topology);
    views("narrow-path", &situation.run())
}

/// A page that is longer than the longest picture.
fn long_page() -> Result<(), Failed> {
    let situation = Situation {
        typed: "data:text/html,<!doctype html><p style=height:70000px>long".to_owned(),
        full_page: true,
        ..Situation::default()
    };
    views("long-page", &situation.run())
}

/// A name server that someone forges answers of: the first one has another number.
fn host_dns() -> Result<(), Failed> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let port = listener
        .local_addr()
        .map_err(|error| error.to_string())?
        .port();
    let socket = UdpSocket::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let names = socket.local_addr().map_err(|error| error.to_string())?;
    thread::spawn(move || while answer_question(&socket).is_ok() {});
    let server = thread::spawn(move || answer_one(&listener));
    let mut options = Options::new(format!("http://forged.test:{port}/"));
    options.network.families = thru_dns::Families::Ipv4;
    options.world = World::Host(Host {
        fresh: true,
        dns_servers: vec![throughline::NameServer {
            address: names,
            door: None,
        }],
        ..Host::default()
    });
    let trip = throughline::load(options).map_err(|failure| failure.to_string())?;
    if let Some(code) = failure(&trip) {
        return Err(format!("the trip failed: {code}").into());
    }
    server
        .join()
        .map_err(|_| "the server panicked")?
        .map_err(|error| error.to_string())?;
    let (journal, _) = parts(&trip)?;
    same("host-dns", "events.txt", &kinds(journal, false))
}

/// Ctrl-C while the server lets the browser wait.
fn host_interrupted() -> Result<(), Failed> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let server = thread::spawn(move || interrupt_instead(&listener));
    let mut options = Options::new(format!("http://{address}/"));
    options.world = World::Host(Host {
        fresh: true,
        catch_interrupt: true,
        ..Host::default()
    });
    let trip = throughline::load(options).map_err(|failure| failure.to_string())?;
    server
        .join()
        .map_err(|_| "the server panicked")?
        .map_err(|error| error.to_string())?;
    if !trip.loaded.interrupted {
        return Err("the trip was not interrupted".into());
    }
    let (journal, _) = parts(&trip)?;
    same("host-interrupted", "events.txt", &kinds(journal, false))
}

/// Takes a request, which shows that the trip is under way and listens for the signal; sends this
/// process the signal of Ctrl-C; waits until the browser hangs up.
fn interrupt_instead(listener: &TcpListener) -> std::io::Result<()> {
    let (mut stream, _) = listener.accept()?;
    let mut buffer = [0; 4096];
    if stream.read(&mut buffer)? == 0 {
        return Ok(());
    }
    let own = std::process::id().to_string();
    std::process::Command::new("kill")
        .args(["-INT", &own])
        .status()?;
    while matches!(stream.read(&mut buffer), Ok(1..)) {}
    Ok(())
}

/// Answers one question with 127.0.0.1, twice: first under a number that was not asked.
fn answer_question(socket: &UdpSocket) -> std::io::Result<()> {
    const HEADER: usize = 12;
    let mut buffer = [0; 512];
    let (length, asker) = socket.recv_from(&mut buffer)?;
    let question = buffer.get(HEADER..length).unwrap_or_default();
    let Some(name) = question.iter().position(|octet| *octet == 0) else {
        return Ok(());
    };
    // Answer, recursion desired and available; one question, one answer (RFC 1035, 4.1.1).
    let mut answer = vec![buffer[0], buffer[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
    answer.extend_from_slice(&question[..(name + 5).min(question.len())]);
    // The name of the question; type A, class IN, 60 s, four octets.
    answer.extend_from_slice(&[0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    let mut forged = answer.clone();
    forged[0] ^= 0xff;
    socket.send_to(&forged, asker)?;
    socket.send_to(&answer, asker)?;
    Ok(())
}

/// A name that the hosts file gives two addresses: they race.
fn host_names() -> Result<(), Failed> {
    let listener = TcpListener::bind("127.0.0.2:0").map_err(|error| error.to_string())?;
    let port = listener
        .local_addr()
        .map_err(|error| error.to_string())?
        .port();
    let server = thread::spawn(move || answer_one(&listener));
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let hosts = folder.path().join("hosts");
    std::fs::write(&hosts, "127.0.0.2 two.test\n127.0.0.3 two.test\n")
        .map_err(|error| error.to_string())?;
    let mut options = Options::new(format!("http://two.test:{port}/"));
    options.world = World::Host(Host {
        fresh: true,
        hosts: Some(hosts),
        ..Host::default()
    });
    let trip = throughline::load(options).map_err(|failure| failure.to_string())?;
    if let Some(code) = failure(&trip) {
        return Err(format!("the trip failed: {code}").into());
    }
    server
        .join()
        .map_err(|_| "the server panicked")?
        .map_err(|error| error.to_string())?;
    let (journal, _) = parts(&trip)?;
    same("host-names", "events.txt", &kinds(journal, false))
}

/// From the last paint back to the key press by cause alone. Every line is one kind of event in
/// one place; what comes several times in a row stands once, with its number.
fn cause_walk(journal: &Journal) -> Result<String, Failed> {
    let last = |is: fn(&Event) -> bool| journal.entries.iter().rev().find(|entry| is(&entry.event));
    let painted = last(|event| matches!(event, Event::Paint(PaintEvent::Painted { .. })));
    let answered = last(|event| matches!(event, Event::Http(HttpEvent::ResponseFinished { .. })));
    let start = painted.or(answered).ok_or("nothing was painted")?;
    let mut lines: Vec<(String, u32)> = Vec::new();
    let mut places = std::collections::BTreeSet::new();
    let mut first = None;
    for entry in journal.causes(start.id) {
        let place = match entry.vantage {
            Vantage::Near => "near",
            Vantage::Node(node) => journal.header.nodes[usize::from(node.0)].as_str(),
        };
        places.insert(place);
        let line = format!(
            "{} {} ({place})",
            entry.event.stage().id(),
            entry.event.name()
        );
        match lines.last_mut() {
            Some((last, count)) if *last == line => *count += 1,
            _ => lines.push((line, 1)),
        }
        first = Some(entry);
    }
    let pressed = |event: &Event| matches!(event, Event::Trip(TripEvent::KeyPressed { .. }));
    if !first.is_some_and(|entry| pressed(&entry.event)) {
        return Err("the walk does not end at the key press".into());
    }
    for place in ["near", "home-router", "firewall", "balancer"] {
        if !places.contains(place) {
            return Err(format!("the walk does not lead through {place}").into());
        }
    }
    let mut text = String::new();
    for (line, count) in lines {
        let _ = match count {
            1 => writeln!(text, "{line}"),
            _ => writeln!(text, "{line} x {count}"),
        };
    }
    Ok(text)
}

/// A trip over loopback: which kinds of events the kernel lets be seen, without their number.
fn host_loopback() -> Result<(), Failed> {
    let trip = over_loopback(FramesWanted::No)?;
    let (journal, _) = parts(&trip)?;
    same("host-loopback", "events.txt", &kinds(journal, false))
}

/// The same with frames, which nobody captured: they are put together, and every view says so.
fn host_frames() -> Result<(), Failed> {
    let trip = over_loopback(FramesWanted::PutTogether)?;
    let (journal, verdict) = parts(&trip)?;
    same("host-frames", "events.txt", &kinds(journal, false))?;
    let frames = || {
        journal
            .entries
            .iter()
            .filter(|entry| entry.event.name() == "FramePassed")
    };
    let known = |entry: &Entry| entry.provenance == Provenance::Inferred && entry.span.is_some();
    let count = frames().count();
    if count == 0 || !frames().all(known) {
        return Err("frames that nobody saw are Inferred, with their octets".into());
    }
    let capture = pcapng(journal, Vantage::Near, false);
    let capture = capture.map_err(|why| why.to_string())?;
    let rows = thru_views::rows::rows(journal, verdict);
    let link = rows.iter().find(|row| row.stage == Stage::Link);
    let link = link.map(|row| row.evidence.clone()).unwrap_or_default();
    let events = terminal::events(journal, true);
    let said = events.matches("not seen) (inferred)").count();
    let words = [
        (
            "the capture's section",
            has(&capture, "put together, not captured"),
        ),
        (
            "its interface",
            has(&capture, "put together (not captured)"),
        ),
        ("the row of link", link.contains("no frame was captured")),
        ("each event's line", said == count),
    ];
    match words.iter().find(|(_, said)| !said) {
        Some((place, _)) => Err(format!("{place} does not say that nobody saw the frames").into()),
        None => Ok(()),
    }
}

fn has(octets: &[u8], words: &str) -> bool {
    octets.windows(words.len()).any(|at| at == words.as_bytes())
}

fn over_loopback(frames: FramesWanted) -> Result<Trip, Failed> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let server = thread::spawn(move || answer_one(&listener));
    let mut options = Options::new(format!("http://{address}/"));
    options.world = World::Host(Host {
        fresh: true,
        frames,
        ..Host::default()
    });
    let trip = throughline::load(options).map_err(|failure| failure.to_string())?;
    if let Some(code) = failure(&trip) {
        return Err(format!("the trip failed: {code}").into());
    }
    server
        .join()
        .map_err(|_| "the server panicked")?
        .map_err(|error| error.to_string())?;
    Ok(trip)
}

/// Answers one request with a page and closes.
fn answer_one(listener: &TcpListener) -> std::io::Result<()> {
    const PAGE: &str = "<!doctype html><title>Here</title><p>Served on loopback.";
    let (mut stream, _) = listener.accept()?;
    let mut heard = Vec::new();
    let mut buffer = [0; 1024];
    while !heard.ends_with(b"\r\n\r\n") {
        match stream.read(&mut buffer)? {
            0 => break,
            length => heard.extend_from_slice(&buffer[..length]),
        }
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        PAGE.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(PAGE.as_bytes())
}

fn parts(trip: &Trip) -> Result<(&Journal, &thru_verdict::Verdict), Failed> {
    let journal = trip.journal.as_ref().ok_or("recording is on")?;
    let verdict = trip.verdict.as_ref().ok_or("recording is on")?;
    Ok((journal, verdict))
}

fn views(name: &str, trip: &Trip) -> Result<(), Failed> {
    let (journal, verdict) = parts(trip)?;
    let plain = Terminal {
        width: 100,
        color: false,
    };
    same(name, "events.txt", &kinds(journal, true))?;
    same(
        name,
        "terminal.txt",
        &terminal::trip(journal, verdict, plain),
    )?;
    same(
        name,
        "trip.json",
        &json::trip(journal, verdict, &Artifacts::new()),
    )
}

/// Compares with the file, or writes it.
fn same(situation: &str, file: &str, found: &str) -> Result<(), Failed> {
    let path = folder().join(situation).join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        return write(&path, found).map_err(|error| error.to_string().into());
    }
    let expected = std::fs::read_to_string(&path)
        .map_err(|error| format!("{situation}/{file}: {error}; UPDATE_GOLDEN=1 writes it"))?;
    if expected == found {
        return Ok(());
    }
    let mut lines = expected.lines().zip(found.lines()).enumerate();
    let (number, (was, is)) = lines
        .find(|(_, (was, is))| was != is)
        .unwrap_or((0, ("", "(one is longer)")));
    let place = format!("{situation}/{file}, line {}", number + 1);
    Err(format!("{place}\n  golden: {was}\n  found:  {is}\nUPDATE_GOLDEN=1 writes it anew").into())
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text)
}

//! The command line as clap sees it. Names are curl's where curl has one.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{path::PathBuf, time::Duration};

/// A see-through browser: a URL becomes pixels, and every step is on record.
#[derive(Debug, Parser)]
#[command(
    name = "thru",
    version,
    about,
    after_help = "Examples:\n  thru https://example.org/\n  thru demo\n  thru load https://shop.lab/ --lab --fault firewall.drop=443\n  \
                  thru shot page.html -o page.png\n  thru explain tls.cert.date_invalid"
)]
pub struct Arguments {
    /// What to do; `thru URL` is short for `thru load URL`.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands that are built.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Load a URL, show the trip, end with the verdict.
    #[command(
        after_help = "Examples:\n  thru load https://example.org/\n  thru load https://shop.lab/ --lab --seed 7 --json\n  \
                      thru load http://127.0.0.1:8000/ -o folder --full-page"
    )]
    Load(Box<LoadArguments>),
    /// The same in the embedded lab; writes page.png, trip.html and trip.thru here.
    #[command(
        after_help = "Examples:\n  thru demo\n  thru demo --seed 7 --json\n  thru demo --fault dns.unreachable"
    )]
    Demo(Box<DemoArguments>),
    /// Only the picture, recording off, as fast as it goes.
    #[command(
        after_help = "Examples:\n  thru shot https://example.org/ -o page.png\n  thru shot ./page.html -o - > page.png"
    )]
    Shot(Box<ShotArguments>),
    /// Why elements are as they are: declarations that won and lost, boxes, sizes.
    #[command(
        after_help = "Examples:\n  thru why page.html h1\n  thru why https://shop.lab/ '.card > a' --lab"
    )]
    Why(Box<WhyArguments>),
    /// Look into a saved trip.
    #[command(after_help = "Examples:\n  thru open trip.thru --text\n  thru open trip.thru --json")]
    Open(OpenArguments),
    /// The lesson behind a code, a stage or a term, offline.
    #[command(after_help = "Examples:\n  thru explain tls\n  thru explain dns.name_not_resolved")]
    Explain {
        /// A code, a stage or a term; without one the list of all.
        topic: Option<String>,
    },
    /// What can be seen on this machine, what cannot, and the line that changes it.
    #[command(after_help = "Example:\n  thru doctor")]
    Doctor,
    /// The lab: topologies and faults.
    #[command(after_help = "Examples:\n  thru lab new > my.toml\n  thru lab faults")]
    Lab {
        /// What about it.
        #[command(subcommand)]
        command: LabCommand,
    },
    /// Names: what is kept of answers, and how one is found on this machine.
    #[command(
        after_help = "Examples:\n  thru dns cache\n  thru dns cache --flush example.org\n  thru dns lookup example.org"
    )]
    Dns {
        /// What about them.
        #[command(subcommand)]
        command: DnsCommand,
    },
    /// Run servers of the far side on this machine: name servers.
    #[command(
        after_help = "Examples:\n  thru serve --example > servers.toml\n  thru serve servers.toml --check\n  thru serve servers.toml"
    )]
    Serve(ServeArguments),
    /// The schema of what a machine reads.
    #[command(after_help = "Example:\n  thru schema trip")]
    Schema {
        /// Of what.
        #[arg(value_enum, default_value = "trip")]
        of: SchemaOf,
    },
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// What to run; the paths in it begin at its folder.
    #[arg(required_unless_present = "example")]
    pub file: Option<PathBuf>,
    /// Read everything, listen nowhere.
    #[arg(long)]
    pub check: bool,
    /// Write an example of the file to stdout.
    #[arg(long, conflicts_with = "file")]
    pub example: bool,
}

/// What can be asked about names.
#[derive(Debug, Subcommand)]
pub enum DnsCommand {
    /// List the answers that are kept between trips, or forget them.
    Cache {
        /// As JSON.
        #[arg(long)]
        json: bool,
        /// Forget everything, or all about one name.
        #[arg(long, value_name = "NAME", num_args = 0..=1)]
        flush: Option<Option<String>>,
    },
    /// Find the addresses of names as a load would, without what is kept.
    Lookup {
        /// The names.
        #[arg(required = true, value_parser = crate::values::host)]
        names: Vec<String>,
        /// Ask this name server instead of those of the machine (repeatable): ADDRESS[:PORT], tls://ADDRESS[#NAME],
        /// https://ADDRESS/PATH[#NAME].
        #[arg(long, value_name = "ADDRESS", value_parser = crate::values::name_server)]
        dns_server: Vec<throughline::NameServer>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// What can be asked of the lab.
#[derive(Debug, Subcommand)]
pub enum LabCommand {
    /// Write a topology to stdout or to a file, to change it.
    #[command(after_help = "Example:\n  thru lab new my.toml --from small")]
    New {
        /// Where to.
        file: Option<PathBuf>,
        /// The scenario to begin with.
        #[arg(long, value_name = "SCENARIO", default_value = "shop")]
        from: String,
    },
    /// Load what a scenario is about, or a URL in a topology file's lab.
    #[command(
        after_help = "Examples:\n  thru lab run silent-firewall\n  thru lab run my.toml http://server.lab/"
    )]
    Run {
        /// A scenario, or a topology file.
        name: String,
        /// What to load, if not what the scenario says.
        url: Option<String>,
        #[command(flatten)]
        #[allow(missing_docs)]
        trip: Box<TripArguments>,
    },
    /// The faults that `--fault` knows.
    Faults,
    /// The scenarios that are built in; of one, or of a topology file, the picture.
    #[command(
        after_help = "Examples:\n  thru lab list\n  thru lab list shop\n  thru lab list my.toml --svg my.svg"
    )]
    List {
        /// A scenario, or a topology file.
        name: Option<String>,
        /// Write the picture as SVG.
        #[arg(long, value_name = "FILE", requires = "name")]
        svg: Option<PathBuf>,
        /// A warning about a topology file is an error.
        #[arg(long)]
        strict: bool,
    },
    /// The schema of topology files.
    Schema,
    /// Write the lab's zones, signed, and a file for `thru serve` that runs its name servers.
    #[command(
        after_help = "Example, as root or in `unshare -rn`:\n  thru lab export names\n  sed -n 's/^#   //p' names/servers.toml | sh; ip link set lo up\n  thru serve names/servers.toml &\n  dig +trace @192.0.2.2 shop.lab"
    )]
    Export(ExportArguments),
    /// Let real programs load what the lab serves.
    #[command(
        after_help = "Example:\n  thru lab up --socks 127.0.0.1:1080 --root-out root.pem\n  curl --proxy socks5h://127.0.0.1:1080 --cacert root.pem https://shop.lab/"
    )]
    Up(UpArguments),
}

/// `thru lab export`.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// The folder; made if need be. Files of the same names are replaced.
    pub folder: PathBuf,
    /// A topology file or a scenario; without it the built-in internet.
    pub file: Option<String>,
    /// Where the keys come from that sign the zones.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
}

/// `thru lab up`.
#[derive(Debug, Args)]
pub struct UpArguments {
    /// A topology file or a scenario; without it the built-in internet.
    pub file: Option<String>,
    /// A warning about a topology file is an error.
    #[arg(long)]
    pub strict: bool,
    /// Open a SOCKS5 proxy there; port 0 takes any.
    #[arg(long, value_name = "ADDRESS")]
    pub socks: Option<std::net::SocketAddr>,
    /// Open an HTTP proxy there; port 0 takes any.
    #[arg(long, value_name = "ADDRESS")]
    pub http: Option<std::net::SocketAddr>,
    /// Plug in a TAP device of this name, made if need be: the system's own stack speaks to the
    /// lab. It leads to the topology's machine whose kind is `outside`, or else to a switch.
    #[arg(long, value_name = "NAME")]
    pub tap_device: Option<String>,
    /// Write the root certificate that the lab's servers are signed by, PEM.
    #[arg(long, value_name = "FILE")]
    pub root_out: Option<PathBuf>,
    /// How the lab's time goes: as outside, or as fast as it can while frames are on their way.
    #[arg(long, value_enum, default_value = "real")]
    pub clock: PaceName,
    /// Where all chance of the lab comes from.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// What is broken on purpose.
    #[arg(long, value_name = "ID[=VALUE]")]
    pub fault: Vec<String>,
}

/// How the lab's time goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PaceName {
    /// As outside.
    Real,
    /// As fast as it can.
    Virtual,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// `--json`.
    Trip,
    /// `--ndjson`.
    Events,
    /// Topology files.
    Lab,
}

/// `thru load`.
#[derive(Debug, Args)]
pub struct LoadArguments {
    /// What to load: a URL, a name, or a path that exists.
    pub url: String,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub trip: TripArguments,
}

/// `thru demo`.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// What to load in the lab.
    #[arg(default_value = "https://shop.lab/")]
    pub url: String,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub trip: TripArguments,
}

/// `thru shot`.
#[derive(Debug, Args)]
pub struct ShotArguments {
    /// What to load.
    pub url: String,
    /// The picture; `-` is stdout.
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub output: PathBuf,
    /// Boxes of all elements as JSON.
    #[arg(long, value_name = "FILE")]
    pub boxes: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub loading: LoadingArguments,
}

/// `thru why`.
#[derive(Debug, Args)]
pub struct WhyArguments {
    /// What to load.
    pub url: String,
    /// CSS selectors of the elements.
    pub selector: String,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub loading: LoadingArguments,
}

/// `thru open`.
#[derive(Debug, Args)]
pub struct OpenArguments {
    /// The saved trip.
    pub trip: PathBuf,
    /// As text on stdout.
    #[arg(long)]
    pub text: bool,
    /// One JSON document on stdout.
    #[arg(long)]
    pub json: bool,
    /// Events as lines of JSON on stdout.
    #[arg(long)]
    pub ndjson: bool,
    /// Every question for a name: who asked whom, what came, what was kept and used; with --json as
    /// one document.
    #[arg(long)]
    pub names: bool,
    /// Write the report.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Write the frames.
    #[arg(long, value_name = "FILE")]
    pub pcapng: Option<PathBuf>,
    /// Show secrets.
    #[arg(long)]
    pub secrets: bool,
    /// Not built yet.
    #[arg(long, hide = true)]
    pub web: bool,
    /// Not built yet.
    #[arg(long, hide = true, value_name = "EVENT")]
    pub at: Option<String>,
    /// Not built yet.
    #[arg(long, hide = true, value_name = "OUT")]
    pub redact: Option<PathBuf>,
}

/// What `load` and `demo` share.
#[derive(Debug, Args)]
pub struct TripArguments {
    /// Everything into a folder.
    #[arg(short = 'o', long = "output-dir", value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Save the trip.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// The frames for Wireshark.
    #[arg(long, value_name = "FILE")]
    pub pcapng: Option<PathBuf>,
    /// Take the capture at that node of the lab instead of the browser's machine.
    #[arg(long, value_name = "NODE", requires = "pcapng")]
    pub tap: Option<String>,
    /// The report, one self-contained page.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// The picture.
    #[arg(long, value_name = "FILE")]
    pub screenshot: Option<PathBuf>,
    /// Boxes of all elements as JSON.
    #[arg(long, value_name = "FILE")]
    pub boxes: Option<PathBuf>,
    /// One JSON document on stdout.
    #[arg(long, conflicts_with = "ndjson")]
    pub json: bool,
    /// Events as lines of JSON on stdout, as they happen.
    #[arg(long)]
    pub ndjson: bool,
    /// A broken finding makes the exit status 70; a warning about a topology file is an error.
    #[arg(long)]
    pub strict: bool,
    /// Show cookies and keys.
    #[arg(long)]
    pub secrets: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub loading: LoadingArguments,
}

/// What every command that loads a page takes: where, how, and how it is shown.
#[derive(Debug, Args)]
pub struct LoadingArguments {
    /// In the lab: the built-in topology, a scenario (`thru lab list`), or a topology file.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub lab: Option<String>,
    /// What is doubtful in a topology file is an error.
    #[arg(skip)]
    pub strict_lab: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub network: NetworkArguments,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub page: PageArguments,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub world: LabArguments,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub not_built: NotBuiltArguments,
}

/// Options about the network.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub struct NetworkArguments {
    /// Use this address for a host and port (repeatable).
    #[arg(long, value_name = "HOST:PORT:ADDR", value_parser = crate::values::resolve_override)]
    pub resolve: Vec<ResolveOverride>,
    /// Ask this server instead of those of resolv.conf (repeatable): ADDR[:PORT],
    /// tls://ADDR[:PORT][#NAME], https://ADDR[:PORT]/PATH[#NAME]; with {?dns} behind the path by
    /// GET. NAME is what the certificate is for, if not the address.
    #[arg(long, value_name = "SERVER", value_parser = crate::values::name_server)]
    pub dns_server: Vec<throughline::NameServer>,
    /// Another hosts file.
    #[arg(long, value_name = "FILE")]
    pub hosts: Option<PathBuf>,
    /// IPv4 only.
    #[arg(short = '4', conflicts_with = "v6")]
    pub v4: bool,
    /// IPv6 only.
    #[arg(short = '6')]
    pub v6: bool,
    /// A header field for the page's own server (repeatable).
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = crate::values::header)]
    pub headers: Vec<(String, String)>,
    /// User-Agent.
    #[arg(short = 'A', long = "user-agent", value_name = "TEXT")]
    pub user_agent: Option<String>,
    /// Cookies to send to the page's own server.
    #[arg(short = 'b', long = "cookie", value_name = "NAME=VALUE")]
    pub cookie: Option<String>,
    /// User name and password for the page's own origin (Basic, RFC 7617).
    #[arg(short = 'u', long = "user", value_name = "USER:PASSWORD", value_parser = crate::values::credentials)]
    pub user: Option<thru_url::Credentials>,
    /// Referer.
    #[arg(short = 'e', long = "referer", value_name = "URL")]
    pub referer: Option<String>,
    /// Trust the certificates of this PEM file (and no others).
    #[arg(long, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
    /// Go on although the certificate is not trusted.
    #[arg(short = 'k', long = "insecure")]
    pub insecure: bool,
    /// Offer only HTTP/1.1.
    #[arg(long = "http1.1", conflicts_with = "http2")]
    pub http1_1: bool,
    /// Offer only HTTP/2.
    #[arg(long)]
    pub http2: bool,
    /// Seconds for one connection to open.
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = crate::values::seconds)]
    pub connect_timeout: Duration,
    /// Seconds for the whole trip.
    #[arg(short = 'm', long = "max-time", value_name = "SECONDS", default_value = "60", value_parser = crate::values::seconds)]
    pub max_time: Duration,
    /// Redirects followed.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub max_redirs: u32,
    /// Read and write nothing kept.
    #[arg(long)]
    pub fresh: bool,
    /// Do not ask the network what is wrong after a failure (the lab does it by itself).
    #[arg(long)]
    pub no_probe: bool,
    /// Ask the network what is wrong after a failure.
    #[arg(long, conflicts_with = "no_probe")]
    pub probe: bool,
}

/// Options about the page and its picture.
#[derive(Debug, Args)]
#[command(next_help_heading = "Page")]
pub struct PageArguments {
    /// Size of the window, CSS px.
    #[arg(long, value_name = "WxH", default_value = "1280x1024", value_parser = crate::values::viewport)]
    pub viewport: (u32, u32),
    /// The whole page, not only the window.
    #[arg(long)]
    pub full_page: bool,
    /// Device pixels for one CSS px.
    #[arg(long, value_name = "N", default_value = "1", value_parser = crate::values::scale)]
    pub scale: f32,
    /// A font file that counts as installed (repeatable).
    #[arg(long = "font", value_name = "FILE")]
    pub fonts: Vec<PathBuf>,
}

/// Options of the lab.
#[derive(Debug, Args)]
#[command(next_help_heading = "Lab")]
pub struct LabArguments {
    /// Seed of all chance.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Damage to do to the world (repeatable); `thru lab faults` lists them.
    #[arg(long = "fault", value_name = "ID[=VALUE]")]
    pub faults: Vec<String>,
}

/// Options of the contract that are not built: named, so that they are refused by name.
#[derive(Debug, Args)]
#[allow(missing_docs)]
pub struct NotBuiltArguments {
    #[arg(long, hide = true, value_name = "X")]
    pub har: Option<String>,
    #[arg(long, hide = true, value_name = "X")]
    pub trace: Option<String>,
    #[arg(long, hide = true, value_name = "X")]
    pub netlog: Option<String>,
    #[arg(long, hide = true, value_name = "X")]
    pub pdf: Option<String>,
    #[arg(long, hide = true, value_name = "X")]
    pub cert: Option<String>,
    #[arg(long, hide = true, value_name = "X")]
    pub key: Option<String>,
    #[arg(long, hide = true, value_name = "X")]
    pub tls_max: Option<String>,
    #[arg(long, hide = true, value_name = "X")]
    pub ciphers: Option<String>,
    #[arg(long, hide = true)]
    pub http3: bool,
    #[arg(short = 'x', long, hide = true, value_name = "X")]
    pub proxy: Option<String>,
    #[arg(short = 'X', long, hide = true, value_name = "X")]
    pub request: Option<String>,
    #[arg(short = 'd', long, hide = true, value_name = "X")]
    pub data: Option<String>,
    #[arg(long, hide = true, value_name = "X")]
    pub expect: Vec<String>,
    #[arg(long, hide = true, value_name = "X")]
    pub junit: Option<String>,
    #[arg(short = 'v', hide = true, value_name = "X")]
    pub verbose: Option<String>,
    #[arg(long, hide = true, value_name = "X")]
    pub depth: Option<String>,
    #[arg(long, hide = true, value_name = "X")]
    pub keylog: Option<String>,
    #[arg(long, hide = true, value_name = "X")]
    pub clock: Option<String>,
    #[arg(long, hide = true)]
    pub omniscient: bool,
}

impl NotBuiltArguments {
    /// The first option given that is not built.
    pub fn first(&self) -> Option<&'static str> {
        let texts = [
            ("--har", self.har.is_some()),
            ("--trace", self.trace.is_some()),
            ("--netlog", self.netlog.is_some()),
            ("--pdf", self.pdf.is_some()),
            ("--cert", self.cert.is_some()),
            ("--key", self.key.is_some()),
            ("--tls-max", self.tls_max.is_some()),
            ("--ciphers", self.ciphers.is_some()),
            ("--http3", self.http3),
            ("-x", self.proxy.is_some()),
            ("-X", self.request.is_some()),
            ("-d", self.data.is_some()),
            ("--expect", !self.expect.is_empty()),
            ("--junit", self.junit.is_some()),
            ("-v", self.verbose.is_some()),
            ("--depth", self.depth.is_some()),
            ("--keylog", self.keylog.is_some()),
            (
                "--clock",
                self.clock
                    .as_deref()
                    .is_some_and(|clock| clock != "virtual"),
            ),
            ("--omniscient", self.omniscient),
        ];
        texts
            .iter()
            .find(|(_, given)| *given)
            .map(|(name, _)| *name)
    }
}

/// `--resolve`: host, port, address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolveOverride {
    /// Host, lower case.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Address.
    pub address: std::net::IpAddr,
}

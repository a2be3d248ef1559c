//! Types of records (RFC 1035, section 3.2.2; IANA's list).

use std::fmt;

/// A type of record, as its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(pub u16);

macro_rules! kinds {
    ($($name:ident = $number:literal),* $(,)?) => {
        #[allow(missing_docs)]
        impl Kind {
            $(pub const $name: Kind = Kind($number);)*
        }
        const NAMES: &[(&str, u16)] = &[$((stringify!($name), $number)),*];
    };
}

kinds! {
    A = 1, NS = 2, MD = 3, MF = 4, CNAME = 5, SOA = 6, MB = 7, MG = 8, MR = 9, NULL = 10, WKS = 11, PTR = 12, HINFO = 13,
    MINFO = 14, MX = 15, TXT = 16, RP = 17, AFSDB = 18, X25 = 19, ISDN = 20, RT = 21, SIG = 24, KEY = 25, PX = 26,
    AAAA = 28, LOC = 29, SRV = 33, NAPTR = 35, KX = 36, CERT = 37, DNAME = 39, OPT = 41, APL = 42, DS = 43, SSHFP = 44,
    IPSECKEY = 45, RRSIG = 46, NSEC = 47, DNSKEY = 48, DHCID = 49, NSEC3 = 50, NSEC3PARAM = 51, TLSA = 52, SMIMEA = 53,
    HIP = 55, CDS = 59, CDNSKEY = 60, OPENPGPKEY = 61, CSYNC = 62, ZONEMD = 63, SVCB = 64, HTTPS = 65, SPF = 99,
    EUI48 = 108, EUI64 = 109, TKEY = 249, TSIG = 250, IXFR = 251, AXFR = 252, MAILB = 253, MAILA = 254, ANY = 255,
    URI = 256, CAA = 257, DLV = 32769,
}

impl Kind {
    /// A type by its name, as `AAAA` or `TYPE28` (RFC 3597, section 5).
    pub fn from_text(text: &str) -> Option<Kind> {
        let known = NAMES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text));
        if let Some((_, number)) = known {
            return Some(Kind(*number));
        }
        let digits = text
            .get(..4)
            .filter(|head| head.eq_ignore_ascii_case("TYPE"))
            .map(|_| &text[4..])?;
        digits.parse().ok().map(Kind)
    }

    /// Types that are only asked for, or only belong to one message (RFC 6895, section 3.1).
    pub fn is_meta(self) -> bool {
        self == Kind::OPT || (128..=255).contains(&self.0)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(_, number)| *number == self.0) {
            Some((name, _)) => f.write_str(name),
            None => write!(f, "TYPE{}", self.0),
        }
    }
}

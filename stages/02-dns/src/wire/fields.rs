//! Which fields the data of each type has.

use super::Kind;

/// A field of a record's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// A name that may be compressed in a message (RFC 3597, section 4).
    Name,
    /// A number of one octet.
    U8,
    /// A number of two octets.
    U16,
    /// A number of four octets.
    U32,
    /// A time to live, or another span in seconds, of four octets.
    Seconds,
    /// A point in time, written as `YYYYMMDDHHMMSS`.
    Moment,
    /// A type of record.
    Kind,
    /// An algorithm of DNSSEC, a number of one octet.
    Algorithm,
    /// An IPv4 address.
    A,
    /// An IPv6 address.
    Aaaa,
    /// Text of up to 255 octets with its length before it.
    Text,
    /// One text or more, to the end.
    Texts,
    /// Octets to the end, written in base 64.
    Base64,
    /// Octets to the end, written in hexadecimal digits.
    Hex,
    /// Octets with their length before them, written in hexadecimal digits, `-` for none.
    ShortHex,
    /// Octets with their length before them, written in base 32 (RFC 5155, section 3.3).
    ShortBase32,
    /// Windows of types that there are (RFC 4034, section 4.1.2).
    Kinds,
    /// Parameters of SVCB (RFC 9460, section 2.1).
    Parameters,
    /// Text to the end, without length (CAA, URI).
    OpenText,
}

use Field::*;

/// The fields of a type, in order; `None` for a type that is not known (RFC 3597).
pub fn fields(kind: Kind) -> Option<&'static [Field]> {
    Some(match kind {
        Kind::A => &[A],
        Kind::AAAA => &[Aaaa],
        Kind::NS
        | Kind::MD
        | Kind::MF
        | Kind::CNAME
        | Kind::MB
        | Kind::MG
        | Kind::MR
        | Kind::PTR
        | Kind::DNAME => &[Name],
        Kind::SOA => &[Name, Name, U32, Seconds, Seconds, Seconds, Seconds],
        Kind::HINFO => &[Text, Text],
        Kind::MINFO | Kind::RP => &[Name, Name],
        Kind::MX | Kind::AFSDB | Kind::RT | Kind::KX => &[U16, Name],
        Kind::TXT | Kind::SPF => &[Texts],
        Kind::PX => &[U16, Name, Name],
        Kind::SRV => &[U16, U16, U16, Name],
        Kind::NAPTR => &[U16, U16, Text, Text, Text, Name],
        Kind::CERT => &[U16, U16, U8, Base64],
        Kind::DS | Kind::CDS | Kind::DLV => &[U16, Algorithm, U8, Hex],
        Kind::SSHFP => &[U8, U8, Hex],
        Kind::RRSIG | Kind::SIG => &[
            Field::Kind,
            Algorithm,
            U8,
            Seconds,
            Moment,
            Moment,
            U16,
            Name,
            Base64,
        ],
        Kind::NSEC => &[Name, Kinds],
        Kind::DNSKEY | Kind::CDNSKEY | Kind::KEY => &[U16, U8, Algorithm, Base64],
        Kind::NSEC3 => &[U8, U8, U16, ShortHex, ShortBase32, Kinds],
        Kind::NSEC3PARAM => &[U8, U8, U16, ShortHex],
        Kind::TLSA | Kind::SMIMEA => &[U8, U8, U8, Hex],
        Kind::ZONEMD => &[U32, U8, U8, Hex],
        Kind::CSYNC => &[U32, U16, Kinds],
        Kind::OPENPGPKEY | Kind::DHCID => &[Base64],
        Kind::SVCB | Kind::HTTPS => &[U16, Name, Parameters],
        Kind::CAA => &[U8, Text, OpenText],
        Kind::URI => &[U16, U16, OpenText],
        _ => return None,
    })
}

/// Types whose names are in lower case in what is signed (RFC 4034, section 6.2, as changed by
/// RFC 6840, section 5.1).
pub fn is_lowered(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::NS
            | Kind::MD
            | Kind::MF
            | Kind::CNAME
            | Kind::SOA
            | Kind::MB
            | Kind::MG
            | Kind::MR
            | Kind::PTR
            | Kind::MINFO
            | Kind::MX
            | Kind::RP
            | Kind::AFSDB
            | Kind::RT
            | Kind::SIG
            | Kind::PX
            | Kind::NAPTR
            | Kind::KX
            | Kind::SRV
            | Kind::DNAME
            | Kind::RRSIG
    )
}

/// Types whose names are written compressed (RFC 3597, section 4: those of RFC 1035).
pub fn is_compressed(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::NS
            | Kind::MD
            | Kind::MF
            | Kind::CNAME
            | Kind::SOA
            | Kind::MB
            | Kind::MG
            | Kind::MR
            | Kind::PTR
            | Kind::MINFO
            | Kind::MX
    )
}

/// The length of a field at the start of uncompressed octets; `None` if it does not fit there.
pub fn length(field: Field, octets: &[u8]) -> Option<usize> {
    let fixed = match field {
        U8 | Algorithm => 1,
        U16 | Field::Kind => 2,
        U32 | Seconds | Moment | A => 4,
        Aaaa => 16,
        Text | ShortHex | ShortBase32 => 1 + usize::from(*octets.first()?),
        Name => super::Name::from_wire(octets)?.1,
        Texts => return texts_length(octets),
        Kinds => return kinds_length(octets),
        Base64 | Hex | OpenText | Parameters => octets.len(),
    };
    (fixed <= octets.len()).then_some(fixed)
}

fn texts_length(octets: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < octets.len() {
        at += 1 + usize::from(octets[at]);
    }
    (at == octets.len() && at > 0).then_some(at)
}

fn kinds_length(octets: &[u8]) -> Option<usize> {
    let (mut at, mut last) = (0, None);
    while at < octets.len() {
        let (window, length) = (octets[at], usize::from(*octets.get(at + 1)?));
        if !(1..=32).contains(&length) || last.is_some_and(|last| last >= window) {
            return None;
        }
        last = Some(window);
        at += 2 + length;
    }
    (at == octets.len()).then_some(at)
}

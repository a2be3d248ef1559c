//! Values of options: each parser names what is wrong.

use crate::arguments::ResolveOverride;
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use throughline::{DnsDoor, NameServer, OverHttps};
use thru_url::Credentials;

/// Largest side of a window, CSS px.
const MAX_SIDE: u32 = 16_384;

/// `HOST:PORT:ADDRESS`
pub fn resolve_override(text: &str) -> Result<ResolveOverride, String> {
    let form = || format!("{text:?} is not HOST:PORT:ADDRESS");
    let (host, rest) = text.split_once(':').ok_or_else(form)?;
    let (port, address) = rest.split_once(':').ok_or_else(form)?;
    let address = address.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() {
        return Err(form());
    }
    Ok(ResolveOverride {
        host: host.to_ascii_lowercase(),
        port: port.parse().map_err(|_| format!("{port:?} is no port"))?,
        address: address
            .parse()
            .map_err(|_| format!("{address:?} is no IP address"))?,
    })
}

/// `ADDRESS` or `ADDRESS:PORT`
pub fn dns_server(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok(address);
    }
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address: IpAddr = bare
        .parse()
        .map_err(|_| format!("{text:?} is no ADDRESS or ADDRESS:PORT"))?;
    Ok(SocketAddr::new(address, 53))
}

/// `ADDRESS`, `ADDRESS:PORT`, `tls://ADDRESS[:PORT][#NAME]` or `https://ADDRESS[:PORT]/PATH[#NAME]`,
/// where `{?dns}` at the end of the path asks by GET (RFC 8484, section 3).
pub fn name_server(text: &str) -> Result<NameServer, String> {
    let (over_https, rest) = match (text.strip_prefix("tls://"), text.strip_prefix("https://")) {
        (Some(rest), _) => (false, rest),
        (_, Some(rest)) => (true, rest),
        _ => {
            return Ok(NameServer {
                address: dns_server(text)?,
                door: None,
            });
        }
    };
    let (rest, name) = match rest.rsplit_once('#') {
        Some((rest, name)) if !name.is_empty() => (rest, Some(name)),
        Some(_) => return Err(format!("{text:?} has no name behind #")),
        None => (rest, None),
    };
    let (place, path) = match rest.find(['/', '{']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let port = if over_https { 443 } else { 853 };
    let address = door_address(place, port)?;
    let over_https = match over_https {
        false if path.trim_matches('/').is_empty() => None,
        false => return Err(format!("{text:?} has a path, which TLS alone does not")),
        true => Some(resource(path)),
    };
    let name = name.map_or_else(|| address.ip().to_string(), str::to_owned);
    Ok(NameServer {
        address,
        door: Some(DnsDoor { name, over_https }),
    })
}

/// A name would have to be looked up before anybody can be asked.
fn door_address(place: &str, port: u16) -> Result<SocketAddr, String> {
    if let Ok(address) = place.parse::<SocketAddr>() {
        return Ok(address);
    }
    let bare = place.trim_start_matches('[').trim_end_matches(']');
    let address: Result<IpAddr, _> = bare.parse();
    address
        .map(|address| SocketAddr::new(address, port))
        .map_err(|_| format!("{place:?} is no address: write the address, and the name behind #"))
}

fn resource(path: &str) -> OverHttps {
    let (path, by_get) = match path.strip_suffix("{?dns}") {
        Some(path) => (path, true),
        None => (path, false),
    };
    let path = match path {
        "" | "/" => "/dns-query",
        path => path,
    };
    OverHttps {
        path: path.to_owned(),
        by_get,
    }
}

/// `NAME: VALUE`
pub fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once(':')
        .ok_or_else(|| format!("{text:?} is not NAME: VALUE"))?;
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(token) {
        return Err(format!("{name:?} is no field name (RFC 9110, section 5.1)"));
    }
    let value = value.trim();
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err(format!("the value of {name} has a control character"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// A host alone. What is a URL is refused: parts of it, a password perhaps, would be asked of name servers.
pub fn host(text: &str) -> Result<String, String> {
    let of_a_url = text.contains(['/', '@', '?', '#', '\\']);
    let address = text.parse::<std::net::Ipv6Addr>().is_ok() || text.starts_with('[');
    match of_a_url || (text.contains(':') && !address) {
        true => Err("this is more than a name: give the host alone, as example.org".to_owned()),
        false => Ok(text.to_owned()),
    }
}

/// `USER:PASSWORD`
pub fn credentials(text: &str) -> Result<Credentials, String> {
    Credentials::of_option(text).ok_or_else(|| "there is no colon before the password".to_owned())
}

/// Seconds, fractions allowed.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text
        .parse()
        .map_err(|_| format!("{text:?} is no number of seconds"))?;
    if !(number > 0.0 && number <= 86_400.0) {
        return Err(format!("{text} is not between 0 and 86400 seconds"));
    }
    Ok(Duration::from_secs_f64(number))
}

/// `WIDTHxHEIGHT`
pub fn viewport(text: &str) -> Result<(u32, u32), String> {
    let form = || format!("{text:?} is not WIDTHxHEIGHT, as 1280x1024");
    let (width, height) = text.split_once(['x', 'X']).ok_or_else(form)?;
    let side = |text: &str| text.parse::<u32>().map_err(|_| form());
    let (width, height) = (side(width)?, side(height)?);
    let fits = |side| (1..=MAX_SIDE).contains(&side);
    if fits(width) && fits(height) {
        Ok((width, height))
    } else {
        Err(format!("a side is not between 1 and {MAX_SIDE} px"))
    }
}

/// Device pixels for one CSS px.
pub fn scale(text: &str) -> Result<f32, String> {
    let number: f32 = text.parse().map_err(|_| format!("{text:?} is no number"))?;
    if (0.1..=8.0).contains(&number) {
        Ok(number)
    } else {
        Err(format!("{text} is not between 0.1 and 8"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolve_takes_both_families() {
        let v6 = resolve_override("Shop.lab:443:[2001:db8::1]").unwrap();
        assert_eq!((v6.host.as_str(), v6.port), ("shop.lab", 443));
        assert_eq!(v6.address.to_string(), "2001:db8::1");
        assert!(resolve_override("shop.lab:443").is_err());
        assert!(resolve_override("shop.lab:70000:1.2.3.4").is_err());
    }

    #[test]
    fn a_dns_server_gets_port_53() {
        assert_eq!(dns_server("192.0.2.1").unwrap().to_string(), "192.0.2.1:53");
        assert_eq!(dns_server("::1").unwrap().to_string(), "[::1]:53");
        assert_eq!(dns_server("[::1]:5353").unwrap().to_string(), "[::1]:5353");
        assert!(dns_server("dns.example").is_err());
    }

    #[test]
    fn a_name_server_has_a_door() {
        let shown = |text: &str| {
            let server = name_server(text)?;
            let door = server.door.map(|door| {
                let path = door.over_https;
                let path = path.map(|over| format!("{} {}", over.path, over.by_get));
                format!("{} {}", door.name, path.unwrap_or_default())
            });
            Ok::<String, String>(format!("{} {}", server.address, door.unwrap_or_default()))
        };
        let table = [
            ("192.0.2.1", "192.0.2.1:53 "),
            ("tls://192.0.2.1", "192.0.2.1:853 192.0.2.1 "),
            ("tls://[::1]:8530#dns.test", "[::1]:8530 dns.test "),
            (
                "https://192.0.2.1",
                "192.0.2.1:443 192.0.2.1 /dns-query false",
            ),
            (
                "https://192.0.2.1:8443/q{?dns}#dns.test",
                "192.0.2.1:8443 dns.test /q true",
            ),
            (
                "https://192.0.2.1/{?dns}",
                "192.0.2.1:443 192.0.2.1 /dns-query true",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text).as_deref(), Ok(expected), "{text}");
        }
        for wrong in [
            "tls://dns.test",
            "tls://192.0.2.1/x",
            "tls://192.0.2.1#",
            "quic://192.0.2.1",
        ] {
            assert!(shown(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_header_cannot_carry_a_second_line() {
        assert_eq!(header("X-A:  b").unwrap(), ("X-A".into(), "b".into()));
        assert!(header("X-A: b\r\nX-C: d").is_err());
        assert!(header("X A: b").is_err());
    }

    #[test]
    fn seconds_and_sides_have_limits() {
        assert_eq!(seconds("0.5").unwrap(), Duration::from_millis(500));
        assert!(seconds("0").is_err() && seconds("NaN").is_err() && seconds("1e9").is_err());
        assert_eq!(viewport("800x600").unwrap(), (800, 600));
        assert!(viewport("800").is_err() && viewport("0x5").is_err());
    }
}
